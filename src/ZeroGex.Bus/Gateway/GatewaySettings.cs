namespace ZeroGex.Bus.Gateway;

/// <summary>How the gateway gathers, bounds and keeps what it stamps.</summary>
public sealed record GatewaySettings
{
    /// <summary>Events of one beat of the feed's clock travel together.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>An idle stream says that it is idle this often (the feed's clock).</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A root of which nothing has come for so long in trading hours is said to be stale.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>A quote or print stamped further ahead of the clock than this is refused.</summary>
    public TimeSpan MaxAhead { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After a rollover or at the end, the old streams' clocks move on by this much, so that their last windows close.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Rows in one message at most; what is more goes into several.</summary>
    public int MaxRows { get; init; } = 2_000;

    /// <summary>Bytes that may wait in the spool for the broker, or embedded for the recorder.</summary>
    public long SpoolBytes { get; init; } = 512L << 20;

    /// <summary>When the spool reaches the disk itself; a process kill loses nothing either way.</summary>
    public SpoolSync Sync { get; init; } = SpoolSync.EverySecond;
}

/// <summary>What a power cut may cost.</summary>
public enum SpoolSync
{
    /// <summary>Whatever the operating system had not written yet.</summary>
    Never,

    /// <summary>About the last second.</summary>
    EverySecond,

    /// <summary>Nothing; each beat waits for the disk.</summary>
    EveryBeat,
}
