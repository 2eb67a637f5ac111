using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Flow;

/// <summary>Flow worked out by hand, and a real day.</summary>
public sealed class FlowFoldTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    static readonly OptionContract Call = new(MarketTape.Session.AddDays(7), 450, OptionRight.Call);
    static readonly OptionContract Put = Call with { Right = OptionRight.Put };
    static readonly OptionContract Today = Call with { Expiration = MarketTape.Session };

    [Fact]
    public void Seconds_and_minutes_with_prints_are_answered_once_they_have_ended()
    {
        Script script = Start().Trades(1.5, Print(1.2, Call, 5, 10, 1), Print(1.4, Put, 4, 20, -1)).Beat(3).Trades(40.5, Print(40.2, Call, 6, 30, -1)).Beat(70);
        Assert.Equal([(1, 2), (40, 41), (0, 60)], script.Said<FlowCalculated>().Select(flow => ((flow.Start - Noon).TotalSeconds, (flow.End - Noon).TotalSeconds)));
        FlowCalculated minute = script.Said<FlowCalculated>().Last();
        Assert.Equal(new FlowSide(2, 40, 10, 30, 23_000, 5_000, 18_000), minute.Calls);
        Assert.Equal(new FlowSide(1, 20, 0, 20, 8_000, 0, 8_000), minute.Puts);
        Assert.Equal((20, 15_000, -5_000, 0.5, 8 / 23.0), (minute.NetContracts, minute.NetPremium, minute.DirectionalPremium, minute.PutCallContracts, minute.PutCallPremium));
        Assert.Equal(new FlowTempo(60, 5_000, 18_000, 0, 8_000), minute.Tempo);
        Assert.Equal(0, script.Said<FlowCalculated>().ElementAt(1).PutCallContracts);

        script.Trades(70.5, Print(70.2, Put, 1, 5, 0)).Beat(72);
        FlowCalculated puts = script.Said<FlowCalculated>().Last();
        Assert.Equal((null, null), (puts.PutCallContracts, puts.PutCallPremium)); // Not 0: there are no calls.
        Assert.Equal(new FlowTempo(60, 0, 18_000, 0, 500), puts.Tempo); // What was bought and sold at second 1 has left; second 40 has not.
    }

    [Theory]
    [InlineData(5.3, 1, "quote")] // Nearer to the ask.
    [InlineData(5.5, 1, "quote")]
    [InlineData(9.0, 1, "quote")]
    [InlineData(5.2, -1, "quote")] // Nearer to the bid.
    [InlineData(4.9, -1, "quote")]
    [InlineData(5.25, 0, "unknown")] // In the middle, and nothing traded before.
    public void Quote_tells_the_side_of_a_print_that_the_feed_does_not(double price, int side, string source)
    {
        Script script = Start().Quotes(2, Quoted(Call, 1, 5, 5.5)).Trades(3, Print(2.5, Call, price, 7, 0)).Beat(5);
        AssertTold(script, side, source);
        AssertTold(Start().Quotes(2, Quoted(Call, 1, 5, 5.5)).Trades(3, Print(2.5, Call, price, 7, -1)).Beat(5), -1, "feed");
    }

    [Fact]
    public void Quote_that_came_after_the_print_or_makes_no_sense_tells_nothing()
    {
        AssertTold(Start().Quotes(2, Quoted(Call, 1.5, 5, 5.5)).Trades(2, Print(1.5, Call, 5.5, 7, 0)).Beat(5), 0, "unknown"); // At the same time the print goes first.
        AssertTold(Start().Quotes(2, Quoted(Call, 1, 5.5, 5)).Trades(2, Print(1.5, Call, 5.5, 7, 0)).Beat(5), 0, "unknown"); // Crossed.
        AssertTold(Start().Quotes(2, Quoted(Call, 1, 0, 0.05)).Trades(2, Print(1.5, Call, 0.05, 7, 0)).Beat(5), 1, "quote"); // Without a bid.
        AssertTold(Start().Quotes(2, Quoted(Call, 1, 0, 0.05)).Trades(2, Print(1.5, Call, 0.04, 7, 0)).Beat(5), 0, "unknown");
        AssertTold(Start().Quotes(2, Quoted(Put, 1, 5, 5.5)).Trades(2, Print(1.5, Call, 5.5, 7, 0)).Beat(5), 0, "unknown"); // Another contract's.
        AssertTold(Start().Quotes(12, Quoted(Call, 11, 5, 5.5)).Beat(14).Trades(15, Print(5, Call, 5.5, 7, 0)).Beat(70), 0, "unknown"); // The print came late, and the quote was after it.
    }

    [Fact]
    public void Tick_tells_what_quotes_do_not_and_a_price_that_repeats_has_the_tick_before()
    {
        double[] prices = [5, 5, 5.1, 5.1, 5.05, 5.05, 5.05, 5.2];
        Script script = Start();
        for (int i = 0; i < prices.Length; i++) script.Trades(2 + i, Print(1.5 + i, Call, prices[i], 1, 0), Print(1.6 + i, Put, 9 - prices[i], 1, 0));
        var seconds = script.Beat(20).Said<FlowCalculated>().ToList();
        Assert.Equal([0, 0, 1, 1, -1, -1, -1, 1], seconds.Select(flow => flow.Calls.Bought - flow.Calls.Sold));
        Assert.Equal([0, 0, -1, -1, 1, 1, 1, -1], seconds.Select(flow => flow.Puts.Bought - flow.Puts.Sold));

        script = Start(new() { LastRule = AggressorRule.Quote }).Trades(2, Print(1.5, Call, 5, 1, 0)).Trades(3, Print(2.5, Call, 6, 7, 0)).Beat(5);
        AssertTold(script, 0, "unknown");
    }

    [Fact]
    public void Late_print_joins_its_minute_while_that_is_open_and_nothing_else()
    {
        Script script = Start().Trades(10, Print(9.9, Call, 5, 1, 1)).Beat(12).Trades(13, Print(5, Call, 5, 10, 1)).Beat(70);
        Assert.Equal(1, script.Fold.Late);
        Assert.Equal([1, 11], script.Said<FlowCalculated>().Select(flow => flow.Calls.Contracts));
        script.Trades(71, Print(50, Call, 5, 100, 1), Print(70.5, Call, 5, 1_000, 1)).Beat(130); // That minute has been answered.
        Assert.Equal([1, 11, 1_000, 1_000], script.Said<FlowCalculated>().Select(flow => flow.Calls.Contracts));
    }

    [Fact]
    public void Smart_money_is_scored_at_the_volatility_and_delta_of_the_windows_end()
    {
        var far = Today with { Strike = 460 };
        Script script = Start().Quotes(2, Quoted(far, 1, 1.75, 1.85), Quoted(Call, 1, 5, 5.5));
        script.Trades(3, Print(2.5, far, 1.85, 3_000, 0), Print(2.6, Call, 5, 49, 0), Print(2.7, Today, 5, 99, 0)).Beat(4);
        FlowCalculated second = Assert.Single(script.Said<FlowCalculated>());
        double years = (Settlement.Of(MarketTape.Root, far.Expiration) - Noon.AddSeconds(3)).TotalDays / 365;
        double volatility = BatchVolatility.Solve(new PricedOption(true, 1.8, 450, 460, years, 0.05)).Volatility;
        Assert.Equal([Today, far], second.SmartMoney.Select(smart => smart.Contract));
        SmartMoneyFlow known = second.SmartMoney[1];
        Assert.Equal((3_000, 3_000, 0, 555_000.0, 0), (known.Contracts, known.Bought, known.Sold, known.Premium, known.DaysToExpiry));
        Assert.Equal(volatility, known.Volatility!.Value, 1e-12);
        Assert.Equal(BlackScholes.Evaluate(new OptionInputs(true, 450, 460, years, volatility, 0.05)).Delta, known.Delta!.Value, 1e-12);
        Assert.Equal(new SmartMoneyScore(3, 3, 2, 0, 1, 9), known.Score);
    }

    [Theory]
    [InlineData(500, 500_000, 1.01, 0.149, 2, 3, 3, 2, 1, 1)]
    [InlineData(499, 499_999, 1.0, 0.15, 3, 2, 2, 1, 0, 0)]
    [InlineData(200, 250_000, 0.61, -0.149, 0, 2, 2, 1, 1, 1)]
    [InlineData(199, 249_999, 0.6, -0.15, 30, 1, 1, 0, 0, 0)]
    [InlineData(100, 100_000, null, null, 30, 1, 1, 0, 0, 0)]
    [InlineData(99, 99_999, 0.1, 0.5, 30, 0, 0, 0, 0, 0)]
    public void Score_has_the_parts_of_the_law(long contracts, double premium, double? volatility, double? delta, int days, int ofVolume, int ofPremium, int ofVolatility, int ofDelta, int ofExpiry) =>
        Assert.Equal(
            new SmartMoneyScore(ofVolume, ofPremium, ofVolatility, ofDelta, ofExpiry, ofVolume + ofPremium + ofVolatility + ofDelta + ofExpiry),
            SmartMoney.Score(contracts, premium, volatility, delta, days));

    [Theory]
    [InlineData(50, 1, 0.2, 0.5, true)]
    [InlineData(49, 49_999, 0.4, 0.5, false)]
    [InlineData(1, 50_000, 0.2, 0.5, true)]
    [InlineData(1, 1, 0.41, 0.5, true)]
    [InlineData(20, 1, 0.2, -0.14, true)]
    [InlineData(19, 1, 0.2, -0.14, false)]
    [InlineData(20, 1, 0.2, 0.15, false)]
    [InlineData(20, 1, null, null, false)]
    public void Standing_out_has_the_bounds_of_the_law(long contracts, double premium, double? volatility, double? delta, bool standsOut) =>
        Assert.Equal(standsOut, SmartMoney.StandsOut(contracts, premium, volatility, delta));

    [Fact]
    public void Pressure_is_of_the_newest_minute_known_and_changes_against_the_one_before()
    {
        Script script = Start().Bars(1, Vendor(-1, 71, 29)).Trades(2, Print(1.5, Call, 5, 1, 0)).Beat(4);
        Assert.Equal(new UnderlyingPressure(Noon.AddMinutes(-1), 71, 29, 71, "strong buying", 21), script.Said<FlowCalculated>().Last().Pressure);
        script.Bars(61, Vendor(0, 30, 70)).Trades(63, Print(62.5, Call, 5, 1, 0)).Beat(65);
        Assert.Equal(new UnderlyingPressure(Noon, 30, 70, 30, "selling", -41), script.Said<FlowCalculated>().Last().Pressure);
        // Corrections of both, an older bar that is no news, and one that does not split its volume.
        script.Bars(66, Vendor(0, 0, 0), Vendor(-1, 46, 54), Vendor(-2, 99, 1), Vendor(1, 1, 1) with { UpVolume = null }).Trades(68, Print(67.5, Call, 5, 1, 0)).Beat(70);
        Assert.Equal(new UnderlyingPressure(Noon, 0, 0, 50, "neutral", 4), script.Said<FlowCalculated>().Last().Pressure);
    }

    [Theory]
    [InlineData(71, 29, "strong buying")]
    [InlineData(70, 30, "buying")]
    [InlineData(56, 44, "buying")]
    [InlineData(55, 45, "neutral")]
    [InlineData(45, 55, "neutral")]
    [InlineData(44, 56, "selling")]
    [InlineData(30, 70, "selling")]
    [InlineData(29, 71, "strong selling")]
    public void Pressure_has_the_bands_of_the_law(long up, long down, string signal) =>
        Assert.Equal(signal, Start().Bars(1, Vendor(-1, up, down)).Trades(2, Print(1.5, Call, 5, 1, 0)).Beat(4).Said<FlowCalculated>().Last().Pressure!.Signal);

    // The legacy messages were derived from the same minute bars by other means.
    [Fact]
    public async Task Real_day_sums_to_what_its_prints_say()
    {
        var answers = await GoogAsync(AggressorRule.Feed);
        var minutes = answers.Where(flow => flow.End - flow.Start == TimeSpan.FromMinutes(1)).ToList();
        var messages = File.ReadLines(SharedFiles.Data("inferred_trades/GOOG_2015-12-24_inferred_trades.ndjson")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        foreach (var (right, of) in ((string, Func<FlowCalculated, FlowSide>)[])[("C", flow => flow.Calls), ("P", flow => flow.Puts)])
        {
            var own = messages.Where(message => message.GetProperty("right").GetString() == right).ToList();
            long Sum(int side) => own.Where(message => message.GetProperty("aggressor").GetInt32() == side).Sum(message => message.GetProperty("size").GetInt64());
            Assert.Equal(
                (own.Count, Sum(1) + Sum(0) + Sum(-1), Sum(1), Sum(-1)),
                (minutes.Sum(flow => of(flow).Prints), minutes.Sum(flow => of(flow).Contracts), minutes.Sum(flow => of(flow).Bought), minutes.Sum(flow => of(flow).Sold)));
            double premium = own.Sum(message => message.GetProperty("size").GetInt64() * message.GetProperty("price").GetDouble() * 100);
            Assert.Equal(premium, minutes.Sum(flow => of(flow).Premium), 1e-9 * premium);
        }

        Assert.Equal(958, minutes.Sum(flow => flow.Calls.Prints + flow.Puts.Prints));
        Assert.Contains(minutes, flow => flow.SmartMoney.Any(smart => smart.Score.Total >= 4));
        Assert.All(minutes.SelectMany(flow => flow.SmartMoney), smart => Assert.True(smart.Volatility is null or (> 0.05 and < 5), smart.ToString()));
    }

    static async Task<List<FlowCalculated>> GoogAsync(AggressorRule rule)
    {
        var refusals = new Refusals("lean", NullLogger.Instance);
        var feed = new LeanFeed(new LeanFeedSettings(SharedFiles.Data("lean"), "GOOG", [new DateOnly(2015, 12, 24)]), new NyseCalendar(), refusals);
        var stamper = new Stamper(new GatewaySettings(), new NyseCalendar(), 1, null, new Dictionary<string, StreamState>(), refusals);
        var fold = new FlowFold("GOOG", new DateOnly(2015, 12, 24), new() { LastRule = rule });
        var answers = new List<FlowCalculated>();
        await foreach (var batch in feed.ReadAsync(null, TestContext.Current.CancellationToken))
            foreach (var beat in stamper.Add(batch)) Apply(beat.Facts);
        foreach (var beat in stamper.End()) Apply(beat.Facts);
        return answers;

        void Apply(IEnumerable<IMarketFact> facts)
        {
            foreach (var fact in facts.Where(fact => FlowFold.Inputs.Contains(Contract.Of(fact.GetType()).Kind))) answers.AddRange(fold.Apply(fact).Cast<FlowCalculated>());
        }
    }

    static void AssertTold(Script script, int side, string source)
    {
        FlowCalculated second = script.Said<FlowCalculated>().Last();
        Assert.Equal(7 * side, second.Calls.Bought - second.Calls.Sold);
        Assert.Equal((source, 7, 1.0), Assert.Single(second.Model.Aggressors) is var told ? (told.Source, told.Contracts, told.Share) : default);
    }

    // A print below what exercise pays, and no quote: nobody says a volatility, and the setting's earns no points.
    [Fact]
    public void A_volatility_that_is_a_setting_is_nobody_s()
    {
        var deep = new OptionContract(Today.Expiration.AddDays(30), 400, OptionRight.Call);
        var settings = new FlowSettings { Volatility = new() { Default = 1.5 } };
        Script script = Start(settings).Trades(1, new OptionTrade(deep, Noon.AddSeconds(0.5), 40, 150, 450, 1), new OptionTrade(deep with { Strike = 410 }, Noon.AddSeconds(0.5), 35, 1, 450, 1)).Beat(62);
        SmartMoneyFlow smart = script.Said<FlowCalculated>().Single(flow => flow.End == Noon.AddMinutes(1)).SmartMoney.Single();
        Assert.Equal((deep, null, new SmartMoneyScore(1, 3, 0, 0, 0, 4)), (smart.Contract, smart.Volatility, smart.Score));
        Assert.InRange(smart.Delta!.Value, 0.5, 1);
    }

    static Script Start(FlowSettings? settings = null) => new Script(new FlowFold(MarketTape.Root, MarketTape.Session, settings ?? new()), Noon).Beat(0.1);

    static Quote Quoted(OptionContract contract, double second, double bid, double ask) => new(contract, Noon.AddSeconds(second), bid, ask, 450, 0, 0);

    static OptionTrade Print(double second, OptionContract contract, double price, int size, int aggressor) => new(contract, Noon.AddSeconds(second), price, size, 450, aggressor);

    static UnderlyingBar Vendor(int minute, long up, long down) => new("SPY", Noon.AddMinutes(minute), Noon.AddMinutes(minute + 1), 450, 451, 449, 450, up + down, up, down, true);
}
