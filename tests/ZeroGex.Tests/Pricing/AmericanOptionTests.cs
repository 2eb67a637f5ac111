using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class AmericanOptionTests
{
    static readonly OptionInputs Put = new(false, 100, 105, 0.5, 0.25, 0.05, 0.01);

    // Ordinary options of every right, rate and yield, including those that are never or at once exercised.
    internal static readonly Arbitrary<OptionInputs> Options = Arb.From(
        from isCall in Gen.Elements(true, false)
        from years in Between(0.003, 2)
        from volatility in Between(0.08, 1)
        from rate in Gen.OneOf(Between(0, 0.1), Gen.Constant(0.0), Between(-0.01, 0))
        from yield in Gen.OneOf(Between(0, 0.1), Gen.Constant(0.0))
        from deviations in Between(-3, 3)
        select new OptionInputs(isCall, 100, 100 * Math.Exp(deviations * volatility * Math.Sqrt(years)), years, volatility, rate, yield));

    static Gen<double> Between(double low, double high) => Gen.Choose(0, 1_000_000).Select(k => low + (high - low) * k / 1e6);

    [Theory]
    [InlineData(AmericanAccuracy.Fast, 0.01, 3e-6)]
    [InlineData(AmericanAccuracy.Precise, 1e-5, 1e-7)]
    public void Price_agrees_with_the_reference_vectors(AmericanAccuracy accuracy, double volatilityPoints, double ofSpot)
    {
        int count = 0;
        double worst = 0;
        foreach (AmericanVector v in AmericanVector.Continuous())
        {
            OptionInputs x = v.Inputs;
            AmericanValue value = AmericanOption.Evaluate(x, accuracy);
            double error = Math.Abs(value.Price - v["price"]);
            Assert.True(error <= ofSpot * x.Spot, $"{v}: {value.Price:R}, expected {v["price"]:R}");
            Assert.True(v["at_intrinsic"] > 0 == (value.Status == AmericanStatus.AtIntrinsic), $"{v}: {value.Status}");
            count++;
            if (v["vega_per_volpt"] <= 1e-4 * x.Spot) continue;
            worst = Math.Max(worst, error / v["vega_per_volpt"]);
            Assert.True(error <= volatilityPoints * v["vega_per_volpt"], $"{v}: {value.Price:R}, expected {v["price"]:R}, {error / v["vega_per_volpt"]:E1} volatility points");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"worst {worst:E2} volatility points");
        Assert.Equal(250, count);
    }

    // Longstaff and Schwartz (2001), "Valuing American Options by Simulation", Review of Financial Studies 14(1), table 1, p. 127: puts at 40, r = 6 %, by finite differences, exercised fifty times a year
    // at most: up to a cent less than at any time.
    [Theory]
    [InlineData(36, 0.2, 4.478, 4.840)]
    [InlineData(36, 0.4, 7.101, 8.508)]
    [InlineData(38, 0.2, 3.250, 3.745)]
    [InlineData(38, 0.4, 6.148, 7.670)]
    [InlineData(40, 0.2, 2.314, 2.885)]
    [InlineData(40, 0.4, 5.312, 6.920)]
    [InlineData(42, 0.2, 1.617, 2.212)]
    [InlineData(42, 0.4, 4.582, 6.248)]
    [InlineData(44, 0.2, 1.110, 1.690)]
    [InlineData(44, 0.4, 3.948, 5.647)]
    public void Puts_agree_with_Longstaff_and_Schwartz(double spot, double volatility, double ofOneYear, double ofTwo)
    {
        Assert.InRange(AmericanOption.Price(new(false, spot, 40, 1, volatility, 0.06)), ofOneYear - 0.001, ofOneYear + 0.011);
        Assert.InRange(AmericanOption.Price(new(false, spot, 40, 2, volatility, 0.06)), ofTwo - 0.001, ofTwo + 0.011);
    }

    // Away from the boundary; near r = q, where the boundary's start has a kink, the vectors' rho is a difference across it.
    [Theory]
    [InlineData(AmericanAccuracy.Fast, 1000)]
    [InlineData(AmericanAccuracy.Precise, 1)]
    public void Greeks_agree_with_the_reference_vectors(AmericanAccuracy accuracy, double loosened)
    {
        int count = 0;
        foreach (AmericanVector v in AmericanVector.Continuous())
        {
            OptionInputs x = v.Inputs;
            AmericanValue value = AmericanOption.Evaluate(x, accuracy);
            if (v["at_intrinsic"] > 0)
            {
                Assert.Equal(new AmericanValue(AmericanStatus.AtIntrinsic, value.Price, x.IsCall ? 1 : -1, 0, 0, 0, 0), value);
                continue;
            }

            if (v.IsNearBoundary || v["vega_per_volpt"] <= 1e-4 * x.Spot) continue;
            count++;
            Near("delta", value.Delta, 1);
            Near("gamma", value.Gamma, v["gamma"]);
            Near("vega_raw", value.Vega, v["vega_raw"]);
            Near("theta_raw", value.Theta, Math.Abs(v["theta_raw"]) + 0.01 * x.Spot);
            if (Math.Abs(x.Rate - x.DividendYield) > 0.01) Near("rho_raw", value.Rho, x.Strike * x.Years);

            void Near(string name, double actual, double unit) => Assert.True(
                Math.Abs(actual - v[name]) <= 1e-5 * loosened * unit, $"{v}: {name} {actual:R}, expected {v[name]:R}");
        }

        Assert.True(count > 150, $"{count} rows");
    }

    [Fact]
    public void Every_width_gives_the_same_bits()
    {
        OptionInputs[] options = Random(20_011, seed: 1);
        foreach (AmericanAccuracy accuracy in Enum.GetValues<AmericanAccuracy>())
        {
            OptionInputs[] some = accuracy == AmericanAccuracy.Fast ? options : options[..1_003];
            var scalar = new Batch(some);
            scalar.Evaluate(accuracy, LaneWidth.Scalar);
            foreach (LaneWidth width in new[] { LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest })
            {
                var other = new Batch(some);
                other.Evaluate(accuracy, width);
                for (int i = 0; i < some.Length; i++) Same(scalar.Value(i), other.Value(i), $"{accuracy}, {width}: {some[i]}");
            }

            foreach (AmericanStatus status in Enum.GetValues<AmericanStatus>())
                Assert.True(some.Length < options.Length || Enumerable.Range(0, some.Length).Count(i => scalar.Value(i).Status == status) > 20, $"Too few are {status}.");
        }
    }

    [Fact]
    public void Answer_does_not_depend_on_where_a_batch_is_cut_nor_on_its_neighbours()
    {
        OptionInputs[] options = Random(600, seed: 2);
        var whole = new Batch(options);
        whole.Evaluate(AmericanAccuracy.Fast, LaneWidth.Widest);
        Prop.ForAll(Arb.From(Gen.Choose(0, 599)), Arb.From(Gen.Choose(0, 90)), (from, count) =>
        {
            var part = new Batch([.. options.Skip(from).Take(count)]);
            part.Evaluate(AmericanAccuracy.Fast, LaneWidth.Widest);
            for (int i = 0; i < part.Count; i++) Same(whole.Value(from + i), part.Value(i), $"{options[from + i]}");
        }).QuickCheckThrowOnFailure();
        for (int i = 0; i < options.Length; i++)
        {
            Same(whole.Value(i), AmericanOption.Evaluate(options[i]), $"{options[i]}");
            double price = AmericanOption.Price(options[i]);
            Assert.True(Bits(price) == Bits(whole.Value(i).Price), $"{options[i]}: {price:R} alone");
        }
    }

    [Fact]
    public void Price_is_at_least_that_of_the_European_twin_and_of_exercise() => Prop.ForAll(Options, x =>
    {
        double price = AmericanOption.Price(x);
        double twin = BlackScholes.Evaluate(x).Price;
        double intrinsic = x.IsCall ? x.Spot - x.Strike : x.Strike - x.Spot;
        Assert.True(price >= intrinsic && price >= twin - 1e-12 * x.Spot, $"{x}: {price:R}, European {twin:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Price_grows_with_time() => Prop.ForAll(Options, x =>
        Assert.True(AmericanOption.Price(x, AmericanAccuracy.Precise) <= AmericanOption.Price(x with { Years = x.Years * 1.05 }, AmericanAccuracy.Precise) + 1e-7 * x.Spot, $"{x}"))
        .QuickCheckThrowOnFailure();

    // McDonald and Schroder (1998): a call is a put with spot and strike, and rate and yield, exchanged.
    [Fact]
    public void Call_and_put_mirror_each_other() => Prop.ForAll(Options, x =>
    {
        double price = AmericanOption.Price(x);
        double mirrored = AmericanOption.Price(new OptionInputs(!x.IsCall, x.Strike, x.Spot, x.Years, x.Volatility, x.DividendYield, x.Rate));
        Assert.True(Math.Abs(price - mirrored) <= 1e-11 * (x.Spot + x.Strike), $"{x}: {price:R}, mirrored {mirrored:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Price_scales_with_spot_and_strike() => Prop.ForAll(Options, x =>
    {
        double price = AmericanOption.Price(x);
        double scaled = AmericanOption.Price(x with { Spot = 7 * x.Spot, Strike = 7 * x.Strike });
        Assert.True(Math.Abs(7 * price - scaled) <= 1e-10 * x.Spot, $"{x}: {price:R}, {scaled:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nobody_exercises_early_what_earns_nothing_by_it() => Prop.ForAll(Options, x =>
    {
        OptionInputs call = x with { IsCall = true, DividendYield = 0, Rate = Math.Abs(x.Rate) };
        Same(European(call), AmericanOption.Evaluate(call), $"{call}");
        OptionInputs put = x with { IsCall = false, Rate = 0 };
        Same(European(put), AmericanOption.Evaluate(put), $"{put}");

        // Price by price the batch kernel's bits, whose twins these are.
        static AmericanValue European(OptionInputs x)
        {
            var y = new double[10];
            BatchGreeks.Evaluate(
                new OptionColumns([x.IsCall], [x.Spot], [x.Strike], [x.Years], [x.Volatility], [x.Rate], [x.DividendYield]),
                new ValueColumns(y.AsSpan(0, 1), y.AsSpan(1, 1), y.AsSpan(2, 1), y.AsSpan(3, 1), y.AsSpan(4, 1), y.AsSpan(5, 1), y.AsSpan(6, 1), y.AsSpan(7, 1), y.AsSpan(8, 1), y.AsSpan(9, 1)));
            double intrinsic = x.IsCall ? x.Spot - x.Strike : x.Strike - x.Spot;
            return new(AmericanStatus.Ok, Math.Max(y[0], Math.Max(0, intrinsic)), y[1], y[2], y[3], y[4], y[5]);
        }
    }).QuickCheckThrowOnFailure();

    // The premium's derivatives are integrals of their own; here against differences of the price.
    [Fact]
    public void Greeks_are_the_central_differences_of_the_price() => Prop.ForAll(Options, x =>
    {
        AmericanValue value = AmericanOption.Evaluate(x, AmericanAccuracy.Precise);
        double intrinsic = x.IsCall ? x.Spot - x.Strike : x.Strike - x.Spot;
        double deviation = x.Volatility * Math.Sqrt(x.Years);
        if (value.Status != AmericanStatus.Ok || value.Price - intrinsic < 0.1 * deviation * x.Spot) return;

        double h = 0.02 * deviation;
        double[] p = [.. new[] { -2, -1, 1, 2 }.Select(k => AmericanOption.Price(x with { Spot = x.Spot * (1 + k * h) }, AmericanAccuracy.Precise))];
        double delta = (8 * (p[2] - p[1]) - (p[3] - p[0])) / (12 * h * x.Spot);
        double gamma = (16 * (p[2] + p[1]) - (p[3] + p[0]) - 30 * value.Price) / (12 * h * h * x.Spot * x.Spot);
        Assert.True(Math.Abs(delta - value.Delta) <= 1e-5, $"{x}: delta {value.Delta:R}, difference {delta:R}");
        Assert.True(Math.Abs(gamma - value.Gamma) <= 2e-4 * (value.Gamma + 0.01 / (x.Spot * deviation)), $"{x}: gamma {value.Gamma:R}, difference {gamma:R}");

        double w = 1e-3 * x.Volatility;
        double vega = (AmericanOption.Price(x with { Volatility = x.Volatility + w }, AmericanAccuracy.Precise) -
            AmericanOption.Price(x with { Volatility = x.Volatility - w }, AmericanAccuracy.Precise)) / (2 * w);
        Assert.True(Math.Abs(vega - value.Vega) <= 1e-4 * (value.Vega + 0.01 * x.Spot * Math.Sqrt(x.Years)), $"{x}: vega {value.Vega:R}, difference {vega:R}");

        double r = 1e-4;
        double rho = (AmericanOption.Price(x with { Rate = x.Rate + r }, AmericanAccuracy.Precise) -
            AmericanOption.Price(x with { Rate = x.Rate - r }, AmericanAccuracy.Precise)) / (2 * r);
        if (Math.Min(Math.Abs(x.Rate), Math.Abs(x.Rate - x.DividendYield)) > 20 * r)
            Assert.True(Math.Abs(rho - value.Rho) <= 1e-4 * x.Strike * x.Years, $"{x}: rho {value.Rho:R}, difference {rho:R}");

        double t = 1e-3 * x.Years;
        double theta = (AmericanOption.Price(x with { Years = x.Years - t }, AmericanAccuracy.Precise) -
            AmericanOption.Price(x with { Years = x.Years + t }, AmericanAccuracy.Precise)) / (2 * t);
        Assert.True(Math.Abs(theta - value.Theta) <= 1e-3 * (Math.Abs(value.Theta) + 0.01 * x.Spot), $"{x}: theta {value.Theta:R}, difference {theta:R}");
    }).QuickCheckThrowOnFailure();

    // Deep in the money it pays to exercise at once, and just short of that delta is nearly that of exercise.
    [Fact]
    public void Far_in_the_money_the_price_is_what_exercise_pays()
    {
        Assert.Equal(new AmericanValue(AmericanStatus.AtIntrinsic, 65, -1, 0, 0, 0, 0), AmericanOption.Evaluate(Put with { Spot = 40 }));
        Assert.Equal(AmericanStatus.AtIntrinsic, AmericanOption.Evaluate(new OptionInputs(true, 300, 100, 0.5, 0.25, 0.01, 0.05)).Status);
        double low = 40, high = 100;
        for (int i = 0; i < 60; i++)
        {
            double middle = 0.5 * (low + high);
            if (AmericanOption.Evaluate(Put with { Spot = middle }, AmericanAccuracy.Precise).Status == AmericanStatus.AtIntrinsic) low = middle;
            else high = middle;
        }

        AmericanValue above = AmericanOption.Evaluate(Put with { Spot = high * 1.001 }, AmericanAccuracy.Precise);
        Assert.Equal(105 - high * 1.001, above.Price, 1e-4 * high);
        Assert.Equal(-1, above.Delta, 0.02);
        Assert.InRange(high, 60, 90);
    }

    // The perpetual put (Hull, 9th ed., section 26.2) bounds one of thirty years from above, closely.
    [Fact]
    public void Put_of_thirty_years_is_worth_nearly_a_perpetual_one()
    {
        const double rate = 0.08, volatility = 0.3, strike = 100, spot = 90;
        double power = 2 * rate / (volatility * volatility);
        double boundary = strike * power / (1 + power);
        double perpetual = (strike - boundary) * Math.Pow(spot / boundary, -power);
        double price = AmericanOption.Price(new OptionInputs(false, spot, strike, 30, volatility, rate), AmericanAccuracy.Precise);
        Assert.InRange(price, 0.995 * perpetual, perpetual);
    }

    [Fact]
    public void Nonsense_and_what_is_not_solved_get_a_name_and_no_number()
    {
        (OptionInputs Option, AmericanStatus Status)[] cases =
        [
            (Put with { Spot = 0 }, AmericanStatus.InvalidInput), (Put with { Spot = double.NaN }, AmericanStatus.InvalidInput),
            (Put with { Strike = -1 }, AmericanStatus.InvalidInput), (Put with { Strike = double.PositiveInfinity }, AmericanStatus.InvalidInput),
            (Put with { Years = 0 }, AmericanStatus.InvalidInput), (Put with { Volatility = 0 }, AmericanStatus.InvalidInput),
            (Put with { Volatility = double.NaN }, AmericanStatus.InvalidInput), (Put with { Rate = double.NaN }, AmericanStatus.InvalidInput),
            (Put with { Rate = 200 }, AmericanStatus.InvalidInput), (Put with { DividendYield = double.NegativeInfinity }, AmericanStatus.InvalidInput),
            (Put with { Rate = -0.01, DividendYield = -0.03 }, AmericanStatus.TwoBoundaries),
            (Put with { IsCall = true, Rate = -0.03, DividendYield = -0.01 }, AmericanStatus.TwoBoundaries),
            (Put with { Years = 20, Volatility = 0.01, Rate = 0.08, DividendYield = 0 }, AmericanStatus.NotSolved),
            (Put, AmericanStatus.Ok),
        ];
        foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight })
        {
            var batch = new Batch([.. cases.Select(c => c.Option)]);
            batch.Evaluate(AmericanAccuracy.Fast, width);
            for (int i = 0; i < cases.Length; i++)
            {
                AmericanValue value = batch.Value(i);
                Assert.True(value.Status == cases[i].Status, $"{cases[i]}: {value}");
                foreach (double number in new[] { value.Price, value.Delta, value.Gamma, value.Vega, value.Theta, value.Rho })
                    Assert.True(double.IsNaN(number) == (value.Status != AmericanStatus.Ok), $"{cases[i]}: {value}");
            }
        }
    }

    [Fact]
    public void Columns_of_different_lengths_are_refused() => Assert.Throws<ArgumentException>(() =>
        AmericanOption.Evaluate(new OptionColumns([true], [1], [1], [1], [1, 2], [0], [0]), new AmericanColumns(new double[1], new AmericanStatus[1])));

    // Where the ordinary method gives up, more nodes take over: the grid, which shares nothing with either, agrees. So it does with rates below 0.
    [Theory]
    [InlineData(false, 95, 2.5, 0.03, 0.06, 0)]
    [InlineData(false, 100, 1.5, 0.05, 0.08, 0.01)]
    [InlineData(true, 100, 1.5, 0.05, 0.01, 0.08)]
    [InlineData(false, 110, 1, 0.2, 0, -0.04)]
    [InlineData(false, 110, 1, 0.2, 0.02, -0.03)]
    [InlineData(true, 90, 1, 0.2, -0.02, 0.01)]
    public void Price_agrees_with_the_grid_where_vectors_are_missing(bool isCall, double strike, double years, double volatility, double rate, double yield)
    {
        var x = new OptionInputs(isCall, 100, strike, years, volatility, rate, yield);
        AmericanValue expected = DividendGrid.Evaluate(x, [], points: 1601, steps: 800);
        AmericanValue actual = AmericanOption.Evaluate(x, AmericanAccuracy.Precise);
        Assert.Equal(AmericanStatus.Ok, actual.Status);
        Assert.Equal(expected.Price, actual.Price, 1e-5 * x.Spot);
        Assert.Equal(actual.Price, AmericanOption.Price(x), 3e-5 * x.Spot);
        Assert.Equal(expected.Vega, actual.Vega, 5e-3 * (1 + expected.Vega));
        Assert.Equal(expected.Rho, actual.Rho, 5e-3 * (1 + Math.Abs(expected.Rho)));
        Assert.True(expected.Price > BlackScholes.Evaluate(x).Price * 1.001, "nothing early about it");
    }

    internal static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);

    static void Same(in AmericanValue expected, in AmericanValue actual, string what) => Assert.True(
        expected.Status == actual.Status && Bits(expected.Price) == Bits(actual.Price) && Bits(expected.Delta) == Bits(actual.Delta) &&
        Bits(expected.Gamma) == Bits(actual.Gamma) && Bits(expected.Vega) == Bits(actual.Vega) && Bits(expected.Theta) == Bits(actual.Theta) &&
        Bits(expected.Rho) == Bits(actual.Rho), $"{what}: {actual}, expected {expected}");

    // Ordinary ones, and one in eight from where something else happens.
    static OptionInputs[] Random(int count, int seed)
    {
        var random = new Random(seed);
        double[] odd = [double.NaN, double.PositiveInfinity, 0, -1, 1e-310, 1e61];
        var options = new OptionInputs[count];
        for (int i = 0; i < count; i++)
        {
            double years = 0.002 + 2 * random.NextDouble() * random.NextDouble();
            double volatility = 0.08 + random.NextDouble();
            double spot = Math.Exp(10 * random.NextDouble() - 1);
            double strike = spot * Math.Exp((6 * random.NextDouble() - 3) * volatility * Math.Sqrt(years));
            var x = new OptionInputs(random.Next(2) == 0, spot, strike, years, volatility, 0.08 * random.NextDouble(), random.Next(3) == 0 ? 0 : 0.1 * random.NextDouble());
            double nonsense = odd[random.Next(odd.Length)];
            options[i] = random.Next(64) switch
            {
                0 => x with { Spot = nonsense },
                1 => x with { Strike = nonsense },
                2 => x with { Years = nonsense },
                3 => x with { Volatility = nonsense },
                4 => x with { Rate = nonsense },
                5 => x with { Rate = -0.02, DividendYield = -0.02 + 0.01 * (random.Next(3) - 1) },
                6 => x with { Volatility = 0.05 * random.NextDouble() },
                7 => x with { Volatility = 0.01, Years = 20 },
                _ => x,
            };
        }

        return options;
    }

    sealed class Batch(OptionInputs[] options)
    {
        readonly double[][] _values = [.. Enumerable.Range(0, 6).Select(_ => new double[options.Length])];
        readonly AmericanStatus[] _status = new AmericanStatus[options.Length];

        public int Count => options.Length;

        public AmericanValue Value(int i) => new(_status[i], _values[0][i], _values[1][i], _values[2][i], _values[3][i], _values[4][i], _values[5][i]);

        public void Evaluate(AmericanAccuracy accuracy, LaneWidth width)
        {
            double[] Input(Func<OptionInputs, double> of) => [.. options.Select(of)];
            AmericanOption.Evaluate(
                new OptionColumns((bool[])[.. options.Select(x => x.IsCall)], Input(x => x.Spot), Input(x => x.Strike), Input(x => x.Years),
                    Input(x => x.Volatility), Input(x => x.Rate), Input(x => x.DividendYield)),
                new AmericanColumns(_values[0], _values[1], _values[2], _values[3], _values[4], _values[5], _status), accuracy, width);
        }
    }
}
