namespace ZeroGex.Contracts;

/// <summary>What is left to say of the rule that made an alert, and how the figures were made that it looked at: enough to find it again in the log.</summary>
public sealed record AlertModel
{
    /// <summary>The option root that the rule is for; <c>*</c> for all.</summary>
    public required string Symbol { get; init; }

    /// <summary>The level that the price is held against, for example <c>call_wall</c>; null for none.</summary>
    public string? Level { get; init; }

    /// <summary>What exposures are weighted with, <c>open_interest</c> or <c>volume</c>; null when it looks at no exposure.</summary>
    public string? Weight { get; init; }

    /// <summary>How far the figure must come back to end a condition, or go past the threshold to have crossed, in the metric's unit; null for a move, which has none.</summary>
    public double? Hysteresis { get; init; }

    /// <summary>Seconds: the least time between two raises.</summary>
    public required double CooldownSeconds { get; init; }

    /// <summary>The names of all rules in force for the root, those that have found nothing too: <c>zero-gamma-cross, data-gap</c>.</summary>
    public required string Rules { get; init; }

    /// <summary>Continuously compounded risk-free rate.</summary>
    public required double Rate { get; init; }

    /// <summary>Continuously compounded dividend yield.</summary>
    public required double DividendYield { get; init; }

    /// <summary>As in <see cref="ChainModel.ForwardSource"/>; null for flow, which asks for no forward.</summary>
    public string? ForwardSource { get; init; }

    /// <summary>The sources of volatilities that were asked, best first.</summary>
    public required string VolatilitySource { get; init; }

    /// <summary>The lowest volatility that is one, a fraction.</summary>
    public required double LowestVolatility { get; init; }

    /// <summary>The highest volatility that is one, a fraction.</summary>
    public required double HighestVolatility { get; init; }

    /// <summary>The volatility of a contract that nothing else is known of, a fraction.</summary>
    public required double DefaultVolatility { get; init; }

    /// <summary>Of flow, what told which side wanted a print, in the order of asking; null for other figures.</summary>
    public string? AggressorRules { get; init; }

    /// <summary>Of data, the limits of its quality, as in <see cref="QualityModel.Limits"/>; null for other figures.</summary>
    public string? Limits { get; init; }

    /// <summary>Of data, how many seconds a contract is not quoted until it is stale; null for other figures.</summary>
    public double? StaleAfterSeconds { get; init; }

    /// <summary>Seconds: figures are of slices of this length.</summary>
    public required double SliceSeconds { get; init; }

    /// <summary>Seconds: how long after its end a slice still took facts.</summary>
    public required double GraceSeconds { get; init; }

    /// <summary>The version that calculated; left out of comparisons.</summary>
    public required string EngineVersion { get; init; }
}
