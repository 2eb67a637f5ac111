using System.Collections.Immutable;
using System.CommandLine;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Replay;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex replay verify</c>: calculates a recorded session again, with the settings that its rows name, and compares every column.</summary>
static class VerifyCommand
{
    public static Command Create()
    {
        var date = new Option<string>("--date") { Description = "The session, for example 2026-01-16.", Required = true };
        var symbol = new Option<string[]>("--symbol", "-s") { Description = "Roots; all that were recorded when left out.", AllowMultipleArgumentsPerToken = true };
        var keep = new Option<bool>("--keep") { Description = "Keep the run, as 'verify_DATE', to look into it." };
        var command = new Command("verify", """
            Calculate a recorded session again, with the settings that its rows say they were made with, and compare the stored rows,
            every column but created_at and the engine's version. Shows the first difference; exit code 7 when there is one, 2 when nothing of the session is
            stored any more.
            
            Example:
              zerogex replay verify --date 2026-01-16
            """) { date, symbol, keep, ReplayCommand.Format, RunCommand.Set };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            string day = parsed.GetValue(date)!;
            var range = ReplayCommand.Said("--date", () => ReplayRange.Parse(day, day));
            string name = $"verify_{range.Name}";
            await using var system = await RecordedSystem.OpenAsync(settings, cancel);
            var runs = new ReplayRuns(system.Source);
            await using var held = await runs.LockAsync(name, cancel) ?? throw new SettingsException($"Another process verifies {day}.");

            var question = new ReplayQuestion(range, [.. (parsed.GetValue(symbol) ?? []).Distinct().Order(StringComparer.Ordinal)], [.. Folds.All.Select(fold => fold.Name)], settings.Folds);
            var units = await Replayer(question, null!).UnitsAsync(cancel);
            if (units.Count == 0) throw new SettingsException($"Nothing was recorded on {day}. 'zerogex log list' says what there is.");
            string again = $"--from {day} --to {day}' makes it again";
            if (!await Comparison.HasLiveAsync(system.Source, units, cancel))
                throw new SettingsException($"The tables have no row of {day}: they were pruned, or never written. The log has the session: 'zerogex tables rebuild TABLE {again}.");
            var told = await StampedSettings.FindAsync(system.Source, units, settings.Folds, cancel);
            if (told.Count > 1) Console.Error.WriteLine($"The rows of {day} name {told.Count} sets of settings; each is verified with its own.");

            var differences = new Dictionary<string, TableDifference>();
            foreach (var (number, same) in told.Index())
            {
                string part = number == 0 ? name : $"{name}_{number + 1}";
                ImmutableArray<string> roots = [.. same.Spans.Select(span => span.Root).Distinct().Order(StringComparer.Ordinal)];
                var asked = question with { Settings = same.Settings, Roots = roots, Folds = [.. question.Folds.Where(fold => same.Spans.Any(span => span.Fold == fold))] };
                await runs.BeginAsync(part, asked.Text(), cancel);
                try
                {
                    await using var tables = ReplayRuns.Open(system.ConnectionString, part);
                    var replayer = Replayer(asked, new SchemaSink(part, runs, new ResultTables(tables)));
                    using var interrupt = new CancellationTokenSource();
                    await using var screen = new ReplayScreen(replayer.Progress, null, interrupt);
                    var manifest = await replayer.RunAsync(part, ReplayCommand.Engine, await replayer.UnitsAsync(cancel), cancel);
                    await screen.DisposeAsync();
                    ReplayReport.Warn(manifest.Deleted, manifest.Unknown);
                    foreach (var difference in await Comparison.FindLiveAsync(system.Source, part, manifest.Units, asked, same.Spans, cancel))
                        differences[difference.Table] = differences.TryGetValue(difference.Table, out var known) ? known.With(difference) : difference;
                }
                finally
                {
                    if (!parsed.GetValue(keep)) await runs.RemoveAsync(part, CancellationToken.None);
                }
            }

            foreach (var missing in differences.Values.Where(difference => difference is { Equal: 0, Changed: 0, OnlyLeft: 0, OnlyRight: > 0 }))
                Console.Error.WriteLine($"{missing.Table} has no row of {day}: it was pruned, or never written. 'zerogex tables rebuild {missing.Table} {again}.");
            return ReplayReport.Write([.. Tables.All.Where(table => differences.ContainsKey(table.Name)).Select(table => differences[table.Name])], "live", name, parsed.GetValue(ReplayCommand.Format)!);

            Replayer Replayer(ReplayQuestion asked, IReplaySink sink) => new(new EventLog(system.Source), asked, sink, echo: null, clock: null, Environment.ProcessorCount);
        });
        return command;
    }
}
