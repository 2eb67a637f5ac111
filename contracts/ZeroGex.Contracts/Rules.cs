using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ZeroGex.Contracts;

/// <summary>
/// What a message must obey beyond its shape. The same rules hold for both encodings and both directions, so that whatever was encoded
/// can be decoded, and no consumer sees a number that is not one.
/// </summary>
static class Rules
{
    /// <summary>Dollars. Up to here the 1e-4 grid survives a round trip through fixed point with an order of magnitude to spare.</summary>
    public const double MaxPrice = 1e11;

    /// <summary>A volatility as a fraction.</summary>
    public const double MaxVolatility = 1e6;

    static readonly long FirstMicro = UnixMicros(DateTimeOffset.MinValue);
    static readonly long LastMicro = UnixMicros(DateTimeOffset.MaxValue);

    public static long UnixMicros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks.FloorDivide(TimeSpan.TicksPerMicrosecond);

    public static bool IsTime(long micros) => micros >= FirstMicro && micros <= LastMicro;

    public static DateTimeOffset FromUnixMicros(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    /// <summary>Where a message breaks a rule, and which; null when it breaks none.</summary>
    public static string? Fault(object message) => message switch
    {
        QuotesObserved quotes => Head(quotes) ?? Fault(quotes),
        TradesObserved trades => Head(trades) ?? Each("trades", trades.Trades, Fault),
        ChainObserved chain => Head(chain) ?? Each("rows", chain.Rows, Fault),
        BarsObserved bars => Head(bars) ?? Each("bars", bars.Bars, Fault),
        IMarketFact fact => Head(fact),
        OptionTrade trade => Fault(trade),
        ChainRow row => Fault(row),
        UnderlyingBar bar => Fault(bar),
        GexCalculated gex => gex.Root.Length == 0 ? "root is empty" : Each("trades", gex.Trades, Fault),
        GreeksCalculated greeks => ResultRules.Fault(greeks),
        ChainGexCalculated chain => ResultRules.Fault(chain),
        MaxPainCalculated pain => ResultRules.Fault(pain),
        BarClosed bar => ResultRules.Fault(bar),
        OptionMinuteClosed minute => ResultRules.Fault(minute),
        FlowCalculated flow => ResultRules.Fault(flow),
        VolatilityCalculated volatility => ResultRules.Fault(volatility),
        QualityCalculated quality => ResultRules.Fault(quality),
        AlertRaised raised => ResultRules.Fault(raised),
        AlertResolved resolved => ResultRules.Fault(resolved),
        _ => null,
    };

    static string? Head(IMarketFact fact) =>
        fact.Root.Length == 0 ? "root is empty" :
        fact.Gap is { } gap && gap.To < gap.From ? "gap.to is before gap.from" : Fault(fact.Stamp);

    public static string? Fault(Stamp stamp) =>
        stamp.Stream.Length == 0 ? "stamp.stream is empty" :
        stamp.Run < 0 ? $"stamp.run is {stamp.Run}, less than 0" :
        stamp.Sequence < 1 ? $"stamp.sequence is {stamp.Sequence}, less than 1" : null;

    static string? Fault(QuotesObserved quotes)
    {
        int rows = quotes.Contract.OrEmpty().Length;
        int contracts = quotes.Contracts.OrEmpty().Length;
        return Each("contracts", quotes.Contracts, Fault)
            ?? Within("contract", quotes.Contract, rows, 0, contracts - 1)
            ?? Within("time", quotes.Time, rows, FirstMicro, LastMicro)
            ?? Within("bid", quotes.Bid, rows, 0, MaxPrice)
            ?? Within("ask", quotes.Ask, rows, 0, MaxPrice)
            ?? Within("bidSize", quotes.BidSize, rows, 0, int.MaxValue)
            ?? Within("askSize", quotes.AskSize, rows, 0, int.MaxValue)
            ?? Within("spot", quotes.Spot, rows, 0, MaxPrice)
            ?? Optional("last", quotes.Last, rows, 0, MaxPrice)
            ?? Optional("volume", quotes.Volume, rows, 0, long.MaxValue)
            ?? Optional("volatility", quotes.Volatility, rows, 0, MaxVolatility);
    }

    static string? Fault(OptionContract contract) =>
        !(contract.Strike > 0 && contract.Strike <= MaxPrice) ? $"strike {contract.Strike:R} is not within 0 (exclusive) and {MaxPrice:R}" :
        contract.Right is not (OptionRight.Call or OptionRight.Put) ? $"right {contract.Right} is neither call nor put" : null;

    static string? Fault(OptionTrade trade) =>
        trade is null ? "null" :
        Fault(trade.Contract)
        ?? Price("price", trade.Price)
        ?? Price("spot", trade.Spot)
        ?? (trade.Spot <= 0 ? "spot is 0" :
            trade.Size < 1 ? $"size is {trade.Size}, less than 1" :
            trade.Aggressor is < -1 or > 1 ? $"aggressor is {trade.Aggressor}, none of -1, 0, 1" :
            trade.Original is "" ? "original is empty" : null);

    static string? Fault(ChainRow row) =>
        row is null ? "null" :
        Fault(row.Contract)
        ?? (row.OpenInterest < 0 ? $"openInterest is {row.OpenInterest}, less than 0" :
            row.Volume < 0 ? $"volume is {row.Volume}, less than 0" : null)
        ?? (row.Last is { } last ? Price("last", last) : null)
        ?? Finite("volatility", row.Volatility)
        ?? Finite("delta", row.Delta)
        ?? Finite("gamma", row.Gamma);

    static string? Fault(UnderlyingBar bar) =>
        bar is null ? "null" :
        bar.Symbol.Length == 0 ? "symbol is empty" :
        bar.End < bar.Start ? "end is before start" :
        bar.Volume < 0 || bar.UpVolume < 0 || bar.DownVolume < 0 ? "a volume is less than 0" :
        Price("open", bar.Open) ?? Price("high", bar.High) ?? Price("low", bar.Low) ?? Price("close", bar.Close);

    static string? Price(string name, double value) =>
        value >= 0 && value <= MaxPrice ? null : FormattableString.Invariant($"{name} is {value:R}, not within 0 and {MaxPrice:R}");

    static string? Finite(string name, double? value) =>
        value is null || double.IsFinite(value.Value) ? null : FormattableString.Invariant($"{name} is {value.Value:R}");

    static string? Each<T>(string name, ImmutableArray<T> items, Func<T, string?> fault)
    {
        var span = items.OrEmpty().AsSpan();
        for (int i = 0; i < span.Length; i++)
            if (fault(span[i]) is { } reason) return $"{name}[{i}]: {reason}";
        return null;
    }

    static string? Optional<T>(string name, ImmutableArray<T> column, int rows, T least, T most) where T : struct, INumber<T> =>
        column.IsDefaultOrEmpty ? null : Within(name, column, rows, least, most);

    static string? Within<T>(string name, ImmutableArray<T> column, int rows, T least, T most) where T : struct, INumber<T>
    {
        var values = column.OrEmpty().AsSpan();
        if (values.Length != rows) return $"{name} has {values.Length} rows where contract has {rows}";

        var vectors = MemoryMarshal.Cast<T, Vector<T>>(values);
        int i = 0;
        foreach (var vector in vectors)
        {
            // Said so that NaN fails.
            if (!Vector.GreaterThanOrEqualAll(vector, new Vector<T>(least)) || !Vector.LessThanOrEqualAll(vector, new Vector<T>(most))) break;
            i += Vector<T>.Count;
        }

        for (; i < values.Length; i++)
            if (!(values[i] >= least && values[i] <= most))
                return FormattableString.Invariant($"{name}[{i}] is {values[i]}, not within {least} and {most}");
        return null;
    }

    public static ImmutableArray<T> OrEmpty<T>(this ImmutableArray<T> array) => array.IsDefault ? [] : array;

    static long FloorDivide(this long value, long divisor) => value / divisor - (value % divisor < 0 ? 1 : 0);
}
