using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>A minute of an underlying: a row of <c>underlying_quotes</c>. A price that its column cannot hold is null.</summary>
/// <param name="Symbol">The underlying's symbol.</param>
/// <param name="Timestamp">The minute's first instant, UTC.</param>
/// <param name="Open">First price, dollars, to 1e-4 as all prices here.</param>
/// <param name="High">Highest price.</param>
/// <param name="Low">Lowest price.</param>
/// <param name="Close">Last price.</param>
/// <param name="UpVolume">Shares traded on up-ticks within the minute; null when no vendor says. A bar polled again replaces it.</param>
/// <param name="DownVolume">Shares traded on down-ticks within the minute; null when no vendor says.</param>
/// <param name="Source"><c>vendor bars</c> or <c>spot of quotes and prints</c>; null, as are the two below, in a row of before it was said.</param>
/// <param name="Incomplete">True when facts of the session before the minute's end were missed or lost everywhere.</param>
/// <param name="Model">How the bar was made, a JSON object.</param>
public sealed record UnderlyingQuoteRow(
    string Symbol,
    DateTimeOffset Timestamp,
    double? Open,
    double? High,
    double? Low,
    double? Close,
    long? UpVolume,
    long? DownVolume,
    string? Source,
    bool? Incomplete,
    [Json(Except = "engineVersion")] string? Model)
{
    /// <summary>A minute that has ended.</summary>
    public static UnderlyingQuoteRow Of(BarClosed bar) => new(
        bar.Symbol, bar.Start, Numeric.Of(12, 4, bar.Open), Numeric.Of(12, 4, bar.High), Numeric.Of(12, 4, bar.Low), Numeric.Of(12, 4, bar.Close), bar.UpVolume, bar.DownVolume,
        bar.Model.Source, bar.Incomplete, RowJson.Of(bar.Model));
}

/// <summary>An option as it stood at the end of a minute in which it changed: a row of <c>option_chains</c>. A figure that its column cannot hold, as a gamma of the last minute, is null.</summary>
/// <param name="OptionSymbol"><c>ROOT YYMMDD{C|P}STRIKE</c>, for example <c>SPY 260116C455</c>.</param>
/// <param name="Timestamp">The minute's first instant, UTC.</param>
/// <param name="Underlying">The option root.</param>
/// <param name="Strike">Dollars.</param>
/// <param name="Expiration">As listed.</param>
/// <param name="OptionType"><c>C</c> or <c>P</c>.</param>
/// <param name="Last">Last traded price, dollars; null when there is none.</param>
/// <param name="Bid">Best bid, dollars, 0 when there is none.</param>
/// <param name="Ask">Best ask, dollars, 0 when there is none.</param>
/// <param name="Volume">Contracts traded in the session, a running count.</param>
/// <param name="OpenInterest">Contracts open; null when unknown.</param>
/// <param name="ImpliedVolatility">A fraction; null, as are the greeks, when there is none.</param>
/// <param name="Delta">Per dollar of spot.</param>
/// <param name="Gamma">Delta per dollar of spot.</param>
/// <param name="Theta">Dollars per calendar day.</param>
/// <param name="Vega">Dollars per volatility point (0.01).</param>
/// <param name="VolatilitySource"><c>feed</c>, <c>mid</c>, <c>last</c> or <c>default</c>; null where there is no volatility, and in a row of before it was said.</param>
/// <param name="Incomplete">True when facts of the session before the minute's end were missed or lost everywhere; null in a row of before it was said.</param>
public sealed record OptionChainRow(
    string OptionSymbol,
    DateTimeOffset Timestamp,
    string Underlying,
    double Strike,
    DateOnly Expiration,
    string OptionType,
    double? Last,
    double? Bid,
    double? Ask,
    long? Volume,
    long? OpenInterest,
    double? ImpliedVolatility,
    double? Delta,
    double? Gamma,
    double? Theta,
    double? Vega,
    string? VolatilitySource,
    bool? Incomplete)
{
    /// <summary>The contracts that changed within a minute, but for those with a strike that its column cannot hold.</summary>
    public static IEnumerable<OptionChainRow> Of(OptionMinuteClosed minute) => Enumerable.Range(0, minute.Strike.Length).Where(i => Numeric.Of(12, 4, minute.Strike[i]) is not null).Select(i =>
    {
        string right = minute.Right[i] == OptionRight.Call ? "C" : "P";
        double? volatility = Numeric.Of(8, 6, minute.Volatility[i]);
        return new OptionChainRow(
            string.Create(CultureInfo.InvariantCulture, $"{minute.Root} {minute.Expiration:yyMMdd}{right}{minute.Strike[i]:0.####}"), minute.Start, minute.Root,
            minute.Strike[i], minute.Expiration, right, minute.Last[i] > 0 ? Numeric.Of(12, 4, minute.Last[i]) : null, Numeric.Of(12, 4, minute.Bid[i]), Numeric.Of(12, 4, minute.Ask[i]), minute.Volume[i],
            minute.OpenInterest[i], volatility, Numeric.Of(8, 6, minute.Delta[i]), Numeric.Of(10, 8, minute.Gamma[i]), Numeric.Of(10, 6, minute.Theta[i]), Numeric.Of(10, 6, minute.Vega[i]),
            volatility is null ? null : minute.Source[i], minute.Incomplete);
    });
}

/// <summary>The public columns of type <c>numeric(precision, scale)</c>, as they are declared.</summary>
static class Numeric
{
    /// <summary>The value if such a column holds it, else null. It is held to one step below the column's end, so that no rounding can carry it past that.</summary>
    public static double? Of(int precision, int scale, double? value) =>
        value is { } number && Math.Abs(number) <= Math.Pow(10, precision - scale) - Math.Pow(10, -scale) ? number : null;
}
