using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// Option prints seen by a feed since its previous message, oldest first.
/// An empty list is a heartbeat: it moves the clock and nothing else.
/// </summary>
public sealed record TradesObserved : IMarketFact
{
    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }

    /// <inheritdoc/>
    public required string Root { get; init; }

    /// <inheritdoc/>
    public FeedGap? Gap { get; init; }

    /// <summary>The prints, in the order of arrival.</summary>
    public ImmutableArray<OptionTrade> Trades { get; init; } = [];
}

/// <summary>One option print.</summary>
/// <param name="Contract">What traded.</param>
/// <param name="Time">When it traded, UTC, to the microsecond.</param>
/// <param name="Price">Dollars a share of the underlying, on the 1e-4 grid, at least 0.</param>
/// <param name="Size">Contracts, greater than 0.</param>
/// <param name="Spot">The underlying's price at that moment, dollars on the 1e-4 grid, greater than 0.</param>
/// <param name="Aggressor">1 the buyer crossed the spread, -1 the seller did, 0 unknown.</param>
/// <param name="Condition">The vendor's sale condition, 0 regular.</param>
/// <param name="Original">
/// The legacy <c>inferred_trades</c> object as it arrived (JSON text), when the feed was one and the fields above would not give
/// the very same object back; otherwise null.
/// </param>
public sealed record OptionTrade(
    OptionContract Contract,
    DateTimeOffset Time,
    double Price,
    int Size,
    double Spot,
    int Aggressor,
    int Condition = 0,
    string? Original = null)
{
    /// <summary>Dollars paid by the aggressor: aggressor · size · price · 100.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double SignedPremium => Aggressor * Size * Price * 100;
}
