using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;

namespace ZeroGex.Analytics.Flow;

/// <summary>What tells which side wanted a print. Each is asked where those before it are silent.</summary>
public enum AggressorRule
{
    /// <summary>The feed says so.</summary>
    Feed,

    /// <summary>The print is nearer to the ask or to the bid of its contract's newest quote before it.</summary>
    Quote,

    /// <summary>The price is above or below the last other price at which the contract traded.</summary>
    Tick,
}

/// <summary>What the flow fold may be told.</summary>
public sealed record FlowSettings
{
    /// <summary>How time is cut.</summary>
    public SliceSettings Slices { get; init; } = new();

    /// <summary>Windows within a minute: whole slices, and a minute is two or more of them.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What the tempo looks back on: whole windows, at least one.</summary>
    public TimeSpan Tempo { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The last rule that is asked for the side that wanted a print.</summary>
    public AggressorRule LastRule { get; init; } = AggressorRule.Tick;

    /// <summary>Continuously compounded risk-free rate.</summary>
    public double Rate { get; init; } = 0.05;

    /// <summary>Continuously compounded dividend yield of the root.</summary>
    public double DividendYield { get; init; }

    /// <summary>True asks the feed's own volatility first, where it is within the bounds.</summary>
    public bool TrustsFeedVolatility { get; init; }

    /// <summary>What a volatility may be.</summary>
    public VolatilitySettings Volatility { get; init; } = new();
}
