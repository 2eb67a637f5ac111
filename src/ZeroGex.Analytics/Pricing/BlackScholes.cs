using System.Diagnostics;

namespace ZeroGex.Analytics.Pricing;

/// <summary>One European option and the market it is priced in.</summary>
/// <param name="IsCall">Call or put.</param>
/// <param name="Spot">Dollars, greater than 0.</param>
/// <param name="Strike">Dollars, greater than 0.</param>
/// <param name="Years">Time to settlement, greater than 0.</param>
/// <param name="Volatility">Per square root of a year, a fraction (0.2 is 20 %), greater than 0.</param>
/// <param name="Rate">Continuously compounded.</param>
/// <param name="DividendYield">Continuously compounded.</param>
public readonly record struct OptionInputs(
    bool IsCall, double Spot, double Strike, double Years, double Volatility, double Rate, double DividendYield = 0);

/// <summary>A price and its sensitivities in natural units: volatility and rate per 1.00, time per year.</summary>
/// <param name="Price">Dollars.</param>
/// <param name="Delta">Per dollar of spot.</param>
/// <param name="Gamma">Delta per dollar of spot.</param>
/// <param name="Vega">Dollars per 1.00 of volatility.</param>
/// <param name="Theta">Dollars per year that passes.</param>
/// <param name="Rho">Dollars per 1.00 of rate.</param>
/// <param name="Vanna">Delta per 1.00 of volatility.</param>
/// <param name="Charm">Delta per year that passes.</param>
/// <param name="Vomma">Vega per 1.00 of volatility.</param>
/// <param name="Speed">Gamma per dollar of spot.</param>
public readonly record struct OptionValue(
    double Price, double Delta, double Gamma, double Vega, double Theta, double Rho, double Vanna, double Charm, double Vomma, double Speed);

/// <summary>
/// European options after Black, Scholes and Merton (Hull, "Options, Futures, and Other Derivatives", 9th ed., chapters 15, 17 and 19; vanna, charm, vomma and
/// speed: Haug, "The Complete Guide to Option Pricing Formulas", 2nd ed., chapter 2), on <see cref="PortableMath"/>: the same bits everywhere.
/// </summary>
public static class BlackScholes
{
    /// <summary>Price and greeks.</summary>
    /// <remarks>The price is that of the out-of-the-money twin plus what parity adds, so that small prices keep their digits.</remarks>
    public static OptionValue Evaluate(in OptionInputs x)
    {
        Check(x);

        double sign = x.IsCall ? 1 : -1;
        double rootT = Math.Sqrt(x.Years);
        double deviation = x.Volatility * rootT;
        double spotGrowth = PortableMath.Exp(-x.DividendYield * x.Years);
        double spot = x.Spot * spotGrowth;
        double strike = x.Strike * PortableMath.Exp(-x.Rate * x.Years);
        double moneyness = ForwardMoneyness(x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield);

        double d1 = moneyness / deviation + 0.5 * deviation;
        double d2 = moneyness / deviation - 0.5 * deviation;
        double density = PortableMath.Density(d1);
        double n1 = PortableMath.Cumulative(sign * d1);
        double n2 = PortableMath.Cumulative(sign * d2);

        double twin = Math.Min(spot, strike) * NormalisedPrice.Evaluate(Math.Abs(moneyness), deviation);
        bool inTheMoney = sign * moneyness > 0;
        double price = inTheMoney ? twin + sign * (spot - strike) : twin;

        double vega = spot * density * rootT;
        double gamma = spotGrowth * density / (x.Spot * deviation);
        double carry = x.Rate - x.DividendYield;
        return new OptionValue(
            Price: price,
            Delta: sign * spotGrowth * n1,
            Gamma: gamma,
            Vega: vega,
            Theta: -0.5 * spot * density * x.Volatility / rootT + sign * (x.DividendYield * spot * n1 - x.Rate * strike * n2),
            Rho: sign * x.Years * strike * n2,
            Vanna: -spotGrowth * density * d2 / x.Volatility,
            Charm: spotGrowth * (sign * x.DividendYield * n1 - density * (carry / deviation - 0.5 * d2 / x.Years)),
            Vomma: vega * d1 * d2 / x.Volatility,
            Speed: -gamma / x.Spot * (d1 / deviation + 1));
    }

    /// <summary>Gamma alone: delta per dollar of spot, the same for a call and its put.</summary>
    public static double Gamma(in OptionInputs x)
    {
        Check(x);

        double deviation = x.Volatility * Math.Sqrt(x.Years);
        double moneyness = ForwardMoneyness(x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield);
        double d1 = moneyness / deviation + 0.5 * deviation;
        double spotGrowth = x.DividendYield == 0 ? 1 : PortableMath.Exp(-x.DividendYield * x.Years);
        return spotGrowth * PortableMath.Density(d1) / (x.Spot * deviation);
    }

    /// <summary>ln(forward / strike).</summary>
    internal static double ForwardMoneyness(double spot, double strike, double years, double rate, double dividendYield) =>
        Math.FusedMultiplyAdd(rate - dividendYield, years, PortableMath.LogRatio(spot, strike));

    [Conditional("DEBUG")]
    static void Check(in OptionInputs x)
    {
        Debug.Assert(x.Spot > 0 && x.Strike > 0, "Spot and strike are greater than 0.");
        Debug.Assert(x.Years > 0 && x.Volatility > 0, "Time and volatility are greater than 0.");
        Debug.Assert(double.IsFinite(x.Rate) && double.IsFinite(x.DividendYield), "Rates are finite.");
    }
}
