using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Cli;

/// <summary>The options that name a feed, and the feed they name.</summary>
sealed class FeedOptions
{
    const double DefaultTick = 0.05;

    static readonly string[] Names = ["simulated", "redis", "lean", "cboe", "ndjson"];

    readonly Option<string> _feed = new("--feed") { Description = "simulated, redis, lean, cboe or ndjson.", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("FEED") ?? "simulated" };
    readonly Option<string[]> _path = new("--path") { Description = "lean: the data folder. cboe, ndjson: one or more files.", AllowMultipleArgumentsPerToken = true };
    readonly Option<string[]> _symbol = new("--symbol", "-s") { Description = "Roots. simulated: which of SPXW SPY QQQ TSLA NVDA (all). lean: the underlying.", AllowMultipleArgumentsPerToken = true };
    readonly Option<string[]> _date = new("--date") { Description = "lean: the days to play, yyyy-MM-dd.", AllowMultipleArgumentsPerToken = true };
    readonly Option<string> _speed = new("--speed") { Description = "File feeds: 1 (as it happened), 60 (a minute a second), max.", DefaultValueFactory = _ => "1" };
    readonly Option<long> _seed = new("--seed") { Description = "simulated: another seed is another market.", DefaultValueFactory = _ => 1 };
    readonly Option<string?> _from = new("--from") { Description = "simulated: start at this instant (ISO 8601) instead of now." };
    readonly Option<string?> _until = new("--until") { Description = "simulated: end at this instant." };
    readonly Option<double> _quotes = new("--quotes") { Description = "simulated: quotes a second and root.", DefaultValueFactory = _ => 400 };
    readonly Option<double> _trades = new("--trades") { Description = "simulated: prints a second and root.", DefaultValueFactory = _ => 4 };
    readonly Option<double> _tick = new("--tick") { Description = "simulated: seconds of market time from batch to batch, 0.001 to 60.", DefaultValueFactory = _ => DefaultTick };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _feed, _path, _symbol, _date, _speed, _seed, _from, _until, _quotes, _trades, _tick }) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_feed) is { } name && !Names.Contains(name)) result.AddError($"--feed {result.GetValue(_feed)}: there are {string.Join(", ", Names)}.");
            if (result.GetValue(_speed) is { } speed && Speed(speed) is null) result.AddError($"--speed {speed}: write a factor such as 1 or 60, or max.");
        });
    }

    /// <summary>The feed, and a name for its spool that the same feed will have again.</summary>
    public (IMarketFeed Feed, string Id) Create(ParseResult parsed, Settings settings, ILoggerFactory loggers)
    {
        string name = parsed.GetValue(_feed)!;
        string[] paths = parsed.GetValue(_path) ?? [];
        string[] symbols = parsed.GetValue(_symbol) ?? [];
        double speed = Speed(parsed.GetValue(_speed)!) ?? throw new SettingsException("--speed: write a factor such as 1 or 60, or max.");
        var refusals = new Refusals(name, loggers.CreateLogger<Refusals>());
        var sessions = new NyseCalendar();

        switch (name)
        {
            case "simulated":
                double tick = parsed.GetValue(_tick);
                if (tick is not (>= 0.001 and <= 60)) throw new SettingsException("--tick: write seconds from 0.001 to 60."); // TimeSpan holds less than a double does.
                var market = new SimulatedFeedSettings(
                    Seed: parsed.GetValue(_seed),
                    Roots: symbols.Length > 0 ? symbols : null,
                    From: Instant(parsed.GetValue(_from), "--from"),
                    Until: Instant(parsed.GetValue(_until), "--until"),
                    QuotesPerSecond: parsed.GetValue(_quotes),
                    TradesPerSecond: parsed.GetValue(_trades),
                    Tick: TimeSpan.FromMilliseconds(Math.Round(tick * 1_000)),
                    Speed: speed);
                // A position counts ticks: another tick is another feed.
                string kind = tick == DefaultTick ? $"simulated-{market.Seed}" : string.Create(CultureInfo.InvariantCulture, $"simulated-{market.Seed}-{market.Tick!.Value.TotalMilliseconds}ms");
                return (Simulated(market), Id(kind, symbols));

            case "redis":
                var redis = settings.Redis ?? throw new SettingsException("REDIS_HOST is not set: the redis feed reads the channel inferred_trades there.");
                return (new RedisFeed(redis, sessions, refusals, loggers.CreateLogger<RedisFeed>(), TimeProvider.System), "redis");

            case "lean":
                if (paths.Length != 1) throw new SettingsException("--feed lean needs --path FOLDER: the folder that holds option/, equity/ ... of LEAN data.");
                if (symbols.Length != 1) throw new SettingsException("--feed lean needs --symbol ROOT, for example --symbol GOOG.");
                var lean = new LeanFeedSettings(paths[0], symbols[0], [.. (parsed.GetValue(_date) ?? []).Select(Date)]);
                return (new PacedFeed(new LeanFeed(lean, sessions, refusals), speed, TimeProvider.System), Id("lean", symbols));

            case "cboe":
                if (paths.Length == 0) throw new SettingsException("--feed cboe needs --path FILE...: CBOE chain files, CSV or JSON.");
                return (new PacedFeed(new CboeFeed(paths, sessions, refusals), speed, TimeProvider.System), Id("cboe", paths));

            default:
                if (paths.Length == 0) throw new SettingsException("--feed ndjson needs --path FILE...: files of legacy inferred_trades messages, one a line.");
                return (new PacedFeed(new NdjsonFeed(paths, sessions, refusals), speed, TimeProvider.System), Id("ndjson", paths));
        }
    }

    static SimulatedFeed Simulated(SimulatedFeedSettings market)
    {
        try
        {
            return new(market, TimeProvider.System);
        }
        catch (ArgumentException error)
        {
            throw new SettingsException($"--feed simulated: {error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal)}");
        }
    }

    static string Id(string name, IEnumerable<string> parts)
    {
        string text = string.Join('|', parts);
        if (text.Length == 0) return name;
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..8];
        return $"{name}-{hash}";
    }

    static double? Speed(string text) =>
        text == "max" ? double.PositiveInfinity
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double speed) && speed > 0 ? speed
        : null;

    static DateTimeOffset? Instant(string? text, string option) =>
        text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant
        : throw new SettingsException($"{option} {text}: write an instant such as 2026-01-16T14:30:00Z.");

    static DateOnly Date(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
        : throw new SettingsException($"--date {text}: write a date such as 2015-12-24.");
}
