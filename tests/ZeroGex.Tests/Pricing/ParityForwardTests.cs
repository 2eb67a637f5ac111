using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Tests.Gex;

namespace ZeroGex.Tests.Pricing;

public sealed class ParityForwardTests
{
    static readonly ParitySettings Fitted = new() { HasFixedDiscount = false };

    [Fact]
    public void Exact_quotes_give_the_exact_forward_and_discount() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var market = new Market(new System.Random(seed), noise: 0);
        foreach (ParitySettings settings in new[] { new ParitySettings(), Fitted })
        {
            ParityForwardResult result = market.Imply(settings);
            Assert.True(result.Status == ParityStatus.Ok && Math.Abs(result.Forward / market.Forward - 1) < 1e-11, $"{seed}: {result} is not {market.Forward:R}");
            Assert.True(Math.Abs(result.Discount - market.Discount) < 1e-9, $"{seed}: {result} is not {market.Discount:R}");
            Assert.Equal(new ParityLeftOut(0, 0, 0, market.Count - 24, 0), result.LeftOut);
            Assert.Equal(24, result.Used);
            Assert.InRange(result.ResidualSpread, 0, 1e-10 * market.Forward);
        }
    }).QuickCheckThrowOnFailure();

    // All errors to one side, the worst that can be; everything that is quoted is fitted, so that no bad quote is beside the point.
    [Fact]
    public void Three_bad_strikes_in_ten_leave_the_forward_within_half_a_spread() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new System.Random(seed);
        var market = new Market(random, noise: 0.4, count: 24);
        int[] bad = [.. Enumerable.Range(0, 24).OrderBy(_ => random.Next()).Take(7)];
        market.Corrupt(bad, random, onlyStale: random.Next(2) == 0);
        foreach (ParitySettings settings in new[] { new ParitySettings(), Fitted })
        {
            ParityForwardResult result = market.Imply(settings);
            Assert.True(result.Status == ParityStatus.Ok && Math.Abs(result.Forward - market.Forward) <= 0.5 * market.Spread, $"{seed} {settings}: {result} is not {market.Forward:R} within half of {market.Spread:R}");
            ParityLeftOut left = result.LeftOut;
            Assert.Equal(24, result.Used + left.NotFinite + left.OneSided + left.Crossed + left.FarFromTheMoney + left.Outlier);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Each_bad_strike_is_left_out_for_its_reason()
    {
        var market = new Market(new System.Random(1), noise: 0, count: 30);
        market.CallBid[3] = 0;
        market.PutAsk[4] = -1;
        market.PutBid[5] = market.PutAsk[5] + 0.01;
        market.CallAsk[6] = double.NaN;
        int stale = Enumerable.Range(0, 30).MinBy(i => Math.Abs(market.Strike[i] - market.Forward));
        market.CallBid[stale] += 20 * market.Spread;
        market.CallAsk[stale] += 20 * market.Spread;
        ParityForwardResult result = market.Imply(new());
        Assert.Equal(new ParityLeftOut(NotFinite: 1, OneSided: 2, Crossed: 1, FarFromTheMoney: 2, Outlier: 1), result.LeftOut);
        Assert.Equal(23, result.Used);
        Assert.Equal(market.Forward, result.Forward, 1e-9 * market.Forward);
    }

    [Fact]
    public void Quotes_that_say_nothing_give_a_reason()
    {
        double[] strikes = [95, 100, 105], none = new double[3], ones = [1, 1, 1];
        Assert.Equal(ParityStatus.TooFewStrikes, ParityForward.Imply(new([], [], [], [], []), 1, new()).Status);
        Assert.Equal(ParityStatus.TooFewStrikes, ParityForward.Imply(new(strikes, none, ones, ones, ones), 1, new()).Status);
        Assert.Equal(ParityStatus.ImplausibleDiscount, ParityForward.Imply(new(strikes, ones, ones, ones, ones), 1, Fitted).Status);
        Assert.Throws<ArgumentException>(() => ParityForward.Imply(new(strikes, ones, ones, ones, []), 1, new()));
        Assert.Throws<ArgumentException>(() => ParityForward.Imply(new([], [], [], [], []), 0, new()));
        Assert.Throws<ArgumentException>(() => ParityForward.Imply(new([], [], [], [], []), 1, new() { FewestStrikes = 2 }));
    }

    // Half of the call's spread and half of the put's together say how far a strike may be off; by hand from the definition.
    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Strikes_weigh_one_over_the_square_of_both_half_spreads_together(double ofTheCall)
    {
        double[] forwards = [100, 100.3, 99.9], widths = [1, 0.5, 2];
        ParityForwardResult result = Imply([95, 100, 105], forwards, widths, ofTheCall, discount: 0.95);
        Assert.Equal((ParityStatus.Ok, 3), (result.Status, result.Used));
        Assert.Equal((100 / 1.0 + 100.3 / 0.25 + 99.9 / 4) / (1 + 4 + 0.25), result.Forward, 1e-10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.3)]
    public void No_strike_weighs_more_than_ten_times_the_median(double width)
    {
        ParityForwardResult result = Imply([95, 100, 105], [100, 100.02, 99.9], [width, 1, 2]);
        Assert.Equal((ParityStatus.Ok, 3), (result.Status, result.Used));
        Assert.Equal((10 * 100 + 100.02 + 99.9 / 4) / (10 + 1 + 0.25), result.Forward, 1e-10);
    }

    [Fact]
    public void All_weigh_alike_where_most_have_no_spread()
    {
        foreach (double width in new[] { 0, 2.0 })
        {
            ParityForwardResult result = Imply([95, 100, 105], [100, 100.02, 99.99], [0, 0, width]);
            Assert.Equal((ParityStatus.Ok, 3), (result.Status, result.Used));
            Assert.Equal((100 + 100.02 + 99.99) / 3, result.Forward, 1e-10);
        }
    }

    // 95 and 110 are as near to 102.5, in whatever order they come.
    [Fact]
    public void Of_two_strikes_as_near_the_lower_is_fitted()
    {
        int[][] orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 3, 1, 0]];
        double[] strikes = [95, 100, 105, 110], forwards = [102.375, 102.5, 102.5, 102.75], widths = [0.25, 0.25, 0.25, 0.25];
        foreach (int[] order in orders)
        {
            double[] Ordered(double[] column) => [.. order.Select(i => column[i])];
            ParityForwardResult result = Imply(Ordered(strikes), Ordered(forwards), widths, settings: new() { MostStrikes = 3 });
            Assert.Equal(new ParityLeftOut(0, 0, 0, FarFromTheMoney: 1, 0), result.LeftOut);
            Assert.Equal((102.375 + 102.5 + 102.5) / 3, result.Forward, 1e-10);
        }
    }

    // Most strikes are far below the money, and the discount is a twentieth off: their median says 98.25, and the strikes nearest to that are 96, 98 and 100.
    [Fact]
    public void Strikes_near_the_money_are_found_in_spite_of_many_far_from_it()
    {
        double[] strikes = [.. Enumerable.Range(0, 46).Select(i => 20 + 2.0 * i)];
        ParityForwardResult result = Imply(strikes, [.. strikes.Select(strike => strike + 0.95 * (100 - strike))], [.. strikes.Select(_ => 0.5)], settings: new() { MostStrikes = 3 });
        Assert.Equal((3, 43), (result.Used, result.LeftOut.FarFromTheMoney));
        Assert.Equal(100, result.Forward, 1e-10); // Of 98, 100 and 102.
    }

    [Theory]
    [InlineData(1, ParityStatus.TooFewStrikes)]
    [InlineData(2, ParityStatus.TooFewStrikes)]
    [InlineData(3, ParityStatus.Ok)]
    public void One_strike_or_two_imply_nothing(int count, ParityStatus expected)
    {
        double[] strikes = [.. new[] { 95.0, 100, 105 }.Take(count)], forwards = [.. strikes.Select(_ => 101.0)], widths = [.. strikes.Select(_ => 0.25)];
        foreach (ParitySettings settings in new[] { new ParitySettings(), Fitted })
        {
            ParityForwardResult result = Imply(strikes, forwards, widths, settings: settings);
            Assert.Equal((expected, expected == ParityStatus.Ok ? count : 0), (result.Status, result.Used));
            Assert.Equal(expected == ParityStatus.Ok ? 101 : 0, result.Forward, 1e-10);
        }

        double[] ones = [.. strikes.Select(_ => 10.0)];
        var quotes = new ParityQuotes(strikes, ones, ones, ones, ones);
        foreach (PricingStyle exercise in Enum.GetValues<PricingStyle>())
            Assert.Equal(expected == ParityStatus.Ok, ParityForward.Imply(quotes, exercise, 100, 0.5, 0.01, new()) is not null);
    }

    // Two agree to the cent, which leaves the third no room.
    [Fact]
    public void Strikes_that_disagree_imply_nothing()
    {
        ParityForwardResult result = Imply([95, 100, 105], [100, 100, 104], [0.25, 0.25, 0.25]);
        Assert.Equal(new ParityForwardResult(ParityStatus.TooFewStrikes, 0, 0, 0, new ParityLeftOut(0, 0, 0, 0, Outlier: 1), 0), result);
    }

    /// <summary>Quotes of strikes that each imply a forward of their own, and the half-spreads of call and put together.</summary>
    static ParityForwardResult Imply(double[] strikes, double[] forwards, double[] widths, double ofTheCall = 0.5, double discount = 1, ParitySettings? settings = null)
    {
        const double Put = 20;
        double[] Column(Func<int, double> of) => [.. Enumerable.Range(0, strikes.Length).Select(of)];
        double Call(int i) => Put + discount * (forwards[i] - strikes[i]);
        return ParityForward.Imply(
            new ParityQuotes(
                strikes, Column(i => Call(i) - ofTheCall * widths[i]), Column(i => Call(i) + ofTheCall * widths[i]),
                Column(i => Put - (1 - ofTheCall) * widths[i]), Column(i => Put + (1 - ofTheCall) * widths[i])),
            discount, settings ?? new());
    }

    // Ten years at 8 %: rare, and known.
    [Fact]
    public void Discount_that_is_given_is_not_doubted()
    {
        var market = new Market(new System.Random(5), noise: 0);
        double scale = 0.449 / market.Discount;
        double[] Scaled(double[] prices) => [.. prices.Select(price => price * scale)];
        var quotes = new ParityQuotes(market.Strike, Scaled(market.CallBid), Scaled(market.CallAsk), Scaled(market.PutBid), Scaled(market.PutAsk));
        ParityForwardResult result = ParityForward.Imply(quotes, 0.449, new());
        Assert.Equal(ParityStatus.Ok, result.Status);
        Assert.Equal(market.Forward, result.Forward, 1e-9 * market.Forward);
        Assert.Equal(ParityStatus.ImplausibleDiscount, ParityForward.Imply(quotes, 0.449, Fitted).Status);

        // Calls for nothing and puts above their strikes.
        Assert.Equal(ParityStatus.ImplausibleForward, ParityForward.Imply(new([5, 10, 15], [1, 1, 1], [1, 1, 1], [50, 55, 60], [50, 55, 60]), 1, new()).Status);
    }

    // Yields beside rates, from where calls are exercised early to where puts are; parity of the prices as they are is off by a tenth of a percent and more.
    [Fact]
    public void Forward_comes_back_from_American_prices() => Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
    {
        var random = new System.Random(seed);
        double spot = 20 * Math.Exp(4 * random.NextDouble()), years = 0.1 + 1.4 * random.NextDouble(), rate = 0.01 + 0.06 * random.NextDouble(), yield = 0.05 * random.NextDouble();
        double volatility = 0.12 + 0.3 * random.NextDouble(), forward = spot * Math.Exp((rate - yield) * years);
        double[] strikes = [.. Enumerable.Range(-15, 31).Select(i => spot * (1 + 0.02 * i * volatility * Math.Sqrt(years) / 0.2))];
        double[] Prices(bool isCall) => [.. strikes.Select(strike => AmericanOption.Price(new OptionInputs(isCall, spot, strike, years, volatility, rate, yield), AmericanAccuracy.Precise))];
        double[] Off(double[] prices, double spread) => [.. prices.Select(price => price * (1 + spread))];
        double[] calls = Prices(true), puts = Prices(false);
        var quotes = new ParityQuotes(strikes, Off(calls, -0.002), Off(calls, 0.002), Off(puts, -0.002), Off(puts, 0.002));
        ParityForwardResult raw = ParityForward.Imply(quotes, Math.Exp(-rate * years), new()), implied = ParityForward.ImplyAmerican(quotes, spot, years, rate, new());
        Assert.Equal(ParityStatus.Ok, implied.Status);
        Assert.True(Math.Abs(implied.Forward - forward) <= 0.1 * Math.Abs(raw.Forward - forward) + 1e-5 * spot,
            $"S {spot:R} T {years:R} r {rate:R} q {yield:R} σ {volatility:R}: {implied.Forward:R} is {implied.Forward - forward:E2} off, unconverted {raw.Forward - forward:E2}");
        Assert.Equal(31, implied.Used + implied.LeftOut.FarFromTheMoney + implied.LeftOut.Outlier);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void American_forward_asks_for_a_market()
    {
        Assert.Throws<ArgumentException>(() => ParityForward.ImplyAmerican(new([], [], [], [], []), 0, 1, 0.05, new()));
        Assert.Throws<ArgumentException>(() => ParityForward.ImplyAmerican(new([], [], [], [], []), 100, 0, 0.05, new()));
        Assert.Throws<ArgumentException>(() => ParityForward.ImplyAmerican(new([], [], [], [], []), 100, 1, 0.05, Fitted));
        Assert.Equal(ParityStatus.TooFewStrikes, ParityForward.ImplyAmerican(new([], [], [], [], []), 100, 1, 0.05, new()).Status);
    }

    // The carry between spot and forward: a rate of a few percent less a dividend yield of one or two.
    [Theory]
    [InlineData("SPX_2022-12-12_2030ET.csv")]
    [InlineData("RUT_2022-12-12_2030ET.csv")]
    [InlineData("RUT_2023-09-21_0317UTC.json")]
    public void Forwards_of_a_real_index_chain_stand_at_its_price_plus_carry(string file)
    {
        RealChain chain = RealChain.Read(file);
        int answered = 0, quoted = 0;
        for (int expiration = 0; expiration < chain.Expirations.Count; expiration++)
        {
            var own = Enumerable.Range(0, chain.Strike.Count).Where(i => chain.Expiration[i] == expiration).ToList();
            double years = chain.Years[own[0]];
            var strikes = own.GroupBy(i => chain.Strike[i]).Where(group => group.Count() == 2).Select(group => (Call: group.First(i => chain.IsCall[i]), Put: group.First(i => !chain.IsCall[i]))).ToList();
            double[] Column(Func<(int Call, int Put), double> of) => [.. strikes.Select(of)];
            ParityForwardResult result = ParityForward.Imply(
                new ParityQuotes(Column(p => chain.Strike[p.Call]), Column(p => chain.Bid[p.Call]), Column(p => chain.Ask[p.Call]), Column(p => chain.Bid[p.Put]), Column(p => chain.Ask[p.Put])),
                PortableMath.Exp(-RealChain.Rate * years), new());
            if (strikes.Count(p => chain.Bid[p.Call] > 0 && chain.Bid[p.Put] > 0) >= 5) quoted++;
            if (result.Status != ParityStatus.Ok) continue;
            answered++;
            double carry = Math.Log(result.Forward / chain.Spot);
            Assert.True(carry > -0.003 - 0.01 * years && carry < 0.003 + 0.06 * years, $"{chain.Expirations[expiration]} {years:0.0000}: {result}, spot {chain.Spot}, carry {carry / years:P2} a year");
        }

        Assert.True(answered >= 5 && answered >= quoted, $"{answered} answered of {quoted} expirations that are quoted");
    }

    /// <summary>Prices at a volatility, quoted with a spread around a mid that is off by up to a part of half of it.</summary>
    sealed class Market
    {
        public readonly double Forward, Discount, Spread;
        public readonly double[] Strike, CallBid, CallAsk, PutBid, PutAsk;

        public Market(System.Random random, double noise, int count = 0)
        {
            Forward = 50 * Math.Exp(5 * random.NextDouble());
            double years = 0.05 + 2 * random.NextDouble();
            Discount = Math.Exp(-(0.08 * random.NextDouble() - 0.01) * years);
            Count = count == 0 ? random.Next(26, 80) : count;
            double width = 0.6 * Math.Min(1, Math.Sqrt(years));
            Strike = [.. Enumerable.Range(0, Count).Select(i => Forward * (1 + width * ((i + random.NextDouble()) / Count - 0.5)))];
            random.Shuffle(Strike);
            (CallBid, CallAsk, PutBid, PutAsk) = (new double[Count], new double[Count], new double[Count], new double[Count]);
            double least = double.PositiveInfinity;
            double Price(bool isCall, double strike) => Discount * BlackScholes.Evaluate(new OptionInputs(isCall, Forward, strike, years, 0.25, 0)).Price;
            foreach (double strike in Strike) least = Math.Min(least, Math.Min(Price(true, strike), Price(false, strike)));
            Spread = Math.Min(1.5 * least, 0.004 * Forward);
            for (int i = 0; i < Count; i++)
            {
                double Mid(bool isCall) => Price(isCall, Strike[i]) + noise * (random.NextDouble() - 0.5) * Spread;
                (double call, double put) = (Mid(true), Mid(false));
                (CallBid[i], CallAsk[i], PutBid[i], PutAsk[i]) = (call - 0.5 * Spread, call + 0.5 * Spread, put - 0.5 * Spread, put + 0.5 * Spread);
            }
        }

        public int Count { get; }

        public void Corrupt(int[] strikes, System.Random random, bool onlyStale)
        {
            foreach (int i in strikes)
            {
                double off = Spread * Math.Exp(5 * random.NextDouble() - 1);
                switch (onlyStale ? 0 : random.Next(5))
                {
                    case 0: (CallBid[i], CallAsk[i]) = (CallBid[i] + off, CallAsk[i] + off); break;
                    case 1: PutBid[i] = 0; break;
                    case 2: (CallBid[i], CallAsk[i]) = (CallAsk[i], CallBid[i]); break;
                    case 3: CallAsk[i] += off; break;
                    default: CallAsk[i] = double.NaN; break;
                }
            }
        }

        public ParityForwardResult Imply(ParitySettings settings) =>
            ParityForward.Imply(new ParityQuotes(Strike, CallBid, CallAsk, PutBid, PutAsk), settings.HasFixedDiscount ? Discount : 1, settings);
    }
}
