using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Streams;

/// <summary>The times of a session that were missed, as far as its root trades then. Times are Unix microseconds.</summary>
sealed class Gaps(string root, DateOnly session)
{
    readonly TradingHours _hours = TradingHours.Of(session, root);
    readonly List<Span> _ended = [];
    Span? _goesOn;

    /// <summary>From where on the session lacks something; the largest number when it lacks nothing.</summary>
    public long First { get; private set; } = long.MaxValue;

    /// <summary>Takes what a feed says.</summary>
    /// <param name="open">What was answered before is not marked any more: the session lacks something from here on at the earliest.</param>
    public void Add(FeedGap gap, long open = long.MinValue)
    {
        long from = Slices.Micros(gap.From > _hours.Open ? gap.From : _hours.Open);
        if (gap.To is { } to)
        {
            long end = Slices.Micros(to);
            // What was to go on past the bell may have ended before it; what has been marked stays so.
            if (_goesOn is { } span && (span.From < end || span.Marks <= open)) _ended.Add(span with { To = Math.Max(span.From, end) });
            _goesOn = null;
            if (from < end && gap.From < _hours.Close) _ended.Add(new(from, end, Math.Max(from, open)));
        }
        else if (gap.From < _hours.Close && !(_goesOn?.From <= from))
        {
            _goesOn = new(from, long.MaxValue, Math.Min(Math.Max(from, open), _goesOn?.Marks ?? long.MaxValue));
        }

        First = Spans.Select(span => span.Marks).DefaultIfEmpty(long.MaxValue).Min();
    }

    /// <summary>Adds a time, whatever the hour.</summary>
    public void Add(long from, long to)
    {
        _ended.Add(new(from, to, from));
        First = Math.Min(First, from);
    }

    /// <summary>True when something between two instants was missed, of what was not answered before it was said.</summary>
    public bool Touch(long start, long end) => Spans.Any(span => span.Marks < end && span.To > start);

    /// <summary>How much of the time between two instants was missed, microseconds.</summary>
    public long Within(long start, long end)
    {
        long missed = 0, counted = start;
        foreach (Span span in Spans.OrderBy(span => span.From)) // They may overlap.
        {
            missed += Math.Max(0, Math.Min(span.To, end) - Math.Max(span.From, counted));
            counted = Math.Max(counted, span.To);
        }

        return missed;
    }

    /// <summary>Nothing before is asked for any more.</summary>
    public void Forget(long before) => _ended.RemoveAll(span => span.To <= before);

    IEnumerable<Span> Spans => _goesOn is { } span ? _ended.Append(span) : _ended;

    readonly record struct Span(long From, long To, long Marks);
}
