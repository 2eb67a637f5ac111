using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>The term structure of a chain at one instant: a row of <c>chain_volatility</c>, behind <c>volatility_term</c>.</summary>
/// <param name="Time">The instant that the figures are of, UTC.</param>
/// <param name="Root">The option root.</param>
/// <param name="Spot">The underlying's price, dollars.</param>
/// <param name="Expirations">
/// By expiration, ascending: JSON arrays <c>[expiration, forward, years, at the money, 25-delta call, 25-delta put, risk reversal, butterfly, expected move,
/// straddle strike, straddle, points of the smile, quotes left out]</c>.
/// </param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record ChainVolatilityRow(
    DateTimeOffset Time, string Root, double Spot, [Json] string Expirations, bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A result as its row.</summary>
    public static ChainVolatilityRow Of(VolatilityCalculated of) => new(
        of.Time, of.Root, of.Spot,
        JsonSerializer.Serialize(of.Expirations.Select(at => new object?[]
        {
            RowJson.Day(at.Expiration), at.Forward, at.Years, at.AtTheMoney, at.Call25, at.Put25, at.RiskReversal, at.Butterfly, at.ExpectedMove, at.StraddleStrike, at.Straddle,
            at.Smile.Length, at.LeftOut.Length,
        })),
        of.Incomplete, RowJson.Of(of.Model));
}

/// <summary>The newest smile of an expiration: a row of <c>chain_smiles</c>, behind <c>volatility_smile</c> and <c>volatility_left_out</c>.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Expiration">As listed.</param>
/// <param name="Time">The instant that the figures are of, UTC.</param>
/// <param name="Spot">The underlying's price, dollars.</param>
/// <param name="Forward">The forward to settlement, dollars.</param>
/// <param name="Years">Time to settlement, in years of 365 days.</param>
/// <param name="Points">By strike, ascending: JSON arrays <c>[strike, right, log-moneyness, volatility, source]</c>.</param>
/// <param name="LeftOut">By strike, ascending: JSON arrays <c>[strike, right, reason]</c>.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record ChainSmileRow(
    string Root, DateOnly Expiration, DateTimeOffset Time, double Spot, double Forward, double Years, [Json] string Points, [Json] string LeftOut,
    bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A result's rows.</summary>
    public static IEnumerable<ChainSmileRow> Of(VolatilityCalculated of) => of.Expirations.Select(at => new ChainSmileRow(
        of.Root, at.Expiration, of.Time, of.Spot, at.Forward, at.Years,
        JsonSerializer.Serialize(at.Smile.Select(point => new object[] { point.Strike, Letter(point.Right), point.LogMoneyness, point.Volatility, point.Source })),
        JsonSerializer.Serialize(at.LeftOut.Select(quote => new object[] { quote.Strike, Letter(quote.Right), quote.Reason })),
        of.Incomplete, RowJson.Of(of.Model)));

    static string Letter(OptionRight right) => right == OptionRight.Call ? "C" : "P";
}
