using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>One root's exposure folds, a session each: facts in, the windows they close out, as live and replay fold them.</summary>
public sealed class SessionFolds(string root, FoldSettings settings)
{
    readonly SortedDictionary<DateOnly, IFold> _folds = [];

    /// <summary>The windows that a fact closes; none for a fact that the fold does not read.</summary>
    public IEnumerable<GexCalculated> Apply(IMarketFact fact)
    {
        var (kind, _, session) = Contract.ParseStreamId(fact.Stamp.Stream);
        if (!Folds.Gex.Inputs.Contains(kind)) return [];
        if (!_folds.TryGetValue(session, out IFold? fold))
        {
            _folds.Add(session, fold = Folds.Gex.Create(root, session, settings));
            if (_folds.Count > 2) _folds.Remove(_folds.Keys.First()); // A session two back has closed its last window.
        }

        return fold.Apply(fact).Cast<GexCalculated>();
    }
}
