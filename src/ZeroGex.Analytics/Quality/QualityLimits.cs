using System.Globalization;

namespace ZeroGex.Analytics.Quality;

/// <summary>The limits of quality by their names, as settings and models say them.</summary>
public static class QualityLimits
{
    static readonly (string Name, Func<QualitySettings, QualityLimit> Of, Func<QualitySettings, QualityLimit, QualitySettings> With)[] All =
    [
        ("gap", settings => settings.Gap, (settings, limit) => settings with { Gap = limit }),
        ("missed", settings => settings.Missed, (settings, limit) => settings with { Missed = limit }),
        ("late", settings => settings.Late, (settings, limit) => settings with { Late = limit }),
        ("silent_quotes", settings => settings.SilentQuotes, (settings, limit) => settings with { SilentQuotes = limit }),
        ("silent_trades", settings => settings.SilentTrades, (settings, limit) => settings with { SilentTrades = limit }),
        ("silent_bars", settings => settings.SilentBars, (settings, limit) => settings with { SilentBars = limit }),
        ("silent_chain", settings => settings.SilentChain, (settings, limit) => settings with { SilentChain = limit }),
        ("crossed", settings => settings.Crossed, (settings, limit) => settings with { Crossed = limit }),
        ("locked", settings => settings.Locked, (settings, limit) => settings with { Locked = limit }),
        ("one_sided", settings => settings.OneSided, (settings, limit) => settings with { OneSided = limit }),
        ("no_size", settings => settings.NoSize, (settings, limit) => settings with { NoSize = limit }),
        ("stale_quotes", settings => settings.StaleQuotes, (settings, limit) => settings with { StaleQuotes = limit }),
        ("stale_greeks", settings => settings.StaleGreeks, (settings, limit) => settings with { StaleGreeks = limit }),
        ("no_open_interest", settings => settings.NoOpenInterest, (settings, limit) => settings with { NoOpenInterest = limit }),
        ("not_quoted", settings => settings.NotQuoted, (settings, limit) => settings with { NotQuoted = limit }),
        ("unsolved", settings => settings.Unsolved, (settings, limit) => settings with { Unsolved = limit }),
    ];

    /// <summary>Sets each limit to what is known of its name, or leaves it.</summary>
    public static QualitySettings Set(QualitySettings settings, Func<string, QualityLimit, QualityLimit> known)
    {
        foreach (var (name, of, with) in All) settings = with(settings, known(name, of(settings)));
        return settings;
    }

    /// <summary>All of them in a line, warning before bad: <c>gap 1 10, late 0.01 0.1, silent_chain never never, ...</c></summary>
    public static string Say(QualitySettings settings) => string.Join(", ", All.Select(limit => $"{limit.Name} {Word(limit.Of(settings).Warning)} {Word(limit.Of(settings).Bad)}"));

    /// <summary>The settings with the limits of such a line; what it does not name stays as it is.</summary>
    /// <exception cref="FormatException">It is no such line.</exception>
    public static QualitySettings Hear(QualitySettings settings, string line)
    {
        var said = line.Split(", ").Select(limit => limit.Split(' ')).ToDictionary(
            words => words[0], words => words.Length == 3 ? new QualityLimit(Number(words[1]), Number(words[2])) : throw new FormatException($"'{string.Join(' ', words)}' is no limit of quality."));
        return Set(settings, (name, otherwise) => said.GetValueOrDefault(name, otherwise));
    }

    static string Word(double? limit) => limit?.ToString("R", CultureInfo.InvariantCulture) ?? "never";

    static double? Number(string word) => word == "never" ? null : double.Parse(word, CultureInfo.InvariantCulture);
}
