using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;
using static ZeroGex.Tests.Backtest.SomeFacts;

namespace ZeroGex.Tests.Backtest;

/// <summary>Dollars add up, exactly.</summary>
public sealed class MoneyTests
{
    static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(100).WithEndSize(30);
    static readonly BacktestSettings Free = new() { FeePerShare = 0, FeePerContract = 0, Slippage = 0 };

    // The worked example of docs/backtest.md: every figure is by hand.
    [Fact]
    public void The_worked_example_comes_out()
    {
        var strategy = new Scripted(desk => desk.Buy(100, "one"), desk => desk.Sell(150, "two"));
        var report = Run(Counted([
            Trades(0), Trades(0.3, Print(0.2, spot: 100)),
            Quotes(1.3, (1.28, 100.10)), Trades(1.3), // The first window is known at 1.3 s, spot 100.10.
            Quotes(1.35, (1.29, 100.15), (1.34, 100.20)), // 1.29 s is too early; bought 100 at 100.20 + 0.01.
            Trades(2.2, Print(2.1, spot: 101)), // 101 · 100 − 10,021 − 0.50: equity 10,078.50, its peak.
            Trades(3.3), // The second window is known at 3.3 s.
            Quotes(4, (3.5, 100.60)), // Sold 150 at 100.60 − 0.01: 100 closed at a gain of 38, 50 short.
            Quotes(6, (5.9, 100.80)), // The short loses (100.80 − 100.59) · 50.
        ]), strategy, new BacktestSettings { Capital = 10_000 });

        Assert.Equal([(At(1.3), 100.10, 0), (At(3.3), 101, 100)], strategy.Seen);
        Assert.Equal(
            [(At(1.34), At(1.3), 100L, 100.21m, 0.50m, 0m, "one"), (At(3.5), At(3.3), -150L, 100.59m, 0.75m, 38m, "two")],
            report.Fills.Select(fill => (fill.Time, fill.Order.Placed, fill.Order.Quantity, fill.Price, fill.Fee, fill.Realised, fill.Order.Why)));
        Assert.Equal((38m, -10.5m, 1.25m, 10_026.25m), (report.Realised, report.Unrealised, report.Fees, report.Equity));
        Assert.Equal([new OpenPosition(Instrument.Underlying, -50, 100.59m, 100.80m, -10.5m)], report.Positions);
        Assert.Equal((52.25m, 52.25m / 10_078.5m), (report.MaxDrawdown, report.MaxDrawdownShare));
        Assert.Equal((1, 1, 1.0), (report.RoundTrips, report.Winners, report.HitRate));
        Assert.Equal(4.65 / 6, report.TimeInMarket, 1e-12); // From 1.35 s to 6 s.
        Assert.Equal((100 * 2.65m + 50 * 2m) / 6, report.AverageShares, 10);
        Assert.Equal((2, 0, 1), (report.Results, report.Incomplete, report.Sessions));
        Assert.Equal((At(0), At(6)), (report.From, report.To));
        Assert.Equal("""
            time,placed,instrument,side,quantity,price,fee,realised,why
            2026-01-16T14:30:01.340000Z,2026-01-16T14:30:01.300000Z,SPY,buy,100,100.21,0.5,0,one
            2026-01-16T14:30:03.500000Z,2026-01-16T14:30:03.300000Z,SPY,sell,150,100.59,0.75,38,two

            """, report.FillsCsv());
    }

    [Fact]
    public void Equity_is_capital_and_all_gains_less_fees() => Prop.ForAll(Any, ArbMap.Default.ArbFor<int>(), (tape, seed) =>
    {
        var report = Run(tape.Facts, new Restless(seed));
        Assert.Equal(report.Settings.Capital + report.Realised + report.Unrealised - report.Fees, report.Equity);
        Assert.Equal(report.Realised, report.Fills.Sum(fill => fill.Realised));
        Assert.Equal(report.Unrealised, report.Positions.Sum(position => position.Unrealised));
        Assert.Equal(report.Fees, report.Fills.Sum(fill => Math.Abs(fill.Order.Quantity) * (fill.Order.Instrument.Option is null ? 0.005m : 0.65m)));
        Assert.Equal(report.Fees, report.Fills.Sum(fill => fill.Fee));

        // By cash alone: what was paid and got, and what is left at its mark.
        decimal paid = report.Fills.Sum(fill => fill.Price * fill.Order.Quantity * fill.Order.Instrument.Multiplier);
        Assert.Equal(report.Settings.Capital - paid - report.Fees + report.Positions.Sum(position => position.Mark * position.Quantity * position.Instrument.Multiplier), report.Equity);
        Assert.Equal(
            report.Fills.GroupBy(fill => fill.Order.Instrument).Select(fills => (fills.Key, fills.Sum(fill => fill.Order.Quantity))).Where(entry => entry.Item2 != 0),
            report.Positions.Select(position => (position.Instrument, position.Quantity)));
    }).Check(Config);

    [Fact]
    public void Flat_at_the_end_is_nothing_unrealised() => Prop.ForAll(Any, tape =>
    {
        // As many sold as bought: the last order closes whatever the others left.
        var report = Run(tape.Facts, new Restless(withOptions: false));
        Assert.Equal(report.Positions.IsEmpty, report.Fills.Sum(fill => fill.Order.Quantity) == 0);
        if (report.Positions.IsEmpty) Assert.Equal((0m, report.Settings.Capital + report.Realised - report.Fees), (report.Unrealised, report.Equity));
    }).Check(Config);

    [Fact]
    public void Twice_the_quantity_is_twice_the_gain_where_nothing_costs() => Prop.ForAll(Any, tape =>
    {
        var (one, two) = (Run(tape.Facts, new Restless(quantity: 10), Free), Run(tape.Facts, new Restless(quantity: 20), Free));
        Assert.Equal(one.Fills.Select(fill => (fill.Time, fill.Price, fill.Order.Quantity * 2)), two.Fills.Select(fill => (fill.Time, fill.Price, fill.Order.Quantity)));
        Assert.Equal((2 * one.Realised, 2 * one.Unrealised, 2 * one.MaxDrawdown), (two.Realised, two.Unrealised, two.MaxDrawdown));
        Assert.Equal((one.RoundTrips, one.Winners), (two.RoundTrips, two.Winners));
    }).Check(Config);

    [Fact]
    public void Costs_only_take_away() => Prop.ForAll(Any, tape =>
    {
        var (free, dear) = (Run(tape.Facts, new Restless(withOptions: false), Free), Run(tape.Facts, new Restless(withOptions: false)));
        long shares = free.Fills.Sum(fill => Math.Abs(fill.Order.Quantity));
        Assert.Equal(free.Equity - shares * (0.01m + 0.005m), dear.Equity);
    }).Check(Config);

    [Fact]
    public void Lots_are_closed_first_in_first_out_and_trips_counted_through_flat()
    {
        // Prices 100, 101, ... at the seconds after each result.
        Action<Desk>[] script = [desk => desk.Buy(10), desk => desk.Buy(10), desk => desk.Sell(15), desk => desk.Sell(10), desk => desk.Target(0), desk => desk.Target(0)];
        var report = Run(EverySecond([100, 102, 103, 99, 101, 90]), new Scripted(script), Free);
        // Sold 15 at 103: 10 · 3 + 5 · 1. Sold 10 at 99: 5 · −3, and 5 short. Bought back at 101: 5 · −2.
        Assert.Equal([0, 0, 35, -15, -10], report.Fills.Select(fill => fill.Realised));
        Assert.Equal((2, 1, 0.5), (report.RoundTrips, report.Winners, report.HitRate));
        Assert.Empty(report.Positions);
        Assert.Empty(report.Unfilled);
    }

    [Fact]
    public void A_trip_that_wins_less_than_its_fees_is_no_winner()
    {
        Action<Desk>[] script = [desk => desk.Buy(10), desk => desk.Sell(10)];
        var facts = EverySecond([100, 100.02]);
        Assert.Equal(1, Run(facts, new Scripted(script), Free with { FeePerShare = 0.009m }).Winners);
        Assert.Equal(0, Run(facts, new Scripted(script), Free with { FeePerShare = 0.01m }).Winners);
    }

    [Fact]
    public void Options_settle_at_the_last_spot_that_the_instant_of_settlement_brought()
    {
        double end = (new DateTimeOffset(2026, 1, 16, 21, 0, 0, TimeSpan.Zero) - Open).TotalSeconds;
        var report = Run(Counted([
            Trades(0.3, Print(0.2, spot: 100)), Trades(1.3),
            Quotes(At(2), (1.9, 100, Call, 1.00, 1.10)),
            Quotes(At(end), (end - 0.01, 103, Call, 2.90, 3.10)), // Three dollars higher in the last moment.
            Quotes(At(end + 1), (end + 0.9, 90, Call, 0, 0.01)), // Too late.
        ]), new Scripted(desk => desk.Buy(Call, 1)));

        Assert.Equal([(1L, 1.10m), (-1L, 3m)], report.Fills.Select(fill => (fill.Order.Quantity, fill.Price)));
    }

    [Fact]
    public void Options_buy_at_the_ask_sell_at_the_bid_and_settle_at_intrinsic_value()
    {
        var (call, put, other) = (Call, Put, Call with { Strike = 105 });
        var strategy = new Scripted(desk =>
        {
            desk.Buy(call, 2);
            desk.Sell(put, 1);
            desk.Buy(other, 1); // Never quoted again.
        });
        DateTimeOffset settlement = new(2026, 1, 16, 21, 0, 0, TimeSpan.Zero);
        double end = (settlement - Open).TotalSeconds;
        List<IMarketFact> facts =
        [
            Trades(0.3, Print(0.2, spot: 100)), Trades(1.3),
            Quotes(At(2), (1.8, 100, call, 1.20, 1.10), (1.9, 100, call, 1.00, 1.10), (1.9, 100, put, 0, 0.95), (1.95, 100, put, 0.90, 0.95)), // Crossed; good; no bid; good.
            Quotes(At(end - 1), (end - 1, 101.5, call, 1.45, 1.55)),
        ];

        var before = Run(Counted(facts), strategy);
        Assert.Equal([(call, 2L, 1.10m), (put, -1L, 0.90m)], before.Fills.Select(fill => (fill.Order.Instrument.Option!.Value, fill.Order.Quantity, fill.Price)));
        Assert.Equal(-0.025m * 100 + 0.40m * 2 * 100, before.Unrealised); // Marks 1.50 and 0.925.
        Assert.Equal(3 * 0.65m, before.Fees);

        facts.Add(Trades(end + 0.1));
        var after = Run(Counted(facts), new Scripted(desk =>
        {
            desk.Buy(call, 2);
            desk.Sell(put, 1);
            desk.Buy(other, 1);
        }));
        Assert.Equal([(settlement, -2L, 1.50m, 80m), (settlement, 1L, 0m, 90m)], after.Fills.Skip(2).Select(fill => (fill.Time, fill.Order.Quantity, fill.Price, fill.Realised)));
        Assert.Equal((170m, 0m, 1.95m, 2, 2), (after.Realised, after.Unrealised, after.Fees, after.RoundTrips, after.Winners));
        Assert.Equal(other, after.Lapsed.Single().Instrument.Option);
    }

    [Fact]
    public void Orders_that_make_no_sense_stop_the_run()
    {
        Assert.Throws<StrategyException>(() => Run(EverySecond([100]), new Scripted(desk => desk.Buy(0))));
        Assert.Throws<StrategyException>(() => Run(EverySecond([100]), new Scripted(desk => desk.Sell(-5))));
        Assert.Throws<StrategyException>(() => Run(EverySecond([100]), new Scripted(desk => desk.Buy(2_000_000_000))));
        Assert.Throws<StrategyException>(() => Run(EverySecond([100]), new Scripted(desk => { while (true) desk.Buy(1); })));
    }

    /// <summary>One result a second, and the price that follows each.</summary>
    internal static IEnumerable<IMarketFact> EverySecond(double[] prices) => Counted(
        prices.SelectMany((price, i) => new IMarketFact[] { Trades(i + 0.5, Print(i + 0.4, spot: 100)), Trades(i + 1.3), Quotes(i + 1.4, (i + 1.35, price)) }).Prepend(Trades(0)));
}
