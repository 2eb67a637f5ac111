using System.Collections.Immutable;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>What a chain says at one instant, under one set of choices.</summary>
/// <remarks>Exposures are dollars per 1 % move, or per $1 move, as the model's convention says; calls plus, puts minus. Delta, vanna and charm exposure are as in <see cref="Gex.ExposureMeasure"/>.</remarks>
public sealed record ChainReport
{
    /// <summary>The roots that are in it.</summary>
    public required ImmutableArray<string> Roots { get; init; }

    /// <summary>The instant that the figures are of, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The session that this instant belongs to; <c>0DTE</c> settles on its date.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The underlying's price, dollars.</summary>
    public required double Spot { get; init; }

    /// <summary>True where no file says the spot, and parity implies it.</summary>
    public required bool IsSpotImplied { get; init; }

    /// <summary>Contracts read, used and left out.</summary>
    public required ChainCoverage Coverage { get; init; }

    /// <summary>All that was asked for.</summary>
    public required ChainLevels Levels { get; init; }

    /// <summary>The same by kind of expiration; those without contracts are left out.</summary>
    public required ImmutableArray<ChainLevels> Scopes { get; init; }

    /// <summary>By expiration and root, ascending.</summary>
    public required ImmutableArray<ExpirationReport> Expirations { get; init; }

    /// <summary>Gamma exposure by strike, ascending.</summary>
    public required ImmutableArray<StrikeExposure> Strikes { get; init; }

    /// <summary>Gamma exposure by strike of each expiration, ascending; empty where details were not asked.</summary>
    public required ImmutableArray<CellExposure> Grid { get; init; }

    /// <summary>The gamma profile where it was sampled, spots ascending; empty where details were not asked.</summary>
    public required ImmutableArray<ProfilePoint> Profile { get; init; }

    /// <summary>Max pain as if all settled at one price, a curiosity; put/call ratios of all. Both of the contracts in the sums, max pain by what they are weighed with (<see cref="AnalysisSettings.Weight"/>).</summary>
    public required MaxPainFigures Pooled { get; init; }

    /// <summary>How far the file is to be trusted; null where that was not asked.</summary>
    public ChainQuality? Quality { get; init; }

    /// <summary>How the figures were made.</summary>
    public required AnalysisModel Model { get; init; }
}

/// <summary>The gamma exposure of a strike of one expiration.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Expiration">As listed.</param>
/// <param name="Strike">Dollars.</param>
/// <param name="Call">Of the call.</param>
/// <param name="Put">Of the put, with its sign.</param>
/// <param name="Net">Call plus put.</param>
/// <param name="Gross">Without the signs.</param>
public readonly record struct CellExposure(string Root, DateOnly Expiration, double Strike, double Call, double Put, double Net, double Gross);

/// <summary>A point of a gamma profile.</summary>
/// <param name="Spot">Dollars.</param>
/// <param name="Net">Net exposure if spot were there.</param>
public readonly record struct ProfilePoint(double Spot, double Net);

/// <summary>Contracts read, used and left out.</summary>
/// <param name="Read">Rows of the file that are contracts.</param>
/// <param name="Refused">Rows that cannot be true, by reason.</param>
/// <param name="Used">Contracts that are in the sums.</param>
/// <param name="LeftOut">The others of those read, by reason.</param>
/// <param name="Volatilities">Contracts used, by where their volatility is from; <c>none</c>: in the sums with the vendor's gamma, or with 0 on the predecessor's ladder, and not in the profile.</param>
/// <param name="DefaultShare">Share of all weight (open interest or volume) whose volatility is the default, for nothing else is known; null where there is no weight.</param>
public sealed record ChainCoverage(
    int Read, ImmutableArray<ContractCount> Refused, int Used, ImmutableArray<ContractCount> LeftOut, ImmutableArray<ContractCount> Volatilities, double? DefaultShare);

/// <summary>Sums and levels over a set of expirations.</summary>
public sealed record ChainLevels
{
    /// <summary>Which expirations.</summary>
    public required ChainScope Scope { get; init; }

    /// <summary>Contracts in the sums.</summary>
    public required int Contracts { get; init; }

    /// <summary>Gamma exposure.</summary>
    public required ExposureTotal Gamma { get; init; }

    /// <summary>δ·weight·100·S: dollars, with the sign that δ has.</summary>
    public required ExposureTotal Delta { get; init; }

    /// <summary>vanna·weight·100·S·0.01: dollars of delta per volatility point.</summary>
    public required ExposureTotal Vanna { get; init; }

    /// <summary>charm·weight·100·S/365: dollars of delta per calendar day.</summary>
    public required ExposureTotal Charm { get; init; }

    /// <summary>The flip by the rule that was chosen; null when there is none.</summary>
    public double? Flip { get; init; }

    /// <summary>All crossings of the profile within the grid, dollars, ascending, whatever the flip's rule.</summary>
    public ImmutableArray<double> Crossings { get; init; } = [];

    /// <summary>The sign of the profile at spot: 1, −1 or 0.</summary>
    public required int Regime { get; init; }

    /// <summary>The profile at spot, dollars in the report's unit. The sum too, where both come from one volatility.</summary>
    public required double ProfileAtSpot { get; init; }

    /// <summary>Strike of the largest positive call exposure.</summary>
    public double? CallWall { get; init; }

    /// <summary>Strike of the largest negative put exposure.</summary>
    public double? PutWall { get; init; }

    /// <summary>Strike of the largest net exposure, whatever its sign.</summary>
    public double? MaxGamma { get; init; }

    /// <summary>Levels of the net ladder: majors, minors, and the running sum's zero.</summary>
    public required LadderLevels Ladder { get; init; }
}

/// <summary>Levels read off net exposure by strike, strikes in dollars.</summary>
/// <param name="ZeroGamma">Where the running sum over ascending strikes first changes its sign.</param>
/// <param name="MajorPositive">Of the highest exposure.</param>
/// <param name="MinorPositive">Of the second-highest.</param>
/// <param name="MajorNegative">Of the lowest.</param>
/// <param name="MinorNegative">Of the second-lowest.</param>
public readonly record struct LadderLevels(double? ZeroGamma, double? MajorPositive, double? MinorPositive, double? MajorNegative, double? MinorNegative);

/// <summary>One root's expiration.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Expiration">As listed.</param>
/// <param name="Settlement">UTC.</param>
/// <param name="Years">By the day count.</param>
/// <param name="Forward">To its settlement, dollars.</param>
/// <param name="IsForwardImplied">True where put–call parity says it.</param>
/// <param name="Contracts">In the sums.</param>
/// <param name="Gamma">Gamma exposure.</param>
/// <param name="CallWall">Strike of the largest positive call exposure.</param>
/// <param name="PutWall">Strike of the largest negative put exposure.</param>
/// <param name="ZeroGamma">Where the running sum over its strikes first changes its sign.</param>
/// <param name="MaxPain">Its max pain, by what contracts are weighed with, and put/call ratios, by both.</param>
public sealed record ExpirationReport(
    string Root, DateOnly Expiration, DateTimeOffset Settlement, double Years, double Forward, bool IsForwardImplied, int Contracts,
    ExposureTotal Gamma, double? CallWall, double? PutWall, double? ZeroGamma, MaxPainFigures MaxPain);

/// <summary>The choices behind a report, in words and figures.</summary>
public sealed record AnalysisModel
{
    /// <summary>What the choices are called together.</summary>
    public required string Name { get; init; }

    /// <summary>The formula, the weight and the signs.</summary>
    public required string Convention { get; init; }

    /// <summary>Which gamma is summed.</summary>
    public required string Gamma { get; init; }

    /// <summary>In words.</summary>
    public required string DayCount { get; init; }

    /// <summary>Continuously compounded.</summary>
    public required double Rate { get; init; }

    /// <summary>Continuously compounded.</summary>
    public required double DividendYield { get; init; }

    /// <summary>Where forwards come from.</summary>
    public required string ForwardSource { get; init; }

    /// <summary>The sources of volatilities that were asked, best first.</summary>
    public required string VolatilitySource { get; init; }

    /// <summary>What the flip is, in words.</summary>
    public required string Flip { get; init; }

    /// <summary>The spots of the profile.</summary>
    public required SpotGrid Grid { get; init; }

    /// <summary>The trading day whose close the open interest counts; null where the file does not say.</summary>
    public DateOnly? OpenInterestDate { get; init; }

    /// <summary>The version that calculated.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Every choice.</summary>
    public required AnalysisSettings Settings { get; init; }
}
