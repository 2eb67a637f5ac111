namespace ZeroGex.Analytics.Gex;

/// <summary>The spots at which a gamma profile is priced: evenly spaced on a logarithmic scale.</summary>
public sealed record GammaProfileSettings
{
    internal const int MostPoints = 1024;

    /// <summary>How many spots, 161 to 1,024. The default keeps the widest step of ±20 % below 0.25 % of spot.</summary>
    public int Points { get; init; } = 208;

    /// <summary>The lowest spot, as a fraction of spot; greater than 0.</summary>
    public double Low { get; init; } = 0.8;

    /// <summary>The highest spot, as a fraction of spot; greater than <see cref="Low"/>.</summary>
    public double High { get; init; } = 1.2;
}
