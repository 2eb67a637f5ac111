using Xunit;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>What holds of every table of results.</summary>
public sealed class TableShapeTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tables_have_the_columns_and_keys_that_their_rows_say()
    {
        await using var database = await TestDatabase.NewAsync();
        foreach (var table in Tables.All)
        {
            // The legacy table has a column with a default that no row carries.
            Assert.Equal(
                table.Columns.Append("created_at").Order(StringComparer.Ordinal),
                (await database.RowsAsync($"select column_name from information_schema.columns where table_name = '{table.Name}' and column_name <> 'msg_type'")).Order(StringComparer.Ordinal));
            Assert.Equal(string.Join(", ", table.Key), await database.ScalarAsync<string>($$"""
                select replace((regexp_match(pg_get_constraintdef(oid), 'PRIMARY KEY \((.*)\)'))[1], '"', '') from pg_constraint where conrelid = '{{table.Name}}'::regclass and contype = 'p'
                """));
        }
    }

    // The columns, types and keys that reference queries rely on, written down from the law, and behind them what was added since.
    [Fact]
    public async Task Minute_tables_have_their_public_columns_types_and_keys()
    {
        await using var database = await TestDatabase.NewAsync();
        Assert.Equal(
            [
                "symbol text", "timestamp timestamp with time zone", "open numeric(12,4)", "high numeric(12,4)", "low numeric(12,4)", "close numeric(12,4)",
                "up_volume bigint", "down_volume bigint", "created_at timestamp with time zone", "source text", "incomplete boolean", "model jsonb",
            ], await ColumnsAsync(database, "underlying_quotes"));
        Assert.Equal(
            [
                "option_symbol text", "timestamp timestamp with time zone", "underlying text", "strike numeric(12,4)", "expiration date", "option_type text",
                "last numeric(12,4)", "bid numeric(12,4)", "ask numeric(12,4)", "volume bigint", "open_interest bigint", "implied_volatility numeric(8,6)",
                "delta numeric(8,6)", "gamma numeric(10,8)", "theta numeric(10,6)", "vega numeric(10,6)", "created_at timestamp with time zone", "volatility_source text", "incomplete boolean",
            ], await ColumnsAsync(database, "option_chains"));
    }

    [Fact]
    public async Task Rows_of_several_tables_and_their_marks_commit_together_or_not_at_all()
    {
        await using var database = await TestDatabase.NewAsync();
        var minute = new UnderlyingQuoteRow("SPY", Noon, 455, 456, 454, 455.5, 10, null, "vendor bars", false, """{"source": "vendor bars"}""");
        var option = new OptionChainRow("SPY 260116C455", Noon, "SPY", 455, new(2026, 1, 16), "C", 1.25, 1.2, 1.3, 100, null, 0.2, 0.5, 0.01, -0.1, 0.2, "mid", false);
        ProgressMark mark = new("bars", "quotes/SPY/2026-01-16", new(1, 7));
        TableWrite Both(OptionChainRow row) => new TableWrite().Add(Tables.OptionChains, row).Add(Tables.UnderlyingQuotes, minute).Mark(mark);

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Both(option with { Delta = 100 }).CommitAsync(database.Source, Cancel)); // Out of its column's range.
        Assert.Equal(0, await database.ScalarAsync<long>("select (select count(*) from underlying_quotes) + (select count(*) from consumer_progress)"));

        Assert.Equal([("option_chains", 1), ("underlying_quotes", 1)], (await Both(option).CommitAsync(database.Source, Cancel)).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("option_chains", 0), ("underlying_quotes", 0)], (await Both(option).CommitAsync(database.Source, Cancel)).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([minute], await Tables.UnderlyingQuotes.ReadAsync(database.Source, $"select {Tables.UnderlyingQuotes.SelectList} from underlying_quotes", [], Cancel));
        Assert.Equal([option], await Tables.OptionChains.ReadAsync(database.Source, $"select {Tables.OptionChains.SelectList} from option_chains", [], Cancel));
        Assert.Equal(new(1, 7), (await new ProgressTable(database.Source).ReadAsync("bars", Cancel))["quotes/SPY/2026-01-16"]);
    }

    [Fact]
    public async Task A_write_that_keeps_one_table_leaves_the_others_out()
    {
        await using var database = await TestDatabase.NewAsync();
        var minute = new UnderlyingQuoteRow("SPY", Noon, 455, 456, 454, 455.5, 10, null, "vendor bars", false, """{"source": "vendor bars"}""");
        ChainMaxPainRow pain = new(Noon, "SPY", null, "[]", false, "{}");

        await new TableWrite(only: "chain_max_pain").Add(Tables.UnderlyingQuotes, minute).Add(Tables.ChainMaxPain, pain).CommitAsync(database.Source, Cancel);

        Assert.Equal(1, await database.ScalarAsync<long>("select (select count(*) from underlying_quotes) + (select count(*) from chain_max_pain)"));
    }

    [Fact]
    public async Task The_newest_greeks_are_never_replaced_by_older_ones()
    {
        await using var database = await TestDatabase.NewAsync();
        ChainGreeksRow row = new("SPY", new(2026, 1, 16), Noon, 455, 455.1, 0.01, "[]", false, """{"rate": 0.05}""");
        Task<IReadOnlyDictionary<string, int>> WriteAsync(ChainGreeksRow greeks) => new TableWrite().Add(Tables.ChainGreeks, greeks).CommitAsync(database.Source, Cancel);

        Assert.Equal(1, (await WriteAsync(row))["chain_greeks"]);
        Assert.Equal(0, (await WriteAsync(row with { Time = Noon.AddSeconds(-1), Spot = 454 }))["chain_greeks"]);
        Assert.Equal(1, (await WriteAsync(row with { Spot = 456 }))["chain_greeks"]);
        Assert.Equal(1, (await WriteAsync(row with { Time = Noon.AddSeconds(1), Spot = 457 }))["chain_greeks"]);
        Assert.Equal(457, await database.ScalarAsync<double>("select spot from chain_greeks"));
    }

    static Task<IReadOnlyList<string>> ColumnsAsync(TestDatabase database, string table) => database.RowsAsync($"""
        select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 order by attnum
        """);

    // Every table of results that has JSON, and its copies for replays and rebuilds.
    [Fact]
    public async Task Json_is_compressed_by_lz4_where_the_server_has_it()
    {
        await using var database = await TestDatabase.NewAsync();
        Assert.True(await database.ScalarAsync<bool>("select exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals))"), "Debian's PostgreSQL has it.");
        await new ReplayRuns(database.Source).BeginAsync("lz4", "{}", Cancel);
        string tables = string.Join(", ", Tables.All.Select(table => $"'{table.Name}'"));
        Assert.Equal(
            ["public|l", "replay_lz4|l"],
            await database.RowsAsync($"""
                select distinct nspname, attcompression::text from pg_class join pg_namespace on pg_namespace.oid = relnamespace join pg_attribute on attrelid = pg_class.oid
                 where relname in ({tables}) and atttypid = 'jsonb'::regtype and not attisdropped order by 1
                """));
    }
}
