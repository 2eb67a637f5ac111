using System.Collections.Frozen;

namespace ZeroGex.Analytics.Pricing;

/// <summary>Which right to exercise an option is priced with.</summary>
public enum PricingStyle
{
    /// <summary>At settlement alone: closed form, and what published gamma exposures are computed with, whatever the contract says.</summary>
    European,

    /// <summary>At any time: <see cref="AmericanOption"/>, with a dividend yield. Dividends in cash on known days are for <see cref="DividendGrid"/>, which no fold asks.</summary>
    American,
}

/// <summary>How contracts are exercised by their terms; how a root is <em>priced</em> is a setting.</summary>
public static class ExerciseTerms
{
    // Cash-settled index options (Cboe and Nasdaq product specifications). OEX is the one index root that is American.
    static readonly FrozenSet<string> EuropeanRoots = FrozenSet.ToFrozenSet(
        ["SPX", "SPXW", "SPXPM", "XSP", "XEO", "NDX", "NDXP", "XND", "NQX", "RUT", "RUTW", "MRUT", "DJX", "VIX", "VIXW", "SPESG", "MXEA", "MXEF"], StringComparer.OrdinalIgnoreCase);

    /// <summary>European for cash-settled index roots, American for shares, funds and everything else that is listed in the United States.</summary>
    /// <param name="root">As in the option symbol: <c>SPXW</c>, <c>SPY</c>; a leading <c>$</c> or <c>^</c> of an index is ignored.</param>
    public static PricingStyle Of(string root) => EuropeanRoots.Contains(root.TrimStart('$', '^')) ? PricingStyle.European : PricingStyle.American;
}
