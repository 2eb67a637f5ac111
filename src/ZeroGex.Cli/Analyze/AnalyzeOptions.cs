using System.CommandLine;
using System.Globalization;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Contracts;

namespace ZeroGex.Cli;

/// <summary>The switches of <c>zerogex analyze</c> that choose how a chain is calculated.</summary>
public sealed class AnalyzeOptions
{
    const int FewestPoints = 161, MostPoints = 1024, MostSamples = 10_000;

    static readonly Dictionary<string, DayCount> DayCounts = Words<DayCount>();
    static readonly Dictionary<string, VolatilityChoice> Volatilities = new() { ["solved"] = VolatilityChoice.Solved, ["feed"] = VolatilityChoice.Feed, ["feed-only"] = VolatilityChoice.FeedOnly, ["last-only"] = VolatilityChoice.LastOnly };
    static readonly Dictionary<string, GammaChoice> Gammas = Words<GammaChoice>();
    static readonly Dictionary<string, ChainWeight> Weights = new() { ["open-interest"] = ChainWeight.OpenInterest, ["volume"] = ChainWeight.Volume };
    static readonly Dictionary<string, CrossingChoice> Crossings = Words<CrossingChoice>();
    static readonly Dictionary<string, FlipRule> Flips = Words<FlipRule>();
    static readonly Dictionary<string, ExposureUnit> Units = Words<ExposureUnit>();
    static readonly Dictionary<string, ChainScope> Scopes = new() { ["all"] = ChainScope.All, ["0dte"] = ChainScope.ZeroDays, ["weekly"] = ChainScope.Weekly, ["monthly"] = ChainScope.Monthly };
    static readonly Dictionary<string, bool> Settlements = new() { ["own"] = false, ["close"] = true };
    static readonly Dictionary<string, bool> Conventions = new() { ["canonical"] = true, ["vendor-gamma"] = true, ["legacy-platform"] = true };

    readonly Option<string?> _convention = OneOf("--convention", "-c", Conventions, "Where the choices start from: canonical (all recalculated from prices), vendor-gamma (the vendor's gammas, every row), legacy-platform (the predecessor's arithmetic).");
    readonly Option<string?> _dayCount = OneOf("--day-count", null, DayCounts, "How time becomes years.");
    readonly Option<double?> _rate = Fraction("--rate", "Continuously compounded, a fraction; RISK_FREE_RATE when left out.");
    readonly Option<double?> _dividend = Fraction("--dividend", "Dividend yield, continuously compounded, a fraction.");
    readonly Option<bool> _forwards = new("--implied-forwards") { Description = "Imply each expiration's forward by put–call parity." };
    readonly Option<string?> _volatility = OneOf("--volatility", null, Volatilities, "solved (mid, last, default), feed (the vendor's first), feed-only (the vendor's or none), last-only (of the last trade or none).");
    readonly Option<bool> _noDefault = new("--no-default") { Description = "Leave out contracts that would be priced at IV_DEFAULT, because no price of theirs has a volatility." };
    readonly Option<string?> _gamma = OneOf("--gamma", null, Gammas, "Which gammas are summed.");
    readonly Option<int?> _decimals = Whole("--gamma-decimals", "Round gammas to so many decimals before they are summed, as vendors do.", 0, 12);
    readonly Option<bool> _keepExpired = new("--keep-expired") { Description = "Keep contracts that have settled, at the least time that the day count has." };
    readonly Option<string?> _settlement = OneOf("--settlement", null, Settlements, "close: what settles at the open, like the monthly SPX, settles at the close too.");
    readonly Option<string?> _weight = OneOf("--weight", "-w", Weights, "What gammas are multiplied with; max pain too.");
    readonly Option<string?> _unit = OneOf("--unit", null, Units, "percent: dollars per 1 % move. dollar: dollars per $1 move.");
    readonly Option<string?> _flip = OneOf("--flip", null, Flips, "profile: net exposure repriced at other spots. cumulative: the running sum over strikes.");
    readonly Option<string?> _crossing = OneOf("--crossing", null, Crossings, "Which zero crossing of the profile is the flip.");
    readonly Option<string?> _grid = new("--grid") { Description = "RANGE,STEP of the profile, both in percent of spot, for example 20,0.25." };
    readonly Option<bool> _interpolate = new("--interpolate") { Description = "Read crossings off evenly spaced spots by straight lines, instead of refining them." };
    readonly Option<string?> _scope = OneOf("--scope", null, Scopes, "Which expirations.");
    readonly Option<int?> _days = Whole("--days", "Only expirations that settle within so many calendar days.", 0, 100_000);
    readonly Option<double?> _strikes = new("--strikes") { Description = "Only strikes within this many percent of spot." };

    IEnumerable<Option> All =>
    [
        _convention, _dayCount, _rate, _dividend, _forwards, _volatility, _noDefault, _gamma, _decimals, _keepExpired, _settlement, _weight, _unit, _flip, _crossing, _grid, _interpolate,
        _scope, _days, _strikes,
    ];

    public void AddTo(Command command)
    {
        foreach (Option option in All) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_strikes) is { } percent && !(percent > 0 && percent <= 1e6)) result.AddError(string.Create(CultureInfo.InvariantCulture, $"--strikes {percent}: greater than 0, please."));
            if (result.GetValue(_grid) is { } text && Grid(text, result.GetValue(_interpolate), out string wish) is null) result.AddError($"--grid {text}: {wish}");
            if (result.GetValue(_interpolate) && result.GetResult(_grid) is null && result.GetValue(_convention) is not "vendor-gamma") result.AddError("--interpolate: --grid RANGE,STEP says where.");
        });
    }

    /// <summary>The canonical answer of this machine's settings.</summary>
    /// <param name="root">The root that is asked for; null for all of the file.</param>
    /// <param name="roots">The roots of the file.</param>
    public static AnalysisSettings Canonical(Settings settings, string? root, IReadOnlyCollection<string> roots) => new()
    {
        DividendYield = YieldOf(settings, root is null ? roots : [root]),
        Rate = settings.Chain.Rate,
        ImpliesForwards = settings.Chain.ImpliesForwards,
        Volatility = settings.Chain.TrustsFeedVolatility ? VolatilityChoice.Feed : VolatilityChoice.Solved,
        Bounds = settings.Volatility,
        Root = root,
    };

    /// <summary>The predecessor's arithmetic at this machine's rate for it.</summary>
    public static AnalysisSettings Legacy(Settings settings, string? root) => AnalysisSettings.LegacyPlatform with { Root = root, Rate = settings.Gex.InferredRate };

    static double YieldOf(Settings settings, IReadOnlyCollection<string> roots)
    {
        double[] yields = [.. roots.Select(root => settings.Folds.For(root).Chain.DividendYield).Distinct()];
        return yields.Length == 1 ? yields[0] : throw new SettingsException($"DIVIDEND_YIELDS says several things of {string.Join(", ", roots)}: ask for one with --symbol, or for each with --split.");
    }

    /// <summary>The choices made on the command line.</summary>
    public AnalysisSettings Read(ParseResult parsed, Settings settings, string? root, IReadOnlyCollection<string> roots)
    {
        AnalysisSettings chosen = parsed.GetValue(_convention) switch
        {
            "vendor-gamma" => AnalysisSettings.VendorGamma with { Root = root, Bounds = settings.Volatility },
            "legacy-platform" => Legacy(settings, root),
            _ => Canonical(settings, root, roots),
        };
        SpotGrid grid = parsed.GetValue(_grid) is { } text ? Grid(text, parsed.GetValue(_interpolate), out _)! : chosen.Grid;
        string changes = string.Join(' ', All.Where(option => option != _convention && parsed.GetResult(option) is { Implicit: false })
            .Select(option => string.Join(' ', [option.Name, .. parsed.GetResult(option)!.Tokens.Select(token => token.Value)])));
        return chosen with
        {
            Convention = changes.Length == 0 ? chosen.Convention : $"{chosen.Convention} {changes}",
            DayCount = Pick(_dayCount, DayCounts, chosen.DayCount),
            Rate = parsed.GetValue(_rate) ?? chosen.Rate,
            DividendYield = parsed.GetValue(_dividend) ?? chosen.DividendYield,
            ImpliesForwards = chosen.ImpliesForwards || parsed.GetValue(_forwards),
            Volatility = Pick(_volatility, Volatilities, chosen.Volatility),
            LeavesOutDefaults = parsed.GetValue(_noDefault),
            Gamma = Pick(_gamma, Gammas, chosen.Gamma),
            GammaDecimals = parsed.GetValue(_decimals),
            KeepsExpired = chosen.KeepsExpired || parsed.GetValue(_keepExpired),
            SettlesAtClose = Pick(_settlement, Settlements, chosen.SettlesAtClose),
            Weight = Pick(_weight, Weights, chosen.Weight),
            Unit = Pick(_unit, Units, chosen.Unit),
            Flip = Pick(_flip, Flips, chosen.Flip),
            Crossing = Pick(_crossing, Crossings, chosen.Crossing),
            Grid = grid,
            Scope = Pick(_scope, Scopes, chosen.Scope),
            Days = parsed.GetValue(_days),
            StrikesWithin = parsed.GetValue(_strikes) / 100,
        };

        T Pick<T>(Option<string?> option, Dictionary<string, T> words, T otherwise) => parsed.GetValue(option) is { } word ? words[word] : otherwise;
    }

    // A step of a logarithmic grid is a fraction of the spot where it is; that of an even one is of today's.
    static SpotGrid? Grid(string text, bool isInterpolated, out string wish)
    {
        wish = "RANGE,STEP in percent of spot, for example 20,0.25; 0 < step < range < 100.";
        string[] parts = text.Split(',');
        if (parts.Length != 2 || !TryPercent(parts[0], out double range) || !TryPercent(parts[1], out double step) || !(step > 0 && step < range && range < 1)) return null;
        if (isInterpolated)
        {
            double samples = Math.Round(2 * range / step) + 1;
            wish = $"at most {MostSamples} spots, please.";
            return samples <= MostSamples ? new(1 - range, 1 + range, (int)samples, true) : null;
        }

        double points = Math.Ceiling(Math.Log((1 + range) / (1 - range)) / Math.Log(1 + step) - 1e-9) + 1;
        wish = string.Create(CultureInfo.InvariantCulture, $"{FewestPoints} to {MostPoints} spots, please, and this makes {points}; with --interpolate as few as you like.");
        return points is >= FewestPoints and <= MostPoints ? new(1 - range, 1 + range, (int)points) : null;
    }

    static bool TryPercent(string text, out double fraction)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double percent);
        fraction = percent / 100;
        return isNumber;
    }

    static Dictionary<string, T> Words<T>() where T : struct, Enum => Enum.GetValues<T>().ToDictionary(value => value.ToString().ToLowerInvariant());

    static Option<string?> OneOf<T>(string name, string? alias, Dictionary<string, T> words, string description)
    {
        var option = new Option<string?>(name, alias is null ? [] : [alias]) { Description = $"{description} One of {string.Join(", ", words.Keys)}." };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.ContainsKey(token.Value)) result.AddError($"{name} {token.Value}: there are {string.Join(", ", words.Keys)}.");
        });
        return option;
    }

    static Option<double?> Fraction(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is not (>= -1 and <= 1))
                result.AddError($"{name} {token.Value}: a fraction from -1 to 1, please; 5 % is 0.05.");
        });
        return option;
    }

    static Option<int?> Whole(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && (value < least || value > most))
                result.AddError($"{name} {token.Value}: from {least} to {most}, please.");
        });
        return option;
    }
}
