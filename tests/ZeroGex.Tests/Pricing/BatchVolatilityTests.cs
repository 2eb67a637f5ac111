using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class BatchVolatilityTests
{
    const double Epsilon = 2.22e-16;

    public static TheoryData<LaneWidth> Widths => [LaneWidth.Widest, LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight];

    // Tolerance of the vectors' README; rows where it allows anything are those whose time value lies below the last bit of the price.
    [Theory]
    [MemberData(nameof(Widths))]
    public void Volatility_agrees_with_the_reference_vectors(LaneWidth width) => AgreeWithVectors(options => options.Solve(width));

    [Theory]
    [MemberData(nameof(Widths))]
    public void Fast_volatility_agrees_with_the_reference_vectors(LaneWidth width) => AgreeWithVectors(options => options.SolveFast(width));

    static void AgreeWithVectors(Action<Columns> solve)
    {
        Vector[] rows = [.. Vector.All()];
        var options = new Columns(rows.Length);
        for (int i = 0; i < rows.Length; i++)
            options.Set(i, rows[i].Inputs.IsCall, rows[i]["price_f64"], rows[i]["F"], rows[i]["K"], rows[i]["T_years"], rows[i]["df"]);
        solve(options);

        int solved = 0, refused = 0, indeterminate = 0;
        double worst = 0, worstWell = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            Vector v = rows[i];
            OptionInputs x = v.Inputs;
            if (v.Text("iv_status") != "ok")
            {
                Assert.True(options.Status[i] is VolatilityStatus.BelowIntrinsic or VolatilityStatus.NoVega, $"{v}: {options.Status[i]}");
                refused++;
                continue;
            }

            double expected = v["iv_of_price_f64"];
            double legs = x.Spot * Math.Exp(-x.DividendYield * x.Years) + x.Strike * Math.Exp(-x.Rate * x.Years);
            double bound = Epsilon * (1 + legs / (expected * v["vega_raw"]));
            if (!(4 * bound <= 1e-3))
            {
                indeterminate++;
                continue;
            }

            double error = Math.Abs(options.Volatility[i] / expected - 1);
            if (bound < 10 * Epsilon) worstWell = Math.Max(worstWell, error);
            Assert.True(options.Status[i] == VolatilityStatus.Ok && error <= 4 * bound,
                $"{v}: {options.Status[i]} {options.Volatility[i]:R}, expected {expected:R}, error {error:E2} above {4 * bound:E2}");
            worst = Math.Max(worst, error / bound);
            solved++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{solved} solved, {refused} refused, {indeterminate} indeterminate, worst {worst:F2} of the bracket, {worstWell:E1} where that is below 10");
        Assert.InRange(worstWell, 1e-17, 1e-14);
        Assert.True(solved > 2200, $"{solved} solved, {refused} refused, {indeterminate} indeterminate");
    }

    // Half of them ordinary, the rest from where something overflows, vanishes or is nonsense.
    [Fact]
    public void Every_width_gives_the_same_bits_on_a_million_options()
    {
        Columns scalar = Columns.Random(1_000_003, seed: 1);
        scalar.Solve(LaneWidth.Scalar);
        foreach (LaneWidth width in new[] { LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest })
        {
            Columns other = Columns.Random(1_000_003, seed: 1);
            other.Solve(width);
            for (int i = 0; i < scalar.Count; i++)
                if (scalar.Status[i] != other.Status[i] || Bits(scalar.Volatility[i]) != Bits(other.Volatility[i]))
                    Assert.Fail($"{width}: {other.Describe(i)}, but {scalar.Status[i]} {scalar.Volatility[i]:R} one by one");
        }

        foreach (VolatilityStatus status in Enum.GetValues<VolatilityStatus>())
            Assert.True(scalar.Status.Count(s => s == status) > 500, $"Too few are {status}.");
        Assert.Equal(1270071746840825263UL, Hash(scalar));
    }

    // Both are within a few units in the last place of the truth, as far as a price tells it.
    [Theory]
    [MemberData(nameof(Widths))]
    public void Fast_and_portable_differ_in_the_last_bits_on_a_million_options(LaneWidth width)
    {
        Columns portable = Columns.Random(1_000_003, seed: 1);
        portable.Solve(LaneWidth.Widest);
        Columns fast = Columns.Random(1_000_003, seed: 1);
        fast.SolveFast(width);
        AgreeWithin(portable, fast);
    }

    // Nearly right, exactly right, wrong by a factor, and nonsense: a start changes the time, never the answer.
    [Theory]
    [InlineData(1e-4)]
    [InlineData(0)]
    [InlineData(0.02)]
    [InlineData(3)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Answer_does_not_depend_on_where_a_warm_start_begins(double error)
    {
        Columns cold = Columns.Random(100_003, seed: 5);
        cold.Solve(LaneWidth.Widest);
        var random = new Random(6);
        foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight })
        {
            Columns warm = Columns.Random(100_003, seed: 5);
            for (int i = 0; i < warm.Count; i++) warm.Volatility[i] = cold.Volatility[i] * (1 + error * random.NextDouble());
            warm.SolveFast(width, isWarm: true); // In place, as a caller does who keeps the last volatilities.
            AgreeWithin(cold, warm);
        }
    }

    // 0 where nothing was known, and what a volatility cannot be: of all options, which are then solved anew, or of a few among good starts.
    [Theory]
    [InlineData(0)]
    [InlineData(-0.2)]
    [InlineData(double.Epsilon)]
    [InlineData(1e9)]
    [InlineData(double.MaxValue)]
    [InlineData(double.NegativeInfinity)]
    public void Start_that_is_no_volatility_changes_no_answer(double start)
    {
        Columns cold = Columns.Random(10_003, seed: 9);
        cold.Solve(LaneWidth.Widest);
        foreach (int every in new[] { 1, 7 })
        {
            foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight })
            {
                Columns warm = Columns.Random(10_003, seed: 9);
                for (int i = 0; i < warm.Count; i++) warm.Volatility[i] = i % every == 0 ? start : cold.Volatility[i];
                warm.SolveFast(width, isWarm: true);
                AgreeWithin(cold, warm);
            }
        }
    }

    [Fact]
    public void A_million_warm_starts_end_where_cold_ones_do()
    {
        Columns cold = Columns.Random(1_000_003, seed: 7), warm = Columns.Random(1_000_003, seed: 7);
        cold.Solve(LaneWidth.Widest);
        var random = new Random(8);
        for (int i = 0; i < warm.Count; i++) warm.Volatility[i] = cold.Volatility[i] * (1 + 5e-4 * random.NextDouble());
        warm.SolveFast(LaneWidth.Widest, isWarm: true);
        AgreeWithin(cold, warm);
    }

    static void AgreeWithin(Columns expected, Columns actual)
    {
        double worst = 0;
        for (int i = 0; i < expected.Count; i++)
        {
            if (expected.Status[i] != actual.Status[i]) Assert.Fail($"{actual.Describe(i)}, but {expected.Status[i]} {expected.Volatility[i]:R}");
            if (expected.Status[i] != VolatilityStatus.Ok) continue;

            // What half a unit in the last place of the twin's price is worth, and sixteen units of the answer itself.
            double deviation = expected.Volatility[i] * Math.Sqrt(expected.Years[i]);
            double x = Math.Abs(Math.Log(expected.Forward[i] / expected.Strike[i]));
            double elasticity = Math.Max(Math.Abs(x / deviation - 0.5 * deviation), 1) * Math.Max(x / deviation, 1);
            double steep = deviation < 2 ? 1 : Math.Exp(0.125 * deviation * deviation); // Near the bound a price says next to nothing.
            double error = Math.Abs(actual.Volatility[i] / expected.Volatility[i] - 1) / (Epsilon * (16 + elasticity) * steep);
            worst = Math.Max(worst, error);
            if (!(error <= 1)) Assert.Fail($"{actual.Describe(i)}, but {expected.Volatility[i]:R}: {error:E2} times what rounding explains");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"worst {worst:F2} of what rounding explains");
    }

    [Fact]
    public void Answer_does_not_depend_on_where_a_batch_is_cut()
    {
        Columns whole = Columns.Random(3_000, seed: 2);
        whole.Solve(LaneWidth.Widest);
        Prop.ForAll(Arb.From(Gen.Choose(0, 2_999)), Arb.From(Gen.Choose(0, 400)), (from, count) =>
        {
            count = Math.Min(count, whole.Count - from);
            var volatility = new double[count];
            var status = new VolatilityStatus[count];
            BatchVolatility.Solve(whole.Options(from, count), volatility, status);
            for (int i = 0; i < count; i++)
                Assert.True(Bits(volatility[i]) == Bits(whole.Volatility[from + i]) && status[i] == whole.Status[from + i],
                    $"{status[i]} {volatility[i]:R} in {from}..{from + count}: {whole.Describe(from + i)}");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void One_option_gets_the_bits_of_a_batch()
    {
        Columns batch = Columns.Random(2_000, seed: 3);
        batch.Solve(LaneWidth.Widest);
        for (int i = 0; i < batch.Count; i++)
        {
            ImpliedVolatilityResult one = BatchVolatility.Solve(
                batch.IsCall[i], batch.Price[i], batch.Forward[i], batch.Strike[i], batch.Years[i], batch.Discount[i]);
            Assert.True(one.Status == batch.Status[i] && Bits(one.Volatility) == Bits(batch.Volatility[i]), $"{one}: {batch.Describe(i)}");
        }
    }

    [Fact]
    public void Price_of_a_volatility_gives_the_volatility_back() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        OptionValue value = BlackScholes.Evaluate(x);
        double forward = x.Spot * Math.Exp((x.Rate - x.DividendYield) * x.Years);
        double discount = Math.Exp(-x.Rate * x.Years);
        ImpliedVolatilityResult result = BatchVolatility.Solve(x.IsCall, value.Price, forward, x.Strike, x.Years, discount);
        double tolerance = 8 * Epsilon * (1 + (x.Spot + x.Strike) / (x.Volatility * value.Vega));
        Assert.True(result.IsOk && Math.Abs(result.Volatility / x.Volatility - 1) <= tolerance, $"{x} at {value.Price:R}: {result}");
    }).QuickCheckThrowOnFailure();

    // The two solvers share the Mills ratio's definition and nothing else.
    [Fact]
    public void Batch_and_scalar_solver_agree()
    {
        Columns batch = Columns.Ordinary(200_000, seed: 4);
        batch.Solve(LaneWidth.Widest);
        double worst = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            ImpliedVolatilityResult slow = ImpliedVolatility.Solve(new PricedOption(
                batch.IsCall[i], batch.Price[i] / batch.Discount[i], batch.Forward[i], batch.Strike[i], batch.Years[i], 0));
            Assert.True(slow.Status == batch.Status[i], $"{batch.Describe(i)}, but {slow} one by one");
            double error = slow.IsOk ? Math.Abs(batch.Volatility[i] / slow.Volatility - 1) : 0;
            double s = slow.Volatility * Math.Sqrt(batch.Years[i]);
            Assert.True(error <= 1e-14 * (1 + s * s), $"{batch.Describe(i)}, but {slow} one by one, error {error:E2}");
            worst = Math.Max(worst, error);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"worst {worst:E2}");
    }

    [Theory]
    [InlineData(true, 4.999, 105, 100, 1, VolatilityStatus.BelowIntrinsic)]
    [InlineData(true, 5, 105, 100, 1, VolatilityStatus.BelowIntrinsic)]
    [InlineData(false, 0, 105, 100, 1, VolatilityStatus.BelowIntrinsic)]
    [InlineData(true, 105, 105, 100, 1, VolatilityStatus.AboveBound)]
    [InlineData(true, 99.75, 105, 100, 0.95, VolatilityStatus.AboveBound)]
    [InlineData(true, 100, 100, 105, 1, VolatilityStatus.AboveBound)]
    [InlineData(false, 100, 105, 100, 1, VolatilityStatus.AboveBound)]
    [InlineData(false, 47.5, 50, 50, 0.95, VolatilityStatus.AboveBound)]
    [InlineData(false, 99.999999999999972, 105, 100, 1, VolatilityStatus.Ok)]
    [InlineData(false, 100.5, 105, 100, 1, VolatilityStatus.AboveBound)]
    [InlineData(true, 5.0000000000000009, 105, 100, 1, VolatilityStatus.NoVega)]
    [InlineData(true, double.NaN, 105, 100, 1, VolatilityStatus.InvalidInput)]
    [InlineData(true, double.PositiveInfinity, 105, 100, 1, VolatilityStatus.InvalidInput)]
    [InlineData(true, -1, 105, 100, 1, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, 0, 100, 1, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, double.NaN, 100, 1, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, 105, double.PositiveInfinity, 1, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, 105, 100, 0, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, 105, 100, double.NaN, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5.01, 105, 100, 1, VolatilityStatus.Ok)]
    [InlineData(false, double.Epsilon, 105, 100, 1, VolatilityStatus.NoVega)]
    [InlineData(false, 1e-290, 105, 100, 1, VolatilityStatus.Ok)]
    [InlineData(false, 1e-310, 105, 100, 1, VolatilityStatus.Ok)]
    [InlineData(false, 1e-18, double.MaxValue, 0.5, 1, VolatilityStatus.InvalidInput)]
    public void No_volatility_has_a_reason(bool isCall, double price, double forward, double strike, double discount, VolatilityStatus expected)
    {
        foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight })
        {
            var options = new Columns(11);
            for (int i = 0; i < options.Count; i++) options.Set(i, isCall, price, forward, strike, 0.25, discount);
            options.Solve(width);
            Assert.All(options.Status, status => Assert.Equal(expected, status));
            if (expected != VolatilityStatus.Ok) Assert.All(options.Volatility, volatility => Assert.Equal(0, volatility));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void No_time_has_no_volatility(double years) =>
        Assert.Equal(VolatilityStatus.InvalidInput, BatchVolatility.Solve(true, 5, 100, 100, years, 1).Status);

    [Fact]
    public void Columns_have_one_length()
    {
        var options = new Columns(8);
        Assert.Throws<ArgumentException>(() => BatchVolatility.Solve(options.Options(0, 8), new double[7], new VolatilityStatus[8]));
        BatchVolatility.Solve(options.Options(0, 0), [], []);
    }

    static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);

    static ulong Hash(Columns options)
    {
        ulong hash = 14695981039346656037;
        for (int i = 0; i < options.Count; i++)
            hash = ((hash ^ (ulong)Bits(options.Volatility[i])) * 1099511628211 ^ (ulong)options.Status[i]) * 1099511628211;
        return hash;
    }

    sealed class Columns(int count)
    {
        public bool[] IsCall { get; } = new bool[count];
        public double[] Price { get; } = new double[count];
        public double[] Forward { get; } = new double[count];
        public double[] Strike { get; } = new double[count];
        public double[] Years { get; } = new double[count];
        public double[] Discount { get; } = new double[count];
        public double[] Volatility { get; } = new double[count];
        public VolatilityStatus[] Status { get; } = new VolatilityStatus[count];
        public int Count => Price.Length;

        public PricedOptions Options(int from, int length) => new(IsCall.AsSpan(from, length), Price.AsSpan(from, length), Forward.AsSpan(from, length),
            Strike.AsSpan(from, length), Years.AsSpan(from, length), Discount.AsSpan(from, length));

        public void Set(int i, bool isCall, double price, double forward, double strike, double years, double discount) =>
            (IsCall[i], Price[i], Forward[i], Strike[i], Years[i], Discount[i]) = (isCall, price, forward, strike, years, discount);

        public void Solve(LaneWidth width) => BatchVolatility.Solve(Options(0, Count), Volatility, Status, width);

        public void SolveFast(LaneWidth width, bool isWarm = false) =>
            BatchVolatility.SolveFast(Options(0, Count), Volatility, Status, isWarm ? Volatility : default(ReadOnlySpan<double>), width);

        public string Describe(int i) => $"option {i}: {(IsCall[i] ? "call" : "put")} at {Price[i]:R}, F {Forward[i]:R}, K {Strike[i]:R}, " +
            $"T {Years[i]:R}, df {Discount[i]:R}: {Status[i]} {Volatility[i]:R}";

        // Out of the money, where a price says all there is to say: up to 8 deviations away, from a second to thirty years.
        public static Columns Ordinary(int count, int seed)
        {
            var random = new Random(seed);
            var options = new Columns(count);
            for (int i = 0; i < count; i++)
            {
                double years = PortableMath.Exp(-17.2 + 20.6 * random.NextDouble());
                double volatility = PortableMath.Exp(-4.6 + 5.3 * random.NextDouble());
                double deviation = Math.Min(volatility * Math.Sqrt(years), 3);
                double forward = PortableMath.Exp(10 * random.NextDouble() - 1);
                double strike = forward * PortableMath.Exp((16 * random.NextDouble() - 8) * deviation);
                double discount = 1.02 - 0.3 * random.NextDouble();
                bool isCall = strike > forward;
                double price = BlackScholes.Evaluate(new OptionInputs(isCall, forward, strike, years, deviation / Math.Sqrt(years), 0)).Price;
                options.Set(i, isCall, price * discount, forward, strike, years, discount);
            }

            return options;
        }

        public static Columns Random(int count, int seed)
        {
            Columns options = Ordinary(count, seed);
            var random = new Random(-seed);
            double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -1, double.Epsilon, 1e-310, 1e-150, 1e-81, 1e79, 1e200, double.MaxValue];
            for (int i = 0; i < count; i++)
            {
                double intrinsic = options.Discount[i] * Math.Abs(options.Forward[i] - options.Strike[i]);
                switch (random.Next(20))
                {
                    case 0: options.Price[i] *= PortableMath.Exp(6 * random.NextDouble() - 3); break;
                    case 1: options.Price[i] *= PortableMath.Exp(-600 * random.NextDouble()); break;
                    case 2 or 3 or 4: (options.IsCall[i], options.Price[i]) = (!options.IsCall[i], options.Price[i] + intrinsic); break;
                    case 5: (options.IsCall[i], options.Price[i]) = (!options.IsCall[i], intrinsic * (1 + 1e-15 * random.Next(-4, 9))); break;
                    case 6: options.Strike[i] = options.Forward[i] * (1 + 1e-15 * random.Next(-9, 9)); break;
                    case 7: options.Price[i] = options.Discount[i] * Math.Min(options.Forward[i], options.Strike[i]) * (1 - random.Next(3) * 1e-4 * random.NextDouble()); break;
                    case 8: options.Column(random.Next(5))[i] = odd[random.Next(odd.Length)]; break;
                    case 9: options.Column(random.Next(5))[i] *= PortableMath.Exp(400 * random.NextDouble() - 200); break;
                    default: break;
                }
            }

            return options;
        }

        double[] Column(int column) => column switch { 0 => Price, 1 => Forward, 2 => Strike, 3 => Years, _ => Discount };
    }
}
