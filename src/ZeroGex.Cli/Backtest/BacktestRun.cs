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
    static readonly string[] Prices = ["bars", "quotes", "trades"]; // What orders are filled by.

    /// <param name="onResults">Called after the results of an instant were shown.</param>
    /// <returns>What came of it, and how many messages are missing between those read.</returns>
    /// <exception cref="SettingsException">Nothing of the question is recorded, or nothing of what the strategy hears of.</exception>
    /// <exception cref="StrategyException">The strategy failed.</exception>
    public static async Task<(BacktestReport Report, long Missing)> RunAsync(
        EventLog log, BacktestQuestion question, IStrategy strategy, Action<EquityPoint>? onResults, CancellationToken cancel)
    {
        var heard = SessionFolds.HeardBy(strategy);
        if (heard.Count == 0) throw new SettingsException($"--strategy: {strategy.GetType().FullName} implements neither {nameof(IStrategy.OnResult)} nor {nameof(IStrategy.OnChain)}: it would hear nothing.");

        var spans = await log.SpansAsync([.. Prices.Union(heard.SelectMany(fold => fold.Inputs))], cancel, question.Root);
        var sessions = SessionsOf(question, spans);
        foreach (var fold in heard) RequireFed(question, fold, sessions);

        var engine = new BacktestEngine(question.Root, strategy, question.Backtest with { Grace = question.Folds.Gex.Grace, ChainGrace = question.Folds.Chain.Slices.Grace });
        long missing = 0;
        foreach (var session in sessions)
        {
            var folds = new SessionFolds(question.Root, session.Key, question.Folds, heard.Where(fold => Unfed(fold, session).Count == 0));
            var until = LogSpan.NextSession(spans, question.Root, session.Key); // From there on the next session's folds speak, live and in a replay too.
            var facts = new SessionFacts(log, [.. session.Select(span => new ReplayStream(span.Kind, span.Stream, span.Through, span.Events))]);
            await foreach (var (fact, _) in facts.ReadAsync(cancel))
            {
                engine.Apply(fact);
                bool isShown = false;
                foreach (var result in folds.Apply(fact))
                {
                    if (result.Time > until) continue;
                    engine.Show(result);
                    isShown = true;
                }

                if (isShown) onResults?.Invoke(engine.Now);
            }

            missing += facts.Missing;
            ReplayReport.Warn(facts.Deleted, facts.Unknown);
        }

        return (engine.Report(), missing);
    }

    static List<IGrouping<DateOnly, LogSpan>> SessionsOf(BacktestQuestion question, IEnumerable<LogSpan> spans)
    {
        var recorded = spans.GroupBy(span => span.Session).Where(session => session.Any(span => span.Kind == "trades")).OrderBy(session => session.Key).ToList();
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

    /// <summary>The inputs of a fold that were never recorded in a session: it would wait for them for ever.</summary>
    static List<string> Unfed(FoldSpec fold, IEnumerable<LogSpan> session) => [.. fold.Inputs.Except(session.Select(span => span.Kind))];

    static void RequireFed(BacktestQuestion question, FoldSpec fold, List<IGrouping<DateOnly, LogSpan>> sessions)
    {
        var unfed = sessions.Select(session => (Session: session.Key, Kinds: string.Join(" and ", Unfed(fold, session)))).Where(session => session.Kinds.Length > 0).ToList();
        if (unfed.Count == sessions.Count)
            throw new SettingsException($"The strategy hears of {fold.Name}, which is made of {string.Join(", ", fold.Inputs)}; of {question.Root} {unfed[0].Session:yyyy-MM-dd} no {unfed[0].Kinds} is recorded{(unfed.Count > 1 ? ", and no later session has them all" : "")}.");
        foreach (var (session, kinds) in unfed) Console.Error.WriteLine($"{session:yyyy-MM-dd} {question.Root}: the strategy hears nothing of {fold.Name}, because no {kinds} is recorded.");
    }
}
