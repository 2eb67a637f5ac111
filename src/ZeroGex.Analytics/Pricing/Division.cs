using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace ZeroGex.Analytics.Pricing;

/// <summary>How a kernel divides: to the last bit of IEEE 754, or sooner from the processor's estimates.</summary>
interface IDivision<V> where V : struct
{
    /// <summary>a/b within 1 ulp.</summary>
    static abstract V Divide(V a, V b);

    /// <summary>1/b within 2⁻⁴².</summary>
    static abstract V RoughReciprocal(V b);

    /// <summary>1/√b within 2 ulp.</summary>
    static abstract V ReciprocalRoot(V b);

    /// <summary>log₂(a/b) within 2e-4, for positive normal a and b.</summary>
    static abstract V RoughLog2Ratio(V a, V b);
}

/// <summary>The same bits everywhere.</summary>
readonly struct ExactDivision<V, O> : IDivision<V> where V : struct where O : struct, ILanes<V>
{
    [MethodImpl(AggressiveInlining)] public static V Divide(V a, V b) => O.Divide(a, b);
    [MethodImpl(AggressiveInlining)] public static V RoughReciprocal(V b) => O.Divide(O.Set(1), b);
    [MethodImpl(AggressiveInlining)] public static V ReciprocalRoot(V b) => O.Divide(O.Set(1), O.SquareRoot(b));
    [MethodImpl(AggressiveInlining)] public static V RoughLog2Ratio(V a, V b) => O.Subtract(LaneMath<V, O>.RoughLog2(a), LaneMath<V, O>.RoughLog2(b)); // Sooner done than a division.
}

/// <summary>
/// Eight lanes from AVX-512's 14-bit estimates, which differ between makers: one step of third order, and for a quotient its remainder. The division unit takes
/// a vector in 16 cycles (Skylake), this way takes half of that.
/// </summary>
readonly struct EstimatedDivision : IDivision<Vector512<double>>
{
    /// <summary>True where the processor has the estimates.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    [MethodImpl(AggressiveInlining)] public static Vector512<double> Divide(Vector512<double> a, Vector512<double> b)
    {
        Vector512<double> r = RoughReciprocal(b);
        Vector512<double> q = a * r;
        return EightLanes.Fma(EightLanes.NegatedFma(q, b, a), r, q);
    }

    [MethodImpl(AggressiveInlining)] public static Vector512<double> RoughReciprocal(Vector512<double> b)
    {
        Vector512<double> r = Avx512F.Reciprocal14(b);
        Vector512<double> e = EightLanes.NegatedFma(b, r, Vector512<double>.One);
        return EightLanes.Fma(r, EightLanes.Fma(e, e, e), r);
    }

    [MethodImpl(AggressiveInlining)] public static Vector512<double> ReciprocalRoot(Vector512<double> b)
    {
        Vector512<double> r = Avx512F.ReciprocalSqrt14(b);
        for (int step = 0; step < 2; step++)
        {
            // r·(1 + e/2 + 3e²/8) with e = 1 − b·r².
            Vector512<double> e = EightLanes.NegatedFma(b * r, r, Vector512<double>.One);
            r = EightLanes.Fma(r * e, EightLanes.Fma(Vector512.Create(0.375), e, Vector512.Create(0.5)), r);
        }

        return r;
    }

    [MethodImpl(AggressiveInlining)] public static Vector512<double> RoughLog2Ratio(Vector512<double> a, Vector512<double> b) =>
        LaneMath<Vector512<double>, EightLanes>.RoughLog2(a * Avx512F.Reciprocal14(b));
}
