using System.Collections.Immutable;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>What an alert looks at.</summary>
public enum AlertMetric
{
    /// <summary>The underlying's price, dollars; held against a level its distance from there, % of the level.</summary>
    Spot,

    /// <summary>Where the gamma profile crosses zero nearest spot, dollars.</summary>
    ZeroGamma,

    /// <summary>Strike of the largest positive call exposure, dollars.</summary>
    CallWall,

    /// <summary>Strike of the largest negative put exposure, dollars.</summary>
    PutWall,

    /// <summary>Strike of the largest net exposure, dollars.</summary>
    MaxGamma,

    /// <summary>Net gamma exposure, dollars per 1 % move.</summary>
    NetGex,

    /// <summary>The highest score of a contract's trading in a minute, 0 to 10.</summary>
    SmartMoney,

    /// <summary>Seconds since an input's last row, as far as they lie within trading hours.</summary>
    Stale,

    /// <summary>Messages lost in a minute.</summary>
    Gap,

    /// <summary>Seconds of a minute that a feed says it missed; of several inputs the most.</summary>
    Missed,

    /// <summary>The worst finding of a minute: 0 ok, 1 warning, 2 bad.</summary>
    Quality,
}

/// <summary>How a figure is compared.</summary>
public enum AlertOperator
{
    /// <summary>At least the threshold.</summary>
    AtLeast,

    /// <summary>At most the threshold.</summary>
    AtMost,

    /// <summary>No further from 0 than the threshold.</summary>
    Within,

    /// <summary>At least as far from 0 as the threshold.</summary>
    Beyond,

    /// <summary>From one side of the threshold to the other: an event.</summary>
    Crosses,

    /// <summary>By the threshold, in % of where it was last told to be: an event.</summary>
    Moves,
}

/// <summary>
/// What to look for in every root that it is for. A condition is raised when it begins and resolved when it ends; an event is raised when it happens and resolved when its
/// cooldown is over.
/// </summary>
public sealed record AlertRule
{
    /// <summary>Its name: small letters, digits, <c>-</c>, <c>_</c>, <c>.</c>; no two rules have the same.</summary>
    public required string Name { get; init; }

    /// <summary>The option root that it is for; <c>*</c> for all.</summary>
    public string Symbol { get; init; } = "*";

    /// <summary>What it looks at.</summary>
    public required AlertMetric Metric { get; init; }

    /// <summary>How it compares.</summary>
    public required AlertOperator Operator { get; init; }

    /// <summary>What it compares with, in the metric's unit.</summary>
    public double Threshold { get; init; }

    /// <summary>For <see cref="AlertMetric.Spot"/>, the level that the price is held against: zero gamma, a wall or max gamma; null for none.</summary>
    public AlertMetric? Level { get; init; }

    /// <summary>Of a chain its scope in words, <c>all</c>, <c>0dte</c>, <c>weekly</c>, <c>monthly</c>; of data its input, or <c>all</c> for all whose silence is judged.</summary>
    public string Scope { get; init; } = "all";

    /// <summary>What a chain's exposure is weighted with.</summary>
    public ChainWeight Weight { get; init; } = ChainWeight.OpenInterest;

    /// <summary>How far a figure must come back past the threshold to end a condition, or go past it to have crossed; at least 0, in the metric's unit.</summary>
    public double Hysteresis { get; init; }

    /// <summary>The least time between two raises for one root; how long an event stays raised.</summary>
    public TimeSpan Cooldown { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How much it matters.</summary>
    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>True when it is told of a moment and not of a state.</summary>
    public bool IsEvent => Operator is AlertOperator.Crosses or AlertOperator.Moves;

    /// <summary>True when it looks at data and not at the market.</summary>
    public bool IsOfData => Metric is AlertMetric.Stale or AlertMetric.Gap or AlertMetric.Missed or AlertMetric.Quality;

    /// <summary>True when it looks at what is traded.</summary>
    public bool IsOfFlow => Metric is AlertMetric.SmartMoney;

    /// <summary>True when it looks at the exposures of a chain.</summary>
    public bool IsOfChain => !IsOfData && !IsOfFlow;

    /// <summary>True when it is for a root.</summary>
    public bool IsFor(string root) => Symbol == "*" || Symbol == root;
}

/// <summary>What the alerts fold is told.</summary>
public sealed record AlertSettings
{
    /// <summary>The rules; their order is that of alerts of one moment.</summary>
    public ImmutableArray<AlertRule> Rules { get; init; } = BuiltInRules.All;
}
