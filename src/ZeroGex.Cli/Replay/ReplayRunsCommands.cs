using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Bus.Replay;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary>What is done with replays that ran: <c>list</c>, <c>show</c>, <c>rm</c>, <c>compare</c>; and <c>verify</c>, which runs one to compare it with what is live.</summary>
static class ReplayRunsCommands
{
    const string Live = "live";

    public static IEnumerable<Command> Create()
    {
        var list = new Command("list", "All replays of this database, the newest first.") { ReplayCommand.Format, RunCommand.Set };
        list.SetAction((parsed, cancel) => WithRunsAsync(parsed, async (_, runs) =>
        {
            var all = await runs.ListAsync(cancel);
            if (parsed.GetValue(ReplayCommand.Format) == "json")
            {
                Console.WriteLine(JsonSerializer.Serialize(all.Select(run => new { run.Name, run.Status, run.CreatedAt, run.UpdatedAt, OutputHash = Manifest(run)?.OutputHash }), ReplayJson.Options));
                return 0;
            }

            var table = new Table().RoundedBorder().AddColumns("Name", "Status", "Sessions").AddColumns(ReplayReport.Right("Results")).AddColumns("Output hash", "Last changed (UTC)");
            foreach (var run in all)
                table.AddRow(run.Name, run.Status, Sessions(run), Manifest(run)?.Results.ToString("#,0", CultureInfo.InvariantCulture) ?? "–", Manifest(run)?.OutputHash[..16] ?? "–", run.UpdatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
            ReplayReport.Draw(table);
            return 0;
        }, cancel));
        yield return list;

        var name = new Argument<string>("name") { Description = "The run's name." };
        var show = new Command("show", "A run's manifest: what was asked, what was read, what came of it.") { name, ReplayCommand.Format, RunCommand.Set };
        show.SetAction((parsed, cancel) => WithRunsAsync(parsed, async (_, runs) =>
        {
            var run = await KnownAsync(runs, parsed.GetValue(name)!, cancel);
            if (Manifest(run) is not { } manifest)
            {
                Console.Error.WriteLine($"The replay '{run.Name}' is {run.Status}; {(await runs.UnitsAsync(run.Name, cancel)).Count} roots' sessions of it are done.");
                return 1;
            }

            ReplayReport.Write(manifest, ReplayRuns.SchemaOf(run.Name), parsed.GetValue(ReplayCommand.Format)!, read: null);
            return 0;
        }, cancel));
        yield return show;

        var names = new Argument<string[]>("names") { Description = "The runs' names.", Arity = ArgumentArity.OneOrMore };
        var remove = new Command("rm", "Throw runs away, with their results.") { names, RunCommand.Set };
        remove.SetAction((parsed, cancel) => WithRunsAsync(parsed, async (_, runs) =>
        {
            foreach (string one in parsed.GetValue(names)!)
            {
                var run = await KnownAsync(runs, one, cancel);
                await using var held = await runs.LockAsync(run.Name, cancel) ?? throw new SettingsException($"Another process is replaying '{run.Name}'.");
                await runs.RemoveAsync(run.Name, cancel);
            }

            return 0;
        }, cancel));
        yield return remove;

        var left = new Argument<string>("left") { Description = "A run's name, or live." };
        var right = new Argument<string>("right") { Description = "Another." };
        var compare = new Command("compare", """
            Compare the rows of two runs, or of a run and the live tables, every column but created_at and the engine's version.
            Exit code 7 when they differ. Live rows are compared as far as the run's own rows reach.
            
            Example:
              zerogex replay compare monday lower_rate
            """) { left, right, ReplayCommand.Format, RunCommand.Set };
        compare.SetAction((parsed, cancel) => WithRunsAsync(parsed, async (system, runs) =>
        {
            string a = parsed.GetValue(left)!, b = parsed.GetValue(right)!, format = parsed.GetValue(ReplayCommand.Format)!;
            if (a != Live && b != Live)
            {
                foreach (string one in new[] { a, b }) await KnownAsync(runs, one, cancel);
                return ReplayReport.Write(await Comparison.FindAsync(system.Source, a, b, cancel), a, b, format);
            }

            var run = await KnownAsync(runs, a == Live ? b : a, cancel);
            var manifest = Manifest(run) ?? throw new SettingsException($"The replay '{run.Name}' is {run.Status}; one that is done can be compared.");
            return ReplayReport.Write(await Comparison.FindLiveAsync(system.Source, run.Name, manifest.Units, manifest.Question, spans: null, cancel), Live, run.Name, format);
        }, cancel));
        yield return compare;
        yield return VerifyCommand.Create();
    }

    internal static async Task<int> WithRunsAsync(ParseResult parsed, Func<RecordedSystem, ReplayRuns, Task<int>> work, CancellationToken cancel)
    {
        await using var system = await RecordedSystem.OpenAsync(new Settings(parsed.GetValue(RunCommand.Set) ?? []), cancel);
        return await work(system, new ReplayRuns(system.Source));
    }

    static async Task<ReplayRun> KnownAsync(ReplayRuns runs, string name, CancellationToken cancel) =>
        await runs.FindAsync(name, cancel) ?? throw new SettingsException($"There is no replay '{name}'; 'zerogex replay list' says which there are.");

    static ReplayManifest? Manifest(ReplayRun run) => run.Manifest is { } text ? JsonSerializer.Deserialize<ReplayManifest>(text, ReplayJson.Options) : null;

    static string Sessions(ReplayRun run)
    {
        var range = JsonSerializer.Deserialize<ReplayQuestion>(run.Question, ReplayJson.Options)!.Range;
        return range.From is { } from ? string.Create(CultureInfo.InvariantCulture, $"{from:yyyy-MM-dd HH:mm:ss} to {range.To:yyyy-MM-dd HH:mm:ss}") : string.Create(CultureInfo.InvariantCulture, $"{range.First:yyyy-MM-dd} to {range.Last:yyyy-MM-dd}");
    }
}
