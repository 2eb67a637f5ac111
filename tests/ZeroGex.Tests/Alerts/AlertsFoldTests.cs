using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Alerts;

/// <summary>An example of every metric, told by facts.</summary>
public sealed class AlertsFoldTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    static readonly DateOnly Later = MarketTape.Session.AddDays(7);

    [Fact]
    public void Spot_near_the_call_wall_is_raised_once_and_resolved_when_it_has_left_the_band()
    {
        Script script = Market(SomeRules.Rule("near", AlertMetric.Spot, AlertOperator.Within, 0.25, AlertMetric.CallWall, hysteresis: 0.25, cooldown: 60));
        Walk(script, 450, 458, 459, 458.5, 459.5, 457, 459);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.Equal(("near", 460, 459, "spot", "within", "all"), (raised.Rule, raised.Level, raised.Spot, raised.Metric, raised.Operator, raised.Scope));
        Assert.Equal((459 / 460.0 - 1) * 100, raised.Value);
        Assert.Equal("SPY: spot 459.00 is 0.22 % below the call wall 460.00", raised.Text);
        Assert.Equal("near/SPY/2026-01-16T17:00:04Z", raised.Id);
        var resolved = Assert.Single(script.Said<AlertResolved>());
        Assert.Equal((raised.Id, raised.Time, 457.0), (resolved.Id, resolved.RaisedAt, resolved.Spot));
        Assert.Equal("SPY: spot 457.00 is 0.65 % below the call wall 460.00", resolved.Text);
    }

    [Fact]
    public void Put_wall_is_breached_from_above()
    {
        Script script = Market(SomeRules.Rule("breach", AlertMetric.Spot, AlertOperator.AtMost, 0, AlertMetric.PutWall));
        Walk(script, 450, 441, 440, 439, 440.5);
        Assert.Equal([440], script.Said<AlertRaised>().Select(alert => alert.Spot));
        Assert.Equal([440.5], script.Said<AlertResolved>().Select(alert => alert.Spot));
    }

    [Fact]
    public void Wall_that_moves_is_told_with_its_new_place()
    {
        Script script = Market(SomeRules.Rule("move", AlertMetric.CallWall, AlertOperator.Moves, 0.05, cooldown: 1));
        Walk(script, 450, 451);
        script.Chain(10.1, new ChainRow(Call(465), 90_000)).Quotes(10.6, Quote(script, Call(465), 10.5, 450.5)).Beat(13);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.Equal((465, 465, "SPY: the call wall is at 465.00"), (raised.Value, raised.Level, raised.Text));
    }

    [Fact]
    public void Spot_crosses_zero_gamma_and_net_exposure_changes_sign()
    {
        Script script = Market(
            SomeRules.Rule("cross", AlertMetric.Spot, AlertOperator.Crosses, level: AlertMetric.ZeroGamma, hysteresis: 0.01, cooldown: 2),
            SomeRules.Rule("flip", AlertMetric.NetGex, AlertOperator.Crosses, cooldown: 2));
        var regimes = new Script(new ChainFold(MarketTape.Root, MarketTape.Session, new()), Noon);
        foreach (Script each in (Script[])[script, regimes])
        {
            Walk(each, 455, 456, 444, 443, 444, 456);
        }

        // The exposures themselves say where it was.
        var told = regimes.Said<ChainGexCalculated>().Where(gex => gex is { Scope: ChainScope.All, Weight: ChainWeight.OpenInterest }).ToList();
        int[] signs = [.. told.Select(gex => Math.Sign(gex.Gamma.Net))];
        Assert.Contains(1, signs);
        Assert.Contains(-1, signs);
        var turns = told.Where((_, i) => i > 0 && signs[i] != signs[i - 1]).Select(gex => (gex.Time, gex.Gamma.Net)).ToList();
        Assert.Equal(turns, script.Said<AlertRaised>().Where(alert => alert.Rule == "flip").Select(alert => (alert.Time, alert.Value)));
        Assert.Equal(turns.Select(turn => turn.Time), script.Said<AlertRaised>().Where(alert => alert.Rule == "cross").Select(alert => alert.Time));
        Assert.All(script.Said<AlertRaised>().Where(alert => alert.Rule == "cross"), alert => Assert.Equal(told.Single(gex => gex.Time == alert.Time).Flip, alert.Level));
    }

    [Fact]
    public void Smart_money_is_told_with_its_score_and_strike()
    {
        Script script = Market(SomeRules.Rule("clever", AlertMetric.SmartMoney, AlertOperator.AtLeast, 6));
        script.Beat(0.1).Trades(5, Print(script, 450, 5, 30), Print(script, 460, 5, 600)).Beat(62);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.Equal((6, 460, 450, Noon.AddMinutes(1)), (raised.Value, raised.Level, raised.Spot, raised.Time)); // 600 contracts: 3; 720,000 dollars: 3.
        Assert.Equal("SPY: smart money scores 6 of 10 at 460.00", raised.Text);
        script.Trades(70, Print(script, 460, 70, 40)).Beat(122);
        Assert.Equal(Noon.AddMinutes(2), Assert.Single(script.Said<AlertResolved>()).Time);

        // The first minute without a print ends what stood out before, whether anything is traded later and however far a clock jumps.
        foreach (double[] beats in new double[][] { [62, 122], [62, 90, 119.9, 120.25], [300] })
        {
            script = Market(SomeRules.Rule("clever", AlertMetric.SmartMoney, AlertOperator.AtLeast, 6)).Beat(0.1);
            script.Trades(5, Print(script, 460, 5, 600));
            foreach (double beat in beats) script.Beat(beat);
            AlertResolved resolved = Assert.Single(script.Said<AlertResolved>());
            Assert.Equal((Noon.AddMinutes(2), 0), (resolved.Time, resolved.Value));
            script.Trades(400, Print(script, 460, 400, 600)).Beat(422);
            Assert.Equal(2, script.Said<AlertRaised>().Count());
        }

        // Deep in the money the price is all intrinsic: the volatility says nothing.
        static OptionTrade Print(Script script, double strike, double second, int size) => new(new(Later, strike, OptionRight.Put), script.At(second), strike == 460 ? 12 : 2, size, 450, 1);
    }

    [Fact]
    public void Large_exposure_is_large_on_either_side()
    {
        Script script = Market(SomeRules.Rule("large", AlertMetric.NetGex, AlertOperator.Beyond, 1e6));
        Walk(script, 455);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.True(Math.Abs(raised.Value) >= 1e6);
        Assert.StartsWith("SPY: net GEX is ", raised.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Silent_quotes_are_raised_and_resolved_when_they_come_back()
    {
        Script script = Market(SomeRules.Rule("silent", AlertMetric.Stale, AlertOperator.AtLeast, 60, hysteresis: 30) with { Scope = "quotes", Severity = AlertSeverity.Critical });
        Walk(script, 450);
        script.Beat(185).Quotes(239, Quote(script, Call(460), 238, 450)).Beat(242);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.Equal((Noon.AddMinutes(2), "SPY: nothing has come for 119 s (quotes)", AlertSeverity.Critical), (raised.Time, raised.Text, raised.Severity));
        Assert.Equal([Noon.AddMinutes(4)], script.Said<AlertResolved>().Select(alert => alert.Time));
    }

    [Fact]
    public void Lost_messages_are_raised_with_their_number_and_mark_the_alert()
    {
        Script script = Market(SomeRules.Rule("gap", AlertMetric.Gap, AlertOperator.AtLeast, 1) with { Scope = "quotes" });
        Walk(script, 450);
        script.Lose("trades").Trades(30).Beat(61.5).Lose("quotes").Lose("quotes").Beat(182);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.Equal((2.0, Noon.AddMinutes(2), true), (raised.Value, raised.Time, raised.Incomplete));
        Assert.Equal((0.0, Noon.AddMinutes(3)), (Assert.Single(script.Said<AlertResolved>()).Value!.Value, script.Said<AlertResolved>().Single().Time));
    }

    [Fact]
    public void Missed_time_is_raised_when_the_feed_says_so_and_resolved_when_it_sees_again()
    {
        Script script = Market(SomeRules.Rule("missed", AlertMetric.Missed, AlertOperator.AtLeast, 1));
        Walk(script, 450);
        script.Beat(61.5).Gap(90, new(Noon.AddSeconds(80), null)).Beat(122).Gap(150, new(Noon.AddSeconds(80), Noon.AddSeconds(150))).Beat(242);
        var raised = Assert.Single(script.Said<AlertRaised>());
        Assert.Equal((40, Noon.AddMinutes(2), true, "SPY: the feed missed 40 s of a minute"), (raised.Value, raised.Time, raised.Incomplete, raised.Text));
        Assert.Equal(Noon.AddMinutes(4), Assert.Single(script.Said<AlertResolved>()).Time);
    }

    [Fact]
    public void Rule_of_another_root_says_nothing_and_order_of_rules_is_order_of_alerts()
    {
        AlertRule price = SomeRules.Rule("price", AlertMetric.Spot, AlertOperator.AtLeast, 450);
        Script script = Market(price with { Name = "b" }, price with { Name = "other", Symbol = "QQQ" }, price with { Name = "a", Symbol = "SPY" });
        Walk(script, 450);
        Assert.Equal(["b", "a"], script.Said<AlertRaised>().Select(alert => alert.Rule));
    }

    // What the alerts see is what the chain fold answers for all to see.
    [Fact]
    public void Alerts_see_the_exposures_that_the_chain_fold_publishes()
    {
        Script script = Market(SomeRules.Rule("any", AlertMetric.NetGex, AlertOperator.Moves, 1e-9));
        var chain = new Script(new ChainFold(MarketTape.Root, MarketTape.Session, new()), Noon);
        foreach (Script each in (Script[])[script, chain]) Walk(each, 450, 451.5, 452, 448, 460, 441);
        var said = chain.Said<ChainGexCalculated>().Where(gex => gex is { Scope: ChainScope.All, Weight: ChainWeight.OpenInterest }).Select(gex => (gex.Time, (double?)gex.Spot, gex.Gamma.Net));
        Assert.Equal(said.Skip(1), script.Said<AlertRaised>().Select(alert => (alert.Time, alert.Spot, alert.Value)));
    }

    /// <summary>Calls open at 460, puts at 440: walls there, and zero gamma between them.</summary>
    static Script Market(params AlertRule[] rules) =>
        new(new AlertsFold(MarketTape.Root, MarketTape.Session, new FoldSettings { Alerts = new() { Rules = [.. rules] } }), Noon);

    // A spot a second, from second 1 on; the first is answered at second 2.
    static void Walk(Script script, params double[] spots)
    {
        script.Beat(0.1).Chain(0.2, new ChainRow(Call(460), 10_000), new ChainRow(Put(440), 10_000));
        for (int i = 0; i < spots.Length; i++)
            script.Quotes(i + 1.6, Quote(script, Call(460), i + 1.5, spots[i]), Quote(script, Put(440), i + 1.5, spots[i])).Beat(i + 1.9);
        script.Beat(spots.Length + 2.5);
    }

    static Quote Quote(Script script, OptionContract contract, double second, double spot) => script.Quote(contract, second, 0, 0, spot);

    static OptionContract Call(double strike) => new(Later, strike, OptionRight.Call);

    static OptionContract Put(double strike) => new(Later, strike, OptionRight.Put);
}
