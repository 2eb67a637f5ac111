using System.Collections.Immutable;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Chains;

/// <summary>What results of whole chains say of how they were made.</summary>
static class ChainModels
{
    /// <summary>How many sources of volatilities there are.</summary>
    public const int Sources = 4;

    static readonly string[] Words = ["feed", "mid", "last", "default"];

    /// <summary>The settings, with nothing counted yet.</summary>
    /// <param name="every">The least time between two results; null where every minute has one.</param>
    public static ChainModel Of(ChainSettings settings, string convention, TimeSpan? every = null) => new()
    {
        Convention = convention,
        Rate = settings.Rate,
        DividendYield = settings.DividendYield,
        ForwardSource = !settings.ImpliesForwards ? "dividend yield"
            : settings.Exercise == PricingStyle.American ? "put–call parity without early exercise, else dividend yield" : "put–call parity, else dividend yield",
        DayCount = "calendar seconds to settlement / 365 d, at least 1 min",
        VolatilitySource = Asked(settings.TrustsFeedVolatility),
        LowestVolatility = settings.Volatility.Lowest,
        HighestVolatility = settings.Volatility.Highest,
        DefaultVolatility = settings.Volatility.Default,
        SliceSeconds = settings.Slices.Length.TotalSeconds,
        GraceSeconds = settings.Slices.Grace.TotalSeconds,
        IntervalSeconds = settings.Interval.TotalSeconds,
        EverySeconds = every?.TotalSeconds,
        EngineVersion = Engine.Version,
        Contracts = 0,
        Used = 0,
    };

    /// <summary>The sources of volatilities that are asked, best first.</summary>
    public static string Asked(bool trustsFeed) => trustsFeed ? "feed, mid, last, default" : "mid, last, default";

    /// <summary>A source in the contracts' word.</summary>
    public static string ToWord(this VolatilitySource source) => Words[(int)source];

    /// <summary>Counts that are not zero, in the order of the sources.</summary>
    public static ImmutableArray<ContractCount> BySource(ReadOnlySpan<int> counts)
    {
        var used = ImmutableArray.CreateBuilder<ContractCount>();
        for (int i = 0; i < counts.Length; i++)
            if (counts[i] > 0) used.Add(new(Words[i], counts[i]));
        return used.DrainToImmutable();
    }

    /// <summary>Reasons that left something out, ordered.</summary>
    public static ImmutableArray<ContractCount> LeftOut(params IEnumerable<(string Reason, int Contracts)> counts) =>
        [.. counts.Where(count => count.Contracts > 0).OrderBy(count => count.Reason, StringComparer.Ordinal).Select(count => new ContractCount(count.Reason, count.Contracts))];
}
