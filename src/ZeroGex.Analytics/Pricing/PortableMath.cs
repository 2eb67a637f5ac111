namespace ZeroGex.Analytics.Pricing;

/// <summary>
/// Exponential, logarithm and the normal distribution, the same bits on every CPU and operating system: only additions, multiplications,
/// divisions, square roots and explicit fused multiply-adds, all of which IEEE 754 defines to the last bit. The platform's own
/// <c>Math.Exp</c> and <c>Math.Log</c> are left to the platform, and differ.
/// </summary>
public static class PortableMath
{
    /// <summary>1/√(2π): the normal density at 0.</summary>
    public const double DensityAtZero = 0.3989422804014327;

    /// <summary>√(π/2): the Mills ratio at 0.</summary>
    public const double MillsAtZero = 1.2533141373155003;

    // ln 2 in two parts; the first has 32 significant bits, so that its product with an exponent is exact (FreeBSD msun, e_exp.c).
    const double Ln2Hi = 6.93147180369123816490e-01;
    const double Ln2Lo = 1.90821492927058770002e-10;
    const double Log2E = 1.44269504088896338700;

    // Adding and taking away 1.5·2^52 rounds to an integer, whose low bits then are the low bits of the sum.
    const double RoundToInteger = 6755399441055744.0;

    /// <summary>e to the power <paramref name="x"/>, within 1 ulp; 0 below −745.1, ∞ above 709.8.</summary>
    public static double Exp(double x)
    {
        if (!(x <= 709.782712893384)) return x + double.PositiveInfinity; // NaN stays NaN
        if (x < -745.1332191019412) return 0;
        double mantissa = Mantissa(x, out int exponent);
        return exponent is >= -1021 and <= 1023
            ? mantissa * BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52)
            : Scale(mantissa, exponent);
    }

    static double Mantissa(double x, out int exponent)
    {
        double shifted = Math.FusedMultiplyAdd(x, Log2E, RoundToInteger);
        double k = shifted - RoundToInteger;
        exponent = (int)k;

        double hi = Math.FusedMultiplyAdd(-k, Ln2Hi, x);
        double lo = k * Ln2Lo;
        double r = hi - lo;
        double lost = (hi - r) - lo;

        // Taylor's series to degree 13: |r| ≤ ln 2 / 2 leaves 4e-18. Summed as a tree, the latency of a product chain of four.
        double r2 = r * r;
        double r4 = r2 * r2;
        double a = Math.FusedMultiplyAdd(r, 1.0 / 6, 1.0 / 2);
        double b = Math.FusedMultiplyAdd(r, 1.0 / 120, 1.0 / 24);
        double c = Math.FusedMultiplyAdd(r, 1.0 / 5040, 1.0 / 720);
        double d = Math.FusedMultiplyAdd(r, 1.0 / 362880, 1.0 / 40320);
        double e = Math.FusedMultiplyAdd(r, 1.0 / 39916800, 1.0 / 3628800);
        double f = Math.FusedMultiplyAdd(r, 1.0 / 6227020800, 1.0 / 479001600);
        double low = Math.FusedMultiplyAdd(b, r2, a);
        double middle = Math.FusedMultiplyAdd(d, r2, c);
        double high = Math.FusedMultiplyAdd(f, r2, e);
        double q = Math.FusedMultiplyAdd(Math.FusedMultiplyAdd(high, r4, middle), r4, low);
        return 1 + (r + Math.FusedMultiplyAdd(r2, q, lost));
    }

    // Exponents at either end of the range take two steps, the last of which rounds once.
    static double Scale(double mantissa, int exponent) => exponent > 0
        ? mantissa * 2 * BitConverter.Int64BitsToDouble((long)(exponent - 1 + 1023) << 52)
        : mantissa * BitConverter.Int64BitsToDouble((long)(exponent + 54 + 1023) << 52) * 5.551115123125783e-17;

    /// <summary>The natural logarithm, within 1 ulp; −∞ at 0 and NaN below it.</summary>
    /// <remarks>The method and coefficients of FreeBSD msun, e_log.c (Sun Microsystems 1993).</remarks>
    public static double Log(double x)
    {
        const double L1 = 6.666666666666735130e-01, L2 = 3.999999999940941908e-01, L3 = 2.857142874366239149e-01,
            L4 = 2.222219843214978396e-01, L5 = 1.818357216161805012e-01, L6 = 1.531383769920937332e-01, L7 = 1.479819860511658591e-01;

        if (!(x > 0) || double.IsPositiveInfinity(x)) return x == 0 ? double.NegativeInfinity : x < 0 ? double.NaN : x;

        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = 0;
        if (bits < 0x0010_0000_0000_0000)
        {
            bits = BitConverter.DoubleToInt64Bits(x * 18014398509481984.0); // 2^54 lifts a subnormal
            exponent = -54;
        }

        // x = 2^k·m with m in [√½, √2).
        long shifted = bits - 0x3FE6_A09E_667F_3BCD;
        exponent += (int)(shifted >> 52);
        double k = exponent;
        double f = BitConverter.Int64BitsToDouble(bits - (shifted & unchecked((long)0xFFF0_0000_0000_0000))) - 1;

        double s = f / (2 + f);
        double z = s * s;
        double w = z * z;
        double even = w * Math.FusedMultiplyAdd(w, Math.FusedMultiplyAdd(w, L6, L4), L2);
        double odd = z * Math.FusedMultiplyAdd(w, Math.FusedMultiplyAdd(w, Math.FusedMultiplyAdd(w, L7, L5), L3), L1);
        double halfSquare = 0.5 * f * f;
        double tail = s * (halfSquare + (even + odd));
        return k == 0
            ? f - (halfSquare - tail)
            : k * Ln2Hi - ((halfSquare - (tail + k * Ln2Lo)) - f);
    }

    /// <summary>ln(a/b) with the rounding of the quotient put right, which matters where a and b are close.</summary>
    public static double LogRatio(double a, double b)
    {
        double quotient = a / b;
        return Log(quotient) + Math.FusedMultiplyAdd(-quotient, b, a) / a;
    }

    /// <summary>The standard normal density φ(x), within 2 ulp: the part of x² that rounding loses is put back.</summary>
    public static double Density(double x)
    {
        double square = x * x;
        if (square > 1500) return 0;
        double lost = Math.FusedMultiplyAdd(x, x, -square);
        return DensityAtZero * Exp(-0.5 * square) * Math.FusedMultiplyAdd(-0.5, lost, 1);
    }

    /// <summary>The Mills ratio (1 − Φ(u)) / φ(u) for u ≥ 0, relative error below 6e-16.</summary>
    /// <remarks>Coefficients from <c>mills_ratio.py</c> beside this file; all positive, so nothing cancels.</remarks>
    public static double Mills(double u)
    {
        if (u > 24) return FarMills(u);

        const double P0 = 429211.6677067169, P1 = 653512.7033951925, P2 = 493209.1760775035, P3 = 236514.1881513135,
            P4 = 78589.3558512209, P5 = 18679.282102332185, P6 = 3173.9382845443147, P7 = 372.8389913955819,
            P8 = 27.659568981456626, P9 = 0.999999999978795;
        const double Q0 = 342461.3629796392, Q1 = 794672.3305205253, Q2 = 856350.08876832, Q3 = 565724.9130773819,
            Q4 = 254457.95386980294, Q5 = 81707.966130637, Q6 = 19050.121469255322, Q7 = 3201.597841750957,
            Q8 = 373.83899165158414, Q9 = 27.65956897802788;

        // Odd and even halves in u² run side by side.
        double z = u * u;
        double pEven = Fma(z, Fma(z, Fma(z, Fma(z, P8, P6), P4), P2), P0);
        double pOdd = Fma(z, Fma(z, Fma(z, Fma(z, P9, P7), P5), P3), P1);
        double qEven = Fma(z, Fma(z, Fma(z, Fma(z, z + Q8, Q6), Q4), Q2), Q0);
        double qOdd = Fma(z, Fma(z, Fma(z, Fma(z, Q9, Q7), Q5), Q3), Q1);
        return Fma(u, pOdd, pEven) / Fma(u, qOdd, qEven);
    }

    // Asymptotic series (Abramowitz & Stegun 26.2.12); beyond 24 its ninth term is below 2e-18.
    static double FarMills(double u)
    {
        double z = 1 / (u * u);
        double series = Fma(-z, Fma(-z, Fma(-z, Fma(-z, Fma(-z, Fma(-z, Fma(-z, 135135, 10395), 945), 105), 15), 3), 1), 1);
        return series / u;
    }

    /// <summary>The standard normal distribution Φ(x); its relative error stays below 1e-15 far into the lower tail.</summary>
    public static double Cumulative(double x) =>
        x < 0 ? Density(x) * Mills(-x) : 1 - Density(x) * Mills(x);

    static double Fma(double x, double y, double z) => Math.FusedMultiplyAdd(x, y, z);
}
