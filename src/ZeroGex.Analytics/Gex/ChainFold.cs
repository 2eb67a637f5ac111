using ZeroGex.Analytics.Chains;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>Folds one root's session into the exposures of its chain: by strike and expiration, levels and profile, for every scope and weight of the settings.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class ChainFold(string root, DateOnly session, ChainSettings settings)
    : BookFold(root, session, settings, asksSpot: true, settings.LevelsEvery, settings.ScopesEvery)
{
    readonly GammaProfile _profile = new(settings.Grid);
    ScopedChain[] _scopes = [];

    private protected override void Arrange()
    {
        if (Values.Arrange(Book)) _scopes = [.. Settings.Scopes.Select(scope => new ScopedChain(Settings, scope, Session, Values))];
    }

    // The first scope by the first weight is the one that is looked at every second.
    private protected override void Answer(in Instant at, ReadOnlySpan<bool> isDue, List<IMarketResult> answers)
    {
        Values.Evaluate(Book, at.Micros);
        for (int i = 0; i < _scopes.Length; i++)
            for (int j = 0; j < Settings.Weights.Length; j++)
            {
                (int sort, TimeSpan every) = i + j == 0 ? (0, Settings.LevelsEvery) : (1, Settings.ScopesEvery);
                if (isDue[sort] && _scopes[i].Calculate(Root, Session, at.Time, Settings.Weights[j], every, Book, _profile, at.IsIncomplete) is { } exposure)
                    answers.Add(exposure);
            }
    }
}
