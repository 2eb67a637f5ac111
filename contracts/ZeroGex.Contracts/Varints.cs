using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZeroGex.Contracts;

/// <summary>Protobuf's variable-length integers: seven bits to a byte, lowest first; the last byte has its high bit clear.</summary>
static class Varints
{
    public const int MaxLength = 10;

    const ulong HighBits = 0x8080_8080_8080_8080;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>Reads the number at <paramref name="at"/> and moves behind it.</summary>
    /// <remarks>Whether one byte or two is a coin toss in most columns, so that is arithmetic and not a branch.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ReadOnlySpan<byte> from, ref int at)
    {
        int i = at;
        if ((uint)(i + 1) < (uint)from.Length)
        {
            uint first = from[i], second = from[i + 1];
            uint more = first >> 7;
            if ((more & (second >> 7)) == 0)
            {
                at = i + 1 + (int)more;
                return (first & 0x7F) | ((second << 7) & (0 - more));
            }
        }

        return ReadLong(from, ref at);
    }

    /// <summary>Reads as many numbers as <paramref name="to"/> has room for.</summary>
    public static void Read(ReadOnlySpan<byte> from, Span<ulong> to)
    {
        if (from.Length == to.Length)
        {
            for (int i = 0; i < to.Length; i++) to[i] = from[i];
            return;
        }

        int at = 0, done = 0;
        while (done + 4 <= to.Length && at + sizeof(ulong) <= from.Length)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(from[at..]);
            ulong more = word & HighBits;
            if ((more & (more << 8)) != 0)
            {
                to[done++] = Read(from, ref at); // Somewhere here is a number of three bytes or more.
                continue;
            }

            // No number is longer than two bytes, so the next four lie within these eight.
            var four = to.Slice(done, 4);
            for (int i = 0; i < four.Length; i++)
            {
                int isTwo = (int)(word >> 7) & 1;
                four[i] = (word & 0x7F) | ((word >> 1) & 0x3F80 & (ulong)-(long)isTwo);
                word >>= 8 << isTwo;
                at += 1 + isTwo;
            }

            done += 4;
        }

        for (; done < to.Length; done++) to[done] = Read(from, ref at);
    }

    /// <summary>Writes a number at <paramref name="at"/>, where ten bytes must be free, and moves behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> to, ref int at, ulong value)
    {
        int i = at;
        if (value < 1 << 14)
        {
            uint more = value > 0x7F ? 1u : 0u;
            to[i + 1] = (byte)(value >> 7);
            to[i] = (byte)((uint)value | (more << 7));
            at = i + 1 + (int)more;
            return;
        }

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
        foreach (ulong word in words) count += BitOperations.PopCount(~word & HighBits);
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
