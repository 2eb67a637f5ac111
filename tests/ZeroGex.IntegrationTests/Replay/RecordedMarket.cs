using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Bus.Replay;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests.Replay;

/// <summary>A few minutes of simulated market in a log, as a gateway and a recorder leave them.</summary>
static class RecordedMarket
{
    public static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="maxRows">Most rows to a message: how finely the same facts are cut.</param>
    /// <param name="lost">What never reached the recorder.</param>
    public static async Task<EventLog> RecordAsync(TestDatabase database, int maxRows = 2_000, int minutes = 1, long run = 1, Func<IMarketFact, bool>? lost = null)
    {
        var log = new EventLog(database.Source);
        await log.AppendAsync([.. (await FactsAsync(maxRows, minutes, run)).Where(fact => lost is null || !lost(fact)).Select(fact => StorageFacts.Recorded(fact))], Cancel);
        return log;
    }

    /// <param name="beat">Milliseconds between messages.</param>
    public static async Task<IReadOnlyList<IMarketFact>> FactsAsync(int maxRows = 2_000, int minutes = 1, long run = 1, int beat = 50)
    {
        var settings = new SimulatedFeedSettings(Roots: ["SPY", "QQQ", "NVDA"], From: Open, Until: Open.AddMinutes(minutes), QuotesPerSecond: 10, TradesPerSecond: 6, Speed: double.PositiveInfinity);
        var feed = new SimulatedFeed(settings, TimeProvider.System);
        var stamper = new Stamper(new GatewaySettings { MaxRows = maxRows, Beat = TimeSpan.FromMilliseconds(beat) }, feed.Sessions, run, null, new Dictionary<string, StreamState>(), new Refusals("test", NullLogger<Refusals>.Instance));
        var facts = new List<IMarketFact>();
        await foreach (var batch in feed.ReadAsync(null, Cancel))
            foreach (var added in stamper.Add(batch)) facts.AddRange(added.Facts);
        foreach (var added in stamper.End()) facts.AddRange(added.Facts);
        return facts;
    }

    /// <summary>What every fold makes of it.</summary>
    public static ReplayQuestion WholeQuestion() => Question() with { Folds = [.. Folds.All.Select(fold => fold.Name)] };

    /// <summary>What the fold of traded exposure makes of it.</summary>
    public static ReplayQuestion Question(string from = "2026-01-16", string? to = null, FoldSettings? settings = null, params string[] roots) =>
        new(ReplayRange.Parse(from, to ?? from), [.. roots], [Folds.Gex.Name], settings ?? new FoldSettings());
}
