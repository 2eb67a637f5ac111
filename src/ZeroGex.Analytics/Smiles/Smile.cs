using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Smiles;

/// <summary>A quote of the out-of-the-money side.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="IsCall">Call or put.</param>
/// <param name="Volatility">A fraction.</param>
/// <param name="Delta">Per dollar of spot, at that volatility.</param>
public readonly record struct QuotedVolatility(double Strike, bool IsCall, double Volatility, double Delta);

/// <summary>What is read off the out-of-the-money volatilities of one expiration; nothing is said beyond the outermost quotes.</summary>
/// <param name="forward">Dollars.</param>
/// <param name="quotes">Strikes ascending: puts below the forward, calls from it on.</param>
public sealed class Smile(double forward, IReadOnlyList<QuotedVolatility> quotes)
{
    /// <summary>The volatility at the forward, linear in ln(K/F) between the strikes next to it; null where one side has none.</summary>
    public double? AtTheForward()
    {
        int above = FirstCall();
        if (above == quotes.Count) return null;
        if (quotes[above].Strike == forward) return quotes[above].Volatility;
        if (above == 0) return null;
        (QuotedVolatility put, QuotedVolatility call) = (quotes[above - 1], quotes[above]);
        return Between(PortableMath.LogRatio(put.Strike, forward), put.Volatility, PortableMath.LogRatio(call.Strike, forward), call.Volatility, 0);
    }

    /// <summary>The volatility where a call or put has a delta of this size, linear in delta between the first strikes out from the forward that enclose it; null where none do.</summary>
    /// <param name="size">Without its sign, within 0 and ½.</param>
    public double? AtDelta(OptionRight right, double size)
    {
        (int next, int step) = right == OptionRight.Call ? (FirstCall(), 1) : (FirstCall() - 1, -1);
        for (; next >= 0 && next < quotes.Count && next + step >= 0 && next + step < quotes.Count; next += step)
        {
            (QuotedVolatility near, QuotedVolatility far) = (quotes[next], quotes[next + step]);
            double nearSize = Math.Abs(near.Delta), farSize = Math.Abs(far.Delta);
            if (nearSize >= size && farSize <= size) return Between(nearSize, near.Volatility, farSize, far.Volatility, size);
        }

        return null;
    }

    static double Between(double x0, double y0, double x1, double y1, double x) => x0 == x1 ? 0.5 * (y0 + y1) : y0 + (y1 - y0) * ((x - x0) / (x1 - x0));

    int FirstCall()
    {
        int at = 0;
        while (at < quotes.Count && !quotes[at].IsCall) at++;
        return at;
    }
}
