using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using static ZeroGex.Tests.Backtest.SomeFacts;

namespace ZeroGex.Tests.Backtest;

/// <summary>Who hears of what, and in which order.</summary>
public sealed class HearingTests
{
    static readonly IMarketFact[] Facts =
    [
        Chain(0, (Call, 500), (Put, 300)), Quotes(0, (0, 100)), Trades(0),
        Quotes(0.6, (0.6, 100.2)), Trades(0.6, Print(0.5, 100.1), Print(0.55, 100.1, Call with { Expiration = Session.AddDays(7) })),
        Quotes(1.8, (1.7, 100.3)), Trades(1.8, Print(1.6, 100.2)),
    ];

    [Fact]
    public void Only_what_a_strategy_implements_is_folded()
    {
        Assert.Equal([Folds.Gex], SessionFolds.HeardBy(new Restless()));
        Assert.Equal([Folds.Gex, Folds.Chain], SessionFolds.HeardBy(new RestlessOnChains()));
        Assert.Equal([Folds.Chain], SessionFolds.HeardBy(new ChainsOnly()));
        Assert.Equal([Folds.Chain], SessionFolds.HeardBy(new Hidden()));
        Assert.Equal([Folds.Chain], SessionFolds.HeardBy(new WallFade()));
        Assert.Equal([Folds.Gex], SessionFolds.HeardBy(new ZeroGammaSide()));
        Assert.Empty(SessionFolds.HeardBy(new Deaf()));
    }

    [Fact]
    public void Who_hears_of_chains_alone_is_shown_no_windows_and_the_other_way_round()
    {
        var facts = Counted([.. Facts, Chain(2.3), Quotes(2.3), Trades(2.3)]);
        var (chains, both, windows) = (Run(facts, new ChainsOnly()), Run(facts, new RestlessOnChains()), Run(facts, new Restless()));
        Assert.Equal((chains.Results, 0), (chains.ChainResults, chains.Models.Length));
        Assert.Equal((3, 0, 0), (windows.Results, windows.ChainResults, windows.ChainModels.Length));
        Assert.Equal((windows.Results + chains.Results, chains.ChainResults), (both.Results, both.ChainResults));
        Assert.NotEqual(0, chains.Results);
    }

    // One message makes two seconds known: of each second the windows, then the chains, all expirations by open interest first.
    [Fact]
    public void What_one_message_makes_known_is_heard_by_end_and_windows_before_chains()
    {
        var listener = new Listener();
        Run(Counted([.. Facts[..5], Chain(2.3), Quotes(2.3, (1.7, 100.3)), Trades(2.3, Print(1.6, 100.2))]), listener);
        Assert.All(listener.Heard, heard => Assert.Equal(At(2.3), heard.Now));
        Assert.Equal(
            [
                (At(1), $"window {Session:O}"), (At(1), $"window {Session.AddDays(7):O}"), (At(1), "All OpenInterest"), (At(1), "All Volume"),
                (At(2), $"window {Session:O}"), (At(2), "All OpenInterest"),
            ],
            listener.Heard.Where(heard => heard.What.StartsWith("window", StringComparison.Ordinal) || heard.What.StartsWith("All", StringComparison.Ordinal)).Select(heard => (heard.Time, heard.What)));
    }

    // A chain waits for its slowest input; a window does not.
    [Fact]
    public void A_chain_is_heard_when_its_last_input_has_come_that_far()
    {
        var listener = new Listener();
        Run(Counted([.. Facts, Trades(2.3), Quotes(2.4), Chain(2.5), Quotes(3), Trades(3)]), listener);
        Assert.All(listener.Heard, heard => Assert.Equal(heard.What.StartsWith("window", StringComparison.Ordinal) ? (heard.Time == At(1) ? At(1.8) : At(2.3)) : At(2.5), heard.Now));
        Assert.Contains(listener.Heard, heard => heard.Now == At(2.5));
    }

    [Fact]
    public void A_chain_that_was_never_recorded_is_waited_for_and_nothing_is_heard() =>
        Assert.Equal(0, Run(Counted([.. Facts.Where(fact => fact is not ChainObserved), Quotes(9), Trades(9)]), new ChainsOnly()).Results);

    // A feed of prints alone has a chain of heartbeats.
    [Fact]
    public void Without_open_interest_there_are_no_walls_by_it()
    {
        var facts = Counted([
            Chain(0), Quotes(0, (0, 100)), Trades(0),
            Trades(0.6, Print(0.5, 100, Call with { Strike = 101 }), Print(0.55, 100, Put with { Strike = 99 })),
            Chain(2.3), Quotes(2.3), Trades(2.3), Quotes(2.4, (2.35, 100)),
        ]);
        var (open, traded) = (Run(facts, new WallFade(band: 0.011)), Run(facts, new WallFade(band: 0.011, weight: ChainWeight.Volume)));
        Assert.Equal((open.Results, 0.0), (traded.Results, open.UsedContractShare));
        Assert.Empty(open.Fills);
        Assert.Equal("at the call wall 101", traded.Fills.Single().Order.Why);
    }

    [Fact]
    public void An_order_on_a_chain_is_filled_by_what_is_quoted_later()
    {
        var strategy = new ChainsOnly(desk => desk.Target(5));
        var fill = Run(Counted([.. Facts, Chain(2.3), Quotes(2.3, (2.29, 100.4)), Trades(2.3), Quotes(2.4, (2.28, 100.5), (2.35, 100.6))]), strategy, new BacktestSettings { Slippage = 0 }).Fills.Single();
        Assert.Equal((At(2.3), At(2.35), 100.6m), (fill.Order.Placed, fill.Time, fill.Price));
    }

    [Fact]
    public void What_strategies_do_not_hear_of_is_refused()
    {
        var engine = new BacktestEngine(Root, new Deaf(), new());
        engine.Apply(Quotes(5, (4, 100)));
        Assert.Contains("not of Rumour", Assert.Throws<ArgumentException>(() => engine.Show(new Rumour(Root, At(1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_fails_on_a_chain_stops_the_run_and_says_when()
    {
        var error = Assert.Throws<StrategyException>(() => Run(Counted([.. Facts, Chain(2.3), Quotes(2.3), Trades(2.3)]), new ChainsOnly(_ => throw new InvalidOperationException("no more"))));
        Assert.Equal(At(2.3), error.Instant);
    }

    sealed record Rumour(string Root, DateTimeOffset Time) : IMarketResult;

    sealed class Hidden : IStrategy
    {
        void IStrategy.OnChain(ChainGexCalculated chain, Desk desk) => desk.Buy(1);
    }

    sealed class Listener : IStrategy
    {
        public List<(DateTimeOffset Now, DateTimeOffset Time, string What)> Heard { get; } = [];

        public void OnResult(GexCalculated window, GexLadder ladder, Desk desk) => Heard.Add((desk.Now, window.End, $"window {window.Expiration:O}"));

        public void OnChain(ChainGexCalculated chain, Desk desk) => Heard.Add((desk.Now, chain.Time, $"{chain.Scope} {chain.Weight}"));
    }
}
