namespace ZeroGex.Analytics.Pricing;

/// <summary>Where a volatility comes from, best first.</summary>
public enum VolatilitySource : byte
{
    /// <summary>The feed's own.</summary>
    Feed,

    /// <summary>Solved from the middle of bid and ask.</summary>
    Mid,

    /// <summary>Solved from the last price.</summary>
    Last,

    /// <summary>The default, for nothing else is known.</summary>
    Default,
}

/// <summary>A European option and all that is known of its price. What is missing is 0, or not finite.</summary>
/// <param name="FeedVolatility">A fraction.</param>
/// <param name="Bid">Dollars.</param>
/// <param name="Ask">Dollars.</param>
/// <param name="Last">Dollars.</param>
public readonly record struct QuotedOption(
    bool IsCall, double Spot, double Strike, double Years, double Rate, double DividendYield,
    double FeedVolatility, double Bid, double Ask, double Last);

/// <summary>The volatility taken, and why the sources before it gave none.</summary>
/// <param name="Volatility">A fraction.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Feed">Why not the feed's; <see cref="VolatilityReason.None"/> where it was taken.</param>
/// <param name="Mid">Why not that of the mid price; <see cref="VolatilityReason.None"/> where it was taken or not needed.</param>
/// <param name="Last">Why not that of the last price; <see cref="VolatilityReason.None"/> where it was taken or not needed.</param>
public readonly record struct ChosenVolatility(double Volatility, VolatilitySource Source, VolatilityReason Feed, VolatilityReason Mid, VolatilityReason Last);

/// <summary>
/// Which volatility a contract is priced at: the feed's if it is within bounds, else that of the mid price (bid above 0, ask not below it), else that of the last price, else
/// the default. The solver is <see cref="BatchVolatility"/>, so that a contract gets the same bits alone and in a chain.
/// </summary>
public static class VolatilityLadder
{
    /// <summary>Chooses for one contract.</summary>
    public static ChosenVolatility Choose(in QuotedOption option, VolatilitySettings settings)
    {
        VolatilityReason feed = option.FeedVolatility == 0 || double.IsNaN(option.FeedVolatility) ? VolatilityReason.Missing : settings.Check(option.FeedVolatility);
        if (feed == VolatilityReason.None) return new(option.FeedVolatility, VolatilitySource.Feed, feed, default, default);

        double volatility = 0;
        VolatilityReason mid = VolatilityReasons.OfQuote(option.Bid, option.Ask);
        if (mid == VolatilityReason.None) mid = Solve(option, 0.5 * (option.Bid + option.Ask), settings, out volatility);
        if (mid == VolatilityReason.None) return new(volatility, VolatilitySource.Mid, feed, mid, default);

        VolatilityReason last = Solve(option, option.Last, settings, out volatility);
        return last == VolatilityReason.None
            ? new(volatility, VolatilitySource.Last, feed, mid, last)
            : new(settings.Default, VolatilitySource.Default, feed, mid, last);
    }

    static VolatilityReason Solve(in QuotedOption option, double price, VolatilitySettings settings, out double volatility)
    {
        volatility = 0;
        if (!(price > 0)) return VolatilityReason.Missing;
        ImpliedVolatilityResult result = BatchVolatility.Solve(new PricedOption(option.IsCall, price, option.Spot, option.Strike, option.Years, option.Rate, option.DividendYield));
        volatility = result.Volatility;
        return result.IsOk ? settings.Check(volatility) : result.Status.ToReason();
    }
}
