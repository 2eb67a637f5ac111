namespace ZeroGex.Contracts;

/// <summary>What an alert said is no longer so, or, where it told of an event, its time is over. Identity: <see cref="Id"/>.</summary>
public sealed record AlertResolved : IMarketResult
{
    /// <summary>The id of the <see cref="AlertRaised"/>.</summary>
    public required string Id { get; init; }

    /// <summary>The rule's name.</summary>
    public required string Rule { get; init; }

    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>When it was raised, UTC.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>When it was resolved, UTC, not before it was raised.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>As when it was raised.</summary>
    public required string Metric { get; init; }

    /// <summary>As when it was raised.</summary>
    public required string Operator { get; init; }

    /// <summary>As when it was raised.</summary>
    public required string Scope { get; init; }

    /// <summary>As when it was raised.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>The figure that resolved it, in the unit of the metric; null when there is none any more.</summary>
    public double? Value { get; init; }

    /// <summary>As when it was raised.</summary>
    public required double Threshold { get; init; }

    /// <summary>The level that it speaks of now, dollars; null when it speaks of none.</summary>
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
