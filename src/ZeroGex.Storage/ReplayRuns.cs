using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace ZeroGex.Storage;

/// <summary>A run as it is kept: what was asked and, when it has ended, what it found.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status"><c>running</c>, <c>interrupted</c>, <c>failed</c> or <c>done</c>. A run whose process was killed still says <c>running</c>.</param>
/// <param name="Question">What was asked, a JSON object.</param>
/// <param name="Manifest">What it found, a JSON object; null until it is done.</param>
/// <param name="CreatedAt">When it was first asked.</param>
/// <param name="UpdatedAt">When its row last changed.</param>
public sealed record ReplayRun(string Name, string Status, string Question, string? Manifest, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>The replays of a database, and the schema in which each keeps its results: empty copies of all result tables at first.</summary>
public sealed partial class ReplayRuns(NpgsqlDataSource database)
{
    /// <summary>True for a name of 1 to 40 lower-case letters, digits and underscores.</summary>
    public static bool IsName(string name) => Lawful().IsMatch(name);

    /// <summary>The schema of a run.</summary>
    /// <exception cref="ArgumentException">That is no name of a run.</exception>
    public static string SchemaOf(string name) =>
        IsName(name) ? $"replay_{name}" : throw new ArgumentException($"'{name}' is no name of a replay: use up to 40 lower-case letters, digits and underscores.", nameof(name));

    /// <summary>A data source whose unqualified tables are those of the run, and nothing else: what a run lacks is an error there and never the live table.</summary>
    public static NpgsqlDataSource Open(string connectionString, string name) =>
        Database.Open(new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = SchemaOf(name) }.ConnectionString);

    /// <summary>Takes a run for this process, for as long as what is returned lives; null when another process has it.</summary>
    public async Task<IAsyncDisposable?> LockAsync(string name, CancellationToken cancel)
    {
        var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended('replay ' || $1, 0))", connection) { Parameters = { new() { Value = name } } };
        if (await command.ExecuteScalarAsync(cancel) is true) return new Held(connection, name);
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>The run of a name; null when there is none.</summary>
    public async Task<ReplayRun?> FindAsync(string name, CancellationToken cancel) => (await ReadAsync("where name = $1", name, cancel)).SingleOrDefault();

    /// <summary>All runs, the newest first.</summary>
    public Task<IReadOnlyList<ReplayRun>> ListAsync(CancellationToken cancel) => ReadAsync("order by created_at desc, name", null, cancel);

    /// <summary>Begins a run with an empty schema of its own; whatever a run of that name has left is gone.</summary>
    public async Task BeginAsync(string name, string question, CancellationToken cancel)
    {
        string schema = SchemaOf(name);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        string copies = string.Join('\n', Tables.All.Select(table => $"create table {schema}.{table.Name} (like {table.Name} including all);"));
        await ExecuteAsync(connection, $"drop schema if exists {schema} cascade; create schema {schema}; {copies}", cancel);
        await using var command = new NpgsqlCommand("delete from replay_runs where name = $1", connection) { Parameters = { new() { Value = name } } };
        await command.ExecuteNonQueryAsync(cancel);
        await using var insert = new NpgsqlCommand("insert into replay_runs (name, status, question) values ($1, 'running', $2)", connection)
        {
            Parameters = { new() { Value = name }, new() { Value = question, NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        await insert.ExecuteNonQueryAsync(cancel);
        foreach (string view in await ViewsAsync(connection, schema, cancel)) await ExecuteAsync(connection, view, cancel);
        await transaction.CommitAsync(cancel);
    }

    // The views that read tables of results and nothing else, over the run's own; those over the log and over roll-ups have nothing to read there.
    static async Task<IReadOnlyList<string>> ViewsAsync(NpgsqlConnection connection, string schema, CancellationToken cancel)
    {
        await ExecuteAsync(connection, "set local search_path = ''", cancel); // Then a definition names the schema of all that it reads.
        await using var command = new NpgsqlCommand("""
            select view.relname::text, pg_get_viewdef(view.oid), array_agg(distinct case relation.relnamespace when 'public'::regnamespace then relation.relname::text else '' end)
              from pg_class as view
              join pg_rewrite as rule on rule.ev_class = view.oid
              join pg_depend on classid = 'pg_rewrite'::regclass and objid = rule.oid and refclassid = 'pg_class'::regclass and refobjid <> view.oid
              join pg_class as relation on relation.oid = refobjid
             where view.relkind = 'v' and view.relnamespace = 'public'::regnamespace
             group by view.oid
             order by view.oid
            """, connection);
        List<(string Name, string Definition, string[] Reads)> views = [];
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel)) views.Add((reader.GetString(0), reader.GetString(1), reader.GetFieldValue<string[]>(2)));

        var there = Tables.All.Select(table => table.Name).ToHashSet();
        List<string> statements = [];
        while (views.FindIndex(view => view.Reads.All(there.Contains)) is >= 0 and var next)
        {
            var (name, definition, reads) = views[next];
            views.RemoveAt(next);
            there.Add(name);
            statements.Add($"create view {schema}.{name} as {Regex.Replace(definition, $@"\bpublic\.(?=({string.Join('|', reads.Select(Regex.Escape))})\b)", schema + ".")}");
        }

        return statements;
    }

    /// <summary>Says how a run stands; with its manifest when it is done.</summary>
    public async Task SetStatusAsync(string name, string status, string? manifest, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("update replay_runs set status = $2, manifest = $3, updated_at = now() where name = $1");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = status });
        command.Parameters.Add(new() { Value = (object?)manifest ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Remembers what a finished root and session came to.</summary>
    public async Task SaveUnitAsync(string name, string root, DateOnly session, string outcome, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into replay_units (run, root, session, outcome) values ($1, $2, $3, $4)
            on conflict (run, root, session) do update set outcome = excluded.outcome
            """);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = root });
        command.Parameters.Add(new() { Value = session });
        command.Parameters.Add(new() { Value = outcome, NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>What the finished roots and sessions of a run came to, JSON objects.</summary>
    public async Task<IReadOnlyList<string>> UnitsAsync(string name, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select outcome::text from replay_units where run = $1 order by session, root");
        command.Parameters.Add(new() { Value = name });
        List<string> outcomes = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) outcomes.Add(reader.GetString(0));
        return outcomes;
    }

    /// <summary>Removes a run and its results.</summary>
    public async Task RemoveAsync(string name, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await ExecuteAsync(connection, $"drop schema if exists {SchemaOf(name)} cascade", cancel);
        await using var command = new NpgsqlCommand("delete from replay_runs where name = $1", connection) { Parameters = { new() { Value = name } } };
        await command.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    async Task<IReadOnlyList<ReplayRun>> ReadAsync(string condition, string? name, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select name, status, question::text, manifest::text, created_at, updated_at from replay_runs {condition}");
        if (name is not null) command.Parameters.Add(new() { Value = name });
        List<ReplayRun> runs = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            runs.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
                reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<DateTimeOffset>(5)));
        }

        return runs;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
#pragma warning disable CA2100 // The names in it are ours, or of the form that IsName allows.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancel);
    }

    [GeneratedRegex("^[a-z0-9_]{1,40}$")]
    private static partial Regex Lawful();

    sealed class Held(NpgsqlConnection connection, string name) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            // A pooled connection keeps its session locks until it is reset.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var command = new NpgsqlCommand("select pg_advisory_unlock(hashtextextended('replay ' || $1, 0))", connection) { Parameters = { new() { Value = name } } };
                await command.ExecuteNonQueryAsync();
            }

            await connection.DisposeAsync();
        }
    }
}
