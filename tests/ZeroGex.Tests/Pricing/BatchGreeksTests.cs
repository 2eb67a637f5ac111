using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class BatchGreeksTests
{
    const double Epsilon = 2.22e-16;

    public static TheoryData<LaneWidth> Widths => [LaneWidth.Widest, LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Prices_and_greeks_agree_with_the_reference_vectors(LaneWidth width)
    {
        Vector[] rows = [.. Vector.All()];
        var batch = new Batch([.. rows.Select(row => row.Inputs)]);
        batch.Evaluate(width);
        for (int i = 0; i < rows.Length; i++)
        {
            Vector v = rows[i];
            OptionInputs x = v.Inputs;
            BlackScholesTests.Agree(v, batch.Value(i));
            double s = x.Volatility * Math.Sqrt(x.Years);
            double carry = (Math.Abs(x.Rate) + Math.Abs(x.DividendYield)) * x.Years;
            double tail = Epsilon * (16 + 4 * Math.Max(v["d1"] * v["d1"], v["d2"] * v["d2"])) * (1 + carry + Math.Abs(v["d1"]) / s * carry);
            BlackScholesTests.Agree(v, "speed_raw", batch.Column(9)[i], 0, tail * v["gamma"] / x.Spot * (Math.Abs(v["d1"]) / s + 1 + 1 / (s * s)));
        }
    }

    [Fact]
    public void Every_width_gives_the_same_bits_on_a_million_options()
    {
        OptionInputs[] options = Options(1_000_003, seed: 1);
        var scalar = new Batch(options);
        scalar.Evaluate(LaneWidth.Scalar);
        foreach (LaneWidth width in new[] { LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest })
        {
            var other = new Batch(options);
            other.Evaluate(width);
            for (int column = 0; column < Batch.Columns; column++)
                for (int i = 0; i < options.Length; i++)
                    if (Bits(scalar.Column(column)[i]) != Bits(other.Column(column)[i]))
                        Assert.Fail($"{width}: {options[i]}, column {column}: {other.Column(column)[i]:R}, but {scalar.Column(column)[i]:R} one by one");
        }

        ulong hash = 14695981039346656037;
        for (int column = 0; column < Batch.Columns; column++)
            foreach (double value in scalar.Column(column))
                hash = (hash ^ (double.IsNaN(value) ? 1 : (ulong)Bits(value))) * 1099511628211;
        Assert.Equal(1831775608695806235UL, hash);
    }

    [Fact]
    public void Answer_does_not_depend_on_where_a_batch_is_cut()
    {
        OptionInputs[] options = Options(2_000, seed: 2);
        var whole = new Batch(options);
        whole.Evaluate(LaneWidth.Widest);
        Prop.ForAll(Arb.From(Gen.Choose(0, 1_999)), Arb.From(Gen.Choose(0, 300)), (from, count) =>
        {
            var part = new Batch([.. options.Skip(from).Take(count)]);
            part.Evaluate(LaneWidth.Widest);
            for (int column = 0; column < Batch.Columns; column++)
                for (int i = 0; i < part.Count; i++)
                    Assert.True(Bits(part.Column(column)[i]) == Bits(whole.Column(column)[from + i]), $"{options[from + i]}, column {column}");
        }).QuickCheckThrowOnFailure();
    }

    // Two ways to the same numbers, as far as the rounding of ln(F/K) in deviations lets them agree.
    [Fact]
    public void Batch_and_scalar_evaluation_agree() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        OptionValue expected = BlackScholes.Evaluate(x);
        var batch = new Batch([x, x, x]);
        batch.Evaluate(LaneWidth.Widest);
        OptionValue actual = batch.Value(2);
        double scale = x.Spot + x.Strike;
        Near(expected.Price, actual.Price, scale);
        Near(expected.Delta, actual.Delta, 1);
        Near(expected.Gamma, actual.Gamma, expected.Gamma);
        Near(expected.Vega, actual.Vega, expected.Vega);
        Near(expected.Theta, actual.Theta, scale);
        Near(expected.Rho, actual.Rho, expected.Rho);

        void Near(double a, double b, double unit) =>
            Assert.True(Math.Abs(a - b) <= 1e-12 * (Math.Abs(a) + Math.Abs(unit)), $"{x}: {a:R} is not {b:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Speed_is_the_central_difference_of_gamma() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        double h = 1e-4;
        var batch = new Batch([x, .. new[] { -2, -1, 1, 2 }.Select(k => x with { Spot = x.Spot * (1 + k * h) })]);
        batch.Evaluate(LaneWidth.Widest);
        double[] gamma = batch.Column(2);
        double difference = (8 * (gamma[3] - gamma[2]) - (gamma[4] - gamma[1])) / (12 * h * x.Spot);
        double s = x.Volatility * Math.Sqrt(x.Years);
        double unit = gamma[0] / x.Spot * (1 + 1 / s);
        Assert.True(Math.Abs(difference - batch.Column(9)[0]) <= 1e-5 * (Math.Abs(difference) + unit), $"{x}: {difference:R} is not {batch.Column(9)[0]:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nonsense_gets_no_number()
    {
        var good = new OptionInputs(true, 100, 100, 0.5, 0.2, 0.03, 0.01);
        OptionInputs[] options =
        [
            good with { Spot = 0 }, good with { Spot = double.NaN }, good with { Strike = -1 }, good with { Strike = double.PositiveInfinity },
            good with { Years = 0 }, good with { Years = double.NaN }, good with { Volatility = 0 }, good with { Rate = double.NaN },
            good with { DividendYield = double.NegativeInfinity }, good,
        ];
        foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight })
        {
            var batch = new Batch(options);
            batch.Evaluate(width);
            for (int column = 0; column < Batch.Columns; column++)
                for (int i = 0; i < options.Length; i++)
                    Assert.True(double.IsNaN(batch.Column(column)[i]) == (i < options.Length - 1), $"{options[i]}, column {column}: {batch.Column(column)[i]:R}");
        }
    }

    static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);

    // Ordinary ones in runs of one expiration, and one in eight from where the vector kernel gives up or nothing makes sense.
    static OptionInputs[] Options(int count, int seed)
    {
        var random = new Random(seed);
        double[] odd = [double.NaN, double.PositiveInfinity, 0, -1, 1e-310, 1e-61, 1e61, 1e200];
        var options = new OptionInputs[count];
        double years = 1, rate = 0, dividend = 0;
        for (int i = 0; i < count; i++)
        {
            if (random.Next(20) == 0)
                (years, rate, dividend) = (PortableMath.Exp(-17.2 + 20.6 * random.NextDouble()), 0.12 * random.NextDouble() - 0.02, 0.05 * random.Next(2) * random.NextDouble());
            double volatility = PortableMath.Exp(-4.6 + 5.3 * random.NextDouble());
            double spot = PortableMath.Exp(10 * random.NextDouble() - 1);
            double strike = spot * PortableMath.Exp((16 * random.NextDouble() - 8) * Math.Min(3, volatility * Math.Sqrt(years)));
            var x = new OptionInputs(random.Next(2) == 0, spot, strike, years, volatility, rate, dividend);
            double nonsense = odd[random.Next(odd.Length)];
            options[i] = random.Next(48) switch
            {
                0 => x with { Spot = nonsense },
                1 => x with { Strike = nonsense },
                2 => x with { Years = nonsense },
                3 => x with { Volatility = nonsense },
                4 => x with { Rate = nonsense },
                5 => x with { Strike = x.Spot, Rate = 0, DividendYield = 0 },
                _ => x,
            };
        }

        return options;
    }

    sealed class Batch(OptionInputs[] options)
    {
        public const int Columns = 10;

        readonly double[][] _values = [.. Enumerable.Range(0, Columns).Select(_ => new double[options.Length])];

        public int Count => options.Length;

        public double[] Column(int column) => _values[column];

        public OptionValue Value(int i) => new(_values[0][i], _values[1][i], _values[2][i], _values[3][i], _values[4][i],
            _values[5][i], _values[6][i], _values[7][i], _values[8][i], _values[9][i]);

        public void Evaluate(LaneWidth width)
        {
            double[] Input(Func<OptionInputs, double> of) => [.. options.Select(of)];
            var columns = new OptionColumns((bool[])[.. options.Select(x => x.IsCall)], Input(x => x.Spot), Input(x => x.Strike), Input(x => x.Years),
                Input(x => x.Volatility), Input(x => x.Rate), Input(x => x.DividendYield));
            BatchGreeks.Evaluate(columns, new ValueColumns(_values[0], _values[1], _values[2], _values[3], _values[4],
                _values[5], _values[6], _values[7], _values[8], _values[9]), width);
        }
    }
}
