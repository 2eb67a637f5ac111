using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// What was traded of a root's options in a window that has ended, and which side wanted it: a minute, or a shorter window within it. Windows without a print are not answered.
/// Identity: (<see cref="Root"/>, <see cref="Start"/>, <see cref="End"/>).
/// </summary>
/// <remarks>
/// Premium is price·size·100 in dollars. Bought and sold say who crossed the spread; what nobody can tell is in neither. The sides of all strikes, and those of all expirations,
/// sum to <see cref="Calls"/> and <see cref="Puts"/>.
/// </remarks>
public sealed record FlowCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The window's first instant, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The window's end, exclusive, UTC.</summary>
    public required DateTimeOffset End { get; init; }

    DateTimeOffset IMarketResult.Time => End;

    /// <summary>The underlying's price at the window's end, dollars.</summary>
    public required double Spot { get; init; }

    /// <summary>All calls.</summary>
    public required FlowSide Calls { get; init; }

    /// <summary>All puts.</summary>
    public required FlowSide Puts { get; init; }

    /// <summary>Contracts of calls less those of puts.</summary>
    public required long NetContracts { get; init; }

    /// <summary>Premium of calls less that of puts, dollars.</summary>
    public required double NetPremium { get; init; }

    /// <summary>Premium of calls bought and puts sold less that of calls sold and puts bought, dollars: above 0 where premium bets on a rise.</summary>
    public required double DirectionalPremium { get; init; }

    /// <summary>Contracts of puts over those of calls; null without calls.</summary>
    public double? PutCallContracts { get; init; }

    /// <summary>Premium of puts over that of calls; null without any of calls.</summary>
    public double? PutCallPremium { get; init; }

    /// <summary>The strikes traded, ascending.</summary>
    public ImmutableArray<StrikeFlow> Strikes { get; init; } = [];

    /// <summary>The expirations traded, ascending.</summary>
    public ImmutableArray<DatedFlow> Expirations { get; init; } = [];

    /// <summary>How fast premium changed hands before <see cref="End"/>.</summary>
    public required FlowTempo Tempo { get; init; }

    /// <summary>The contracts whose trading stands out, by expiration, strike, call before put.</summary>
    public ImmutableArray<SmartMoneyFlow> SmartMoney { get; init; } = [];

    /// <summary>Who pressed in the underlying, in the newest vendor's minute known by <see cref="End"/>; null while no vendor says.</summary>
    public UnderlyingPressure? Pressure { get; init; }

    /// <summary>How the figures were made.</summary>
    public required FlowModel Model { get; init; }

    /// <summary>True when facts of this window, or of the time before it that the tempo looks back on, were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>What was traded of some contracts of one right.</summary>
/// <param name="Prints">How many prints.</param>
/// <param name="Contracts">Contracts traded.</param>
/// <param name="Bought">Contracts of these that the buyer wanted.</param>
/// <param name="Sold">Contracts of these that the seller wanted; the rest nobody can tell.</param>
/// <param name="Premium">Dollars paid.</param>
/// <param name="PremiumBought">Dollars of these that the buyer wanted to pay.</param>
/// <param name="PremiumSold">Dollars of these that the seller wanted to take.</param>
public readonly record struct FlowSide(long Prints, long Contracts, long Bought, long Sold, double Premium, double PremiumBought, double PremiumSold);

/// <summary>The flow of a strike.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="Calls">Its calls.</param>
/// <param name="Puts">Its puts.</param>
public readonly record struct StrikeFlow(double Strike, FlowSide Calls, FlowSide Puts);

/// <summary>The flow of an expiration.</summary>
/// <param name="Expiration">As listed.</param>
/// <param name="Calls">Its calls.</param>
/// <param name="Puts">Its puts.</param>
public readonly record struct DatedFlow(DateOnly Expiration, FlowSide Calls, FlowSide Puts);

/// <summary>Premium that changed hands within a time that ends with the window, dollars.</summary>
/// <param name="Seconds">That time.</param>
/// <param name="CallsBought">Of calls that the buyer wanted.</param>
/// <param name="CallsSold">Of calls that the seller wanted.</param>
/// <param name="PutsBought">Of puts that the buyer wanted.</param>
/// <param name="PutsSold">Of puts that the seller wanted.</param>
public readonly record struct FlowTempo(double Seconds, double CallsBought, double CallsSold, double PutsBought, double PutsSold);

/// <summary>A contract whose trading in a window stands out, and by how much.</summary>
/// <param name="Contract">The listed option.</param>
/// <param name="Contracts">Contracts traded in the window.</param>
/// <param name="Bought">Contracts of these that the buyer wanted.</param>
/// <param name="Sold">Contracts of these that the seller wanted.</param>
/// <param name="Premium">Dollars paid.</param>
/// <param name="Volatility">At the window's end, a fraction; null when the contract has settled, or no price says any.</param>
/// <param name="Delta">At the window's end, per dollar of spot; null when the contract has settled.</param>
/// <param name="DaysToExpiry">From the session's date to the expiration as listed.</param>
/// <param name="Score">0 to 10, with what it is made of.</param>
public readonly record struct SmartMoneyFlow(
    OptionContract Contract, long Contracts, long Bought, long Sold, double Premium, double? Volatility, double? Delta, int DaysToExpiry, SmartMoneyScore Score);

/// <summary>How much a contract's trading looks like somebody who knows.</summary>
/// <param name="Volume">For contracts: 500 give 3, 200 give 2, 100 give 1.</param>
/// <param name="Premium">For dollars: 500,000 give 3, 250,000 give 2, 100,000 give 1.</param>
/// <param name="Volatility">Above 1 gives 2, above 0.6 gives 1.</param>
/// <param name="Delta">Nearer to 0 than 0.15 gives 1.</param>
/// <param name="Expiry">In 2 days or sooner gives 1.</param>
/// <param name="Total">Their sum, 0 to 10.</param>
public readonly record struct SmartMoneyScore(int Volume, int Premium, int Volatility, int Delta, int Expiry, int Total);

/// <summary>The share of the underlying's volume that traded on up-ticks in a minute.</summary>
/// <param name="Start">The minute's first instant, UTC.</param>
/// <param name="UpVolume">Shares traded on up-ticks.</param>
/// <param name="DownVolume">Shares traded on down-ticks.</param>
/// <param name="Percent">Up over both, 0 to 100; 50 when nothing traded.</param>
/// <param name="Signal"><c>strong buying</c> above 70, <c>buying</c> above 55, <c>neutral</c> from 45, <c>selling</c> from 30, else <c>strong selling</c>.</param>
/// <param name="Change">Points against the session's minute before that the vendor has told of; against 50 when there is none.</param>
public sealed record UnderlyingPressure(DateTimeOffset Start, long UpVolume, long DownVolume, double Percent, string Signal, double Change);

/// <summary>The settings and conventions that made a flow result: enough to compute it again from the log.</summary>
public sealed record FlowModel
{
    /// <summary>For example <c>premium = price·size·100; net = calls − puts</c>.</summary>
    public required string Convention { get; init; }

    /// <summary>What was asked for the side that wanted a print, in this order, for example <c>feed, quote, tick</c>.</summary>
    public required string AggressorRules { get; init; }

    /// <summary>The window's contracts by what told their side, in that order, those that nothing told last.</summary>
    public ImmutableArray<AggressorVolume> Aggressors { get; init; } = [];

    /// <summary>Continuously compounded risk-free rate.</summary>
    public required double Rate { get; init; }

    /// <summary>Continuously compounded dividend yield.</summary>
    public required double DividendYield { get; init; }

    /// <summary>Where the forwards of volatilities and deltas come from: the yield, whatever <c>FORWARDS</c> asks of chains; null in results of before it was said.</summary>
    public string? ForwardSource { get; init; }

    /// <summary>For example <c>calendar seconds to settlement / 365 d, at least 1 min</c>.</summary>
    public required string DayCount { get; init; }

    /// <summary>The sources of volatilities that were asked, best first, for example <c>mid, last, default</c>.</summary>
    public required string VolatilitySource { get; init; }

    /// <summary>The lowest volatility that is one, a fraction.</summary>
    public required double LowestVolatility { get; init; }

    /// <summary>The highest volatility that is one, a fraction.</summary>
    public required double HighestVolatility { get; init; }

    /// <summary>The volatility of a contract that nothing else is known of, a fraction.</summary>
    public required double DefaultVolatility { get; init; }

    /// <summary>Seconds: facts were taken in the order of slices of this length, aligned to the Unix epoch.</summary>
    public required double SliceSeconds { get; init; }

    /// <summary>Seconds: how long after its end a slice still took facts.</summary>
    public required double GraceSeconds { get; init; }

    /// <summary>Seconds: the windows within a minute.</summary>
    public required double WindowSeconds { get; init; }

    /// <summary>Seconds: what the tempo looks back on; null in results of before it was said.</summary>
    public double? TempoSeconds { get; init; }

    /// <summary>The version that calculated; not part of a result's identity and left out of comparisons.</summary>
    public required string EngineVersion { get; init; }
}

/// <summary>Contracts traded of which one source has told the side that wanted them.</summary>
/// <param name="Source"><c>feed</c>, <c>quote</c>, <c>tick</c> or <c>unknown</c>.</param>
/// <param name="Contracts">How many.</param>
/// <param name="Share">Of the window's contracts, 0 to 1.</param>
public readonly record struct AggressorVolume(string Source, long Contracts, double Share);
