using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// Option quotes seen by a feed since its previous message, oldest first, as columns: row i of the message is element i of every column.
/// No rows is a heartbeat: it moves the clock and nothing else.
/// </summary>
/// <remarks>Prices are dollars on the 1e-4 grid. Optional columns are empty when the feed does not know them for any row.</remarks>
public sealed record QuotesObserved : IMarketFact
{
    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }

    /// <inheritdoc/>
    public required string Root { get; init; }

    /// <inheritdoc/>
    public FeedGap? Gap { get; init; }

    /// <summary>The contracts quoted in this message, each once; <see cref="Contract"/> points into it.</summary>
    public ImmutableArray<OptionContract> Contracts { get; init; } = [];

    /// <summary>Per row: the index into <see cref="Contracts"/>.</summary>
    public ImmutableArray<int> Contract { get; init; } = [];

    /// <summary>Per row: when the market quoted, in Unix microseconds.</summary>
    public ImmutableArray<long> Time { get; init; } = [];

    /// <summary>Per row: best bid, 0 when there is none.</summary>
    public ImmutableArray<double> Bid { get; init; } = [];

    /// <summary>Per row: best ask, 0 when there is none.</summary>
    public ImmutableArray<double> Ask { get; init; } = [];

    /// <summary>Per row: contracts bid for.</summary>
    public ImmutableArray<int> BidSize { get; init; } = [];

    /// <summary>Per row: contracts offered.</summary>
    public ImmutableArray<int> AskSize { get; init; } = [];

    /// <summary>Per row: the underlying's price at that moment, 0 when the feed does not know it.</summary>
    public ImmutableArray<double> Spot { get; init; } = [];

    /// <summary>Per row, optional: last traded price, 0 when there is none.</summary>
    public ImmutableArray<double> Last { get; init; } = [];

    /// <summary>Per row, optional: contracts traded today, a running count.</summary>
    public ImmutableArray<long> Volume { get; init; } = [];

    /// <summary>Per row, optional: the vendor's implied volatility as a fraction (0.2 is 20 %) on the 1e-6 grid, 0 when it gives none.</summary>
    public ImmutableArray<double> Volatility { get; init; } = [];
}
