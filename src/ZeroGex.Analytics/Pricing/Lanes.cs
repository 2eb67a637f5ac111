using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZeroGex.Analytics.Pricing;

/// <summary>How many options a batch kernel works on at once.</summary>
public enum LaneWidth
{
    /// <summary>The widest that this machine has instructions for.</summary>
    Widest,

    /// <summary>One.</summary>
    Scalar,

    /// <summary>Four: <see cref="Vector256{T}"/>.</summary>
    Four,

    /// <summary>Eight: <see cref="Vector512{T}"/>.</summary>
    Eight,
}

/// <summary>Which kernel a batch goes to.</summary>
static class LaneWidths
{
    /// <summary>The width itself, or the widest: eight lanes also on older processors, which clock down for them and still gain.</summary>
    public static LaneWidth Of(LaneWidth wanted) =>
        wanted != LaneWidth.Widest ? wanted
        : Avx512DQ.IsSupported || Vector512.IsHardwareAccelerated ? LaneWidth.Eight
        : Vector256.IsHardwareAccelerated ? LaneWidth.Four
        : LaneWidth.Scalar;

    /// <summary>The same, or a narrower one where the batch does not fill it.</summary>
    public static LaneWidth For(LaneWidth wanted, int count)
    {
        wanted = Of(wanted);
        return wanted == LaneWidth.Eight && count >= 8 ? LaneWidth.Eight : wanted >= LaneWidth.Four && count >= 4 ? LaneWidth.Four : LaneWidth.Scalar;
    }
}

/// <summary>Work areas that begin on a line of the cache, so that no vector lies across two, and lines asked for ahead of their use.</summary>
static class CacheLine
{
    /// <summary>Doubles to reserve beside those that are needed.</summary>
    public const int Slack = 8;

    /// <summary>The part of a work area that begins on a line of the cache.</summary>
    public static Span<double> Begin(Span<double> work)
    {
        nint address = Unsafe.ByteOffset(ref Unsafe.NullRef<double>(), ref work[0]);
        return work[(int)(-address / sizeof(double) & (Slack - 1))..];
    }

    /// <summary>Has the line brought that a value lies in, where the processor has an instruction for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Fetch(ref double source, int index)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref source, index)));
    }
}

/// <summary>
/// The operations batch kernels are written in, once for every width. Each is defined to the last bit by IEEE 754 or on integers, so that all
/// widths give the same bits. A mask is a lane whose bits are all set or all clear.
/// </summary>
interface ILanes<V> where V : struct
{
    static abstract int Count { get; }
    static abstract V Set(double value);
    static abstract V Load(ref double source, int index);
    static abstract void Store(V value, ref double target, int index);

    /// <summary>Has a line of the cache brought that is soon read or written, and waits for nothing; one lane at a time leaves that to the processor.</summary>
    static abstract void Fetch(ref double source, int index);

    /// <summary>A mask of the lanes that are calls.</summary>
    static abstract V LoadIsCall(ref bool source, int index);

    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);
    static abstract V SquareRoot(V a);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>c − a·b, rounded once.</summary>
    static abstract V NegatedFma(V a, V b, V c);

    /// <summary>The smaller; <paramref name="b"/> or not a number where one is none.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger; <paramref name="b"/> or not a number where one is none.</summary>
    static abstract V Max(V a, V b);

    static abstract V Less(V a, V b);
    static abstract V Select(V mask, V yes, V no);
    static abstract V And(V a, V b);
    static abstract V Or(V a, V b);
    static abstract V Xor(V a, V b);
    static abstract V AddBits(V a, V b);
    static abstract V SubtractBits(V a, V b);
    static abstract V ShiftRight52(V a);
    static abstract V ShiftLeft52(V a);

    /// <summary>One bit a lane, the first lane lowest.</summary>
    static abstract uint Bits(V mask);
    static abstract bool AreEqual(V a, V b);
}

readonly struct OneLane : ILanes<double>
{
    public static int Count => 1;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Set(double value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Load(ref double source, int index) => Unsafe.Add(ref source, index);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(double value, ref double target, int index) => Unsafe.Add(ref target, index) = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Fetch(ref double source, int index) { }
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double LoadIsCall(ref bool source, int index) => Mask(Unsafe.Add(ref source, index));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Add(double a, double b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Subtract(double a, double b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Multiply(double a, double b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Divide(double a, double b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double SquareRoot(double a) => Math.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double NegatedFma(double a, double b, double c) => Math.FusedMultiplyAdd(-a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Min(double a, double b) => a < b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Max(double a, double b) => a > b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Less(double a, double b) => Mask(a < b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Select(double mask, double yes, double no) => ToBits(mask) != 0 ? yes : no;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double And(double a, double b) => FromBits(ToBits(a) & ToBits(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Or(double a, double b) => FromBits(ToBits(a) | ToBits(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double Xor(double a, double b) => FromBits(ToBits(a) ^ ToBits(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double AddBits(double a, double b) => FromBits(ToBits(a) + ToBits(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double SubtractBits(double a, double b) => FromBits(ToBits(a) - ToBits(b));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double ShiftRight52(double a) => FromBits((long)((ulong)ToBits(a) >> 52));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static double ShiftLeft52(double a) => FromBits(ToBits(a) << 52);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static uint Bits(double mask) => (uint)ToBits(mask) & 1;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool AreEqual(double a, double b) => a == b;

    static double Mask(bool isSet) => FromBits(isSet ? -1 : 0);
    static long ToBits(double value) => BitConverter.DoubleToInt64Bits(value);
    static double FromBits(long bits) => BitConverter.Int64BitsToDouble(bits);
}

readonly struct FourLanes : ILanes<Vector256<double>>
{
    public static int Count => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Set(double value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Load(ref double source, int index) => Vector256.LoadUnsafe(ref source, (nuint)index);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector256<double> value, ref double target, int index) => value.StoreUnsafe(ref target, (nuint)index);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Fetch(ref double source, int index) => CacheLine.Fetch(ref source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> LoadIsCall(ref bool source, int index)
    {
        uint packed = Unsafe.ReadUnaligned<uint>(ref Unsafe.As<bool, byte>(ref Unsafe.Add(ref source, index)));
        if (!Avx2.IsSupported)
            return (~Vector256.Equals(Vector256.Create(packed & 0xFF, packed >> 8 & 0xFF, packed >> 16 & 0xFF, packed >> 24).AsInt64(), default)).AsDouble();
        Vector256<long> flags = Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(packed).AsByte());
        return (Vector256<long>.Zero - flags).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Divide(Vector256<double> a, Vector256<double> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> SquareRoot(Vector256<double> a) => Vector256.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Fma(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> NegatedFma(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(-a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Min(Vector256<double> a, Vector256<double> b) => Vector256.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Max(Vector256<double> a, Vector256<double> b) => Vector256.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Less(Vector256<double> a, Vector256<double> b) => Vector256.LessThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Select(Vector256<double> mask, Vector256<double> yes, Vector256<double> no) => Vector256.ConditionalSelect(mask, yes, no);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> And(Vector256<double> a, Vector256<double> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Or(Vector256<double> a, Vector256<double> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> Xor(Vector256<double> a, Vector256<double> b) => a ^ b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> AddBits(Vector256<double> a, Vector256<double> b) => (a.AsInt64() + b.AsInt64()).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> SubtractBits(Vector256<double> a, Vector256<double> b) => (a.AsInt64() - b.AsInt64()).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> ShiftRight52(Vector256<double> a) => (a.AsInt64() >>> 52).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<double> ShiftLeft52(Vector256<double> a) => (a.AsInt64() << 52).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static uint Bits(Vector256<double> mask) => mask.ExtractMostSignificantBits();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool AreEqual(Vector256<double> a, Vector256<double> b) => Vector256.EqualsAll(a, b);
}

readonly struct EightLanes : ILanes<Vector512<double>>
{
    public static int Count => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Set(double value) => Vector512.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Load(ref double source, int index) => Vector512.LoadUnsafe(ref source, (nuint)index);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector512<double> value, ref double target, int index) => value.StoreUnsafe(ref target, (nuint)index);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Fetch(ref double source, int index) => CacheLine.Fetch(ref source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> LoadIsCall(ref bool source, int index)
    {
        if (!Avx512F.IsSupported)
            return Vector512.Create(FourLanes.LoadIsCall(ref source, index), FourLanes.LoadIsCall(ref source, index + 4));
        ulong packed = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<bool, byte>(ref Unsafe.Add(ref source, index)));
        Vector512<long> flags = Avx512F.ConvertToVector512Int64(Vector128.CreateScalarUnsafe(packed).AsByte());
        return (Vector512<long>.Zero - flags).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Divide(Vector512<double> a, Vector512<double> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> SquareRoot(Vector512<double> a) => Vector512.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Fma(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> NegatedFma(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(-a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Min(Vector512<double> a, Vector512<double> b) => Vector512.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Max(Vector512<double> a, Vector512<double> b) => Vector512.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Less(Vector512<double> a, Vector512<double> b) => Vector512.LessThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Select(Vector512<double> mask, Vector512<double> yes, Vector512<double> no) => Vector512.ConditionalSelect(mask, yes, no);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> And(Vector512<double> a, Vector512<double> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Or(Vector512<double> a, Vector512<double> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> Xor(Vector512<double> a, Vector512<double> b) => a ^ b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> AddBits(Vector512<double> a, Vector512<double> b) => (a.AsInt64() + b.AsInt64()).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> SubtractBits(Vector512<double> a, Vector512<double> b) => (a.AsInt64() - b.AsInt64()).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> ShiftRight52(Vector512<double> a) => (a.AsInt64() >>> 52).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<double> ShiftLeft52(Vector512<double> a) => (a.AsInt64() << 52).AsDouble();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static uint Bits(Vector512<double> mask) => (uint)mask.ExtractMostSignificantBits();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool AreEqual(Vector512<double> a, Vector512<double> b) => Vector512.EqualsAll(a, b);
}
