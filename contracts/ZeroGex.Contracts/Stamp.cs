namespace ZeroGex.Contracts;

/// <summary>Order, identity, idempotency key, gap detector and clock of a market fact, in one small record. Only the gateway makes one, but for the losses that a consumer finds.</summary>
/// <param name="Stream">The log's stream id, <c>{kind}/{root}/{session date}</c>, for example <c>trades/SPY/2026-01-16</c>.</param>
/// <param name="Run">When the gateway process started, in Unix milliseconds; always larger than the run before it, also when the clock went back.</param>
/// <param name="Sequence">1, 2, 3 ... within a stream and run; a hole means a lost message.</param>
/// <param name="AsOf">The gateway's clock in UTC, to the microsecond, never running backwards within a run. For consumers this is "now".</param>
public sealed record Stamp(string Stream, long Run, long Sequence, DateTimeOffset AsOf)
{
    /// <summary>Where this message stands in its stream.</summary>
    public StreamPosition Position() => new(Run, Sequence);
}

/// <summary>A place in a stream: runs in order, sequences in order within a run.</summary>
/// <param name="Run">The gateway run.</param>
/// <param name="Sequence">1, 2, 3 ... within the run; 0 stands before the run's first message.</param>
public readonly record struct StreamPosition(long Run, long Sequence) : IComparable<StreamPosition>
{
    /// <inheritdoc/>
    public int CompareTo(StreamPosition other) =>
        Run != other.Run ? Run.CompareTo(other.Run) : Sequence.CompareTo(other.Sequence);

    /// <summary>True when <paramref name="next"/> can only be the message right after this one within the same run.</summary>
    public bool IsFollowedBy(StreamPosition next) => next.Run == Run && next.Sequence == Sequence + 1;

    public static bool operator <(StreamPosition left, StreamPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(StreamPosition left, StreamPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(StreamPosition left, StreamPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(StreamPosition left, StreamPosition right) => left.CompareTo(right) >= 0;
}

/// <summary>What the gateway stamps and the recorder keeps: something the market said, which nobody can recompute.</summary>
public interface IMarketFact
{
    /// <summary>Order, identity and clock.</summary>
    Stamp Stamp { get; }

    /// <summary>The option root as listed, for example <c>SPXW</c>.</summary>
    string Root { get; }

    /// <summary>What the feed missed, as it is known with this message; null when nothing new is.</summary>
    FeedGap? Gap => null;
}

/// <summary>A time that a feed did not see and cannot bring again. What is calculated of it lacks something.</summary>
/// <param name="From">Its first instant, UTC.</param>
/// <param name="To">Its end, UTC; null while it goes on. A later gap with an end ends it.</param>
public sealed record FeedGap(DateTimeOffset From, DateTimeOffset? To);

/// <summary>What a fold calculates from facts: published and kept in tables, never recorded, because it can be calculated again.</summary>
public interface IMarketResult
{
    /// <summary>The option root that it speaks of.</summary>
    string Root { get; }

    /// <summary>The moment that it speaks of, in the clock of the facts; of a window or a minute its end.</summary>
    DateTimeOffset Time { get; }
}
