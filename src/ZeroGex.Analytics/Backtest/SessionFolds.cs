using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>The exposure folds of one root's session: facts in, the results they complete out, as live and replay fold them.</summary>
/// <param name="specs">Which; each waits for every one of its inputs.</param>
public sealed class SessionFolds(string root, DateOnly session, FoldSettings settings, IEnumerable<FoldSpec> specs)
{
    readonly (FoldSpec Spec, IFold Fold)[] _folds = [.. specs.Select(spec => (spec, spec.Create(root, session, settings)))];

    /// <summary>The folds that make what a strategy hears of: those of the methods that it implements, windows before chains.</summary>
    public static IReadOnlyList<FoldSpec> HeardBy(IStrategy strategy)
    {
        var map = strategy.GetType().GetInterfaceMap(typeof(IStrategy));
        return [.. new[] { (nameof(IStrategy.OnResult), Folds.Gex), (nameof(IStrategy.OnChain), Folds.Chain) }.Where(one => IsImplemented(one.Item1)).Select(one => one.Item2)];

        bool IsImplemented(string method) => map.TargetMethods[Array.FindIndex(map.InterfaceMethods, one => one.Name == method)].DeclaringType != typeof(IStrategy);
    }

    /// <summary>The results that a fact completes: by their time, those of one time in the order of the folds.</summary>
    public IReadOnlyList<IMarketResult> Apply(IMarketFact fact)
    {
        string? kind = Contract.Of(fact.GetType()).Kind;
        List<IMarketResult> results = [];
        foreach (var (spec, fold) in _folds)
            if (spec.Inputs.Contains(kind)) results.AddRange(fold.Apply(fact));
        return [.. results.OrderBy(result => result.Time)]; // Keeps the order of equals.
    }
}
