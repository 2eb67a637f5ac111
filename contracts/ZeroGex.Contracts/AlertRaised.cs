namespace ZeroGex.Contracts;

/// <summary>How much an alert matters.</summary>
public enum AlertSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Worth getting up for.</summary>
    Critical,
}

/// <summary>
/// A rule has found what it looks for. Until the <see cref="AlertResolved"/> with the same <see cref="Id"/> it is not raised again for this root.
/// Identity: <see cref="Id"/>. All times are those of the facts.
/// </summary>
public sealed record AlertRaised : IMarketResult
{
    /// <summary>Rule, root and moment: <c>zero-gamma-cross/SPY/2026-01-16T15:31:00Z</c>. The same facts and rules give the same id.</summary>
    public required string Id { get; init; }

    /// <summary>The rule's name.</summary>
    public required string Rule { get; init; }

    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What is looked at, for example <c>net_gex</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>How, for example <c>crosses</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>Of which expirations (<c>all</c>, <c>0dte</c>, <c>weekly</c>, <c>monthly</c>), or of which input (<c>all</c>, <c>quotes</c> ...).</summary>
    public required string Scope { get; init; }

    /// <summary>How much it matters.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>The figure that raised it: dollars, seconds, a count; of a price held against a level its distance from there in %.</summary>
    public required double Value { get; init; }

    /// <summary>What it was compared with, in the same unit; of a move its size in %.</summary>
    public required double Threshold { get; init; }

    /// <summary>The level that it speaks of, dollars; null when it speaks of none.</summary>
    public double? Level { get; init; }

    /// <summary>The underlying's price, dollars; null when it does not matter.</summary>
    public double? Spot { get; init; }

    /// <summary>For people, in a sentence.</summary>
    public required string Text { get; init; }

    /// <summary>True when facts of this session before <see cref="Time"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }

    /// <summary>What made it; null in results of before it was said.</summary>
    public AlertModel? Model { get; init; }
}
