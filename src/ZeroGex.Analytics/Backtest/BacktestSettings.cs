namespace ZeroGex.Analytics.Backtest;

/// <summary>What trading costs, and which figures are traded on.</summary>
public sealed record BacktestSettings
{
    /// <summary>Which ladder strategies are shown.</summary>
    public Measure Measure { get; init; } = Measure.NaiveDay;

    /// <summary>Dollars at the start. There is no margin: a strategy may owe more.</summary>
    public decimal Capital { get; init; } = 100_000;

    /// <summary>Dollars a share and fill.</summary>
    public decimal FeePerShare { get; init; } = 0.005m;

    /// <summary>Dollars a contract and fill.</summary>
    public decimal FeePerContract { get; init; } = 0.65m;

    /// <summary>
    /// Dollars a share by which a fill of the underlying is worse than the price that the feed gave: half the spread, and what the order itself moves.
    /// Options cross their own spread and pay none of it.
    /// </summary>
    public decimal Slippage { get; init; } = 0.01m;

    /// <summary>How long an order takes to the market: it is filled by what is quoted more than this after it was placed.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The grace of the windows, as folded: none is shown before its end and the grace.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The same of chains, which are folded in slices of their own.</summary>
    public TimeSpan ChainGrace { get; init; } = TimeSpan.FromMilliseconds(250);
}
