namespace ZeroGex.Analytics.Pricing;

/// <summary>
/// The out-of-the-money option as a fraction of its bound: c(x, s) = price / (discounted min(forward, strike)), with x = |ln(forward / strike)|
/// and s = volatility · √T. One function for calls and puts, in the money and out.
/// </summary>
/// <remarks>
/// With a = x/s, t = s/2, the density φ and the Mills ratio M: c = φ(a − t)·[M(a − t) − M(a + t)] and dc/ds = φ(a − t) (Jäckel, "Let's Be Rational", 2015, on a price normalised
/// by √(F·K) instead of the smaller of the two).
/// </remarks>
static class NormalisedPrice
{
    /// <summary>c, between 0 and 1.</summary>
    public static double Evaluate(double x, double s)
    {
        double a = x / s;
        double t = 0.5 * s;
        return a >= t || IsNarrow(a, t)
            ? PortableMath.Density(a - t) * MillsDifference(a, t)
            : 1 - PortableMath.Density(a - t) * MillsSum(a, t);
    }

    /// <summary>M(a − t) − M(a + t) = c / φ(a − t), for t ≤ a, or for small t and a.</summary>
    public static double MillsDifference(double a, double t) =>
        IsNarrow(a, t) ? MillsSeries(a, t) : PortableMath.Mills(a - t) - PortableMath.Mills(a + t);

    /// <summary>M(t − a) + M(a + t) = (1 − c) / φ(a − t), for a ≤ t.</summary>
    public static double MillsSum(double a, double t) => PortableMath.Mills(t - a) + PortableMath.Mills(a + t);

    /// <summary>True where subtracting two close Mills ratios would lose digits and their series about a does not.</summary>
    public static bool IsNarrow(double a, double t) => t <= 0.1 && a * t <= 0.5;

    // Taylor's series of the odd derivatives of M, from M' = aM − 1 and M⁽ⁿ⁺¹⁾ = a·M⁽ⁿ⁾ + n·M⁽ⁿ⁻¹⁾; at t = 0.1 the first term left out is 1e-17.
    static double MillsSeries(double a, double t)
    {
        double m0 = PortableMath.Mills(a);
        double m1 = Math.FusedMultiplyAdd(a, m0, -1);
        double m2 = Math.FusedMultiplyAdd(a, m1, m0);
        double m3 = Math.FusedMultiplyAdd(a, m2, 2 * m1);
        double m4 = Math.FusedMultiplyAdd(a, m3, 3 * m2);
        double m5 = Math.FusedMultiplyAdd(a, m4, 4 * m3);
        double m6 = Math.FusedMultiplyAdd(a, m5, 5 * m4);
        double m7 = Math.FusedMultiplyAdd(a, m6, 6 * m5);
        double m8 = Math.FusedMultiplyAdd(a, m7, 7 * m6);
        double m9 = Math.FusedMultiplyAdd(a, m8, 8 * m7);
        double m10 = Math.FusedMultiplyAdd(a, m9, 9 * m8);
        double m11 = Math.FusedMultiplyAdd(a, m10, 10 * m9);

        double z = t * t;
        double sum = Math.FusedMultiplyAdd(z, m11 / 39916800, m9 / 362880);
        sum = Math.FusedMultiplyAdd(z, sum, m7 / 5040);
        sum = Math.FusedMultiplyAdd(z, sum, m5 / 120);
        sum = Math.FusedMultiplyAdd(z, sum, m3 / 6);
        sum = Math.FusedMultiplyAdd(z, sum, m1);
        return -2 * t * sum;
    }
}
