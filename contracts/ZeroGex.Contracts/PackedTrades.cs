using System.Buffers;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace ZeroGex.Contracts;

/// <summary><see cref="TradesObserved"/> to and from <c>zerogex.v1.TradesObserved</c>, which gets its contract table here.</summary>
static class PackedTrades
{
    public static byte[] Encode(TradesObserved message)
    {
        var trades = message.Trades.OrEmpty().AsSpan();
        var packed = new V1.TradesObserved { Stamp = PackedHead.Pack(message.Stamp), Root = message.Root, Gap = PackedHead.Pack(message.Gap) };
        if (trades.Length == 0) return packed.ToByteArray();

        double[] scratch = ArrayPool<double>.Shared.Rent(2 * trades.Length);
        try
        {
            Span<double> price = scratch.AsSpan(0, trades.Length), spot = scratch.AsSpan(trades.Length, trades.Length);
            for (int i = 0; i < trades.Length; i++) (price[i], spot[i]) = (trades[i].Price, trades[i].Spot);
            Grid.ToUnits(price, Grid.PerDollar, price);
            Grid.ToUnits(spot, Grid.PerDollar, spot);
            int priceTick = Grid.Tick(price), spotTick = Grid.Tick(spot);
            Grid.Divide(price, priceTick);
            Grid.Divide(spot, spotTick);

            packed.PriceTick = PackedHead.Written(priceTick);
            packed.SpotTick = PackedHead.Written(spotTick);
            packed.Contract.Capacity = packed.Time.Capacity = packed.Price.Capacity = packed.Size.Capacity = trades.Length;
            packed.Spot.Capacity = packed.Aggressor.Capacity = trades.Length;
            bool hasCondition = false, hasOriginal = false;
            var indexes = new Dictionary<OptionContract, int>();
            var contracts = new List<OptionContract>();
            var since = new List<long>();
            long lastTime = packed.Stamp.AsOf, lastSpot = 0;
            for (int i = 0; i < trades.Length; i++)
            {
                var trade = trades[i];
                ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(indexes, trade.Contract, out bool seen);
                if (!seen)
                {
                    index = contracts.Count;
                    contracts.Add(trade.Contract);
                    since.Add(0);
                }

                long time = Rules.UnixMicros(trade.Time), ticks = (long)price[i], spotTicks = (long)spot[i];
                packed.Contract.Add((uint)index);
                packed.Time.Add(time - lastTime);
                packed.Price.Add(ticks - since[index]);
                packed.Size.Add((uint)trade.Size);
                packed.Spot.Add(spotTicks - lastSpot);
                packed.Aggressor.Add(trade.Aggressor);
                (lastTime, since[index], lastSpot) = (time, ticks, spotTicks);
                hasCondition |= trade.Condition != 0;
                hasOriginal |= trade.Original is not null;
            }

            packed.Contracts = PackedHead.Pack(CollectionsMarshal.AsSpan(contracts));
            foreach (var trade in trades)
            {
                if (hasCondition) packed.Condition.Add(trade.Condition);
                if (hasOriginal) packed.Original.Add(trade.Original ?? "");
            }

            return packed.ToByteArray();
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scratch);
        }
    }

    public static TradesObserved Decode(ReadOnlySpan<byte> body)
    {
        var packed = V1.TradesObserved.Parser.ParseFrom(body);
        var stamp = PackedHead.Unpack(packed.Stamp);
        var contracts = PackedHead.Unpack(packed.Contracts);
        int rows = packed.Contract.Count;
        Check("time", packed.Time.Count);
        Check("price", packed.Price.Count);
        Check("size", packed.Size.Count);
        Check("spot", packed.Spot.Count);
        Check("aggressor", packed.Aggressor.Count);
        if (packed.Condition.Count > 0) Check("condition", packed.Condition.Count);
        if (packed.Original.Count > 0) Check("original", packed.Original.Count);

        double priceTick = PackedHead.Read(packed.PriceTick), spotTick = PackedHead.Read(packed.SpotTick);
        var trades = new OptionTrade[rows];
        long[] since = new long[contracts.Length];
        long time = packed.Stamp.AsOf, spot = 0;
        for (int i = 0; i < rows; i++)
        {
            uint index = packed.Contract[i];
            if (index >= contracts.Length)
                throw new FormatException($"contract[{i}] points to {index} where there are {contracts.Length} contracts.");
            if (packed.Size[i] > int.MaxValue) throw new FormatException($"size[{i}] is {packed.Size[i]}, above {int.MaxValue}.");
            time = unchecked(time + packed.Time[i]);
            if (!Rules.IsTime(time)) throw new FormatException($"time[{i}]: {time} is not a time.");
            spot = unchecked(spot + packed.Spot[i]);
            long price = since[index] = unchecked(since[index] + packed.Price[i]);
            trades[i] = new(
                contracts[(int)index],
                Rules.FromUnixMicros(time),
                price * priceTick / Grid.PerDollar,
                (int)packed.Size[i],
                spot * spotTick / Grid.PerDollar,
                packed.Aggressor[i],
                packed.Condition.Count > 0 ? packed.Condition[i] : 0,
                packed.Original.Count > 0 && packed.Original[i].Length > 0 ? packed.Original[i] : null);
        }

        return new() { Stamp = stamp, Root = packed.Root, Gap = PackedHead.Unpack(packed.Gap), Trades = ImmutableCollectionsMarshal.AsImmutableArray(trades) };

        void Check(string name, int count)
        {
            if (count != rows) throw new FormatException($"{name} has {count} rows where contract has {rows}.");
        }
    }
}
