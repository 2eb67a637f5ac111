using System.Collections.Immutable;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Alerts;

static class SomeRules
{
    /// <summary>One of every metric and operator, so tight that small markets raise and resolve them.</summary>
    public static ImmutableArray<AlertRule> Nervous { get; } =
    [
        Rule("cross", AlertMetric.Spot, AlertOperator.Crosses, level: AlertMetric.ZeroGamma, cooldown: 2),
        Rule("cross-price", AlertMetric.Spot, AlertOperator.Crosses, 450, hysteresis: 0.5, cooldown: 0),
        Rule("near", AlertMetric.Spot, AlertOperator.Within, 0.5, AlertMetric.CallWall, hysteresis: 0.1, cooldown: 3),
        Rule("breach", AlertMetric.Spot, AlertOperator.AtMost, 0, AlertMetric.PutWall, cooldown: 0) with { Scope = "0dte" },
        Rule("move", AlertMetric.CallWall, AlertOperator.Moves, 0.1, cooldown: 1) with { Weight = ChainWeight.Volume },
        Rule("flip", AlertMetric.NetGex, AlertOperator.Crosses, hysteresis: 1_000, cooldown: 0),
        Rule("large", AlertMetric.NetGex, AlertOperator.Beyond, 2e7, hysteresis: 1e6, cooldown: 4),
        Rule("clever", AlertMetric.SmartMoney, AlertOperator.AtLeast, 1, cooldown: 60),
        Rule("silent", AlertMetric.Stale, AlertOperator.AtLeast, 30, hysteresis: 10, cooldown: 60) with { Scope = "quotes" },
        Rule("gap", AlertMetric.Gap, AlertOperator.AtLeast, 1, cooldown: 0),
        Rule("missed", AlertMetric.Missed, AlertOperator.AtLeast, 1, cooldown: 0),
        Rule("bad", AlertMetric.Quality, AlertOperator.AtLeast, 2, cooldown: 0),
    ];

    public static AlertRule Rule(
        string name, AlertMetric metric, AlertOperator comparison, double threshold = 0, AlertMetric? level = null, double hysteresis = 0, double cooldown = 0) => new()
        {
            Name = name, Metric = metric, Operator = comparison, Threshold = threshold, Level = level, Hysteresis = hysteresis, Cooldown = TimeSpan.FromSeconds(cooldown),
        };
}
