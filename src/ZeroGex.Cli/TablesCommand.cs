using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Spectre.Console;
using ZeroGex.Bus.Replay;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex tables</c>: the tables of results, and how one is made again from the log.</summary>
static class TablesCommand
{
    const int Differences = 7; // As of a replay that does not agree with the stored rows.

    static readonly Option<string?> Format = new("--format", "-f") { Description = "table or json; table on a terminal, json in a pipe." };

    public static Command Create() => new("tables", "The tables of results: all of them can be made again from the log.") { List(), Rebuild(), Prune() };

    static Command List()
    {
        var command = new Command("list", """
            The tables, how large they are, and the time of their newest row.
            
            Examples:
              zerogex tables list
              zerogex tables list -f json
            """) { Format, RunCommand.Set };
        AddFormats(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var system = await RecordedSystem.OpenAsync(new Settings(parsed.GetValue(RunCommand.Set) ?? []), cancel);
            List<TableState> states = [];
            foreach (var table in Tables.All) states.Add(await StateAsync(system.Source, table, cancel));
            if (IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(states.Select(state => new { name = state.Name, rows = state.Rows, bytes = state.Bytes, newest = state.Newest })));
                return 0;
            }

            var shown = new Table().RoundedBorder().AddColumns(new TableColumn("Table").NoWrap(), new TableColumn("Rows, about").RightAligned(), new TableColumn("MB").RightAligned(), new TableColumn("Newest (UTC)"));
            foreach (var state in states)
            {
                shown.AddRow(
                    new Text(state.Name), new Text(state.Rows.ToString("#,0", CultureInfo.InvariantCulture)), new Text((state.Bytes / 1e6).ToString("#,0.0", CultureInfo.InvariantCulture)),
                    new Text(Moment(state.Newest)));
            }

            Draw(shown);
            return 0;
        });
        return command;
    }

    static Command Rebuild()
    {
        var name = new Argument<string>("name") { Description = "A table as 'list' names it, or a view that unfolds one, such as gex_levels." };
        var symbol = new Option<string[]>("--symbol", "-s") { Description = "Only these option roots.", AllowMultipleArgumentsPerToken = true };
        var from = new Option<DateOnly?>("--from") { Description = "First session, for example 2026-01-15." };
        var to = new Option<DateOnly?>("--to") { Description = "Last session, itself included." };
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would change." };
        var command = new Command("rebuild", """
            Make a table again: replay the log through the folds of this version into a new table beside the old one, compare the two, and put the
            new one in the old one's place in one transaction. Live writes go on: what they add meanwhile is taken over, and no reader sees half
            a table. With --symbol, --from or --to only the rows that differ are changed. Where nothing differs nothing is touched.
            Exit codes: 0 done, 2 it makes no sense, 7 with --dry-run there are differences.
            
            Examples:
              zerogex tables rebuild traded_gex --dry-run
              zerogex tables rebuild traded_gex
              zerogex tables rebuild inferred_gexray3 --symbol SPY --from 2026-01-15 --to 2026-01-16
            """) { name, symbol, from, to, dry, Format, RunCommand.Set };
        AddFormats(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            var table = Named(parsed.GetValue(name)!);
            var range = new RebuildRange(parsed.GetValue(symbol) ?? [], parsed.GetValue(from), parsed.GetValue(to));
            if (table.IsNewestOnly && (range.From ?? range.To) is not null) throw new SettingsException($"{table.Name} keeps the newest rows only: --from and --to make no sense there.");

            await using var system = await RecordedSystem.OpenAsync(settings, cancel);
            try
            {
                await using var version = await TableVersion.BeginAsync(system.Source, system.ConnectionString, table, cancel);
                var rebuild = new TableRebuild(new EventLog(system.Source) { ThrowOnMissing = true, ThrowOnUnknown = true }, table, settings.Folds, Environment.ProcessorCount);
                bool isDry = parsed.GetValue(dry);
                var report = await rebuild.RunAsync(version, range, isDry, cancel);
                Write(table.Name, report, IsJson(parsed));
                return isDry && !report.Difference.IsNone ? Differences : 0;
            }
            catch (Exception refused) when (refused is InvalidOperationException or CorruptEventException)
            {
                throw new SettingsException(refused.Message); // Rows that the log cannot make again are not thrown away.
            }
        });
        return command;
    }

    static Command Prune()
    {
        var before = new Option<DateOnly>("--before") { Description = "Sessions before this date, for example 2026-01-16.", Required = true, CustomParser = Day };
        var symbol = new Option<string[]>("--symbol", "-s") { Description = "Only these option roots; of underlying_quotes, these underlyings.", AllowMultipleArgumentsPerToken = true };
        var name = new Option<string[]>("--table", "-t") { Description = "Only these tables; all that keep old rows when left out.", AllowMultipleArgumentsPerToken = true };
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would go." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("prune", """
            Delete the rows of old sessions, and their roll-ups with them. Live writes go on meanwhile; interrupted, the same command goes on with it. What the log still
            has, 'tables rebuild' makes again.
            Exit codes: 0 done, 1 declined, 2 it makes no sense.
            
            Examples:
              zerogex tables prune --before 2026-01-16 --dry-run
              zerogex tables prune --before 2026-01-16 --table inferred_gexray3 traded_gex --yes
            """) { before, symbol, name, dry, yes, Format, RunCommand.Set };
        AddFormats(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var date = parsed.GetValue(before);
            TableShape[] tables = parsed.GetValue(name) is { Length: > 0 } asked ? [.. asked.Select(Named).Distinct()] : [.. Tables.All.Where(table => !table.IsNewestOnly)];
            if (tables.FirstOrDefault(table => table.IsNewestOnly) is { } newest) throw new SettingsException($"{newest.Name} keeps the newest rows only: there is nothing old in it.");
            await using var system = await RecordedSystem.OpenAsync(new Settings(parsed.GetValue(RunCommand.Set) ?? []), cancel);
            TablePrune prune = new(system.Source, date, parsed.GetValue(symbol) ?? []);
            if (!await prune.HasBegunAsync(cancel)) throw new SettingsException($"The session of {date:yyyy-MM-dd} has not begun: the one before it is not over.");

            List<OldRows> old = [];
            foreach (var table in tables) old.Add(await prune.FindAsync(table, cancel));
            long all = old.Sum(rows => rows.Rows);
            bool isDry = parsed.GetValue(dry), isJson = IsJson(parsed);
            if (all > 0 && !isDry && !parsed.GetValue(yes))
            {
                string what = $"{LogCommand.Plural(all, "row")} before {date:yyyy-MM-dd}";
                if (Console.IsInputRedirected) throw new SettingsException($"{what} would be deleted. Say --yes if that is meant.");
                if (!isJson) Write(old, "Rows");
                if (!AnsiConsole.Confirm($"Delete {what}?", defaultValue: false)) return 1;
            }

            List<OldRows> gone = [];
            if (!isDry) await LogCommand.WithProgressAsync("Deleting", all, async progress =>
            {
                foreach (var rows in old) gone.Add(rows with { Rows = await DeleteAsync(prune, rows.Table, LogCommand.Since(progress, gone.Sum(done => done.Rows)), cancel) });
            });

            var told = isDry ? old : gone;
            if (isJson)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { before = date, deleted = !isDry, tables = told.Select(rows => new { name = rows.Table.Name, rows = rows.Rows, oldest = rows.Oldest }) }));
                return 0;
            }

            Write(told, isDry ? "Rows" : "Deleted");
            Console.WriteLine($"{LogCommand.Plural(told.Sum(rows => rows.Rows), "row")} before {date:yyyy-MM-dd} {(isDry ? "would be " : "")}deleted.");
            return 0;
        });
        return command;
    }

    static async Task<long> DeleteAsync(TablePrune prune, TableShape table, IProgress<long>? rows, CancellationToken cancel)
    {
        try
        {
            return await prune.DeleteAsync(table, rows, cancel);
        }
        catch (InvalidOperationException busy)
        {
            throw new SettingsException(busy.Message);
        }
    }

    static TableShape Named(string name) =>
        Tables.Find(name) ?? throw new SettingsException($"There is no table {name}. Those there are: {string.Join(", ", Tables.All.Select(each => each.Name))}.");

    // Nothing goes because somebody writes the day before the month.
    static DateOnly Day(ArgumentResult said)
    {
        if (DateOnly.TryParseExact(said.Tokens[0].Value, "yyyy-MM-dd", out var day)) return day;
        said.AddError($"--before {said.Tokens[0].Value}: a date looks like 2026-01-16.");
        return default;
    }

    static void Write(IEnumerable<OldRows> tables, string header)
    {
        var shown = new Table().RoundedBorder().AddColumns(new TableColumn("Table").NoWrap(), new TableColumn(header).RightAligned(), new TableColumn("From (UTC)"));
        foreach (var rows in tables) shown.AddRow(new Text(rows.Table.Name), new Text(rows.Rows.ToString("#,0", CultureInfo.InvariantCulture)), new Text(Moment(rows.Oldest)));
        Draw(shown);
    }

    static void Write(string table, RebuildReport report, bool isJson)
    {
        var changes = report.Difference;
        if (isJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                table, sessions = report.Sessions, messages = report.Messages, equal = changes.Equal, added = changes.OnlyRight, changed = changes.Changed, removed = changes.OnlyLeft,
                first = changes.First, switched = report.Switched switch { null => null, true => "replaced", false => "changed" }, seconds = report.Seconds,
            }));
            return;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table}: {report.Messages:#,0} messages of {report.Sessions} sessions in {report.Seconds:0.0} s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {changes.Equal:#,0} rows equal, {changes.OnlyRight:#,0} added, {changes.Changed:#,0} changed, {changes.OnlyLeft:#,0} removed"));
        if (changes.First is { } first) Console.WriteLine($"  first difference: {first}");
        Console.WriteLine(report.Switched switch
        {
            true => "  the new table is in the old one's place",
            false => "  the rows that differed are changed",
            null => changes.IsNone ? "  nothing to change" : "  nothing was changed",
        });
    }

    sealed record TableState(string Name, long Rows, long Bytes, DateTimeOffset? Newest);

    static async Task<TableState> StateAsync(NpgsqlDataSource database, TableShape table, CancellationToken cancel)
    {
        // Planner's figures, chunks among them: counting would read all of it. What was never analyzed is small enough to count.
        await using var command = database.CreateCommand($"""
            select case when max(reltuples) < 0 then (select count(*) from {table.Name}) else sum(greatest(reltuples, 0))::bigint end,
                   sum(pg_total_relation_size(oid))::bigint, (select max({table.Time}) from {table.Name})
              from pg_class where oid = '{table.Name}'::regclass or oid in (select inhrelid from pg_inherits where inhparent = '{table.Name}'::regclass)
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new(table.Name, reader.GetInt64(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2));
    }

    static string Moment(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "–";

    static void AddFormats(Command command) => command.Validators.Add(result =>
    {
        if (result.GetValue(Format) is { } asked && asked is not ("table" or "json")) result.AddError($"--format {asked}: there are table, json.");
    });

    static bool IsJson(ParseResult parsed) => (parsed.GetValue(Format) ?? (Console.IsOutputRedirected ? "json" : "table")) == "json";

    static void Draw(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
        AnsiConsole.Write(table);
    }
}
