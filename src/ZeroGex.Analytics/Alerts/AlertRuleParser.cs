using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>Rules, and what is wrong with the text that they come from.</summary>
/// <param name="Rules">Those that are lawful, in order.</param>
/// <param name="Faults">One sentence each, naming rule and member; empty when all is well.</param>
public sealed record ParsedRules(ImmutableArray<AlertRule> Rules, ImmutableArray<string> Faults);

/// <summary>Reads rules from JSON, an array of objects, and says everything that is wrong with it at once. Comments and trailing commas are welcome.</summary>
public static partial class AlertRuleParser
{
    const double LongestCooldown = 86_400;

    static readonly string[] Members = ["name", "symbol", "metric", "operator", "threshold", "level", "scope", "weight", "hysteresis", "cooldown", "severity"];

    /// <summary>Reads a whole text.</summary>
    public static ParsedRules Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Array) return new([], ["Rules are a JSON array of objects."]);

            var rules = new List<AlertRule>();
            var faults = new List<string>();
            int number = 0;
            foreach (JsonElement element in document.RootElement.EnumerateArray())
            {
                Reader reader = new(element, ++number, faults);
                if (reader.Read() is not { } rule) continue;
                if (rules.Exists(known => known.Name == rule.Name)) reader.Fault("name", "another rule has it");
                else rules.Add(rule);
            }

            return new([.. rules], [.. faults]);
        }
        catch (JsonException error)
        {
            return new([], [$"This is not JSON: {error.Message}"]);
        }
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex Name();

    // One rule. Whatever is wrong goes to the faults; a rule with one is none.
    sealed class Reader(JsonElement element, int number, List<string> faults)
    {
        readonly int _before = faults.Count;
        string? _name;

        public AlertRule? Read()
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                Fault("", "it is no object");
                return null;
            }

            _name = Text("name", null);
            foreach (JsonProperty member in element.EnumerateObject().Where(member => !Members.Contains(member.Name)))
                Fault(member.Name, $"there is no such member; there are {string.Join(", ", Members)}");

            AlertRule rule = new()
            {
                Name = _name ?? "",
                Symbol = Text("symbol", "*") ?? "",
                Metric = Word("metric", AlertWords.Metrics, null),
                Operator = Word("operator", AlertWords.Operators, null),
                Threshold = Number("threshold", double.MinValue, double.MaxValue, 0),
                Level = Has("level") ? Word("level", AlertWords.Levels, null) : null,
                Scope = Text("scope", "all") ?? "",
                Weight = Word("weight", AlertWords.Weights, ChainWeight.OpenInterest),
                Hysteresis = Number("hysteresis", 0, double.MaxValue, 0),
                Cooldown = TimeSpan.FromSeconds(Number("cooldown", 0, LongestCooldown, 300)),
                Severity = Word("severity", AlertWords.Severities, AlertSeverity.Warning),
            };
            if (faults.Count == _before) Check(rule);
            return faults.Count == _before ? rule : null;
        }

        public void Fault(string member, string reason) =>
            faults.Add($"rule {number}{(string.IsNullOrEmpty(_name) ? "" : $" ({_name})")}{(member.Length == 0 ? "" : $", {member}")}: {reason}.");

        // What members say together.
        void Check(AlertRule rule)
        {
            if (!Name().IsMatch(rule.Name)) Fault("name", "it is 1 to 64 small letters, digits, '-', '_' and '.', a letter or digit first");
            if (rule.Symbol.Length == 0) Fault("symbol", "it is an option root, or * for all");
            if (rule.Level is not null && rule.Metric != AlertMetric.Spot) Fault("level", "only the metric spot is held against a level");
            if (rule.Level is not null && rule.Operator == AlertOperator.Moves) Fault("operator", "a distance from a level does not move; it crosses");
            bool needsThreshold = rule.Operator is AlertOperator.Within || (rule.Operator is not AlertOperator.Crosses && rule.Level is null);
            if (needsThreshold && !Has("threshold")) Fault("threshold", "it is missing");
            if (rule.Metric == AlertMetric.Spot && rule.Level is null && !Has("threshold") && !needsThreshold) Fault("threshold", "spot is held against a threshold or a level");
            if (rule.Operator is AlertOperator.Within && rule.Threshold < 0) Fault("threshold", "within less than nothing is nowhere");
            if (rule.Operator is AlertOperator.Moves && rule.Threshold <= 0) Fault("threshold", "a move is greater than 0 %");
            if (rule.Operator is AlertOperator.Moves && Has("hysteresis")) Fault("hysteresis", "a move has none");
            if (rule.Operator is AlertOperator.Beyond && rule.Hysteresis >= rule.Threshold) Fault("hysteresis", "it is not below the threshold: it would never be resolved");
            if (!rule.IsOfChain && rule.IsEvent) Fault("operator", "of data and flow there are >=, <=, within, beyond");
            if (!rule.IsOfChain && Has("weight")) Fault("weight", "only exposures have one");

            string[] scopes = rule.IsOfData ? ["all", .. AlertsFold.Inputs] : AlertWords.ChainScopes;
            if (rule.Metric is AlertMetric.Quality or AlertMetric.SmartMoney) scopes = ["all"];
            if (!scopes.Contains(rule.Scope)) Fault("scope", $"'{rule.Scope}' is none of {string.Join(", ", scopes)}");
        }

        bool Has(string member) => element.TryGetProperty(member, out _);

        string? Text(string member, string? otherwise)
        {
            if (!element.TryGetProperty(member, out JsonElement value))
            {
                if (otherwise is null) Fault(member, "it is missing");
                return otherwise;
            }

            if (value.ValueKind == JsonValueKind.String) return value.GetString()!;
            Fault(member, $"{value.GetRawText()} is no text");
            return null;
        }

        T Word<T>(string member, IReadOnlyDictionary<string, T> words, T? otherwise) where T : struct
        {
            if (!Has(member) && otherwise is { } given) return given;
            if (Text(member, null) is not { } word) return default;
            if (words.TryGetValue(word, out T value)) return value;
            Fault(member, $"'{word}' is none of {string.Join(", ", words.Keys)}");
            return default;
        }

        double Number(string member, double least, double most, double otherwise)
        {
            if (!element.TryGetProperty(member, out JsonElement value)) return otherwise;
            if (value.ValueKind != JsonValueKind.Number)
            {
                Fault(member, $"{value.GetRawText()} is no number");
                return otherwise;
            }

            if (value.TryGetDouble(out double number) && number >= least && number <= most) return number;
            Fault(member, string.Create(CultureInfo.InvariantCulture, $"{value.GetRawText()} is not within {least} and {most}"));
            return otherwise;
        }
    }
}
