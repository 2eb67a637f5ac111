using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Analytics.Streams;

/// <summary>When an answer is due: soon after something changed, at most so often, and now and then although nothing did. Times are Unix microseconds.</summary>
/// <param name="every">The least time between two answers.</param>
/// <param name="interval">With nothing new, it is given again after this long ...</param>
/// <param name="patience">... but not when this long after the last change ...</param>
/// <param name="until">... and after this instant.</param>
sealed class Cadence(TimeSpan every, TimeSpan interval, TimeSpan patience, long until = long.MinValue)
{
    static readonly TimeSpan IdleAtMost = TimeSpan.FromHours(1); // A paused feed may jump over days.

    readonly long _every = every.Ticks / TimeSpan.TicksPerMicrosecond;
    readonly long _interval = Math.Max(every.Ticks, interval.Ticks) / TimeSpan.TicksPerMicrosecond;
    readonly long _patience = patience.Ticks / TimeSpan.TicksPerMicrosecond;
    long? _answered;
    long? _changed; // Since the last answer.
    long _lastChange;

    /// <summary>For what is calculated of a chain: in whole slices, and while nothing changes for an hour, or until the session closes.</summary>
    public static Cadence OfChain(DateOnly session, TimeSpan every, ChainSettings settings)
    {
        DateTimeOffset close = TradingHours.Of(session).Close;
        return new(Whole(every), Whole(settings.Interval), IdleAtMost, close == DateTimeOffset.MaxValue ? long.MinValue : Slices.Micros(close));

        TimeSpan Whole(TimeSpan time)
        {
            long slice = settings.Slices.Length.Ticks;
            return new(Math.Max(1, (time.Ticks + slice - 1) / slice) * slice);
        }
    }

    /// <summary>When the next answer is due; the largest number when only a change could make one due.</summary>
    public long Due
    {
        get
        {
            if (_changed is { } changed) return _answered is { } last ? Math.Max(changed, last + _every) : changed;
            return _answered + _interval is { } again && again <= Math.Max(_lastChange + _patience, until) ? again : long.MaxValue;
        }
    }

    /// <summary>Something has changed.</summary>
    public void Change(long time)
    {
        _changed ??= time;
        _lastChange = time;
    }

    /// <summary>True when it is due by now, and is taken to be answered with that.</summary>
    public bool IsAnswered(long now)
    {
        if (Due > now) return false;
        (_answered, _changed) = (now, null);
        return true;
    }
}
