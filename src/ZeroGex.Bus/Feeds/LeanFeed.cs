using System.Globalization;
using System.Runtime.CompilerServices;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Bus.Feeds;

/// <summary>Which recorded days of which root to play.</summary>
/// <param name="Folder">LEAN's data folder: it holds <c>option</c>, <c>indexoption</c>, <c>equity</c> and <c>index</c>.</param>
/// <param name="Root">The option root, <c>GOOG</c> or <c>SPXW</c>.</param>
/// <param name="Dates">The trading days to play, in this order; each later than the one before.</param>
/// <param name="Underlying">The underlying's symbol; null takes the root itself, or the index a known index root settles on.</param>
public sealed record LeanFeedSettings(string Folder, string Root, IReadOnlyList<DateOnly> Dates, string? Underlying = null);

/// <summary>
/// QuantConnect LEAN minute files. A bar is known when its minute ends, so a batch is everything that one minute's end made known:
/// closing quotes, prints at the minute's close with the minute's volume, bars of the underlying; and open interest at its own time.
/// </summary>
/// <remarks>The position is the batch's <see cref="FeedBatch.AsOf"/> as an ISO instant. A day is read whole and then played.</remarks>
public sealed class LeanFeed(LeanFeedSettings settings, ISessionCalendar sessions, Refusals refusals) : IMarketFeed
{
    const string PositionFormat = "yyyy-MM-ddTHH:mm:ssZ";

    /// <inheritdoc/>
    public string Name => "lean";

    /// <inheritdoc/>
    public bool CanResume => true;

    /// <inheritdoc/>
    public ISessionCalendar Sessions => sessions;

    /// <inheritdoc/>
    public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
    {
        var after = position is null ? DateTimeOffset.MinValue : Instant(position);
        foreach (var files in LeanFiles.Find(settings, after))
        {
            cancel.ThrowIfCancellationRequested();
            var day = LeanDay.Read(files, sessions, refusals, cancel);
            for (int minute = day.FirstMinute; minute <= day.LastMinute; minute++)
            {
                var asOf = day.EndOf(minute);
                if (asOf <= after || !day.HasAnything(minute)) continue;

                cancel.ThrowIfCancellationRequested();
                var batch = new FeedBatch(asOf, asOf.ToString(PositionFormat, CultureInfo.InvariantCulture));
                day.Fill(minute, batch.For(settings.Root));
                yield return batch;
            }
        }

        await Task.CompletedTask;
    }

    static DateTimeOffset Instant(string position) =>
        DateTimeOffset.TryParseExact(position, PositionFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : throw new FormatException($"'{position}' is not a position of this feed; it looks like 2015-12-24T14:31:00Z.");
}
