using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex alerts</c>: what was raised, and what the rules are.</summary>
static class AlertsCommand
{
    const int Refused = 2;

    static readonly Option<string?> Format = new("--format", "-f") { Description = "table or json; table on a terminal, json in a pipe." };

    public static Command Create() => new("alerts", "Alerts: what was raised and resolved, and the rules.") { List(), Rules() };

    static Command List()
    {
        var symbol = new Option<string?>("--symbol", "-s") { Description = "One root, for example SPY; all roots when left out." };
        var active = new Option<bool>("--active") { Description = "Only what is raised now." };
        var limit = new Option<int?>("--limit", "-n") { Description = "How many, the newest first; 50 when left out." };
        var command = new Command("list", """
            Alerts of the table, the newest first.

            Examples:
              zerogex alerts list --active
              zerogex alerts list --symbol SPY -n 200 -f json
            """) { symbol, active, limit, Format, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Format) is { } asked && asked is not ("table" or "json")) result.AddError($"--format {asked}: there are table, json.");
            if (result.GetValue(limit) is < 1 or > AlertTable.MaxRows) result.AddError($"--limit: from 1 to {AlertTable.MaxRows}.");
        });
        command.SetAction(async (parsed, cancel) =>
        {
            await using var system = await RecordedSystem.OpenAsync(new Settings(parsed.GetValue(RunCommand.Set) ?? []), cancel);
            var rows = await new AlertTable(system.Source).NewestAsync(parsed.GetValue(symbol), null, parsed.GetValue(active), parsed.GetValue(limit) ?? 50, cancel);
            if (IsJson(parsed))
            {
                foreach (AlertRow row in rows) Console.WriteLine(JsonSerializer.Serialize(row, ContractJson.Options));
                return 0;
            }

            var shown = new Table().RoundedBorder().AddColumns(
                new TableColumn("Time (UTC)").NoWrap(), new TableColumn("Rule").NoWrap(), new TableColumn("Severity").NoWrap(), new TableColumn("").NoWrap(), new TableColumn("What"));
            foreach (AlertRow row in rows)
                shown.AddRow(new Text(row.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)), new Text(row.Rule), new Text(row.Severity), new Text(row.Event), new Text(row.Text));
            if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
            AnsiConsole.Write(shown);
            return 0;
        });
        return command;
    }

    static Command Rules()
    {
        var check = new Option<string?>("--check") { Description = "A file of rules: says what is wrong with it, all at once." };
        var command = new Command("rules", $"""
            The rules in force: those of the file that ALERT_RULES names, or the built-in ones. With --check, whether a file may take their place; exit code {Refused} when not.

            Examples:
              zerogex alerts rules
              zerogex alerts rules --check rules.json
            """) { check, Format, RunCommand.Set };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(check) is not { } file)
            {
                Write(new Settings(parsed.GetValue(RunCommand.Set) ?? []).Alerts.Rules, IsJson(parsed));
                return 0;
            }

            ParsedRules rules = AlertRuleParser.Parse(File.ReadAllText(file));
            foreach (string fault in rules.Faults) Console.Error.WriteLine($"{file}: {fault}");
            if (!rules.Faults.IsEmpty) return Refused;
            Write(rules.Rules, IsJson(parsed));
            return 0;
        });
        return command;
    }

    static void Write(IReadOnlyList<AlertRule> rules, bool isJson)
    {
        if (isJson)
        {
            Console.WriteLine(AlertRuleWriter.Write(rules));
            return;
        }

        var shown = new Table().RoundedBorder().AddColumns("Rule", "Symbol", "What", "Scope", "Hysteresis", "Cooldown", "Severity");
        foreach (AlertRule rule in rules)
        {
            shown.AddRow(
                new Text(rule.Name), new Text(rule.Symbol), new Text(AlertRuleWriter.Phrase(rule)), new Text(rule.Scope), new Text(rule.Hysteresis.ToString("R", CultureInfo.InvariantCulture)),
                new Text($"{rule.Cooldown.TotalSeconds:0} s"), new Text(rule.Severity.ToString().ToLowerInvariant()));
        }

        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
        AnsiConsole.Write(shown);
    }

    static bool IsJson(ParseResult parsed) => (parsed.GetValue(Format) ?? (Console.IsOutputRedirected ? "json" : "table")) == "json";
}
