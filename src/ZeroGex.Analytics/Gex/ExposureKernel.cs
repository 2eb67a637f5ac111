using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary>The hot loop of <see cref="ChainExposure"/> for one width: dollars of many contracts at once, then each to its cell.</summary>
static class ExposureKernel<V, O> where V : struct where O : struct, ILanes<V>
{
    const int Block = 128;
    const double ContractSize = 100;
    const double DaysPerYear = 365;

    // Adding and taking away 1.5·2^52·q rounds to multiples of q: 16 for the high part, 2^-28 for the low one.
    const double ToSixteens = 6755399441055744.0 * 16;
    const double ToLeast = 6755399441055744.0 / 268435456;
    const double Most = 70368744177664; // 2^46

    /// <summary>Adds each contract's parts to <paramref name="sums"/> at its cell and right; answers with the number of those left out.</summary>
    public static int Add(in ExposureColumns contracts, ReadOnlySpan<int> cells, double spot, double[] sums)
    {
        int leftOut = 0;
        int whole = cells.Length / O.Count * O.Count;
        Span<double> parts = stackalloc double[ChainExposure.Parts * Block];
        for (int from = 0; from < whole; from += Block)
        {
            int count = Math.Min(Block, whole - from);
            leftOut += Price(contracts, from, count, spot, parts);
            Scatter(contracts.IsCall.Slice(from, count), cells.Slice(from, count), parts, sums);
        }

        if (whole == cells.Length) return leftOut;
        int rest = cells.Length - whole;
        leftOut += ExposureKernel<double, OneLane>.Price(contracts, whole, rest, spot, parts);
        Scatter(contracts.IsCall[whole..], cells[whole..], parts, sums);
        return leftOut;
    }

    internal static int Price(in ExposureColumns contracts, int from, int count, double spot, Span<double> parts)
    {
        ref bool isCalls = ref Unsafe.AsRef(in contracts.IsCall[from]);
        ref double gammas = ref Unsafe.AsRef(in contracts.Gamma[from]);
        ref double deltas = ref Unsafe.AsRef(in contracts.Delta[from]);
        ref double vannas = ref Unsafe.AsRef(in contracts.Vanna[from]);
        ref double charms = ref Unsafe.AsRef(in contracts.Charm[from]);
        ref double weights = ref Unsafe.AsRef(in contracts.Weight[from]);
        ref double part = ref MemoryMarshal.GetReference(parts);

        V perPercent = O.Set(ContractSize * spot * spot * 0.01);
        V perDollar = O.Set(ContractSize * spot);
        V perPoint = O.Set(ContractSize * spot * 0.01);
        V perDay = O.Set(ContractSize * spot / DaysPerYear);
        V signBit = O.Set(-0.0);
        uint all = (uint)((1UL << O.Count) - 1);
        int leftOut = 0;
        for (int i = 0; i < count; i += O.Count)
        {
            V weight = O.Load(ref weights, i);
            V sign = O.Select(O.LoadIsCall(ref isCalls, i), O.Set(0), signBit);
            V gamma = O.Xor(O.Multiply(O.Multiply(O.Load(ref gammas, i), weight), perPercent), sign);
            V delta = O.Multiply(O.Multiply(O.Load(ref deltas, i), weight), perDollar);
            V vanna = O.Multiply(O.Multiply(O.Load(ref vannas, i), weight), perPoint);
            V charm = O.Multiply(O.Multiply(O.Load(ref charms, i), weight), perDay);

            V isGood = O.And(O.And(IsWithin(gamma), IsWithin(delta)), O.And(IsWithin(vanna), IsWithin(charm)));
            leftOut += BitOperations.PopCount(all & ~O.Bits(isGood));
            Split(O.And(isGood, gamma), ref part, i);
            Split(O.And(isGood, delta), ref part, i + 2 * Block);
            Split(O.And(isGood, vanna), ref part, i + 4 * Block);
            Split(O.And(isGood, charm), ref part, i + 6 * Block);
        }

        return leftOut;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V IsWithin(V dollars) => O.And(O.Less(dollars, O.Set(Most)), O.Less(O.Set(-Most), dollars));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Split(V dollars, ref double parts, int at)
    {
        V high = O.Subtract(O.Add(dollars, O.Set(ToSixteens)), O.Set(ToSixteens));
        V low = O.Subtract(O.Add(O.Subtract(dollars, high), O.Set(ToLeast)), O.Set(ToLeast));
        O.Store(high, ref parts, at);
        O.Store(low, ref parts, at + Block);
    }

    static void Scatter(ReadOnlySpan<bool> isCall, ReadOnlySpan<int> cells, ReadOnlySpan<double> parts, double[] sums)
    {
        ref double first = ref MemoryMarshal.GetReference(parts);
        for (int i = 0; i < cells.Length; i++)
        {
            ref double line = ref MemoryMarshal.GetReference(sums.AsSpan(ChainExposure.Parts * (2 * cells[i] + (isCall[i] ? 0 : 1)), ChainExposure.Parts));
            ref double part = ref Unsafe.Add(ref first, i);
            line += part;
            Unsafe.Add(ref line, 1) += Unsafe.Add(ref part, Block);
            Unsafe.Add(ref line, 2) += Unsafe.Add(ref part, 2 * Block);
            Unsafe.Add(ref line, 3) += Unsafe.Add(ref part, 3 * Block);
            Unsafe.Add(ref line, 4) += Unsafe.Add(ref part, 4 * Block);
            Unsafe.Add(ref line, 5) += Unsafe.Add(ref part, 5 * Block);
            Unsafe.Add(ref line, 6) += Unsafe.Add(ref part, 6 * Block);
            Unsafe.Add(ref line, 7) += Unsafe.Add(ref part, 7 * Block);
        }
    }
}
