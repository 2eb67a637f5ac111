using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace ZeroGex.Contracts;

/// <summary><see cref="ChainObserved"/> to and from <c>zerogex.v1.ChainObserved</c>. Greeks have no grid and travel as they are.</summary>
static class PackedChain
{
    public static byte[] Encode(ChainObserved message)
    {
        var rows = message.Rows.OrEmpty().AsSpan();
        var packed = new V1.ChainObserved { Stamp = PackedHead.Pack(message.Stamp), Root = message.Root, Gap = PackedHead.Pack(message.Gap) };
        if (message.OpenInterestDate is { } date) packed.OpenInterestDate = PackedHead.Day(date);
        if (message.Time is { } time) packed.Time = Rules.UnixMicros(time);
        if (rows.Length == 0) return packed.ToByteArray();

        var contracts = new OptionContract[rows.Length];
        double[] last = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++) (contracts[i], last[i]) = (rows[i].Contract, rows[i].Last ?? 0);
        Grid.ToUnits(last, Grid.PerDollar, last);
        int tick = Grid.Tick(last);
        packed.Contracts = PackedHead.Pack(contracts);

        bool hasOpenInterest = false, hasVolume = false, hasLast = false, hasVolatility = false, hasDelta = false, hasGamma = false;
        foreach (var row in rows)
        {
            hasOpenInterest |= row.OpenInterest is not null;
            hasVolume |= row.Volume is not null;
            hasLast |= row.Last is not null;
            hasVolatility |= row.Volatility is not null;
            hasDelta |= row.Delta is not null;
            hasGamma |= row.Gamma is not null;
        }

        if (hasLast) packed.PriceTick = PackedHead.Written(tick);
        for (int i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (hasOpenInterest) packed.OpenInterest.Add(row.OpenInterest is { } interest ? (ulong)interest + 1 : 0);
            if (hasVolume) packed.Volume.Add(row.Volume is { } volume ? (ulong)volume + 1 : 0);
            if (hasLast) packed.Last.Add(row.Last is null ? -1 : (long)last[i] / tick);
            if (hasVolatility) packed.Volatility.Add(row.Volatility ?? double.NaN);
            if (hasDelta) packed.Delta.Add(row.Delta ?? double.NaN);
            if (hasGamma) packed.Gamma.Add(row.Gamma ?? double.NaN);
        }

        return packed.ToByteArray();
    }

    public static ChainObserved Decode(ReadOnlySpan<byte> body)
    {
        var packed = V1.ChainObserved.Parser.ParseFrom(body);
        var stamp = PackedHead.Unpack(packed.Stamp);
        var contracts = PackedHead.Unpack(packed.Contracts);
        Check("open_interest", packed.OpenInterest);
        Check("volume", packed.Volume);
        Check("last", packed.Last);
        Check("volatility", packed.Volatility);
        Check("delta", packed.Delta);
        Check("gamma", packed.Gamma);

        double tick = PackedHead.Read(packed.PriceTick);
        var rows = new ChainRow[contracts.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new(
                contracts[i],
                Count("open_interest", packed.OpenInterest, i),
                Count("volume", packed.Volume, i),
                packed.Last.Count == 0 || packed.Last[i] == -1 ? null : packed.Last[i] * tick / Grid.PerDollar,
                Known(packed.Volatility, i),
                Known(packed.Delta, i),
                Known(packed.Gamma, i));
        }

        return new()
        {
            Stamp = stamp,
            Root = packed.Root,
            Gap = PackedHead.Unpack(packed.Gap),
            OpenInterestDate = packed.HasOpenInterestDate ? PackedHead.Date(packed.OpenInterestDate) : null,
            Time = packed.HasTime ? PackedHead.Instant("time", packed.Time) : null,
            Rows = ImmutableCollectionsMarshal.AsImmutableArray(rows),
        };

        void Check<T>(string name, RepeatedField<T> column)
        {
            if (column.Count > 0 && column.Count != contracts.Length)
                throw new FormatException($"{name} has {column.Count} rows where there are {contracts.Length} contracts.");
        }
    }

    static long? Count(string name, RepeatedField<ulong> column, int row)
    {
        ulong value = column.Count == 0 ? 0 : column[row];
        if (value == 0) return null;
        return value - 1 <= long.MaxValue ? (long)(value - 1) : throw new FormatException($"{name}[{row}] is {value - 1}, above {long.MaxValue}.");
    }

    static double? Known(RepeatedField<double> column, int row) =>
        column.Count == 0 || double.IsNaN(column[row]) ? null : column[row];
}
