using System.Collections.Immutable;
using System.Globalization;
using Npgsql;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Quality;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus;
using ZeroGex.Bus.Bridges;
using ZeroGex.Bus.Gateway;

namespace ZeroGex.Cli;

/// <summary>A setting is missing or makes no sense; the message names it.</summary>
public sealed class SettingsException(string message) : Exception(message);

/// <summary>Everything a process is told by its environment and by <c>--set KEY=VALUE</c>, read and checked once, at start-up.</summary>
public sealed class Settings
{
    readonly IReadOnlyDictionary<string, string> _overrides;

    /// <param name="overrides"><c>KEY=VALUE</c> pairs that win over the environment.</param>
    /// <exception cref="SettingsException">A value makes no sense.</exception>
    public Settings(IEnumerable<string> overrides)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string pair in overrides)
        {
            if (pair.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at)) throw new SettingsException($"--set {pair}: write KEY=VALUE, for example --set RISK_FREE_RATE=0.05.");
            values[pair[..at]] = pair[(at + 1)..];
        }

        _overrides = values;
        Bus = new BusSettings
        {
            RabbitHost = Text("RABBITMQ_HOST"),
            RabbitPort = Whole("RABBITMQ_PORT", 5672, 1, 65_535),
            RabbitUser = Text("RABBITMQ_USER") ?? "guest",
            RabbitPassword = Text("RABBITMQ_PASSWORD") ?? "guest",
            RabbitVirtualHost = Text("RABBITMQ_VHOST") ?? "/",
            Partitions = Whole("PARTITIONS", 1, 1, 64),
        };
        double rate = Number("RISK_FREE_RATE", 0.05, -1, 1);
        Gex = new GexSettings
        {
            Interval = TimeSpan.FromSeconds(Number("AGGREGATION_INTERVAL", 1, 0.001, 3_600)),
            Grace = TimeSpan.FromMilliseconds(Whole("WINDOW_GRACE_MS", 250, 0, 60_000)),
            Rate = rate,
            InferredRate = Number("INFERRED_RISK_FREE_RATE", Text("RISK_FREE_RATE") is null ? 0.025 : rate, -1, 1),
        };
        Volatility = new VolatilitySettings
        {
            MaxIterations = Whole("IV_MAX_ITERATIONS", 100, 1, 10_000),
            Tolerance = Number("IV_TOLERANCE", 1e-5, 1e-15, 1),
            Lowest = Number("IV_MIN", 0.01, 1e-6, 100),
            Highest = Number("IV_MAX", 5, 1e-6, 1_000),
            Default = Number("IV_DEFAULT", 0.2, 1e-6, 1_000),
        };
        if (Volatility.Lowest >= Volatility.Highest) throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"IV_MIN: {Volatility.Lowest} is not below IV_MAX, {Volatility.Highest}."));
        Gex = Gex with { Volatility = Volatility };
        Chain = new ChainSettings
        {
            Slices = new() { Grace = Gex.Grace },
            Interval = TimeSpan.FromSeconds(Whole("ANALYTICS_INTERVAL", 60, 1, 3_600)),
            ScopesEvery = TimeSpan.FromSeconds(Whole("SCOPES_INTERVAL", 5, 1, 3_600)),
            VolatilityEvery = TimeSpan.FromSeconds(Whole("VOLATILITY_INTERVAL", 5, 1, 3_600)),
            GreeksEvery = TimeSpan.FromSeconds(Whole("GREEKS_INTERVAL", 60, 1, 3_600)),
            Rate = rate,
            ImpliesForwards = OneOf("FORWARDS", "yield", "parity") == "parity",
            TrustsFeedVolatility = OneOf("FEED_VOLATILITY", "ignore", "trust") == "trust",
            Volatility = Volatility,
        };
        Flow = new FlowSettings
        {
            Slices = Chain.Slices,
            Tempo = TimeSpan.FromSeconds(Whole("FLOW_TEMPO", 60, 1, 3_600)),
            LastRule = OneOf("AGGRESSOR_RULES", "tick", "quote", "feed") switch
            {
                "feed" => AggressorRule.Feed,
                "quote" => AggressorRule.Quote,
                _ => AggressorRule.Tick,
            },
            Rate = rate,
            TrustsFeedVolatility = Chain.TrustsFeedVolatility,
            Volatility = Volatility,
        };
        Gateway = new GatewaySettings
        {
            Linger = (Gex.Interval > TimeSpan.FromMinutes(1) ? Gex.Interval : TimeSpan.FromMinutes(1)) + Gex.Grace + TimeSpan.FromSeconds(1), // The longest window of any fold.
            Beat = TimeSpan.FromMilliseconds(Whole("GATEWAY_BEAT_MS", 50, 1, 60_000)),
            MaxRows = Whole("GATEWAY_MAX_ROWS", 2_000, 1, 100_000),
            StaleAfter = TimeSpan.FromSeconds(Whole("FEED_STALE_SECONDS", 90, 1, 86_400)),
            SpoolBytes = (long)Whole("SPOOL_MAX_MB", 512, 1, 1_000_000) << 20,
            Sync = Text("SPOOL_FSYNC")?.ToLowerInvariant() switch
            {
                null or "second" => SpoolSync.EverySecond,
                "never" => SpoolSync.Never,
                "beat" => SpoolSync.EveryBeat,
                var other => throw new SettingsException($"SPOOL_FSYNC: '{other}' is none of never, second, beat."),
            },
        };

        Redis = Text("REDIS_HOST") is { } host
            ? new RedisSettings { Host = host, Port = Whole("REDIS_PORT", 6379, 1, 65_535), Password = Text("REDIS_PASSWORD"), IdleAdvance = Gex.Interval + Gex.Grace + TimeSpan.FromSeconds(1.75) }
            : null;
        Quality = ReadQuality();
        DividendYields = ReadYields();
        AmericanRoots = [.. (Text("AMERICAN_ROOTS") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(root => root.Equals(FoldSettings.Listed, StringComparison.OrdinalIgnoreCase) ? FoldSettings.Listed : root.ToUpperInvariant())];
        Alerts = ReadAlerts();
        Webhooks = ReadWebhooks();
        Home = Path.GetFullPath(Text("ZEROGEX_HOME") ?? ".zerogex");
        HttpPort = Whole("HTTP_PORT", 0, 0, 65_535);
    }

    public BusSettings Bus { get; }
    public GatewaySettings Gateway { get; }
    public GexSettings Gex { get; }

    /// <summary>What the folds are told, live and in replays.</summary>
    public FoldSettings Folds => new() { Gex = Gex, Chain = Chain, Flow = Flow, Quality = Quality, Alerts = Alerts, DividendYields = DividendYields, AmericanRoots = AmericanRoots };

    /// <summary>Continuously compounded dividend yields by root; 0 for any other.</summary>
    public ImmutableSortedDictionary<string, double> DividendYields { get; }

    /// <summary>The roots that have American gammas, too.</summary>
    public ImmutableSortedSet<string> AmericanRoots { get; }

    /// <summary>For whole chains.</summary>
    public ChainSettings Chain { get; }

    /// <summary>For flow.</summary>
    public FlowSettings Flow { get; }

    /// <summary>What a volatility may be, and how hard Newton's method tries.</summary>
    public VolatilitySettings Volatility { get; }

    /// <summary>From where on data is worth a warning, and from where on it is bad.</summary>
    public QualitySettings Quality { get; }

    /// <summary>The rules of the file that ALERT_RULES names, or the built-in ones.</summary>
    public AlertSettings Alerts { get; }

    /// <summary>Where alerts are posted.</summary>
    public WebhookSettings Webhooks { get; }

    /// <summary>Null when no Redis is configured: then there is no legacy bridge.</summary>
    public RedisSettings? Redis { get; }

    /// <summary>Spool, private servers and the word that <c>up</c> leaves for a second terminal.</summary>
    public string Home { get; }

    /// <summary>Health, metrics and the query API; 0 takes a free port.</summary>
    public int HttpPort { get; }

    /// <summary>The configured database; null when none is named.</summary>
    public string? Database => Text("DB_HOST") is { } host
        ? new NpgsqlConnectionStringBuilder
        {
            Host = host,
            Port = Whole("DB_PORT", 5432, 1, 65_535),
            Database = Text("DB_NAME") ?? "zerogex",
            Username = Text("DB_USER") ?? "zerogex",
            Password = Text("DB_PASSWORD"),
            ApplicationName = "zerogex",
            MaxPoolSize = 20,
        }.ConnectionString
        : null;

    /// <summary>A setting as text; null when it is not set or empty.</summary>
    public string? Text(string key)
    {
        string? value = _overrides.GetValueOrDefault(key) ?? Environment.GetEnvironmentVariable(key);
        return string.IsNullOrWhiteSpace(value) ? null : value;
    }

    /// <summary>One of several words, the first when it is not set.</summary>
    public string OneOf(string key, params ReadOnlySpan<string> words)
    {
        string word = Text(key)?.ToLowerInvariant() ?? words[0];
        return words.Contains(word) ? word : throw new SettingsException($"{key}: '{word}' is none of {string.Join(", ", words)}.");
    }

    public int Whole(string key, int otherwise, int least, int most) =>
        Text(key) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most ? value
        : throw new SettingsException($"{key}: '{text}' is not a whole number from {least} to {most}.");

    public double Number(string key, double otherwise, double least, double most) =>
        Text(key) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most ? value
        : throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"{key}: '{text}' is not a number from {least} to {most}."));

    QualitySettings ReadQuality()
    {
        QualitySettings otherwise = new();
        return QualityLimits.Set(
            otherwise with { StaleAfter = TimeSpan.FromSeconds(Whole("QUALITY_STALE_CONTRACT_SECONDS", (int)otherwise.StaleAfter.TotalSeconds, 1, 86_400)) },
            (name, limit) => Limit($"QUALITY_{name.ToUpperInvariant()}", limit));
    }

    // "0.05,0.25": from where on it is a warning, from where on bad; "never" for either.
    QualityLimit Limit(string key, QualityLimit otherwise)
    {
        if (Text(key) is not { } text) return otherwise;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length != 2) throw new SettingsException($"{key}: '{text}' is not two limits, warning and bad, such as 0.05,0.25 or 60,never.");
        double?[] limits = [.. parts.Select(part =>
            part.Equals("never", StringComparison.OrdinalIgnoreCase) ? (double?)null
            : double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value) ? value
            : throw new SettingsException($"{key}: '{part}' is neither a number above 0 nor never."))];
        if (limits[0] > limits[1]) throw new SettingsException($"{key}: a warning from {parts[0]} on comes after bad from {parts[1]} on.");
        return new(limits[0], limits[1]);
    }

    ImmutableSortedDictionary<string, double> ReadYields()
    {
        var yields = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (string pair in (Text("DIVIDEND_YIELDS") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } root, var text] || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double yield) || yield is not (>= -1 and <= 1))
                throw new SettingsException($"DIVIDEND_YIELDS: '{pair}' is not a root and a yield from -1 to 1; write SPY=0.0125,QQQ=0.006.");
            if (!yields.TryAdd(root.ToUpperInvariant(), yield)) throw new SettingsException($"DIVIDEND_YIELDS: {root.ToUpperInvariant()} is there twice.");
        }

        return yields.ToImmutable();
    }

    AlertSettings ReadAlerts()
    {
        if (Text("ALERT_RULES") is not { } file) return new();
        if (!File.Exists(file)) throw new SettingsException($"ALERT_RULES: there is no file {file}.");
        ParsedRules parsed = AlertRuleParser.Parse(File.ReadAllText(file));
        return parsed.Faults.IsEmpty ? new() { Rules = parsed.Rules } : throw new SettingsException($"ALERT_RULES: {file}: {string.Join(" ", parsed.Faults)}");
    }

    WebhookSettings ReadWebhooks()
    {
        string[] urls = Text("ALERT_WEBHOOKS")?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        string secret = Text("ALERT_WEBHOOK_SECRET") ?? "";
        if (urls.Length > 0 && secret.Length < 16) throw new SettingsException("ALERT_WEBHOOK_SECRET: webhooks are signed; give a secret of at least 16 characters.");
        return new()
        {
            // The address may hold a secret: say which, not what.
            Urls = [.. urls.Select((url, i) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") ? uri : throw new SettingsException($"ALERT_WEBHOOKS: address {i + 1} is none of HTTP or HTTPS."))],
            Secret = secret,
            MaxAge = TimeSpan.FromSeconds(Whole("ALERT_MAX_AGE_SECONDS", 900, 0, 86_400 * 7)),
            MaxAttempts = Whole("ALERT_WEBHOOK_ATTEMPTS", 10, 1, 100),
        };
    }
}
