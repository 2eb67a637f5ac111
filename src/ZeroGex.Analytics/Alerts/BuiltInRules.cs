using System.Collections.Immutable;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>The rules of who names none: what a desk asks first, quiet enough for a day.</summary>
public static class BuiltInRules
{
    /// <summary>All of them, for every root.</summary>
    public static ImmutableArray<AlertRule> All { get; } =
    [
        new()
        {
            Name = "zero-gamma-cross", Metric = AlertMetric.Spot, Level = AlertMetric.ZeroGamma, Operator = AlertOperator.Crosses, Hysteresis = 0.05,
            Cooldown = TimeSpan.FromMinutes(5),
        },
        Near("call-wall-near", AlertMetric.CallWall),
        Near("put-wall-near", AlertMetric.PutWall),
        Breach("call-wall-breach", AlertMetric.CallWall, AlertOperator.AtLeast),
        Breach("put-wall-breach", AlertMetric.PutWall, AlertOperator.AtMost),
        Move("call-wall-move", AlertMetric.CallWall),
        Move("put-wall-move", AlertMetric.PutWall),
        new() { Name = "net-gex-flip", Metric = AlertMetric.NetGex, Operator = AlertOperator.Crosses, Hysteresis = 1e6, Cooldown = TimeSpan.FromMinutes(5) },
        new()
        {
            Name = "net-gex-large", Metric = AlertMetric.NetGex, Operator = AlertOperator.Beyond, Threshold = 1e10, Hysteresis = 1e9, Cooldown = TimeSpan.FromMinutes(30),
            Severity = AlertSeverity.Info,
        },
        new() { Name = "smart-money", Metric = AlertMetric.SmartMoney, Operator = AlertOperator.AtLeast, Threshold = 7, Cooldown = TimeSpan.FromMinutes(5), Severity = AlertSeverity.Info },
        new()
        {
            Name = "quotes-stale", Metric = AlertMetric.Stale, Scope = "quotes", Operator = AlertOperator.AtLeast, Threshold = 90, Hysteresis = 30,
            Severity = AlertSeverity.Critical,
        },
        new() { Name = "data-gap", Metric = AlertMetric.Gap, Operator = AlertOperator.AtLeast, Threshold = 1 },
        new() { Name = "data-missed", Metric = AlertMetric.Missed, Operator = AlertOperator.AtLeast, Threshold = 1 },
    ];

    static AlertRule Near(string name, AlertMetric wall) => new()
    {
        Name = name, Metric = AlertMetric.Spot, Level = wall, Operator = AlertOperator.Within, Threshold = 0.25, Hysteresis = 0.15, Cooldown = TimeSpan.FromMinutes(15),
        Severity = AlertSeverity.Info,
    };

    static AlertRule Breach(string name, AlertMetric wall, AlertOperator side) => new()
    {
        Name = name, Metric = AlertMetric.Spot, Level = wall, Operator = side, Hysteresis = 0.1, Cooldown = TimeSpan.FromMinutes(30),
    };

    static AlertRule Move(string name, AlertMetric wall) => new()
    {
        Name = name, Metric = wall, Operator = AlertOperator.Moves, Threshold = 0.05, Cooldown = TimeSpan.FromMinutes(15), Severity = AlertSeverity.Info,
    };
}
