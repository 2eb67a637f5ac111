using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>How good something is.</summary>
public enum QualityState
{
    /// <summary>As it should be, or not judged.</summary>
    Ok,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Not to be relied on.</summary>
    Bad,
}

/// <summary>What may be wrong with data. The value of a finding says how much.</summary>
public enum QualityIssue
{
    /// <summary>Messages of an input lost within the minute, a count.</summary>
    Gap,

    /// <summary>Seconds of the minute that an input's feed says it missed.</summary>
    Missed,

    /// <summary>Share (0–1) of an input's rows that came after their slice had closed.</summary>
    Late,

    /// <summary>Seconds since an input's last row, as far as they lie within trading hours.</summary>
    Stale,

    /// <summary>Share (0–1) of quotes with a bid above the ask.</summary>
    Crossed,

    /// <summary>Share (0–1) of quotes with a bid that is the ask.</summary>
    Locked,

    /// <summary>Share (0–1) of quotes with a bid or an ask alone.</summary>
    OneSided,

    /// <summary>Share (0–1) of quotes with a price that has no size.</summary>
    NoSize,

    /// <summary>Share (0–1) of contracts that have not been quoted for long, though the strikes beside them have.</summary>
    StaleQuotes,

    /// <summary>
    /// Share (0–1) of out-of-the-money contracts with a bid, an ask and a vendor's volatility whose volatility has been left behind by the quote: a tenth lower it is still worth more than the ask, or a tenth higher
    /// less than the bid. The vendor's greeks are as old.
    /// </summary>
    StaleGreeks,

    /// <summary>Share (0–1) of contracts whose open interest is unknown.</summary>
    NoOpenInterest,

    /// <summary>Share (0–1) of contracts never quoted.</summary>
    NotQuoted,

    /// <summary>Share (0–1) of contracts of whose volatility no price says anything.</summary>
    Unsolved,
}

/// <summary>
/// What a minute of one root's data was worth. Identity: (<see cref="Root"/>, <see cref="End"/>). Minutes begin with that of the session's first row, and end an hour after the last one, of a session that closes not before it does.
/// </summary>
public sealed record QualityCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The minute's first instant, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The minute's end, exclusive, UTC.</summary>
    public required DateTimeOffset End { get; init; }

    DateTimeOffset IMarketResult.Time => End;

    /// <summary>The worst of the findings.</summary>
    public required QualityState State { get; init; }

    /// <summary>True within trading hours; silence is judged only then.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>What came, by input.</summary>
    public ImmutableArray<InputQuality> Inputs { get; init; } = [];

    /// <summary>The minute's quotes.</summary>
    public required QuoteQuality Quotes { get; init; }

    /// <summary>The contracts, as they stood at the minute's end.</summary>
    public required ContractQuality Contracts { get; init; }

    /// <summary>Contracts by the source of their volatility; empty while the underlying's price is unknown.</summary>
    public ImmutableArray<ContractCount> Volatilities { get; init; } = [];

    /// <summary>Everything that was looked at, in the order of the issues and inputs; what had nothing to look at is left out.</summary>
    public ImmutableArray<QualityFinding> Findings { get; init; } = [];

    /// <summary>How the figures were made.</summary>
    public required QualityModel Model { get; init; }

    /// <summary>True when facts of this session before <see cref="End"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>What came of an input within a minute.</summary>
/// <param name="Kind">The kind of stream, for example <c>quotes</c>.</param>
/// <param name="Rows">Rows; heartbeats have none.</param>
/// <param name="Late">Rows of these that came after their slice had closed.</param>
/// <param name="Lost">Messages missing in the sequence.</param>
/// <param name="SilentSeconds">At the minute's end, since its last row; null when it never had one.</param>
/// <param name="MissedSeconds">Seconds of the minute, within the hours in which the root trades, that the feed says it missed and cannot bring again.</param>
public sealed record InputQuality(string Kind, long Rows, long Late, long Lost, double? SilentSeconds, double MissedSeconds = 0);

/// <summary>The quotes of a minute, counted.</summary>
/// <param name="Rows">All of them.</param>
/// <param name="Crossed">With a bid above the ask.</param>
/// <param name="Locked">With a bid that is the ask.</param>
/// <param name="OneSided">With a bid or an ask alone.</param>
/// <param name="Empty">With neither.</param>
/// <param name="WithoutSize">With a bid or an ask whose size is 0.</param>
public sealed record QuoteQuality(long Rows, long Crossed, long Locked, long OneSided, long Empty, long WithoutSize);

/// <summary>Contracts that have not settled, counted.</summary>
/// <param name="Known">All of them.</param>
/// <param name="Quoted">Quoted at least once in the session.</param>
/// <param name="Stale">Not quoted for a while, though the next strikes of the same expiration and right have been.</param>
/// <param name="WithoutOpenInterest">With unknown open interest.</param>
public sealed record ContractQuality(int Known, int Quoted, int Stale, int WithoutOpenInterest);

/// <summary>How one thing stands.</summary>
/// <param name="Issue">What was looked at.</param>
/// <param name="Input">Of which input; null where it is not of one.</param>
/// <param name="State">How it stands.</param>
/// <param name="Value">How much, in the unit of the issue.</param>
/// <param name="Warning">From where on it is a warning; null for never.</param>
/// <param name="Bad">From where on it is bad; null for never.</param>
public sealed record QualityFinding(QualityIssue Issue, string? Input, QualityState State, double Value, double? Warning, double? Bad);

/// <summary>The settings that made a quality result.</summary>
/// <param name="StaleAfterSeconds">How long a contract is not quoted until it is stale.</param>
/// <param name="SliceSeconds">Seconds: minutes are made of slices of this length.</param>
/// <param name="GraceSeconds">Seconds: how long after its end a slice still took facts.</param>
/// <param name="EngineVersion">The version that calculated; left out of comparisons.</param>
/// <param name="Rate">Continuously compounded risk-free rate of the volatilities that contracts are counted by; null in results of before it was said, as is all that follows.</param>
/// <param name="DividendYield">Continuously compounded.</param>
/// <param name="ForwardSource">As in <see cref="ChainModel.ForwardSource"/>.</param>
/// <param name="VolatilitySource">The sources of volatilities that were asked, best first.</param>
/// <param name="LowestVolatility">The lowest volatility that is one, a fraction.</param>
/// <param name="HighestVolatility">The highest volatility that is one, a fraction.</param>
/// <param name="DefaultVolatility">The volatility of a contract that nothing else is known of, a fraction.</param>
/// <param name="Limits">From where on each figure is worth a warning, and from where on it is bad: <c>gap 1 10, silent_quotes 15 90, silent_chain never never, ...</c></param>
public sealed record QualityModel(
    double StaleAfterSeconds, double SliceSeconds, double GraceSeconds, string EngineVersion, double? Rate = null, double? DividendYield = null, string? ForwardSource = null,
    string? VolatilitySource = null, double? LowestVolatility = null, double? HighestVolatility = null, double? DefaultVolatility = null, string? Limits = null);
