using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class HigherGreeksTests
{
    const double Epsilon = 2.22e-16;

    // Relative to the sum of the magnitudes of what is added up, with the rounding of the density at d1.
    [Theory]
    [MemberData(nameof(BatchGreeksTests.Widths), MemberType = typeof(BatchGreeksTests))]
    public void Zomma_color_and_veta_agree_with_the_reference_vectors(LaneWidth width)
    {
        Vector[] rows = [.. Vector.All()];
        double[][] values = Evaluate([.. rows.Select(row => row.Inputs)], [.. rows.Select(row => row["gamma"])], [.. rows.Select(row => row["vega_raw"])], width);
        for (int i = 0; i < rows.Length; i++)
        {
            Vector v = rows[i];
            OptionInputs x = v.Inputs;
            double s = x.Volatility * Math.Sqrt(x.Years);
            double carry = Math.Abs(x.Rate - x.DividendYield);
            double d1 = Math.Abs(v["d1"]), d2 = Math.Abs(v["d2"]);

            // d1 and d2 are good to a few units in the last place of ln(F/K)/s and s.
            double lost = 16 * Epsilon * (1 + (Math.Abs(Math.Log(x.Spot / x.Strike)) + carry * x.Years) / s + s);
            double h = Math.Abs(x.DividendYield) + (d1 + lost / (16 * Epsilon) * 0.1) * (carry / s + (d2 + 1) / (2 * x.Years));
            Agree(v, "zomma_raw", values[0][i], v["gamma"] / x.Volatility * (d1 * d2 + d1 + d2 + 1), lost);
            Agree(v, "color_raw", values[1][i], v["gamma"] * (h + 1 / (2 * x.Years)), lost);
            Agree(v, "veta_raw", values[2][i], v["vega_raw"] * (h + 1 / (2 * x.Years)), lost);
        }
    }

    static void Agree(Vector v, string column, double actual, double unit, double relative) =>
        Assert.True(Math.Abs(actual - v[column]) <= relative * (Math.Abs(v[column]) + Math.Abs(unit)) + 1e-300,
            $"{v}: {column} {actual:R}, expected {v[column]:R}, off by {Math.Abs(actual - v[column]) / Math.Abs(unit):E2} of its terms, {relative:E2} allowed");

    [Fact]
    public void They_are_central_differences_of_gamma_and_vega() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        const double H = 1e-4;
        OptionValue at = BlackScholes.Evaluate(x);
        double[][] values = Evaluate([x], [at.Gamma], [at.Vega], LaneWidth.Widest);
        double Difference(Func<double, OptionInputs> moved, Func<OptionValue, double> of, double unit)
        {
            double f(int k) => of(BlackScholes.Evaluate(moved(k * H)));
            return (8 * (f(1) - f(-1)) - (f(2) - f(-2))) / (12 * H * unit);
        }

        double s = x.Volatility * Math.Sqrt(x.Years);
        Near(Difference(k => x with { Volatility = x.Volatility * (1 + k) }, v => v.Gamma, x.Volatility), values[0][0], at.Gamma / x.Volatility);
        Near(-Difference(k => x with { Years = x.Years * (1 + k) }, v => v.Gamma, x.Years), values[1][0], at.Gamma / x.Years);
        Near(-Difference(k => x with { Years = x.Years * (1 + k) }, v => v.Vega, x.Years), values[2][0], at.Vega / x.Years);

        void Near(double difference, double actual, double unit) =>
            Assert.True(Math.Abs(difference - actual) <= 1e-5 * (Math.Abs(difference) + unit * (1 + 1 / s)), $"{x}: {difference:R} is not {actual:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_option_alone_has_them_too()
    {
        OptionInputs[] options = [.. Vector.All().Select(v => v.Inputs)];
        OptionValue[] values = [.. options.Select(x => BlackScholes.Evaluate(x))];
        double[][] batch = Evaluate(options, [.. values.Select(v => v.Gamma)], [.. values.Select(v => v.Vega)], LaneWidth.Widest);
        for (int i = 0; i < options.Length; i++)
        {
            (OptionInputs x, HigherValue one) = (options[i], HigherGreeks.Evaluate(options[i]));
            double s = x.Volatility * Math.Sqrt(x.Years), d = Math.Abs(Math.Log(x.Spot / x.Strike)) / s + s + 1;
            Near(one.Zomma, batch[0][i], values[i].Gamma / x.Volatility * d * d);
            Near(one.Color, batch[1][i], values[i].Gamma / x.Years * d * d);
            Near(one.Veta, batch[2][i], values[i].Vega / x.Years * d * d);

            void Near(double alone, double together, double unit) => Assert.True(Math.Abs(alone - together) <= 1e-14 * unit + 1e-300, $"{x}: {alone:R}, in a batch {together:R}");
        }
    }

    // Their logarithms are not those of normal numbers. Scaled to ordinary prices it is the same option, its gamma 1/scale and its vega scale times as large.
    [Theory]
    [MemberData(nameof(BatchGreeksTests.Widths), MemberType = typeof(BatchGreeksTests))]
    public void Subnormal_prices_have_those_of_ordinary_ones(LaneWidth width)
    {
        var tiny = new OptionInputs(true, 5e-311, 4e-311, 0.25, 0.3, 0.05, 0.01);
        OptionInputs ordinary = tiny with { Spot = Math.ScaleB(tiny.Spot, 1040), Strike = Math.ScaleB(tiny.Strike, 1040) };
        OptionValue value = BlackScholes.Evaluate(ordinary);
        OptionInputs[] options = [.. Enumerable.Range(0, 11).Select(i => i % 2 == 0 ? tiny : ordinary), tiny with { Spot = 0 }, tiny with { Strike = -4e-311 }];
        double[][] values = Evaluate(options, [.. options.Select(_ => value.Gamma)], [.. options.Select(_ => value.Vega)], width);
        for (int column = 0; column < 3; column++)
        {
            Assert.Equal(values[column][1], values[column][0], Math.Abs(1e-12 * values[column][1]));
            Assert.Equal(values[column][1], values[column][10], Math.Abs(1e-12 * values[column][1]));
            Assert.True(double.IsNaN(values[column][11]) && double.IsNaN(values[column][12]));
        }
    }

    [Fact]
    public void Every_width_gives_the_same_bits_and_short_batches_too()
    {
        OptionInputs[] options = [.. Vector.All().Select(v => v.Inputs)];
        OptionValue[] values = [.. options.Select(x => BlackScholes.Evaluate(x))];
        double[] gamma = [.. values.Select(v => v.Gamma)], vega = [.. values.Select(v => v.Vega)];
        double[][] scalar = Evaluate(options, gamma, vega, LaneWidth.Scalar);
        foreach (LaneWidth width in new[] { LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest })
            foreach (int count in new[] { 0, 1, 3, 4, 7, 8, 13, options.Length })
            {
                double[][] part = Evaluate(options[..count], gamma[..count], vega[..count], width);
                for (int column = 0; column < 3; column++) Assert.Equal(scalar[column][..count], part[column]);
            }
    }

    static double[][] Evaluate(OptionInputs[] options, double[] gamma, double[] vega, LaneWidth width)
    {
        double[][] result = [new double[options.Length], new double[options.Length], new double[options.Length]];
        double[] Input(Func<OptionInputs, double> of) => [.. options.Select(of)];
        HigherGreeks.Evaluate(
            new OptionColumns((bool[])[.. options.Select(x => x.IsCall)], Input(x => x.Spot), Input(x => x.Strike), Input(x => x.Years), Input(x => x.Volatility),
                Input(x => x.Rate), Input(x => x.DividendYield)),
            gamma, vega, result[0], result[1], result[2], width);
        return result;
    }
}
