using Npgsql;

namespace ZeroGex.Storage;

/// <summary>Rows of which a new version knows everything.</summary>
/// <param name="Owner">The root, ticker or symbol.</param>
/// <param name="After">Rows later than this, UTC.</param>
/// <param name="UpTo">Rows not later than this, UTC.</param>
public sealed record TableSpan(string Owner, DateTimeOffset After, DateTimeOffset UpTo);

/// <summary>
/// A new version of a table, filled beside the live one in a schema of its own, compared with it, and put in its place in one transaction while others
/// read and write. Rows outside its spans are taken over, and wherever they are those that others have written since it was begun.
/// </summary>
/// <remarks>One at a time a table. Roll-ups of the table (<c>NAME_buckets</c>) are made again with it, by the same triggers.</remarks>
public sealed partial class TableVersion : IAsyncDisposable
{
    readonly NpgsqlDataSource _live;
    readonly NpgsqlConnection _hold;
    readonly TableShape _table;
    readonly string _schema;
    readonly string _beside;
    readonly string[] _tables;
    bool _isHyper;
    string _newer = "";
    string? _carried;

    TableVersion(NpgsqlDataSource live, NpgsqlConnection hold, TableShape table, string schema, bool hasBuckets, string connectionString)
    {
        (_live, _hold, _table, _schema, _beside) = (live, hold, table, schema, $"rebuild_{table.Name}");
        _tables = hasBuckets ? [table.Name, $"{table.Name}_buckets"] : [table.Name];
        Source = Database.Open(new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = _beside }.ConnectionString);
    }

    /// <summary>Writes to the new version: its schema is the search path.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>An empty version of a table; what an unfinished one has left is gone.</summary>
    /// <param name="connectionString">Of the live database.</param>
    /// <exception cref="InvalidOperationException">Somebody is making one already.</exception>
    public static async Task<TableVersion> BeginAsync(NpgsqlDataSource live, string connectionString, TableShape table, CancellationToken cancel)
    {
        var hold = await live.OpenConnectionAsync(cancel);
        try
        {
            if (!await ScalarAsync<bool>(hold, $"select pg_try_advisory_lock({LockOf(table)})", cancel))
                throw new InvalidOperationException($"Another rebuild of {table.Name}, or a prune, is running.");
            string schema = await ScalarAsync<string>(hold, "select current_schema()::text", cancel);
            bool hasBuckets = await ScalarAsync<bool>(hold, $"select to_regclass('{table.Name}_buckets') is not null", cancel);
            TableVersion version = new(live, hold, table, schema, hasBuckets, connectionString);
            await version.CreateAsync(cancel);
            return version;
        }
        catch
        {
            await hold.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says of which rows this version knows everything: those that it lacks there are no rows.</summary>
    public async Task CoverAsync(IEnumerable<TableSpan> spans, CancellationToken cancel)
    {
        TableSpan[] all = [.. spans];
        await using var command = Source.CreateCommand("insert into covered_span select * from unnest($1, $2, $3)");
        command.Parameters.Add(new() { Value = all.Select(span => span.Owner).ToArray() });
        command.Parameters.Add(new() { Value = all.Select(span => span.After.UtcDateTime).ToArray() });
        command.Parameters.Add(new() { Value = all.Select(span => span.UpTo.UtcDateTime).ToArray() });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>
    /// Compares the live table, on the left, with this version, on the right: within the spans, and wherever this version has a row. What others have
    /// written since it was begun is taken over first, and so is no difference.
    /// </summary>
    public async Task<TableDifference> CompareAsync(CancellationToken cancel)
    {
        await using (var connection = await Source.OpenConnectionAsync(cancel))
            await CarryAsync(connection, $"({IsCovered("row")} or {IsIn(_beside, "row")}) and {_newer}", overwrites: true, cancel);
        return await TableDifference.FindAsync(_live, _table.Name, new(_schema, $"{IsCovered(_table.Name)} or {IsIn(_beside, _table.Name)}"), new(_beside), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        // Whatever was not put in place is gone, and the next in line may begin.
        if (_hold.State == System.Data.ConnectionState.Open)
        {
            await ExecuteAsync(_hold, $"drop schema if exists {_beside} cascade", CancellationToken.None);
            await ExecuteAsync(_hold, $"select pg_advisory_unlock({LockOf(_table)})", CancellationToken.None);
        }

        await _hold.DisposeAsync();
    }

    /// <summary>What whoever makes a table again, or lets rows of it go, holds meanwhile: an expression for an advisory lock.</summary>
    internal static string LockOf(TableShape table) => $"hashtextextended(current_schema() || ' rebuild {table.Name}', 0)";

    static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }

    static async Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        List<string> texts = [];
        while (await reader.ReadAsync(cancel)) texts.Add(reader.GetString(0));
        return texts;
    }

    static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(cancel);
    }
}
