using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Greeks;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Gex;

/// <summary>What holds of every answer of greeks, whatever the market does.</summary>
public sealed class GreeksLawTests
{
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(60);
    static readonly ChainSettings Settings = new() { GreeksEvery = TimeSpan.FromSeconds(5), Interval = TimeSpan.FromSeconds(20), Rate = 0.04, DividendYield = 0.01 };

    [Fact]
    public void Row_is_what_the_ladder_and_the_formula_make_of_its_own_prices() => Prop.ForAll(MarketTape.Any, tape => Assert.All(Run(tape), greeks =>
    {
        Assert.Equal((Settlement.Of(MarketTape.Root, greeks.Expiration) - greeks.Time).TotalDays / 365 is var years && years < 1 / 525_600.0 ? 1 / 525_600.0 : years, greeks.Years, 1e-12);
        for (int i = 0; i < greeks.Strike.Length; i++)
        {
            bool isCall = greeks.Right[i] == OptionRight.Call;
            var chosen = VolatilityLadder.Choose(
                new QuotedOption(isCall, greeks.Spot, greeks.Strike[i], greeks.Years, Settings.Rate, Settings.DividendYield, 0, greeks.Bid[i], greeks.Ask[i], greeks.Last[i]), Settings.Volatility);
            Assert.Equal((chosen.Volatility, chosen.Source.ToString().ToLowerInvariant()), (greeks.Volatility[i], greeks.Source[i]));
            Assert.Equal(chosen.Mid == VolatilityReason.None ? null : chosen.Mid.ToWords(), greeks.Reason[i]);

            var value = BlackScholes.Evaluate(new OptionInputs(isCall, greeks.Spot, greeks.Strike[i], greeks.Years, chosen.Volatility, Settings.Rate, Settings.DividendYield));
            double[] expected = [value.Delta, value.Gamma, value.Theta / 365, value.Vega / 100, value.Rho / 100, value.Vanna / 100, value.Charm / 365, value.Vomma / 10_000];
            double[] found = [greeks.Delta[i], greeks.Gamma[i], greeks.Theta[i], greeks.Vega[i], greeks.Rho[i], greeks.Vanna[i], greeks.Charm[i], greeks.Vomma[i]];
            for (int j = 0; j < expected.Length; j++)
                Assert.True(Math.Abs(expected[j] - found[j]) <= 1e-11 * Math.Abs(expected[j]) + 1e-14, $"{greeks.Time:O} {greeks.Expiration} {greeks.Strike[i]} {greeks.Right[i]}, column {j}: {expected[j]:R} {found[j]:R}");
        }
    })).Check(Runs);

    [Fact]
    public void Answer_has_every_contract_known_that_has_not_settled_once_and_none_comes_too_soon() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var moments = Run(tape).GroupBy(greeks => greeks.Time).ToList();
        foreach (var (before, after) in moments.Zip(moments.Skip(1))) Assert.True(after.Key - before.Key >= Settings.GreeksEvery, $"{before.Key:O}, {after.Key:O}");

        HashSet<OptionContract> known = [];
        foreach (var moment in moments)
        {
            var contracts = moment.SelectMany(greeks => greeks.Strike.Select((strike, i) => new OptionContract(greeks.Expiration, strike, greeks.Right[i]))).ToList();
            Assert.Equal(contracts.Count, contracts.Distinct().Count());
            Assert.All(contracts, contract => Assert.True(Settlement.Of(MarketTape.Root, contract.Expiration) > moment.Key, $"{contract} at {moment.Key:O}"));
            Assert.All(moment, greeks => Assert.Equal(greeks.Strike.Length, greeks.Model.Contracts));

            // What has been known is known until it settles.
            Assert.Empty(known.Where(contract => Settlement.Of(MarketTape.Root, contract.Expiration) > moment.Key).Except(contracts));
            known.UnionWith(contracts);
        }
    }).Check(Runs);

    static List<GreeksCalculated> Run(MarketTape tape) =>
        [.. MarketTape.Run(new GreeksFold(MarketTape.Root, MarketTape.Session, Settings), MarketTape.Interleave(tape.Ended().Streams(BookFold.Inputs))).Cast<GreeksCalculated>()];
}
