using System.Security.Cryptography;
using System.Text;
using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;
using static ZeroGex.Tests.Backtest.SomeFacts;

namespace ZeroGex.Tests.Backtest;

/// <summary>What a report says beside the dollars.</summary>
public sealed class ReportTests
{
    [Fact]
    public void The_same_question_gets_the_same_answer_and_the_hash_tells_others_apart()
    {
        var facts = MoneyTests.EverySecond([100, 101, 99, 98.5, 100, 103, 101.25]);
        var (one, again, other) = (Run(facts, new Restless()), Run(facts, new Restless()), Run(facts, new Restless(seed: 3)));
        Assert.NotEmpty(one.Fills);
        Assert.Equal(one.FillsHash, again.FillsHash);
        Assert.NotEqual(one.FillsHash, other.FillsHash);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(one.FillsCsv()))), one.FillsHash);
        Assert.Equal(one.Fills.Length + 1, one.FillsCsv().Count('\n'));
    }

    [Fact]
    public void Reasons_are_quoted_where_csv_asks_for_it()
    {
        var report = Run(MoneyTests.EverySecond([100]), new Scripted(desk => desk.Buy(1, "up, \"I say\"")));
        Assert.EndsWith(",\"up, \"\"I say\"\"\"\n", report.FillsCsv(), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_are_counted_with_their_models_and_what_they_lack()
    {
        var strategy = new Scripted();
        var engine = new BacktestEngine(Root, strategy, new BacktestSettings { Measure = Measure.NaiveWindow });
        engine.Apply(Quotes(5, (4, 100)));
        engine.Show(SomeWindow.Ending(At(1), incomplete: true)); // Without a ladder of that measure.
        engine.Show(SomeWindow.Ending(At(2)) with { NaiveWindow = new GexLadder { Sum = 1 }, Volume = 30, Model = SomeWindow.Ending(At(2)).Model with { PricedVolumeShare = 1 } });
        engine.Show(SomeWindow.Ending(At(3)) with { NaiveWindow = new GexLadder { Sum = 1 }, Model = SomeWindow.Ending(At(2)).Model with { Rate = 0.03, LeftOut = [new("below intrinsic", 5)] } });
        var report = engine.Report();
        Assert.Equal((2, 1, 1), (report.Results, report.WithoutLadder, report.Incomplete));
        Assert.Equal(2, strategy.Seen.Count);
        Assert.Equal([0.05, 0.03], report.Models.Select(model => model.Rate));
        Assert.Equal((10 * 0.5 + 30 * 1 + 10 * 0.5) / 50, report.PricedVolumeShare, 1e-12);
    }

    [Fact]
    public void Chains_are_counted_beside_windows_with_models_of_their_own()
    {
        var engine = new BacktestEngine(Root, new RestlessOnChains(), new BacktestSettings());
        engine.Apply(Quotes(5, (4, 100)));
        var chain = SomeChain.Of(At(1));
        engine.Show(chain);
        engine.Show(SomeChain.Of(At(2), incomplete: true) with { Model = chain.Model with { Contracts = 30, Used = 30, EverySeconds = 5, OpenInterestDate = Session, LeftOut = [new("expired", 2)], Volatilities = [new("mid", 30)] } });
        engine.Show(SomeChain.Of(At(3)) with { Model = chain.Model with { Rate = 0.03 } });
        engine.Show(SomeChain.Of(At(3), weight: ChainWeight.Volume) with { Model = chain.Model with { Contracts = 90, Used = 90 } });
        engine.Show(SomeWindow.Ending(At(4)) with { Trades = [Print(3.5, 100)] });
        var report = engine.Report();
        Assert.Equal((5, 4, 1), (report.Results, report.ChainResults, report.Incomplete));
        Assert.Equal([0.05, 0.03], report.ChainModels.Select(model => model.Rate));
        Assert.Single(report.Models);
        Assert.Equal((5 + 30 + 5) / 50.0, report.UsedContractShare, 1e-12);
    }

    [Theory]
    [InlineData(Measure.NaiveDay, 1)]
    [InlineData(Measure.DealerSignedDay, 2)]
    [InlineData(Measure.DealerSignedWindow, 3)]
    [InlineData(Measure.NaiveWindow, 4)]
    public void The_ladder_shown_is_the_measure_asked_for(Measure measure, double sum)
    {
        var seen = new LadderSeen();
        var engine = new BacktestEngine(Root, seen, new BacktestSettings { Measure = measure });
        engine.Apply(Quotes(5, (4, 100)));
        engine.Show(SomeWindow.Ending(At(2)) with { NaiveDay = Ladder(1), DealerSignedDay = Ladder(2), DealerSignedWindow = Ladder(3), NaiveWindow = Ladder(4) });
        Assert.Equal(sum, seen.Sum);

        static GexLadder Ladder(double sum) => new() { Sum = sum };
    }

    // 21 sessions, 100 shares held from the first to the last: the gains are 100 times the changes of the closes.
    [Fact]
    public void Sharpe_is_that_of_the_sessions_gains_and_needs_twenty()
    {
        double[] closes = [100, 101, 100.5, 102, 101, 103, 104, 103.5, 105, 104, 106, 107, 106, 108, 109, 108.5, 110, 109, 111, 112, 111.5];
        var report = OverSessions(closes);
        double[] gains = [0, .. closes.Zip(closes.Skip(1), (before, after) => 100 * (after - before))];
        double mean = gains.Sum() / gains.Length, deviation = Math.Sqrt(gains.Sum(gain => Math.Pow(gain - mean, 2)) / (gains.Length - 1));
        Assert.Equal(21, report.Sessions);
        Assert.Equal(mean / deviation * Math.Sqrt(252), report.Sharpe!.Value, 1e-9);
        Assert.Equal(100m * 11.5m, report.Equity - report.Settings.Capital);
        Assert.NotNull(OverSessions(closes[..20]).Sharpe);
        Assert.Null(OverSessions(closes[..19]).Sharpe);

        // Bought at 1.8 s of the first session, which is recorded from 0.3 s to 3 s; a second of every other one, and no time between them.
        Assert.Equal((1.2 + 20) / (2.7 + 20), report.TimeInMarket, 1e-9);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bars_of_the_underlying_fill_at_their_close_once_they_are_closed(bool isClosed)
    {
        var bar = new UnderlyingBar(Root, At(60), At(120), 100, 102, 99, 101.5, 1_000, null, null, isClosed);
        var report = Run(Counted([
            Trades(0.3, Print(0.2, spot: 100)), Trades(1.3),
            new BarsObserved { Stamp = StampAt("bars", At(120)), Root = Root, Bars = [bar] },
        ]), new Scripted(desk => desk.Buy(1)), new BacktestSettings { Slippage = 0 });
        Assert.Equal(isClosed ? [(At(120), 101.5m)] : [], report.Fills.Select(fill => (fill.Time, fill.Price)));
        Assert.Equal(isClosed ? 0 : 1, report.Unfilled.Length);
    }

    [Fact]
    public void A_failing_strategy_stops_the_run_and_says_when()
    {
        var error = Assert.Throws<StrategyException>(() => Run(MoneyTests.EverySecond([100, 101, 102, 103]), new Failing()));
        Assert.Equal(At(3.3), error.Instant);
        Assert.Equal("The strategy failed at 2026-01-16T14:30:03.3Z: InvalidOperationException: no more", error.Message);
    }

    static BacktestReport OverSessions(double[] closes)
    {
        List<IMarketFact> facts = [Trades(0.3, Print(0.2, spot: 100)), Trades(1.3), Quotes(1.8, (1.8, 100))];
        facts.AddRange(closes.SelectMany((close, day) => new IMarketFact[] { Quotes(day * 86_400 + 2, (day * 86_400 + 2, close)), Quotes(day * 86_400 + 3, (day * 86_400 + 3, close)) }));
        return Run(Counted(facts), new Scripted(desk => desk.Buy(100)), new BacktestSettings { Slippage = 0, FeePerShare = 0 });
    }

    sealed class LadderSeen : IStrategy
    {
        public double Sum { get; private set; }

        public void OnResult(GexCalculated window, GexLadder ladder, Desk desk) => Sum = ladder.Sum;
    }
}
