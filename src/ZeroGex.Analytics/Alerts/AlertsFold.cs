using System.Globalization;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Quality;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>
/// Folds everything of one root and session into alerts: what the rules find in the chain's exposures, in what is traded and in the quality of the data, raised and resolved in the clock of the facts.
/// </summary>
/// <remarks>
/// It calculates them for itself, with the cores of <see cref="ChainFold"/>, <see cref="FlowFold"/> and <see cref="QualityFold"/>, because folds read facts alone. A session begins with nothing
/// raised, and what is raised when it ends stays so. Not thread-safe.
/// </remarks>
public sealed class AlertsFold : IFold, ISliced
{
    const long Minute = 60_000_000;

    readonly string _root;
    readonly DateOnly _session;
    readonly Slices _slices;
    readonly ISliced[] _sources;
    readonly (AlertRule Rule, AlertTrigger Trigger, AlertModel Model)[] _watches;
    readonly List<IMarketResult> _read = [];
    long _flowThrough = long.MinValue; // End of the last minute with flow, until one without has followed it.

    public AlertsFold(string root, DateOnly session, FoldSettings settings)
    {
        (_root, _session) = (root, session);
        _slices = new Slices(root, session, Inputs, settings.Chain.Slices);
        AlertRule[] rules = [.. settings.Alerts.Rules.Where(rule => rule.IsFor(root))];
        _watches = [.. rules.Select(rule => (rule, new AlertTrigger(rule), AlertModels.Of(rule, rules, settings)))];
        List<ISliced> sources = [];
        if (rules.Any(rule => rule.IsOfChain)) sources.Add(new ChainFold(root, session, Asked(settings.Chain, rules)));
        if (rules.Any(rule => rule.IsOfData)) sources.Add(new QualityFold(root, session, settings.Chain, settings.Quality));
        if (rules.Any(rule => rule.IsOfFlow)) sources.Add(new FlowFold(root, session, settings.Flow));
        _sources = [.. sources];
    }

    /// <summary>The kinds of streams it reads.</summary>
    public static IReadOnlyList<string> Inputs => QualityFold.Inputs;

    /// <inheritdoc/>
    public DateTimeOffset Through => _slices.Through;

    /// <inheritdoc/>
    public long Late => _slices.Late;

    /// <inheritdoc/>
    public long Lost => _slices.Lost;

    /// <inheritdoc/>
    public IReadOnlyList<IMarketResult> Apply(IMarketFact fact) => _slices.Apply(fact, this);

    void ISliced.Take(IMarketFact fact, int row, long time)
    {
        foreach (ISliced source in _sources) source.Take(fact, row, time);
    }

    void ISliced.Miss(string kind, Missed missed)
    {
        foreach (ISliced source in _sources) source.Miss(kind, missed);
    }

    void ISliced.Pass(long end, List<IMarketResult> answers)
    {
        _read.Clear();
        foreach (ISliced source in _sources) source.Pass(end, _read);
        Listen(end);
        foreach (IMarketResult result in _read.OrderBy(result => result.Time)) // Stable.
            foreach ((AlertRule rule, AlertTrigger trigger, AlertModel model) in _watches)
                if (AlertReading.Of(rule, result) is { } reading) Read(rule, trigger, model, result.Time, reading, answers);
    }

    // The flow of a minute is said when there is any: the first without says that what stood out is over.
    void Listen(long end)
    {
        long minutes = _read.OfType<FlowCalculated>().Where(flow => flow.End - flow.Start == TimeSpan.FromMinutes(1)).Select(flow => Slices.Micros(flow.End)).DefaultIfEmpty(long.MinValue).Max();
        if (minutes != long.MinValue) _flowThrough = minutes;
        if (_flowThrough == long.MinValue || end < _flowThrough + Minute) return;
        _read.Add(new QuietMinute(_root, Slices.TimeOf(_flowThrough + Minute)));
        _flowThrough = long.MinValue;
    }

    void Read(AlertRule rule, AlertTrigger trigger, AlertModel model, DateTimeOffset time, in AlertReading reading, List<IMarketResult> answers)
    {
        long now = Slices.Micros(time), raisedAt = trigger.RaisedAt;
        AlertChange change = trigger.Read(now, reading.Value);
        if (change.HasFlag(AlertChange.Resolves)) answers.Add(Resolved(rule, model, Slices.TimeOf(raisedAt), time, reading));
        if (change.HasFlag(AlertChange.Raises)) answers.Add(Raised(rule, model, time, reading));
    }

    AlertRaised Raised(AlertRule rule, AlertModel model, DateTimeOffset time, in AlertReading reading) => new()
    {
        Id = IdOf(rule, time),
        Rule = rule.Name,
        Root = _root,
        Session = _session,
        Time = time,
        Metric = AlertWords.Of(rule.Metric),
        Operator = AlertWords.Of(rule.Operator),
        Scope = rule.Scope,
        Severity = rule.Severity,
        Value = reading.Value!.Value,
        Threshold = rule.Threshold,
        Level = reading.Level,
        Spot = reading.Spot,
        Text = AlertWords.Sentence(rule, _root, reading),
        Incomplete = _slices.IsIncomplete(Slices.Micros(time)),
        Model = model,
    };

    AlertResolved Resolved(AlertRule rule, AlertModel model, DateTimeOffset raisedAt, DateTimeOffset time, in AlertReading reading) => new()
    {
        Id = IdOf(rule, raisedAt),
        Rule = rule.Name,
        Root = _root,
        Session = _session,
        RaisedAt = raisedAt,
        Time = time,
        Metric = AlertWords.Of(rule.Metric),
        Operator = AlertWords.Of(rule.Operator),
        Scope = rule.Scope,
        Severity = rule.Severity,
        Value = reading.Value,
        Threshold = rule.Threshold,
        Level = reading.Level,
        Spot = reading.Spot,
        Text = AlertWords.Sentence(rule, _root, reading),
        Incomplete = _slices.IsIncomplete(Slices.Micros(time)),
        Model = model,
    };

    string IdOf(AlertRule rule, DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{rule.Name}/{_root}/{time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.FFFFFF}Z");

    // No more than the rules look at.
    static ChainSettings Asked(ChainSettings chain, AlertRule[] rules) => chain with
    {
        Scopes = [.. Enum.GetValues<ChainScope>().Where(scope => rules.Any(rule => rule.IsOfChain && rule.Scope == AlertWords.Of(scope)))],
        Weights = [.. Enum.GetValues<ChainWeight>().Where(weight => rules.Any(rule => rule.IsOfChain && rule.Weight == weight))],
    };
}
