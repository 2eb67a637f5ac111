using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>A source of market facts: files, a simulator, a legacy channel, a vendor. It says what it saw and when; it never stamps.</summary>
public interface IMarketFeed
{
    /// <summary>Short name for logs and metrics: <c>simulated</c>, <c>lean</c> ...</summary>
    string Name { get; }

    /// <summary>True when <see cref="ReadAsync"/> can continue after any position it ever gave.</summary>
    bool CanResume { get; }

    /// <summary>Which session an instant belongs to, in this feed's market.</summary>
    ISessionCalendar Sessions { get; }

    /// <summary>
    /// Reads on after <paramref name="position"/> (null: from the beginning, or from now for a live feed). The same position gives the same
    /// batches again, in the same pieces. A live feed yields an empty batch at least every beat, so that its clock moves.
    /// </summary>
    IAsyncEnumerable<FeedBatch> ReadAsync(string? position, CancellationToken cancel);
}

/// <summary>What a feed saw up to one instant of its clock, per root.</summary>
public sealed class FeedBatch(DateTimeOffset asOf, string position)
{
    readonly Dictionary<string, RootFacts> _roots = new(StringComparer.Ordinal);

    /// <summary>The feed's clock when the batch was complete, UTC; never running backwards.</summary>
    public DateTimeOffset AsOf { get; } = asOf;

    /// <summary>Where to continue after this batch; opaque to everyone but the feed.</summary>
    public string Position { get; } = position;

    /// <summary>What was seen, per option root.</summary>
    public IReadOnlyDictionary<string, RootFacts> Roots => _roots;

    /// <summary>The facts of a root, created on first use.</summary>
    public RootFacts For(string root)
    {
        if (!_roots.TryGetValue(root, out var facts)) _roots[root] = facts = new RootFacts();
        return facts;
    }
}

/// <summary>One root's facts of a batch, each kind in the order of arrival.</summary>
public sealed class RootFacts
{
    public List<OptionQuote> Quotes { get; } = [];
    public List<OptionTrade> Trades { get; } = [];
    public List<ChainRow> Chain { get; } = [];
    public DateOnly? OpenInterestDate { get; set; }
    public List<UnderlyingBar> Bars { get; } = [];
    public List<FeedNotice> Notices { get; } = [];

    /// <summary>True when the market said something.</summary>
    public bool HasRows => Quotes.Count + Trades.Count + Chain.Count + Bars.Count > 0;
}

/// <summary>One quote as a feed reads it; units as in <see cref="QuotesObserved"/>.</summary>
/// <param name="TimeMicros">When the market quoted, Unix microseconds.</param>
/// <param name="Last">Last traded price, 0 when there is none; null from a feed that does not know, as below.</param>
/// <param name="Volume">Contracts traded today.</param>
/// <param name="Volatility">The vendor's, 0 when it gives none.</param>
public readonly record struct OptionQuote(
    OptionContract Contract,
    long TimeMicros,
    double Bid,
    double Ask,
    int BidSize,
    int AskSize,
    double Spot,
    double? Last = null,
    long? Volume = null,
    double? Volatility = null);

/// <summary>
/// A change of the feed's own state, for <see cref="FeedStateChanged"/>. A gap, and the time from a lost connection until it is back, also go with the streams of the root, as what
/// they lack. Beginning, silence, rollover and end the gateway sees for itself.
/// </summary>
public sealed record FeedNotice(FeedState State, string Detail, DateTimeOffset? From = null, DateTimeOffset? To = null);
