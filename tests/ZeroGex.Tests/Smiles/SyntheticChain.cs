using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Smiles;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Smiles;

/// <summary>Quotes whose middle is the price at a volatility that is known, a tape of one slice, and what the fold says of them at its end.</summary>
static class SyntheticChain
{
    public const double Spot = 450, Rate = 0.05;
    public static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset AnswerTime = Noon.AddSeconds(2);

    /// <param name="volatility">By years to settlement and ln(K/F).</param>
    public static VolatilityCalculated Answer(IReadOnlyList<int> days, double step, int strikes, Func<double, double, double> volatility, Func<Quote, Quote>? change = null)
    {
        var script = new Script(new VolatilityFold(MarketTape.Root, MarketTape.Session, new()), Noon);
        script.Beat(0.1).Quotes(1.5, [.. Quotes(days, step, strikes, volatility).Select(quote => change?.Invoke(quote) ?? quote)]).Beat(3);
        return script.Said<VolatilityCalculated>().Single();
    }

    public static double YearsTo(DateOnly expiration) => (Settlement.Of(MarketTape.Root, expiration) - AnswerTime).TotalDays / 365;

    static IEnumerable<Quote> Quotes(IReadOnlyList<int> days, double step, int strikes, Func<double, double, double> volatility)
    {
        foreach (int day in days)
        {
            DateOnly expiration = MarketTape.Session.AddDays(day);
            double years = YearsTo(expiration), forward = Spot * Math.Exp(Rate * years);
            for (int i = -strikes; i <= strikes; i++)
            {
                double strike = Spot + i * step;
                if (strike <= 0) continue;
                foreach (var right in Enum.GetValues<OptionRight>())
                {
                    double price = BlackScholes.Evaluate(new OptionInputs(right == OptionRight.Call, Spot, strike, years, volatility(years, Math.Log(strike / forward)), Rate)).Price;
                    yield return new(new(expiration, strike, right), Noon.AddSeconds(1.2), 0.99 * price, 1.01 * price, Spot, 0, 0);
                }
            }
        }
    }
}
