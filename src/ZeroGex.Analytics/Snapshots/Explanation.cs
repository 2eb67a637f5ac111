using System.Collections.Immutable;
using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>The figures that people compare.</summary>
/// <param name="Contracts">In the sums.</param>
/// <param name="Net">Net gamma exposure, dollars.</param>
/// <param name="Flip">Dollars; null when there is none, as for all that follow.</param>
/// <param name="CallWall">Dollars.</param>
/// <param name="PutWall">Dollars.</param>
/// <param name="MaxPain">Of the expiration that is nearest in the canonical answer, dollars.</param>
/// <param name="PooledMaxPain">Dollars.</param>
public sealed record Headline(int Contracts, double Net, double? Flip, double? CallWall, double? PutWall, double? MaxPain, double? PooledMaxPain);

/// <summary>Other figures less those of the canonical answer; null where one of them has none.</summary>
/// <param name="Net">Dollars.</param>
/// <param name="Flip">Points, as all that follow.</param>
public sealed record HeadlineMove(double Net, double? Flip, double? CallWall, double? PutWall, double? MaxPain, double? PooledMaxPain);

/// <summary>What one choice moves, all others being canonical.</summary>
/// <param name="Choice">In words.</param>
/// <param name="Switches">Of <c>zerogex analyze</c>, which make this choice.</param>
/// <param name="Settings">With this choice alone.</param>
/// <param name="Answer">Its figures.</param>
/// <param name="Moved">Its figures less the canonical ones.</param>
public sealed record ChoiceEffect(string Choice, string Switches, AnalysisSettings Settings, Headline Answer, HeadlineMove Moved);

/// <summary>Why other people's levels differ: the canonical answer, and what every single choice would move.</summary>
/// <param name="Nearest">The expiration whose max pain is compared; null where there is none.</param>
public sealed record Explanation(Headline Canonical, string? Nearest, ImmutableArray<ChoiceEffect> Choices)
{
    /// <summary>Explains a chain.</summary>
    /// <param name="canonical">Where every choice starts from.</param>
    /// <param name="legacy">The predecessor's arithmetic, at its own rate.</param>
    /// <param name="asked">Choices made together by whoever asks; null for none.</param>
    /// <exception cref="ArgumentException">There is no spot.</exception>
    public static Explanation Of(ChainSnapshot snapshot, AnalysisSettings canonical, AnalysisSettings legacy, AnalysisSettings? asked = null)
    {
        ChainReport report = ChainAnalysis.Of(snapshot, canonical, hasDetails: false);
        (string, DateOnly)? nearest = report.Expirations is [var first, ..] ? (first.Root, first.Expiration) : null;
        Headline answer = HeadlineOf(report, nearest);
        var choices = ImmutableArray.CreateBuilder<ChoiceEffect>();
        foreach ((string choice, string switches, AnalysisSettings settings) in SingleChoices(canonical, legacy, [.. snapshot.Rows.Select(row => row.Root).Distinct().Order(StringComparer.Ordinal)])) Add(choice, switches, settings);
        if (asked is not null && asked != canonical) Add("all that was asked for, together", "", asked);
        return new(answer, nearest is { } one ? $"{one.Item1} {one.Item2:yyyy-MM-dd}" : null, choices.DrainToImmutable());

        void Add(string choice, string switches, AnalysisSettings settings)
        {
            Headline other = HeadlineOf(ChainAnalysis.Of(snapshot, settings, hasDetails: false), nearest);
            choices.Add(new(choice, switches, settings, other, new(
                other.Net - answer.Net, other.Flip - answer.Flip, other.CallWall - answer.CallWall, other.PutWall - answer.PutWall,
                other.MaxPain - answer.MaxPain, other.PooledMaxPain - answer.PooledMaxPain)));
        }
    }

    /// <summary>Single choices that others make.</summary>
    /// <param name="canonical">Where each starts from.</param>
    /// <param name="legacy">The predecessor's arithmetic, at its own rate.</param>
    /// <param name="roots">Of the chain; several can be told apart.</param>
    public static IEnumerable<(string Choice, string Switches, AnalysisSettings Settings)> SingleChoices(AnalysisSettings canonical, AnalysisSettings legacy, IReadOnlyList<string> roots)
    {
        yield return ("trading days, 252 a year", "--day-count business252", canonical with { DayCount = DayCount.Business252 });
        yield return ("weekdays, 262 a year", "--day-count weekdays262", canonical with { DayCount = DayCount.Weekdays262 });
        yield return ("calendar days, 262 a year, to 16:00", "--day-count legacy262", canonical with { DayCount = DayCount.Legacy262 });
        yield return ("no interest", "--rate 0", canonical with { Rate = 0 });
        yield return ("a dividend yield of 1.5 %", "--dividend 0.015", canonical with { DividendYield = 0.015 });
        yield return ("forwards by put–call parity", "--implied-forwards", canonical with { ImpliesForwards = true });
        yield return ("the vendor's volatilities first", "--volatility feed", canonical with { Volatility = VolatilityChoice.Feed });
        yield return ("the vendor's volatilities or none", "--volatility feed-only", canonical with { Volatility = VolatilityChoice.FeedOnly });
        yield return ("nobody at a default volatility", "--no-default", canonical with { LeavesOutDefaults = true });
        yield return ("the vendor's gammas in the sums", "--gamma vendor", canonical with { Gamma = GammaChoice.Vendor });
        yield return ("our gammas rounded as vendors do", "--gamma-decimals 4", canonical with { GammaDecimals = 4 });
        yield return ("expired rows kept", "--keep-expired", canonical with { KeepsExpired = true });
        yield return ("the grid ±10 %", "--grid 10,0.1", canonical with { Grid = new(0.9, 1.1, 202) });
        yield return ("the grid ±50 %", "--grid 50,0.25", canonical with { Grid = new(0.5, 1.5, 441) });
        yield return ("60 spots and straight lines", "--grid 20,0.678 --interpolate", canonical with { Grid = new(0.8, 1.2, 60, true) });
        yield return ("the first crossing", "--crossing first", canonical with { Crossing = CrossingChoice.First });
        yield return ("the running sum's zero as flip", "--flip cumulative", canonical with { Flip = FlipRule.Cumulative });
        yield return ("volume instead of open interest", "--weight volume", canonical with { Weight = ChainWeight.Volume });
        yield return ("dollars per $1", "--unit dollar", canonical with { Unit = ExposureUnit.Dollar });
        yield return ("strikes within 10 % of spot", "--strikes 10", canonical with { StrikesWithin = 0.1 });
        yield return ("the next 45 days", "--days 45", canonical with { Days = 45 });
        yield return ("0DTE alone", "--scope 0dte", canonical with { Scope = ChainScope.ZeroDays });
        yield return ("weeklies alone", "--scope weekly", canonical with { Scope = ChainScope.Weekly });
        yield return ("monthlies alone", "--scope monthly", canonical with { Scope = ChainScope.Monthly });
        if (canonical.Root is null && roots.Count > 1)
            foreach (string root in roots) yield return ($"{root} alone", $"--symbol {root}", canonical with { Root = root });
        if (roots.Any(Settlement.HasDatesAtTheOpen)) yield return ("monthlies settle at the close", "--settlement close", canonical with { SettlesAtClose = true });
        yield return ("convention vendor-gamma", "--convention vendor-gamma", AnalysisSettings.VendorGamma with { Root = canonical.Root, Bounds = canonical.Bounds });
        yield return ("convention legacy-platform", "--convention legacy-platform", legacy);
    }

    static Headline HeadlineOf(ChainReport report, (string Root, DateOnly Date)? nearest) => new(
        report.Levels.Contracts, report.Levels.Gamma.Net, report.Levels.Flip, report.Levels.CallWall, report.Levels.PutWall,
        report.Expirations.FirstOrDefault(expiration => (expiration.Root, expiration.Expiration) == nearest)?.MaxPain.Strike, report.Pooled.Strike);
}
