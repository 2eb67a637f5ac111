using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary>What the traded-exposure fold may be told. The defaults are the conventions of the published figures.</summary>
public sealed record GexSettings
{
    /// <summary>Length of a window; windows are aligned to the Unix epoch.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after its end a window still takes prints: it closes when a message's AsOf is at or past end + grace.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Continuously compounded risk-free rate of the canonical measures.</summary>
    public double Rate { get; init; } = 0.05;

    /// <summary>Continuously compounded risk-free rate of the legacy measure.</summary>
    public double InferredRate { get; init; } = 0.025;

    /// <summary>Continuously compounded dividend yield of the root, for the canonical measures; the legacy measure knows none.</summary>
    public double DividendYield { get; init; }

    /// <summary>What a volatility of the canonical measures may be: a print beyond has none. The legacy measure knows no bounds.</summary>
    public VolatilitySettings Volatility { get; init; } = new();
}
