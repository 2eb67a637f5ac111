using System.Globalization;
using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>The exposure of a chain at one instant: a row of <c>chain_gex</c>, behind <c>gex_levels</c>, <c>gex_by_strike</c>, <c>gex_by_expiration</c>, <c>gex_profile</c>.</summary>
/// <param name="Time">The instant that the figures are of, UTC.</param>
/// <param name="Root">The option root.</param>
/// <param name="Scope"><c>all</c>, <c>0dte</c>, <c>weekly</c> or <c>monthly</c>.</param>
/// <param name="Weight"><c>open_interest</c> or <c>volume</c>.</param>
/// <param name="Spot">The underlying's price, dollars, as all prices here.</param>
/// <param name="Regime">The sign of the profile at spot: 1, −1 or 0.</param>
/// <param name="Flip">The crossing nearest spot; null when there is none.</param>
/// <param name="Crossings">All crossings, ascending: a JSON array.</param>
/// <param name="MaxGamma">Strike of the largest net gamma exposure.</param>
/// <param name="CallWall">Strike of the largest positive call exposure.</param>
/// <param name="PutWall">Strike of the largest negative put exposure.</param>
/// <param name="GammaCall">Gamma exposure in dollars per 1 % move: of calls.</param>
/// <param name="GammaPut">Of puts.</param>
/// <param name="GammaNet">Calls plus puts.</param>
/// <param name="GammaGross">Without signs.</param>
/// <param name="DeltaCall">Delta exposure in dollars.</param>
/// <param name="DeltaPut">Of puts.</param>
/// <param name="DeltaNet">Calls plus puts.</param>
/// <param name="DeltaGross">Without signs.</param>
/// <param name="VannaCall">Vanna exposure in dollars per volatility point.</param>
/// <param name="VannaPut">Of puts.</param>
/// <param name="VannaNet">Calls plus puts.</param>
/// <param name="VannaGross">Without signs.</param>
/// <param name="CharmCall">Charm exposure in dollars per calendar day.</param>
/// <param name="CharmPut">Of puts.</param>
/// <param name="CharmNet">Calls plus puts.</param>
/// <param name="CharmGross">Without signs.</param>
/// <param name="Strikes">Gamma exposure by strike, ascending: JSON arrays <c>[strike, call, put, net, gross]</c>.</param>
/// <param name="Expirations">Gamma exposure by expiration, ascending: JSON arrays <c>[expiration, forward, call, put, net, gross]</c>.</param>
/// <param name="Profile">Net gamma exposure by spot, ascending: JSON arrays <c>[spot, net]</c>.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record ChainGexRow(
    DateTimeOffset Time, string Root, string Scope, string Weight, double Spot, int Regime, double? Flip, [Json] string Crossings,
    double? MaxGamma, double? CallWall, double? PutWall,
    double GammaCall, double GammaPut, double GammaNet, double GammaGross,
    double DeltaCall, double DeltaPut, double DeltaNet, double DeltaGross,
    double VannaCall, double VannaPut, double VannaNet, double VannaGross,
    double CharmCall, double CharmPut, double CharmNet, double CharmGross,
    [Json] string Strikes, [Json] string Expirations, [Json] string Profile,
    bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A result as its row.</summary>
    public static ChainGexRow Of(ChainGexCalculated chain) => new(
        chain.Time, chain.Root,
        chain.Scope switch
        {
            ChainScope.All => "all",
            ChainScope.ZeroDays => "0dte",
            ChainScope.Weekly => "weekly",
            ChainScope.Monthly => "monthly",
            var other => throw new ArgumentOutOfRangeException(nameof(chain), other, "There is no such scope."),
        },
        chain.Weight == ChainWeight.OpenInterest ? "open_interest" : "volume",
        chain.Spot, chain.Regime, chain.Flip, JsonSerializer.Serialize(chain.Crossings), chain.MaxGamma, chain.CallWall, chain.PutWall,
        chain.Gamma.Call, chain.Gamma.Put, chain.Gamma.Net, chain.Gamma.Gross, chain.Delta.Call, chain.Delta.Put, chain.Delta.Net, chain.Delta.Gross,
        chain.Vanna.Call, chain.Vanna.Put, chain.Vanna.Net, chain.Vanna.Gross, chain.Charm.Call, chain.Charm.Put, chain.Charm.Net, chain.Charm.Gross,
        JsonSerializer.Serialize(chain.Strikes.Select(rung => new[] { rung.Strike, rung.Call, rung.Put, rung.Net, rung.Gross })),
        JsonSerializer.Serialize(chain.Expirations.Select(rung => new object[] { RowJson.Day(rung.Expiration), rung.Forward, rung.Call, rung.Put, rung.Net, rung.Gross })),
        JsonSerializer.Serialize(chain.ProfileSpots.Zip(chain.Profile, (spot, net) => new[] { spot, net })),
        chain.Incomplete, RowJson.Of(chain.Model));
}

/// <summary>Max pain and put/call ratios of a chain at one instant: a row of <c>chain_max_pain</c>, behind <c>max_pain</c>.</summary>
/// <param name="Time">The instant that the figures are of, UTC.</param>
/// <param name="Root">The option root.</param>
/// <param name="Spot">The underlying's price, dollars; null when unknown.</param>
/// <param name="Figures">
/// By expiration, ascending, the last one pooled with the expiration null: JSON arrays <c>[expiration, strike, dollars, call and put open interest,
/// call and put volume, put/call ratio by open interest, by volume]</c>.
/// </param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record ChainMaxPainRow(
    DateTimeOffset Time, string Root, double? Spot, [Json] string Figures, bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A result as its row.</summary>
    public static ChainMaxPainRow Of(MaxPainCalculated pain) => new(
        pain.Time, pain.Root, pain.Spot,
        JsonSerializer.Serialize(pain.Expirations.Select(at => FiguresOf(RowJson.Day(at.Expiration), at.Figures)).Append(FiguresOf(null, pain.Pooled))),
        pain.Incomplete, RowJson.Of(pain.Model));

    static object?[] FiguresOf(string? expiration, MaxPainFigures of) =>
    [
        expiration, of.Strike, of.Dollars, of.CallOpenInterest, of.PutOpenInterest, of.CallVolume, of.PutVolume, of.PutCallOpenInterest, of.PutCallVolume,
    ];
}

/// <summary>The newest greeks of an expiration: a row of <c>chain_greeks</c>, behind <c>greeks_latest</c> and <c>gex_grid</c>.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Expiration">As listed.</param>
/// <param name="Time">The instant that the figures are of, UTC.</param>
/// <param name="Spot">The underlying's price, dollars.</param>
/// <param name="Forward">The forward to settlement, dollars.</param>
/// <param name="Years">Time to settlement, in years of 365 days.</param>
/// <param name="Contracts">
/// By strike, ascending, calls first: JSON arrays <c>[strike, right, bid, ask, last, volume, open interest, volatility, source, reason, delta, gamma, theta,
/// vega, rho, vanna, charm, vomma]</c> in the stored units, and the American gamma behind them where the root has one.
/// </param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record ChainGreeksRow(
    string Root, DateOnly Expiration, DateTimeOffset Time, double Spot, double Forward, double Years, [Json] string Contracts,
    bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A result as its row.</summary>
    public static ChainGreeksRow Of(GreeksCalculated of) => new(
        of.Root, of.Expiration, of.Time, of.Spot, of.Forward, of.Years,
        JsonSerializer.Serialize(Enumerable.Range(0, of.Strike.Length).Select(i => Contract(of, i))),
        of.Incomplete, RowJson.Of(of.Model));

    static object?[] Contract(GreeksCalculated of, int i)
    {
        object?[] european =
        [
            of.Strike[i], of.Right[i] == OptionRight.Call ? "C" : "P", of.Bid[i], of.Ask[i], of.Last[i], of.Volume[i], of.OpenInterest[i], of.Volatility[i],
            of.Source[i], of.Reason[i], of.Delta[i], of.Gamma[i], of.Theta[i], of.Vega[i], of.Rho[i], of.Vanna[i], of.Charm[i], of.Vomma[i],
        ];
        return of.AmericanGamma.IsDefaultOrEmpty ? european : [.. european, of.AmericanGamma[i]];
    }
}

/// <summary>How rows write JSON.</summary>
static class RowJson
{
    public static string Of<T>(T model) => JsonSerializer.Serialize(model, ContractJson.Options);

    public static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
