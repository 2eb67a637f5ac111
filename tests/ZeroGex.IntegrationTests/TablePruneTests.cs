using System.Globalization;
using Npgsql;
using Xunit;
using ZeroGex.Bus.Consumers;
using ZeroGex.IntegrationTests.EndToEnd;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>Old sessions go from the tables, and nothing else does.</summary>
public sealed class TablePruneTests
{
    static readonly TableShape[] Kept = [.. Tables.All.Where(table => table.IsNewestOnly)], Pruned = [.. Tables.All.Except(Kept)];

    // Thursday's session ends at 20:00 in New York, 01:00 UTC in winter; Saturday and Monday, a holiday, are Tuesday's.
    static readonly string[] Times = ["13 15:00", "15 15:00", "15 15:01", "16 00:59", "16 01:00", "16 01:01", "16 15:00", "17 15:00", "19 15:00"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2026-01-13", 0, 0)]
    [InlineData("2026-01-15", 1, 1)]
    [InlineData("2026-01-16", 5, 4)] // A window that ends as the session does is of it; the minute that begins then is the next one's.
    [InlineData("2026-01-17", 7, 7)] // No session has these dates: the next one stays.
    [InlineData("2026-01-19", 7, 7)]
    [InlineData("2026-01-20", 7, 7)]
    [InlineData("2026-01-21", 9, 9)]
    public async Task Exactly_the_sessions_before_the_date_are_gone_from_every_table(string before, int windows, int minutes)
    {
        await using var database = await FilledAsync("SPY", "QQQ");
        TablePrune prune = new(database.Source, Day(before), []);

        foreach (var table in Pruned)
        {
            int gone = table.Lasts > TimeSpan.Zero ? minutes : windows;
            var found = await prune.FindAsync(table, Cancel);
            Assert.Equal((2L * gone, gone == 0 ? null : At(Times[0])), (found.Rows, found.Oldest));
            Assert.Equal(2 * gone, await prune.DeleteAsync(table, null, Cancel));
            foreach (string owner in new[] { "SPY", "QQQ" }) Assert.Equal(Times[gone..], await TimesAsync(database, table, owner));
            Assert.Equal(0, await prune.DeleteAsync(table, null, Cancel));
        }

        await AssertRolledUpAsync(database);
        foreach (var table in Kept) Assert.Equal(2, await database.ScalarAsync<long>($"select count(*) from {table.Name}"));
    }

    // It is of the session before, although that instant is the next one's.
    [Fact]
    public async Task A_window_that_ends_with_its_session_takes_nothing_of_the_next_with_it()
    {
        await using var database = await FilledAsync("SPY");
        await database.ExecuteAsync("delete from flow_seconds where time < '2026-01-16 01:00Z'");

        Assert.Equal(1, await new TablePrune(database.Source, new(2026, 1, 16), []).DeleteAsync(Tables.FlowSeconds, null, Cancel));
        Assert.Equal(Times[5..], await TimesAsync(database, Tables.FlowSeconds, "SPY"));
    }

    [Fact]
    public async Task Rows_of_other_roots_stay()
    {
        await using var database = await FilledAsync("SPY", "QQQ", "TSLA");
        TablePrune prune = new(database.Source, new(2026, 1, 21), ["SPY", "TSLA", "SPX"]);

        foreach (var table in Pruned)
        {
            Assert.Equal(2 * Times.Length, (await prune.FindAsync(table, Cancel)).Rows);
            Assert.Equal(2 * Times.Length, await prune.DeleteAsync(table, null, Cancel));
            Assert.Equal([("QQQ", Times.Length)], (await database.RowsAsync($"select {table.Owner}, count(*) from {table.Name} group by 1")).Select(row => (row.Split('|')[0], int.Parse(row.Split('|')[1], CultureInfo.InvariantCulture))));
        }

        await AssertRolledUpAsync(database);
    }

    [Fact]
    public async Task Tables_of_the_newest_rows_have_no_old_ones()
    {
        await using var database = await FilledAsync("SPY");

        foreach (var table in Kept) await Assert.ThrowsAsync<InvalidOperationException>(() => new TablePrune(database.Source, new(2026, 1, 21), []).DeleteAsync(table, null, Cancel));
    }

    // What has been sent of an alert goes with it, that of another stays.
    [Fact]
    public async Task Deliveries_go_with_their_alerts()
    {
        await using var database = await FilledAsync("SPY");
        await database.ExecuteAsync("""
            update alerts set id = to_char(time at time zone 'UTC', 'DD HH24:MI');
            insert into alert_deliveries (id, event, target, body, state, next_at)
            select id, event, target, '', state, now() from alerts cross join (values ('raised', 'one', 'pending'), ('raised', 'two', 'delivered'), ('resolved', 'one', 'delivered')) as sent (event_sent, target, state)
             where event = event_sent;
            insert into alert_deliveries (id, event, target, body, state, next_at) values ('13 15:00', 'resolved', 'one', '', 'delivered', now())
            """);

        await new TablePrune(database.Source, new(2026, 1, 16), []).DeleteAsync(Tables.Alerts, null, Cancel);

        Assert.Equal(["13 15:00 resolved", .. Times[5..].Select(time => $"{time} raised")], await database.RowsAsync("select distinct id || ' ' || event from alert_deliveries order by 1"));
    }

    [Fact]
    public async Task Whoever_writes_meanwhile_gets_through_between_its_transactions_and_loses_nothing()
    {
        await using var database = await OldAsync();
        using CancellationTokenSource stop = new();
        int written = 0;
        var writer = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                TableWrite write = new();
                write.Add(SomeWindows.At("SPY", written + 1));
                await write.Add(Tables.OptionChains, Option(new(2025, 7, 18, 12 + written / 60 % 10, written % 60, 0, default), written)).CommitAsync(database.Source, Cancel);
                Interlocked.Increment(ref written);
            }
        }, Cancel);
        int seen = 0;
        Told between = new(_ =>
        {
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written) > seen || writer.IsCompleted, TimeSpan.FromSeconds(20)), "the writer waits");
            seen = Volatile.Read(ref written);
        });

        TablePrune prune = new(database.Source, new(2025, 7, 18), []);
        foreach (var table in new TableShape[] { Tables.TradedGex, Tables.OptionChains }) Assert.Equal(Old, await prune.DeleteAsync(table, between, Cancel));
        await stop.CancelAsync();
        await writer;

        Assert.True(between.Times > 2 * Old / 1_000);
        Assert.Equal(4 * written, await database.ScalarAsync<long>("select count(*) from traded_gex"));
        Assert.Equal(Math.Min(600, written), await database.ScalarAsync<long>("select count(*) from option_chains"));
        await AssertRolledUpAsync(database);
    }

    [Fact]
    public async Task Interrupted_it_leaves_roll_ups_of_what_is_left_and_repeated_it_goes_on()
    {
        await using var database = await OldAsync();
        TablePrune prune = new(database.Source, new(2025, 7, 18), []);
        var flow = await database.RowsAsync("select * from flow_by_type order by timestamp");
        foreach (var table in new TableShape[] { Tables.TradedGex, Tables.OptionChains })
        {
            using CancellationTokenSource interrupt = new();
            Told first = new(_ => interrupt.Cancel());

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => prune.DeleteAsync(table, first, interrupt.Token));

            long left = await database.ScalarAsync<long>($"select count(*) from {table.Name}");
            Assert.Equal(Old, left + first.Last);
            Assert.InRange(left, 1, Old - 1);
            await AssertRolledUpAsync(database);
            if (table == Tables.OptionChains) // What is left of a session still counts from the same rows.
            {
                var now = await database.RowsAsync("select * from flow_by_type where timestamp < (select max(timestamp) from option_chains) order by timestamp");
                Assert.Equal(flow.Take(now.Count), now);
                Assert.NotEmpty(now);
            }

            Assert.Equal(left, await prune.DeleteAsync(table, null, Cancel));
        }

        Assert.Equal(0, await database.ScalarAsync<long>("select (select count(*) from traded_gex_buckets) + (select count(*) from option_chains_buckets)"));
    }

    [Fact]
    public async Task A_table_is_not_pruned_while_it_is_rebuilt_nor_rebuilt_while_it_is_pruned()
    {
        await using var database = await OldAsync();
        TablePrune prune = new(database.Source, new(2025, 7, 18), []);
        await using (await TableVersion.BeginAsync(database.Source, database.ConnectionString, Tables.TradedGex, Cancel))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => prune.DeleteAsync(Tables.TradedGex, null, Cancel));
            Assert.Equal(Old, await prune.DeleteAsync(Tables.OptionChains, null, Cancel));
        }

        Task? rebuild = null;
        await prune.DeleteAsync(Tables.TradedGex, new Told(_ =>
        {
            rebuild ??= TableVersion.BeginAsync(database.Source, database.ConnectionString, Tables.TradedGex, Cancel);
            SpinWait.SpinUntil(() => rebuild.IsCompleted, TimeSpan.FromSeconds(20));
        }), Cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() => rebuild!);
        await using (await TableVersion.BeginAsync(database.Source, database.ConnectionString, Tables.TradedGex, Cancel)) { }
    }

    [Fact]
    public async Task The_command_says_what_goes_and_asks()
    {
        await using var database = await FilledAsync("SPY");
        string all = await AllAsync(database);

        await SaysAsync(0, "56 rows before 2026-01-16 would be deleted.", "--before", "2026-01-16", "--dry-run", "-f", "table");
        await SaysAsync(0, """{"before":"2026-01-16","deleted":false,"tables":[{"name":"flow_seconds","rows":5,"oldest":"2026-01-13T15:00:00+00:00"}]}""", "--before", "2026-01-16", "--dry-run", "--table", "flow_seconds");
        await SaysAsync(2, "56 rows before 2026-01-16 would be deleted. Say --yes if that is meant.", "--before", "2026-01-16");
        await SaysAsync(2, "--before 16/01/2026: a date looks like 2026-01-16.", "--before", "16/01/2026", "--yes");
        await SaysAsync(2, "--before 2026-02-30: a date looks like 2026-01-16.", "--before", "2026-02-30", "--yes");
        await SaysAsync(2, "The session of 2126-01-16 has not begun", "--before", "2126-01-16", "--yes");
        await SaysAsync(2, "chain_greeks keeps the newest rows only", "--before", "2026-01-16", "--table", "greeks_latest", "--yes");
        await SaysAsync(2, "There is no table gex.", "--before", "2026-01-16", "--table", "gex", "--yes");
        await SaysAsync(0, "0 rows before 2026-01-13 deleted.", "--before", "2026-01-13", "-f", "table");
        Assert.Equal(all, await AllAsync(database));

        await SaysAsync(0, """{"before":"2026-01-16","deleted":true,"tables":[{"name":"chain_gex","rows":5,"oldest":"2026-01-13T15:00:00+00:00"}]}""", "--before", "2026-01-16", "--table", "gex_levels", "--yes");
        await SaysAsync(0, "51 rows before 2026-01-16 deleted.", "--before", "2026-01-16", "--yes", "-f", "table");
        await SaysAsync(0, "0 rows before 2026-01-16 deleted.", "--before", "2026-01-16", "-f", "table");

        async Task SaysAsync(int code, string said, params string[] arguments)
        {
            NpgsqlConnectionStringBuilder settings = new(database.ConnectionString);
            Dictionary<string, string> environment = new()
            {
                ["DB_HOST"] = settings.Host!,
                ["DB_PORT"] = $"{settings.Port}",
                ["DB_NAME"] = settings.Database!,
                ["DB_USER"] = settings.Username!,
                ["DB_PASSWORD"] = settings.Password ?? "",
                ["ZEROGEX_HOME"] = Servers.NewFolder(),
            };
            await using var process = ZeroGexProcess.Start("tables", environment, ["tables", "prune", .. arguments]);
            Assert.NotNull(await process.ExitAsync(TimeSpan.FromMinutes(1)));
            Assert.Contains(said, process.Output, StringComparison.Ordinal);
            Assert.Equal(code, process.ExitCode);
        }

        static async Task<string> AllAsync(TestDatabase database)
        {
            List<string> rows = [];
            foreach (var table in Tables.All) rows.AddRange(await database.RowsAsync($"select xmin, ctid, row::text from {table.Name} as row order by 2"));
            return string.Join('\n', rows);
        }
    }

    const int Old = 9_000;

    /// <summary>Windows and minutes of options of 17 July 2025, <see cref="Old"/> rows each.</summary>
    static async Task<TestDatabase> OldAsync()
    {
        var database = await TestDatabase.NewAsync();
        await database.ExecuteAsync($$"""
            insert into traded_gex (time, root, expiration, measure, spot, sum, strikes, aggressor_share, trade_count, volume, incomplete, model)
            select '2025-07-17 15:30Z'::timestamptz + second * interval '1 second', 'SPY', '2025-07-18', 'naive_day', 455, second, '[]', 1, 1, 1, false, '{}' from generate_series(1, {{Old}}) as second;
            insert into option_chains (option_symbol, timestamp, underlying, strike, expiration, option_type, last, volume)
            select 'SPY ' || contract, '2025-07-17 15:30Z'::timestamptz + minute * interval '1 minute', 'SPY', contract, '2025-07-18', 'C', 1, minute / 3
              from generate_series(1, {{Old}} / 30) as contract, generate_series(1, 30) as minute
            """);
        return database;
    }

    static OptionChainRow Option(DateTimeOffset minute, long volume) => new("SPY 1", minute, "SPY", 1, new(2025, 7, 18), "C", 1, 1, 1, volume, 1, 0.2, 0.5, 0.01, -0.1, 0.2, "mid", false);

    /// <summary>A row of every table at all those times, of each owner.</summary>
    static async Task<TestDatabase> FilledAsync(params string[] owners)
    {
        var database = await TestDatabase.NewAsync();
        foreach (var table in Tables.All)
        {
            var columns = (await database.RowsAsync($"select column_name, data_type from information_schema.columns where table_schema = 'public' and table_name = '{table.Name}' and column_name <> 'created_at' order by ordinal_position"))
                .Select(row => row.Split('|')).ToArray();
            var rows = from owner in owners from time in Times.Index() select $"({string.Join(", ", columns.Select(column => Value(table, owner, time.Index, time.Item, column[0], column[1])))})";
            await database.ExecuteAsync($"insert into {table.Name} ({string.Join(", ", columns.Select(column => column[0]))}) values {string.Join(", ", rows)} on conflict do nothing");
        }

        return database;
    }

    static string Value(TableShape table, string owner, int number, string time, string column, string type) => column switch
    {
        _ when column == table.Owner => $"'{owner}'",
        "option_symbol" => $"'{owner} C'",
        "measure" => "'naive_day'",
        "scope" => "'all'",
        "weight" => "'open_interest'",
        "state" => "'ok'",
        "event" => "'raised'",
        "severity" => "'info'",
        "option_type" => "'C'",
        "regime" => "1",
        _ => type switch
        {
            "timestamp with time zone" => $"'2026-01-{time}Z'",
            "jsonb" => "'[]'",
            "boolean" => "false",
            "date" => "'2026-02-20'",
            "text" => "'text'",
            _ => $"{number}",
        },
    };

    static async Task<IReadOnlyList<string>> TimesAsync(TestDatabase database, TableShape table, string owner) =>
        await database.RowsAsync($"select to_char({table.Time} at time zone 'UTC', 'DD HH24:MI') from {table.Name} where {table.Owner} = '{owner}' order by 1");

    // What is rolled up is what a query over the rows that are there gives, no more and no less.
    static async Task AssertRolledUpAsync(TestDatabase database)
    {
        foreach (var (width, view) in ((string, string)[])[("1 minute", "1m"), ("5 minutes", "5m"), ("1 hour", "1h"), ("1 day", "1d")])
        {
            await SameAsync(
                $"select date_bin('{width}', time, '2000-01-01 00:00+00'), root, expiration, measure, count(*), (array_agg(sum order by time))[1], max(sum), (array_agg(sum order by time desc))[1], sum(volume)::bigint from traded_gex group by 1, 2, 3, 4",
                $"select time, root, expiration, measure, windows, sum_open, sum_high, sum_close, volume from traded_gex_{view}");
            await SameAsync(
                $"select symbol, date_bin('{width}', timestamp, '2000-01-01 00:00+00'), (array_agg(open order by timestamp))[1], max(high), min(low), (array_agg(close order by timestamp desc))[1], sum(up_volume)::bigint from underlying_quotes group by 1, 2",
                $"select symbol, timestamp, open, high, low, close, up_volume from underlying_quotes_{view}");
        }

        await SameAsync(
            "select underlying, timestamp, sum(contracts)::bigint, sum(notional), max(created_at) from option_flow group by 1, 2",
            "select underlying, timestamp, call_contracts + put_contracts, call_notional + put_notional, created_at from flow_by_type");
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from option_chains_buckets where is_stale"));

        async Task SameAsync(string rows, string rolledUp) => Assert.Empty(await database.RowsAsync($"(({rows}) except all ({rolledUp})) union all (({rolledUp}) except all ({rows}))"));
    }

    static DateOnly Day(string date) => DateOnly.Parse(date, CultureInfo.InvariantCulture);

    static DateTimeOffset? At(string time) => DateTimeOffset.Parse($"2026-01-{time}Z", CultureInfo.InvariantCulture);

    // Between two transactions.
    sealed class Told(Action<long> act) : IProgress<long>
    {
        public int Times { get; private set; }

        public long Last { get; private set; }

        public void Report(long value)
        {
            Times++;
            act(Last = value);
        }
    }
}
