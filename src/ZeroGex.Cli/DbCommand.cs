using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Spectre.Console;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex db</c>: the shape of the database, and how it gets there.</summary>
static class DbCommand
{
    static readonly Option<string?> Format = new("--format", "-f") { Description = "table or json; table on a terminal, json in a pipe." };

    public static Command Create() => new("db", "The shape of the database: log, tables, views.") { Migrate(), Status() };

    static Command Migrate()
    {
        var command = new Command("migrate", """
            Apply the migrations that are missing, in order, each in a transaction of its own. Every process does the same when it starts; this
            does it ahead of time. Several at once queue up, and a second time nothing is left to do.
            Exit codes: 0 done, 2 no database, or an applied migration has changed since.
            
            Examples:
              zerogex db migrate
              DB_HOST=db.example.com zerogex db migrate
            """) { RunCommand.Set };
        command.SetAction((parsed, cancel) => WithDatabaseAsync(parsed, async database =>
        {
            var report = await Migrator.MigrateAsync(database, cancel);
            foreach (string name in report.Applied) Console.WriteLine($"applied  {name}");
            foreach (string name in report.Skipped) Console.WriteLine($"skipped  {name}: {report.SkipReason}");
            Console.WriteLine($"{report.Applied.Count} migrations were applied, {report.AlreadyApplied} had been before.");
            return 0;
        }, cancel));
        return command;
    }

    static Command Status()
    {
        var command = new Command("status", """
            Say which migrations are applied, pending or skipped, and why. Changes nothing.
            Exit codes: 0 nothing is pending, 1 something is, 2 no database, or an applied migration has changed since.
            
            Examples:
              zerogex db status
              zerogex db status -f json
            """) { Format, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Format) is { } asked && asked is not ("table" or "json")) result.AddError($"--format {asked}: there are table, json.");
        });
        command.SetAction((parsed, cancel) => WithDatabaseAsync(parsed, async database =>
        {
            var migrations = await Migrator.ListAsync(database, cancel);
            if ((parsed.GetValue(Format) ?? (Console.IsOutputRedirected ? "json" : "table")) == "json")
            {
                Console.WriteLine(JsonSerializer.Serialize(migrations.Select(migration => new
                {
                    name = migration.Name, state = State(migration), appliedAt = migration.AppliedAt, reason = migration.SkipReason,
                })));
            }
            else
            {
                var table = new Table().RoundedBorder().AddColumns("Migration", "State", "When (UTC), or why not");
                foreach (var migration in migrations)
                {
                    table.AddRow(
                        new Text(migration.Name), new Text(State(migration)),
                        new Text(migration.AppliedAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? migration.SkipReason ?? ""));
                }

                if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
                AnsiConsole.Write(table);
            }

            return migrations.Any(migration => State(migration) == "pending") ? 1 : 0;
        }, cancel));
        return command;
    }

    static string State(MigrationState migration) => migration.AppliedAt is not null ? "applied" : migration.SkipReason is not null ? "skipped" : "pending";

    static async Task<int> WithDatabaseAsync(ParseResult parsed, Func<NpgsqlDataSource, Task<int>> act, CancellationToken cancel)
    {
        try
        {
            await using var system = await RecordedSystem.OpenAsync(new Settings(parsed.GetValue(RunCommand.Set) ?? []), cancel, migrates: false);
            return await act(system.Source);
        }
        catch (MigrationException changed)
        {
            throw new SettingsException(changed.Message);
        }
        catch (NpgsqlException error) when (error is not PostgresException || error.SqlState is "28P01" or "28000" or "3D000")
        {
            throw new SettingsException($"PostgreSQL does not let us in: {(error.InnerException ?? error).Message}");
        }
    }
}
