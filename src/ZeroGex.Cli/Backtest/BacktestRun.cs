using ZeroGex.Analytics.Backtest;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Replay;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary>What to trade through.</summary>
/// <param name="Root">The option root.</param>
/// <param name="From">First session.</param>
/// <param name="To">Last session.</param>
public sealed record BacktestQuestion(string Root, DateOnly From, DateOnly To)
{
    /// <summary>Costs, and the measure.</summary>
    public BacktestSettings Backtest { get; init; } = new();

    /// <summary>How results are folded.</summary>
    public FoldSettings Folds { get; init; } = new();
}

/// <summary>Recorded facts through the folds into a backtest: the very folds that run live, and the order in which a replay reads.</summary>
public static class BacktestRun
{
    static readonly string[] Kinds = ["bars", "quotes", "trades"];

    /// <param name="onResults">Called after the results of an instant were shown.</param>
    /// <returns>What came of it, and how many messages are missing between those read.</returns>
    /// <exception cref="SettingsException">Nothing of the question is recorded.</exception>
    /// <exception cref="StrategyException">The strategy failed.</exception>
    public static async Task<(BacktestReport Report, long Missing)> RunAsync(
        EventLog log, BacktestQuestion question, IStrategy strategy, Action<EquityPoint>? onResults, CancellationToken cancel)
    {
        var engine = new BacktestEngine(question.Root, strategy, question.Backtest with { Grace = question.Folds.Gex.Grace });
        var folds = new SessionFolds(question.Root, question.Folds);
        long missing = 0;
        foreach (var session in await SessionsAsync(log, question, cancel))
        {
            var facts = new SessionFacts(log, [.. session.Select(span => new ReplayStream(span.Kind, span.Stream, span.Through, span.Events))]);
            await foreach (var (fact, _) in facts.ReadAsync(cancel))
            {
                engine.Apply(fact);
                bool isShown = false;
                foreach (var window in folds.Apply(fact))
                {
                    engine.Show(window);
                    isShown = true;
                }

                if (isShown) onResults?.Invoke(engine.Now);
            }

            missing += facts.Missing;
            ReplayReport.Warn(facts.Deleted, facts.Unknown);
        }

        return (engine.Report(), missing);
    }

    static async Task<IReadOnlyList<IGrouping<DateOnly, LogSpan>>> SessionsAsync(EventLog log, BacktestQuestion question, CancellationToken cancel)
    {
        var recorded = (await log.SpansAsync(Kinds, cancel, question.Root))
            .GroupBy(span => span.Session).Where(session => session.Any(span => span.Kind == "trades")).OrderBy(session => session.Key).ToList();
        var asked = recorded.Where(session => session.Key >= question.From && session.Key <= question.To).ToList();
        if (asked.Count > 0) return asked;
        string there = recorded.Count switch
        {
            0 => $"Nothing of {question.Root} is recorded",
            1 => $"Of {question.Root} {recorded[0].Key:yyyy-MM-dd} is recorded",
            _ => $"Of {question.Root} {recorded.Count} sessions are recorded, from {recorded[0].Key:yyyy-MM-dd} to {recorded[^1].Key:yyyy-MM-dd}",
        };
        throw new SettingsException($"{there}; none from {question.From:yyyy-MM-dd} to {question.To:yyyy-MM-dd}.");
    }
}
