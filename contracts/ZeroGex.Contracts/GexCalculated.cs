using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// Traded gamma exposure of one root and expiration in one closed window, in three measures side by side, with the model that made it.
/// Identity: (<see cref="Root"/>, <see cref="Expiration"/>, <see cref="End"/>). It depends on the facts alone, not on how they were cut into messages.
/// </summary>
public sealed record GexCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The expiration whose prints were summed.</summary>
    public required DateOnly Expiration { get; init; }

    /// <summary>The session date of the stream that the prints came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The window's first instant, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The window's end, exclusive, UTC.</summary>
    public required DateTimeOffset End { get; init; }

    DateTimeOffset IMarketResult.Time => End;

    /// <summary>The underlying's price at the window's first print, dollars.</summary>
    public required double Spot { get; init; }

    /// <summary>Prints in the window.</summary>
    public required int TradeCount { get; init; }

    /// <summary>Contracts traded in the window.</summary>
    public required long Volume { get; init; }

    /// <summary>Legacy arithmetic, this window on its own: dollars per $1 move; null when the legacy clock says that the contract has expired.</summary>
    public GexLadder? NaiveWindow { get; init; }

    /// <summary>Canonical arithmetic, calls +, puts −, cumulative since the session began: dollars per 1 % move.</summary>
    public required GexLadder NaiveDay { get; init; }

    /// <summary>Canonical arithmetic, −aggressor·γ·size, this window: dollars per 1 % move.</summary>
    public required GexLadder DealerSignedWindow { get; init; }

    /// <summary>Canonical arithmetic, −aggressor·γ·size, cumulative since the session began: dollars per 1 % move.</summary>
    public required GexLadder DealerSignedDay { get; init; }

    /// <summary>Share (0–1) of the window's volume whose aggressor is known.</summary>
    public required double AggressorShareWindow { get; init; }

    /// <summary>Share (0–1) of the session's volume so far whose aggressor is known.</summary>
    public required double AggressorShareDay { get; init; }

    /// <summary>How the figures were made.</summary>
    public required GexModel Model { get; init; }

    /// <summary>True when facts that touched this window, or for day measures this session before its end, were missed by the feed, came after their window had closed, or were lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }

    /// <summary>The same of this window alone, which is what the window measures are made of; null in results of before it was said.</summary>
    public bool? WindowIncomplete { get; init; }

    /// <summary>The window's prints as they arrived, in order.</summary>
    public ImmutableArray<OptionTrade> Trades { get; init; } = [];
}

/// <summary>Exposure by strike and the levels read off it.</summary>
/// <remarks>
/// The canonical ladders require the sign (a positive major is positive) and are null otherwise; the legacy ladder picks its levels
/// whatever their sign, answers 0 for a missing minor and the spot for a missing zero gamma.
/// </remarks>
public sealed record GexLadder
{
    /// <summary>Sum over the strikes.</summary>
    public required double Sum { get; init; }

    /// <summary>Where the running sum over ascending strikes first changes sign, interpolated; null when it does not.</summary>
    public double? ZeroGamma { get; init; }

    /// <summary>Strike of the highest exposure.</summary>
    public double? MajorPositive { get; init; }

    /// <summary>Strike of the second-highest exposure.</summary>
    public double? MinorPositive { get; init; }

    /// <summary>Strike of the lowest exposure.</summary>
    public double? MajorNegative { get; init; }

    /// <summary>Strike of the second-lowest exposure.</summary>
    public double? MinorNegative { get; init; }

    /// <summary>The ladder, strikes ascending.</summary>
    public ImmutableArray<StrikeGex> Strikes { get; init; } = [];
}

/// <summary>One rung of a ladder.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="Gex">Exposure in the unit of its ladder.</param>
/// <param name="Volume">Contracts traded.</param>
public readonly record struct StrikeGex(double Strike, double Gex, long Volume);

/// <summary>The settings and conventions that made a result, so that anyone can reproduce it or explain the difference to another figure.</summary>
/// <param name="Convention">For example <c>traded: naive per $1, canonical per 1 %</c>.</param>
/// <param name="Rate">Continuously compounded risk-free rate.</param>
/// <param name="DividendYield">Continuously compounded dividend yield.</param>
/// <param name="DayCount">For example <c>calendar seconds / 365 d (canonical), / 262 d (legacy)</c>.</param>
/// <param name="VolatilitySource">For example <c>print price</c>.</param>
/// <param name="EngineVersion">The version that calculated; not part of a result's identity and left out of comparisons.</param>
/// <param name="PricedVolumeShare">Share (0–1) of the window's volume for which a volatility exists; the rest does not contribute.</param>
/// <param name="LeftOut">Volume left out of the window, by reason, ordered by reason.</param>
/// <param name="LegacyRate">Continuously compounded risk-free rate of the legacy measure; null in results of before it was said.</param>
/// <param name="IntervalSeconds">Length of a window; null as above.</param>
/// <param name="GraceSeconds">How long after its end a window took prints; null as above.</param>
/// <param name="LowestVolatility">Of the canonical measures: a print whose price implies a lower one is left out; null as above, when there was no bound.</param>
/// <param name="HighestVolatility">The same of a higher one.</param>
public sealed record GexModel(
    string Convention,
    double Rate,
    double DividendYield,
    string DayCount,
    string VolatilitySource,
    string EngineVersion,
    double PricedVolumeShare,
    ImmutableArray<LeftOutVolume> LeftOut,
    double? LegacyRate = null,
    double? IntervalSeconds = null,
    double? GraceSeconds = null,
    double? LowestVolatility = null,
    double? HighestVolatility = null);

/// <summary>Volume that does not contribute, and why.</summary>
/// <param name="Reason">For example <c>below intrinsic</c>.</param>
/// <param name="Volume">Contracts.</param>
public readonly record struct LeftOutVolume(string Reason, long Volume);
