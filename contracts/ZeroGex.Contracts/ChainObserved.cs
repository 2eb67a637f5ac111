using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// Open interest and reference data of a root's contracts, as far as the feed knows them; a row replaces what was known of its contract.
/// No rows is a heartbeat.
/// </summary>
public sealed record ChainObserved : IMarketFact
{
    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }

    /// <inheritdoc/>
    public required string Root { get; init; }

    /// <summary>The trading day whose close the open interest counts; null when the feed does not say.</summary>
    public DateOnly? OpenInterestDate { get; init; }

    /// <summary>
    /// When the feed saw the rows: the clock of its beat, the same in every message of it, however the beats before were cut and whatever was said between them. Null in a
    /// heartbeat, and in what was recorded by a version that did not say; then it is not before the stream's clock.
    /// </summary>
    public DateTimeOffset? Time { get; init; }

    /// <inheritdoc/>
    public FeedGap? Gap { get; init; }

    /// <summary>One row a contract.</summary>
    public ImmutableArray<ChainRow> Rows { get; init; } = [];
}

/// <summary>What a feed knows of one contract beside its quotes.</summary>
/// <param name="Contract">The listed option.</param>
/// <param name="OpenInterest">Contracts open, at least 0; null when unknown.</param>
/// <param name="Volume">Contracts traded today, a running count; null when unknown.</param>
/// <param name="Last">Last traded price, dollars on the 1e-4 grid; null when there is none.</param>
/// <param name="Volatility">The vendor's implied volatility as a fraction; null when it gives none.</param>
/// <param name="Delta">The vendor's delta per dollar of the underlying; null when it gives none.</param>
/// <param name="Gamma">The vendor's gamma per dollar squared; null when it gives none.</param>
/// <remarks>Vendor greeks are a cross-check and never an input of canonical numbers.</remarks>
public sealed record ChainRow(
    OptionContract Contract,
    long? OpenInterest = null,
    long? Volume = null,
    double? Last = null,
    double? Volatility = null,
    double? Delta = null,
    double? Gamma = null);
