namespace ZeroGex.Contracts;

/// <summary>Packed protobuf columns, between varints and arrays.</summary>
static class Column
{
    /// <summary>Bytes to leave free for a column's tag and length.</summary>
    public const int HeaderRoom = 1 + 5;

    const uint LengthDelimited = 2;

    public static void Write(Span<byte> to, ref int at, int field, ReadOnlySpan<int> values)
    {
        int end = at + HeaderRoom;
        foreach (int value in values) Varints.Write(to, ref end, (uint)value);
        Finish(to, ref at, field, end);
    }

    /// <summary>Whole numbers that are already differences.</summary>
    public static void WriteValues(Span<byte> to, ref int at, int field, ReadOnlySpan<double> values)
    {
        int end = at + HeaderRoom;
        foreach (double value in values) Varints.Write(to, ref end, Varints.ZigZag((long)value));
        Finish(to, ref at, field, end);
    }

    /// <summary>Differences from the row before.</summary>
    public static void WriteDeltas(Span<byte> to, ref int at, int field, ReadOnlySpan<long> values, long start)
    {
        int end = at + HeaderRoom;
        foreach (long value in values)
        {
            Varints.Write(to, ref end, Varints.ZigZag(unchecked(value - start)));
            start = value;
        }

        Finish(to, ref at, field, end);
    }

    /// <inheritdoc cref="WriteDeltas(Span{byte}, ref int, int, ReadOnlySpan{long}, long)"/>
    public static void WriteDeltas(Span<byte> to, ref int at, int field, ReadOnlySpan<double> values)
    {
        int end = at + HeaderRoom;
        double start = 0;
        foreach (double value in values)
        {
            Varints.Write(to, ref end, Varints.ZigZag((long)(value - start)));
            start = value;
        }

        Finish(to, ref at, field, end);
    }

    /// <summary>Differences from the same contract's row before.</summary>
    public static void WriteDeltas(
        Span<byte> to, ref int at, int field, ReadOnlySpan<double> values, ReadOnlySpan<int> contract, Span<long> since)
    {
        since.Clear();
        int end = at + HeaderRoom;
        for (int i = 0; i < values.Length; i++)
        {
            long value = (long)values[i];
            ref long before = ref since[contract[i]];
            Varints.Write(to, ref end, Varints.ZigZag(value - before));
            before = value;
        }

        Finish(to, ref at, field, end);
    }

    /// <inheritdoc cref="WriteDeltas(Span{byte}, ref int, int, ReadOnlySpan{double}, ReadOnlySpan{int}, Span{long})"/>
    public static void WriteDeltas(
        Span<byte> to, ref int at, int field, ReadOnlySpan<long> values, ReadOnlySpan<int> contract, Span<long> since)
    {
        since.Clear();
        int end = at + HeaderRoom;
        for (int i = 0; i < values.Length; i++)
        {
            ref long before = ref since[contract[i]];
            Varints.Write(to, ref end, Varints.ZigZag(unchecked(values[i] - before)));
            before = values[i];
        }

        Finish(to, ref at, field, end);
    }

    public static int[] ToInts(ReadOnlySpan<ulong> column, string name)
    {
        int[] values = GC.AllocateUninitializedArray<int>(column.Length);
        ulong all = 0;
        for (int i = 0; i < values.Length; i++)
        {
            all |= column[i];
            values[i] = (int)column[i];
        }

        return all <= int.MaxValue ? values : throw new FormatException($"{name} has a value above {int.MaxValue}.");
    }

    public static void CheckIndexes(int[] indexes, int count)
    {
        int largest = -1;
        foreach (int index in indexes) largest = Math.Max(largest, index);
        if (largest >= count) throw new FormatException($"contract points to {largest} where there are {count} contracts.");
    }

    public static long[] SumRows(ReadOnlySpan<ulong> column, long start)
    {
        long[] values = GC.AllocateUninitializedArray<long>(column.Length);
        for (int i = 0; i < values.Length; i++) values[i] = start = unchecked(start + Varints.UnZigZag(column[i]));
        return values;
    }

    public static double[] SumRows(ReadOnlySpan<ulong> column)
    {
        double[] values = GC.AllocateUninitializedArray<double>(column.Length);
        long start = 0;
        for (int i = 0; i < values.Length; i++)
        {
            start = unchecked(start + Varints.UnZigZag(column[i]));
            values[i] = start;
        }

        return values;
    }

    public static double[] SumContracts(ReadOnlySpan<ulong> column, int[] contract, Span<long> since)
    {
        since.Clear();
        double[] values = GC.AllocateUninitializedArray<double>(column.Length);
        for (int i = 0; i < values.Length; i++)
        {
            ref long before = ref since[contract[i]];
            before = unchecked(before + Varints.UnZigZag(column[i]));
            values[i] = before;
        }

        return values;
    }

    public static long[] CountContracts(ReadOnlySpan<ulong> column, int[] contract, Span<long> since)
    {
        since.Clear();
        long[] values = GC.AllocateUninitializedArray<long>(column.Length);
        for (int i = 0; i < values.Length; i++)
        {
            ref long before = ref since[contract[i]];
            values[i] = before = unchecked(before + Varints.UnZigZag(column[i]));
        }

        return values;
    }

    /// <summary>Row by row the sum of <paramref name="from"/> and the column.</summary>
    public static double[] Add(ReadOnlySpan<ulong> column, double[] from)
    {
        double[] values = GC.AllocateUninitializedArray<double>(column.Length);
        for (int i = 0; i < values.Length; i++) values[i] = from[i] + Varints.UnZigZag(column[i]);
        return values;
    }

    /// <summary>
    /// Puts tag and length before what was written from <paramref name="at"/> + <see cref="HeaderRoom"/> to <paramref name="end"/>. The length is
    /// known last, so there was room for the longest header; the bytes now move up to the actual one.
    /// </summary>
    public static void Finish(Span<byte> to, ref int at, int field, int end)
    {
        var values = to[(at + HeaderRoom)..end];
        Varints.Write(to, ref at, ((uint)field << 3) | LengthDelimited);
        Varints.Write(to, ref at, (uint)values.Length);
        values.CopyTo(to[at..]);
        at += values.Length;
    }
}
