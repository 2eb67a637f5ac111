namespace ZeroGex.Contracts;

/// <summary>Packed protobuf columns, straight between varints and arrays. Readers get columns whose rows were counted before.</summary>
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

    public static int[] ReadInts(ReadOnlySpan<byte> column, string name, int rows)
    {
        int[] values = GC.AllocateUninitializedArray<int>(rows);
        if (column.Length == rows)
        {
            for (int i = 0; i < values.Length; i++) values[i] = column[i];
            return values;
        }

        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            ulong value = Varints.Read(column, ref at);
            if (value > int.MaxValue) throw new FormatException($"{name}[{i}] is {value}, above {int.MaxValue}.");
            values[i] = (int)value;
        }

        return values;
    }

    public static void CheckIndexes(int[] indexes, int count)
    {
        int largest = -1;
        foreach (int index in indexes) largest = Math.Max(largest, index);
        if (largest >= count) throw new FormatException($"contract points to {largest} where there are {count} contracts.");
    }

    public static long[] ReadDeltas(ReadOnlySpan<byte> column, int rows, long start)
    {
        long[] values = GC.AllocateUninitializedArray<long>(rows);
        int at = 0;
        for (int i = 0; i < values.Length; i++) values[i] = start = unchecked(start + Varints.UnZigZag(Varints.Read(column, ref at)));
        return values;
    }

    public static double[] ReadDeltas(ReadOnlySpan<byte> column, int rows)
    {
        double[] values = GC.AllocateUninitializedArray<double>(rows);
        long start = 0;
        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            start = unchecked(start + Varints.UnZigZag(Varints.Read(column, ref at)));
            values[i] = start;
        }

        return values;
    }

    public static double[] ReadDeltas(ReadOnlySpan<byte> column, int[] contract, Span<long> since)
    {
        since.Clear();
        double[] values = GC.AllocateUninitializedArray<double>(contract.Length);
        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            ref long before = ref since[contract[i]];
            before = unchecked(before + Varints.UnZigZag(Varints.Read(column, ref at)));
            values[i] = before;
        }

        return values;
    }

    public static long[] ReadCounts(ReadOnlySpan<byte> column, int[] contract, Span<long> since)
    {
        since.Clear();
        long[] values = GC.AllocateUninitializedArray<long>(contract.Length);
        int at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            ref long before = ref since[contract[i]];
            values[i] = before = unchecked(before + Varints.UnZigZag(Varints.Read(column, ref at)));
        }

        return values;
    }

    /// <summary>Row by row the sum of <paramref name="from"/> and the column.</summary>
    public static double[] ReadValues(ReadOnlySpan<byte> column, double[] from)
    {
        double[] values = GC.AllocateUninitializedArray<double>(from.Length);
        int at = 0;
        for (int i = 0; i < values.Length; i++) values[i] = from[i] + Varints.UnZigZag(Varints.Read(column, ref at));
        return values;
    }

    // The length is known last: the values were written behind the room for the longest header and now move up to the actual one.
    static void Finish(Span<byte> to, ref int at, int field, int end)
    {
        var values = to[(at + HeaderRoom)..end];
        Varints.Write(to, ref at, ((uint)field << 3) | LengthDelimited);
        Varints.Write(to, ref at, (uint)values.Length);
        values.CopyTo(to[at..]);
        at += values.Length;
    }
}
