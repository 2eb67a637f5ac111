using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>Vendor bars of the underlying. A later bar with the same start replaces the earlier one. No bars is a heartbeat.</summary>
public sealed record BarsObserved : IMarketFact
{
    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }

    /// <inheritdoc/>
    public required string Root { get; init; }

    /// <inheritdoc/>
    public FeedGap? Gap { get; init; }

    /// <summary>The bars, oldest first.</summary>
    public ImmutableArray<UnderlyingBar> Bars { get; init; } = [];
}

/// <summary>One bar of the underlying; prices in dollars on the 1e-4 grid.</summary>
/// <param name="Symbol">The underlying's symbol, for example <c>SPX</c> for the root <c>SPXW</c>.</param>
/// <param name="Start">The bar's first instant, UTC.</param>
/// <param name="End">The bar's end, exclusive, UTC.</param>
/// <param name="Open">First price.</param>
/// <param name="High">Highest price.</param>
/// <param name="Low">Lowest price.</param>
/// <param name="Close">Last price.</param>
/// <param name="Volume">Shares traded within the bar.</param>
/// <param name="UpVolume">Shares traded on up-ticks, cumulative within the bar; null when the vendor does not split.</param>
/// <param name="DownVolume">Shares traded on down-ticks, cumulative within the bar; null when the vendor does not split.</param>
/// <param name="IsClosed">False while the bar may still grow.</param>
public sealed record UnderlyingBar(
    string Symbol,
    DateTimeOffset Start,
    DateTimeOffset End,
    double Open,
    double High,
    double Low,
    double Close,
    long Volume,
    long? UpVolume,
    long? DownVolume,
    bool IsClosed);
