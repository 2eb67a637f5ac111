using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ZeroGex.Contracts;

/// <summary>Which expirations of a chain are summed.</summary>
public enum ChainScope
{
    /// <summary>All that have not expired.</summary>
    All,

    /// <summary>Those that settle on the session's date.</summary>
    [JsonStringEnumMemberName("0DTE")] ZeroDays,

    /// <summary>Those that are not monthly.</summary>
    Weekly,

    /// <summary>Those of a third Friday, or of the trading day before where that is none.</summary>
    Monthly,
}

/// <summary>What a contract's exposure is weighted with.</summary>
public enum ChainWeight
{
    /// <summary>Contracts open.</summary>
    OpenInterest,

    /// <summary>Contracts traded today.</summary>
    Volume,
}

/// <summary>
/// The exposure of a root's chain at one instant, within one scope and with one weight, and the levels read off it.
/// Identity: (<see cref="Root"/>, <see cref="Time"/>, <see cref="Scope"/>, <see cref="Weight"/>).
/// </summary>
/// <remarks>Calls plus, puts minus: what dealers hold who are long calls and short puts. Levels are null where none has the sign that its name says.</remarks>
public sealed record ChainGexCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The instant that the figures are of, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Which expirations.</summary>
    public required ChainScope Scope { get; init; }

    /// <summary>Weighted with what.</summary>
    public required ChainWeight Weight { get; init; }

    /// <summary>The underlying's price, dollars.</summary>
    public required double Spot { get; init; }

    /// <summary>γ·weight·100·S²·0.01, calls plus, puts minus: dollars of delta per 1 % move.</summary>
    public required ExposureTotal Gamma { get; init; }

    /// <summary>δ·weight·100·S: dollars, with the sign that δ has.</summary>
    public required ExposureTotal Delta { get; init; }

    /// <summary>vanna·weight·100·S·0.01: dollars of delta per volatility point, with the sign that vanna has.</summary>
    public required ExposureTotal Vanna { get; init; }

    /// <summary>charm·weight·100·S/365: dollars of delta per calendar day, with the sign that charm has.</summary>
    public required ExposureTotal Charm { get; init; }

    /// <summary>Strike of the largest net gamma exposure, whatever its sign.</summary>
    public double? MaxGamma { get; init; }

    /// <summary>Strike of the largest positive call gamma exposure.</summary>
    public double? CallWall { get; init; }

    /// <summary>Strike of the largest negative put gamma exposure.</summary>
    public double? PutWall { get; init; }

    /// <summary>The spot nearest to today's at which the profile crosses zero, dollars; null when it does not within the grid.</summary>
    public double? Flip { get; init; }

    /// <summary>All crossings within the grid, dollars, ascending.</summary>
    public ImmutableArray<double> Crossings { get; init; } = [];

    /// <summary>The sign of the profile at spot: 1, −1 or 0.</summary>
    public required int Regime { get; init; }

    /// <summary>Gamma exposure by strike, ascending.</summary>
    public ImmutableArray<StrikeExposure> Strikes { get; init; } = [];

    /// <summary>Gamma exposure by expiration, ascending.</summary>
    public ImmutableArray<DatedExposure> Expirations { get; init; } = [];

    /// <summary>Spots of the gamma profile, dollars, ascending.</summary>
    public ImmutableArray<double> ProfileSpots { get; init; } = [];

    /// <summary>Net gamma exposure at each of these spots, dollars per 1 % move; volatility stays with the strike.</summary>
    public ImmutableArray<double> Profile { get; init; } = [];

    /// <summary>How the figures were made.</summary>
    public required ChainModel Model { get; init; }

    /// <summary>True when facts of this session before <see cref="Time"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>A sum over contracts, dollars.</summary>
/// <param name="Call">Of calls.</param>
/// <param name="Put">Of puts, with their sign.</param>
/// <param name="Net">Calls plus puts.</param>
/// <param name="Gross">Over strikes, expirations and rights without their signs.</param>
public readonly record struct ExposureTotal(double Call, double Put, double Net, double Gross);

/// <summary>The exposure of a strike; a net of zero is zero, not nothing.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="Call">Of calls.</param>
/// <param name="Put">Of puts, with their sign.</param>
/// <param name="Net">Calls plus puts.</param>
/// <param name="Gross">Over expirations and rights without their signs.</param>
public readonly record struct StrikeExposure(double Strike, double Call, double Put, double Net, double Gross);

/// <summary>The exposure of an expiration.</summary>
/// <param name="Expiration">As listed.</param>
/// <param name="Forward">The underlying's forward to its settlement, dollars.</param>
/// <param name="Call">Of calls.</param>
/// <param name="Put">Of puts, with their sign.</param>
/// <param name="Net">Calls plus puts.</param>
/// <param name="Gross">Over strikes and rights without their signs.</param>
public readonly record struct DatedExposure(DateOnly Expiration, double Forward, double Call, double Put, double Net, double Gross);
