using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Alerts;

public sealed class AlertRuleParserTests
{
    const string Lawful = "\"name\": \"a\", \"metric\": \"net_gex\", \"operator\": \">=\", \"threshold\": 1";

    [Fact]
    public void Rule_reads_as_it_is_written()
    {
        var parsed = AlertRuleParser.Parse("""
            [
              // Comments are welcome.
              { "name": "near", "symbol": "SPXW", "metric": "spot", "level": "call_wall", "operator": "within", "threshold": 0.25, "hysteresis": 0.1, "scope": "0dte",
                "weight": "volume", "cooldown": 90, "severity": "critical" },
              { "name": "cross", "metric": "spot", "level": "zero_gamma", "operator": "crosses" },
            ]
            """);
        Assert.Empty(parsed.Faults);
        Assert.Equal(
            [
                new AlertRule
                {
                    Name = "near", Symbol = "SPXW", Metric = AlertMetric.Spot, Level = AlertMetric.CallWall, Operator = AlertOperator.Within, Threshold = 0.25, Hysteresis = 0.1,
                    Scope = "0dte", Weight = ChainWeight.Volume, Cooldown = TimeSpan.FromSeconds(90), Severity = AlertSeverity.Critical,
                },
                new AlertRule { Name = "cross", Metric = AlertMetric.Spot, Level = AlertMetric.ZeroGamma, Operator = AlertOperator.Crosses },
            ], parsed.Rules);
    }

    [Theory]
    [InlineData("{}", "Rules are a JSON array of objects.")]
    [InlineData("[1]", "rule 1: it is no object.")]
    [InlineData("[{}]", "rule 1, name: it is missing.", "rule 1, metric: it is missing.", "rule 1, operator: it is missing.")]
    [InlineData("""[{"name": "a", "metric": "gamma", "operator": "=>"}]""",
        "rule 1 (a), metric: 'gamma' is none of spot, zero_gamma, call_wall, put_wall, max_gamma, net_gex, smart_money, stale, gap, missed, quality.",
        "rule 1 (a), operator: '=>' is none of >=, <=, within, beyond, crosses, moves.")]
    [InlineData("""[{"name": "A b", "metric": "net_gex", "operator": "crosses"}]""", "rule 1 (A b), name: it is 1 to 64 small letters, digits, '-', '_' and '.', a letter or digit first.")]
    [InlineData("""[{"name": "a", "metric": "net_gex", "operator": ">="}]""", "rule 1 (a), threshold: it is missing.")]
    [InlineData("""[{"name": "a", "metric": "spot", "operator": "crosses"}]""", "rule 1 (a), threshold: spot is held against a threshold or a level.")]
    [InlineData("""[{"name": "a", "metric": "call_wall", "operator": "moves", "threshold": 0, "level": "put_wall"}]""",
        "rule 1 (a), level: only the metric spot is held against a level.", "rule 1 (a), operator: a distance from a level does not move; it crosses.",
        "rule 1 (a), threshold: a move is greater than 0 %.")]
    [InlineData("""[{"name": "a", "metric": "net_gex", "operator": "beyond", "threshold": 5, "hysteresis": 5}]""", "rule 1 (a), hysteresis: it is not below the threshold: it would never be resolved.")]
    [InlineData("""[{"name": "a", "metric": "gap", "operator": "crosses", "threshold": 1}]""", "rule 1 (a), operator: of data and flow there are >=, <=, within, beyond.")]
    [InlineData("""[{"name": "a", "metric": "spot", "level": "call_wall", "operator": "within"}]""", "rule 1 (a), threshold: it is missing.")]
    [InlineData("""[{"name": "a", "metric": "spot", "level": "call_wall", "operator": "within", "threshold": -1}]""", "rule 1 (a), threshold: within less than nothing is nowhere.")]
    [InlineData("""[{"name": "a", "metric": "call_wall", "operator": "moves", "threshold": 1, "hysteresis": 1}]""", "rule 1 (a), hysteresis: a move has none.")]
    [InlineData("""[{"name": "a", "metric": "gap", "operator": ">=", "threshold": 1, "weight": "volume"}]""", "rule 1 (a), weight: only exposures have one.")]
    [InlineData("""[{"name": "a", "symbol": "", "metric": "net_gex", "operator": "crosses"}]""", "rule 1 (a), symbol: it is an option root, or * for all.")]
    [InlineData("[{" + Lawful + """, "scope": "quotes"}]""", "rule 1 (a), scope: 'quotes' is none of all, 0dte, weekly, monthly.")]
    [InlineData("""[{"name": "a", "metric": "stale", "operator": ">=", "threshold": 1, "scope": "0dte"}]""", "rule 1 (a), scope: '0dte' is none of all, chain, quotes, trades, bars.")]
    [InlineData("""[{"name": "a", "metric": "quality", "operator": ">=", "threshold": 1, "scope": "quotes"}]""", "rule 1 (a), scope: 'quotes' is none of all.")]
    [InlineData("[{" + Lawful + """, "cooldown": 1e9, "hysteresis": -1}]""", "rule 1 (a), hysteresis: -1 is not within 0 and 1.7976931348623157E+308.", "rule 1 (a), cooldown: 1e9 is not within 0 and 86400.")]
    [InlineData("[{" + Lawful + """, "treshold": 2, "severity": 3}]""",
        "rule 1 (a), treshold: there is no such member; there are name, symbol, metric, operator, threshold, level, scope, weight, hysteresis, cooldown, severity.",
        "rule 1 (a), severity: 3 is no text.")]
    [InlineData("[{" + Lawful + "}, {" + Lawful + "}]", "rule 2 (a), name: another rule has it.")]
    [InlineData("""[{"name": "a", "metric": "net_gex", "operator": ">=", "threshold": "5"}]""", "rule 1 (a), threshold: \"5\" is no number.")]
    public void What_is_wrong_is_said_by_rule_and_member(string json, params string[] faults) => Assert.Equal(faults, AlertRuleParser.Parse(json).Faults);

    [Fact]
    public void Text_that_is_no_JSON_is_said_with_its_line() =>
        Assert.Contains("LineNumber: 1", Assert.Single(AlertRuleParser.Parse("[\n  {]").Faults), StringComparison.Ordinal);

    [Fact]
    public void Built_in_rules_have_names_of_their_own() => Assert.Equal(BuiltInRules.All.Length, BuiltInRules.All.Select(rule => rule.Name).Distinct().Count());

    [Fact]
    public void What_is_written_reads_as_the_same_rules()
    {
        foreach (var rules in (IReadOnlyList<AlertRule>[])[BuiltInRules.All, SomeRules.Nervous])
        {
            var parsed = AlertRuleParser.Parse(AlertRuleWriter.Write(rules));
            Assert.Empty(parsed.Faults);
            Assert.Equal(rules, parsed.Rules);
        }
    }

    [Fact]
    public void Rule_has_a_phrase_in_its_own_words() => Assert.Equal(
        ["spot crosses zero_gamma", "spot within call_wall 0.25 %", "call_wall moves 0.05 %", "net_gex beyond 10000000000", "stale >= 90"],
        BuiltInRules.All.Where(rule => rule.Name is "zero-gamma-cross" or "call-wall-near" or "call-wall-move" or "net-gex-large" or "quotes-stale").Select(AlertRuleWriter.Phrase));
}
