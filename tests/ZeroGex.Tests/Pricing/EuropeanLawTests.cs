using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

/// <summary>What holds of European prices whatever the formula says (Merton 1973, "Theory of Rational Option Pricing").</summary>
public sealed class EuropeanLawTests
{
    const double Epsilon = 2.22e-16;

    // A call on one currency is a put on the other.
    [Fact]
    public void Call_and_put_mirror_each_other() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        OptionValue value = BlackScholes.Evaluate(x), mirrored = BlackScholes.Evaluate(new(!x.IsCall, x.Strike, x.Spot, x.Years, x.Volatility, x.DividendYield, x.Rate));
        Near(value.Price, mirrored.Price, x.Spot + x.Strike, x);
        Near(value.Vega, mirrored.Vega, (x.Spot + x.Strike) * Math.Sqrt(x.Years), x);
        Near(value.Theta, mirrored.Theta, (x.Spot + x.Strike) / x.Years, x);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Prices_and_greeks_scale_with_spot_and_strike() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        const double scale = 7;
        OptionValue value = BlackScholes.Evaluate(x), scaled = BlackScholes.Evaluate(x with { Spot = scale * x.Spot, Strike = scale * x.Strike });
        double s = x.Volatility * Math.Sqrt(x.Years), unit = x.Spot + x.Strike;
        Near(scale * value.Price, scaled.Price, scale * unit, x);
        Near(value.Delta, scaled.Delta, 1, x);
        Near(value.Gamma, scale * scaled.Gamma, 1 / (x.Spot * s), x);
        Near(scale * value.Vega, scaled.Vega, scale * unit * Math.Sqrt(x.Years), x);
        Near(value.Vanna, scaled.Vanna, 1 / x.Volatility, x);
        Near(value.Charm, scaled.Charm, 1 / x.Years, x);
        Near(scale * value.Vomma, scaled.Vomma, scale * unit / x.Volatility, x);
        Near(value.Speed, scale * scale * scaled.Speed, 1 / (x.Spot * x.Spot * s * s), x);
    }).QuickCheckThrowOnFailure();

    // Dearer stock makes calls dearer and puts cheaper, by no more than it; a higher strike the other way, and ever less so; more volatility makes both dearer.
    [Fact]
    public void Prices_move_as_they_must() => Prop.ForAll(BlackScholesTests.Options, x =>
    {
        double sign = x.IsCall ? 1 : -1, step = 1e-3 * x.Strike, slack = 8 * Epsilon * (x.Spot + x.Strike);
        double price = Price(x), dearer = Price(x with { Spot = x.Spot * 1.01 }), up = Price(x with { Strike = x.Strike + step }), down = Price(x with { Strike = x.Strike - step });
        Assert.True(sign * (dearer - price) >= -slack && sign * (dearer - price) <= 0.01 * x.Spot * Math.Max(1, Math.Exp(-x.DividendYield * x.Years)) + slack, $"{x}: {price:R}, at 1 % more {dearer:R}");
        Assert.True(sign * (down - price) >= -slack && sign * (price - up) >= -slack, $"{x}: {down:R} {price:R} {up:R} are in no order");
        Assert.True(up + down - 2 * price >= -4 * slack, $"{x}: {down:R} {price:R} {up:R} bend down");
        Assert.True(Price(x with { Volatility = 1.01 * x.Volatility }) >= price - slack, $"{x}: worth less with more volatility");
        double forward = sign * (x.Spot * Math.Exp(-x.DividendYield * x.Years) - x.Strike * Math.Exp(-x.Rate * x.Years));
        Assert.True(price >= forward - slack && price >= 0 && price <= (x.IsCall ? x.Spot * Math.Exp(-x.DividendYield * x.Years) : x.Strike * Math.Exp(-x.Rate * x.Years)) + slack, $"{x}: {price:R} is out of bounds");
    }).QuickCheckThrowOnFailure();

    // Hull, "Options, Futures, and Other Derivatives", 9th ed., section 15.11: a call on 21 dollars at 20, r = 10 %, three months, that costs 1.875: 23.5 %.
    [Fact]
    public void Implied_volatility_agrees_with_Hull()
    {
        var call = new PricedOption(true, 1.875, 21, 20, 0.25, 0.1, 0);
        Assert.Equal(0.235, BatchVolatility.Solve(call).Volatility, 0.0005);
        Assert.Equal(0.235, ImpliedVolatility.Solve(call).Volatility, 0.0005);
    }

    static double Price(in OptionInputs x) => BlackScholes.Evaluate(x).Price;

    static void Near(double expected, double actual, double unit, in OptionInputs x) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-12 * (Math.Abs(expected) + unit), $"{x}: {expected:R} and {actual:R}");
}
