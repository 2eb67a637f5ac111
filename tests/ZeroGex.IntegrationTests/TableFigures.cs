using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>How fast the tables are here. Run with <c>-explicit only -class "*TableFigures"</c>; nothing is asserted but the counts.</summary>
public sealed class TableFigures
{
    const int Rounds = 21;

    static readonly DateTimeOffset Open = new(2026, 1, 5, 14, 30, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Rows_written_a_second_by_table()
    {
        await using var database = await TestDatabase.NewAsync();
        string ladder = Ladder(30, 3), model = """{"convention": "traded: naive per $1, canonical per 1 %", "rate": 0.05, "dividendYield": 0, "dayCount": "calendar seconds / 365 d (canonical), / 262 d (legacy)", "volatilitySource": "print price"}""";
        string prints = $"[{string.Join(", ", Enumerable.Range(0, 10).Select(i => $$"""{"root": "SPY", "strike": {{400 + i}}.0, "size": {{i}}, "price": 1.5}"""))}]";
        DateOnly expiration = new(2026, 2, 20);

        await WriteAsync(database, Tables.LegacyGex, 20_000, i => new GexRow(Open.AddSeconds(i / 10), "SPY", $"2026-02-{1 + i % 10:00}", 455.7, 456, 460, 450, 1e9, 458, 452, prints, ladder, 10, 100));
        await WriteAsync(database, Tables.TradedGex, 20_000, i => new TradedGexRow(
            Open.AddSeconds(i / 40), "SPY", expiration.AddDays(i % 10), Measures[i / 10 % 4], 455.7, 1e9, 456, 460, 450, 458, 452, ladder, 0.9, 10, 100, false, model));
        await WriteAsync(database, Tables.UnderlyingQuotes, 20_000, i => new UnderlyingQuoteRow($"S{i % 5}", Open.AddMinutes(i / 5), 455, 456, 454, 455.5, 1_000, 900, "vendor bars", false, "{}"));
        await WriteAsync(database, Tables.OptionChains, 100_000, i => new OptionChainRow(
            $"SPY 260220C{i % 500}", Open.AddMinutes(i / 500), "SPY", 1 + i % 500, expiration, "C", 1.5, 1.4, 1.6, i, 1_000, 0.2, 0.5, 0.01, -0.1, 0.2, "mid", false));
        await WriteAsync(database, Tables.ChainGex, 4_000, i => new ChainGexRow(
            Open.AddSeconds(i / 8), "SPY", Scopes[i % 4], i / 4 % 2 == 0 ? "open_interest" : "volume", 455.7, 1, 450, "[450]", 455, 460, 440, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4,
            Ladder(200, 5), Ladder(30, 6), Ladder(161, 2), false, model));
        await WriteAsync(database, Tables.ChainMaxPain, 4_000, i => new ChainMaxPainRow(Open.AddSeconds(i), "SPY", 455.7, Ladder(30, 9), false, model));
        await WriteAsync(database, Tables.ChainGreeks, 1_000, i => new ChainGreeksRow("SPY", expiration.AddDays(i % 30), Open.AddSeconds(i / 30), 455.7, 455.8, 0.1, Ladder(400, 18), false, model));
    }

    [Fact(Explicit = true)]
    public async Task Panels_over_six_hours_of_one_symbol_out_of_30_days_of_five_roots()
    {
        await using var database = await TestDatabase.NewAsync();
        const string Roots = "unnest('{SPY,QQQ,SPXW,TSLA,NVDA}'::text[]) as root", Days = "generate_series(0, 29) as day";
        const string At = "timestamptz '2026-01-05 14:30Z' + day * interval '1 day' + second * interval '1 second'";
        await FillAsync(database, "traded_gex", $"""
            insert into traded_gex (time, root, expiration, measure, spot, sum, zero_gamma, strikes, aggressor_share, trade_count, volume, incomplete, model)
            select {At}, root, date '2026-02-20', 'naive_day', 400 + second * 0.01, second * 1000, 401, '{Ladder(10, 3)}', 0.5, 1, 2, false, {Model} from {Days}, generate_series(1, 23400, 5) as second, {Roots} order by 1, 2
            """);
        await FillAsync(database, "inferred_gexray3", $"""
            insert into inferred_gexray3 (time, ticker, expiration, spot, zero_gamma, major_pos_vol, major_neg_vol, sum_gex_vol, trades, strikes, trade_count, total_volume)
            select {At}, root, '2026-02-20', 400 + second * 0.01, 401, 410, 390, second * 1000, '[]', '{Ladder(10, 3)}', 1, 2 from {Days}, generate_series(1, 23400) as second, {Roots} order by 1, 2
            """);
        await FillAsync(database, "traded_gex_buckets", """
            insert into traded_gex_buckets
            select interval '1 minute', date_bin('1 minute', time, '2000-01-01 00:00Z'), root, expiration, measure, count(*), min(spot), max(spot), min(spot), max(spot), min(sum), max(sum), min(sum), max(sum),
                   401, null, null, 0.5, sum(trade_count), sum(volume), false from traded_gex group by 2, 3, 4, 5 order by 2
            """);
        await FillAsync(database, "chain_gex", $"""
            insert into chain_gex (time, root, scope, weight, spot, regime, crossings, gamma_call, gamma_put, gamma_net, gamma_gross, delta_call, delta_put, delta_net, delta_gross, vanna_call, vanna_put,
                vanna_net, vanna_gross, charm_call, charm_put, charm_net, charm_gross, flip, call_wall, put_wall, strikes, expirations, profile, incomplete, model)
            select {At}, root, 'all', 'open_interest', 400, 1, '[]', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 401, 420, 390, '[]', '[]', '[]', false, {Model} from {Days}, generate_series(1, 23400, 10) as second, {Roots} order by 1, 2
            """);
        await FillAsync(database, "underlying_quotes", $"insert into underlying_quotes select root, {At}, 400, 401, 399, 400, 10, 20 from {Days}, generate_series(0, 23399, 60) as second, {Roots} order by 2, 1");
        await FillAsync(database, "option_chains", $"""
            insert into option_chains (option_symbol, timestamp, underlying, strike, expiration, option_type, last, bid, ask, volume, open_interest, implied_volatility, delta, gamma, theta, vega)
            select root || ' ' || number, {At}, root, 400 + number, date '2026-02-20', case number % 2 when 0 then 'C' else 'P' end, 1.5, 1.4, 1.6, second, 1000, 0.2, 0.5, 0.01, -0.1, 0.2
              from {Days}, generate_series(0, 23399, 60) as second, {Roots}, generate_series(1, 40) as number order by 2, 1
            """);
        await FillAsync(database, "option_chains_buckets", """
            insert into option_chains_buckets
            select underlying, timestamp, expiration, option_type, false, min(expiration - session), count(*), sum(volume_delta), sum(volume_delta * last * 100),
                   sum(implied_volatility), count(implied_volatility), sum(delta), count(delta), sum(gamma), count(gamma), sum(theta), count(theta), sum(vega), count(vega)
              from option_chains_with_deltas where volume_delta > 0 group by 1, 2, 3, 4
            """);

        const string Hours = "between '2026-01-20 14:30Z' and '2026-01-20 20:30Z'";
        await AskAsync(database, "windows, every second, legacy", $"select time, spot, zero_gamma, sum_gex_vol from inferred_gexray3 where ticker = 'SPY' and time {Hours} order by time");
        await AskAsync(database, "windows, every 5 s", $"select time, spot, sum, zero_gamma from traded_gex where root = 'SPY' and measure = 'naive_day' and time {Hours} order by time");
        await AskAsync(database, "windows, by the minute", $"select time, spot_close, sum_close, zero_gamma from traded_gex_1m where root = 'SPY' and measure = 'naive_day' and time {Hours} order by time");
        await AskAsync(database, "levels of a chain, every 10 s", $"select time, spot, flip, call_wall, put_wall, gamma_net from gex_levels where root = 'SPY' and scope = 'all' and weight = 'open_interest' and time {Hours} order by time");
        await AskAsync(database, "minutes of the underlying", $"select timestamp, close, up_volume from underlying_quotes_1m where symbol = 'SPY' and timestamp {Hours} order by timestamp");
        await AskAsync(database, "buying pressure", $"select timestamp, buying_pressure, signal from underlying_buying_pressure where symbol = 'SPY' and timestamp {Hours} order by timestamp");
        await AskAsync(database, "flow by type, 40 contracts", $"select timestamp, call_notional, put_notional from flow_by_type where underlying = 'SPY' and timestamp {Hours} order by timestamp");
    }

    [Fact(Explicit = true)]
    public async Task Old_rows_pruned_a_second_by_table()
    {
        await using var database = await TestDatabase.NewAsync();
        const string Roots = "unnest('{SPY,QQQ,SPXW,TSLA,NVDA}'::text[]) as root", Days = "generate_series(0, 2) as day", At = "timestamptz '2026-01-05 14:30Z' + day * interval '1 day' + second * interval '1 second'";
        await FillAsync(database, "inferred_gexray3", $"""
            insert into inferred_gexray3 (time, ticker, expiration, spot, zero_gamma, major_pos_vol, major_neg_vol, sum_gex_vol, trades, strikes, trade_count, total_volume)
            select {At}, root, '2026-02-20', 400, 401, 410, 390, second, '[]', '{Ladder(10, 3)}', 1, 2 from {Days}, generate_series(1, 23400) as second, {Roots} order by 1, 2
            """);
        await FillAsync(database, "traded_gex", $"""
            insert into traded_gex (time, root, expiration, measure, spot, sum, zero_gamma, strikes, aggressor_share, trade_count, volume, incomplete, model)
            select {At}, root, date '2026-02-20', 'naive_day', 400, second, 401, '{Ladder(10, 3)}', 0.5, 1, 2, false, {Model} from {Days}, generate_series(1, 23400) as second, {Roots} order by 1, 2
            """, rollsUp: true);
        await FillAsync(database, "option_chains", $"""
            insert into option_chains (option_symbol, timestamp, underlying, strike, expiration, option_type, last, bid, ask, volume, open_interest, implied_volatility, delta, gamma, theta, vega)
            select root || ' ' || number, {At}, root, 400 + number, date '2026-02-20' + number % 10, case number % 2 when 0 then 'C' else 'P' end, 1.5, 1.4, 1.6, second / 300, 1000, 0.2, 0.5, 0.01, -0.1, 0.2
              from {Days}, generate_series(0, 23399, 60) as second, {Roots}, generate_series(1, 100) as number order by 2, 1
            """, rollsUp: true);

        foreach (var table in new TableShape[] { Tables.LegacyGex, Tables.TradedGex, Tables.OptionChains })
        {
            long start = Stopwatch.GetTimestamp(), before = start;
            double longest = 0;
            long rows = await new TablePrune(database.Source, new(2026, 1, 7), []).DeleteAsync(table, new Told(() =>
            {
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(before).TotalMilliseconds);
                before = Stopwatch.GetTimestamp();
            }), Cancel);
            Print($"{table.Name}: {rows:N0} rows of two sessions pruned, {rows / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} rows/s, the longest transaction {longest:N0} ms");
        }
    }

    sealed class Told(Action act) : IProgress<long>
    {
        public void Report(long value) => act();
    }

    const string Model = """'{"convention": "traded: naive per $1, canonical per 1 %", "rate": 0.05, "dayCount": "calendar seconds / 365 d"}'""";

    static readonly string[] Measures = [GexMeasure.NaiveWindow, GexMeasure.NaiveDay, GexMeasure.DealerSignedWindow, GexMeasure.DealerSignedDay];

    static readonly string[] Scopes = ["all", "0dte", "weekly", "monthly"];

    static string Ladder(int rungs, int columns) =>
        $"[{string.Join(", ", Enumerable.Range(0, rungs).Select(rung => $"[{string.Join(", ", Enumerable.Range(0, columns).Select(column => string.Create(CultureInfo.InvariantCulture, $"{400 + rung + column * 1234.5678}")))}]"))}]";

    static async Task WriteAsync<TRow>(TestDatabase database, TableShape<TRow> table, int count, Func<int, TRow> row) where TRow : class
    {
        var rows = Enumerable.Range(0, count).Select(row).ToArray();
        foreach (string what in (string[])["new", "equal"])
        {
            long start = Stopwatch.GetTimestamp();
            foreach (var chunk in rows.Chunk(1_000)) await new TableWrite().Add(table, chunk).CommitAsync(database.Source, Cancel);
            Print($"{table.Name}: {count / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} {what} rows/s, 1,000 a transaction");
        }
    }

    static async Task FillAsync(TestDatabase database, string table, string sql, bool rollsUp = false)
    {
        // The triggers of a copied table would make the roll-ups row by row.
        if (!rollsUp) await database.ExecuteAsync($"set statement_timeout = 0; alter table {table} disable trigger user");
        await using var command = database.Source.CreateCommand(sql);
        command.CommandTimeout = 0;
        Print($"{table}: {await command.ExecuteNonQueryAsync(Cancel):N0} rows");
        await using var vacuum = database.Source.CreateCommand($"vacuum analyze {table}");
        vacuum.CommandTimeout = 0;
        await vacuum.ExecuteNonQueryAsync(Cancel);
    }

    static async Task AskAsync(TestDatabase database, string what, string sql)
    {
        List<double> times = [];
        int rows = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            rows = await CountAsync(database, sql);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        string plan = string.Join(' ', await database.RowsAsync($"explain (costs off) {sql}"));
        Print($"{what}: {rows:N0} rows in {times.Min():N1} ms at best, {times.Order().ElementAt(Rounds / 2):N1} ms in the median of {Rounds}; {(plan.Contains("Index Only Scan", StringComparison.Ordinal) ? "from an index alone" : "from the table")}");
    }

    // Until the last value is here; making text of them would take longer than the query does.
    static async Task<int> CountAsync(TestDatabase database, string sql)
    {
        int rows = 0;
        await using var command = database.Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        object[] values = new object[reader.FieldCount];
        for (; await reader.ReadAsync(Cancel); rows++) reader.GetValues(values);
        return rows;
    }

    static void Print(FormattableString line) => TestContext.Current.TestOutputHelper!.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
