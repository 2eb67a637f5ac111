using Npgsql;

namespace ZeroGex.Storage;

/// <summary>What a table holds of old sessions.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Oldest">The time of the oldest; null when there is none.</param>
public sealed record OldRows(TableShape Table, long Rows, DateTimeOffset? Oldest);

/// <summary>
/// Lets old sessions go from the tables of results, a few rows a transaction: no live writer waits for long, and whoever was interrupted does it again. Roll-ups go
/// with their rows: what a bucket has of a session that stays is summed anew.
/// </summary>
/// <param name="database">The tables are those of its search path.</param>
/// <param name="before">The first session that stays; a day without one stands for the next.</param>
/// <param name="owners">Only rows of these roots, or of what else the table's rows belong to; of all when empty.</param>
public sealed class TablePrune(NpgsqlDataSource database, DateOnly before, IReadOnlyCollection<string> owners)
{
    // What rolls up holds off other writers of the table, for a third of a second at most with so many rows.
    const int RowsAtOnce = 1_000;

    static readonly DateTime Ever = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    /// <summary>True when that session has begun: until then, what was before it is still being written.</summary>
    public Task<bool> HasBegunAsync(CancellationToken cancel) => ScalarAsync<bool>("select start <= now() from session_of(($1 + time '12:00') at time zone 'America/New_York')", [before], cancel);

    /// <summary>The rows that would go. It looks at each of them.</summary>
    public async Task<OldRows> FindAsync(TableShape table, CancellationToken cancel)
    {
        await using var command = Command($"select count(*), min({table.Time}) from {table.Name} where {table.Time} <= $1 and (cardinality($2) = 0 or {table.Owner} = any($2))", [Last(table, await CutAsync(cancel)), owners.ToArray()]);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new(table, reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1));
    }

    /// <summary>Deletes them, the oldest session first.</summary>
    /// <param name="rows">Told the rows deleted so far.</param>
    /// <returns>Rows deleted.</returns>
    /// <exception cref="InvalidOperationException">The table is being rebuilt, which would bring them back, or it keeps the newest rows only.</exception>
    public async Task<long> DeleteAsync(TableShape table, IProgress<long>? rows, CancellationToken cancel)
    {
        if (table.IsNewestOnly) throw new InvalidOperationException($"{table.Name} keeps the newest rows only.");
        await using var hold = await database.OpenConnectionAsync(cancel);
        await using NpgsqlCommand take = new($"select pg_try_advisory_lock({TableVersion.LockOf(table)})", hold);
        if (await take.ExecuteScalarAsync(cancel) is not true) throw new InvalidOperationException($"{table.Name} is being rebuilt or pruned. When that is over, prune it again.");
        try
        {
            var cut = await CutAsync(cancel);
            bool hasChunks = owners.Count == 0 && table != Tables.Alerts && await IsHyperAsync(table, cancel); // Deliveries go with their alerts, row by row.
            long total = hasChunks ? await DropChunksAsync(table, cut, cancel) : 0;
            foreach (string? owner in await OwnersAsync(table, cancel))
            {
                for (var from = Ever; await FirstEndAsync(table, owner, from, cut, cancel) is { } end; from = end)
                    total = await DeleteAsync(table, owner, from, Last(table, end), total, rows, cancel);
            }

            // Chunks go without telling a trigger.
            if (hasChunks && table == Tables.OptionChains) await ExecuteAsync("delete from option_chains_buckets where timestamp < $1", [cut], cancel);
            return total;
        }
        finally
        {
            await using NpgsqlCommand release = new($"select pg_advisory_unlock({TableVersion.LockOf(table)})", hold);
            if (hold.State == System.Data.ConnectionState.Open) await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    // Of a session the newest rows first: what a row counts from is there for as long as the row is.
    async Task<long> DeleteAsync(TableShape table, string? owner, DateTime from, DateTime last, long total, IProgress<long>? rows, CancellationToken cancel)
    {
        string key = string.Join(", ", table.Key), span = $"{table.Time} >= $1 and {table.Time} <= $2";
        string sql = $"""
            with gone as (
                delete from {table.Name} where {span} and ({key}) in (select {key} from {table.Name} where {span} {(owner is null ? "" : $"and {table.Owner} = $3")} order by {table.Time} desc limit {RowsAtOnce})
                returning {table.Name}.*)
            {(table == Tables.Alerts ? ", sent as (delete from alert_deliveries where (id, event) in (select id, event from gone))" : "")}
            select count(*), min({table.Time}) from gone
            """;
        for (long gone = 1; gone > 0;)
        {
            await using var command = Command(sql, owner is null ? [from, last] : [from, last, owner]);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            gone = reader.GetInt64(0);
            if (gone > 0) last = reader.GetDateTime(1);
            total += gone;
            rows?.Report(total);
        }

        return total;
    }

    // Files that are unlinked, compressed ones too, where all of a chunk is old. The continuous aggregates follow with their next refresh.
    async Task<long> DropChunksAsync(TableShape table, DateTime cut, CancellationToken cancel)
    {
        var old = await FindAsync(table, cancel);
        await ExecuteAsync($"select drop_chunks('{table.Name}', older_than => $1)", [cut], cancel);
        return old.Rows - (await FindAsync(table, cancel)).Rows;
    }

    async Task<bool> IsHyperAsync(TableShape table, CancellationToken cancel) =>
        await ScalarAsync<bool>("select to_regclass('timescaledb_information.hypertables') is not null", [], cancel)
        && await ScalarAsync<bool>("select exists (select from timescaledb_information.hypertables where hypertable_schema = current_schema() and hypertable_name = $1)", [table.Name], cancel);

    // A key that begins with the time finds old rows whoever they belong to: null. Others are asked owner by owner.
    async Task<IReadOnlyList<string?>> OwnersAsync(TableShape table, CancellationToken cancel)
    {
        if (owners.Count > 0) return [.. owners];
        if (table.Key[0] == table.Time) return [null];
        return await ScalarAsync<string[]>($"""
            with recursive known as (
                select min({table.Owner}) as owner from {table.Name}
                union all
                select (select min({table.Owner}) from {table.Name} where {table.Owner} > known.owner) from known where owner is not null)
            select coalesce(array_agg(owner), '{"{}"}') from known where owner is not null
            """, [], cancel);
    }

    /// <summary>When the session of the oldest row ends, or else what is to go; null when nothing is.</summary>
    async Task<DateTime?> FirstEndAsync(TableShape table, string? owner, DateTime from, DateTime cut, CancellationToken cancel)
    {
        await using var command = Command($"""
            select least(own.until, $3)
              from (select min({table.Time}) as time from {table.Name} where {table.Time} >= $1 and {table.Time} <= $2 {(owner is null ? "" : $"and {table.Owner} = $4")}) as oldest
             cross join session_of(oldest.time) as own
             where oldest.time is not null
            """, owner is null ? [from, Last(table, cut), cut] : [from, Last(table, cut), cut, owner]);
        return await command.ExecuteScalarAsync(cancel) as DateTime?;
    }

    // Where the session begins that stays.
    Task<DateTime> CutAsync(CancellationToken cancel) => ScalarAsync<DateTime>("select start from session_of(($1 + time '12:00') at time zone 'America/New_York')", [before], cancel);

    // A minute that begins when a session ends is the next one's; any other row's time is its end, and it is of the session that ends then.
    static DateTime Last(TableShape table, DateTime end) => table.Lasts > TimeSpan.Zero ? end.AddMicroseconds(-1) : end;

    async Task<T> ScalarAsync<T>(string sql, object[] values, CancellationToken cancel)
    {
        await using var command = Command(sql, values);
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }

    async Task ExecuteAsync(string sql, object[] values, CancellationToken cancel)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(cancel);
    }

    NpgsqlCommand Command(string sql, object[] values)
    {
        var command = database.CreateCommand(sql);
        command.CommandTimeout = 0; // A table may be bigger than memory, and a writer before it in the queue for the roll-ups.
        foreach (object value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }
}
