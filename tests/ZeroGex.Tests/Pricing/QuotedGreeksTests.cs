using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class QuotedGreeksTests
{
    // Prices of the reference vectors in, their greeks out: what the price lost in rounding comes back through the volatility.
    [Fact]
    public void Greeks_of_quoted_prices_agree_with_the_reference_vectors()
    {
        Vector[] rows = [.. Vector.All().Where(v => v.Text("iv_status") == "ok" && Math.Abs(v["dlnP_dlnSigma"]) > 0.05)];
        Assert.True(rows.Length > 1_000);
        var quotes = new Quotes([.. rows.Select(v => v.Inputs)], [.. rows.Select(v => v["price_f64"])]);
        foreach (bool isFast in new[] { false, true })
        {
            quotes.Evaluate(LaneWidth.Widest, isFast);
            for (int i = 0; i < rows.Length; i++)
            {
                Vector v = rows[i];
                double legs = v.Inputs.Spot * Math.Exp(-v.Inputs.DividendYield * v.Inputs.Years) + v.Inputs.Strike * Math.Exp(-v.Inputs.Rate * v.Inputs.Years);
                double volatility = 1e-15 * (1 + legs / (v.Inputs.Volatility * v["vega_raw"]));
                double steep = 1 + v["d1"] * v["d1"] + v["d2"] * v["d2"];
                Assert.Equal(VolatilityStatus.Ok, quotes.Status[i]);
                Near(v, "sigma", quotes.Volatility[i], volatility);
                Near(v, "gamma", quotes.Values[2][i], 1e-12 + 8 * steep * volatility);
                Near(v, "vega_raw", quotes.Values[3][i], 1e-12 + 8 * steep * volatility);
            }
        }
    }

    static void Near(Vector v, string column, double actual, double relative)
    {
        double expected = column == "sigma" ? v["iv_of_price_f64"] : v[column];
        Assert.True(Math.Abs(actual / expected - 1) <= 4 * relative, $"{v}: {column} {actual:R}, expected {expected:R}, {4 * relative:E2} allowed");
    }

    [Fact]
    public void One_pass_gives_the_bits_of_two_and_every_width_the_same()
    {
        var quotes = new Quotes([.. Vector.All().Select(v => v.Inputs)], [.. Vector.All().Select(v => v["price_f64"])]);
        quotes.Evaluate(LaneWidth.Scalar, isFast: false);
        double[][] expected = [.. quotes.Values.Select(column => (double[])column.Clone()), (double[])quotes.Volatility.Clone()];
        foreach (LaneWidth width in new[] { LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest })
        {
            quotes.Evaluate(width, isFast: false);
            for (int column = 0; column < 10; column++) Assert.Equal(expected[column], quotes.Values[column]);
            Assert.Equal(expected[10], quotes.Volatility);
        }

        var values = quotes.NewValues();
        BatchGreeks.Evaluate(quotes.ToEvaluate(quotes.Volatility), Quotes.Columns(values));
        for (int column = 0; column < 10; column++) Assert.Equal(values[column], quotes.Values[column]);
    }

    // Chains of a market each, priced by the kernel: times, rates and yields change every few rows, where groups of lanes do not end.
    [Fact]
    public void Every_width_gives_the_same_bits_on_a_million_options()
    {
        const int count = 1_000_003;
        var random = new Random(9);
        var options = new OptionInputs[count];
        var prices = new double[count];
        (double years, double rate, double yield) = (1, 0, 0);
        for (int i = 0; i < count; i++)
        {
            if (random.Next(20) == 0) (years, rate, yield) = (Math.Exp(-8 + 9 * random.NextDouble()), 0.1 * random.NextDouble() - 0.02, 0.05 * random.NextDouble());
            double volatility = 0.05 + random.NextDouble(), strike = 100 * Math.Exp((6 * random.NextDouble() - 3) * volatility * Math.Sqrt(years));
            options[i] = new(random.Next(2) == 0, 100, strike, years, volatility, rate, yield);
            prices[i] = Math.Max(0.01, (options[i].IsCall ? 100 - strike : strike - 100) + 40 * volatility * Math.Sqrt(years) * random.NextDouble());
        }

        var quotes = new Quotes(options, prices);
        quotes.Evaluate(LaneWidth.Scalar, isFast: false);
        double[][] expected = [.. quotes.Values.Select(column => (double[])column.Clone()), (double[])quotes.Volatility.Clone()];
        Assert.InRange(quotes.Status.Count(status => status == VolatilityStatus.Ok), count / 4, count);
        foreach (LaneWidth width in new[] { LaneWidth.Four, LaneWidth.Eight })
        {
            quotes.Evaluate(width, isFast: false);
            for (int column = 0; column < 11; column++)
            {
                double[] actual = column < 10 ? quotes.Values[column] : quotes.Volatility;
                if (!System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(expected[column]).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(actual)))
                    for (int i = 0; i < count; i++)
                        if (!expected[column][i].Equals(actual[i])) Assert.Fail($"{width}, column {column}: {options[i]} at {prices[i]:R}: {actual[i]:R}, one by one {expected[column][i]:R}");
            }
        }
    }

    // Factors are kept from one group of lanes to the next while the market is the same; each of its three parts may be the one that changes.
    [Theory]
    [InlineData(LaneWidth.Scalar)]
    [InlineData(LaneWidth.Four)]
    [InlineData(LaneWidth.Eight)]
    public void Every_option_is_valued_in_its_own_market(LaneWidth width)
    {
        OptionInputs[] options = [.. Enumerable.Range(0, 64).Select(i => new OptionInputs(
            i % 2 == 0, 100, 95 + i % 8, 0.5 + (i / 8 == 1 ? 0.25 : 0), 0.2, i / 8 == 7 ? 0 : 0.03 + (i / 8 == 3 ? 0.02 : 0), i / 8 >= 6 ? 0 : 0.01 + (i / 8 == 5 ? 0.02 : 0)))];
        foreach (bool isFast in new[] { false, true })
        {
            var quotes = new Quotes(options, [.. options.Select(x => BlackScholes.Evaluate(x).Price)]);
            quotes.Evaluate(width, isFast);
            for (int i = 0; i < options.Length; i++) Assert.True(Math.Abs(quotes.Volatility[i] / 0.2 - 1) < 1e-12, $"{options[i]}: {quotes.Volatility[i]:R}");
        }
    }

    // Forwards and discount factors of 256 options lie in places that the 256 before them had; the last of them fill neither a block nor a vector.
    [Theory]
    [InlineData(LaneWidth.Scalar)]
    [InlineData(LaneWidth.Four)]
    [InlineData(LaneWidth.Eight)]
    public void Every_option_gets_the_bits_it_has_alone_on_either_side_of_a_blocks_edge(LaneWidth width)
    {
        const int most = 773;
        var random = new Random(10);
        var options = new OptionInputs[most];
        var prices = new double[most];
        for (int i = 0; i < most; i++)
        {
            options[i] = new(random.Next(2) == 0, 100, 85 + 30 * random.NextDouble(), 0.1 + random.NextDouble(), 0.1 + 0.4 * random.NextDouble(), 0.1 * random.NextDouble() - 0.03, 0.05 * random.NextDouble());
            prices[i] = BlackScholes.Evaluate(options[i]).Price;
            if (i % 11 == 3) prices[i] = new[] { double.NaN, 0, 1e9 }[i % 3];
            if (i % 17 == 5) options[i] = options[i] with { Rate = new[] { double.NaN, 1e4, double.NegativeInfinity }[i % 3] };
        }

        Quotes[] alone = [.. options.Select((x, i) => new Quotes([x], [prices[i]]))];
        foreach (Quotes one in alone) one.Evaluate(LaneWidth.Scalar, isFast: false);
        Assert.Equal(Enumerable.Range(0, most).Count(i => i % 11 != 3 && i % 17 != 5), alone.Count(one => one.Status[0] == VolatilityStatus.Ok));
        foreach (int count in new[] { 1, 3, 4, 7, 8, 9, 255, 256, 257, 259, 260, 263, 264, 511, 512, 513, 516, 768, most })
        {
            var quotes = new Quotes(options[..count], prices[..count]);
            foreach (double[] column in quotes.Values.Append(quotes.Volatility)) Array.Fill(column, 0.7);
            quotes.Evaluate(width, isFast: false);
            for (int i = 0; i < count; i++)
            {
                Assert.True(quotes.Status[i] == alone[i].Status[0] && quotes.Volatility[i].Equals(alone[i].Volatility[0]), $"{i} of {count}: {quotes.Status[i]} {quotes.Volatility[i]:R}, alone {alone[i].Status[0]} {alone[i].Volatility[0]:R}: {options[i]}");
                for (int column = 0; column < 10; column++) Assert.True(quotes.Values[column][i].Equals(alone[i].Values[column][0]), $"{i} of {count}, column {column}: {quotes.Values[column][i]:R}: {options[i]}");
            }

            quotes.Evaluate(width, isFast: true);
            for (int i = 0; i < count; i++)
                Assert.True(quotes.Status[i] == alone[i].Status[0] && Math.Abs(quotes.Volatility[i] - alone[i].Volatility[0]) <= 1e-12, $"{i} of {count}, fast: {quotes.Status[i]} {quotes.Volatility[i]:R}, alone {alone[i].Volatility[0]:R}: {options[i]}");
        }
    }

    // Growth is e^((r − q)·T) and the discount factor e^(−r·T), known up to e^±700. An option beyond is refused, and none beside it.
    [Theory]
    [InlineData(699.999, 0, true)]
    [InlineData(-699.999, 0, true)]
    [InlineData(0, 699.999, true)]
    [InlineData(0, -699.999, true)]
    [InlineData(699.999, 699.999, true)]
    [InlineData(-350, 349.999, true)]
    [InlineData(0, 0, true)]
    [InlineData(700.001, 0, false)]
    [InlineData(-700.001, 0, false)]
    [InlineData(0, 700.001, false)]
    [InlineData(0, -700.001, false)]
    [InlineData(700.001, 700.001, false)]
    [InlineData(-700.001, -700.001, false)]
    [InlineData(-350, 350.001, false)]
    [InlineData(1e6, 1e6, false)]
    [InlineData(double.MaxValue, 0, false)]
    [InlineData(double.NegativeInfinity, 0, false)]
    [InlineData(double.NaN, 0, false)]
    [InlineData(0, double.NaN, false)]
    public void Market_is_known_as_far_as_its_exponentials_are(double rateTime, double yieldTime, bool isKnown)
    {
        const double atTheMoney = 0.25132269371014826; // 2·Φ⁻¹(0.55): σ√T of what costs a tenth of its strike.
        foreach (double years in new[] { 1, 0.25 })
        {
            var plain = new OptionInputs(true, 100, 100, years, 0, 0.03, 0.03);
            var x = plain with { Strike = isKnown ? 100 * Math.Exp(rateTime - yieldTime) : 100, Rate = rateTime / years, DividendYield = yieldTime / years };
            foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight })
            {
                foreach (int place in new[] { 0, 5, 10 })
                {
                    var options = Enumerable.Repeat(plain, 11).ToArray();
                    double[] prices = [.. Enumerable.Repeat(10 * Math.Exp(-0.03 * years), 11)];
                    (options[place], prices[place]) = (x, isKnown ? 10 * Math.Exp(-yieldTime) : 10);
                    var quotes = new Quotes(options, prices);
                    quotes.Evaluate(width, isFast: false);
                    for (int i = 0; i < 11; i++)
                    {
                        bool isOk = i != place || isKnown;
                        Assert.True(quotes.Status[i] == (isOk ? VolatilityStatus.Ok : VolatilityStatus.InvalidInput), $"{width} {years} {i}: {quotes.Status[i]}");
                        Assert.Equal(isOk ? atTheMoney : 0, quotes.Volatility[i] * Math.Sqrt(years), 1e-12);
                    }
                }
            }
        }
    }

    [Fact]
    public void No_volatility_has_no_greeks()
    {
        var x = new OptionInputs(true, 100, 90, 0.5, 0.2, 0.03, 0.01);
        var quotes = new Quotes([x, x, x], [1, double.NaN, BlackScholes.Evaluate(x).Price]);
        quotes.Evaluate(LaneWidth.Widest, isFast: true);
        Assert.Equal([VolatilityStatus.BelowIntrinsic, VolatilityStatus.InvalidInput, VolatilityStatus.Ok], quotes.Status);
        Assert.All(quotes.Values, column => Assert.True(double.IsNaN(column[0]) && double.IsNaN(column[1]) && double.IsFinite(column[2])));
    }

    sealed class Quotes(OptionInputs[] options, double[] prices)
    {
        public double[] Volatility { get; } = new double[options.Length];
        public VolatilityStatus[] Status { get; } = new VolatilityStatus[options.Length];
        public double[][] Values { get; } = [.. Enumerable.Range(0, 10).Select(_ => new double[options.Length])];

        public double[][] NewValues() => [.. Enumerable.Range(0, 10).Select(_ => new double[options.Length])];

        public static ValueColumns Columns(double[][] v) => new(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]);

        public OptionColumns ToEvaluate(double[] volatility) => new((bool[])[.. options.Select(x => x.IsCall)], Input(x => x.Spot), Input(x => x.Strike),
            Input(x => x.Years), volatility, Input(x => x.Rate), Input(x => x.DividendYield));

        public void Evaluate(LaneWidth width, bool isFast)
        {
            var quoted = new QuotedOptions((bool[])[.. options.Select(x => x.IsCall)], prices, Input(x => x.Spot), Input(x => x.Strike), Input(x => x.Years),
                Input(x => x.Rate), Input(x => x.DividendYield));
            if (isFast) QuotedGreeks.EvaluateFast(quoted, Volatility, Status, Columns(Values), width: width);
            else QuotedGreeks.Evaluate(quoted, Volatility, Status, Columns(Values), width);
        }

        double[] Input(Func<OptionInputs, double> of) => [.. options.Select(of)];
    }
}
