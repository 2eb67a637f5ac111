using System.Globalization;
using System.Runtime.CompilerServices;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// Files of legacy <c>inferred_trades</c> messages, one a line, read in the given order. The clock is the data's own: the latest trade time
/// so far. A trade behind it keeps its own time.
/// </summary>
/// <param name="files">Paths, in reading order.</param>
public sealed class NdjsonFeed(IReadOnlyList<string> files, ISessionCalendar sessions, Refusals refusals) : IMarketFeed
{
    /// <summary>A batch ends here even when the clock stands still.</summary>
    const int LinesPerBatch = 10_000;

    /// <inheritdoc/>
    public string Name => "ndjson";

    /// <inheritdoc/>
    public bool CanResume => true;

    /// <inheritdoc/>
    public ISessionCalendar Sessions => sessions;

    /// <summary>One batch per instant of the clock: all consecutive lines that do not move it on, at most 10,000.</summary>
    /// <exception cref="FormatException">The position is none of this feed's.</exception>
    public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
    {
        var next = position is null ? default : Place.Parse(position);
        var trades = new List<LegacyTrade>();
        int lines = 0;

        for (; next.File < files.Count; next = new Place(next.File + 1, 0, 0, next.AsOf))
        {
            using var reader = Open(next);
            while (await reader.ReadAsync(cancel))
            {
                if (Parse(reader, next.File) is { } trade)
                {
                    if (trade.Trade.Time > next.AsOf && trades.Count > 0)
                    {
                        yield return Batch(trades, next);
                        lines = 0;
                    }

                    if (trade.Trade.Time > next.AsOf) next = next with { AsOf = trade.Trade.Time };
                    trades.Add(trade);
                }

                lines++;
                next = next with { Offset = reader.Offset, Line = reader.Line };
                if (lines >= LinesPerBatch && next.AsOf > default(DateTimeOffset))
                {
                    yield return Batch(trades, next);
                    lines = 0;
                }
            }
        }

        if (lines > 0 && next.AsOf > default(DateTimeOffset)) yield return Batch(trades, next);
    }

    NdjsonLines Open(Place place)
    {
        var stream = new FileStream(files[place.File], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        if (place.Offset > stream.Length)
        {
            stream.Dispose();
            throw new InvalidDataException($"{files[place.File]} has become shorter than the position {place.Offset} to continue at.");
        }

        stream.Position = place.Offset;
        return new NdjsonLines(stream, place.Offset, place.Line);
    }

    LegacyTrade? Parse(NdjsonLines reader, int file)
    {
        var line = reader.Current;
        if (reader.Line == 1 && line.Span.StartsWith("\uFEFF"u8)) line = line[3..];
        if (reader.IsTooLong) return Refuse("line too long", "more than 1 MB");
        if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0) return null;
        return LegacyTrade.TryParse(line, out var trade, out var refusal) ? trade : Refuse(refusal.Reason, refusal.Detail);

        LegacyTrade? Refuse(string reason, string detail)
        {
            refusals.Refuse(reason, $"{files[file]}:{reader.Line}", detail);
            return null;
        }
    }

    static FeedBatch Batch(List<LegacyTrade> trades, Place next)
    {
        var batch = new FeedBatch(next.AsOf, next.ToString());
        foreach (var trade in trades) batch.For(trade.Root).Trades.Add(trade.Trade);
        trades.Clear();
        return batch;
    }

    /// <summary>Where the next line stands, and the clock before it.</summary>
    readonly record struct Place(int File, long Offset, long Line, DateTimeOffset AsOf)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{File}:{Offset}:{Line}:{AsOf.UtcTicks / TimeSpan.TicksPerMicrosecond}");

        public static Place Parse(string text)
        {
            string[] parts = text.Split(':');
            if (parts.Length != 4) throw new FormatException($"'{text}' is no position in ndjson files.");
            return new Place(
                int.Parse(parts[0], CultureInfo.InvariantCulture),
                long.Parse(parts[1], CultureInfo.InvariantCulture),
                long.Parse(parts[2], CultureInfo.InvariantCulture),
                new DateTimeOffset(long.Parse(parts[3], CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero));
        }
    }
}
