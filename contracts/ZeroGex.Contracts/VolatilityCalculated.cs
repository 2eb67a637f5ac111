using System.Collections.Immutable;

namespace ZeroGex.Contracts;

/// <summary>
/// The implied volatilities of a root's chain at one instant, by expiration: the smile, and what is read off it.
/// Identity: (<see cref="Root"/>, <see cref="Time"/>).
/// </summary>
public sealed record VolatilityCalculated : IMarketResult
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The session date of the streams that the facts came from.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The instant that the figures are of, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The underlying's price, dollars.</summary>
    public required double Spot { get; init; }

    /// <summary>One an expiration, ascending: the term structure.</summary>
    public ImmutableArray<ExpirationVolatility> Expirations { get; init; } = [];

    /// <summary>How the figures were made; what is left out of the smiles, by reason.</summary>
    public required ChainModel Model { get; init; }

    /// <summary>True when facts of this session before <see cref="Time"/> were missed by the feed or lost everywhere, the log included.</summary>
    public bool Incomplete { get; init; }
}

/// <summary>The volatilities of an expiration. All are fractions, and null where too few quotes say.</summary>
public sealed record ExpirationVolatility
{
    /// <summary>As listed.</summary>
    public required DateOnly Expiration { get; init; }

    /// <summary>The underlying's forward to settlement, dollars.</summary>
    public required double Forward { get; init; }

    /// <summary>Time to settlement, in years of 365 days.</summary>
    public required double Years { get; init; }

    /// <summary>At the forward: between the nearest strikes of the smile on its two sides, linear in log-moneyness.</summary>
    public double? AtTheMoney { get; init; }

    /// <summary>Where the delta of a call is 0.25: between strikes, linear in delta.</summary>
    public double? Call25 { get; init; }

    /// <summary>Where the delta of a put is −0.25: between strikes, linear in delta.</summary>
    public double? Put25 { get; init; }

    /// <summary><see cref="Call25"/> less <see cref="Put25"/>.</summary>
    public double? RiskReversal { get; init; }

    /// <summary>The mean of <see cref="Call25"/> and <see cref="Put25"/> less <see cref="AtTheMoney"/>.</summary>
    public double? Butterfly { get; init; }

    /// <summary>Spot·<see cref="AtTheMoney"/>·√<see cref="Years"/>, dollars: one standard deviation by settlement.</summary>
    public double? ExpectedMove { get; init; }

    /// <summary>The strike nearest the forward whose call and put are both quoted, of two the lower one, dollars.</summary>
    public double? StraddleStrike { get; init; }

    /// <summary>What its call and put cost together in the middle of their quotes, dollars.</summary>
    public double? Straddle { get; init; }

    /// <summary>The out-of-the-money side, strikes ascending: puts below the forward, calls from it on.</summary>
    public ImmutableArray<SmilePoint> Smile { get; init; } = [];

    /// <summary>What the smile lacks of that side, strikes ascending.</summary>
    public ImmutableArray<LeftOutQuote> LeftOut { get; init; } = [];
}

/// <summary>A strike of a smile.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="Right">Whose quote it is.</param>
/// <param name="LogMoneyness">ln(strike/forward).</param>
/// <param name="Volatility">A fraction.</param>
/// <param name="Source"><c>mid</c>, or <c>feed</c> where that is trusted.</param>
public readonly record struct SmilePoint(double Strike, OptionRight Right, double LogMoneyness, double Volatility, string Source);

/// <summary>A quote that says no volatility.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="Right">Call or put.</param>
/// <param name="Reason">For example <c>not quoted</c>.</param>
public readonly record struct LeftOutQuote(double Strike, OptionRight Right, string Reason);
