using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Cli;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Cli;

/// <summary>What settings say of single roots.</summary>
public sealed class RootSettingsTests
{
    [Fact]
    public void Yields_are_those_of_their_roots()
    {
        var folds = new Settings(["DIVIDEND_YIELDS=SPY=0.0125, qqq = 0.006"]).Folds;
        Assert.Equal((0.0125, 0.006, 0), (folds.For("SPY").Chain.DividendYield, folds.For("QQQ").Gex.DividendYield, folds.For("TSLA").Flow.DividendYield));
        Assert.Equal(folds, folds.For("SPX"));
        Assert.Equal(folds with { Chain = folds.Chain with { Exercise = PricingStyle.American } }, folds.For("TSLA"));
    }

    [Theory]
    [InlineData("SPY", "'SPY' is not a root and a yield")]
    [InlineData("SPY=much", "'SPY=much' is not a root and a yield")]
    [InlineData("=0.01", "'=0.01' is not a root and a yield")]
    [InlineData("SPY=2", "'SPY=2' is not a root and a yield")]
    [InlineData("SPY=0.01,spy=0.02", "SPY is there twice.")]
    public void What_makes_no_sense_is_said(string yields, string message) =>
        Assert.StartsWith($"DIVIDEND_YIELDS: {message}", Assert.Throws<SettingsException>(() => new Settings([$"DIVIDEND_YIELDS={yields}"])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "")]
    [InlineData("SPY, spx", "SPX SPY")]
    [InlineData("listed", "SPY TSLA")]
    [InlineData("Listed,SPX", "SPX SPY TSLA")]
    public void American_roots_are_those_named_or_those_listed_so(string setting, string expected)
    {
        var folds = new Settings([$"AMERICAN_ROOTS={setting}"]).Folds;
        Assert.Equal(expected, string.Join(' ', ((string[])["SPX", "SPXW", "SPY", "TSLA"]).Where(root => folds.For(root).Chain.Style == PricingStyle.American)));
    }

    // Every result with a model says the yield that it was made with.
    [Fact]
    public void Every_fold_is_told_the_yield_of_its_root()
    {
        var settings = new FoldSettings { DividendYields = ImmutableSortedDictionary<string, double>.Empty.Add(MarketTape.Root, 0.0125) };
        var told = new HashSet<string>();
        Prop.ForAll(MarketTape.Any, tape =>
        {
            foreach (var spec in Folds.All)
                foreach (var result in MarketTape.Run(spec.Create(MarketTape.Root, MarketTape.Session, settings), MarketTape.Interleave(tape.Ended().Streams(spec.Inputs))))
                {
                    if (YieldOf(result) is not { } yield) continue;
                    Assert.Equal(0.0125, yield);
                    told.Add(spec.Name);
                }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5).WithReplay(20260116, 1));
        Assert.Equal(["bars", "chain", "flow", "gex", "greeks", "max-pain", "volatility"], told.Order());
    }

    static double? YieldOf(IMarketResult result) => result switch
    {
        GexCalculated gex => gex.Model.DividendYield,
        ChainGexCalculated gex => gex.Model.DividendYield,
        GreeksCalculated greeks => greeks.Model.DividendYield,
        MaxPainCalculated pain => pain.Model.DividendYield,
        OptionMinuteClosed minute => minute.Model?.DividendYield,
        FlowCalculated flow => flow.Model.DividendYield,
        VolatilityCalculated volatility => volatility.Model.DividendYield,
        _ => null,
    };
}
