using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Flow;

/// <summary>What a contract's trading in a window says of who trades. Premium in dollars, volatility a fraction; unknown volatilities and deltas say nothing.</summary>
public static class SmartMoney
{
    /// <summary>True for what is worth a score: many contracts, much premium, a high volatility, or some contracts far out of the money.</summary>
    public static bool StandsOut(long contracts, double premium, double? volatility, double? delta) =>
        contracts >= 50 || premium >= 50_000 || volatility > 0.4 || (IsFar(delta) && contracts >= 20);

    /// <summary>0 to 10, with what it is made of.</summary>
    /// <param name="daysToExpiry">From the session's date.</param>
    public static SmartMoneyScore Score(long contracts, double premium, double? volatility, double? delta, int daysToExpiry)
    {
        int ofVolume = contracts switch { >= 500 => 3, >= 200 => 2, >= 100 => 1, _ => 0 };
        int ofPremium = premium switch { >= 500_000 => 3, >= 250_000 => 2, >= 100_000 => 1, _ => 0 };
        int ofVolatility = volatility switch { > 1 => 2, > 0.6 => 1, _ => 0 };
        int ofDelta = IsFar(delta) ? 1 : 0;
        int ofExpiry = daysToExpiry <= 2 ? 1 : 0;
        return new(ofVolume, ofPremium, ofVolatility, ofDelta, ofExpiry, ofVolume + ofPremium + ofVolatility + ofDelta + ofExpiry);
    }

    static bool IsFar(double? delta) => delta is > -0.15 and < 0.15;
}
