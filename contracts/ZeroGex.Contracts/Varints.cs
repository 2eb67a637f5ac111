using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroGex.Contracts;

/// <summary>Protobuf's variable-length integers: seven bits to a byte, lowest first; the last byte has its high bit clear.</summary>
static class Varints
{
    public const int MaxLength = 10;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>Reads the number at <paramref name="at"/> and moves behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ReadOnlySpan<byte> from, ref int at)
    {
        int i = at;
        if ((uint)i < (uint)from.Length)
        {
            uint first = from[i];
            if (first < 0x80)
            {
                at = i + 1;
                return first;
            }

            if ((uint)(i + 1) < (uint)from.Length)
            {
                uint second = from[i + 1];
                if (second < 0x80)
                {
                    at = i + 2;
                    return (first & 0x7F) | (second << 7);
                }
            }
        }

        return ReadLong(from, ref at);
    }

    /// <summary>Writes a number at <paramref name="at"/>, where ten bytes must be free, and moves behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> to, ref int at, ulong value)
    {
        int i = at;
        while (value >= 0x80)
        {
            to[i++] = (byte)(value | 0x80);
            value >>= 7;
        }

        to[i++] = (byte)value;
        at = i;
    }

    /// <summary>How many numbers a column holds.</summary>
    public static int Count(ReadOnlySpan<byte> column)
    {
        int count = 0;
        var words = MemoryMarshal.Cast<byte, ulong>(column);
        foreach (ulong word in words) count += BitOperations.PopCount(~word & 0x8080_8080_8080_8080);
        foreach (byte last in column[(words.Length * sizeof(ulong))..]) count += last < 0x80 ? 1 : 0;
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static ulong ReadLong(ReadOnlySpan<byte> from, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 7 * MaxLength; shift += 7)
        {
            if ((uint)at >= (uint)from.Length) throw new FormatException("The bytes end within a number.");
            byte next = from[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new FormatException($"Byte {at}: a number is longer than {MaxLength} bytes.");
    }
}
