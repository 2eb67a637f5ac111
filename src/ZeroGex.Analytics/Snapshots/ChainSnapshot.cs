using System.Collections.Immutable;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>A whole chain at one instant, as a file states it: every contract, settled ones too, with what the vendor calculated.</summary>
public sealed record ChainSnapshot
{
    /// <summary>What wrote the file: <c>CBOE CSV</c>, <c>CBOE JSON</c>, <c>LEAN universe</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The instant that the figures are of, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The underlying's price, dollars; 0 where nobody says it.</summary>
    public required double Spot { get; init; }

    /// <summary>The trading day whose close the open interest counts; null where the file does not say.</summary>
    public DateOnly? OpenInterestDate { get; init; }

    /// <summary>The contracts, each of them once, in the order of the file.</summary>
    public ImmutableArray<SnapshotRow> Rows { get; init; } = [];

    /// <summary>Rows of the file that cannot be true, by reason, ordered by reason; they are in no figure.</summary>
    public ImmutableArray<ContractCount> Refused { get; init; } = [];

    /// <summary>False where the file has closing prices alone: put–call parity then takes these.</summary>
    public bool IsQuoted => Rows.Any(row => row.Bid > 0);
}

/// <summary>One contract of a chain. Roots that share a chain (SPX, SPXW) list the same strikes and dates: those are different contracts.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Contract">The listed option.</param>
/// <param name="Bid">Dollars, 0 when there is none.</param>
/// <param name="Ask">Dollars, 0 when there is none.</param>
/// <param name="Last">Dollars, 0 when it never traded; the closing price of files that have no quotes.</param>
/// <param name="Volume">Contracts traded today.</param>
/// <param name="OpenInterest">Contracts open; null when unknown.</param>
/// <param name="Volatility">The vendor's, a fraction; 0 when it has none.</param>
/// <param name="Delta">The vendor's, 0 when it has none.</param>
/// <param name="Gamma">The vendor's, per dollar, 0 when it has none.</param>
public readonly record struct SnapshotRow(
    string Root, OptionContract Contract, double Bid, double Ask, double Last, long Volume, long? OpenInterest, double Volatility, double Delta, double Gamma);
