namespace ZeroGex.Bus.Feeds;

/// <summary>Prices are rounded once, at the edge.</summary>
public static class Prices
{
    /// <summary>The nearest 1e-4 dollars.</summary>
    public static double OnGrid(double dollars) => Math.Round(dollars * 10_000, MidpointRounding.AwayFromZero) / 10_000;
}
