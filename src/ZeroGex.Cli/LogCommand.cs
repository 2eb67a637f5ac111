using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Storage;
using ZeroGex.Storage.LogFiles;

namespace ZeroGex.Cli;

/// <summary><c>zerogex log</c>: the event log by session date; a session as a file; what may go.</summary>
static class LogCommand
{
    const int Differs = 7;

    static readonly Argument<FileInfo> LogFile = new("file") { Description = "A log file, for example spy.zgx." };
    static readonly Option<string[]> Symbols = new("--symbol", "-s") { Description = "Roots, for example SPY QQQ; all when left out.", AllowMultipleArgumentsPerToken = true };
    static readonly Option<DateOnly> Date = new("--date", "-d") { Description = "The session, for example 2026-01-16.", Required = true };
    static readonly Option<DateOnly> Before = new("--before") { Description = "Sessions before this date, for example 2026-01-16.", Required = true };

    public static Command Create() => new("log", "The event log: sessions, files, retention.") { List(), Export(), Import(), Verify(), Archive(), Prune() };

    static Command List()
    {
        var date = new Option<DateOnly?>("--date", "-d") { Description = "One session; all when left out." };
        var format = new Option<string?>("--format", "-f") { Description = "table, json or csv; table on a terminal, csv in a pipe." };
        var command = new Command("list", """
            Sessions and roots in the log.
            
            Examples:
              zerogex log list
              zerogex log list --date 2026-01-16 --symbol SPY QQQ -f json
            """) { date, Symbols, format, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(format) is { } asked && asked is not ("table" or "json" or "csv")) result.AddError($"--format {asked}: there are table, json, csv.");
        });
        command.SetAction((parsed, cancel) => WithLogAsync(parsed, async (_, sessions) =>
        {
            var (from, to) = parsed.GetValue(date) is { } one ? (one, one) : (DateOnly.MinValue, DateOnly.MaxValue);
            WriteSessions(await sessions.ListAsync(from, to, SymbolsOf(parsed), cancel), parsed.GetValue(format) ?? (Console.IsOutputRedirected ? "csv" : "table"));
            return 0;
        }, cancel));
        return command;
    }

    static Command Export()
    {
        var target = new Option<FileInfo>("--out", "-o") { Description = "The file to write, for example spy.zgx.", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace a file of that name." };
        var command = new Command("export", """
            Write all streams of a session to one file that another machine can import and replay.
            
            Examples:
              zerogex log export --date 2026-01-16 --out friday.zgx
              zerogex log export --date 2026-01-16 --symbol SPY --out spy.zgx --force
            """) { Date, Symbols, target, force, RunCommand.Set };
        command.SetAction((parsed, cancel) => WithLogAsync(parsed, async (log, sessions) =>
        {
            var (date, file) = (parsed.GetValue(Date), parsed.GetValue(target)!);
            if (file.Exists && !parsed.GetValue(force)) throw new SettingsException($"{file.Name} exists. Say --force if it is to be replaced.");
            var streams = await SessionAsync(parsed, sessions, date, cancel);
            string engine = typeof(LogCommand).Assembly.GetName().Version!.ToString(3);
            var manifest = await WithProgressAsync($"{date:yyyy-MM-dd} to {file.Name}", streams.Sum(stream => stream.Events), events =>
                LogExport.WriteAsync(log, date, streams, file.FullName, parsed.GetValue(force), engine, events, cancel));
            file.Refresh();
            Console.WriteLine($"{file.Name}: {Plural(manifest.Streams.Count, "stream")}, {Plural(manifest.Events, "message")}, {Size(manifest.Bytes)} in {Size(file.Length)}.");
            return 0;
        }, cancel));
        return command;
    }

    static Command Import()
    {
        var dry = new Option<bool>("--dry-run") { Description = "Verify and compare, append nothing." };
        var command = new Command("import", """
            Append to the log what it lacks of a file. The file is verified first; where it contradicts the log, nothing is appended (exit code 7).
            
            Examples:
              zerogex log import friday.zgx --dry-run
              zerogex log import friday.zgx
            """) { LogFile, dry, RunCommand.Set };
        command.SetAction((parsed, cancel) => WithLogAsync(parsed, async (log, sessions) =>
        {
            var name = parsed.GetValue(LogFile)!;
            using var file = Open(name);
            long all = file.Manifest.Events;
            await VerifyAsync(name, file, cancel);
            var plan = await WithProgressAsync("Comparing with the log", all, events => LogImport.PlanAsync(log, sessions, file, events, cancel));
            long missing = plan.Sum(stream => stream.Missing);
            string held = $"{Plural(all - missing, "message")} of {file.Manifest.Session:yyyy-MM-dd} were there already";
            if (parsed.GetValue(dry)) Console.WriteLine($"{Plural(missing, "message")} would be appended; {held}.");
            else if (missing == 0) Console.WriteLine($"Nothing to append: all {held}.");
            else Console.WriteLine($"{Plural(await WithProgressAsync("Appending", missing, events => LogImport.WriteAsync(log, file, plan, events, cancel)), "message")} appended; {held}.");
            return 0;
        }, cancel));
        return command;
    }

    static Command Verify()
    {
        var file = new Argument<FileInfo?>("file") { Description = "A log file; the log itself when left out.", Arity = ArgumentArity.ZeroOrOne };
        var date = new Option<DateOnly?>("--date", "-d") { Description = "The session of the log to check, for example 2026-01-16." };
        var command = new Command("verify", """
            Check a log file, or a session of the log itself: nothing missing, nothing out of order, everything readable. Exit code 7 when something differs.
            
            Examples:
              zerogex log verify friday.zgx
              zerogex log verify --date 2026-01-16 --symbol SPY
            """) { file, date, Symbols, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is null == result.GetValue(date) is null) result.AddError("Name a file, or a session with --date.");
        });
        command.SetAction((parsed, cancel) => parsed.GetValue(file) is { } name ? FoundAsync(() => VerifyFileAsync(name, cancel)) : VerifyLogAsync(parsed, parsed.GetValue(date)!.Value, cancel));
        return command;
    }

    static Command Archive()
    {
        var command = new Command("archive", """
            Mark the streams of old sessions as archived, as Marten does: they take no more events. Replays still read them.
            
            Examples:
              zerogex log archive --before 2026-01-16
            """) { Before, RunCommand.Set };
        command.SetAction((parsed, cancel) => WithLogAsync(parsed, async (_, sessions) =>
        {
            var streams = await OldAsync(parsed, sessions, cancel);
            int closed = streams.Count(stream => !stream.IsArchived);
            long marked = 0;
            await WithProgressAsync("Archiving", streams.Count, async progress =>
            {
                for (int i = 0; i < streams.Count; i++)
                {
                    marked += await sessions.ArchiveAsync(streams[i].Stream, cancel);
                    progress?.Report(i + 1);
                }
            });
            Console.WriteLine($"{Plural(closed, "stream")} archived with {Plural(marked, "event")}; {Plural(streams.Count - closed, "stream")} before.");
            return 0;
        }, cancel));
        return command;
    }

    static Command Prune()
    {
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("prune", """
            Delete archived sessions from the log, for good. Where one of them is not archived nothing is deleted.
            
            Examples:
              zerogex log archive --before 2026-01-16
              zerogex log prune --before 2026-01-16 --yes
            """) { Before, yes, RunCommand.Set };
        command.SetAction((parsed, cancel) => WithLogAsync(parsed, async (_, sessions) =>
        {
            var streams = await OldAsync(parsed, sessions, cancel);
            var before = parsed.GetValue(Before);
            if (streams.FirstOrDefault(stream => !stream.IsArchived) is { } alive) throw new SettingsException($"{alive.Stream} is not archived. First: zerogex log archive --before {before:yyyy-MM-dd}");
            long events = streams.Sum(stream => stream.Events);
            string what = $"{Plural(streams.Count, "stream")} with {Plural(events, "event")} before {before:yyyy-MM-dd}";
            if (streams.Count > 0 && !parsed.GetValue(yes))
            {
                if (Console.IsInputRedirected) throw new SettingsException($"{what} would be gone for good. Say --yes if that is meant.");
                if (!AnsiConsole.Confirm($"Delete {what}, for good?", defaultValue: false)) return 1;
            }

            long gone = 0;
            await WithProgressAsync("Deleting", events, async progress =>
            {
                foreach (var stream in streams) gone += await sessions.DeleteAsync(stream.Stream, Since(progress, gone), cancel);
            });
            Console.WriteLine($"{Plural(streams.Count, "stream")} deleted with {Plural(gone, "event")}.");
            return 0;
        }, cancel));
        return command;
    }

    static async Task<int> VerifyFileAsync(FileInfo name, CancellationToken cancel)
    {
        using var file = Open(name);
        await VerifyAsync(name, file, cancel);
        Console.WriteLine($"{name.Name} is whole: {file.Manifest.Session:yyyy-MM-dd}, {Plural(file.Manifest.Streams.Count, "stream")}, {Plural(file.Manifest.Events, "message")}.");
        return 0;
    }

    static Task<int> VerifyLogAsync(ParseResult parsed, DateOnly date, CancellationToken cancel) => WithSystemAsync(parsed, async system =>
    {
        var streams = await SessionAsync(parsed, new LogSessions(system.Source), date, cancel);
        var check = new LogCheck(system.Source);
        List<StreamCheck> checks = [];
        await WithProgressAsync($"Checking {date:yyyy-MM-dd}", streams.Sum(stream => stream.Events), async events =>
        {
            foreach (var stream in streams) checks.Add(await check.CheckAsync(stream.Stream, Since(events, checks.Sum(done => done.Events)), cancel));
        });

        foreach (var bad in checks.Where(done => done.Difference is not null)) Console.Error.WriteLine($"zerogex: {bad.Stream}: {bad.Difference}.");
        long foreign = checks.Sum(done => done.Foreign);
        if (foreign > 0) Console.Error.WriteLine($"zerogex: {Plural(foreign, "event")} of aliases that this version does not know.");
        int differ = checks.Count(done => done.Difference is not null);
        Console.WriteLine($"{date:yyyy-MM-dd}: {Plural(streams.Count, "stream")}, {Plural(checks.Sum(done => done.Events), "event")}, {(differ == 0 ? "no difference" : $"{Plural(differ, "stream")} with a difference")}.");
        return differ == 0 ? 0 : Differs;
    }, cancel);

    static Task<int> WithLogAsync(ParseResult parsed, Func<EventLog, LogSessions, Task<int>> act, CancellationToken cancel) =>
        // A file that lacked what this version cannot read would not be that session.
        WithSystemAsync(parsed, system => FoundAsync(() => act(new EventLog(system.Source) { ThrowOnUnknown = true }, new LogSessions(system.Source))), cancel);

    static async Task<int> WithSystemAsync(ParseResult parsed, Func<RecordedSystem, Task<int>> act, CancellationToken cancel)
    {
        await using var system = await RecordedSystem.OpenAsync(new Settings(parsed.GetValue(RunCommand.Set) ?? []), cancel);
        return await act(system);
    }

    static async Task<int> FoundAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception found) when (found is LogFileException or CorruptEventException)
        {
            Console.Error.WriteLine($"zerogex: {found.Message.TrimEnd('.')}.");
            return Differs;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(error.Message);
        }
    }

    static LogFileReader Open(FileInfo name) => Of(name, () => LogFileReader.Open(name.OpenRead()));

    static Task<bool> VerifyAsync(FileInfo name, LogFileReader file, CancellationToken cancel) => WithProgressAsync($"Verifying {name.Name}", file.Manifest.Events, events =>
        Task.Run(() => Of(name, () =>
        {
            file.Verify(events, cancel);
            return true;
        }), cancel));

    static T Of<T>(FileInfo name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (LogFileException damage)
        {
            throw new LogFileException($"{name.Name}: {damage.Message}", damage);
        }
    }

    static async Task<IReadOnlyList<LogStream>> SessionAsync(ParseResult parsed, LogSessions sessions, DateOnly date, CancellationToken cancel)
    {
        var streams = await sessions.StreamsAsync(date, date, SymbolsOf(parsed), cancel);
        return streams.Count > 0 ? streams : throw new SettingsException($"The log has nothing of {string.Join(", ", SymbolsOf(parsed).DefaultIfEmpty("any root"))} on {date:yyyy-MM-dd}. What it has: zerogex log list");
    }

    static Task<IReadOnlyList<LogStream>> OldAsync(ParseResult parsed, LogSessions sessions, CancellationToken cancel) =>
        sessions.StreamsAsync(DateOnly.MinValue, parsed.GetValue(Before).AddDays(-1), [], cancel);

    static string[] SymbolsOf(ParseResult parsed) => parsed.GetValue(Symbols) ?? [];

    static void WriteSessions(IReadOnlyList<LogSession> sessions, string format)
    {
        switch (format)
        {
            case "json":
                foreach (var s in sessions)
                    Console.WriteLine(JsonSerializer.Serialize(new { session = s.Session, root = s.Root, streams = s.Streams, events = s.Events, first = s.First?.UtcDateTime, last = s.Last?.UtcDateTime, bytes = s.Bytes, archived = s.Archived }));
                break;
            case "csv":
                Console.WriteLine("session,root,streams,events,first,last,bytes,archived");
                foreach (var s in sessions)
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s.Session:yyyy-MM-dd},{s.Root},{s.Streams},{s.Events},{s.First?.UtcDateTime:yyyy-MM-ddTHH:mm:ss.FFFFFFZ},{s.Last?.UtcDateTime:yyyy-MM-ddTHH:mm:ss.FFFFFFZ},{s.Bytes},{s.Archived}"));
                break;
            default:
                if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
                var table = new Table().SimpleBorder().AddColumns(new TableColumn("Session").NoWrap(), new TableColumn("Root").NoWrap()); // Fits eighty columns.
                foreach (string header in (string[])["Streams", "Events", "From (UTC)", "Until", "Bodies", "Archived"]) table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
                foreach (var s in sessions)
                    table.AddRow($"{s.Session:yyyy-MM-dd}", Markup.Escape(s.Root), $"{s.Streams}", $"{s.Events:N0}", $"{s.First?.UtcDateTime:HH:mm:ss}", $"{s.Last?.UtcDateTime:HH:mm:ss}", Size(s.Bytes), s.Archived == 0 ? "no" : s.Archived == s.Streams ? "yes" : $"{s.Archived} of {s.Streams}");
                AnsiConsole.Write(table);
                break;
        }
    }

    internal static Task<bool> WithProgressAsync(string title, long all, Func<IProgress<long>?, Task> act) => WithProgressAsync(title, all, async progress =>
    {
        await act(progress);
        return true;
    });

    // A bar on a terminal, nothing in a pipe.
    static Task<T> WithProgressAsync<T>(string title, long all, Func<IProgress<long>?, Task<T>> act)
    {
        if (Console.IsErrorRedirected) return act(null);
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return terminal.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => act(new Bar(context.AddTask(Markup.Escape(title), maxValue: Math.Max(1, all)))));
    }

    // Goes on where the streams before have ended.
    internal static IProgress<long>? Since(IProgress<long>? progress, long done) => progress is Bar bar ? bar with { Done = done } : null;

    internal static string Plural(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    static string Size(long bytes) => bytes switch
    {
        >= 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.00} GiB"),
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };

    sealed record Bar(ProgressTask Task) : IProgress<long>
    {
        public long Done { get; init; }

        public void Report(long value) => Task.Value = Done + value;
    }
}
