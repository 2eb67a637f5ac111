using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>The flow of a root in a minute: a row of <c>flow_minutes</c>, behind <c>flow_minutes_by_strike</c> and <c>flow_minutes_by_expiration</c>.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Timestamp">The minute's first instant, UTC.</param>
/// <param name="Spot">The underlying's price at its end, dollars, as all premium here.</param>
/// <param name="Prints">How many prints.</param>
/// <param name="CallContracts">Contracts of calls traded.</param>
/// <param name="CallBought">Of these that the buyer wanted.</param>
/// <param name="CallSold">Of these that the seller wanted.</param>
/// <param name="PutContracts">Contracts of puts traded.</param>
/// <param name="PutBought">Of these that the buyer wanted.</param>
/// <param name="PutSold">Of these that the seller wanted.</param>
/// <param name="CallPremium">Premium of calls.</param>
/// <param name="CallPremiumBought">Of it that the buyer wanted to pay.</param>
/// <param name="CallPremiumSold">Of it that the seller wanted to take.</param>
/// <param name="PutPremium">Premium of puts.</param>
/// <param name="PutPremiumBought">Of it that the buyer wanted to pay.</param>
/// <param name="PutPremiumSold">Of it that the seller wanted to take.</param>
/// <param name="NetContracts">Calls less puts.</param>
/// <param name="NetPremium">Calls less puts.</param>
/// <param name="DirectionalPremium">Calls bought and puts sold less calls sold and puts bought.</param>
/// <param name="PutCallContracts">Puts over calls; null without calls.</param>
/// <param name="PutCallPremium">Puts over calls; null without any of calls.</param>
/// <param name="TempoCallsBought">Premium within the tempo's time before the minute's end.</param>
/// <param name="TempoCallsSold">The same of calls sold.</param>
/// <param name="TempoPutsBought">The same of puts bought.</param>
/// <param name="TempoPutsSold">The same of puts sold.</param>
/// <param name="PressureMinute">First instant of the underlying's newest minute known; null, as are its figures, while there is none.</param>
/// <param name="BuyingPressure">Its up-volume in percent.</param>
/// <param name="PressureSignal">That in words.</param>
/// <param name="BuyingPressureChange">Points against the minute before.</param>
/// <param name="Strikes">By strike, ascending: JSON arrays <c>[strike, calls ..., puts ...]</c>, each side its prints, contracts, bought, sold, premium, bought, sold.</param>
/// <param name="Expirations">By expiration, ascending, the same.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record FlowMinuteRow(
    string Root, DateTimeOffset Timestamp, double Spot, long Prints,
    long CallContracts, long CallBought, long CallSold, long PutContracts, long PutBought, long PutSold,
    double CallPremium, double CallPremiumBought, double CallPremiumSold, double PutPremium, double PutPremiumBought, double PutPremiumSold,
    long NetContracts, double NetPremium, double DirectionalPremium, double? PutCallContracts, double? PutCallPremium,
    double TempoCallsBought, double TempoCallsSold, double TempoPutsBought, double TempoPutsSold,
    DateTimeOffset? PressureMinute, double? BuyingPressure, string? PressureSignal, double? BuyingPressureChange,
    [Json] string Strikes, [Json] string Expirations, bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A minute as its row.</summary>
    public static FlowMinuteRow Of(FlowCalculated flow) => new(
        flow.Root, flow.Start, flow.Spot, flow.Calls.Prints + flow.Puts.Prints,
        flow.Calls.Contracts, flow.Calls.Bought, flow.Calls.Sold, flow.Puts.Contracts, flow.Puts.Bought, flow.Puts.Sold,
        flow.Calls.Premium, flow.Calls.PremiumBought, flow.Calls.PremiumSold, flow.Puts.Premium, flow.Puts.PremiumBought, flow.Puts.PremiumSold,
        flow.NetContracts, flow.NetPremium, flow.DirectionalPremium, flow.PutCallContracts, flow.PutCallPremium,
        flow.Tempo.CallsBought, flow.Tempo.CallsSold, flow.Tempo.PutsBought, flow.Tempo.PutsSold,
        flow.Pressure?.Start.ToUniversalTime(), flow.Pressure?.Percent, flow.Pressure?.Signal, flow.Pressure?.Change,
        JsonSerializer.Serialize(flow.Strikes.Select(rung => Figures(rung.Strike, rung.Calls, rung.Puts))),
        JsonSerializer.Serialize(flow.Expirations.Select(rung => Figures(RowJson.Day(rung.Expiration), rung.Calls, rung.Puts))),
        flow.Incomplete, RowJson.Of(flow.Model));

    static object[] Figures(object of, FlowSide calls, FlowSide puts) =>
    [
        of, calls.Prints, calls.Contracts, calls.Bought, calls.Sold, calls.Premium, calls.PremiumBought, calls.PremiumSold,
        puts.Prints, puts.Contracts, puts.Bought, puts.Sold, puts.Premium, puts.PremiumBought, puts.PremiumSold,
    ];
}

/// <summary>The flow of a root in a window within a minute: a row of <c>flow_seconds</c>. Contracts, premium and tempo as in <see cref="FlowMinuteRow"/>.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Time">The window's end, UTC.</param>
/// <param name="Spot">The underlying's price then, dollars.</param>
/// <param name="Prints">How many prints.</param>
/// <param name="CallContracts">Contracts of calls traded.</param>
/// <param name="CallBought">Of these that the buyer wanted.</param>
/// <param name="CallSold">Of these that the seller wanted.</param>
/// <param name="PutContracts">Contracts of puts traded.</param>
/// <param name="PutBought">Of these that the buyer wanted.</param>
/// <param name="PutSold">Of these that the seller wanted.</param>
/// <param name="CallPremium">Premium of calls.</param>
/// <param name="PutPremium">Premium of puts.</param>
/// <param name="DirectionalPremium">Calls bought and puts sold less calls sold and puts bought.</param>
/// <param name="TempoCallsBought">Premium within the tempo's time before the window's end.</param>
/// <param name="TempoCallsSold">The same of calls sold.</param>
/// <param name="TempoPutsBought">The same of puts bought.</param>
/// <param name="TempoPutsSold">The same of puts sold.</param>
/// <param name="TopScore">The highest score of a contract in it; null where none stands out.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record FlowSecondRow(
    string Root, DateTimeOffset Time, double Spot, long Prints,
    long CallContracts, long CallBought, long CallSold, long PutContracts, long PutBought, long PutSold,
    double CallPremium, double PutPremium, double DirectionalPremium,
    double TempoCallsBought, double TempoCallsSold, double TempoPutsBought, double TempoPutsSold,
    int? TopScore, bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A window as its row.</summary>
    public static FlowSecondRow Of(FlowCalculated flow) => new(
        flow.Root, flow.End, flow.Spot, flow.Calls.Prints + flow.Puts.Prints,
        flow.Calls.Contracts, flow.Calls.Bought, flow.Calls.Sold, flow.Puts.Contracts, flow.Puts.Bought, flow.Puts.Sold,
        flow.Calls.Premium, flow.Puts.Premium, flow.DirectionalPremium,
        flow.Tempo.CallsBought, flow.Tempo.CallsSold, flow.Tempo.PutsBought, flow.Tempo.PutsSold,
        flow.SmartMoney.Select(smart => (int?)smart.Score.Total).Max(), flow.Incomplete, RowJson.Of(flow.Model));
}

/// <summary>A contract whose trading stood out in a minute: a row of <c>flow_smart_money</c>. How it was made says the minute's row in <c>flow_minutes</c>.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Timestamp">The minute's first instant, UTC.</param>
/// <param name="Expiration">As listed.</param>
/// <param name="Strike">Dollars.</param>
/// <param name="OptionType"><c>C</c> or <c>P</c>.</param>
/// <param name="Contracts">Contracts traded.</param>
/// <param name="Bought">Of these that the buyer wanted.</param>
/// <param name="Sold">Of these that the seller wanted.</param>
/// <param name="Premium">Dollars paid.</param>
/// <param name="ImpliedVolatility">At the minute's end, a fraction; null when the contract has settled.</param>
/// <param name="Delta">At the minute's end; null when the contract has settled.</param>
/// <param name="DaysToExpiry">From the session's date.</param>
/// <param name="VolumeScore">0 to 3, for contracts.</param>
/// <param name="PremiumScore">0 to 3, for premium.</param>
/// <param name="VolatilityScore">0 to 2.</param>
/// <param name="DeltaScore">0 or 1.</param>
/// <param name="ExpiryScore">0 or 1.</param>
/// <param name="Score">Their sum.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
public sealed record FlowSmartMoneyRow(
    string Root, DateTimeOffset Timestamp, DateOnly Expiration, double Strike, string OptionType, long Contracts, long Bought, long Sold, double Premium,
    double? ImpliedVolatility, double? Delta, int DaysToExpiry, int VolumeScore, int PremiumScore, int VolatilityScore, int DeltaScore, int ExpiryScore, int Score, bool Incomplete)
{
    /// <summary>A minute's rows.</summary>
    public static IEnumerable<FlowSmartMoneyRow> Of(FlowCalculated flow) => flow.SmartMoney.Select(smart => new FlowSmartMoneyRow(
        flow.Root, flow.Start, smart.Contract.Expiration, smart.Contract.Strike, smart.Contract.Right == OptionRight.Call ? "C" : "P", smart.Contracts, smart.Bought, smart.Sold,
        smart.Premium, smart.Volatility, smart.Delta, smart.DaysToExpiry, smart.Score.Volume, smart.Score.Premium, smart.Score.Volatility, smart.Score.Delta, smart.Score.Expiry,
        smart.Score.Total, flow.Incomplete));
}
