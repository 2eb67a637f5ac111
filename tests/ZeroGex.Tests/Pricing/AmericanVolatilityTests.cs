using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class AmericanVolatilityTests
{
    [Theory]
    [InlineData(AmericanAccuracy.Fast, 0.01)]
    [InlineData(AmericanAccuracy.Precise, 2e-5)]
    public void Volatility_agrees_with_the_reference_vectors(AmericanAccuracy accuracy, double points)
    {
        int count = 0;
        foreach (AmericanVector v in AmericanVector.Continuous())
        {
            ImpliedVolatilityResult result = AmericanVolatility.Solve(Priced(v.Inputs, v["price"]), accuracy);
            if (v["at_intrinsic"] > 0) Assert.Equal(VolatilityStatus.BelowIntrinsic, result.Status);
            if (v["vega_per_volpt"] <= 1e-4 * v["S"]) continue;
            Assert.True(result.IsOk && Math.Abs(result.Volatility - v["sigma"]) <= 0.01 * points, $"{v}: {result}");
            count++;
        }

        Assert.True(count > 200, $"{count} rows");
    }

    [Fact]
    public void Price_of_a_volatility_gives_the_volatility_back() => Prop.ForAll(AmericanOptionTests.Options, x =>
    {
        AmericanValue value = AmericanOption.Evaluate(x);
        ImpliedVolatilityResult result = AmericanVolatility.Solve(Priced(x, value.Price));
        if (value.Status == AmericanStatus.AtIntrinsic)
        {
            Assert.Equal(VolatilityStatus.BelowIntrinsic, result.Status);
            return;
        }

        Assert.True(value.Status == AmericanStatus.Ok, $"{x}: {value}");
        double intrinsic = x.IsCall ? x.Spot - x.Strike : x.Strike - x.Spot;
        if (!result.IsOk && value.Price - Math.Max(0, intrinsic) < 1e-8 * x.Spot) return; // Nothing to see a volatility by.
        Assert.True(result.IsOk, $"{x} at {value.Price:R}: {result}");
        double back = AmericanOption.Price(x with { Volatility = result.Volatility });
        Assert.True(Math.Abs(back - value.Price) <= 1e-9 * x.Spot, $"{x} at {value.Price:R}: {result} gives {back:R}");
        if (value.Vega > 0.01 * x.Spot) Assert.True(Math.Abs(result.Volatility / x.Volatility - 1) <= 1e-6, $"{x} at {value.Price:R}: {result}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Batch_gives_the_bits_of_one_by_one_at_every_width()
    {
        OptionInputs[] options = [.. Gen.Sample(AmericanOptionTests.Options.Generator, 333, 100)];
        double[] prices = [.. options.Select(x => AmericanOption.Price(x))];
        for (int i = 0; i < options.Length; i += 17) prices[i] = new[] { double.NaN, 0, -1, 1e9, double.PositiveInfinity }[i % 5];
        foreach (LaneWidth width in new[] { LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest })
        {
            var volatility = new double[options.Length];
            var status = new VolatilityStatus[options.Length];
            AmericanVolatility.Solve(Quotes(options, prices), volatility, status, AmericanAccuracy.Fast, width);
            for (int i = 0; i < options.Length; i++)
            {
                ImpliedVolatilityResult one = AmericanVolatility.Solve(Priced(options[i], prices[i]));
                Assert.True(one.Status == status[i] && AmericanOptionTests.Bits(one.Volatility) == AmericanOptionTests.Bits(volatility[i]),
                    $"{width}: {options[i]} at {prices[i]:R}: {status[i]} {volatility[i]:R}, alone {one}");
            }
        }
    }

    [Fact]
    public void European_twin_of_an_American_price_has_its_volatility()
    {
        OptionInputs[] options = [.. new[] { 560.0, 580, 600, 620, 640 }.SelectMany(strike => new[] { true, false }
            .Select(isCall => new OptionInputs(isCall, 600, strike, 0.75, 0.2 - 0.0003 * (strike - 600), 0.045, 0.013)))];
        double[] prices = [.. options.Select(x => AmericanOption.Price(x, AmericanAccuracy.Precise))];
        var (volatility, price, gamma, status) = (new double[10], new double[10], new double[10], new VolatilityStatus[10]);
        AmericanVolatility.ToEuropean(Quotes(options, prices), volatility, price, gamma, status, AmericanAccuracy.Precise);
        Assert.All(status, s => Assert.Equal(VolatilityStatus.Ok, s));
        for (int i = 0; i < 10; i++)
        {
            OptionValue european = BlackScholes.Evaluate(options[i]);
            Assert.Equal(options[i].Volatility, volatility[i], 1e-6);
            Assert.Equal(european.Price, price[i], 1e-4);
            Assert.Equal(european.Gamma, gamma[i], 1e-5 * european.Gamma);
        }
    }

    [Theory]
    [InlineData(false, 9.99, 100, 110, 0.5, VolatilityStatus.BelowIntrinsic)]
    [InlineData(false, 10, 100, 110, 0.5, VolatilityStatus.BelowIntrinsic)]
    [InlineData(false, 0, 100, 90, 0.5, VolatilityStatus.BelowIntrinsic)]
    [InlineData(false, 110, 100, 110, 0.5, VolatilityStatus.AboveBound)]
    [InlineData(true, 100, 100, 110, 0.5, VolatilityStatus.AboveBound)]
    [InlineData(false, 109.9999999, 100, 110, 0.5, VolatilityStatus.AboveBound)]
    [InlineData(true, 99.9999999, 100, 110, 0.5, VolatilityStatus.AboveBound)]
    [InlineData(false, double.NaN, 100, 110, 0.5, VolatilityStatus.InvalidInput)]
    [InlineData(false, -1, 100, 110, 0.5, VolatilityStatus.InvalidInput)]
    [InlineData(false, 5, 0, 110, 0.5, VolatilityStatus.InvalidInput)]
    [InlineData(false, 5, 100, 110, 0, VolatilityStatus.InvalidInput)]
    public void Price_without_a_volatility_gets_a_reason(bool isCall, double price, double spot, double strike, double years, VolatilityStatus expected) =>
        Assert.Equal(new ImpliedVolatilityResult(expected, 0), AmericanVolatility.Solve(new PricedOption(isCall, price, spot, strike, years, 0.05, 0.02)));

    // An ulp above what the forward contract is worth: an option this deep has next to no volatility, or a little more; nobody can tell.
    [Fact]
    public void Price_that_every_low_volatility_gives_has_none()
    {
        double forward = 100 - 50 * Math.Exp(-0.05 * 0.5);
        Assert.Equal(VolatilityStatus.NoVega, AmericanVolatility.Solve(new PricedOption(true, Math.BitIncrement(forward), 100, 50, 0.5, 0.05, 0)).Status);
        Assert.Equal(VolatilityStatus.Ok, AmericanVolatility.Solve(new PricedOption(true, forward + 0.01, 100, 50, 0.5, 0.05, 0)).Status);
    }

    // Prices err by a hair: one that near to what exercise pays is taken for it. The next has the volatility at which holding begins to be worth more.
    [Theory]
    [InlineData(false, 100, 110, 0.05, 0.02)]
    [InlineData(true, 110, 100, 0.02, 0.05)]
    public void Price_a_hair_above_what_exercise_pays_has_none(bool isCall, double spot, double strike, double rate, double dividendYield)
    {
        double hair = 1e-12 * (spot + strike);
        foreach (double hairs in new[] { 0, 0.1, 0.9 })
            Assert.Equal(VolatilityStatus.BelowIntrinsic, AmericanVolatility.Solve(new PricedOption(isCall, 10 + hairs * hair, spot, strike, 0.5, rate, dividendYield)).Status);

        ImpliedVolatilityResult first = AmericanVolatility.Solve(new PricedOption(isCall, 10 + 1.5 * hair, spot, strike, 0.5, rate, dividendYield));
        Assert.True(first.IsOk, $"{first}");
        var x = new OptionInputs(isCall, spot, strike, 0.5, first.Volatility, rate, dividendYield);
        Assert.Equal(AmericanStatus.AtIntrinsic, AmericanOption.Evaluate(x with { Volatility = 0.99 * x.Volatility }).Status);
        Assert.Equal(AmericanStatus.Ok, AmericanOption.Evaluate(x with { Volatility = 1.01 * x.Volatility }).Status);
    }

    // Exercise pays nothing there, and no price is too near to that.
    [Theory]
    [InlineData(1e-11)]
    [InlineData(1e-30)]
    [InlineData(1e-300)]
    public void Price_out_of_the_money_may_be_as_low_as_it_likes(double price)
    {
        foreach (bool isCall in new[] { true, false })
        {
            var x = new OptionInputs(isCall, 100, isCall ? 110 : 90, 0.5, 0, 0.05, 0.02);
            ImpliedVolatilityResult result = AmericanVolatility.Solve(Priced(x, price));
            Assert.True(result.IsOk, $"{x} at {price:R}: {result}");
            Assert.Equal(1, AmericanOption.Price(x with { Volatility = result.Volatility }) / price, 1e-6);
        }
    }

    // Money that costs to hold makes a strike paid late, or a share with a negative yield, worth more than it is now; nobody exercises early to get less.
    [Theory]
    [InlineData(false, -0.02, 0)]
    [InlineData(true, 0.05, -0.05)]
    public void Bound_is_what_is_delivered_at_settlement_where_that_is_worth_more(bool isCall, double rate, double dividendYield)
    {
        double now = isCall ? 100 : 110, bound = now * PortableMath.Exp(-0.5 * (isCall ? dividendYield : rate));
        Assert.True(bound > now);
        PricedOption At(double price) => new(isCall, price, 100, 110, 0.5, rate, dividendYield);
        foreach (double price in new[] { bound, 1.01 * bound, 1e9 }) Assert.Equal(VolatilityStatus.AboveBound, AmericanVolatility.Solve(At(price)).Status);
        foreach (double price in new[] { now, 0.5 * (now + bound) })
        {
            ImpliedVolatilityResult result = AmericanVolatility.Solve(At(price));
            Assert.True(result.IsOk, $"{price:R}: {result}");
            Assert.Equal(price, AmericanOption.Price(new OptionInputs(isCall, 100, 110, 0.5, result.Volatility, rate, dividendYield)), 1e-9 * price);
        }
    }

    // More than a European put can be worth, since its strike is paid late, yet less than the strike.
    [Fact]
    public void Price_above_the_European_bound_still_has_a_volatility()
    {
        var x = new OptionInputs(false, 30, 100, 5, 0.9, 0.1);
        double price = AmericanOption.Price(x);
        Assert.True(price > 100 * Math.Exp(-0.5), "not above the bound");
        ImpliedVolatilityResult result = AmericanVolatility.Solve(Priced(x, price));
        Assert.True(result.IsOk && Math.Abs(result.Volatility - 0.9) < 1e-6, $"{result}");
    }

    [Theory]
    [InlineData("SPX", PricingStyle.European)]
    [InlineData("$SPXW", PricingStyle.European)]
    [InlineData("^vix", PricingStyle.European)]
    [InlineData("NDX", PricingStyle.European)]
    [InlineData("SPY", PricingStyle.American)]
    [InlineData("QQQ", PricingStyle.American)]
    [InlineData("TSLA", PricingStyle.American)]
    [InlineData("OEX", PricingStyle.American)]
    public void Index_roots_are_European_and_others_American(string root, PricingStyle style) => Assert.Equal(style, ExerciseTerms.Of(root));

    static PricedOption Priced(in OptionInputs x, double price) => new(x.IsCall, price, x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield);

    static QuotedOptions Quotes(OptionInputs[] options, double[] prices)
    {
        double[] Input(Func<OptionInputs, double> of) => [.. options.Select(of)];
        return new((bool[])[.. options.Select(x => x.IsCall)], prices, Input(x => x.Spot), Input(x => x.Strike), Input(x => x.Years), Input(x => x.Rate), Input(x => x.DividendYield));
    }
}
