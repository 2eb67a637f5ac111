using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Cli;
using ZeroGex.Contracts;
using ZeroGex.IntegrationTests.EndToEnd;
using ZeroGex.Storage;
using ZeroGex.Tests;

namespace ZeroGex.IntegrationTests;

/// <summary>Strategies through a recorded session of the simulated market: out of the log, and by the program.</summary>
public sealed class BacktestTests
{
    static readonly DateOnly Session = new(2026, 1, 16);
    static readonly BacktestQuestion Question = new("SPY", Session, Session);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recorded_session_trades_as_the_facts_in_memory_do_and_the_program_says_the_same()
    {
        await using var database = await TestDatabase.NewAsync();
        var facts = await RecordAsync(database);
        var log = new EventLog(database.Source);

        foreach (var (name, parameter) in new[] { ("wall-fade", "band=0.005"), ("zero-gamma", "band=0.0001") })
        {
            using var source = await StrategySource.OpenAsync(name, [parameter], Cancel);
            using var again = await StrategySource.OpenAsync(name, [parameter], Cancel);
            List<EquityPoint> curve = [];
            var (report, missing) = await BacktestRun.RunAsync(log, Question, source.Strategy, curve.Add, Cancel);
            var expected = InMemory(facts, again.Strategy);
            Assert.Equal(expected.FillsCsv(), report.FillsCsv());
            Assert.Equal((expected.Results, expected.Equity, expected.MaxDrawdown, expected.TimeInMarket), (report.Results, report.Equity, report.MaxDrawdown, report.TimeInMarket));
            Assert.NotEmpty(report.Fills);
            Assert.Equal(name == "wall-fade" ? report.Results : 0, report.ChainResults);
            Assert.True(report.Results >= 300, $"{report.Results} results prove nothing.");
            Assert.Equal((0, 0), (missing, report.Incomplete));
            Assert.InRange(curve.Count, 300, report.Results);
            Assert.Equal(curve.Select(point => point.Time).Order(), curve.Select(point => point.Time));
        }

        await ProgramSaysTheSameAsync(database, log);
    }

    [Fact]
    public async Task Walls_faded_twice_are_the_same_fills()
    {
        await using var database = await TestDatabase.NewAsync();
        await RecordAsync(database);
        BacktestReport[] reports = [await FadeAsync(), await FadeAsync()];
        Assert.NotEmpty(reports[0].Fills);
        Assert.Equal(reports[0].FillsHash, reports[1].FillsHash);
        Assert.All(reports[0].Fills, fill => Assert.Matches("^(at the (call|put) wall [0-9]+|half-way back)$", fill.Order.Why));

        async Task<BacktestReport> FadeAsync() => (await BacktestRun.RunAsync(new EventLog(database.Source), Question, new WallFade(band: 0.005), null, Cancel)).Report;
    }

    [Fact]
    public async Task Who_hears_of_chains_that_were_not_recorded_is_told()
    {
        await using var database = await TestDatabase.NewAsync();
        await RecordAsync(database, fact => fact is not ChainObserved);
        var error = await Assert.ThrowsAsync<SettingsException>(() => FadeAsync(Session));
        Assert.Equal("The strategy hears of chain, which is made of chain, quotes, trades; of SPY 2026-01-16 no chain is recorded.", error.Message);
        Assert.Contains("implements neither OnResult nor OnChain", (await Assert.ThrowsAsync<SettingsException>(() => BacktestRun.RunAsync(new EventLog(database.Source), Question, new Silent(), null, Cancel))).Message, StringComparison.Ordinal);
        var (windows, _) = await BacktestRun.RunAsync(new EventLog(database.Source), Question, new ZeroGammaSide(), null, Cancel);
        Assert.NotEqual(0, windows.Results);

        // The next session has one: there is something to hear, and the first is said to be without.
        await RecordAsync(database, from: new(2026, 1, 19, 14, 30, 0, TimeSpan.Zero), minutes: 1);
        await using var site = await Site.EmbeddedAsync(database.ConnectionString);
        string output = await site.RunAsync(0, "backtest", "--symbol", "SPY", "--strategy", "wall-fade", "--from", "2026-01-16", "--to", "2026-01-19", "-f", "json");
        Assert.Contains("2026-01-16 SPY: the strategy hears nothing of chain, because no chain is recorded.", output, StringComparison.Ordinal);
        var json = JsonDocument.Parse(output.Split('\n').Single(line => line.StartsWith('{'))).RootElement;
        Assert.Equal(2, json.GetProperty("sessions").GetInt32());
        Assert.Equal((json.GetProperty("results").GetInt32(), "mid, last, default"), (json.GetProperty("chainResults").GetInt32(), json.GetProperty("chainModels")[0].GetProperty("volatilitySource").GetString()));
        Assert.InRange(json.GetProperty("results").GetInt32(), 60, 300);

        Task FadeAsync(DateOnly to) => BacktestRun.RunAsync(new EventLog(database.Source), Question with { To = to }, new WallFade(), null, Cancel);
    }

    static async Task ProgramSaysTheSameAsync(TestDatabase database, EventLog log)
    {
        string sample = Path.Combine(SharedFiles.Root, "samples", "strategies", "Fade.cs"), folder = Servers.NewFolder();
        string trades = Path.Combine(folder, "trades.csv"), equity = Path.Combine(folder, "equity.csv");
        using var source = await StrategySource.OpenAsync(sample, ["shares=50", "near=0.5"], Cancel);
        var (expected, _) = await BacktestRun.RunAsync(log, Question, source.Strategy, null, Cancel);
        Assert.NotEmpty(expected.Fills);

        await using var site = await Site.EmbeddedAsync(database.ConnectionString);
        string output = await site.RunAsync(0, "backtest", "--symbol", "SPY", "--strategy", sample, "--param", "shares=50", "near=0.5", "--from", "2026-01-16", "-f", "json", "--trades", trades, "--equity", equity);
        var json = JsonDocument.Parse(output.Split('\n').Single(line => line.StartsWith('{'))).RootElement;
        Assert.Equal(expected.FillsHash, json.GetProperty("fillsSha256").GetString());
        Assert.Equal(expected.FillsHash, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(trades, Cancel))));
        Assert.Equal((expected.Equity, expected.Fills.Length), (json.GetProperty("equity").GetDecimal(), json.GetProperty("fills").GetArrayLength()));
        string[] points = await File.ReadAllLinesAsync(equity, Cancel);
        Assert.Equal("time,spot,position,cash,equity", points[0]);
        Assert.InRange(points.Length, 300, expected.Results + 1);

        // A file that cannot be written costs no report.
        output = await site.RunAsync(2, "backtest", "--symbol", "SPY", "--strategy", sample, "--param", "shares=50", "near=0.5", "--from", "2026-01-16", "-f", "csv", "--trades", Path.Combine(folder, "none", "trades.csv"));
        Assert.Contains(expected.FillsHash, output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(equity, "precious", Cancel);
        output = await site.RunAsync(2, "backtest", "--symbol", "SPY", "--strategy", "wall-fade", "--from", "2026-01-17", "--equity", equity);
        Assert.Contains("Of SPY 2026-01-16 is recorded; none from 2026-01-17 to 2026-01-17.", output, StringComparison.Ordinal);

        string failing = Path.Combine(folder, "Failing.cs");
        await File.WriteAllTextAsync(failing, """
            using ZeroGex.Analytics.Backtest;
            using ZeroGex.Contracts;
            public sealed class Failing : IStrategy
            {
                public void OnResult(GexCalculated window, GexLadder ladder, Desk desk) =>
                    throw new InvalidOperationException("no more");
            }
            """, Cancel);
        output = await site.RunAsync(1, "backtest", "--symbol", "SPY", "--strategy", failing, "--from", "2026-01-16", "--equity", equity);
        Assert.Matches(@"The strategy failed at 2026-01-16T14:30:\S+Z: InvalidOperationException: no more \(Failing.cs:6\)", output);
        Assert.Equal("precious", await File.ReadAllTextAsync(equity, Cancel));
        Assert.Equal(["Failing.cs", "equity.csv", "trades.csv"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    // Live and in a replay the old session's folds fall silent where the next one begins, though their streams linger.
    [Fact]
    public async Task What_a_session_says_after_the_next_one_has_begun_is_not_heard()
    {
        await using var database = await TestDatabase.NewAsync();
        DateTimeOffset evening = new(2026, 1, 16, 21, 0, 0, TimeSpan.Zero);
        await new EventLog(database.Source).AppendAsync(
        [
            .. Beat(Session, 1, evening, 690), .. Beat(Session, 2, evening.AddSeconds(5)), .. Beat(Session, 3, evening.AddHours(1)),
            .. Beat(Session.AddDays(3), 1, evening.AddMinutes(30), 691), .. Beat(Session.AddDays(3), 2, evening.AddMinutes(31)),
        ], Cancel);
        var (both, first) = (new Chains(), new Chains());
        await BacktestRun.RunAsync(new EventLog(database.Source), Question with { To = Session.AddDays(3) }, both, null, Cancel);
        await BacktestRun.RunAsync(new EventLog(database.Source), Question, first, null, Cancel);
        Assert.InRange(first.Seen.Max(), evening.AddMinutes(29), evening.AddMinutes(30)); // Once a minute, until the next session.
        Assert.Equal(first.Seen, both.Seen.Take(first.Seen.Count));
        Assert.All(both.Seen.Skip(first.Seen.Count), time => Assert.True(time > evening.AddMinutes(30)));
        Assert.True(both.Seen.Count > first.Seen.Count);
    }

    /// <summary>One message of each of a session's streams: a call with its open interest, quoted at a spot; without one heartbeats.</summary>
    static IEnumerable<RecordedMessage> Beat(DateOnly session, long sequence, DateTimeOffset asOf, double? spot = null)
    {
        var call = new OptionContract(new(2026, 2, 20), 690, OptionRight.Call);
        bool isHeartbeat = spot is null;
        IMarketFact[] facts =
        [
            new ChainObserved { Stamp = StampOf("chain"), Root = "SPY", Time = isHeartbeat ? null : asOf, Rows = isHeartbeat ? [] : [new(call, OpenInterest: 100)] },
            new QuotesObserved
            {
                Stamp = StampOf("quotes"),
                Root = "SPY",
                Contracts = isHeartbeat ? [] : [call],
                Contract = isHeartbeat ? [] : [0],
                Time = isHeartbeat ? [] : [(asOf - DateTimeOffset.UnixEpoch).Ticks / 10],
                Spot = isHeartbeat ? [] : [spot!.Value],
                Bid = isHeartbeat ? [] : [9],
                Ask = isHeartbeat ? [] : [9.1],
                BidSize = isHeartbeat ? [] : [1],
                AskSize = isHeartbeat ? [] : [1],
            },
            new TradesObserved { Stamp = StampOf("trades"), Root = "SPY", Trades = [] },
        ];
        return facts.Select(fact => StorageFacts.Recorded(fact));

        Stamp StampOf(string kind) => new(Contract.StreamId(kind, "SPY", session), 1, sequence, asOf);
    }

    /// <summary>The first twenty minutes, four quotes and more than a print a second.</summary>
    static async Task<List<IMarketFact>> RecordAsync(TestDatabase database, Func<IMarketFact, bool>? isRecorded = null, DateTimeOffset? from = null, int minutes = 20)
    {
        DateTimeOffset start = from ?? new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
        var feed = new SimulatedFeed(new SimulatedFeedSettings(
            Roots: ["SPY"], From: start, Until: start.AddMinutes(minutes),
            QuotesPerSecond: 4, TradesPerSecond: 1.5, Tick: TimeSpan.FromSeconds(1), Speed: double.PositiveInfinity), TimeProvider.System);
        var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 1, null, new Dictionary<string, StreamState>(), new Refusals("simulated", NullLogger.Instance));
        List<IMarketFact> facts = [];
        await foreach (var batch in feed.ReadAsync(null, Cancel)) facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        facts.AddRange(stamper.End().SelectMany(beat => beat.Facts));

        var log = new EventLog(database.Source);
        if (isRecorded is not null) facts.RemoveAll(fact => !isRecorded(fact));
        foreach (var chunk in facts.Chunk(2_000)) await log.AppendAsync([.. chunk.Select(fact => StorageFacts.Recorded(fact))], Cancel);
        return facts;
    }

    sealed class Silent : IStrategy;

    sealed class Chains : IStrategy
    {
        public List<DateTimeOffset> Seen { get; } = [];

        public void OnChain(ChainGexCalculated chain, Desk desk) => Seen.Add(chain.Time);
    }

    static BacktestReport InMemory(IEnumerable<IMarketFact> facts, IStrategy strategy)
    {
        var heard = SessionFolds.HeardBy(strategy);
        string[] kinds = ["bars", "quotes", "trades", .. heard.SelectMany(fold => fold.Inputs)];
        var engine = new BacktestEngine("SPY", strategy, new BacktestSettings());
        var folds = new SessionFolds("SPY", Session, new FoldSettings(), heard);
        var ordered = facts.Select(fact => (Fact: fact, Contract.ParseStreamId(fact.Stamp.Stream).Kind)).Where(entry => kinds.Contains(entry.Kind))
            .OrderBy(entry => entry.Fact.Stamp.AsOf).ThenBy(entry => entry.Kind, StringComparer.Ordinal).ThenBy(entry => entry.Fact.Stamp.Position());
        foreach (var (fact, _) in ordered)
        {
            engine.Apply(fact);
            foreach (var result in folds.Apply(fact)) engine.Show(result);
        }

        return engine.Report();
    }
}
