using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// The strikes at which settlement would pay holders least, and put/call ratios, of a root's chain at one instant.
/// Identity: (<see cref="Root"/>, <see cref="Time"/>).
/// </summary>
public sealed record MaxPainCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The instant that the figures are of, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The underlying's price, dollars; null when no fact has said it.</summary>
    public double? Spot { get; init; }

    /// <summary>One an expiration, ascending.</summary>
    public ImmutableArray<ExpirationMaxPain> Expirations { get; init; } = [];

    /// <summary>All expirations as if they settled at one price: a curiosity, labelled so.</summary>
    public required MaxPainFigures Pooled { get; init; }

    /// <summary>How the figures were made.</summary>
    public required ChainModel Model { get; init; }

    /// <summary>True when facts of this session before <see cref="Time"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>Max pain of an expiration.</summary>
/// <param name="Expiration">As listed.</param>
/// <param name="Figures">Its strike and ratios.</param>
public sealed record ExpirationMaxPain(DateOnly Expiration, MaxPainFigures Figures);

/// <summary>Max pain and put/call ratios of a set of contracts.</summary>
/// <param name="Strike">The strike minimising Σ open interest·100·intrinsic value, of equal ones the lowest, dollars; null where there is no open interest.</param>
/// <param name="Dollars">What would be paid there; null where there is no open interest.</param>
/// <param name="CallOpenInterest">Contracts open.</param>
/// <param name="PutOpenInterest">Contracts open.</param>
/// <param name="CallVolume">Contracts traded today.</param>
/// <param name="PutVolume">Contracts traded today.</param>
/// <param name="PutCallOpenInterest">Puts over calls; null where there are no calls.</param>
/// <param name="PutCallVolume">Puts over calls; null where there are no calls.</param>
public sealed record MaxPainFigures(
    double? Strike,
    double? Dollars,
    long CallOpenInterest,
    long PutOpenInterest,
    long CallVolume,
    long PutVolume,
    double? PutCallOpenInterest,
    double? PutCallVolume);
