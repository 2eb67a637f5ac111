using System.Buffers;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>Parquet's hybrid of runs and packed bits, for definition levels and for indices into a dictionary.</summary>
/// <remarks>
/// A run is <c>varint(count · 2)</c> and the value in whole bytes; packed values are <c>varint(groups of eight · 2 + 1)</c> and their bits, lowest
/// first. See the Parquet format's <c>Encodings.md</c>, RLE.
/// </remarks>
public static class RunLengths
{
    const int Group = 8;

    /// <summary>The bits that numbers up to this one need, at least one.</summary>
    public static int WidthOf(int greatest) => Math.Max(1, 32 - int.LeadingZeroCount(greatest));

    /// <param name="values">From 0 to 2^<paramref name="width"/> − 1.</param>
    /// <param name="width">Bits a value, 1 to 24.</param>
    public static void Encode(ReadOnlySpan<int> values, int width, IBufferWriter<byte> to)
    {
        while (!values.IsEmpty)
        {
            int taken = RunAt(values);
            if (taken >= Group)
            {
                to.WriteVarint((ulong)taken << 1);
                for (int shift = 0; shift < width; shift += 8) to.Write([(byte)(values[0] >> shift)]);
            }
            else
            {
                taken = Math.Min(Group, values.Length);
                while (taken < values.Length && RunAt(values[taken..Math.Min(taken + Group, values.Length)]) < Group) taken = Math.Min(taken + Group, values.Length);
                Pack(values[..taken], width, to);
            }

            values = values[taken..];
        }
    }

    static int RunAt(ReadOnlySpan<int> values)
    {
        int end = values.IndexOfAnyExcept(values[0]);
        return end < 0 ? values.Length : end;
    }

    // The last group may be short: it is filled up with zeros.
    static void Pack(ReadOnlySpan<int> values, int width, IBufferWriter<byte> to)
    {
        int groups = (values.Length + Group - 1) / Group;
        to.WriteVarint((ulong)groups << 1 | 1);
        Span<byte> bytes = to.GetSpan(groups * width)[..(groups * width)];
        bytes.Clear();
        int bit = 0;
        foreach (int value in values)
        {
            // A value and its offset in a byte are at most 24 + 7 bits.
            uint bits = (uint)value << (bit & 7);
            for (int at = bit >> 3; bits != 0; at++, bits >>= 8) bytes[at] |= (byte)bits;
            bit += width;
        }

        to.Advance(bytes.Length);
    }
}

static class Varints
{
    /// <summary>Seven bits a byte, lowest first.</summary>
    public static void WriteVarint(this IBufferWriter<byte> to, ulong value)
    {
        Span<byte> bytes = to.GetSpan(10);
        int length = 0;
        for (; value > 0x7F; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        to.Advance(length);
    }
}
