using Xunit;
using ZeroGex.Analytics.Bars;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Replay;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>A table is made again from the log while the system lives.</summary>
public sealed class TableRebuildTests
{
    const string Rows = "select (to_jsonb(row) - 'created_at')::text from traded_gex as row order by time, root, expiration, measure";

    static readonly RebuildRange All = new([], null, null);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_that_says_the_same_is_left_alone()
    {
        await using var world = await World.OpenAsync();
        string before = await world.Database.ScalarAsync<string>("select string_agg(concat_ws(' ', xmin, ctid, created_at), ';' order by time, root, expiration, measure) from traded_gex");

        var report = await world.RebuildAsync(All);

        Assert.Equal((null, world.Count, 2), (report.Switched, report.Difference.Equal, report.Sessions));
        Assert.True(report.Difference.IsNone, report.Difference.ToString());
        Assert.Equal(before, await world.Database.ScalarAsync<string>("select string_agg(concat_ws(' ', xmin, ctid, created_at), ';' order by time, root, expiration, measure) from traded_gex"));
        Assert.Equal(0, await world.Database.ScalarAsync<long>("select count(*) from pg_namespace where nspname like 'rebuild%'"));
    }

    [Fact]
    public async Task A_damaged_table_is_replaced_with_everything_that_hangs_on_it()
    {
        await using var world = await World.OpenAsync();
        var database = world.Database;
        var expected = await database.RowsAsync(Rows);
        string structure = await StructureAsync(database);
        await database.ExecuteAsync("""
            create role rebuild_reader; grant select on traded_gex to rebuild_reader;
            create view mine as select root, sum from traded_gex;
            create view of_mine as select sum(sum) from mine;
            update traded_gex set sum = sum + 1, model = model || '{"rate": 0.04}' where extract(second from time) = 7;
            delete from traded_gex where extract(second from time) = 8;
            insert into traded_gex select time + interval '0.5 second', root, expiration, measure, spot, sum, zero_gamma, major_positive, major_negative, minor_positive, minor_negative, strikes,
                   aggressor_share, trade_count, volume, incomplete, model from traded_gex where extract(second from time) = 9;
            insert into traded_gex select time - interval '1 year', root, expiration, measure, spot, sum, zero_gamma, major_positive, major_negative, minor_positive, minor_negative, strikes,
                   aggressor_share, trade_count, volume, incomplete, model from traded_gex where extract(second from time) = 10;
            """);
        var old = await database.RowsAsync(Rows.Replace("as row", "as row where time < '2026-01-01'", StringComparison.Ordinal));
        long a = world.PerSecond;

        var dry = await world.RebuildAsync(All, isDry: true);
        Assert.Equal((null, a, a, a, world.Count - 2 * a), (dry.Switched, dry.Difference.OnlyRight, dry.Difference.Changed, dry.Difference.OnlyLeft, dry.Difference.Equal));
        Assert.Contains("sum is", dry.Difference.First, StringComparison.Ordinal);
        var report = await world.RebuildAsync(All);

        Assert.True(report.Switched);
        Assert.Equal(dry.Difference, report.Difference);
        Assert.Equal([.. old, .. expected], await database.RowsAsync(Rows)); // What is older than the log is kept.
        Assert.Equal(structure, await StructureAsync(database));
        Assert.True(await database.ScalarAsync<bool>("select has_table_privilege('rebuild_reader', 'traded_gex', 'select')"));
        Assert.Equal(await database.ScalarAsync<double>("select sum(sum) from traded_gex"), await database.ScalarAsync<double>("select * from of_mine"));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_namespace where nspname like 'rebuild%'"));
        await AssertRolledUpAsync(database);
        await database.ExecuteAsync("drop view of_mine, mine; drop owned by rebuild_reader; drop role rebuild_reader");

        await new TableWrite().Add(SomeWindows.At("TSLA", 1)).CommitAsync(database.Source, Cancel); // The triggers came along.
        await AssertRolledUpAsync(database);
        Assert.True((await world.RebuildAsync(All)).Difference.IsNone);
    }

    [Fact]
    public async Task A_part_is_changed_where_it_stands()
    {
        await using var world = await World.OpenAsync();
        var expected = await world.Database.RowsAsync(Rows);
        await world.Database.ExecuteAsync("update traded_gex set sum = sum + 1; delete from traded_gex where extract(second from time) = 8 and root = 'SPY'");
        var others = await world.Database.RowsAsync(Rows.Replace("as row", "as row where root = 'QQQ'", StringComparison.Ordinal));
        int table = await world.Database.ScalarAsync<int>("select 'traded_gex'::regclass::oid::int");

        Assert.Equal(0, (await world.RebuildAsync(All with { From = new(2026, 1, 17) })).Messages);
        var report = await world.RebuildAsync(new(["SPY"], new(2026, 1, 16), null));

        Assert.False(report.Switched);
        Assert.Equal(expected.Where(row => row.Contains("\"SPY\"", StringComparison.Ordinal)), await world.Database.RowsAsync(Rows.Replace("as row", "as row where root = 'SPY'", StringComparison.Ordinal)));
        Assert.Equal(others, await world.Database.RowsAsync(Rows.Replace("as row", "as row where root = 'QQQ'", StringComparison.Ordinal)));
        Assert.Equal(table, await world.Database.ScalarAsync<int>("select 'traded_gex'::regclass::oid::int"));
        await AssertRolledUpAsync(world.Database);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_pruned_is_made_again_as_long_as_the_log_has_it(bool isAll)
    {
        await using var world = await World.OpenAsync();
        var expected = await world.Database.RowsAsync(Rows);
        Assert.Equal(world.Count, await new TablePrune(world.Database.Source, new(2026, 1, 17), []).DeleteAsync(Tables.TradedGex, null, Cancel));

        var report = await world.RebuildAsync(isAll ? All : All with { From = new(2026, 1, 16), To = new(2026, 1, 16) });

        Assert.Equal((isAll, world.Count), (report.Switched, report.Difference.OnlyRight));
        Assert.Equal(expected, await world.Database.RowsAsync(Rows));
        await AssertRolledUpAsync(world.Database);
    }

    [Fact]
    public async Task A_table_that_others_refer_to_is_changed_where_it_stands()
    {
        await using var world = await World.OpenAsync();
        var expected = await world.Database.RowsAsync(Rows);
        await world.Database.ExecuteAsync("""
            create table note (time timestamptz, root text, expiration date, measure text, foreign key (time, root, expiration, measure) references traded_gex);
            update traded_gex set sum = sum + 1
            """);

        Assert.False((await world.RebuildAsync(All)).Switched);
        Assert.Equal(expected, await world.Database.RowsAsync(Rows));
    }

    [Fact]
    public async Task Two_rebuilds_of_a_table_do_not_run_at_once()
    {
        await using var world = await World.OpenAsync();
        await using var first = await TableVersion.BeginAsync(world.Database.Source, world.Database.ConnectionString, Tables.TradedGex, Cancel);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => world.RebuildAsync(All));
        Assert.Contains("Another rebuild", error.Message, StringComparison.Ordinal);
    }

    // The rows that are there are all damaged, those that the rebuild makes are all sound: whoever reads sees so many of one kind or of the other.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Live_writes_go_on_nothing_is_lost_and_no_reader_sees_half_a_table(bool replaces)
    {
        const string Kinds = "select count(*) filter (where sum > 1e14) || ' ' || count(*) filter (where sum <= 1e14) from {0} where root in ('SPY', 'QQQ')";
        await using var world = await World.OpenAsync();
        var database = world.Database;
        await database.ExecuteAsync("create view mine as select root, sum from traded_gex");
        if (!replaces) await database.ExecuteAsync("create materialized view tied as select 1 from traded_gex");
        string[] lawful = [$"{world.Count} 0", $"0 {world.Count}"];
        using CancellationTokenSource stop = new();
        int written = 0;

        var writer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await new TableWrite().Add(SomeWindows.At("TSLA", written + 1)).Mark(new ProgressMark("gex", "trades/TSLA/2025-07-18", new(1, written + 1))).CommitAsync(database.Source, Cancel);
                written++;
            }
        }, Cancel);
        var readers = ((string[])["traded_gex", "mine"]).Select(source => Task.Run(async () =>
        {
            HashSet<string> seen = [];
            while (!stop.IsCancellationRequested) seen.Add(await database.ScalarAsync<string>(string.Format(System.Globalization.CultureInfo.InvariantCulture, Kinds, source)));
            return seen;
        }, Cancel)).ToArray();

        for (int round = 0; round < 2; round++)
        {
            await database.ExecuteAsync("update traded_gex set sum = sum + 1e15 where root in ('SPY', 'QQQ')");
            int before = written;
            await Wait.ForAsync(() => written > before + 5, "live rows before the rebuild");
            var report = await world.RebuildAsync(All);
            Assert.Equal((replaces, world.Count), (report.Switched!.Value, report.Difference.Changed));
            before = written;
            await Wait.ForAsync(() => written > before + 5, "live rows after the rebuild");
        }

        await stop.CancelAsync();
        await writer;
        foreach (var seen in await Task.WhenAll(readers)) Assert.Equal(lawful.Order(), seen.Order());
        Assert.Equal(written * 4, await database.ScalarAsync<long>("select count(*) from traded_gex where root = 'TSLA'"));
        Assert.Equal(new(1, written), (await new ProgressTable(database.Source).ReadAsync("gex", Cancel))["trades/TSLA/2025-07-18"]);
        await AssertRolledUpAsync(database);
    }

    // A vendor's bar polled again, and one of a minute that the log has none of: the log that is read does not have them yet.
    [Theory]
    [InlineData("")]
    [InlineData("create materialized view tied as select 1 from underlying_quotes")]
    [InlineData("create schema timescaledb_information; create table timescaledb_information.hypertables as select current_schema() as hypertable_schema, 'underlying_quotes'::name as hypertable_name")]
    public async Task What_live_writers_say_of_the_rebuilt_span_meanwhile_is_not_undone(string tie)
    {
        const string Minutes = "select extract(minute from timestamp)::int || ' ' || close::float8 from underlying_quotes order by timestamp";
        await using var world = await World.OfBarsAsync();
        var database = world.Database;
        bool replaces = tie.Length == 0;
        if (!replaces) await database.ExecuteAsync(tie);
        var recorded = await database.RowsAsync(Minutes);
        Assert.Equal(World.Minutes - 1, recorded.Count);

        // Before the log is read.
        await database.ExecuteAsync("update underlying_quotes set close = close + 1000");
        await using (var version = await world.BeginAsync(Tables.UnderlyingQuotes))
        {
            await SayAsync(500);
            var report = await World.RunAsync(version, database, Tables.UnderlyingQuotes, All);
            Assert.Equal((replaces, recorded.Count - 1, 0, 0), (report.Switched, report.Difference.Changed, report.Difference.OnlyLeft, report.Difference.OnlyRight));
        }

        Assert.Equal(With(500), await database.RowsAsync(Minutes));

        // All the time.
        await database.ExecuteAsync("update underlying_quotes set close = close + 1000 where close < 500");
        using CancellationTokenSource stop = new();
        int said = 500;
        var writer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await SayAsync(++said);
        }, Cancel);
        var reader = Task.Run(async () =>
        {
            HashSet<string> seen = [];
            for (double last = 0; !stop.IsCancellationRequested;)
            {
                seen.Add(await database.ScalarAsync<string>("select count(*) filter (where close > 1000) || ' ' || count(*) filter (where close < 500) from underlying_quotes"));
                double close = await database.ScalarAsync<double>("select min(close)::float8 from underlying_quotes where extract(minute from timestamp) in (35, 40)");
                Assert.True(close >= last, $"{close} follows {last}.");
                last = close;
            }

            return seen;
        }, Cancel);
        await Wait.ForAsync(() => said > 520, "live rows before the rebuild");
        Assert.Equal(replaces, (await world.RebuildAsync(All, Tables.UnderlyingQuotes)).Switched);
        int before = said;
        await Wait.ForAsync(() => said > before + 5, "live rows after the rebuild");
        await stop.CancelAsync();
        await writer;

        Assert.Equal([$"0 {recorded.Count - 1}", $"{recorded.Count - 1} 0"], (await reader).Order());
        Assert.Equal(With(said), await database.RowsAsync(Minutes));
        Assert.Empty(await database.RowsAsync("""
            select date_bin('1 hour', timestamp, '2000-01-01 00:00+00'), max(high), min(low), sum(up_volume)::bigint, max(close) from underlying_quotes group by 1
            except select a.timestamp, a.high, a.low, a.up_volume, (select max(close) from underlying_quotes) from underlying_quotes_1h as a
            """));

        // 14:35 again, and 14:40 for the first time.
        Task SayAsync(double close) => new TableWrite().Add(Tables.UnderlyingQuotes, ((int[])[5, 10])
            .Select(minute => new UnderlyingQuoteRow("SPY", Open.AddMinutes(minute), 100, close, 50, close, 7, 8, "vendor bars", false, "{}"))).CommitAsync(database.Source, Cancel);

        IEnumerable<string> With(double close) => recorded.Where(row => !row.StartsWith("35 ", StringComparison.Ordinal)).Concat([$"35 {close}", $"40 {close}"]).Order();
    }

    // Rows of before their columns came say nothing there; whoever makes them again says it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rebuild_fills_in_what_rows_of_before_do_not_say(bool replaces)
    {
        const string Said = "select concat_ws('|', symbol, timestamp, close, source, incomplete, model) from underlying_quotes order by timestamp";
        await using var world = await World.OfBarsAsync();
        if (!replaces) await world.Database.ExecuteAsync("create materialized view tied as select 1 from underlying_quotes");
        var expected = await world.Database.RowsAsync(Said);
        Assert.All(expected, row => Assert.Contains("|vendor bars|f|{", row, StringComparison.Ordinal));
        await world.Database.ExecuteAsync("update underlying_quotes set source = null, incomplete = null, model = null");

        var report = await world.RebuildAsync(All, Tables.UnderlyingQuotes);

        Assert.Equal((replaces, (long)expected.Count), (report.Switched, report.Difference.Changed));
        Assert.Contains("source is null", report.Difference.First, StringComparison.Ordinal);
        Assert.Equal(expected, await world.Database.RowsAsync(Said));
        await world.Database.ExecuteAsync("update underlying_quotes set model = jsonb_set(model, '{engineVersion}', '\"0\"')"); // An engine's version is no difference.
        Assert.True((await world.RebuildAsync(All, Tables.UnderlyingQuotes)).Difference.IsNone);
    }

    static async Task AssertRolledUpAsync(TestDatabase database) => Assert.Empty(await database.RowsAsync("""
        select * from (
            (select date_bin('1 hour', time, '2000-01-01 00:00+00'), root, expiration, measure, count(*), max(sum), min(sum), sum(volume)::bigint from traded_gex group by 1, 2, 3, 4
             except select time, root, expiration, measure, windows, sum_high, sum_low, volume from traded_gex_1h)
            union all
            (select time, root, expiration, measure, windows, sum_high, sum_low, volume from traded_gex_1h
             except select date_bin('1 hour', time, '2000-01-01 00:00+00'), root, expiration, measure, count(*), max(sum), min(sum), sum(volume)::bigint from traded_gex group by 1, 2, 3, 4)) as difference
        """));

    /// <summary>Everything of the tables that has a name.</summary>
    static async Task<string> StructureAsync(TestDatabase database) => string.Join('\n', await database.RowsAsync("""
        select indexdef from pg_indexes where tablename like 'traded_gex%'
        union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid in ('traded_gex'::regclass, 'traded_gex_buckets'::regclass)
        union all select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'traded_gex'::regclass
        union all select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) from information_schema.columns where table_schema = 'public' and table_name like 'traded_gex%'
        order by 1
        """));

    /// <summary>Two roots' prints in the log, or one's bars, and the rows that the fold makes of them in the tables.</summary>
    sealed class World(TestDatabase database) : IAsyncDisposable
    {
        /// <summary>From 14:30 on; 14:40 is not recorded.</summary>
        public const int Minutes = 25;

        const int Messages = 240;

        public TestDatabase Database { get; } = database;

        public long Count { get; private set; }

        public long PerSecond { get; private set; }

        public static async Task<World> OpenAsync()
        {
            World world = new(await TestDatabase.NewAsync());
            foreach (string root in (string[])["QQQ", "SPY"])
            {
                string stream = $"trades/{root}/2026-01-16";
                TradesObserved[] facts = [.. Enumerable.Range(1, Messages).Select(i => Prints(stream, i))];
                await new EventLog(world.Database.Source).AppendAsync([.. facts.Select(fact => Recorded(fact))], Cancel);
                GexAggregator fold = new(root, new(2026, 1, 16), new GexSettings());
                TableWrite write = new();
                foreach (var window in facts.SelectMany(fold.Apply)) write.Add(window);
                await write.CommitAsync(world.Database.Source, Cancel);
            }

            world.Count = await world.Database.ScalarAsync<long>("select count(*) from traded_gex");
            world.PerSecond = await world.Database.ScalarAsync<long>("select count(*) from traded_gex where extract(second from time) = 8");
            return world;
        }

        static TradesObserved Prints(string stream, int sequence)
        {
            var stamp = StampOf(stream, 1, sequence);
            return new()
            {
                Stamp = stamp,
                Root = stream.Split('/')[1],
                Trades =
                [
                    .. Enumerable.Range(0, 2).Select(i => new OptionTrade(
                        new(new(2026, 1, 16 + i), 455 + sequence % 3, (OptionRight)i), stamp.AsOf.AddMilliseconds(-10), 2.5 + sequence % 7 / 10.0, 1 + i, 455.73, i)),
                ],
            };
        }

        /// <summary>A vendor's minutes in the log, all but one, and the rows that the fold makes of them in the table.</summary>
        public static async Task<World> OfBarsAsync()
        {
            World world = new(await TestDatabase.NewAsync());
            EventLog log = new(world.Database.Source);
            foreach (string kind in (string[])["bars", "chain", "quotes", "trades"])
                await log.AppendAsync([.. Enumerable.Range(0, Minutes + 1).Select(minute => Recorded(AtMinute(kind, minute)))], Cancel);
            BarsFold fold = new("SPY", new(2026, 1, 16), new FoldSettings().For("SPY").Chain);
            TableWrite write = new();
            await foreach (var (fact, _, _) in log.ReadMergedAsync([.. BarsFold.Inputs.Select(kind => new StreamSpan($"{kind}/SPY/2026-01-16", default, null))], Cancel))
                foreach (var minute in fold.Apply(fact)) write.Add(minute);
            await write.CommitAsync(world.Database.Source, Cancel);
            return world;
        }

        static IMarketFact AtMinute(string kind, int minute)
        {
            var end = Open.AddMinutes(minute);
            Stamp stamp = new($"{kind}/SPY/2026-01-16", 1, minute + 1, end.AddSeconds(2));
            return kind switch
            {
                "quotes" => new QuotesObserved { Stamp = stamp, Root = "SPY" },
                "trades" => new TradesObserved { Stamp = stamp, Root = "SPY" },
                "chain" => new ChainObserved { Stamp = stamp, Root = "SPY" },
                _ => new BarsObserved
                {
                    Stamp = stamp,
                    Root = "SPY",
                    Bars = minute is 0 or 11 ? [] : [new("SPY", end.AddMinutes(-1), end, 100, 100 + minute, 50, 100 + minute, 15, 7, 8, true)],
                },
            };
        }

        public Task<TableVersion> BeginAsync(TableShape table) => TableVersion.BeginAsync(Database.Source, Database.ConnectionString, table, Cancel);

        public static Task<RebuildReport> RunAsync(TableVersion version, TestDatabase database, TableShape table, RebuildRange range, bool isDry = false) =>
            new TableRebuild(new EventLog(database.Source), table, new FoldSettings(), 2).RunAsync(version, range, isDry, Cancel);

        public async Task<RebuildReport> RebuildAsync(RebuildRange range, TableShape? table = null, bool isDry = false)
        {
            await using var version = await BeginAsync(table ?? Tables.TradedGex);
            return await RunAsync(version, Database, table ?? Tables.TradedGex, range, isDry);
        }

        public ValueTask DisposeAsync() => Database.DisposeAsync();
    }
}
