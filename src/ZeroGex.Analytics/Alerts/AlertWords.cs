using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>The words of rules and alerts.</summary>
static class AlertWords
{
    static readonly (AlertMetric Metric, string Word, string Name)[] MetricWords =
    [
        (AlertMetric.Spot, "spot", "spot"), (AlertMetric.ZeroGamma, "zero_gamma", "zero gamma"), (AlertMetric.CallWall, "call_wall", "the call wall"),
        (AlertMetric.PutWall, "put_wall", "the put wall"), (AlertMetric.MaxGamma, "max_gamma", "max gamma"), (AlertMetric.NetGex, "net_gex", "net GEX"),
        (AlertMetric.SmartMoney, "smart_money", "smart money"), (AlertMetric.Stale, "stale", "silence"), (AlertMetric.Gap, "gap", "messages lost"),
        (AlertMetric.Missed, "missed", "time missed"), (AlertMetric.Quality, "quality", "quality"),
    ];

    static readonly (AlertOperator Operator, string Word)[] OperatorWords =
    [
        (AlertOperator.AtLeast, ">="), (AlertOperator.AtMost, "<="), (AlertOperator.Within, "within"), (AlertOperator.Beyond, "beyond"), (AlertOperator.Crosses, "crosses"),
        (AlertOperator.Moves, "moves"),
    ];

    public static IReadOnlyDictionary<string, AlertMetric> Metrics { get; } = MetricWords.ToDictionary(known => known.Word, known => known.Metric);

    public static IReadOnlyDictionary<string, AlertMetric> Levels { get; } =
        Metrics.Where(known => known.Value is AlertMetric.ZeroGamma or AlertMetric.CallWall or AlertMetric.PutWall or AlertMetric.MaxGamma).ToDictionary();

    public static IReadOnlyDictionary<string, AlertOperator> Operators { get; } = OperatorWords.ToDictionary(known => known.Word, known => known.Operator);

    public static IReadOnlyDictionary<string, ChainWeight> Weights { get; } =
        new Dictionary<string, ChainWeight> { ["open_interest"] = ChainWeight.OpenInterest, ["volume"] = ChainWeight.Volume };

    public static IReadOnlyDictionary<string, AlertSeverity> Severities { get; } =
        new Dictionary<string, AlertSeverity> { ["info"] = AlertSeverity.Info, ["warning"] = AlertSeverity.Warning, ["critical"] = AlertSeverity.Critical };

    /// <summary>The scopes of chains, in the order of their numbers.</summary>
    public static string[] ChainScopes { get; } = ["all", "0dte", "weekly", "monthly"];

    public static string Of(AlertMetric metric) => Array.Find(MetricWords, known => known.Metric == metric).Word;

    public static string Of(AlertOperator comparison) => Array.Find(OperatorWords, known => known.Operator == comparison).Word;

    public static string Of(ChainWeight weight) => Weights.First(word => word.Value == weight).Key;

    public static string Of(ChainScope scope) => ChainScopes[(int)scope];

    /// <summary>A reading in a sentence, for people.</summary>
    public static string Sentence(AlertRule rule, string root, in AlertReading reading)
    {
        string scope = rule.Scope == "all" ? "" : $" ({rule.Scope})";
        string name = Array.Find(MetricWords, known => known.Metric == rule.Metric).Name;
        if (reading.Value is not { } value) return $"{root}{scope}: {name} is unknown";
        if (rule.Level is { } level)
        {
            string side = value < 0 ? "below" : "above";
            string of = Array.Find(MetricWords, known => known.Metric == level).Name;
            return string.Create(CultureInfo.InvariantCulture, $"{root}{scope}: spot {reading.Spot:0.00##} is {Math.Abs(value):0.00} % {side} {of} {reading.Level:0.00##}");
        }

        return rule.Metric switch
        {
            AlertMetric.NetGex => $"{root}{scope}: net GEX is {Dollars(value)} per 1 % move",
            AlertMetric.SmartMoney when reading.Level is { } strike => string.Create(CultureInfo.InvariantCulture, $"{root}: smart money scores {value:0} of 10 at {strike:0.00##}"),
            AlertMetric.SmartMoney => $"{root}: no smart money",
            AlertMetric.Stale => string.Create(CultureInfo.InvariantCulture, $"{root}: nothing has come for {value:0} s{scope}"),
            AlertMetric.Gap => string.Create(CultureInfo.InvariantCulture, $"{root}: {value:0} messages were lost within a minute{scope}"),
            AlertMetric.Missed => string.Create(CultureInfo.InvariantCulture, $"{root}: the feed missed {value:0.###} s of a minute{scope}"),
            AlertMetric.Quality => $"{root}: data is {(value < 1 ? "ok" : value < 2 ? "doubtful" : "bad")}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{root}{scope}: {name} is at {value:0.00##}"),
        };
    }

    static string Dollars(double value) => Math.Abs(value) switch
    {
        >= 1e9 => (value / 1e9).ToString("+$0.00 bn;-$0.00 bn", CultureInfo.InvariantCulture),
        >= 1e6 => (value / 1e6).ToString("+$0.00 m;-$0.00 m", CultureInfo.InvariantCulture),
        _ => value.ToString("+$#,0;-$#,0;$0", CultureInfo.InvariantCulture),
    };
}
