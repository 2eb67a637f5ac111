namespace ZeroGex.Bus.Bridges;

/// <summary>Where the legacy channels are.</summary>
public sealed record RedisSettings
{
    /// <summary>Host name or address.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>TCP port.</summary>
    public int Port { get; init; } = 6379;

    /// <summary>Null or empty: none.</summary>
    public string? Password { get; init; }

    /// <summary>The channel that prints come from.</summary>
    public string TradesChannel { get; init; } = "inferred_trades";

    /// <summary>How far the clock of replayed prints runs on when they cease, so that the last windows close.</summary>
    public TimeSpan IdleAdvance { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The channel that results go to.</summary>
    public string GexChannel { get; init; } = "inferred_gex";
}
