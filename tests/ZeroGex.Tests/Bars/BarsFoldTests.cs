using Xunit;
using ZeroGex.Analytics.Bars;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Bars;

public sealed class BarsFoldTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    static readonly OptionContract Call = new(MarketTape.Session.AddDays(7), 450, OptionRight.Call);
    static readonly OptionContract Put = Call with { Right = OptionRight.Put };
    static readonly OptionContract Today = Call with { Expiration = MarketTape.Session };

    [Fact]
    public void Bar_without_a_vendor_is_made_of_the_spots_of_quotes_and_prints_in_their_own_time()
    {
        Script script = Start();
        script.Quotes(10, script.Quote(Call, 9.9, 5, 6, spot: 451), script.Quote(Call, 9.5, 5, 6, spot: 450.5), script.Quote(Put, 9.8, 5, 6, spot: 0));
        script.Trades(50, new OptionTrade(Call, script.At(49), 5.5, 1, 449, 0)).Beat(55);
        script.Quotes(61, script.Quote(Call, 59.999, 5, 6, spot: 452), script.Quote(Call, 60, 5, 6, spot: 470)).Beat(62);
        BarClosed bar = Assert.Single(script.Said<BarClosed>());
        Assert.Equal((Noon, Noon.AddMinutes(1), 450.5, 452, 449, 452), (bar.Start, bar.End, bar.Open, bar.High, bar.Low, bar.Close));
        Assert.Equal((MarketTape.Root, null, null, "spot of quotes and prints"), (bar.Symbol, bar.Volume, bar.UpVolume, bar.Model.Source));

        // A price that comes when its minute has been answered changes nothing.
        script.Quotes(64, script.Quote(Call, 30, 5, 6, spot: 500)).Beat(122.5);
        Assert.Equal([452, 470], script.Said<BarClosed>().Select(said => said.High));
    }

    [Fact]
    public void Vendor_bar_goes_before_and_its_volumes_replace_what_was_said()
    {
        Script script = Start();
        script.Quotes(10, script.Quote(Call, 9.9, 5, 6, spot: 451)).Beat(20);
        script.Bars(20.1, Vendor(0, 400, isClosed: false)).Bars(40, Vendor(0, 700, isClosed: false)).Bars(60.1, Vendor(0, 1_000)).Beat(62);
        BarClosed bar = Assert.Single(script.Said<BarClosed>());
        Assert.Equal(("$SPY", 448.5, 1_000, 600, 390, "vendor bars"), (bar.Symbol, bar.Low, bar.Volume, bar.UpVolume, bar.DownVolume, bar.Model.Source));

        script.Bars(63, Vendor(0, 1_000)).Beat(65); // The same again is nothing new.
        Assert.Single(script.Said<BarClosed>());
        script.Bars(66, Vendor(0, 1_250)).Beat(68); // A correction.
        Assert.Equal([1_000, 1_250], script.Said<BarClosed>().Select(said => said.Volume!.Value));
        script.Bars(130, Vendor(0, 77) with { End = Noon.AddMinutes(5) }).Beat(190); // No minute.
        Assert.Equal(2, script.Said<BarClosed>().Count());
    }

    // Else a minute that the vendor answers late would stand there twice, once under the root (SPXW) and once under the underlying (SPX).
    [Fact]
    public void Minutes_go_by_the_vendors_symbol_once_it_is_known()
    {
        Script script = Start();
        script.Quotes(10, script.Quote(Call, 9.9, 5, 6, spot: 451)).Beat(62).Bars(63, Vendor(0, 1_000)).Beat(65);
        script.Quotes(70, script.Quote(Call, 69.9, 5, 6, spot: 452)).Beat(122).Bars(123, Vendor(1, 1_000)).Beat(125);
        Assert.Equal(
            [(0, MarketTape.Root, null), (0, "$SPY", 1_000), (1, "$SPY", null), (1, "$SPY", 1_000L)],
            script.Said<BarClosed>().Select(bar => ((bar.Start - Noon).Minutes, bar.Symbol, bar.Volume)));
    }

    [Fact]
    public void Row_of_an_option_comes_for_minutes_in_which_it_changed()
    {
        Script script = Start().Beat(2);
        script.Chain(2.1, new ChainRow(Call, 100), new ChainRow(Put, 50)).Quotes(10, script.Quote(Call, 9.9, 5, 5.4, volume: 12), script.Quote(Put, 9.9, 4, 4.4)).Beat(61.5);
        OptionMinuteClosed first = Assert.Single(script.Said<OptionMinuteClosed>());
        Assert.Equal((Noon, Call.Expiration, 450.0), (first.Start, first.Expiration, first.Spot!.Value));
        Assert.Equal([OptionRight.Call, OptionRight.Put], first.Right);
        Assert.Equal([12, 0], first.Volume);
        Assert.Equal([100, 50], first.OpenInterest.Select(interest => interest!.Value));
        Assert.All(first.Volatility, volatility => Assert.InRange(volatility!.Value, 0.05, 1));
        Assert.InRange(first.Delta[0]!.Value, 0.4, 0.6);

        // Three minutes later only the put, and the call's running count may not go back.
        script.Quotes(190, script.Quote(Put, 189, 4.1, 4.4), script.Quote(Call, 189, 5, 5.4, volume: 3)).Beat(245);
        OptionMinuteClosed second = script.Said<OptionMinuteClosed>().Last();
        Assert.Equal((2, Noon.AddMinutes(3), OptionRight.Put), (script.Said<OptionMinuteClosed>().Count(), second.Start, Assert.Single(second.Right)));
        Assert.Equal(new ContractCount("unchanged", 1), Assert.Single(second.Model.LeftOut));
    }

    // A feed that polls says everything each time: quotes say what is known, once at another price of the underlying, once too late; reference data has a last price and a
    // volatility of no time, which those that have one go before.
    [Fact]
    public void What_is_said_again_is_no_row_and_no_volume()
    {
        Script script = Start().Beat(2);
        for (int minute = 0; minute < 4; minute++)
        {
            double at = 60 * minute + 10;
            script.Chain(at, new ChainRow(Call, 100, 12, 5.1, 0.3 + 0.01 * minute), new ChainRow(Put, 50)).Quotes(at + 1, script.Quote(Call, at, 5, 5.4, 450 + minute, 5.2, 12), script.Quote(Put, at, 4, 4.4, 450 + minute));
            script.Quotes(at + 2, script.Quote(Call, at + 1.5, 5, 5.4, 450 + minute, 0, 12), script.Quote(Call, 9, 1, 2, volume: 5)).Beat(at + 52);
            OptionMinuteClosed only = Assert.Single(script.Said<OptionMinuteClosed>());
            Assert.Equal([12, 0], only.Volume);
            Assert.Equal([5.2, 0], only.Last);
        }

        // Once for the call, and the put has nothing to say.
        script.Chain(250, new ChainRow(Call, 100, 13), new ChainRow(Put, 50, 0)).Beat(302);
        OptionMinuteClosed second = script.Said<OptionMinuteClosed>().Last();
        Assert.Equal((2, 13, OptionRight.Call), (script.Said<OptionMinuteClosed>().Count(), Assert.Single(second.Volume), Assert.Single(second.Right)));
        Assert.Equal(new ContractCount("unchanged", 1), Assert.Single(second.Model.LeftOut));
    }

    // A vendor's volatility is news where it is asked for, and nobody's row where it is not.
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public void A_vendor_s_volatility_is_news_when_it_is_trusted(bool isTrusted, int rows)
    {
        var script = new Script(new BarsFold(MarketTape.Root, MarketTape.Session, new() { TrustsFeedVolatility = isTrusted }), Noon).Beat(2);
        for (int minute = 0; minute < 3; minute++) script.Quotes(60 * minute + 11, script.Quote(Call, 60 * minute + 10, 5, 5.4, last: 5.2, volume: 12, volatility: 0.2 + 0.01 * minute)).Beat(60 * minute + 62);
        Assert.Equal(rows, script.Said<OptionMinuteClosed>().Count());
    }

    // Each alone, one a minute; two equal prints are two prints, and a running count that has them already is not added to.
    [Fact]
    public void Anything_new_of_an_option_is_a_row()
    {
        Script script = Start().Beat(2);
        script.Chain(9, new ChainRow(Call, 100), new ChainRow(Put, 50)).Quotes(10, script.Quote(Call, 9.9, 5, 5.4, last: 5.2, volume: 3), script.Quote(Put, 9.9, 4, 4.4)).Beat(62);
        Action<double>[] news =
        [
            at => script.Quotes(at, script.Quote(Call, at, 5.1, 5.4, last: 5.2, volume: 3)),
            at => script.Quotes(at, script.Quote(Call, at, 5.1, 5.5, last: 5.2, volume: 3)),
            at => script.Quotes(at, script.Quote(Call, at, 5.1, 5.5, last: 5.3, volume: 3)),
            at => script.Quotes(at, script.Quote(Call, at, 5.1, 5.5, last: 5.3, volume: 4)),
            at => script.Chain(at, new ChainRow(Call, 101)),
            at => script.Trades(at, Print(at), Print(at)), // Of four that are counted.
            at => script.Trades(at, Print(at), Print(at), Print(at)),
            at => script.Quotes(at, script.Quote(Call, at, 5.1, 5.6), script.Quote(Call, at + 1, 5.1, 5.5)), // There and back.
        ];
        var rows = new List<(double Bid, double Ask, double Last, long Volume, long? OpenInterest)?>();
        for (int minute = 1; minute <= news.Length; minute++)
        {
            int before = script.Answers.Count;
            news[minute - 1](60 * minute + 10);
            script.Beat(60 * minute + 62);
            rows.Add(script.Answers[before..].OfType<OptionMinuteClosed>().SingleOrDefault() is { } row
                ? (row.Bid.Single(), row.Ask.Single(), row.Last.Single(), row.Volume.Single(), row.OpenInterest.Single())
                : null);
        }

        Assert.Equal(
            [(5.1, 5.4, 5.2, 3, 100L), (5.1, 5.5, 5.2, 3, 100L), (5.1, 5.5, 5.3, 3, 100L), (5.1, 5.5, 5.3, 4, 100L), (5.1, 5.5, 5.3, 4, 101L), null, (5.1, 5.5, 5.3, 5, 101L), (5.1, 5.5, 5.3, 5, 101L)],
            rows);

        OptionTrade Print(double second) => new(Call, script.At(second), 5.3, 1, 450, 0);
    }

    [Fact]
    public void Option_that_has_settled_keeps_its_row_and_has_no_greeks()
    {
        Script script = new(new BarsFold(MarketTape.Root, MarketTape.Session, new()), new DateTimeOffset(2026, 1, 16, 20, 59, 0, TimeSpan.Zero));
        script.Beat(0.1).Quotes(30, script.Quote(Today, 29, 1, 1.2)).Quotes(70, script.Quote(Today, 69, 0.9, 1.2)).Beat(125);
        var rows = script.Said<OptionMinuteClosed>().ToList();
        Assert.Equal([1, 0.9], rows.Select(row => row.Bid.Single()));
        Assert.All(rows, row => Assert.Equal((null, null, null), (row.Volatility.Single(), row.Source.Single(), row.Delta.Single()))); // Settled at the end of its last minute.
        Assert.Empty(rows[1].Model.Volatilities);
    }

    static Script Start() => new Script(new BarsFold(MarketTape.Root, MarketTape.Session, new()), Noon).Beat(0.1);

    static UnderlyingBar Vendor(int minute, long volume, bool isClosed = true) => new(
        "$SPY", Noon.AddMinutes(minute), Noon.AddMinutes(minute + 1), 450, 451.5, 448.5, 451, volume, volume * 6 / 10, volume * 39 / 100, isClosed);
}
