namespace ZeroGex.Contracts;

/// <summary>What happened to a feed: said out loud, so that nobody takes silence for a quiet market.</summary>
public enum FeedState
{
    /// <summary>A gateway run began.</summary>
    Started,

    /// <summary>Events between <see cref="FeedStateChanged.From"/> and <see cref="FeedStateChanged.To"/> were missed and cannot be had again.</summary>
    Gap,

    /// <summary>The vendor connection was lost.</summary>
    Disconnected,

    /// <summary>The vendor connection is back.</summary>
    Reconnected,

    /// <summary>Nothing has come for longer than expected.</summary>
    Stale,

    /// <summary>Data flows again after <see cref="Stale"/>.</summary>
    Fresh,

    /// <summary>The session date changed.</summary>
    Rollover,

    /// <summary>The feed has nothing more to say.</summary>
    Ended,
}

/// <summary>A change in the state of a feed of one root. A consumer that finds messages missing says so too, on a stream of its own.</summary>
public sealed record FeedStateChanged : IMarketFact
{
    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }

    /// <inheritdoc/>
    public required string Root { get; init; }

    /// <summary>The new state; null is a heartbeat.</summary>
    public FeedState? State { get; init; }

    /// <summary>For people: what happened, in a sentence.</summary>
    public string? Detail { get; init; }

    /// <summary>First instant concerned, UTC; null when it does not apply.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Last instant concerned, UTC; null when it does not apply.</summary>
    public DateTimeOffset? To { get; init; }
}
