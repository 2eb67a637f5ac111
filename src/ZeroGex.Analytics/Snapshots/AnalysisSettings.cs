using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>Which volatility a contract is priced at.</summary>
public enum VolatilityChoice
{
    /// <summary>Solved from the mid price, else from the last, else the default.</summary>
    Solved,

    /// <summary>The vendor's where it is within bounds, else as <see cref="Solved"/>.</summary>
    Feed,

    /// <summary>The vendor's whatever it is; a contract without one has no volatility.</summary>
    FeedOnly,

    /// <summary>Solved from the last price; a contract whose last price has none has no volatility.</summary>
    LastOnly,
}

/// <summary>Which gamma is summed.</summary>
public enum GammaChoice
{
    /// <summary>The one at the contract's volatility and time.</summary>
    Computed,

    /// <summary>The vendor's, as it stands in the file; delta too.</summary>
    Vendor,
}

/// <summary>What a flip is read off.</summary>
public enum FlipRule
{
    /// <summary>The gamma profile: net exposure re-priced at other spots.</summary>
    Profile,

    /// <summary>The running sum of net exposure over ascending strikes, interpolated: cheaper, and another question.</summary>
    Cumulative,
}

/// <summary>Which of several crossings of the profile is the flip.</summary>
public enum CrossingChoice
{
    /// <summary>The one nearest to spot.</summary>
    Nearest,

    /// <summary>The lowest one on the grid.</summary>
    First,
}

/// <summary>Of which move exposure is stated.</summary>
public enum ExposureUnit
{
    /// <summary>γ·contracts·100·S²·0.01: dollars per 1 % move.</summary>
    Percent,

    /// <summary>γ·contracts·100·S: dollars per $1 move.</summary>
    Dollar,
}

/// <summary>The spots at which the profile is priced.</summary>
/// <param name="Low">As a fraction of spot, greater than 0.</param>
/// <param name="High">As a fraction of spot, greater than <paramref name="Low"/>.</param>
/// <param name="Points">How many: 161 to 1,024, spaced on a logarithmic scale; 2 to 10,000, evenly spaced, where interpolated.</param>
/// <param name="IsInterpolated">True reads crossings off the grid by straight lines; false refines each on the exact profile.</param>
public sealed record SpotGrid(double Low = 0.8, double High = 1.2, int Points = 208, bool IsInterpolated = false);

/// <summary>Every choice that moves a published level. The defaults are the canonical answer, which is that of <see cref="Gex.ChainFold"/> for the same facts.</summary>
public sealed record AnalysisSettings
{
    /// <summary>What the choices are called together.</summary>
    public string Convention { get; init; } = "canonical";

    /// <summary>How time becomes years.</summary>
    public DayCount DayCount { get; init; }

    /// <summary>Continuously compounded.</summary>
    public double Rate { get; init; } = 0.05;

    /// <summary>Continuously compounded.</summary>
    public double DividendYield { get; init; }

    /// <summary>True implies each expiration's forward by put–call parity; the dividend yield counts only where the prices imply none.</summary>
    public bool ImpliesForwards { get; init; }

    /// <summary>Which volatility.</summary>
    public VolatilityChoice Volatility { get; init; }

    /// <summary>What a volatility may be.</summary>
    public VolatilitySettings Bounds { get; init; } = new();

    /// <summary>True leaves out contracts that would be priced at the default volatility.</summary>
    public bool LeavesOutDefaults { get; init; }

    /// <summary>Which gamma.</summary>
    public GammaChoice Gamma { get; init; }

    /// <summary>Decimals that gammas are rounded to before they are summed, as vendors do; null: none.</summary>
    public int? GammaDecimals { get; init; }

    /// <summary>True keeps contracts that have settled, at the least time that the day count has.</summary>
    public bool KeepsExpired { get; init; }

    /// <summary>True settles everything at the close, as those do who do not know that some index options settle at the open.</summary>
    public bool SettlesAtClose { get; init; }

    /// <summary>What a contract's gamma is multiplied with; max pain too is of these.</summary>
    public ChainWeight Weight { get; init; }

    /// <summary>Of which move.</summary>
    public ExposureUnit Unit { get; init; }

    /// <summary>What the flip is read off.</summary>
    public FlipRule Flip { get; init; }

    /// <summary>Which crossing of the profile.</summary>
    public CrossingChoice Crossing { get; init; }

    /// <summary>Where the profile is priced.</summary>
    public SpotGrid Grid { get; init; } = new();

    /// <summary>
    /// True keeps the predecessor's ladder: strikes that traded and no others, 0 where a price has no volatility; levels whatever their sign, 0 for a missing minor, the spot for a
    /// missing zero.
    /// </summary>
    public bool HasLegacyLevels { get; init; }

    /// <summary>One root of the chain; null takes all together.</summary>
    public string? Root { get; init; }

    /// <summary>Which expirations.</summary>
    public ChainScope Scope { get; init; }

    /// <summary>Only expirations that settle within so many calendar days; null: all.</summary>
    public int? Days { get; init; }

    /// <summary>Only strikes within this fraction of spot; null: all.</summary>
    public double? StrikesWithin { get; init; }

    /// <summary>
    /// Vendor gammas times open interest of all rows, expired ones included. The profile is at the vendor's volatilities, weekdays over 262, no rates, on 60 evenly spaced
    /// spots, and the flip its first crossing by straight line: the script that is copied most for CBOE files.
    /// </summary>
    /// <remarks>S. Perfiliev, "How to calculate gamma exposure (GEX) and zero gamma level", perfiliev.co.uk.</remarks>
    public static AnalysisSettings VendorGamma { get; } = new()
    {
        Convention = "vendor-gamma",
        DayCount = DayCount.Weekdays262,
        Rate = 0,
        Volatility = VolatilityChoice.FeedOnly,
        Gamma = GammaChoice.Vendor,
        KeepsExpired = true,
        Crossing = CrossingChoice.First,
        Grid = new(Points: 60, IsInterpolated: true),
    };

    /// <summary>
    /// The arithmetic of the predecessor's traded exposure, applied to a whole chain at once: γ·volume·100·S per $1 at the volatility of the last trade, calendar time to
    /// 16:00 over 262 days, a rate of 2.5 %, zero gamma from the running sum over strikes. Live it had the prints of one second; a file has the day's volume.
    /// </summary>
    public static AnalysisSettings LegacyPlatform { get; } = new()
    {
        Convention = "legacy-platform",
        DayCount = DayCount.Legacy262,
        Rate = 0.025,
        Volatility = VolatilityChoice.LastOnly,
        Bounds = new() { Lowest = 1e-9, Highest = 1e9 }, // It had none.
        Weight = ChainWeight.Volume,
        Unit = ExposureUnit.Dollar,
        Flip = FlipRule.Cumulative,
        HasLegacyLevels = true,
    };
}
