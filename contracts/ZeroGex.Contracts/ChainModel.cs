using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>The settings and conventions that made a result of a whole chain, and what was left out of it: enough to compute it again from the log.</summary>
public sealed record ChainModel
{
    /// <summary>For example <c>γ·OI·100·S²·0.01 per 1 %, calls +, puts −</c>.</summary>
    public required string Convention { get; init; }

    /// <summary>Continuously compounded risk-free rate.</summary>
    public required double Rate { get; init; }

    /// <summary>Continuously compounded dividend yield, of expirations without a forward of their own.</summary>
    public required double DividendYield { get; init; }

    /// <summary>Where forwards come from: <c>dividend yield</c>, <c>put–call parity, else dividend yield</c>, or of American options <c>put–call parity without early exercise, else dividend yield</c>.</summary>
    public required string ForwardSource { get; init; }

    /// <summary>The expirations of the result whose forward is implied by put–call parity; none where it is not asked for, and none in results of before it was said.</summary>
    public ImmutableArray<DateOnly> ImpliedForwards { get; init; } = [];

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

    /// <summary>The trading day whose close the open interest counts; null when the feed does not say.</summary>
    public DateOnly? OpenInterestDate { get; init; }

    /// <summary>Seconds: results are of the ends of slices of this length, aligned to the Unix epoch.</summary>
    public required double SliceSeconds { get; init; }

    /// <summary>Seconds: how long after its end a slice still took facts.</summary>
    public required double GraceSeconds { get; init; }

    /// <summary>Seconds: with nothing new a result is made again after this long.</summary>
    public required double IntervalSeconds { get; init; }

    /// <summary>Seconds: the least time between two results of the sort; null where every minute has one, and in results of before it was said.</summary>
    public double? EverySeconds { get; init; }

    /// <summary>The grid of the gamma profile; null where there is none.</summary>
    public ProfileGrid? Grid { get; init; }

    /// <summary>The version that calculated; not part of a result's identity and left out of comparisons.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Contracts known; in a result of a whole chain with those that have settled, which are left out by that reason.</summary>
    public required int Contracts { get; init; }

    /// <summary>Contracts of these that are in the result.</summary>
    public required int Used { get; init; }

    /// <summary>The others, by reason, ordered by reason.</summary>
    public ImmutableArray<ContractCount> LeftOut { get; init; } = [];

    /// <summary>The contracts used, by the source of their volatility, in the order of the sources; empty where no volatility is needed.</summary>
    public ImmutableArray<ContractCount> Volatilities { get; init; } = [];
}

/// <summary>Contracts that have something in common.</summary>
/// <param name="What">For example <c>not quoted</c>, or <c>mid</c>.</param>
/// <param name="Contracts">How many.</param>
public readonly record struct ContractCount(string What, int Contracts);

/// <summary>The spots of a gamma profile: evenly spaced on a logarithmic scale.</summary>
/// <param name="Points">How many.</param>
/// <param name="Low">The lowest, as a fraction of spot.</param>
/// <param name="High">The highest, as a fraction of spot.</param>
public sealed record ProfileGrid(int Points, double Low, double High);
