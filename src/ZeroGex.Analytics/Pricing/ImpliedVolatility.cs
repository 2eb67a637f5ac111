namespace ZeroGex.Analytics.Pricing;

/// <summary>An option and what it was traded at.</summary>
/// <param name="IsCall">Call or put.</param>
/// <param name="Price">Dollars.</param>
/// <param name="Spot">Dollars.</param>
/// <param name="Strike">Dollars.</param>
/// <param name="Years">Time to settlement.</param>
/// <param name="Rate">Continuously compounded.</param>
/// <param name="DividendYield">Continuously compounded.</param>
public readonly record struct PricedOption(
    bool IsCall, double Price, double Spot, double Strike, double Years, double Rate, double DividendYield = 0);

/// <summary>Whether a price has a volatility, and why not.</summary>
public enum VolatilityStatus : byte
{
    /// <summary>It has one.</summary>
    Ok,

    /// <summary>The price is at or below the discounted intrinsic value: no volatility is that low.</summary>
    BelowIntrinsic,

    /// <summary>The price is at or above the discounted spot (call) or strike (put): no volatility is that high.</summary>
    AboveBound,

    /// <summary>In the money, and what the price holds beyond intrinsic value is lost in its last bits.</summary>
    NoVega,

    /// <summary>An input is not finite, or not greater than 0 where it must be; or a quotient of two of them is not finite.</summary>
    InvalidInput,
}

/// <summary>An implied volatility or the reason why there is none.</summary>
/// <param name="Status">Whether there is one.</param>
/// <param name="Volatility">Per square root of a year, a fraction; meaningful only where <paramref name="Status"/> is <see cref="VolatilityStatus.Ok"/>.</param>
public readonly record struct ImpliedVolatilityResult(VolatilityStatus Status, double Volatility)
{
    /// <summary>True when there is a volatility.</summary>
    public bool IsOk => Status == VolatilityStatus.Ok;
}

/// <summary>The volatility at which <see cref="BlackScholes"/> gives a price back, on <see cref="PortableMath"/>: the same bits everywhere.</summary>
/// <remarks>
/// After Jäckel, "Let's Be Rational" (2015): the out-of-the-money twin is solved on a logarithmic scale with Householder's third-order
/// method, here kept within a bracket, so that it ends for every input.
/// </remarks>
public static class ImpliedVolatility
{
    const int MaxSteps = 100;

    // A step of fourth order from this close lands within the last bits.
    const double LastStep = 1e-5;

    /// <summary>Solves for the volatility of one price.</summary>
    public static ImpliedVolatilityResult Solve(in PricedOption x)
    {
        if (!(x.Spot > 0 && x.Strike > 0 && x.Years > 0 && x.Price >= 0) ||
            !double.IsFinite(x.Spot + x.Strike + x.Years + x.Price + x.Rate + x.DividendYield))
            return new(VolatilityStatus.InvalidInput, 0);

        double spot = x.DividendYield == 0 ? x.Spot : x.Spot * PortableMath.Exp(-x.DividendYield * x.Years);
        double strike = x.Rate == 0 ? x.Strike : x.Strike * PortableMath.Exp(-x.Rate * x.Years);
        double moneyness = BlackScholes.ForwardMoneyness(x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield);
        double bound = Math.Min(spot, strike);

        double twin = x.Price;
        if (x.IsCall ? moneyness > 0 : moneyness < 0)
        {
            twin -= Math.Abs(spot - strike);
            if (twin > 0 && twin <= 1e-15 * (spot + strike)) return new(VolatilityStatus.NoVega, 0);
        }

        if (!(twin > 0)) return new(VolatilityStatus.BelowIntrinsic, 0);
        if (!(twin < bound)) return new(VolatilityStatus.AboveBound, 0);

        double c = twin / bound;
        if (!(c > 0)) return new(VolatilityStatus.NoVega, 0);
        if (!(c < 1)) return new(VolatilityStatus.AboveBound, 0);
        double volatility = Deviation(Math.Abs(moneyness), c, (bound - twin) / bound) / Math.Sqrt(x.Years);
        return double.IsFinite(volatility) ? new(VolatilityStatus.Ok, volatility) : new(VolatilityStatus.InvalidInput, 0);
    }

    /// <summary>s with <see cref="NormalisedPrice"/>(x, s) = c; <paramref name="rest"/> is 1 − c.</summary>
    internal static double Deviation(double x, double c, double rest)
    {
        bool isUpper = c > 0.5;
        double goal = PortableMath.Log(isUpper ? rest : c);
        double s = Seed(x, c, rest);
        double low = 0;
        double high = double.PositiveInfinity;

        for (int step = 0; step < MaxSteps; step++)
        {
            double a = x / s;
            double t = 0.5 * s;
            double d = a - t;

            // ln c, or ln(1 − c) where c is large, and its derivative; dc/ds = φ(d).
            double logDensity = -0.5 * d * d - 0.91893853320467274178;
            double value;
            double slope;
            if (d >= 0 || NormalisedPrice.IsNarrow(a, t))
            {
                double difference = NormalisedPrice.MillsDifference(a, t);
                if (isUpper)
                {
                    double density = PortableMath.Density(d);
                    double remaining = 1 - density * difference;
                    value = PortableMath.Log(remaining);
                    slope = -density / remaining;
                }
                else
                {
                    value = logDensity + PortableMath.Log(difference);
                    slope = 1 / difference;
                }
            }
            else
            {
                double sum = NormalisedPrice.MillsSum(a, t);
                if (isUpper)
                {
                    value = logDensity + PortableMath.Log(sum);
                    slope = -1 / sum;
                }
                else
                {
                    double density = PortableMath.Density(d);
                    double price = 1 - density * sum;
                    value = PortableMath.Log(price);
                    slope = density / price;
                }
            }

            double error = value - goal;
            if (error == 0) return s;
            if (error > 0 != isUpper) high = s;
            else low = s;

            double newton = -error / slope;
            double curve = (a * a - t * t) / s;
            double second = curve - slope;
            double third = curve * curve - 3 * a * a / (s * s) - 0.25 - 3 * slope * curve + 2 * slope * slope;
            double change = newton * (1 + 0.5 * newton * second) / (1 + newton * (second + newton * third * (1.0 / 6)));

            // Far from the root the rational step shrinks to nothing: only where Newton's is small too is it the last.
            if (!(change * newton > 0) || (Math.Abs(change) <= LastStep * s && Math.Abs(newton) > 2 * LastStep * s)) change = newton;

            double next = s + change;
            if (Math.Abs(change) <= LastStep * s) return Math.Clamp(next, low, high);
            if (!(next > low && next < high)) next = double.IsPositiveInfinity(high) ? 2 * s : 0.5 * (low + high);
            s = next;
        }

        return s;
    }

    // Split at the inflection point s = √(2x), where the price has a closed form in M. Above it, 1 − c falls nearly like the tail of a normal
    // variable v = s/2 − x/s; below it, ln c is nearly linear in 1/s² and ln s. A few per cent off at worst: the steps do the rest.
    static double Seed(double x, double c, double rest)
    {
        double inflection = Math.Sqrt(2 * x);
        double difference = inflection < 1e-3 ? inflection : PortableMath.MillsAtZero - PortableMath.Mills(inflection);
        double atInflection = PortableMath.DensityAtZero * difference;

        if (c >= atInflection)
        {
            double v = UpperQuantile(0.5 * (c - atInflection) / (1 - atInflection), 0.5 * rest / (1 - atInflection));
            return v + Math.Sqrt(v * v + 2 * x);
        }

        double fall = c > 1e-300 ? PortableMath.Log(atInflection / c) : PortableMath.Log(atInflection) - PortableMath.Log(c); // The quotient would overflow.
        double elasticity = inflection / difference;
        double gaussian = 0.25 * x;
        double power = 0.5 * elasticity - gaussian;
        double u = 1 + 2 * fall / elasticity;
        double missing = fall - gaussian * (u - 1) - power * PortableMath.Log(u);
        u = Math.Max(1, u + missing * u / (gaussian * u + power));
        return inflection / Math.Sqrt(u);
    }

    // v ≥ 0 with 1 − Φ(v) = tail = ½ − middle: a series near 0, else Abramowitz & Stegun 26.2.23.
    static double UpperQuantile(double middle, double tail)
    {
        if (middle < 0.2)
        {
            double w = middle / PortableMath.DensityAtZero;
            double z = w * w;
            return w * (1 + z * (1.0 / 6 + z * (7.0 / 120)));
        }

        double r = Math.Sqrt(-2 * PortableMath.Log(tail));
        return r - (2.515517 + r * (0.802853 + r * 0.010328)) / (1 + r * (1.432788 + r * (0.189269 + r * 0.001308)));
    }
}
