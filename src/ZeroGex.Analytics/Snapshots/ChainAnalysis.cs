using System.Collections.Immutable;
using System.Globalization;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>A whole chain at one instant into sums, levels and max pain, under any set of choices.</summary>
public static class ChainAnalysis
{
    static readonly NyseCalendar Sessions = new();

    /// <summary>The underlying's price: the file's, or the one that put–call parity implies; null where there is neither.</summary>
    public static double? SpotOf(ChainSnapshot snapshot, AnalysisSettings settings) => snapshot.Spot > 0 ? snapshot.Spot : SnapshotMarket.ImpliedSpot(snapshot, settings);

    /// <summary>Analyses a chain.</summary>
    /// <param name="hasDetails">False leaves out scopes and quality, which cost and which nobody compares.</param>
    /// <param name="canonical">Whose rate, yield and bounds the file is checked with, whatever was asked of it.</param>
    /// <exception cref="ArgumentException">There is no spot, or the grid makes no sense.</exception>
    /// <exception cref="OverflowException">The gross of the chain is 2⁵⁷ dollars or more.</exception>
    public static ChainReport Of(ChainSnapshot snapshot, AnalysisSettings settings, bool hasDetails = true, AnalysisSettings? canonical = null)
    {
        double spot = SpotOf(snapshot, settings) ?? throw new ArgumentException("Neither the file nor its prices say where the underlying is.", nameof(snapshot));
        DateOnly session = Sessions.SessionOf(snapshot.Time);
        var values = new SnapshotValues(snapshot, settings, spot, session);
        var all = new SnapshotSums(values, settings, [.. Enumerable.Range(0, values.Rows.Length)]);
        ChainLevels levels = all.Levels(settings.Scope, out ProfilePoint[] profile);
        return new ChainReport
        {
            Roots = [.. values.Expirations.Select(expiration => expiration.Root).Distinct().Order(StringComparer.Ordinal)],
            Time = snapshot.Time,
            Session = session,
            Spot = spot,
            IsSpotImplied = !(snapshot.Spot > 0),
            Coverage = new(snapshot.Rows.Length, snapshot.Refused, values.Rows.Length - all.TooMuch, WithTooMuch(values.LeftOut, all.TooMuch), values.Sources, values.DefaultShare),
            Levels = levels,
            Scopes = hasDetails ? Scopes(values, settings, session) : [],
            Expirations = all.Expirations(),
            Strikes = all.Strikes(),
            Grid = hasDetails ? all.Cells() : [],
            Profile = hasDetails ? [.. profile] : [],
            Pooled = all.Pooled(),
            Quality = hasDetails ? ChainQuality.Of(snapshot, canonical ?? new(), spot) : null,
            Model = ModelOf(settings, snapshot.OpenInterestDate, values.Expirations.Any(expiration => ExerciseTerms.Of(expiration.Root) == PricingStyle.American)),
        };
    }

    static ImmutableArray<ContractCount> WithTooMuch(ImmutableArray<ContractCount> leftOut, int tooMuch) =>
        tooMuch == 0 ? leftOut : leftOut.Add(new("exposure out of range", tooMuch));

    static ImmutableArray<ChainLevels> Scopes(SnapshotValues values, AnalysisSettings settings, DateOnly session)
    {
        var scopes = ImmutableArray.CreateBuilder<ChainLevels>();
        foreach (ChainScope scope in (ReadOnlySpan<ChainScope>)[ChainScope.ZeroDays, ChainScope.Weekly, ChainScope.Monthly])
        {
            int[] rows = [.. Enumerable.Range(0, values.Rows.Length).Where(i => ScopedChain.IsIn(scope, session, values.Expirations[values.ExpirationOf[i]].Date))];
            if (rows.Length > 0) scopes.Add(new SnapshotSums(values, settings, rows).Levels(scope, out _));
        }

        return scopes.DrainToImmutable();
    }

    static AnalysisModel ModelOf(AnalysisSettings settings, DateOnly? openInterestDate, bool isAmerican) => new()
    {
        Name = settings.Convention,
        Convention = string.Create(CultureInfo.InvariantCulture,
            $"γ·{(settings.Weight == ChainWeight.Volume ? "volume" : "OI")}·100·S{(settings.Unit == ExposureUnit.Percent ? "²·0.01 per 1 %" : " per $1")}, calls +, puts −; European"),
        Gamma = (settings.Gamma == GammaChoice.Vendor ? "the vendor's, and deltas too" : "computed") + (settings.GammaDecimals is { } decimals ? $", rounded to {decimals} decimals" : ""),
        DayCount = settings.DayCount.ToWords(),
        Rate = settings.Rate,
        DividendYield = settings.DividendYield,
        ForwardSource = !settings.ImpliesForwards ? "dividend yield"
            : isAmerican ? "put–call parity, of American options without early exercise, else dividend yield" : "put–call parity, else dividend yield",
        VolatilitySource = settings.Volatility switch
        {
            VolatilityChoice.Feed => "feed, mid, last, default",
            VolatilityChoice.FeedOnly => "feed",
            VolatilityChoice.LastOnly => "last",
            _ => settings.LeavesOutDefaults ? "mid, last" : "mid, last, default",
        },
        Flip = (settings.Flip, settings.Crossing) switch
        {
            (FlipRule.Cumulative, _) => "running sum over strikes changes sign, interpolated" + (settings.HasLegacyLevels ? "; spot where it does not" : ""),
            (_, CrossingChoice.First) => "lowest zero crossing of the profile",
            _ => "zero crossing of the profile nearest to spot",
        },
        Grid = settings.Grid,
        OpenInterestDate = openInterestDate,
        EngineVersion = Streams.Engine.Version,
        Settings = settings,
    };
}
