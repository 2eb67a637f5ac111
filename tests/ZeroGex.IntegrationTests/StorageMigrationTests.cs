using Xunit;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

public sealed class StorageMigrationTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migrating_twice_applies_once()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);

        var before = await Migrator.StatusAsync(database.Source, Cancel);
        var first = await Migrator.MigrateAsync(database.Source, Cancel);
        var second = await Migrator.MigrateAsync(database.Source, Cancel);
        var after = await Migrator.StatusAsync(database.Source, Cancel);

        Assert.Equal(["0001_event_log.sql", "0002_consumer_progress.sql", "0003_gex.sql"], before.Pending.Take(3));
        Assert.Empty(before.Applied);
        Assert.Equal(before.Pending, first.Applied);
        Assert.Equal(0, first.AlreadyApplied);
        Assert.Empty(second.Applied);
        Assert.Equal(first.Applied.Count, second.AlreadyApplied);
        Assert.Equal(first.Applied.Count, after.AlreadyApplied);
        Assert.Empty(after.Pending);
    }

    [Fact]
    public async Task What_needs_TimescaleDB_is_skipped_without_it_and_says_why()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        bool isUsable = await database.ScalarAsync<bool>("""
            select exists (select 1 from pg_available_extensions where name = 'timescaledb')
               and current_setting('timescaledb.max_background_workers', true) is not null
            """);

        var report = await Migrator.MigrateAsync(database.Source, Cancel);

        Assert.Equal(isUsable, report.Applied.Contains("0004_gex.timescale.sql"));
        Assert.Equal(!isUsable, report.Skipped.Contains("0004_gex.timescale.sql"));
        Assert.Equal(isUsable, report.SkipReason is null);
    }

    [Fact]
    public async Task Every_migration_is_applied_pending_or_skipped_with_a_reason()
    {
        await using var database = await TestDatabase.NewAsync();
        await database.ExecuteAsync("delete from schema_migrations where name = '0008_quality.sql'");

        foreach (var migration in await Migrator.ListAsync(database.Source, Cancel))
        {
            bool isSkipped = migration.SkipReason is not null;
            Assert.True(isSkipped ? migration.Name.EndsWith(".timescale.sql", StringComparison.Ordinal) : migration.AppliedAt is null == (migration.Name == "0008_quality.sql"), migration.ToString());
        }
    }

    [Fact]
    public async Task Rows_of_before_are_rolled_up_when_the_roll_ups_come()
    {
        await using var database = await TestDatabase.NewAsync();
        await database.ExecuteAsync("""
            drop table traded_gex_buckets, underlying_quotes_buckets cascade;
            drop view underlying_quotes_1m;
            drop function roll_up_traded_gex cascade;
            drop function roll_up_underlying_quotes cascade;
            delete from schema_migrations where name = '0009_roll_ups.sql';
            insert into underlying_quotes values ('SPY', '2026-01-16 14:31Z', 1, 3, 1, 2, 10, 20), ('SPY', '2026-01-16 14:33Z', 2, 4, 2, 3, 1, 2)
            """);

        Assert.Equal(["0009_roll_ups.sql"], (await Migrator.MigrateAsync(database.Source, Cancel)).Applied);

        Assert.Equal("01/16/2026 14:30:00|1.0000|4.0000|1.0000|3.0000|11|22", Assert.Single(await database.RowsAsync(
            "select timestamp, open, high, low, close, up_volume, down_volume from underlying_quotes_5m")));
    }

    [Fact]
    public async Task Flow_of_before_is_summed_anew_when_the_holidays_come()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        var plain = Migrator.Embedded.Where(migration => !migration.NeedsTimescale).ToLookup(migration => string.CompareOrdinal(migration.Name, "0020_") < 0);
        foreach (var migration in plain[true]) await database.ExecuteAsync(migration.Sql);
        await database.ExecuteAsync("""
            insert into option_chains (option_symbol, timestamp, underlying, strike, expiration, option_type, last, volume)
            select 'SPY 260220C455', time, 'SPY', 455, '2026-02-20', 'C', 1.5, volume
              from (values ('2026-01-17 15:00Z'::timestamptz, 300), ('2026-01-19 15:00Z', 500), ('2026-01-20 01:30Z', 520), ('2026-01-21 01:30Z', 7)) as row (time, volume)
            """);
        const string Flow = "select call_contracts, round(days_to_expiry) from flow_by_type order by timestamp";
        Assert.Equal(["300|32", "200|32", "520|31", "7|30"], await database.RowsAsync(Flow));

        foreach (var migration in plain[false]) await database.ExecuteAsync(migration.Sql);

        Assert.Equal(["300|31", "200|31", "20|31", "7|30"], await database.RowsAsync(Flow));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from option_chains_buckets where is_stale"));
        Assert.Equal(4, await database.ScalarAsync<long>("select count(*) from flow_by_type join option_chains using (timestamp, created_at)"));
    }

    [Fact]
    public async Task Several_processes_at_once_apply_each_migration_once()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);

        var reports = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Migrator.MigrateAsync(database.Source, Cancel)));

        Assert.Single(reports, report => report.Applied.Count > 0);
        Assert.Equal(
            reports.Single(report => report.Applied.Count > 0).Applied.Count,
            await database.ScalarAsync<long>("select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task A_changed_migration_is_refused_by_name()
    {
        await using var database = await TestDatabase.NewAsync();
        await database.ExecuteAsync("update schema_migrations set checksum = 'other' where name = '0003_gex.sql'");

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(database.Source, Cancel));
        Assert.Contains("0003_gex.sql", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MigrationException>(() => Migrator.StatusAsync(database.Source, Cancel));

        // The lock is free again: mending the record is enough.
        await database.ExecuteAsync("delete from schema_migrations where checksum = 'other'; drop table inferred_gexray3, traded_gex cascade");
        Assert.Equal(["0003_gex.sql"], (await Migrator.MigrateAsync(database.Source, Cancel)).Applied);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind_and_can_be_repeated()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync("create table traded_gex (mine integer)"); // In the way of the second half of 0003.

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Migrator.MigrateAsync(database.Source, Cancel));
        Assert.True(await database.ScalarAsync<bool>("select to_regclass('inferred_gexray3') is null and to_regclass('mt_events') is not null"));

        await database.ExecuteAsync("drop table traded_gex");
        var report = await Migrator.MigrateAsync(database.Source, Cancel);
        Assert.Equal(2, report.AlreadyApplied);
        Assert.Equal("0003_gex.sql", report.Applied[0]);
    }

    [Fact]
    public async Task A_legacy_table_is_taken_over_with_its_rows()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync("""
            create table inferred_gexray3 (
                time timestamptz not null, msg_type text default 'inferred_gex', ticker text not null, expiration text not null,
                spot double precision, zero_gamma double precision, major_pos_vol double precision, major_neg_vol double precision,
                sum_gex_vol double precision, minor_pos_vol double precision, minor_neg_vol double precision,
                trades jsonb, strikes jsonb, trade_count integer, total_volume integer, primary key (time, ticker, expiration));
            insert into inferred_gexray3 (time, ticker, expiration, spot) values (now(), 'SPY', '2026-01-16', 455.73)
            """);

        await Migrator.MigrateAsync(database.Source, Cancel);

        var row = Assert.Single(await new GexTable(database.Source).LatestAsync("SPY", Cancel));
        Assert.Equal((455.73, double.NaN, "[]"), (row.Spot, row.ZeroGamma, row.Strikes));
        Assert.True(await database.ScalarAsync<bool>("select created_at is not null from inferred_gexray3"));
    }

    [Fact]
    public async Task A_log_with_another_stream_identity_is_refused_in_words()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync("create table mt_events (seq_id bigint primary key, stream_id uuid, version bigint, bdata bytea)");

        var error = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Migrator.MigrateAsync(database.Source, Cancel));
        Assert.Contains("not identified by strings", error.MessageText, StringComparison.Ordinal);
    }

    // What Marten 9.58 itself creates (string identity, single tenancy, default options), but for one thing: its default of mt_events.timestamp is
    // the moment of creating the table, a literal.
    [Fact]
    public async Task The_log_has_the_layout_of_Marten()
    {
        await using var database = await TestDatabase.NewAsync();

        Assert.Equal(
            [
                "mt_event_progression.agent_status varchar(20) null",
                "mt_event_progression.assigned_node int4 null 0",
                "mt_event_progression.critical_behind_threshold int8 null",
                "mt_event_progression.failure_category varchar(50) null",
                "mt_event_progression.failure_event_sequence int8 null",
                "mt_event_progression.failure_event_tenant_id varchar(500) null",
                "mt_event_progression.failure_event_type varchar(500) null",
                "mt_event_progression.heartbeat timestamptz null",
                "mt_event_progression.last_seq_id int8 null",
                "mt_event_progression.last_updated timestamptz null transaction_timestamp()",
                "mt_event_progression.mode varchar null 'none'::character varying",
                "mt_event_progression.name varchar not null",
                "mt_event_progression.pause_reason text null",
                "mt_event_progression.rebuild_threshold int4 null 0",
                "mt_event_progression.running_on_node int4 null",
                "mt_event_progression.warning_behind_threshold int8 null",
                "mt_events.bdata bytea null",
                "mt_events.data jsonb not null",
                "mt_events.id uuid not null",
                "mt_events.is_archived bool null false",
                "mt_events.mt_dotnet_type varchar null",
                "mt_events.seq_id int8 not null",
                "mt_events.stream_id varchar null",
                "mt_events.tenant_id varchar null '*DEFAULT*'::character varying",
                "mt_events.timestamp timestamptz not null now()",
                "mt_events.type varchar(500) not null",
                "mt_events.version int8 not null",
                "mt_streams.compacted_version int8 not null 0",
                "mt_streams.created timestamptz not null now()",
                "mt_streams.id varchar not null",
                "mt_streams.is_archived bool null false",
                "mt_streams.tenant_id varchar null '*DEFAULT*'::character varying",
                "mt_streams.timestamp timestamptz not null now()",
                "mt_streams.type varchar null",
                "mt_streams.version int8 null",
            ],
            await database.RowsAsync("""
                select format('%s.%s %s%s %s%s', table_name, column_name, udt_name, '(' || character_maximum_length || ')',
                              case is_nullable when 'YES' then 'null' else 'not null' end, ' ' || column_default)
                  from information_schema.columns
                 where table_schema = 'public' and table_name in ('mt_streams', 'mt_events', 'mt_event_progression')
                 order by table_name collate "C", column_name collate "C"
                """));

        Assert.Equal(
            [
                "mt_events fkey_mt_events_stream_id FOREIGN KEY (stream_id) REFERENCES mt_streams(id) ON DELETE CASCADE",
                "mt_event_progression pk_mt_event_progression PRIMARY KEY (name)",
                "mt_events pkey_mt_events_seq_id PRIMARY KEY (seq_id)",
                "mt_streams pkey_mt_streams_id PRIMARY KEY (id)",
            ],
            await database.RowsAsync("""
                select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
                  from pg_constraint
                 where conrelid in ('mt_streams'::regclass, 'mt_events'::regclass, 'mt_event_progression'::regclass)
                 order by conname
                """));

        Assert.Equal(
            [
                "CREATE UNIQUE INDEX pk_mt_event_progression ON public.mt_event_progression USING btree (name)",
                "CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON public.mt_events USING btree (stream_id, version)",
                "CREATE UNIQUE INDEX pkey_mt_events_seq_id ON public.mt_events USING btree (seq_id)",
                "CREATE UNIQUE INDEX pkey_mt_streams_id ON public.mt_streams USING btree (id)",
            ],
            await database.RowsAsync("""select indexdef from pg_indexes where tablename in ('mt_streams', 'mt_events', 'mt_event_progression') order by indexname collate "C" """));

        Assert.Equal("public.mt_events_sequence", await database.ScalarAsync<string>("select pg_get_serial_sequence('mt_events', 'seq_id')"));
        Assert.Equal(["bigint|1|1|1"], await database.RowsAsync("select data_type::text, start_value, increment_by, cache_size from pg_sequences where sequencename = 'mt_events_sequence'"));
        Assert.Equal("*DEFAULT*|False", Assert.Single(await database.RowsAsync("""
            with stream as (insert into mt_streams (id, version) values ('a', 1) returning id),
                 event as (insert into mt_events (seq_id, id, stream_id, version, data, type)
                           values (1, gen_random_uuid(), (select id from stream), 1, '{}', 'x') returning tenant_id, is_archived)
            select * from event
            """)));
    }
}
