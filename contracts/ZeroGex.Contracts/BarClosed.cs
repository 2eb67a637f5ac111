namespace ZeroGex.Contracts;

/// <summary>
/// A minute of the underlying that has ended. Identity: (<see cref="Root"/>, <see cref="Start"/>). A vendor may correct a minute that has been
/// published: it comes again whole and replaces what was said.
/// </summary>
public sealed record BarClosed : IMarketResult
{
    /// <summary>The option root whose facts made the bar.</summary>
    public required string Root { get; init; }

    /// <summary>The underlying's symbol: the vendor's, or the root where no vendor bar has said it.</summary>
    public required string Symbol { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The minute's first instant, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The minute's end, exclusive, UTC.</summary>
    public required DateTimeOffset End { get; init; }

    DateTimeOffset IMarketResult.Time => End;

    /// <summary>First price, dollars.</summary>
    public required double Open { get; init; }

    /// <summary>Highest price, dollars.</summary>
    public required double High { get; init; }

    /// <summary>Lowest price, dollars.</summary>
    public required double Low { get; init; }

    /// <summary>Last price, dollars.</summary>
    public required double Close { get; init; }

    /// <summary>Shares traded within the minute; null when no vendor says.</summary>
    public long? Volume { get; init; }

    /// <summary>Shares traded on up-ticks within the minute; null when no vendor says.</summary>
    public long? UpVolume { get; init; }

    /// <summary>Shares traded on down-ticks within the minute; null when no vendor says.</summary>
    public long? DownVolume { get; init; }

    /// <summary>How the bar was made.</summary>
    public required BarModel Model { get; init; }

    /// <summary>True when facts of this minute were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>How a bar was made.</summary>
/// <param name="Source"><c>vendor bars</c>, or <c>spot of quotes and prints</c> where there are none.</param>
/// <param name="SliceSeconds">Facts were taken in the order of slices of this length, aligned to the Unix epoch.</param>
/// <param name="GraceSeconds">How long after its end a slice still took facts.</param>
/// <param name="EngineVersion">The version that calculated; left out of comparisons.</param>
public sealed record BarModel(string Source, double SliceSeconds, double GraceSeconds, string EngineVersion);
