using System.Runtime.CompilerServices;

namespace ZeroGex.Analytics.Pricing;

/// <summary>The mathematics that batch kernels share, in the operations of any width; coefficients from <c>batch_volatility.py</c> beside this file.</summary>
static class LaneMath<V, O> where V : struct where O : struct, ILanes<V>
{
    /// <summary>The rational function stands for the Mills ratio from here ...</summary>
    public const double MillsFrom = -0.75;

    /// <summary>... to here.</summary>
    public const double MillsTo = 19.25;

    /// <summary>Both ends, a − t and a + t with t = s/2, as <see cref="Mills(V, V, out V, out V, out V, out V)"/> takes them: counted from <see cref="MillsFrom"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ends(V a, V s, out V near, out V far)
    {
        near = O.Add(O.NegatedFma(O.Set(0.5), s, a), O.Set(-MillsFrom));
        far = O.Add(O.Fma(O.Set(0.5), s, a), O.Set(-MillsFrom));
    }

    /// <summary>True where both ends are where the rational function is the Mills ratio.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V AreWithinMills(V near, V far) => O.And(O.Less(O.Set(0), near), O.Less(far, O.Set(MillsTo - MillsFrom)));

    /// <summary>True where both ends, a − t and a + t, are where the rational function is the Mills ratio.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V IsWithinMills(V a, V t) => O.And(O.Less(O.Set(MillsFrom), O.Subtract(a, t)), O.Less(O.Add(a, t), O.Set(MillsTo)));

    /// <summary>[M(near) − M(far)] / s as n/q, where s is far − near: nothing cancels, however small s is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MillsDifference(V near, V far, V s, out V n, out V q)
    {
        Mills(near, far, out V p, out V dp, out V r, out V dr);
        n = O.NegatedFma(dp, r, O.Multiply(p, dr));
        q = O.Multiply(r, O.Fma(s, dr, r));
    }

    /// <summary>M(near) as <paramref name="p"/>/<paramref name="r"/>, and the divided differences of both polynomials from near to far; see <see cref="Ends"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Mills(V near, V far, out V p, out V dp, out V r, out V dr)
    {
        const double P0 = 326571.65056714515, P1 = 448447.4788997485, P2 = 327867.0174414425, P3 = 157901.3043520822, P4 = 54009.98136991217,
            P5 = 13456.78949002133, P6 = 2432.447269084019, P7 = 307.9777796339211, P8 = 24.949518268891623, P9 = 0.9999999987103819;
        const double Q0 = 127161.14096948145, Q1 = 319502.5240067199, Q2 = 373788.4851620841, Q3 = 268880.43817207136, Q4 = 132136.5567366485,
            Q5 = 46540.7036631156, Q6 = 11957.715653321597, Q7 = 2227.16309093311, Q8 = 290.2656508008167, Q9 = 24.19951810386706;

        // Horner's scheme for a polynomial and, from its partial sums, for its divided difference.
        p = O.Set(P9);
        dp = p;
        p = O.Fma(p, near, O.Set(P8));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P7));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P6));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P5));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P4));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P3));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P2));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P1));
        dp = O.Fma(dp, far, p);
        p = O.Fma(p, near, O.Set(P0));

        r = O.Add(near, O.Set(Q9));
        dr = O.Add(far, r);
        r = O.Fma(r, near, O.Set(Q8));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q7));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q6));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q5));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q4));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q3));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q2));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q1));
        dr = O.Fma(dr, far, r);
        r = O.Fma(r, near, O.Set(Q0));
    }

    /// <summary>ln(a/b) for positive normal a and b, relative error below 3e-16, with one division and no rounding of a quotient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogRatio(V a, V b) => LogRatio<ExactDivision<V, O>>(a, b);

    /// <inheritdoc cref="LogRatio(V, V)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogRatio<D>(V a, V b) where D : struct, IDivision<V>
    {
        ReduceRatio(a, b, out V numerator, out V denominator, out V exponent);
        return LogOfReduced(D.Divide(numerator, denominator), exponent);
    }

    /// <summary>a = 2ᵏ·m·b with m near 1: k, and (m − 1)/(m + 1) as a quotient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReduceRatio(V a, V b, out V numerator, out V denominator, out V exponent)
    {
        // k is the rounded difference of exponents and mantissas, read as one fixed-point number.
        V offset = O.Set(BitConverter.Int64BitsToDouble((1024L << 52) + (1L << 51)));
        V k = O.ShiftRight52(O.AddBits(O.SubtractBits(a, b), offset));
        exponent = O.Subtract(O.Or(k, O.Set(4503599627370496.0)), O.Set(4503599627370496.0 + 1024));
        V scaled = O.SubtractBits(O.AddBits(b, O.ShiftLeft52(k)), O.Set(BitConverter.Int64BitsToDouble(1024L << 52)));
        numerator = O.Subtract(a, scaled);
        denominator = O.Add(a, scaled);
    }

    /// <summary>k·ln 2 + 2·artanh(r), for the k and r of <see cref="ReduceRatio"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogOfReduced(V r, V exponent)
    {
        const double Ln2Hi = 0.6931471805599453, Ln2Lo = 2.3190468138462996e-17;
        const double L0 = 0.6666666666666666, L1 = 0.4000000000000794, L2 = 0.28571428567275936, L3 = 0.2222222304835159,
            L4 = 0.18181737626302924, L5 = 0.15388867805614162, L6 = 0.13209708242052065, L7 = 0.13609030262907734;

        V z = O.Multiply(r, r);
        V z2 = O.Multiply(z, z);
        V z4 = O.Multiply(z2, z2);
        V low = O.Fma(z2, O.Fma(z, O.Set(L3), O.Set(L2)), O.Fma(z, O.Set(L1), O.Set(L0)));
        V high = O.Fma(z2, O.Fma(z, O.Set(L7), O.Set(L6)), O.Fma(z, O.Set(L5), O.Set(L4)));
        V tail = O.Multiply(O.Multiply(r, z), O.Fma(z4, high, low));
        return O.Fma(exponent, O.Set(Ln2Hi), O.Fma(O.Set(2), r, O.Fma(exponent, O.Set(Ln2Lo), tail)));
    }

    /// <summary>The binary logarithm within 2e-5, for positive normal numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V RoughLog2(V a)
    {
        const double G0 = -2.787926207304043, G1 = 5.047855413441358, G2 = -3.48987855068487, G3 = 1.5894742949757037, G4 = -0.4025133935491493,
            G5 = 0.04300495779188456;
        V mantissa = O.Or(O.And(a, O.Set(BitConverter.Int64BitsToDouble(0x000F_FFFF_FFFF_FFFF))), O.Set(1));
        V exponent = O.Subtract(O.Or(O.ShiftRight52(a), O.Set(4503599627370496.0)), O.Set(4503599627370496.0 + 1023));
        V square = O.Multiply(mantissa, mantissa);
        V low = O.Fma(mantissa, O.Set(G1), O.Set(G0));
        V middle = O.Fma(mantissa, O.Set(G3), O.Set(G2));
        V high = O.Fma(mantissa, O.Set(G5), O.Set(G4));
        return O.Add(exponent, O.Fma(square, O.Fma(square, high, middle), low));
    }

    /// <summary>e to the power x, as <see cref="Exp"/>; not a number where |x| is 700 or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V BoundedExp(V x)
    {
        V isWithin = O.Less(O.And(x, O.Set(BitConverter.Int64BitsToDouble(long.MaxValue))), O.Set(700));
        return O.Select(isWithin, Exp(x, O.Set(0)), O.Set(double.NaN));
    }

    /// <summary>e to the power <paramref name="x"/> + <paramref name="low"/>, for |x| ≤ 700 and a <paramref name="low"/> that x has lost by rounding; within 1 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x, V low)
    {
        V shifted = O.Fma(x, O.Set(1.44269504088896338700), O.Set(6755399441055744.0));
        V k = O.Subtract(shifted, O.Set(6755399441055744.0));
        V r = O.Add(O.NegatedFma(k, O.Set(2.3190468138462996e-17), O.NegatedFma(k, O.Set(0.6931471805599453), x)), low);

        // Taylor's series to degree 13, as in PortableMath.
        V r2 = O.Multiply(r, r);
        V r4 = O.Multiply(r2, r2);
        V a = O.Fma(r, O.Set(1.0 / 6), O.Set(1.0 / 2));
        V b = O.Fma(r, O.Set(1.0 / 120), O.Set(1.0 / 24));
        V c = O.Fma(r, O.Set(1.0 / 5040), O.Set(1.0 / 720));
        V d = O.Fma(r, O.Set(1.0 / 362880), O.Set(1.0 / 40320));
        V e = O.Fma(r, O.Set(1.0 / 39916800), O.Set(1.0 / 3628800));
        V f = O.Fma(r, O.Set(1.0 / 6227020800), O.Set(1.0 / 479001600));
        V q = O.Fma(O.Fma(O.Fma(f, r2, e), r4, O.Fma(d, r2, c)), r4, O.Fma(b, r2, a));
        V mantissa = O.Add(O.Set(1), O.Fma(r2, q, r));
        return O.AddBits(mantissa, O.ShiftLeft52(shifted));
    }
}
