using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;

namespace ZeroGex.Contracts;

/// <summary>
/// <see cref="QuotesObserved"/> to and from the bytes of <c>zerogex.v1.QuotesObserved</c>. The columns are written and read by hand, straight
/// between varints and the message's arrays, because quotes are nearly all of the traffic; the generated classes do the rest.
/// </summary>
static class PackedQuotes
{
    // Field numbers of facts.proto.
    const int Head = 1, Root = 2, Contracts = 3, PriceTick = 4, SpotTick = 5;
    const int Contract = 6, Time = 7, Bid = 8, Spread = 9, BidSize = 10, AskSize = 11, Spot = 12, Last = 13, Volume = 14, Volatility = 15;
    const int Gap = 16;

    static readonly string[] Names =
        ["", "stamp", "root", "contracts", "price_tick", "spot_tick", "contract", "time", "bid", "spread", "bid_size", "ask_size", "spot",
            "last", "volume", "volatility"];

    public static byte[] Encode(QuotesObserved quotes)
    {
        var contract = quotes.Contract.OrEmpty().AsSpan();
        int rows = contract.Length;
        int contracts = quotes.Contracts.OrEmpty().Length;
        bool hasLast = !quotes.Last.IsDefaultOrEmpty, hasVolume = !quotes.Volume.IsDefaultOrEmpty;
        bool hasVolatility = !quotes.Volatility.IsDefaultOrEmpty;

        double[] scratch = ArrayPool<double>.Shared.Rent(5 * rows);
        long[] known = ArrayPool<long>.Shared.Rent(contracts);
        byte[]? bytes = null;
        try
        {
            Span<double> bid = scratch.AsSpan(0, rows), ask = scratch.AsSpan(rows, rows), spot = scratch.AsSpan(2 * rows, rows);
            Span<double> last = scratch.AsSpan(3 * rows, hasLast ? rows : 0);
            Span<double> volatility = scratch.AsSpan(4 * rows, hasVolatility ? rows : 0);
            Grid.ToUnits(quotes.Bid.OrEmpty().AsSpan(), Grid.PerDollar, bid);
            Grid.ToUnits(quotes.Ask.OrEmpty().AsSpan(), Grid.PerDollar, ask);
            Grid.ToUnits(quotes.Spot.OrEmpty().AsSpan(), Grid.PerDollar, spot);
            Grid.ToUnits(quotes.Last.OrEmpty().AsSpan(), Grid.PerDollar, last);
            Grid.ToUnits(quotes.Volatility.OrEmpty().AsSpan(), Grid.PerVolatility, volatility);

            // Bid and ask lie side by side.
            int priceTick = rows == 0 ? 1 : Grid.Tick(scratch.AsSpan(0, 2 * rows), last);
            int spotTick = rows == 0 ? 1 : Grid.Tick(spot);
            Grid.Divide(scratch.AsSpan(0, 2 * rows), priceTick);
            Grid.Divide(last, priceTick);
            Grid.Divide(spot, spotTick);

            var head = new V1.QuotesObserved { Stamp = PackedHead.Pack(quotes.Stamp), Root = quotes.Root };
            var tail = quotes.Gap is null ? null : new V1.QuotesObserved { Gap = PackedHead.Pack(quotes.Gap) };
            int at = head.CalculateSize();
            int columns = 7 + (hasLast ? 1 : 0) + (hasVolume ? 1 : 0) + (hasVolatility ? 1 : 0);
            bytes = ArrayPool<byte>.Shared.Rent(
                at + PackedHead.RoomFor(contracts) + (2 * Varints.MaxLength) + (columns * (Column.HeaderRoom + (rows * Varints.MaxLength))) + (tail?.CalculateSize() ?? 0));
            var to = bytes.AsSpan();
            head.WriteTo(to[..at]);
            PackedHead.Write(to, ref at, Contracts, quotes.Contracts.OrEmpty().AsSpan());
            WriteTick(to, ref at, PriceTick, priceTick);
            WriteTick(to, ref at, SpotTick, spotTick);
            if (rows > 0)
            {
                var since = known.AsSpan(0, contracts);
                Column.Write(to, ref at, Contract, contract);
                Column.WriteDeltas(to, ref at, Time, quotes.Time.AsSpan(), head.Stamp.AsOf);
                Column.WriteDeltas(to, ref at, Bid, bid, contract, since);
                for (int i = 0; i < ask.Length; i++) ask[i] -= bid[i];
                Column.WriteValues(to, ref at, Spread, ask);
                Column.Write(to, ref at, BidSize, quotes.BidSize.AsSpan());
                Column.Write(to, ref at, AskSize, quotes.AskSize.AsSpan());
                Column.WriteDeltas(to, ref at, Spot, spot);
                if (hasLast) Column.WriteDeltas(to, ref at, Last, last, contract, since);
                if (hasVolume) Column.WriteDeltas(to, ref at, Volume, quotes.Volume.AsSpan(), contract, since);
                if (hasVolatility) Column.WriteDeltas(to, ref at, Volatility, volatility, contract, since);
            }

            if (tail is not null)
            {
                int end = at + tail.CalculateSize();
                tail.WriteTo(to[at..end]);
                at = end;
            }

            return to[..at].ToArray();
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scratch);
            ArrayPool<long>.Shared.Return(known);
            if (bytes is not null) ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public static QuotesObserved Decode(ReadOnlySpan<byte> body)
    {
        // Where each field is. Columns may come in any order, but are wanted in theirs.
        Span<(int Start, int Length)> fields = stackalloc (int, int)[Gap + 1];
        fields.Clear();
        uint priceTick = 0, spotTick = 0;
        int at = 0;
        while (at < body.Length)
        {
            var field = WireField.Next(body, ref at);
            if (field.Number > Gap) continue;
            if (field.Number is PriceTick or SpotTick && field.Kind == WireField.Varint)
            {
                if (field.Number == PriceTick) priceTick = (uint)field.Value;
                else spotTick = (uint)field.Value;
                continue;
            }

            // Legal protobuf that hardly anyone writes: numbers outside a packed column, or a field in several pieces.
            if (field.Kind != WireField.LengthDelimited || fields[field.Number].Start != 0) return Decode(Canonical(body));
            fields[field.Number] = (field.Start, field.Length);
        }

        if (fields[Head].Start == 0) throw new FormatException("The body has no stamp.");
        var stamp = PackedHead.UnpackStamp(Bytes(body, fields, Head));
        string root = Encoding.UTF8.GetString(Bytes(body, fields, Root));
        var gap = fields[Gap].Start == 0 ? null : PackedHead.Unpack(V1.Gap.Parser.ParseFrom(Bytes(body, fields, Gap)));
        var contracts = PackedHead.Unpack(Bytes(body, fields, Contracts));

        int rows = Varints.Count(Bytes(body, fields, Contract));
        for (int number = Contract; number <= Volatility; number++)
        {
            int count = Varints.Count(Bytes(body, fields, number));
            bool mayBeEmpty = number is Last or Volume or Volatility;
            if (count != rows && !(mayBeEmpty && count == 0))
                throw new FormatException($"{Names[number]} has {count} rows where contract has {rows}.");
        }

        if (rows == 0) return new() { Stamp = stamp, Root = root, Gap = gap, Contracts = contracts };

        long[] known = ArrayPool<long>.Shared.Rent(contracts.Length);
        ulong[] numbers = ArrayPool<ulong>.Shared.Rent(rows);
        try
        {
            var since = known.AsSpan(0, contracts.Length);
            var column = numbers.AsSpan(0, rows);
            double prices = PackedHead.Read(priceTick);

            int[] contract = Column.ToInts(Numbers(body, fields, Contract, column), Names[Contract]);
            Column.CheckIndexes(contract, contracts.Length);
            long[] time = Column.SumRows(Numbers(body, fields, Time, column), Rules.UnixMicros(stamp.AsOf));
            double[] bid = Column.SumContracts(Numbers(body, fields, Bid, column), contract, since);
            double[] ask = Column.Add(Numbers(body, fields, Spread, column), bid);
            double[] spot = Column.SumRows(Numbers(body, fields, Spot, column));
            Grid.FromTicks(bid, prices, Grid.PerDollar);
            Grid.FromTicks(ask, prices, Grid.PerDollar);
            Grid.FromTicks(spot, PackedHead.Read(spotTick), Grid.PerDollar);
            return new()
            {
                Stamp = stamp,
                Root = root,
                Gap = gap,
                Contracts = contracts,
                Contract = Whole(contract),
                Time = Whole(time),
                Bid = Whole(bid),
                Ask = Whole(ask),
                BidSize = Whole(Column.ToInts(Numbers(body, fields, BidSize, column), Names[BidSize])),
                AskSize = Whole(Column.ToInts(Numbers(body, fields, AskSize, column), Names[AskSize])),
                Spot = Whole(spot),
                Last = Optional(Numbers(body, fields, Last, column), contract, since, prices, Grid.PerDollar),
                Volume = fields[Volume].Length == 0 ? [] : Whole(Column.CountContracts(Numbers(body, fields, Volume, column), contract, since)),
                Volatility = Optional(Numbers(body, fields, Volatility, column), contract, since, 1, Grid.PerVolatility),
            };
        }
        finally
        {
            ArrayPool<long>.Shared.Return(known);
            ArrayPool<ulong>.Shared.Return(numbers);
        }
    }

    static ImmutableArray<double> Optional(ReadOnlySpan<ulong> column, int[] contract, Span<long> since, double tick, double perOne)
    {
        if (column.IsEmpty) return [];
        double[] values = Column.SumContracts(column, contract, since);
        Grid.FromTicks(values, tick, perOne);
        return Whole(values);
    }

    // The column's numbers as they are written, in room that is used again for the next column; none for an absent one.
    static ReadOnlySpan<ulong> Numbers(ReadOnlySpan<byte> body, ReadOnlySpan<(int Start, int Length)> fields, int number, Span<ulong> room)
    {
        var bytes = Bytes(body, fields, number);
        if (bytes.IsEmpty) return [];
        Varints.Read(bytes, room);
        return room;
    }

    static void WriteTick(Span<byte> to, ref int at, int field, int tick)
    {
        if (PackedHead.Written(tick) is not (> 0 and var written)) return;
        Varints.Write(to, ref at, ((uint)field << 3) | WireField.Varint);
        Varints.Write(to, ref at, written);
    }

    // Unknown fields must go: one with a number of ours and a foreign wire type would come back for ever.
    static byte[] Canonical(ReadOnlySpan<byte> body) =>
        V1.QuotesObserved.Parser.WithDiscardUnknownFields(true).ParseFrom(body).ToByteArray();

    static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> body, ReadOnlySpan<(int Start, int Length)> fields, int number) =>
        body.Slice(fields[number].Start, fields[number].Length);

    static ImmutableArray<T> Whole<T>(T[] array) => ImmutableCollectionsMarshal.AsImmutableArray(array);
}
