namespace ZeroGex.Bus.Feeds;

/// <summary>What makes one simulated root differ from another.</summary>
/// <param name="Symbol">The underlying's symbol.</param>
/// <param name="Price">Dollars around which the underlying moves.</param>
/// <param name="Volatility">At the money, a year.</param>
/// <param name="Correlation">With the market as a whole.</param>
/// <param name="Dividend">Yield, a year.</param>
/// <param name="Skew">Relative change of volatility per standard deviation of log-moneyness.</param>
/// <param name="Smile">The same, per its square.</param>
/// <param name="Spacing">Dollars between strikes close to expiration and to the money.</param>
/// <param name="Coarse">How many of those spacings lie between the strikes elsewhere.</param>
/// <param name="Narrow">How far the fine strikes reach, as a fraction of the price.</param>
/// <param name="Wide">How far the coarse strikes reach, as a fraction of the price.</param>
/// <param name="Spread">Half the bid-ask spread per root of the option's price, dollars.</param>
/// <param name="LowTick">Price increment below 3 dollars, in 1e-4 dollars.</param>
/// <param name="HighTick">Price increment from 3 dollars on, in 1e-4 dollars.</param>
/// <param name="IsDaily">True when an option expires every weekday.</param>
/// <param name="IsAmerican">True when an option is never worth less than its exercise.</param>
/// <param name="OpenInterest">Contracts open at a typical strike near the money.</param>
/// <param name="Shares">Shares of the underlying traded a day.</param>
sealed record SimulatedMarketProfile(
    string Symbol,
    double Price,
    double Volatility,
    double Correlation,
    double Dividend,
    double Skew,
    double Smile,
    double Spacing,
    int Coarse,
    double Narrow,
    double Wide,
    double Spread,
    int LowTick,
    int HighTick,
    bool IsDaily,
    bool IsAmerican,
    double OpenInterest,
    double Shares)
{
    /// <summary>Every root there is.</summary>
    public static readonly IReadOnlyDictionary<string, SimulatedMarketProfile> Roots = new Dictionary<string, SimulatedMarketProfile>(StringComparer.Ordinal)
    {
        ["SPXW"] = new("SPX", 5_900, 0.15, 0.9995, 0.013, -0.10, 0.012, 5, 5, 0.05, 0.22, 0.035, 500, 1_000, true, false, 800, 2.4e9),
        ["SPY"] = new("SPY", 590, 0.15, 0.9995, 0.012, -0.10, 0.012, 1, 5, 0.05, 0.22, 0.005, 100, 100, true, true, 1_500, 7e7),
        ["QQQ"] = new("QQQ", 510, 0.20, 0.93, 0.006, -0.08, 0.012, 1, 5, 0.06, 0.28, 0.006, 100, 100, true, true, 900, 4e7),
        ["TSLA"] = new("TSLA", 330, 0.55, 0.6, 0, -0.03, 0.015, 2.5, 4, 0.25, 0.6, 0.012, 100, 500, false, true, 1_500, 9e7),
        ["NVDA"] = new("NVDA", 140, 0.45, 0.7, 0.0003, -0.03, 0.015, 1, 5, 0.2, 0.5, 0.008, 100, 500, false, true, 4_000, 2.5e8),
    };
}
