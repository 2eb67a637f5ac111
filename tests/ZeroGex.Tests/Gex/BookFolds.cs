using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Greeks;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gex;

/// <summary>The folds that make everything of one book of contracts: greeks, exposures, max pain.</summary>
static class BookFolds
{
    /// <summary>What they say to facts, one fold after the other.</summary>
    public static List<IMarketResult> Run(string root, DateOnly session, ChainSettings settings, IEnumerable<IMarketFact> facts)
    {
        BookFold[] folds = [new GreeksFold(root, session, settings), new ChainFold(root, session, settings), new MaxPainFold(root, session, settings)];
        return [.. folds.SelectMany(fold => facts.Where(fact => fact is not (BarsObserved or FeedStateChanged)).SelectMany(fold.Apply))];
    }
}
