using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class AmericanDividendTests
{
    static readonly OptionInputs Call = new(true, 100, 95, 0.5, 0.25, 0.04);

    // The vectors' greeks are differences over a per cent of spot, which is what they are compared with here.
    [Fact]
    public void Price_and_greeks_agree_with_the_vectors_of_cash_dividends()
    {
        int count = 0;
        foreach (AmericanVector v in AmericanVector.Discrete())
        {
            OptionInputs x = v.Inputs;
            CashDividend[] dividends = [.. v.Dividends];
            AmericanValue value = DividendGrid.Evaluate(x, dividends);
            Near("price_fd_fine", value.Price, 5e-4 * v["price_fd_fine"] + 1e-5);
            Near("european_fd", DividendGrid.Evaluate(x, dividends, PricingStyle.European).Price, 5e-4 * v["european_fd"] + 1e-5);
            Near("vega_per_volpt", value.Vega / 100, 3e-3 * v["vega_per_volpt"]);

            AmericanValue up = DividendGrid.Evaluate(x with { Spot = x.Spot * 1.01 }, dividends);
            AmericanValue down = DividendGrid.Evaluate(x with { Spot = x.Spot * 0.99 }, dividends);
            Near("delta", (up.Price - down.Price) / (0.02 * x.Spot), 1e-3 * Math.Abs(v["delta"]));
            Near("gamma", (up.Gamma + 10 * value.Gamma + down.Gamma) / 12, 0.03 * v["gamma"]);
            count++;

            void Near(string name, double actual, double tolerance) =>
                Assert.True(Math.Abs(actual - v[name]) <= tolerance, $"{v}: {name} {actual:R}, expected {v[name]:R}");
        }

        Assert.Equal(30, count);
    }

    [Fact]
    public void Grid_agrees_with_closed_forms_where_nothing_is_paid()
    {
        foreach (OptionInputs x in new[] { Call, Call with { IsCall = false }, Call with { DividendYield = 0.06 }, Call with { Years = 0.01 }, Call with { Volatility = 0.9 } })
        {
            AmericanValue european = DividendGrid.Evaluate(x, [], PricingStyle.European);
            OptionValue exact = BlackScholes.Evaluate(x);
            Assert.Equal(exact.Price, european.Price, 1e-4 * exact.Price);
            Assert.Equal(exact.Delta, european.Delta, 1e-4);
            Assert.Equal(exact.Gamma, european.Gamma, 1e-3 * exact.Gamma);
            Assert.Equal(exact.Vega, european.Vega, 1e-3 * exact.Vega);
            Assert.Equal(exact.Theta, european.Theta, 1e-3 * Math.Abs(exact.Theta));
            Assert.Equal(exact.Rho, european.Rho, 1e-3 * Math.Abs(exact.Rho));
            Assert.Equal(AmericanOption.Price(x, AmericanAccuracy.Precise), DividendGrid.Evaluate(x, []).Price, 1e-4 * exact.Price);
        }
    }

    // A dividend on the last day that is worth taking: the call is exercised just before, as if it expired then.
    [Fact]
    public void Call_is_exercised_just_before_a_large_dividend()
    {
        CashDividend[] dividends = [new(0.25, 30)];
        AmericanValue value = DividendGrid.Evaluate(Call, dividends);
        Assert.Equal(BlackScholes.Evaluate(Call with { Years = 0.25 }).Price, value.Price, 2e-3 * value.Price);
        Assert.True(value.Price > 1.5 * DividendGrid.Evaluate(Call, dividends, PricingStyle.European).Price);
    }

    [Fact]
    public void Order_of_dividends_and_those_after_settlement_do_not_matter()
    {
        AmericanValue value = DividendGrid.Evaluate(Call, [new(0.1, 1), new(0.3, 2)]);
        Assert.Equal(value, DividendGrid.Evaluate(Call, [new(0.3, 2), new(0.6, 5), new(0.1, 1), new(0.5, 7), new(0.2, 0)]));
    }

    // Rates so far below 0 that exercise lies between two boundaries: the put is worth more than holding to the end, and than its intrinsic value.
    [Fact]
    public void Grid_prices_what_has_two_boundaries()
    {
        var put = new OptionInputs(false, 100, 105, 2, 0.1, -0.01, -0.05);
        Assert.Equal(AmericanStatus.TwoBoundaries, AmericanOption.Evaluate(put).Status);
        AmericanValue value = DividendGrid.Evaluate(put, []);
        Assert.True(value.Price >= 5 && value.Price > BlackScholes.Evaluate(put).Price * 1.01, $"{value}");
        Assert.Equal(DividendGrid.Evaluate(put, [], points: 1601, steps: 1600).Price, value.Price, 1e-3);
    }

    [Fact]
    public void Deep_in_the_money_exercise_is_now_and_nonsense_has_no_number()
    {
        Assert.Equal(new AmericanValue(AmericanStatus.AtIntrinsic, 45, -1, 0, 0, 0, 0), DividendGrid.Evaluate(new OptionInputs(false, 50, 95, 0.5, 0.25, 0.04), []));
        foreach (OptionInputs x in new[] { Call with { Spot = 0 }, Call with { Volatility = double.NaN }, Call with { Years = -1 }, Call with { Rate = double.PositiveInfinity } })
            Assert.Equal((AmericanStatus.InvalidInput, true), (DividendGrid.Evaluate(x, []).Status, double.IsNaN(DividendGrid.Evaluate(x, []).Price)));
        Assert.Equal(AmericanStatus.InvalidInput, DividendGrid.Evaluate(Call, [new(0, 1)]).Status);
        Assert.Equal(AmericanStatus.InvalidInput, DividendGrid.Evaluate(Call, [new(0.1, -1)]).Status);
        Assert.Throws<ArgumentOutOfRangeException>(() => DividendGrid.Evaluate(Call, [], points: 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => DividendGrid.Evaluate(Call, [], steps: 1));
    }
}
