using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// Implied volatilities and greeks of every quoted contract of one root and expiration at one instant, as columns: element i of every column is of one contract.
/// Identity: (<see cref="Root"/>, <see cref="Expiration"/>, <see cref="Time"/>).
/// </summary>
public sealed record GreeksCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The instant that the figures are of, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The expiration of all contracts here.</summary>
    public required DateOnly Expiration { get; init; }

    /// <summary>The underlying's price, dollars.</summary>
    public required double Spot { get; init; }

    /// <summary>The underlying's forward to settlement, dollars.</summary>
    public required double Forward { get; init; }

    /// <summary>Time to settlement, in years of 365 days.</summary>
    public required double Years { get; init; }

    /// <summary>Dollars; ascending, of equal ones the call first.</summary>
    public ImmutableArray<double> Strike { get; init; } = [];

    /// <summary>Call or put.</summary>
    public ImmutableArray<OptionRight> Right { get; init; } = [];

    /// <summary>Best bid, dollars, 0 when there is none.</summary>
    public ImmutableArray<double> Bid { get; init; } = [];

    /// <summary>Best ask, dollars, 0 when there is none.</summary>
    public ImmutableArray<double> Ask { get; init; } = [];

    /// <summary>Last traded price, dollars, 0 when there is none.</summary>
    public ImmutableArray<double> Last { get; init; } = [];

    /// <summary>Contracts traded today.</summary>
    public ImmutableArray<long> Volume { get; init; } = [];

    /// <summary>Contracts open; null when unknown.</summary>
    public ImmutableArray<long?> OpenInterest { get; init; } = [];

    /// <summary>A fraction, greater than 0.</summary>
    public ImmutableArray<double> Volatility { get; init; } = [];

    /// <summary>Where the volatility comes from: <c>feed</c>, <c>mid</c>, <c>last</c> or <c>default</c>.</summary>
    public ImmutableArray<string> Source { get; init; } = [];

    /// <summary>Why the mid price gave no volatility, for example <c>below intrinsic</c>; null where it did or was not asked.</summary>
    public ImmutableArray<string?> Reason { get; init; } = [];

    /// <summary>Per dollar of spot.</summary>
    public ImmutableArray<double> Delta { get; init; } = [];

    /// <summary>Delta per dollar of spot.</summary>
    public ImmutableArray<double> Gamma { get; init; } = [];

    /// <summary>Dollars per calendar day.</summary>
    public ImmutableArray<double> Theta { get; init; } = [];

    /// <summary>Dollars per volatility point (0.01).</summary>
    public ImmutableArray<double> Vega { get; init; } = [];

    /// <summary>Dollars per 1 % of rate.</summary>
    public ImmutableArray<double> Rho { get; init; } = [];

    /// <summary>Delta per volatility point (0.01).</summary>
    public ImmutableArray<double> Vanna { get; init; } = [];

    /// <summary>Delta per calendar day.</summary>
    public ImmutableArray<double> Charm { get; init; } = [];

    /// <summary>Vega as above per volatility point (0.01).</summary>
    public ImmutableArray<double> Vomma { get; init; } = [];

    /// <summary>
    /// Delta per dollar of spot, were the option exercised as it may be, at any time: at the volatility that its mid price has then, or that of its row where the mid has none. Null where there
    /// is no such price; empty for roots that are not asked so. No exposure is made of it.
    /// </summary>
    public ImmutableArray<double?> AmericanGamma { get; init; } = [];

    /// <summary>How the figures were made.</summary>
    public required ChainModel Model { get; init; }

    /// <summary>True when facts of this session before <see cref="Time"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}
