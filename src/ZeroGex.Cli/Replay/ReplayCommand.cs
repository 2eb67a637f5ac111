using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Replay;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex replay</c>: recorded facts through the folds of today, into a schema or a folder of the run's own.</summary>
static class ReplayCommand
{
    static readonly Option<string?> From = new("--from") { Description = "First session (2026-01-16) or first instant of the results (2026-01-16T14:30:00Z)." };
    static readonly Option<string?> To = new("--to") { Description = "Last session, itself included (the first when left out), or the end of the results, an instant." };
    static readonly Option<string[]> Symbol = new("--symbol", "-s") { Description = "Roots; all that were recorded when left out.", AllowMultipleArgumentsPerToken = true };
    static readonly Option<string[]> Fold = new("--fold") { Description = $"Some of {string.Join(", ", Folds.All.Select(fold => fold.Name))}; all when left out.", AllowMultipleArgumentsPerToken = true };
    static readonly Option<string> Speed = new("--speed") { Description = "max, or market seconds to a second: 0.25 to 1000.", DefaultValueFactory = _ => "max" };
    static readonly Option<string?> Seek = new("--seek") { Description = "With a pace: begin to keep it at this instant; what lies before goes as fast as it can." };
    static readonly Option<string?> Name = new("--name", "-n") { Description = "The run's name; its results are in the schema replay_NAME. The first session's date when left out." };
    static readonly Option<string?> Into = new("--into") { Description = "A folder for the results, as NDJSON files, instead of a schema." };
    static readonly Option<string?> OverBus = new("--over-bus") { Description = "Publish facts and results too, on RABBITMQ_HOST, in this virtual host. Never the live one." };
    static readonly Option<int> Threads = new("--threads") { Description = "Roots and sessions that run side by side.", DefaultValueFactory = _ => Environment.ProcessorCount };
    static readonly Option<bool> Again = new("--again") { Description = "Throw away a run of that name and start afresh." };
    internal static readonly Option<string> Format = new("--format", "-f") { Description = "table or json.", DefaultValueFactory = _ => "table" };

    /// <summary>The version that answers.</summary>
    public static string Engine { get; } = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static Command Create()
    {
        var command = new Command("replay", """
            Run recorded facts through the folds again. Results go into a schema (or folder) of their own, never to anything live.
            Asked again with the same name, a run that was interrupted goes on. On a terminal a paced run obeys keys: space pauses,
            right arrow skips a minute, + and - change the speed, q interrupts.
            
            Examples:
              zerogex replay --from 2026-01-16
              zerogex replay --from 2026-01-16T14:30:00Z --to 2026-01-16T15:00:00Z --symbol SPY QQQ --speed 60
              zerogex replay --from 2026-01-12 --to 2026-01-16 --name lower_rate --set RISK_FREE_RATE=0.03
              zerogex replay verify --date 2026-01-16
              zerogex replay compare lower_rate live
            """) { From, To, Symbol, Fold, Speed, Seek, Name, Into, OverBus, Threads, Again, Format, RunCommand.Set };
        foreach (var runs in ReplayRunsCommands.Create()) command.Add(runs);
        command.Validators.Add(result =>
        {
            foreach (string fold in (result.GetValue(Fold) ?? []).Where(name => Folds.All.All(fold => fold.Name != name))) result.AddError($"--fold {fold}: there are {string.Join(", ", Folds.All.Select(known => known.Name))}.");
            if (result.GetValue(Speed) is { } speed && Pace(speed) is null) result.AddError($"--speed {speed}: write max, or a factor from 0.25 to 1000.");
            if (result.GetResult(Threads) is { Implicit: false } && result.GetValue(Threads) is < 1 or > 256) result.AddError("--threads: from 1 to 256.");
            if (result.GetValue(Name) is { } name && !ReplayRuns.IsName(name)) result.AddError($"--name {name}: use up to 40 lower-case letters, digits and underscores.");
            if (result.GetValue(Format) is { } format && format is not ("table" or "json")) result.AddError($"--format {result.GetValue(Format)}: there are table, json.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
        string? folder = parsed.GetValue(Into) is { } into ? Path.GetFullPath(into) : null;
        var seek = parsed.GetValue(Seek) is { } at ? Said("--seek", () => ReplayRange.Instant(at)) : (DateTimeOffset?)null;
        if (parsed.GetValue(From) is not { } from) throw new SettingsException("--from is missing: name the first session, for example --from 2026-01-16.");
        var range = Said("--from, --to", () => ReplayRange.Parse(from, parsed.GetValue(To) ?? from));
        string name = parsed.GetValue(Name) ?? range.Name;
        var question = new ReplayQuestion(
            range, [.. (parsed.GetValue(Symbol) ?? []).Distinct().Order(StringComparer.Ordinal)],
            [.. parsed.GetValue(Fold) is { Length: > 0 } folds ? folds.Distinct().Order(StringComparer.Ordinal) : Folds.All.Select(fold => fold.Name)], settings.Folds);

        await using var system = await RecordedSystem.OpenAsync(settings, cancel);
        var runs = new ReplayRuns(system.Source);
        await using var held = await runs.LockAsync(folder ?? name, cancel) ?? throw new SettingsException($"Another process is replaying '{name}'. Choose another --name.");
        var log = new EventLog(system.Source);
        var units = await new Replayer(log, question, null!, echo: null, clock: null, threads: 1).UnitsAsync(cancel);
        if (units.Count == 0) throw new SettingsException($"Nothing was recorded from {from} to {parsed.GetValue(To) ?? from}{(question.Roots.IsEmpty ? "" : $" of {string.Join(", ", question.Roots)}")}. 'zerogex log list' says what there is.");
        await using var echo = parsed.GetValue(OverBus) is { } virtualHost ? await EchoAsync(settings, virtualHost, cancel) : null;

        double pace = Pace(parsed.GetValue(Speed)!)!.Value;
        var clock = double.IsPositiveInfinity(pace) ? null : new ReplayClock(pace, TimeProvider.System) { Start = seek };
        await using var tables = ReplayRuns.Open(system.ConnectionString, name);

        // Last, for it may throw an earlier run away.
        IReplaySink sink = folder is not null ? FolderOf(folder, question, parsed.GetValue(Again)) : await SchemaOfAsync(runs, tables, name, question, parsed.GetValue(Again), cancel);
        var replayer = new Replayer(log, question, sink, echo, clock, parsed.GetValue(Threads));
        ReplayManifest manifest;
        try
        {
            using var keys = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await using var screen = new ReplayScreen(replayer.Progress, clock, keys);
            manifest = await replayer.RunAsync(name, Engine, units, keys.Token);
        }
        catch (Exception error)
        {
            bool isInterrupted = error is OperationCanceledException;
            if (sink is SchemaSink) await runs.SetStatusAsync(name, isInterrupted ? "interrupted" : "failed", null, CancellationToken.None);
            if (error is InvalidOperationException) throw new SettingsException($"The replay '{name}': {error.Message} --again starts it afresh.");
            if (!isInterrupted) throw;
            Console.Error.WriteLine($"Interrupted. The same command goes on with it; {(folder is null ? $"'zerogex replay rm {name}'" : "removing the folder")} throws it away.");
            return 130;
        }

        ReplayReport.Warn(manifest.Deleted, manifest.Unknown);
        ReplayReport.Write(manifest, folder ?? ReplayRuns.SchemaOf(name), parsed.GetValue(Format)!, replayer.Progress.Events - replayer.Progress.Skipped);
        return 0;
    }

    static async Task<IReplaySink> SchemaOfAsync(ReplayRuns runs, Npgsql.NpgsqlDataSource tables, string name, ReplayQuestion question, bool isAgain, CancellationToken cancel)
    {
        var known = isAgain ? null : await runs.FindAsync(name, cancel);
        if (known is null)
            await runs.BeginAsync(name, question.Text(), cancel);
        else if (JsonSerializer.Deserialize<ReplayQuestion>(known.Question, ReplayJson.Options)!.Text() != question.Text())
            throw new SettingsException($"There is a replay '{name}' already, of another question. Choose another --name, or throw it away with --again.");
        else if (known.Status == "done")
            throw new SettingsException($"The replay '{name}' is done: 'zerogex replay show {name}' shows it, --again starts it afresh.");
        else
            await runs.SetStatusAsync(name, "running", null, cancel);
        return new SchemaSink(name, runs, new ResultTables(tables));
    }

    static FolderSink FolderOf(string folder, ReplayQuestion question, bool isAgain)
    {
        string file = Path.Combine(folder, "question.json");
        if (isAgain && File.Exists(file)) Directory.Delete(folder, recursive: true);
        if (Directory.Exists(folder) && !File.Exists(file) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new SettingsException($"--into {folder}: the folder holds other things.");
        if (File.Exists(file) && File.ReadAllText(file) != question.Text()) throw new SettingsException($"--into {folder}: it holds the answer to another question. Choose another folder, or throw it away with --again.");
        Directory.CreateDirectory(folder);
        File.WriteAllText(file, question.Text());
        return new FolderSink(folder);
    }

    static async Task<BusEcho> EchoAsync(Settings settings, string virtualHost, CancellationToken cancel)
    {
        if (settings.Bus.IsEmbedded) throw new SettingsException("--over-bus: RABBITMQ_HOST is not set; a replay over the bus needs a broker.");
        try
        {
            return await BusEcho.OpenAsync(settings.Bus, virtualHost, cancel);
        }
        catch (Exception error) when (error is ArgumentException or MassTransit.ConnectionException)
        {
            throw new SettingsException($"--over-bus {virtualHost}: {error.Message} A virtual host is made with: rabbitmqctl add_vhost {virtualHost}; rabbitmqctl set_permissions -p {virtualHost} {settings.Bus.RabbitUser} '.*' '.*' '.*'");
        }
    }

    internal static T Said<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new SettingsException($"{option}: {error.Message}");
        }
    }

    static double? Pace(string text) =>
        text == "max" ? double.PositiveInfinity
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double speed) && speed is >= 0.25 and <= 1000 ? speed
        : null;
}
