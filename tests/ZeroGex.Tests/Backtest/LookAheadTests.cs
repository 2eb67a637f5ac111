using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;
using static ZeroGex.Tests.Backtest.SomeFacts;

namespace ZeroGex.Tests.Backtest;

/// <summary>Nobody inside a backtest can see or use what is still to come.</summary>
public sealed class LookAheadTests
{
    static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(40).WithEndSize(25);

    // Whatever instant T is: what was seen, decided and filled before it does not depend on what comes after it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cutting_the_tape_at_any_instant_changes_nothing_before_it(bool withChains)
    {
        int chains = 0;
        Prop.ForAll(Any, tape =>
        {
            var full = Trader(withChains);
            var whole = Run(tape.Facts, full);
            chains += whole.ChainResults;
            for (int kept = 0; kept <= tape.Facts.Length; kept++) CutAfter(kept, tape.Facts, whole, full, Trader(withChains));
        }).Check(Config);
        Assert.Equal(withChains, chains > 100);
    }

    static void CutAfter(int kept, ImmutableArray<IMarketFact> facts, BacktestReport whole, Restless full, Restless cut)
    {
        var part = Run(facts.Take(kept), cut);
        Assert.Equal(full.Diary.Take(cut.Diary.Count), cut.Diary);
        Assert.Equal(whole.Fills.Take(part.Fills.Length), part.Fills);

        // And nothing is missing: what the whole run did up to that clock, the part did too.
        DateTimeOffset end = kept == 0 ? DateTimeOffset.MinValue : facts[kept - 1].Stamp.AsOf;
        if (kept < facts.Length && facts[kept].Stamp.AsOf == end) return;
        Assert.Equal(full.Diary.Count(line => DateTimeOffset.Parse(line.Split("| ")[1].Split(' ')[0], null) <= end), cut.Diary.Count);
        Assert.Equal(whole.Fills.Count(fill => ArrivalOf(fill, facts) <= end), part.Fills.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_future_changes_nothing_before_it(bool withChains) => Prop.ForAll(Any, Any, (past, future) =>
    {
        DateTimeOffset end = past.Facts[^1].Stamp.AsOf;
        var later = future.Facts.Where(fact => fact.Stamp.AsOf > end);
        var (one, other) = (Trader(withChains), Trader(withChains));
        var alone = Run(past.Facts, one);
        var more = Run(Counted([.. past.Facts, .. later]), other);
        Assert.Equal(one.Diary, other.Diary.Take(one.Diary.Count));
        Assert.Equal(alone.Fills, more.Fills.Take(alone.Fills.Length));
    }).Check(Config);

    // A second hand: for every fill the first row that may fill it, searched from the beginning.
    [Theory]
    [InlineData(0, false)]
    [InlineData(700, false)]
    [InlineData(0, true)]
    public void Fills_are_the_first_quotes_after_the_order_by_both_clocks(int latencyMs, bool withChains) => Prop.ForAll(Any, tape =>
    {
        var settings = new BacktestSettings { Slippage = 0.03m, Latency = TimeSpan.FromMilliseconds(latencyMs) };
        var report = Run(tape.Facts, Trader(withChains), settings);
        foreach (var fill in report.Fills)
        {
            var (_, time, price) = FirstAfter(fill.Order, tape.Facts, settings)!.Value;
            Assert.Equal((time, price), (fill.Time, fill.Price));
            Assert.True(fill.Time > fill.Order.Placed + settings.Latency);
        }

        Assert.All(report.Unfilled, order => Assert.Null(FirstAfter(order, tape.Facts, settings)));
    }).Check(Config);

    // It sees a price, wants it, and gets the next one.
    [Fact]
    public void The_price_that_led_to_an_order_cannot_be_had()
    {
        var cheat = new Scripted(desk => desk.Buy(100));
        var report = Run(Counted([
            Trades(0.3, Print(0.2, spot: 100)),
            Quotes(1.3, (1.29, 100.5)), Trades(1.3), // Closes the window: known at 1.3 s.
            Quotes(1.3, (1.3, 100.6), (1.31, 100.65)), // The same instant again, once from a clock that is ahead.
            Quotes(1.4, (1.25, 100.7), (1.3, 100.8)), // Arrived later, quoted before.
            Quotes(1.5, (1.45, 110)),
        ]), cheat, new BacktestSettings { Slippage = 0 });
        Assert.Equal((At(1.3), 100.5, 0), cheat.Seen.Single());
        var fill = report.Fills.Single();
        Assert.Equal((At(1.3), At(1.45), 110m), (fill.Order.Placed, fill.Time, fill.Price));
    }

    [Fact]
    public void A_row_that_is_older_than_what_is_known_changes_nothing()
    {
        var strategy = new Scripted(desk => Assert.Equal((1.00, 1.10), (desk.MarketIn(Call)!.Value.Bid, desk.MarketIn(Call)!.Value.Ask)));
        Run(Counted([
            Trades(0.3, Print(0.2, spot: 100)),
            Quotes(At(1.3), (1.29, 100.5, Call, 1.00, 1.10), (1.2, 99, Call, 0.90, 0.95)), Trades(1.3),
        ]), strategy);
        Assert.Equal((At(1.3), 100.5, 0), strategy.Seen.Single());
    }

    [Fact]
    public void The_desk_takes_orders_only_while_a_result_is_shown()
    {
        Desk? kept = null;
        Run(Counted([Trades(0.3, Print(0.2, spot: 100)), Trades(1.3)]), new Scripted(desk => kept = desk));
        Assert.Throws<InvalidOperationException>(() => kept!.Buy(1));
        Assert.Throws<InvalidOperationException>(() => kept!.Target(5));
        Assert.Throws<InvalidOperationException>(() => kept!.Target(0));
        Assert.Throws<InvalidOperationException>(() => kept!.Sell(Call, 1));
    }

    [Fact]
    public void It_takes_none_of_a_chain_afterwards_either()
    {
        Desk? kept = null;
        var engine = new BacktestEngine(Root, new ChainsOnly(desk => (kept = desk).Buy(1)), new());
        engine.Apply(Quotes(3, (1, 100)));
        engine.Show(SomeChain.Of(At(2)));
        Assert.Single(kept!.Pending);
        Assert.Throws<InvalidOperationException>(() => kept.Buy(1));
        Assert.Throws<InvalidOperationException>(() => kept.Target(0));
    }

    [Theory]
    [InlineData(2.249999, true)]
    [InlineData(2.25, false)]
    public void A_result_from_elsewhere_is_refused_before_it_was_known(double now, bool isRefused)
    {
        var strategy = new Scripted();
        var engine = new BacktestEngine(Root, strategy, new());
        engine.Apply(Quotes(now, (1, 100)));
        var error = Record.Exception(() => engine.Show(SomeWindow.Ending(At(2))));
        Assert.Equal(isRefused, error is ArgumentException);
        Assert.Equal(isRefused ? 0 : 1, strategy.Seen.Count);
    }

    // Chains have a grace of their own. While no spot is known there is nothing to trade at.
    [Theory]
    [InlineData(2.999999, true, true)]
    [InlineData(3, true, false)]
    [InlineData(3, false, true)]
    public void A_chain_from_elsewhere_is_refused_before_it_was_known(double now, bool withSpot, bool isRefused)
    {
        var strategy = new ChainsOnly();
        var engine = new BacktestEngine(Root, strategy, new() { ChainGrace = TimeSpan.FromSeconds(1) });
        engine.Apply(Quotes(now, (1, withSpot ? 100 : 0)));
        var error = Record.Exception(() => engine.Show(SomeChain.Of(At(2))));
        Assert.Equal(isRefused, error is ArgumentException);
        Assert.Equal(isRefused ? 0 : 1, strategy.Seen.Count);
        Assert.Throws<ArgumentException>(() => engine.Show(SomeChain.Of(At(1)) with { Root = "QQQ" }));
    }

    static Restless Trader(bool withChains) => withChains ? new RestlessOnChains() : new Restless();

    static DateTimeOffset ArrivalOf(Fill fill, IEnumerable<IMarketFact> facts) => FirstAfter(fill.Order, facts, new())!.Value.Arrival;

    static (DateTimeOffset Arrival, DateTimeOffset Time, decimal Price)? FirstAfter(Order order, IEnumerable<IMarketFact> facts, BacktestSettings settings)
    {
        int side = Math.Sign(order.Quantity);
        foreach (var fact in facts.Where(fact => fact.Stamp.AsOf > order.Placed))
        {
            IEnumerable<(DateTimeOffset Time, decimal Price)> prices = (fact, order.Instrument.Option) switch
            {
                (TradesObserved trades, null) => trades.Trades.Select(trade => (trade.Time, (decimal)trade.Spot + side * settings.Slippage)),
                (QuotesObserved quotes, null) => Rows(quotes).Where(i => quotes.Spot[i] > 0).Select(i => (TimeOf(quotes, i), (decimal)quotes.Spot[i] + side * settings.Slippage)),
                (QuotesObserved quotes, { } option) => Rows(quotes)
                    .Where(i => quotes.Contracts[quotes.Contract[i]] == option && (quotes.Bid[i] <= quotes.Ask[i] || quotes.Ask[i] == 0) && (side > 0 ? quotes.Ask[i] : quotes.Bid[i]) > 0)
                    .Select(i => (TimeOf(quotes, i), (decimal)(side > 0 ? quotes.Ask[i] : quotes.Bid[i]))),
                _ => [],
            };
            foreach (var (time, price) in prices)
                if (time > order.Placed + settings.Latency) return (fact.Stamp.AsOf, time, price);
        }

        return null;

        static IEnumerable<int> Rows(QuotesObserved quotes) => Enumerable.Range(0, quotes.Time.Length);
        static DateTimeOffset TimeOf(QuotesObserved quotes, int row) => DateTimeOffset.UnixEpoch.AddMicroseconds(quotes.Time[row]);
    }
}
