using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Smiles;

/// <summary>On chains whose volatilities are known, what is read off the quotes is what was put in.</summary>
public sealed class VolatilityLawTests
{
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(40);
    static readonly Arbitrary<double> Levels = Arb.From(Gen.Choose(10, 90).Select(percent => percent / 100.0));
    static readonly Arbitrary<int> Days = Arb.From(Gen.Elements(7, 14, 35, 63, 154));

    [Fact]
    public void Smile_of_a_flat_volatility_is_flat() => Prop.ForAll(Levels, Days, (level, days) =>
    {
        var expiration = Assert.Single(SyntheticChain.Answer([days], step: 45 * level * Math.Sqrt(days / 365.0), strikes: 25, (_, _) => level).Expirations); // 2½ deviations each way.
        Assert.True(expiration.Smile.Length > 10, $"{expiration.Smile.Length} points");
        Assert.All(expiration.Smile, point => Assert.Equal(level, point.Volatility, 1e-6));
        Assert.Equal(level, expiration.AtTheMoney!.Value, 1e-6);
        Assert.Equal(0, expiration.RiskReversal!.Value, 1e-6);
        Assert.Equal(0, expiration.Butterfly!.Value, 1e-6);
    }).Check(Runs);

    [Fact]
    public void Term_structure_is_that_of_the_chain_and_moves_are_its_deviations() => Prop.ForAll(Levels, Levels, (near, far) =>
    {
        int[] days = [7, 35, 154];
        double last = SyntheticChain.YearsTo(new DateOnly(2026, 1, 16).AddDays(154));
        double Level(double years) => near + (far - near) * Math.Sqrt(years / last);
        var answer = SyntheticChain.Answer(days, step: 10, strikes: 20, (years, moneyness) => Level(years) + 0.05 * moneyness);
        Assert.Equal(days.Select(day => new DateOnly(2026, 1, 16).AddDays(day)), answer.Expirations.Select(expiration => expiration.Expiration));
        foreach (var expiration in answer.Expirations)
        {
            double years = SyntheticChain.YearsTo(expiration.Expiration);
            Assert.Equal(years, expiration.Years, 1e-12);
            Assert.Equal(SyntheticChain.Spot * Math.Exp(SyntheticChain.Rate * years), expiration.Forward, 1e-9);
            Assert.Equal(Level(years), expiration.AtTheMoney!.Value, 1e-6); // Linear in log-moneyness, as is the interpolation.
            Assert.Equal(SyntheticChain.Spot * Level(years) * Math.Sqrt(years), expiration.ExpectedMove!.Value, 1e-3);
        }
    }).Check(Runs);

    // Puts dearer than calls: the risk reversal is below 0, and the other way round; both wings dearer: the butterfly is above 0.
    [Fact]
    public void Risk_reversal_has_the_sign_of_the_skew_and_the_butterfly_that_of_the_curve() => Prop.ForAll(
        Arb.From(Gen.Choose(-30, 30).Where(slope => Math.Abs(slope) >= 3)), Arb.From(Gen.Choose(-100, 100).Where(curve => Math.Abs(curve) >= 30)), Days, (slope, curve, days) =>
        {
            var skewed = Assert.Single(SyntheticChain.Answer([days], step: 2, strikes: 60, (_, moneyness) => 0.25 + slope / 100.0 * Math.Clamp(moneyness, -0.3, 0.3)).Expirations);
            Assert.Equal(Math.Sign(slope), Math.Sign(skewed.RiskReversal!.Value));
            Assert.Equal(skewed.RiskReversal.Value, skewed.Call25!.Value - skewed.Put25!.Value);

            var curved = Assert.Single(SyntheticChain.Answer([days], step: 2, strikes: 60, (_, moneyness) => 0.25 + curve / 200.0 * Math.Min(0.04, moneyness * moneyness)).Expirations);
            Assert.Equal(Math.Sign(curve), Math.Sign(curved.Butterfly!.Value));
        }).Check(Runs);

    // The strike with that delta at its own volatility, found by halving; between the listed ones it is a little off.
    [Fact]
    public void Volatilities_at_a_delta_are_those_of_the_strike_that_has_it() => Prop.ForAll(Arb.From(Gen.Choose(-30, 30)), Days, (slope, days) =>
    {
        double Volatility(double moneyness) => 0.25 + slope / 100.0 * Math.Clamp(moneyness, -0.3, 0.3);
        var expiration = Assert.Single(SyntheticChain.Answer([days], step: 1, strikes: 150, (_, moneyness) => Volatility(moneyness)).Expirations);
        foreach (var (isCall, found) in ((bool, double)[])[(true, expiration.Call25!.Value), (false, expiration.Put25!.Value)])
        {
            double near = 0, far = isCall ? 0.4 : -0.4;
            for (int i = 0; i < 60; i++)
            {
                double middle = 0.5 * (near + far);
                double delta = BlackScholes.Evaluate(new OptionInputs(isCall, SyntheticChain.Spot, expiration.Forward * Math.Exp(middle), expiration.Years, Volatility(middle), SyntheticChain.Rate)).Delta;
                if (Math.Abs(delta) > 0.25) near = middle;
                else far = middle;
            }

            Assert.Equal(Volatility(near), found, 2e-4);
        }
    }).Check(Runs);

    [Fact]
    public void What_is_not_quoted_is_left_out_with_its_reason_and_what_is_in_the_money_is_not_asked() => Prop.ForAll(Days, Arb.From(Gen.Choose(0, 1_000)), (days, seed) =>
    {
        var random = new Random(seed);
        HashSet<OptionContract> missing = [];
        var answer = SyntheticChain.Answer([days], step: 10, strikes: 8, (_, _) => 0.4, quote =>
        {
            if (random.Next(3) > 0) return quote;
            missing.Add(quote.Contract);
            return random.Next(2) == 0 ? quote with { Bid = 0 } : quote with { Ask = quote.Bid / 2 };
        });
        var expiration = Assert.Single(answer.Expirations);
        bool IsOut(OptionContract contract) => contract.Strike >= expiration.Forward == (contract.Right == OptionRight.Call);
        Assert.Equal(missing.Where(IsOut).Select(contract => contract.Strike).Order(), expiration.LeftOut.Select(quote => quote.Strike));
        Assert.All(expiration.LeftOut, quote => Assert.True(quote.Reason is "no bid" or "crossed", quote.Reason));
        Assert.DoesNotContain(expiration.Smile, point => missing.Contains(new(expiration.Expiration, point.Strike, point.Right)));
        Assert.Equal(17, expiration.Smile.Length + expiration.LeftOut.Length);
        Assert.All(expiration.Smile, point => Assert.Equal(Math.Log(point.Strike / expiration.Forward), point.LogMoneyness, 1e-13));
        Assert.All(expiration.Smile, point => Assert.True(IsOut(new(expiration.Expiration, point.Strike, point.Right)), point.ToString()));

        Assert.Equal((34, expiration.Smile.Length), (answer.Model.Contracts, answer.Model.Used));
        Assert.Equal(34, answer.Model.Used + answer.Model.LeftOut.Sum(reason => reason.Contracts));
        Assert.Equal(17, answer.Model.LeftOut.Single(reason => reason.What == "in the money").Contracts);

        var whole = Enumerable.Range(-8, 17).Select(i => 450 + 10.0 * i).Where(strike => Enum.GetValues<OptionRight>().All(right => !missing.Contains(new(expiration.Expiration, strike, right)))).ToList();
        Assert.Equal(whole.Count == 0 ? null : whole.MinBy(strike => Math.Abs(strike - expiration.Forward)), expiration.StraddleStrike);
    }).Check(Runs);
}
