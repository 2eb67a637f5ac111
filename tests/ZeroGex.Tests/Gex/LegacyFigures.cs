using Xunit;

namespace ZeroGex.Tests.Gex;

/// <summary>
/// The predecessor's figures by a second hand: prints of a strike, right and spot pooled, volatility by bisection, gamma by the predecessor's own
/// difference of a cent, each with what that leaves in doubt.
/// </summary>
static class LegacyFigures
{
    const double Rate = 0.025;

    static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>Its clock: to four o'clock on the day itself, in years of 262 days; 0 or less when there are no figures.</summary>
    public static double Years(DateOnly expiration, DateTimeOffset start)
    {
        var close = TimeZoneInfo.ConvertTimeToUtc(expiration.ToDateTime(new TimeOnly(16, 0)), NewYork);
        return (close - start.UtcDateTime).TotalSeconds / 86_400 / 262;
    }

    /// <summary>A window's exposure and volume by strike, dollars per $1 move.</summary>
    public static SortedDictionary<double, (double Gex, double Doubt, long Volume)> Ladder(
        IEnumerable<(double Strike, bool IsCall, double Spot, double Price, int Size)> prints, double years)
    {
        var ladder = new SortedDictionary<double, (double Gex, double Doubt, long Volume)>();
        foreach (var group in prints.GroupBy(print => (print.Strike, print.IsCall, print.Spot)))
        {
            var (strike, isCall, spot) = group.Key;
            long size = group.Sum(print => (long)print.Size);
            var (gamma, doubt) = Gamma(isCall, group.Average(print => print.Price), spot, strike, years);
            var before = ladder.GetValueOrDefault(strike);
            ladder[strike] = (before.Gex + (isCall ? 1 : -1) * gamma * size * spot * 100, before.Doubt + doubt * size * spot * 100, before.Volume + size);
        }

        return ladder;
    }

    /// <summary>One rung of a ladder is as it should be.</summary>
    public static void Agree(SortedDictionary<double, (double Gex, double Doubt, long Volume)> expected, double strike, double gex, long volume, object window)
    {
        var rung = expected[strike];
        Assert.True(Math.Abs(gex - rung.Gex) <= 1e-3 * Math.Abs(rung.Gex) + rung.Doubt, $"{gex} at {strike} should be {rung.Gex} ± {rung.Doubt} in {window}");
        Assert.Equal(rung.Volume, volume);
    }

    // Second difference of the price over a cent, and how far that is from the truth: its own error of step and of rounding.
    static (double Gamma, double Doubt) Gamma(bool isCall, double price, double spot, double strike, double years)
    {
        double intrinsic = Math.Max(0, (isCall ? 1 : -1) * (spot - strike * Math.Exp(-Rate * years)));
        double bound = isCall ? spot : strike * Math.Exp(-Rate * years);
        if (price - intrinsic <= 2e-15 * (spot + strike) || price >= bound) return (0, 0);

        double low = 1e-9, high = 1e4;
        for (int i = 0; i < 200; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (Price(isCall, spot, strike, years, middle) < price) low = middle;
            else high = middle;
        }

        double small = Difference(0.01), large = Difference(0.02);
        double narrow = spot * high * Math.Sqrt(years);
        return (small, 2 * Math.Abs(large - small) + 2e-15 * (spot + strike) / 1e-4 + (narrow < 0.1 ? double.PositiveInfinity : 0));

        double Difference(double h) =>
            (Price(isCall, spot + h, strike, years, high) - 2 * Price(isCall, spot, strike, years, high) +
             Price(isCall, spot - h, strike, years, high)) / (h * h);
    }

    static double Price(bool isCall, double spot, double strike, double years, double volatility)
    {
        double deviation = volatility * Math.Sqrt(years);
        double d1 = (Math.Log(spot / strike) + Rate * years) / deviation + deviation / 2;
        double discounted = strike * Math.Exp(-Rate * years);
        return isCall
            ? spot * Normal(d1) - discounted * Normal(d1 - deviation)
            : discounted * Normal(deviation - d1) - spot * Normal(-d1);
    }

    // Marsaglia, "Evaluating the Normal Distribution" (2004): the series about 0, and the continued fraction in the tails.
    static double Normal(double x)
    {
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (Math.Abs(x) > 4)
        {
            double fraction = Math.Abs(x);
            for (int n = 60; n > 0; n--) fraction = Math.Abs(x) + n / fraction;
            return x < 0 ? density / fraction : 1 - density / fraction;
        }

        double term = x, sum = x;
        for (int n = 3; Math.Abs(term) > 1e-18 * Math.Abs(sum); n += 2) sum += term *= x * x / n;
        return 0.5 + density * sum;
    }
}
