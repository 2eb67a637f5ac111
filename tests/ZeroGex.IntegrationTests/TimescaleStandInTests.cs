using System.Text.RegularExpressions;
using Xunit;
using ZeroGex.Bus.Consumers;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>
/// The SQL for TimescaleDB where there is none: its functions are stood in for with the arguments that they have in TimescaleDB 2, <c>first</c> and
/// <c>last</c> by array aggregates, continuous aggregates by materialised views. It shows that the statements fit together and that the aggregates answer as the
/// roll-ups do; what chunks, policies and refreshes do only TimescaleDB shows. <c>drop_chunks</c> deletes whole days, and no trigger hears of it.
/// </summary>
public sealed partial class TimescaleStandInTests
{
    const string StandIns = """
        create schema timescaledb_information;
        create table timescaledb_information.hypertables (hypertable_schema name, hypertable_name name);
        create function create_hypertable(relation regclass, time_column_name name, chunk_time_interval interval, create_default_indexes boolean = true, if_not_exists boolean = false,
            migrate_data boolean = false) returns void language plpgsql as $$
        begin
            if exists (select from pg_trigger where tgrelid = relation and tgnewtable is not null) then raise 'hypertables do not support transition tables in triggers'; end if;
            if exists (select from pg_index where indrelid = relation and indisunique and not indkey::int2[] @> (select array_agg(attnum) from pg_attribute where attrelid = relation and attname = time_column_name))
            then raise 'a unique index of % lacks %', relation, time_column_name; end if;
            if not exists (select from timescaledb_information.hypertables where hypertable_name = relation::text) then insert into timescaledb_information.hypertables values (current_schema(), relation::text); end if;
        end $$;
        create function add_compression_policy(hypertable regclass, compress_after interval, if_not_exists boolean = false) returns integer language sql as 'select 1';
        create function add_continuous_aggregate_policy(continuous_aggregate regclass, start_offset interval, end_offset interval, schedule_interval interval, if_not_exists boolean = false)
            returns integer language sql as 'select 1';
        create table dropped (relation regclass);
        create function drop_chunks(relation regclass, older_than timestamptz) returns setof text language plpgsql as $$
        begin
            insert into dropped values (relation);
            set local session_replication_role = replica; -- No trigger hears of it.
            execute format('delete from %s where %I < date_trunc(''day'', $1, ''UTC'')', relation, (select attname from pg_attribute where attrelid = relation and attname in ('time', 'timestamp'))) using older_than;
            set local session_replication_role = origin;
        end $$;
        create function time_bucket(bucket_width interval, ts timestamptz) returns timestamptz language sql immutable as $$ select date_bin(bucket_width, ts, '2000-01-03 00:00+00') $$
        """;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)] // TimescaleDB comes to a database that has been plain.
    [InlineData(false)] // It has been there from the beginning.
    public async Task The_same_names_give_the_same_answers(bool comesLater)
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync(StandIns);
        foreach (var migration in Migrator.Embedded.Where(migration => !comesLater || !migration.NeedsTimescale)) await ApplyAsync(database, migration);
        if (comesLater)
        {
            await WriteAsync(database);
            foreach (string view in Views) await database.ExecuteAsync($"create table before_{view} as table {view}");
            foreach (var migration in Migrator.Embedded.Where(migration => migration.NeedsTimescale)) await ApplyAsync(database, migration);
        }

        Assert.Equal(
            "alerts, chain_gex, chain_max_pain, chain_volatility, flow_minutes, flow_seconds, flow_smart_money, inferred_gexray3, option_chains, quality_minutes, traded_gex, underlying_quotes",
            await database.ScalarAsync<string>("select string_agg(hypertable_name, ', ' order by hypertable_name) from timescaledb_information.hypertables"));
        if (!comesLater) return;
        foreach (string view in Views)
        {
            Assert.True(await database.ScalarAsync<long>($"select count(*) from {view}") > 0, view);
            Assert.Empty(await database.RowsAsync($"(table {view} except table before_{view}) union all (table before_{view} except table {view})"));
        }
    }

    [Fact]
    public async Task Chunks_that_are_old_are_dropped_and_the_other_old_rows_are_deleted()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync(StandIns);
        foreach (var migration in Migrator.Embedded) await ApplyAsync(database, migration);
        // 00:30 is of the session before, and of the chunk of the one that stays.
        await database.ExecuteAsync("""
            insert into option_chains (option_symbol, timestamp, underlying, strike, expiration, option_type, last, volume)
            select root, time, root, 450, '2025-02-21', 'C', 1.5, extract(day from time)
              from unnest('{2025-01-15 15:00Z, 2025-01-16 15:00Z, 2025-01-17 00:30Z, 2025-01-17 15:00Z}'::timestamptz[]) as time cross join (values ('SPY'), ('QQQ')) as owner (root);
            insert into alerts (time, root, rule, event, id, session, severity, metric, operator, scope, threshold, text, incomplete) values ('2025-01-15 15:00Z', 'SPY', 'r', 'raised', 'a', '2025-01-15', 'info', 'm', '>', 'all', 1, 't', false);
            insert into alert_deliveries (id, event, target, body, state, next_at) values ('a', 'raised', 't', '', 'delivered', now())
            """);

        Assert.Equal(3, await new TablePrune(database.Source, new(2025, 1, 17), ["QQQ"]).DeleteAsync(Tables.OptionChains, null, Cancel));
        Assert.Equal(5, await database.ScalarAsync<long>("select count(*) from flow_by_type"));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from dropped")); // A chunk has the rows of others too.
        Assert.Equal(3, await new TablePrune(database.Source, new(2025, 1, 17), []).DeleteAsync(Tables.OptionChains, null, Cancel));
        Assert.Equal(1, await new TablePrune(database.Source, new(2025, 1, 17), []).DeleteAsync(Tables.Alerts, null, Cancel));

        Assert.Equal(["option_chains"], await database.RowsAsync("select relation::text from dropped"));
        Assert.Equal(["QQQ|17", "SPY|17"], await database.RowsAsync("select option_symbol, volume from option_chains order by 1"));
        Assert.Equal(["QQQ|17", "SPY|17"], await database.RowsAsync("select underlying, call_contracts from flow_by_type order by 1"));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from alert_deliveries"));
    }

    static readonly string[] Views =
    [
        "traded_gex_1m", "traded_gex_5m", "traded_gex_1h", "traded_gex_1d", "underlying_quotes_1m", "underlying_quotes_5m", "underlying_quotes_1h", "underlying_quotes_1d",
        "flow_by_type", "flow_by_expiration",
    ];

    static async Task WriteAsync(TestDatabase database)
    {
        TableWrite write = new();
        for (int i = 0; i < 400; i++)
        {
            var window = SomeWindows.At(i % 2 == 0 ? "SPY" : "QQQ", i * 7) with { Spot = 450 + i * 31 % 17, Incomplete = i % 50 == 0 };
            write.Add(window);
            write.Add(Tables.OptionChains, new OptionChainRow($"SPY {i % 3}", window.End.AddSeconds(-window.End.Second), "SPY", 450, new(2026, 1, 16), "CP"[i % 2].ToString(), 1.5, 1, 2, i, 1, 0.2, 0.5, 0.01, -0.1, 0.2, i % 4 == 0 ? "default" : "mid", i % 50 == 0));
            write.Add(Tables.UnderlyingQuotes, new UnderlyingQuoteRow("SPY", window.End.AddSeconds(-window.End.Second), i % 7, i % 7 + 1, i % 7 - 1, i % 5, i, i % 3 == 0 ? null : 2, "vendor bars", i % 50 == 0, "{}"));
        }

        await write.CommitAsync(database.Source, Cancel);
    }

    static Task<int> ApplyAsync(TestDatabase database, Migrator.Migration migration)
    {
        string sql = migration.Sql;
        if (migration.NeedsTimescale)
        {
            sql = sql.Replace("create extension if not exists timescaledb;", "", StringComparison.Ordinal).Replace(" with no data", "", StringComparison.Ordinal);
            sql = Storage().Replace(sql, "");
            sql = Setting().Replace(sql, "");
            sql = First().Replace(sql, "(array_agg($1 order by $2))[1]");
            sql = Last().Replace(sql, "(array_agg($1 order by $2 desc))[1]");
        }

        return database.ExecuteAsync(sql);
    }

    [GeneratedRegex(@"^alter table \w+ set \(timescaledb\.compress, timescaledb\.compress_segmentby = '[^']+', timescaledb\.compress_orderby = '[^']+'\);$", RegexOptions.Multiline)]
    private static partial Regex Storage();

    [GeneratedRegex(@" with \(timescaledb\.continuous, timescaledb\.materialized_only = false\)")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\bfirst\((\w+), (\w+)\)")]
    private static partial Regex First();

    [GeneratedRegex(@"\blast\((\w+), (\w+)\)")]
    private static partial Regex Last();
}
