using Npgsql;

namespace ZeroGex.Storage;

// How a version is made beside the live table, and how it takes its place.
public sealed partial class TableVersion
{
    const int Attempts = 60;

    async Task CreateAsync(CancellationToken cancel)
    {
        await ExecuteAsync(_hold, $"drop schema if exists {_beside} cascade; create schema {_beside}; create table {_beside}.covered_span (owner text, after timestamptz, up_to timestamptz)", cancel);
        foreach (string table in _tables)
        {
            await ExecuteAsync(_hold, $"create table {_beside}.{table} (like {_schema}.{table} including all excluding indexes)", cancel);
            // Names stay: another schema has room for them. Secondary indexes come when the rows are in.
            foreach (string sql in await TextsAsync(_hold, $"""
                select format('alter table {_beside}.{table} add constraint %I %s', conname, pg_get_constraintdef(oid))
                  from pg_constraint where conrelid = '{_schema}.{table}'::regclass and contype in ('p', 'u')
                """, cancel)) await ExecuteAsync(_hold, sql, cancel);
            await ExecuteAllAsync(await TriggersAsync(_hold, table, cancel), table, cancel);
        }

        // Nobody has read the log for it yet: a row that is not committed by now may be of facts that will not be found there, and is the writer's to say.
        _isHyper = await ScalarAsync<bool>(_hold, "select to_regclass('timescaledb_information.hypertables') is not null", cancel)
            && await ScalarAsync<bool>(_hold, $"select exists (select from timescaledb_information.hypertables where hypertable_schema = '{_schema}' and hypertable_name = '{_table.Name}')", cancel);
        // Exact but for rows that were written under a savepoint, which no writer here has. Compressed chunks do not say who wrote a row, only when.
        _newer = await ScalarAsync<string>(_hold, _isHyper
            ? "select format('row.created_at >= %L::timestamptz', coalesce(min(xact_start), now())) from pg_stat_activity where datname = current_database()"
            : """
              select format('(age(row.xmin) <= age(%L::xid) or row.xmin = any (%L::xid[]))', pg_snapshot_xmax(begun)::xid, array(select other::xid from pg_snapshot_xip(begun) as other))
                from pg_current_snapshot() as begun
              """, cancel);
    }

    /// <summary>
    /// Puts this version in the place of the live one, in one transaction. Writers wait for as long as it takes to look at what they wrote since the rows
    /// were taken over, readers for a rename; a reader sees the old rows or the new ones.
    /// </summary>
    /// <param name="whole">False to change the rows that differ where they stand instead of putting table in table's place; so is it done too where a table is tied to its name.</param>
    /// <returns>True when the table was replaced, false when its rows were changed.</returns>
    public async Task<bool> SwitchAsync(bool whole, CancellationToken cancel)
    {
        bool replaces = whole && await MayReplaceAsync(cancel);
        if (replaces) await PrepareAsync(cancel);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _live.OpenConnectionAsync(cancel);
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                // Whoever waits for a lock has everybody else wait behind him: not for long, and not as long as it takes a reader to be called the victim of a deadlock.
                await ExecuteAsync(connection, $"set local lock_timeout = '500ms'; lock table {_schema}.{_table.Name} in share row exclusive mode", cancel);
                if (replaces) await ReplaceAsync(connection, cancel);
                else await ChangeAsync(connection, cancel);
                await transaction.CommitAsync(cancel);
                return replaces;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), cancel);
            }
        }
    }

    // A hypertable has chunks, policies and continuous aggregates under its name; foreign keys, stored results and row security hang on the table itself.
    async Task<bool> MayReplaceAsync(CancellationToken cancel)
    {
        return !_isHyper && await ScalarAsync<bool>(_hold, $"""
            select not exists (select from pg_constraint where contype = 'f' and (conrelid = any(own) or confrelid = any(own)))
               and not exists (select from pg_depend join pg_rewrite on pg_rewrite.oid = objid join pg_class on pg_class.oid = ev_class
                                where classid = 'pg_rewrite'::regclass and refobjid = any(own) and relkind <> 'v')
               and not exists (select from pg_class where oid = any(own) and relrowsecurity)
               and not exists (select from pg_inherits where inhparent = any(own) or inhrelid = any(own))
               and not exists (select from pg_publication_rel where prrelid = any(own))
              from (select array['{string.Join("'::regclass::oid, '", _tables.Select(table => $"{_schema}.{table}"))}'::regclass::oid] as own) as own
            """, cancel);
    }

    // Everything that needs no lock: rows that are not this version's to say, indexes, who may read.
    async Task PrepareAsync(CancellationToken cancel)
    {
        await using (var connection = await Source.OpenConnectionAsync(cancel))
        await using (var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel))
        {
            _carried = await ScalarAsync<string>(connection, "select pg_snapshot_xmin(pg_current_snapshot())::xid::text", cancel);
            await CarryAsync(connection, $"not {IsCovered("row")}", overwrites: false, cancel);
            await CarryAsync(connection, _newer, overwrites: true, cancel);
            await CarryBucketsAsync(connection, "true", cancel);
            await transaction.CommitAsync(cancel);
        }

        foreach (string table in _tables)
        {
            await ExecuteAllAsync(await TextsAsync(_hold, $"""
                select pg_get_indexdef(indexrelid) from pg_index
                 where indrelid = '{_schema}.{table}'::regclass and indexrelid not in (select conindid from pg_constraint where conrelid = indrelid)
                """, cancel), table, cancel);
            foreach (string sql in await TextsAsync(_hold, $"""
                select format('grant %s on {_beside}.{table} to %s%s', privilege_type, case grantee when 0 then 'public' else quote_ident(grantee::regrole::text) end,
                              case when is_grantable then ' with grant option' else '' end)
                  from pg_class cross join lateral aclexplode(relacl) where oid = '{_schema}.{table}'::regclass and grantee <> relowner
                """, cancel)) await ExecuteAsync(_hold, sql, cancel);
            await ExecuteAsync(_hold, $"analyze {_beside}.{table}", cancel);
        }
    }

    /// <summary>Takes over live rows. The connection's search path is the new version's, so that its triggers roll up there.</summary>
    /// <param name="rows">Which rows, in SQL over <c>row</c>.</param>
    /// <param name="overwrites">True for rows that were written since the new version was begun: they win.</param>
    Task CarryAsync(NpgsqlConnection connection, string rows, bool overwrites, CancellationToken cancel)
    {
        string newest = _table.IsNewestOnly ? $" where excluded.{_table.Time} {(overwrites ? ">=" : ">")} {_table.Name}.{_table.Time}" : "";
        return CarryAsync(connection, _table.Name, rows, columns => overwrites || _table.IsNewestOnly
            ? $"do update set {string.Join(", ", columns.Split(", ").Select(column => $"{column} = excluded.{column}"))}{newest}"
            : "do nothing", cancel);
    }

    // A bucket of rows that are not there any more is kept; the others have been made from the rows.
    async Task CarryBucketsAsync(NpgsqlConnection connection, string condition, CancellationToken cancel)
    {
        foreach (string table in _tables.Where(table => table != _table.Name))
            await CarryAsync(connection, table, $"not {IsCovered("row")} and {condition}", _ => "do nothing", cancel);
    }

    async Task CarryAsync(NpgsqlConnection connection, string table, string rows, Func<string, string> onConflict, CancellationToken cancel)
    {
        string columns = await ScalarAsync<string>(connection, $"select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attrelid = '{_beside}.{table}'::regclass and attnum > 0 and not attisdropped", cancel);
        string key = await ScalarAsync<string>(connection, $"select (regexp_match(pg_get_constraintdef(oid), '\\((.*)\\)'))[1] from pg_constraint where conrelid = '{_beside}.{table}'::regclass and contype = 'p'", cancel);
        await ExecuteAsync(connection, $"""
            insert into {_beside}.{table} ({columns})
            select {columns} from {_schema}.{table} as row where {rows}
            on conflict ({key}) {onConflict(columns)}
            """, cancel);
    }

    async Task ReplaceAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await ExecuteAsync(connection, $"set local search_path = {_beside}", cancel);
        string since = $"age(row.xmin) <= age('{_carried}'::xid)";
        await CarryAsync(connection, $"{since} and (not {IsCovered("row")} or {_newer})", overwrites: true, cancel);
        await CarryBucketsAsync(connection, since, cancel);
        await ExecuteAsync(connection, $"set local search_path = {_schema}", cancel);

        // A view is tied to the table and not to its name: said again it finds the new one, and keeps its grants and whoever looks through it.
        string[] own = [.. _tables.Select(table => $"{_schema}.{table}")];
        var views = await TextsAsync(connection, $"""
            select distinct view.oid::regclass::text
              from pg_depend join pg_rewrite on pg_rewrite.oid = objid join pg_class as view on view.oid = ev_class
             where classid = 'pg_rewrite'::regclass and refclassid = 'pg_class'::regclass and refobjid in ({string.Join(", ", own.Select(table => $"'{table}'::regclass"))})
             order by 1
            """, cancel);
        // Views before tables, as readers lock them; the other way round they and we would wait for each other.
        await ExecuteAsync(connection, $"lock table {string.Join(", ", views.Concat(own))} in access exclusive mode", cancel);
        List<string> said = [];
        foreach (string view in views)
            said.Add(await ScalarAsync<string>(connection, $"select format('create or replace view %s %s as %s', oid::regclass, 'with (' || array_to_string(reloptions, ', ') || ')', pg_get_viewdef(oid)) from pg_class where oid = '{view}'::regclass", cancel));

        string aside = $"{_beside}_old";
        await ExecuteAsync(connection, $"create schema {aside}", cancel);
        foreach (string table in _tables)
            await ExecuteAsync(connection, $"alter table {_schema}.{table} set schema {aside}; alter table {_beside}.{table} set schema {_schema}", cancel);
        foreach (string sql in said) await ExecuteAsync(connection, sql, cancel);
        // Without cascade: what still hangs on the old table stops the whole.
        foreach (string table in _tables) await ExecuteAsync(connection, $"drop table {aside}.{table}", cancel);
        await ExecuteAsync(connection, $"drop schema {aside}", cancel);
    }

    async Task ChangeAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        string columns = string.Join(", ", _table.Columns);
        await ExecuteAsync(connection, $"""
            delete from {_schema}.{_table.Name} as row where {IsCovered("row")} and not {IsIn(_beside, "row")} and not {_newer};
            insert into {_schema}.{_table.Name} as row ({columns})
            select {columns} from {_beside}.{_table.Name}
            on conflict ({string.Join(", ", _table.Key)}) do update
               set {string.Join(", ", _table.Columns.Except(_table.Key).Select(column => $"{column} = excluded.{column}"))}, created_at = now()
             where ({_table.Values("row")}) is distinct from ({_table.Values("excluded")}) and not {_newer} {(_table.IsNewestOnly ? $"and row.{_table.Time} <= excluded.{_table.Time}" : "")}
            """, cancel);
    }

    string IsCovered(string row) =>
        $"exists (select from {_beside}.covered_span as span where span.owner = {row}.{_table.Owner} and {row}.{_table.Time} > span.after and {row}.{_table.Time} <= span.up_to)";

    string IsIn(string schema, string row) =>
        $"exists (select from {schema}.{_table.Name} as same where {string.Join(" and ", _table.Key.Select(column => $"same.{column} = {row}.{column}"))})";

    Task<List<string>> TriggersAsync(NpgsqlConnection connection, string table, CancellationToken cancel) =>
        // TimescaleDB has triggers of its own on its tables, which a plain table must not have.
        TextsAsync(connection, $"""
            select pg_get_triggerdef(pg_trigger.oid) from pg_trigger join pg_proc on pg_proc.oid = tgfoid join pg_namespace on pg_namespace.oid = pronamespace
             where tgrelid = '{_schema}.{table}'::regclass and not tgisinternal and not starts_with(nspname, '_timescaledb')
            """, cancel);

    /// <summary>Says statements that speak of a live table, of the new one.</summary>
    async Task ExecuteAllAsync(IEnumerable<string> statements, string table, CancellationToken cancel)
    {
        foreach (string statement in statements)
            await ExecuteAsync(_hold, statement.Replace($" ON {_schema}.{table} ", $" ON {_beside}.{table} ", StringComparison.Ordinal), cancel);
    }
}
