using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// The contracts of one root and expiration that changed within a minute that has ended, as columns: element i of every column is of one contract, as it stood
/// at the minute's end. Identity of a row: (<see cref="Root"/>, <see cref="Expiration"/>, strike, right, <see cref="Start"/>).
/// </summary>
public sealed record OptionMinuteClosed : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The minute's first instant, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The minute's end, exclusive, UTC: the instant that volatilities and greeks are of.</summary>
    public required DateTimeOffset End { get; init; }

    DateTimeOffset IMarketResult.Time => End;

    /// <summary>The expiration of all contracts here.</summary>
    public required DateOnly Expiration { get; init; }

    /// <summary>The underlying's price at the minute's end, dollars; null when no fact has said it.</summary>
    public double? Spot { get; init; }

    /// <summary>Dollars; ascending, of equal ones the call first.</summary>
    public ImmutableArray<double> Strike { get; init; } = [];

    /// <summary>Call or put.</summary>
    public ImmutableArray<OptionRight> Right { get; init; } = [];

    /// <summary>Last traded price, dollars, 0 when there is none.</summary>
    public ImmutableArray<double> Last { get; init; } = [];

    /// <summary>Best bid, dollars, 0 when there is none.</summary>
    public ImmutableArray<double> Bid { get; init; } = [];

    /// <summary>Best ask, dollars, 0 when there is none.</summary>
    public ImmutableArray<double> Ask { get; init; } = [];

    /// <summary>Contracts traded today, a running count that never goes back within a session.</summary>
    public ImmutableArray<long> Volume { get; init; } = [];

    /// <summary>Contracts open; null when unknown.</summary>
    public ImmutableArray<long?> OpenInterest { get; init; } = [];

    /// <summary>A fraction; null, as are the greeks, when spot is not known or the contract has settled.</summary>
    public ImmutableArray<double?> Volatility { get; init; } = [];

    /// <summary>Where the volatility comes from: <c>feed</c>, <c>mid</c>, <c>last</c> or <c>default</c>; null when there is none.</summary>
    public ImmutableArray<string?> Source { get; init; } = [];

    /// <summary>Per dollar of spot.</summary>
    public ImmutableArray<double?> Delta { get; init; } = [];

    /// <summary>Delta per dollar of spot.</summary>
    public ImmutableArray<double?> Gamma { get; init; } = [];

    /// <summary>Dollars per calendar day.</summary>
    public ImmutableArray<double?> Theta { get; init; } = [];

    /// <summary>Dollars per volatility point (0.01).</summary>
    public ImmutableArray<double?> Vega { get; init; } = [];

    /// <summary>How the figures were made.</summary>
    public required ChainModel Model { get; init; }

    /// <summary>True when facts of this session before <see cref="End"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}
