using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class ImpliedVolatilityTests
{
    const double Epsilon = 2.22e-16;

    // Tolerance of the vectors' README: what a price rounded to double allows. Rows where it allows anything are those whose
    // time value lies below the last bit of the price.
    [Fact]
    public void Volatility_agrees_with_the_reference_vectors()
    {
        int solved = 0, refused = 0, indeterminate = 0;
        double worst = 0;
        foreach (Vector v in Vector.All())
        {
            OptionInputs x = v.Inputs;
            ImpliedVolatilityResult result = Solve(x, v["price_f64"]);
            if (v.Text("iv_status") != "ok")
            {
                Assert.True(result.Status is VolatilityStatus.BelowIntrinsic or VolatilityStatus.NoVega, $"{v}: {result}");
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

            double error = Math.Abs(result.Volatility / expected - 1);
            Assert.True(result.IsOk && error <= 4 * bound, $"{v}: {result}, expected {expected:R}, error {error:E2} above {4 * bound:E2}");
            worst = Math.Max(worst, error / bound);
            solved++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{solved} solved, {refused} refused, {indeterminate} indeterminate, worst {worst:F2} of the bracket");
        Assert.Equal(2500, solved + refused + indeterminate);
        Assert.True(solved > 2000, $"{solved} solved, {refused} refused, {indeterminate} indeterminate");
    }

    [Fact]
    public void Price_of_a_volatility_gives_the_volatility_back() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        OptionValue value = BlackScholes.Evaluate(x);
        ImpliedVolatilityResult result = Solve(x, value.Price);
        double tolerance = 8 * Epsilon * (1 + (x.Spot + x.Strike) / (x.Volatility * value.Vega));
        Assert.True(result.IsOk && Math.Abs(result.Volatility / x.Volatility - 1) <= tolerance, $"{x} at {value.Price:R}: {result}");
    }).QuickCheckThrowOnFailure();

    // Every price between its bounds has a volatility, and that volatility gives the price back.
    [Fact]
    public void Volatility_of_a_price_gives_the_price_back() => Prop.ForAll(BlackScholesTests.Options, Arb.From(Gen.Choose(-290, 290)), (x, share) =>
    {
        double spot = x.Spot * Math.Exp(-x.DividendYield * x.Years);
        double strike = x.Strike * Math.Exp(-x.Rate * x.Years);
        double part = share <= 0 ? Math.Pow(10, share / 10.0) * 0.5 : 1 - Math.Pow(10, -share / 25.0);
        double price = part * Math.Min(spot, strike);
        bool isCall = spot <= strike;

        ImpliedVolatilityResult result = Solve(x with { IsCall = isCall }, price);
        Assert.True(result.IsOk, $"{x} at {price:R}: {result}");
        OptionValue back = BlackScholes.Evaluate(x with { IsCall = isCall, Volatility = result.Volatility });
        double felt = Epsilon * (8 * price + result.Volatility * back.Vega * 8 + 4 * price * Math.Abs(Math.Log(part)));
        Assert.True(Math.Abs(back.Price - price) <= felt + 8 * Epsilon * Math.Min(spot, strike) * (part > 0.5 ? 1 : 0),
            $"{x} at {price:R}: {result} gives {back.Price:R} back");
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(true, 4.999, 105, 100, VolatilityStatus.BelowIntrinsic)]
    [InlineData(true, 5, 105, 100, VolatilityStatus.BelowIntrinsic)]
    [InlineData(false, 0, 105, 100, VolatilityStatus.BelowIntrinsic)]
    [InlineData(true, 105, 105, 100, VolatilityStatus.AboveBound)]
    [InlineData(false, 100.5, 105, 100, VolatilityStatus.AboveBound)]
    [InlineData(true, 5.0000000000000009, 105, 100, VolatilityStatus.NoVega)]
    [InlineData(true, double.NaN, 105, 100, VolatilityStatus.InvalidInput)]
    [InlineData(true, -1, 105, 100, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, 0, 100, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5, 105, double.PositiveInfinity, VolatilityStatus.InvalidInput)]
    [InlineData(true, 5.01, 105, 100, VolatilityStatus.Ok)]
    public void No_volatility_has_a_reason(bool isCall, double price, double spot, double strike, VolatilityStatus expected) =>
        Assert.Equal(expected, ImpliedVolatility.Solve(new PricedOption(isCall, price, spot, strike, 0.25, 0)).Status);

    // Of a market that grows: today's worth of what is delivered and what is paid.
    [Theory]
    [InlineData(true, 105)]
    [InlineData(true, 95)]
    [InlineData(false, 105)]
    [InlineData(false, 95)]
    public void Price_at_a_bound_has_none_and_the_next_one_within_has_the_highest(bool isCall, double spot)
    {
        var x = new OptionInputs(isCall, spot, 100, 0.25, 0, 0.04, 0.015);
        double delivered = spot * PortableMath.Exp(-0.015 * 0.25), paid = 100 * PortableMath.Exp(-0.04 * 0.25);
        double least = Math.Max(0, isCall ? delivered - paid : paid - delivered), most = isCall ? delivered : paid;
        Assert.Equal(new ImpliedVolatilityResult(VolatilityStatus.BelowIntrinsic, 0), Solve(x, least));
        Assert.Equal(new ImpliedVolatilityResult(VolatilityStatus.AboveBound, 0), Solve(x, most));
        Assert.Equal(new ImpliedVolatilityResult(VolatilityStatus.AboveBound, 0), Solve(x, Math.BitIncrement(most)));

        ImpliedVolatilityResult within = Solve(x, most * (1 - 4 * Epsilon));
        Assert.True(within.IsOk && within.Volatility * 0.5 > 14, $"{within}"); // Less than that leaves more to the bound than the last bits.
        Assert.Equal(most, BlackScholes.Evaluate(x with { Volatility = within.Volatility }).Price, 8 * Epsilon * most);
    }

    // A minute before settlement the first steps are enormous; none of them may pass for convergence.
    [Fact]
    public void Little_time_is_no_small_volatility()
    {
        var x = new OptionInputs(true, 1.0483081176475035, 1.0487205751315287, 2.4699256612753286E-06, 0.10556427409495041, 0);
        Assert.Equal(x.Volatility, Solve(x, BlackScholes.Evaluate(x).Price).Volatility, 1e-14);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void No_time_has_no_volatility(double years) =>
        Assert.Equal(VolatilityStatus.InvalidInput, ImpliedVolatility.Solve(new PricedOption(true, 5, 100, 100, years, 0)).Status);

    static ImpliedVolatilityResult Solve(in OptionInputs x, double price) =>
        ImpliedVolatility.Solve(new PricedOption(x.IsCall, price, x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield));
}
