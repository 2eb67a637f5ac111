using ZeroGex.Analytics.Chains;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.MaxPain;

/// <summary>Folds one root's session into max pain and put/call ratios, of each expiration and of all together.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class MaxPainFold(string root, DateOnly session, ChainSettings settings)
    : BookFold(root, session, settings, asksSpot: false, settings.GreeksEvery)
{
    private protected override void Answer(in Instant at, ReadOnlySpan<bool> isDue, List<IMarketResult> answers) =>
        answers.Add(MaxPainReport.Of(Root, Session, at.Time, Settings, Values, Book, at.IsIncomplete));
}
