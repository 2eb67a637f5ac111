namespace ZeroGex.Analytics.Pricing;

/// <summary>What a volatility may be, and how hard Newton's method tries. Bounds are kept above the kernels, which answer whatever the price says.</summary>
public sealed record VolatilitySettings
{
    /// <summary>The most steps of <see cref="NewtonVolatility"/>, at least 1.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Dollars: how near the price must come for <see cref="NewtonVolatility"/> to end; greater than 0.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>The lowest volatility that is one, a fraction; greater than 0.</summary>
    public double Lowest { get; init; } = 0.01;

    /// <summary>The highest volatility that is one, a fraction; greater than <see cref="Lowest"/>.</summary>
    public double Highest { get; init; } = 5.0;

    /// <summary>The volatility of a contract that nothing else is known of, a fraction.</summary>
    public double Default { get; init; } = 0.20;

    /// <summary>Why a volatility is none: beyond a bound; <see cref="VolatilityReason.None"/> where it is one.</summary>
    public VolatilityReason Check(double volatility) =>
        !double.IsFinite(volatility) || volatility <= 0 ? VolatilityReason.InvalidInput
        : volatility < Lowest ? VolatilityReason.BelowLowest
        : volatility > Highest ? VolatilityReason.AboveHighest
        : VolatilityReason.None;
}

/// <summary>Why there is no volatility.</summary>
public enum VolatilityReason : byte
{
    /// <summary>There is one.</summary>
    None,

    /// <summary>Nothing to take it from: no volatility in the feed, no last price, no bid, or an ask below the bid.</summary>
    Missing,

    /// <summary>The price is at or below the discounted intrinsic value.</summary>
    BelowIntrinsic,

    /// <summary>The price is at or above the discounted spot (call) or strike (put).</summary>
    AboveBound,

    /// <summary>What the price holds beyond intrinsic value is lost in its last bits.</summary>
    NoVega,

    /// <summary>An input is not finite, or not greater than 0 where it must be.</summary>
    InvalidInput,

    /// <summary>Below <see cref="VolatilitySettings.Lowest"/>.</summary>
    BelowLowest,

    /// <summary>Above <see cref="VolatilitySettings.Highest"/>.</summary>
    AboveHighest,

    /// <summary>An ask, and no bid.</summary>
    NoBid,

    /// <summary>A bid, and no ask.</summary>
    NoAsk,

    /// <summary>The ask is below the bid.</summary>
    Crossed,

    /// <summary>Not within <see cref="VolatilitySettings.Tolerance"/> after <see cref="VolatilitySettings.MaxIterations"/> steps.</summary>
    NotConverged,
}

/// <summary>Reasons of the kernels, and words for all of them.</summary>
public static class VolatilityReasons
{
    /// <summary>The kernel's status as a reason.</summary>
    public static VolatilityReason ToReason(this VolatilityStatus status) => status switch
    {
        VolatilityStatus.Ok => VolatilityReason.None,
        VolatilityStatus.BelowIntrinsic => VolatilityReason.BelowIntrinsic,
        VolatilityStatus.AboveBound => VolatilityReason.AboveBound,
        VolatilityStatus.NoVega => VolatilityReason.NoVega,
        _ => VolatilityReason.InvalidInput,
    };

    /// <summary>Why a quote has no mid price; <see cref="VolatilityReason.None"/> where it has: a bid, and an ask that is not below it.</summary>
    public static VolatilityReason OfQuote(double bid, double ask)
    {
        bool hasBid = bid > 0 && double.IsFinite(bid), hasAsk = ask > 0 && double.IsFinite(ask);
        return hasBid && hasAsk ? ask < bid ? VolatilityReason.Crossed : VolatilityReason.None
            : hasAsk ? VolatilityReason.NoBid : hasBid ? VolatilityReason.NoAsk : VolatilityReason.Missing;
    }

    /// <summary>In words, as they stand in a coverage report.</summary>
    public static string ToWords(this VolatilityReason reason) => reason switch
    {
        VolatilityReason.None => "ok",
        VolatilityReason.Missing => "not quoted",
        VolatilityReason.BelowIntrinsic => "below intrinsic",
        VolatilityReason.AboveBound => "above bound",
        VolatilityReason.NoVega => "no vega",
        VolatilityReason.BelowLowest => "below IV_MIN",
        VolatilityReason.AboveHighest => "above IV_MAX",
        VolatilityReason.NotConverged => "not converged",
        VolatilityReason.NoBid => "no bid",
        VolatilityReason.NoAsk => "no ask",
        VolatilityReason.Crossed => "crossed",
        _ => "invalid input",
    };
}
