using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;
using static ZeroGex.Tests.Pricing.PortableMathTests;

namespace ZeroGex.Tests.Pricing;

public sealed class BlackScholesTests
{
    const double Epsilon = 2.22e-16;

    // Hull, "Options, Futures, and Other Derivatives", 9th ed., example 15.6: S=42, K=40, r=10 %, vol=20 %, six months.
    [Theory]
    [InlineData(true, 4.76)]
    [InlineData(false, 0.81)]
    public void Price_agrees_with_Hull(bool isCall, double expected) =>
        Assert.Equal(expected, BlackScholes.Evaluate(new OptionInputs(isCall, 42, 40, 0.5, 0.2, 0.1)).Price, 0.005);

    // Hull, 7th ed., chapter 17: S=49, K=50, r=5 %, vol=20 %, 20 weeks (0.3846 years), a call: delta example 17.1 (p. 355),
    // theta 17.2 (p. 359), gamma 17.4 (p. 364), vega 17.6 (p. 367), rho 17.7 (p. 368).
    [Fact]
    public void Greeks_agree_with_Hull()
    {
        OptionValue value = BlackScholes.Evaluate(new OptionInputs(true, 49, 50, 0.3846, 0.2, 0.05));
        Assert.Equal(2.40, value.Price, 0.005);
        Assert.Equal(0.522, value.Delta, 0.0005);
        Assert.Equal(-4.31, value.Theta, 0.005);
        Assert.Equal(0.066, value.Gamma, 0.0005);
        Assert.Equal(12.1, value.Vega, 0.05);
        Assert.Equal(8.91, value.Rho, 0.005);
    }

    // Hull, 9th ed., example 17.1: an index call, S=930, K=900, r=8 %, q=3 %, vol=20 %, two months.
    [Fact]
    public void Price_with_a_dividend_yield_agrees_with_Hull() =>
        Assert.Equal(51.83, BlackScholes.Evaluate(new OptionInputs(true, 930, 900, 2.0 / 12, 0.2, 0.08, 0.03)).Price, 0.005);

    [Fact]
    public void Prices_and_greeks_agree_with_the_reference_vectors()
    {
        int rows = 0;
        foreach (Vector v in Vector.All())
        {
            OptionInputs x = v.Inputs;
            OptionValue value = BlackScholes.Evaluate(x);
            Agree(v, value);
            AssertRelative(value.Gamma, BlackScholes.Gamma(x), 0, v);
            rows++;
        }

        Assert.Equal(2500, rows);
    }

    // The tolerance is the rounding of the inputs' own d1 and d2, as each output feels it.
    internal static void Agree(Vector v, in OptionValue value)
    {
        OptionInputs x = v.Inputs;
        double tail = Epsilon * (16 + 4 * Math.Max(v["d1"] * v["d1"], v["d2"] * v["d2"]));
        double carry = Math.Abs(x.Rate) * x.Years + Math.Abs(x.DividendYield) * x.Years;
        double tolerance = tail * (1 + carry + Math.Abs(v["d1"]) / (x.Volatility * Math.Sqrt(x.Years)) * carry);
        double legs = x.Spot * Math.Exp(-x.DividendYield * x.Years) + x.Strike * Math.Exp(-x.Rate * x.Years);
        bool inTheMoney = (x.IsCall ? 1 : -1) * (v["F"] - x.Strike) > 0;

        double moneyness = 8 * Epsilon * v["vega_raw"] * x.Volatility * (1 + Math.Abs(v["d1"]) / (x.Volatility * Math.Sqrt(x.Years)) * carry);
        double parity = inTheMoney || Math.Abs(v["F"] / x.Strike - 1) < 0.01 ? 4 * Epsilon * (1 + carry) * legs : 0;
        Agree(v, "price", value.Price, tolerance, moneyness + parity);
        Agree(v, "delta", value.Delta, tolerance);
        Agree(v, "gamma", value.Gamma, tolerance);
        Agree(v, "vega_raw", value.Vega, tolerance);
        Agree(v, "rho_raw", value.Rho, tolerance);
        double densityTerm = 0.5 * v["vega_raw"] * x.Volatility / x.Years;
        Agree(v, "theta_raw", value.Theta, 0, tolerance * (densityTerm +
            Math.Abs(x.DividendYield * x.Spot * v["delta"]) + Math.Abs(x.Rate * v["rho_raw"] / x.Years)));
        double slope = v["vega_raw"] / (x.Spot * Math.Sqrt(x.Years));
        double spread = Math.Abs(v["d1"]) + Math.Abs(v["d2"]) + x.Volatility * Math.Sqrt(x.Years);
        Agree(v, "vanna_raw", value.Vanna, 0, tolerance * slope * spread / x.Volatility);
        Agree(v, "charm_raw", value.Charm, 0, tolerance * (Math.Abs(x.DividendYield * v["delta"]) +
            slope * (Math.Abs(x.Rate - x.DividendYield) / (x.Volatility * Math.Sqrt(x.Years)) + spread / x.Years)));
        Agree(v, "vomma_raw", value.Vomma, 0, tolerance * v["vega_raw"] * spread * spread / x.Volatility);
    }

    [Fact]
    public void Greeks_are_the_central_differences_of_the_price() => Prop.ForAll(Options, x =>
    {
        OptionValue value = BlackScholes.Evaluate(x);
        double scale = x.Spot + x.Strike;
        double h = 1e-4;

        Near(Slope(d => Price(x with { Spot = x.Spot * (1 + d) }), h) / x.Spot, value.Delta, 1);
        Near(Slope(d => Delta(x with { Spot = x.Spot * (1 + d) }), h) / x.Spot, value.Gamma, 1 / x.Spot);
        Near(Slope(d => Price(x with { Volatility = x.Volatility * (1 + d) }), h) / x.Volatility, value.Vega, scale);
        Near(-Slope(d => Price(x with { Years = x.Years * (1 + d) }), h) / x.Years, value.Theta, scale / x.Years);
        Near(Slope(d => Price(x with { Rate = x.Rate + d }), h), value.Rho, scale * x.Years);
        Near(Slope(d => Delta(x with { Volatility = x.Volatility * (1 + d) }), h) / x.Volatility, value.Vanna, 1 / x.Volatility);
        Near(-Slope(d => Delta(x with { Years = x.Years * (1 + d) }), h) / x.Years, value.Charm, 1 / x.Years);
        Near(Slope(d => BlackScholes.Evaluate(x with { Volatility = x.Volatility * (1 + d) }).Vega, h) / x.Volatility,
            value.Vomma, scale / x.Volatility);

        void Near(double difference, double greek, double unit) =>
            Assert.True(Math.Abs(difference - greek) <= 1e-6 * (Math.Abs(greek) + 0.02 * unit), $"{x}: {difference:R} is not {greek:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Call_less_put_is_the_forward() => Prop.ForAll(Options, x =>
    {
        double call = Price(x with { IsCall = true });
        double put = Price(x with { IsCall = false });
        double spot = x.Spot * Math.Exp(-x.DividendYield * x.Years);
        double strike = x.Strike * Math.Exp(-x.Rate * x.Years);
        Assert.Equal(spot - strike, call - put, 4 * Epsilon * (spot + strike));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bits_are_the_same_everywhere()
    {
        ulong hash = 14695981039346656037;
        for (int i = 1; i <= 5_000; i++)
        {
            var x = new OptionInputs(i % 2 == 0, 80 + i % 41, 100, 0.0001 * i, 0.05 + 0.001 * (i % 300), 0.0001 * (i % 700), 0.0001 * (i % 300));
            OptionValue v = BlackScholes.Evaluate(x);
            double volatility = ImpliedVolatility.Solve(new PricedOption(x.IsCall, v.Price, x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield)).Volatility;
            foreach (double value in new[] { v.Price, v.Delta, v.Gamma, v.Vega, v.Theta, v.Rho, v.Vanna, v.Charm, v.Vomma, volatility })
                hash = (hash ^ BitConverter.DoubleToUInt64Bits(value)) * 1099511628211;
        }

        Assert.Equal(15939594229995329536UL, hash);
    }

    internal static Arbitrary<OptionInputs> Options { get; } = Arb.From(
        from isCall in Gen.Elements(true, false)
        from spot in Gen.Choose(1_000, 900_000)
        from moneyness in Gen.Choose(-150, 150)
        from volatility in Gen.Choose(50, 1500)
        from days in Gen.Choose(1, 1000)
        from rate in Gen.Choose(-200, 900)
        from dividend in Gen.Choose(0, 600)
        let years = days / 365.0
        let deviation = volatility / 1000.0 * Math.Sqrt(years)
        select new OptionInputs(isCall, spot / 100.0, Math.Round(spot * Math.Exp(moneyness / 50.0 * deviation)) / 100.0,
            years, volatility / 1000.0, rate / 10_000.0, dividend / 10_000.0));

    static double Price(OptionInputs x) => BlackScholes.Evaluate(x).Price;

    static double Delta(OptionInputs x) => BlackScholes.Evaluate(x).Delta;

    // Five points: the error is of fourth order in the step.
    static double Slope(Func<double, double> f, double h) => (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);

    internal static void Agree(Vector v, string column, double actual, double relative, double absolute = 0)
    {
        double expected = v[column];
        double error = Math.Abs(actual - expected);
        Assert.True(error <= relative * Math.Abs(expected) + absolute + 1e-306,
            $"{v}: {column} should be {expected:R}, was {actual:R}, error {error:E2} above {relative * Math.Abs(expected) + absolute:E2}");
    }
}

/// <summary>A row of <c>bs_vectors.csv</c>.</summary>
sealed class Vector(Dictionary<string, int> columns, string[] cells)
{
    public double this[string column] => double.Parse(cells[columns[column]], CultureInfo.InvariantCulture);

    public string Text(string column) => cells[columns[column]];

    public OptionInputs Inputs => new(this["cp"] > 0, this["S"], this["K"], this["T_years"], this["sigma"], this["r"], this["q"]);

    public override string ToString() => $"row {Text("id")} ({Text("group")}) {Inputs}";

    public static IEnumerable<Vector> All()
    {
        string[] lines = File.ReadAllLines(SharedFiles.Vectors("bs_vectors.csv"));
        var columns = lines[0].Split(',').Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i);
        return lines.Skip(1).Where(line => line.Length > 0).Select(line => new Vector(columns, line.Split(',')));
    }
}
