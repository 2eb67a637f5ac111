using System.Globalization;
using System.Text.Json;

namespace ZeroGex.Analytics.Alerts;

/// <summary>Writes rules as <see cref="AlertRuleParser"/> reads them.</summary>
public static class AlertRuleWriter
{
    static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A JSON array, every member said that may be.</summary>
    public static string Write(IEnumerable<AlertRule> rules) => JsonSerializer.Serialize(rules.Select(Members), Options);

    /// <summary>What a rule looks for, in its own words.</summary>
    public static string Phrase(AlertRule rule)
    {
        string level = rule.Level is { } known ? $" {AlertWords.Of(known)}" : "";
        string of = rule.Level is null || rule.Threshold != 0 ? string.Create(CultureInfo.InvariantCulture, $" {rule.Threshold:R}") : "";
        string unit = of.Length > 0 && (rule.Level is not null || rule.Operator == AlertOperator.Moves) ? " %" : "";
        return $"{AlertWords.Of(rule.Metric)} {AlertWords.Of(rule.Operator)}{level}{of}{unit}";
    }

    static Dictionary<string, object> Members(AlertRule rule)
    {
        Dictionary<string, object> members = new()
        {
            ["name"] = rule.Name,
            ["symbol"] = rule.Symbol,
            ["metric"] = AlertWords.Of(rule.Metric),
            ["operator"] = AlertWords.Of(rule.Operator),
            ["threshold"] = rule.Threshold,
        };
        if (rule.Level is { } level) members.Add("level", AlertWords.Of(level));
        members.Add("scope", rule.Scope);
        if (rule.IsOfChain) members.Add("weight", AlertWords.Of(rule.Weight));
        if (rule.Operator != AlertOperator.Moves) members.Add("hysteresis", rule.Hysteresis);
        members.Add("cooldown", rule.Cooldown.TotalSeconds);
        members.Add("severity", AlertWords.Severities.First(word => word.Value == rule.Severity).Key);
        return members;
    }
}
