using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>What results of chains and bars must obey beyond their shape, in both directions.</summary>
static class ResultRules
{
    public static string? Fault(GreeksCalculated greeks) =>
        Head(greeks.Root)
        ?? Length(
            greeks.Strike.OrEmpty().Length, ("right", Count(greeks.Right)), ("bid", Count(greeks.Bid)), ("ask", Count(greeks.Ask)), ("last", Count(greeks.Last)),
            ("volume", Count(greeks.Volume)), ("openInterest", Count(greeks.OpenInterest)), ("volatility", Count(greeks.Volatility)), ("source", Count(greeks.Source)),
            ("reason", Count(greeks.Reason)), ("delta", Count(greeks.Delta)), ("gamma", Count(greeks.Gamma)), ("theta", Count(greeks.Theta)), ("vega", Count(greeks.Vega)),
            ("rho", Count(greeks.Rho)), ("vanna", Count(greeks.Vanna)), ("charm", Count(greeks.Charm)), ("vomma", Count(greeks.Vomma)))
        ?? (Count(greeks.AmericanGamma) == 0 ? null : Length(Count(greeks.Strike), ("americanGamma", Count(greeks.AmericanGamma))))
        ?? Named("source", greeks.Source);

    public static string? Fault(OptionMinuteClosed minute) =>
        Head(minute.Root)
        ?? Length(
            minute.Strike.OrEmpty().Length, ("right", Count(minute.Right)), ("bid", Count(minute.Bid)), ("ask", Count(minute.Ask)), ("last", Count(minute.Last)),
            ("volume", Count(minute.Volume)), ("openInterest", Count(minute.OpenInterest)), ("volatility", Count(minute.Volatility)), ("source", Count(minute.Source)),
            ("delta", Count(minute.Delta)), ("gamma", Count(minute.Gamma)), ("theta", Count(minute.Theta)), ("vega", Count(minute.Vega)))
        ?? (minute.End < minute.Start ? "end is before start" : null);

    public static string? Fault(ChainGexCalculated chain) =>
        Head(chain.Root)
        ?? Length(Count(chain.ProfileSpots), ("profile", Count(chain.Profile)))
        ?? (chain.Regime is < -1 or > 1 ? $"regime is {chain.Regime}, none of -1, 0, 1" : null);

    public static string? Fault(MaxPainCalculated pain) => Head(pain.Root);

    public static string? Fault(BarClosed bar) =>
        Head(bar.Root)
        ?? (bar.Symbol.Length == 0 ? "symbol is empty" :
            bar.End < bar.Start ? "end is before start" :
            bar.Volume < 0 || bar.UpVolume < 0 || bar.DownVolume < 0 ? "a volume is less than 0" : null);

    public static string? Fault(FlowCalculated flow) =>
        Head(flow.Root)
        ?? (flow.End < flow.Start ? "end is before start" : null)
        ?? Fault("calls", flow.Calls)
        ?? Fault("puts", flow.Puts);

    public static string? Fault(VolatilityCalculated volatility) =>
        Head(volatility.Root)
        ?? (volatility.Expirations.OrEmpty().IndexOf(null!) is >= 0 and var at ? $"expirations[{at}] is null" : null);

    static string? Fault(string name, FlowSide side) =>
        side.Prints < 0 || side.Bought < 0 || side.Sold < 0 ? $"{name} have a count less than 0" :
        side.Bought > side.Contracts - side.Sold ? $"{name} have {side.Bought} bought and {side.Sold} sold of {side.Contracts} contracts" : null;

    public static string? Fault(QualityCalculated quality) =>
        Head(quality.Root)
        ?? (quality.End < quality.Start ? "end is before start" : null)
        ?? Named("inputs", quality.Inputs, input => input?.Kind)
        ?? Named("findings", quality.Findings, finding => finding is null ? null : "");

    public static string? Fault(AlertRaised raised) => Head(raised.Root) ?? Alert(raised.Id, raised.Rule);

    public static string? Fault(AlertResolved resolved) =>
        Head(resolved.Root) ?? Alert(resolved.Id, resolved.Rule) ?? (resolved.Time < resolved.RaisedAt ? "time is before raisedAt" : null);

    static string? Alert(string id, string rule) => id.Length == 0 ? "id is empty" : rule.Length == 0 ? "rule is empty" : null;

    static string? Head(string root) => root.Length == 0 ? "root is empty" : null;

    static int Count<T>(ImmutableArray<T> column) => column.OrEmpty().Length;

    static string? Length(int rows, params ReadOnlySpan<(string Name, int Length)> columns)
    {
        foreach ((string name, int length) in columns)
            if (length != rows) return $"{name} has {length} rows where there are {rows}";
        return null;
    }

    static string? Named<T>(string column, ImmutableArray<T> items, Func<T, string?> name) => Named(column, [.. items.OrEmpty().Select(item => name(item)!)]);

    // The serializer lets a null into a list of strings.
    static string? Named(string column, ImmutableArray<string> names)
    {
        int at = names.OrEmpty().IndexOf(null!);
        return at < 0 ? null : $"{column}[{at}] is null";
    }
}
