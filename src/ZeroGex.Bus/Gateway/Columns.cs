using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Gateway;

/// <summary>Turns the rows of a feed into the columns of a message.</summary>
static class Columns
{
    public static QuotesObserved Quotes(Stamp stamp, string root, List<OptionQuote> rows)
    {
        var quotes = CollectionsMarshal.AsSpan(rows);
        int count = quotes.Length;
        var index = new Dictionary<OptionContract, int>();
        var contracts = ImmutableArray.CreateBuilder<OptionContract>();
        var (contract, time) = (new int[count], new long[count]);
        var (bid, ask, spot) = (new double[count], new double[count], new double[count]);
        var (bidSize, askSize) = (new int[count], new int[count]);
        bool hasLast = false, hasVolume = false, hasVolatility = false;

        for (int i = 0; i < count; i++)
        {
            ref readonly var quote = ref quotes[i];
            ref int at = ref CollectionsMarshal.GetValueRefOrAddDefault(index, quote.Contract, out bool known);
            if (!known)
            {
                at = contracts.Count;
                contracts.Add(quote.Contract);
            }

            (contract[i], time[i]) = (at, quote.TimeMicros);
            (bid[i], ask[i], spot[i]) = (quote.Bid, quote.Ask, quote.Spot);
            (bidSize[i], askSize[i]) = (quote.BidSize, quote.AskSize);
            hasLast |= quote.Last is not null;
            hasVolume |= quote.Volume is not null;
            hasVolatility |= quote.Volatility is not null;
        }

        return new QuotesObserved
        {
            Stamp = stamp,
            Root = root,
            Contracts = contracts.DrainToImmutable(),
            Contract = Freeze(contract),
            Time = Freeze(time),
            Bid = Freeze(bid),
            Ask = Freeze(ask),
            BidSize = Freeze(bidSize),
            AskSize = Freeze(askSize),
            Spot = Freeze(spot),
            Last = hasLast ? [.. rows.Select(quote => quote.Last ?? 0)] : [],
            Volume = hasVolume ? [.. rows.Select(quote => quote.Volume ?? 0)] : [],
            Volatility = hasVolatility ? [.. rows.Select(quote => quote.Volatility ?? 0)] : [],
        };
    }

    static ImmutableArray<T> Freeze<T>(T[] column) => ImmutableCollectionsMarshal.AsImmutableArray(column);
}
