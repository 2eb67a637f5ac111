using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Quality;

/// <summary>From where on a figure is worth a warning, and from where on it is bad; null for never.</summary>
/// <param name="Warning">In the unit of what is judged.</param>
/// <param name="Bad">In the unit of what is judged.</param>
public readonly record struct QualityLimit(double? Warning, double? Bad)
{
    /// <summary>How a value stands.</summary>
    public QualityState Judge(double value) =>
        value >= Bad ? QualityState.Bad :
        value >= Warning ? QualityState.Warning : QualityState.Ok;
}

/// <summary>What is thought of data. The units are those of <see cref="QualityIssue"/>.</summary>
public sealed record QualitySettings
{
    /// <summary>A contract that has not been quoted for so long is stale, if the strikes beside it have been.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Messages lost in a minute.</summary>
    public QualityLimit Gap { get; init; } = new(1, 10);

    /// <summary>Seconds of a minute that a feed says it missed.</summary>
    public QualityLimit Missed { get; init; } = new(0.001, 10);

    /// <summary>Share of an input's rows.</summary>
    public QualityLimit Late { get; init; } = new(0.01, 0.1);

    /// <summary>Seconds without a quote; of data by the minute there are sixty.</summary>
    public QualityLimit SilentQuotes { get; init; } = new(15, 90);

    /// <summary>Seconds without a print.</summary>
    public QualityLimit SilentTrades { get; init; } = new(120, 600);

    /// <summary>Seconds without a vendor's bar.</summary>
    public QualityLimit SilentBars { get; init; } = new(150, 600);

    /// <summary>Seconds without open interest or reference data, which comes once a day.</summary>
    public QualityLimit SilentChain { get; init; }

    /// <summary>Share of quotes.</summary>
    public QualityLimit Crossed { get; init; } = new(0.01, 0.05);

    /// <summary>Share of quotes.</summary>
    public QualityLimit Locked { get; init; } = new(0.05, 0.25);

    /// <summary>Share of quotes; far from the money nobody bids.</summary>
    public QualityLimit OneSided { get; init; } = new(0.5, 0.9);

    /// <summary>Share of quotes.</summary>
    public QualityLimit NoSize { get; init; } = new(0.05, 0.5);

    /// <summary>Share of contracts.</summary>
    public QualityLimit StaleQuotes { get; init; } = new(0.05, 0.25);

    /// <summary>Share of the contracts that can be looked at.</summary>
    public QualityLimit StaleGreeks { get; init; } = new(0.1, 0.5);

    /// <summary>Share of contracts.</summary>
    public QualityLimit NoOpenInterest { get; init; } = new(0.1, 0.5);

    /// <summary>Share of contracts.</summary>
    public QualityLimit NotQuoted { get; init; } = new(0.25, 0.75);

    /// <summary>Share of contracts.</summary>
    public QualityLimit Unsolved { get; init; } = new(0.25, 0.75);

    /// <summary>How long an input may be silent.</summary>
    public QualityLimit Silence(string kind) => kind switch
    {
        "quotes" => SilentQuotes,
        "trades" => SilentTrades,
        "bars" => SilentBars,
        _ => SilentChain,
    };
}
