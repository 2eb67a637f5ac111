using System.Globalization;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Consumers;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>What the views make of the rows, with figures worked out by hand.</summary>
public sealed class TableViewTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Friday's session ends at 20:00 in New York (01:00 UTC in winter); what comes then, over the weekend, and on Monday, a holiday, is Tuesday's.
    [Fact]
    public async Task Deltas_start_from_zero_at_the_first_row_of_a_session()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.OptionChains,
            Option("2026-01-16T14:31Z", volume: 100, openInterest: 900),
            Option("2026-01-16T14:33Z", volume: 130, openInterest: 900),
            Option("2026-01-17T00:59Z", volume: 150, openInterest: 890),
            Option("2026-01-17T01:00Z", volume: 7, openInterest: 890),
            Option("2026-01-18T15:00Z", volume: 9, openInterest: 890),
            Option("2026-01-19T14:31Z", volume: 10, openInterest: 880),
            Option("2026-01-20T00:59Z", volume: null, openInterest: null),
            Option("2026-01-20T14:31Z", volume: 3, openInterest: 880) with { OptionSymbol = "SPY 260220P400", OptionType = "P", Strike = 400 }).CommitAsync(database.Source, Cancel);

        Assert.Equal(
            [
                "01/16 14:31|100|900|01/16", "01/16 14:33|30|0|01/16", "01/17 00:59|20|-10|01/16", "01/17 01:00|7|890|01/20", "01/18 15:00|2|0|01/20",
                "01/19 14:31|1|-10|01/20", "01/20 00:59|||01/20", "01/20 14:31|3|880|01/20",
            ],
            await database.RowsAsync("""
                select to_char(timestamp at time zone 'UTC', 'MM/DD HH24:MI'), volume_delta, open_interest_delta, to_char(session, 'MM/DD')
                  from option_chains_with_deltas order by timestamp
                """));
        // A filter on time finds the row before although that is outside.
        Assert.Equal(["30"], await database.RowsAsync("select volume_delta from option_chains_with_deltas where timestamp = '2026-01-16 14:33Z'"));
    }

    // New York is five hours behind. The night until four is no gap, nor is what lies between sessions; five minutes are none yet.
    [Fact]
    public async Task Missing_minutes_within_a_session_are_gaps()
    {
        await using var database = await TestDatabase.NewAsync();
        string[] minutes = ["01-16T02:00", "01-16T09:05", "01-16T09:06", "01-16T09:12", "01-16T09:19", "01-17T00:58", "01-17T01:30", "01-20T14:30", "01-20T14:31"];
        await new TableWrite().Add(Tables.UnderlyingQuotes, [.. minutes.Select(minute => Minute($"2026-{minute}Z", 1, 1))]).CommitAsync(database.Source, Cancel);
        Assert.Equal(
            ["01/16|09:13|09:19|6", "01/16|09:20|00:58|938", "01/20|09:00|14:30|330", "01/20|14:32|21:00|388"],
            await GapsAsync(database, "SPY"));

        // Of today's session three are enough.
        DateTime now = DateTime.UtcNow;
        DateTimeOffset minute = new(now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)), TimeSpan.Zero);
        var own = Minute("2026-01-16T15:00Z", 1, 1) with { Symbol = "QQQ" };
        await new TableWrite().Add(Tables.UnderlyingQuotes, own with { Timestamp = minute.AddMinutes(-4) }, own with { Timestamp = minute }).CommitAsync(database.Source, Cancel);
        var clock = NewYork.LocalOf(minute).TimeOfDay;
        bool isSession = new NyseCalendar().SessionOf(minute.AddMinutes(-4)) == new NyseCalendar().SessionOf(minute) && DateOnly.FromDateTime(NewYork.LocalOf(minute)) == new NyseCalendar().SessionOf(minute)
            && clock >= TimeSpan.FromHours(4.1) && clock < TimeSpan.FromHours(20);
        Assert.Equal(isSession ? 1 : 0, await database.ScalarAsync<long>($"select count(*) from underlying_gaps where symbol = 'QQQ' and to_time = '{minute:O}'"));
    }

    // From the open to the first row and from the last row to the close; before the open and after the close nothing need be there, and five minutes are none yet.
    [Theory]
    [InlineData("2026-01-16T14:36Z 2026-01-16T20:53Z", "01/16|14:30|14:36|6", "01/16|14:37|20:53|376", "01/16|20:54|21:00|6")]
    [InlineData("2026-01-16T14:35Z 2026-01-16T20:54Z", "01/16|14:36|20:54|378")]
    [InlineData("2026-01-16T14:26Z 2026-01-16T14:31Z 2026-01-16T21:30Z", "01/16|14:32|21:30|418")]
    [InlineData("2026-01-16T14:00Z", "01/16|14:01|21:00|419")]
    [InlineData("2026-01-16T22:00Z", "01/16|14:30|22:00|450")]
    [InlineData("2026-01-16T02:00Z", "01/16|09:00|21:00|720")] // The evening before.
    [InlineData("2026-07-16T15:00Z", "07/16|13:30|15:00|90", "07/16|15:01|20:00|299")] // In summer.
    [InlineData("2026-01-16T20:50Z 2026-01-20T13:00Z", "01/16|14:30|20:50|380", "01/16|20:51|21:00|9", "01/20|13:01|21:00|479")] // Each session has its own; the holiday between them has none.
    public async Task Missing_minutes_at_the_ends_of_a_session_are_gaps(string minutes, params string[] gaps)
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.UnderlyingQuotes, [.. minutes.Split(' ').Select(minute => Minute(minute, 1, 1))]).CommitAsync(database.Source, Cancel);
        Assert.Equal(gaps, await GapsAsync(database, "SPY"));
        Assert.Empty(await GapsAsync(database, "QQQ"));
    }

    // By the calendar that all else goes by: one row, at the open, of every session of twelve years.
    [Fact]
    public async Task Half_days_end_at_one()
    {
        await using var database = await TestDatabase.NewAsync();
        DateOnly[] sessions = [.. Enumerable.Range(0, 12 * 366).Select(day => new DateOnly(2014, 1, 2).AddDays(day)).Where(NyseCalendar.IsTradingDay)];
        await new TableWrite().Add(Tables.UnderlyingQuotes, [.. sessions.Select(session => Minute("2026-01-16T15:00Z", 1, 1) with { Timestamp = NewYork.At(session, new(9, 30)) })]).CommitAsync(database.Source, Cancel);
        Assert.Equal(
            sessions.Select(session => $"{session:yyyy-MM-dd} {NyseCalendar.CloseOf(session):HH:mm}"),
            await database.RowsAsync("select to_char(session, 'YYYY-MM-DD ') || to_char(to_time at time zone 'America/New_York', 'HH24:MI') from underlying_gaps order by session"));
    }

    // How much of the session is over depends on when this runs: what is still to come is no gap.
    [Fact]
    public async Task Minutes_that_are_still_to_come_are_no_gaps()
    {
        await using var database = await TestDatabase.NewAsync();
        DateTimeOffset now = DateTimeOffset.UtcNow, last = new(now.Ticks - now.Ticks % TimeSpan.TicksPerMinute - 4 * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        DateOnly session = new NyseCalendar().SessionOf(last);
        TimeSpan enough = TimeSpan.FromMinutes(NewYork.At(session, new(20, 0)) > now ? 2 : 5);
        DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
        DateTimeOffset open = NewYork.At(session, new(9, 30)), close = NewYork.At(session, NyseCalendar.CloseOf(session)), end = close < last.AddMinutes(4) ? close : last.AddMinutes(4), from = Later(last.AddMinutes(1), NewYork.At(session, new(4, 0)));
        await new TableWrite().Add(Tables.UnderlyingQuotes, Minute("2026-01-16T15:00Z", 1, 1) with { Timestamp = last }).CommitAsync(database.Source, Cancel);

        Assert.Equal(
            [.. last - open > enough ? [$"{open:HH:mm}"] : Array.Empty<string>(), .. end - from > enough ? [$"{from:HH:mm}"] : Array.Empty<string>()],
            await database.RowsAsync("select to_char(from_time at time zone 'UTC', 'HH24:MI') from underlying_gaps where to_time <= now() order by from_time"));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from underlying_gaps where to_time > now() or from_time <> date_trunc('minute', from_time) or to_time <> date_trunc('minute', to_time)"));
    }

    static Task<IReadOnlyList<string>> GapsAsync(TestDatabase database, string symbol) => database.RowsAsync($"""
        select to_char(session, 'MM/DD'), to_char(from_time at time zone 'UTC', 'HH24:MI'), to_char(to_time at time zone 'UTC', 'HH24:MI'), round(extract(epoch from missing) / 60)
          from underlying_gaps where symbol = '{symbol}' order by from_time
        """);

    // Martin Luther King Day ends at 20:00 in New York as any other day does, and what comes then goes on from it.
    [Fact]
    public async Task A_holiday_and_the_evening_after_it_are_one_session()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.UnderlyingQuotes, Minute("2026-01-19T15:00Z", 500, 50), Minute("2026-01-20T01:30Z", 520, 80)).CommitAsync(database.Source, Cancel);
        // A statement each, the later first: the holiday's row takes away from what the evening's has counted.
        await new TableWrite().Add(Tables.OptionChains, Option("2026-01-20T01:30Z", volume: 520, openInterest: 900)).CommitAsync(database.Source, Cancel);
        Assert.Equal(["520|780|31"], await database.RowsAsync("select call_contracts, round(call_notional / 100), round(days_to_expiry) from flow_by_type"));
        await new TableWrite().Add(Tables.OptionChains, Option("2026-01-19T15:00Z", volume: 500, openInterest: 900)).CommitAsync(database.Source, Cancel);

        Assert.Equal(["500|900|01/20", "20|0|01/20"], await database.RowsAsync("select volume_delta, open_interest_delta, to_char(session, 'MM/DD') from option_chains_with_deltas order by timestamp"));
        Assert.Equal(["500|50", "20|30"], await database.RowsAsync("select up_volume_delta, down_volume_delta from underlying_quotes_with_deltas order by timestamp"));
        Assert.Equal(["500|750|31", "20|30|31"], await database.RowsAsync("select call_contracts, round(call_notional / 100), round(days_to_expiry) from flow_by_type order by timestamp"));

        // A rebuild's copy has the same triggers in a schema that has no calendar.
        await using var version = await TableVersion.BeginAsync(database.Source, database.ConnectionString, Tables.OptionChains, Cancel);
        await new TableWrite().Add(Tables.OptionChains, Option("2026-01-19T15:00Z", volume: 500, openInterest: 900), Option("2026-01-20T01:30Z", volume: 520, openInterest: 900)).CommitAsync(version.Source, Cancel);
        Assert.Equal(["500", "20"], await database.RowsAsync("select contracts from rebuild_option_chains.option_chains_buckets order by timestamp"));
    }

    // The log files a fact under the calendar's session, a view under its own.
    [Fact]
    public async Task Views_and_the_log_have_the_same_sessions()
    {
        await using var database = await TestDatabase.NewAsync();
        DateOnly first = new(1990, 1, 1);
        var stored = await database.RowsAsync("""
            select to_char(ends.session, 'YYYY-MM-DD'), to_char(begins.session, 'YYYY-MM-DD'), begins.start = instant and ends.until = instant or begins.session = ends.session
              from generate_series('1990-01-01 20:00'::timestamp, '2100-12-31 20:00', interval '1 day') as day
             cross join lateral (select day at time zone 'America/New_York' as instant) as evening
             cross join session_of(instant - interval '1 microsecond') as ends cross join session_of(instant) as begins
             order by day
            """);

        Assert.Equal(
            Enumerable.Range(0, stored.Count).Select(first.AddDays).Select(day => $"{NyseCalendar.OnOrAfter(day):yyyy-MM-dd}|{NyseCalendar.OnOrAfter(day.AddDays(1)):yyyy-MM-dd}|True"),
            stored);
    }

    // In summer New York is an hour nearer to UTC.
    [Fact]
    public async Task Buying_pressure_has_its_bands_and_its_change_within_the_session()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.UnderlyingQuotes,
            Minute("2026-07-16T13:30Z", 71, 29), Minute("2026-07-16T13:31Z", 70, 30), Minute("2026-07-16T13:32Z", 55, 45), Minute("2026-07-16T13:33Z", 45, 55),
            Minute("2026-07-16T13:34Z", 44, 56), Minute("2026-07-16T13:35Z", 30, 70), Minute("2026-07-16T13:36Z", 29, 71), Minute("2026-07-16T13:37Z", 0, 0),
            Minute("2026-07-16T13:38Z", null, null), Minute("2026-07-17T00:00Z", 20, 80)).CommitAsync(database.Source, Cancel);

        Assert.Equal(
            [
                "71|strong buying|21", "70|buying|-1", "55|neutral|-15", "45|neutral|-10", "44|selling|-1", "30|selling|-14", "29|strong selling|-1", "50|neutral|21",
                "||", "20|strong selling|-30",
            ],
            await database.RowsAsync("select round(buying_pressure), signal, round(buying_pressure_change) from underlying_buying_pressure order by timestamp"));
    }

    // Nothing traded is 50, nothing known is nothing.
    [Fact]
    public async Task Buying_pressure_that_no_vendor_says_is_unknown_and_so_is_the_change_against_it()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.UnderlyingQuotes,
            Minute("2026-07-16T13:30Z", 60, null), Minute("2026-07-16T13:31Z", 60, 40), Minute("2026-07-16T13:32Z", 80, 20), Minute("2026-07-16T13:33Z", null, 20), Minute("2026-07-16T13:34Z", 0, 0),
            Minute("2026-07-16T13:35Z", 0, 9) with { Source = null, Incomplete = true }, Minute("2026-07-17T13:30Z", 0, 0)).CommitAsync(database.Source, Cancel);

        Assert.Equal(
            ["|||vendor bars|False", "60|buying||vendor bars|False", "80|strong buying|20|vendor bars|False", "|||vendor bars|False", "50|neutral||vendor bars|False", "0|strong selling|-50||True", "50|neutral|0|vendor bars|False"],
            await database.RowsAsync("select round(buying_pressure), signal, round(buying_pressure_change), source, incomplete from underlying_buying_pressure order by timestamp"));
    }

    [Fact]
    public async Task Flow_is_summed_by_type_strike_and_expiration()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.OptionChains,
            Contract("C", 450, "2026-01-16", volume: 60, last: 2, delta: 0.5),
            Contract("P", 450, "2026-01-16", volume: 30, last: 1, delta: -0.5),
            Contract("C", 460, "2026-02-20", volume: 40, last: 5, delta: 0.3),
            Contract("C", 470, "2026-02-20", volume: 0, last: 5, delta: 0.1),
            Contract("P", 440, "2026-02-20", volume: 10, last: null, delta: -0.2)).CommitAsync(database.Source, Cancel);

        Assert.Equal(
            ["100|40|32000|3000|60|29000|0.4|0.40|-0.35|17.5"],
            await database.RowsAsync("""
                select call_contracts, put_contracts, round(call_notional), round(put_notional), net_contracts, round(net_notional), round(put_call_ratio, 1),
                       round(call_delta, 2), round(put_delta, 2), round(days_to_expiry, 1) from flow_by_type
                """));
        Assert.Equal(
            ["440|0|10|0|", "450|60|30|9000|0.5", "460|40|0|20000|0.0"],
            await database.RowsAsync("select round(strike), call_contracts, put_contracts, round(net_notional), round(put_call_ratio, 1) from flow_by_strike order by strike"));
        Assert.Equal(
            ["01/16|60|30|0|0.5", "02/20|40|10|35|0.3"],
            await database.RowsAsync("select to_char(expiration, 'MM/DD'), call_contracts, put_contracts, days_to_expiry, round(put_call_ratio, 1) from flow_by_expiration order by expiration"));
    }

    // Three calls of a minute, of which one has the setting's volatility, and one is of before the source was said.
    [Fact]
    public async Task Averages_leave_out_volatilities_that_nobody_has_said_and_sums_say_what_is_missing()
    {
        await using var database = await TestDatabase.NewAsync();
        var call = Contract("C", 450, "2026-01-16", volume: 10, last: 2, delta: 0.5);
        await new TableWrite().Add(Tables.OptionChains,
            call with { Incomplete = null },
            call with { OptionSymbol = "default", ImpliedVolatility = 0.9, Delta = 0.1, Gamma = 0.9, Theta = -9, Vega = 9, VolatilitySource = "default", Incomplete = true },
            call with { OptionSymbol = "before", ImpliedVolatility = 0.4, Delta = 0.3, Gamma = 0.03, Theta = -0.3, Vega = 0.4, VolatilitySource = null, Incomplete = null }).CommitAsync(database.Source, Cancel);
        const string Averages = "call_contracts, round({0}implied_volatility, 2), round({0}delta, 2), round({0}gamma, 2), round({0}theta, 2), round({0}vega, 2), incomplete";

        foreach (var (view, prefix) in ((string, string)[])[("flow_by_type", "call_"), ("flow_by_strike", ""), ("flow_by_expiration", "")])
            Assert.Equal(["30|0.30|0.40|0.02|-0.20|0.30|True"], await database.RowsAsync($"select {string.Format(CultureInfo.InvariantCulture, Averages, prefix)} from {view}"));
        Assert.Equal(["mid|", "|", "default|True"], await database.RowsAsync("select volatility_source, incomplete from option_flow order by vega"));
        Assert.Equal(["mid|", "|", "default|True"], await database.RowsAsync("select volatility_source, incomplete from option_chains_with_deltas order by vega"));

        // Of a row that changes in that alone, the sums are made again.
        await database.ExecuteAsync("update option_chains set incomplete = null where option_symbol = 'default'");
        Assert.Equal(["30||0.30"], await database.RowsAsync("select call_contracts, incomplete, round(call_implied_volatility, 2) from flow_by_type"));
        await database.ExecuteAsync("update option_chains set volatility_source = 'default', incomplete = false");
        foreach (string view in (string[])["flow_by_type", "flow_by_strike", "flow_by_expiration"])
            Assert.Equal(["30|False|"], await database.RowsAsync($"select call_contracts, incomplete, {(view == "flow_by_type" ? "call_" : "")}implied_volatility from {view}"));
    }

    [Fact]
    public async Task Minutes_of_underlyings_pass_on_how_they_were_made()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.UnderlyingQuotes, Minute("2026-01-16T15:00Z", 70, 30) with { Incomplete = true, Model = """{"source": "s"}""" }).CommitAsync(database.Source, Cancel);
        foreach (string view in (string[])["underlying_quotes_1m", "underlying_quotes_with_deltas"])
            Assert.Equal(["vendor bars|True|s"], await database.RowsAsync($"select source, incomplete, model->>'source' from {view}"));
    }

    // Behind all that were there before it, and before what came later.
    [Fact]
    public async Task Figures_over_minutes_say_when_they_were_calculated()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.UnderlyingQuotes, Minute("2026-01-16T15:00Z", 70, 30)).CommitAsync(database.Source, Cancel);
        await new TableWrite().Add(Tables.OptionChains, Contract("C", 450, "2026-01-16", volume: 60, last: 2, delta: 0.5)).CommitAsync(database.Source, Cancel);
        await new TableWrite().Add(Tables.OptionChains, Contract("P", 450, "2026-01-16", volume: 70, last: 2, delta: -0.5)).CommitAsync(database.Source, Cancel);

        foreach (var (view, later) in ((string, string)[])
            [
                ("option_flow", ", volatility_source, incomplete"), ("flow_by_type", ", incomplete"), ("flow_by_strike", ", incomplete"), ("flow_by_expiration", ", incomplete"),
                ("smart_money_flow", ", volatility_source, incomplete"), ("underlying_buying_pressure", ", source, incomplete"),
            ])
        {
            string table = view == "underlying_buying_pressure" ? "underlying_quotes" : "option_chains";
            string columns = await database.ScalarAsync<string>($"select string_agg(column_name, ', ' order by ordinal_position) from information_schema.columns where table_name = '{view}'");
            Assert.EndsWith($", created_at{later}", columns, StringComparison.Ordinal);
            Assert.True(await database.ScalarAsync<bool>($"select max(created_at) = (select max(created_at) from {table}) from {view}"), view);
        }

        Assert.Equal(2, await database.ScalarAsync<long>("select count(distinct created_at) from smart_money_flow"));
    }

    // Roll-ups and counts of messages are sums of what is there; everything else was calculated at some time.
    [Fact]
    public async Task Every_view_says_when_its_figures_were_calculated()
    {
        await using var database = await TestDatabase.NewAsync();
        Assert.Equal(
            ["ingestion_metrics", "traded_gex_1d", "traded_gex_1h", "traded_gex_1m", "traded_gex_5m", "underlying_quotes_1d", "underlying_quotes_1h", "underlying_quotes_5m"],
            await database.RowsAsync("""
                select table_name from information_schema.views where table_schema = 'public'
                except select table_name from information_schema.columns where column_name = 'created_at' order by 1
                """));

        await database.ExecuteAsync("""
            insert into alerts (time, root, rule, event, id, session, severity, metric, operator, scope, threshold, text, incomplete, created_at)
            select '2026-01-16 15:00Z'::timestamptz + minute * interval '1 minute', 'SPY', 'r', event, id, '2026-01-16', 'info', 'm', '>', 'all', 1, 't', false, '2026-01-17 15:00Z'::timestamptz + hour * interval '1 hour'
              from (values (1, 'raised', 'a', 1), (2, 'resolved', 'a', 2), (3, 'raised', 'b', 3), (4, 'raised', 'c', 5), (5, 'resolved', 'c', 4)) as row (minute, event, id, hour);
            insert into quality_minutes select '2026-01-16 15:01Z', 'SPY', '2026-01-16', 'bad', true, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, '[]', '[]', '[["gap", "trades", "bad", 1, 1, 1]]', false, '{}', '2026-01-17 15:00Z';
            """);
        await new EventLog(database.Source).AppendAsync([StorageFacts.Recorded(StorageFacts.State("state/SPY/2026-01-16", 1, 1))], Cancel);
        await new TableWrite().Add(Tables.UnderlyingQuotes, Minute("2026-01-16T15:00Z", 70, 30)).CommitAsync(database.Source, Cancel);

        Assert.Equal(["a|17", "b|18", "c|20"], await database.RowsAsync("select id, extract(hour from created_at at time zone 'UTC')::int from alert_history order by id"));
        Assert.Equal(["15:01|15", "14:30|"], await database.RowsAsync("select to_char(time at time zone 'UTC', 'HH24:MI'), extract(hour from created_at at time zone 'UTC')::int from data_quality_log order by seq_id nulls first"));
        Assert.True(await database.ScalarAsync<bool>("select minute.created_at = quote.created_at from underlying_quotes_1m as minute, underlying_quotes as quote"));
    }

    [Fact]
    public async Task Smart_money_has_a_score_and_what_it_is_made_of()
    {
        await using var database = await TestDatabase.NewAsync();
        await new TableWrite().Add(Tables.OptionChains,
            Contract("C", 450, "2026-01-18", volume: 500, last: 10, delta: 0.1) with { ImpliedVolatility = 1.2 },  // 3 + 3 + 2 + 1 + 1
            Contract("C", 451, "2026-02-20", volume: 200, last: 12.5, delta: 0.5) with { ImpliedVolatility = 0.7 }, // 2 + 2 + 1
            Contract("P", 452, "2026-02-20", volume: 100, last: 10, delta: -0.5),                                   // 1 + 1
            Contract("P", 453, "2026-02-20", volume: 20, last: 0.1, delta: -0.14),                                  // 1, for its delta
            Contract("P", 454, "2026-02-20", volume: 20, last: 0.1, delta: -0.15),                                  // not in it
            Contract("P", 455, "2026-02-20", volume: 49, last: 10.2, delta: -0.5),                                  // not in it: 49,980 dollars
            Contract("C", 456, "2026-02-20", volume: 1, last: 0.1, delta: 0.5) with { ImpliedVolatility = 0.41 },   // in for its volatility, without a point
            Contract("P", 458, "2026-02-20", volume: 50, last: 0.1, delta: -0.5),                                   // in for its volume
            Contract("C", 459, "2026-02-20", volume: 100, last: 10, delta: 0.1) with { ImpliedVolatility = 1.2, VolatilitySource = "default" },  // 1 + 1 + 1: nobody has said that volatility
            Contract("C", 460, "2026-02-20", volume: 1, last: 0.1, delta: 0.5) with { ImpliedVolatility = 1.2, VolatilitySource = "default" },   // not in it
            Contract("C", 461, "2026-02-20", volume: 1, last: 0.1, delta: 0.5) with { ImpliedVolatility = 1.2, VolatilitySource = null },        // 2, as before it was said
            Contract("C", 457, "2026-02-20", volume: 1, last: 500, delta: 0.5)).CommitAsync(database.Source, Cancel); // in for its notional

        Assert.Equal(
            ["450|3|3|2|1|1|10", "451|2|2|1|0|0|5", "452|1|1|0|0|0|2", "453|0|0|0|1|0|1", "456|0|0|0|0|0|0", "457|0|0|0|0|0|0", "458|0|0|0|0|0|0", "459|1|1|0|1|0|3", "461|0|0|2|0|0|2"],
            await database.RowsAsync("select round(strike), volume_score, notional_score, volatility_score, delta_score, expiry_score, score from smart_money_flow order by strike"));
    }

    [Fact]
    public async Task Flow_of_prints_goes_to_minutes_seconds_and_what_stands_out()
    {
        await using var database = await TestDatabase.NewAsync();
        FlowSide calls = new(2, 60, 50, 10, 30_000.5, 25_000, 5_000.25), puts = new(1, 20, 0, 0, 100, 0, 0);
        var minute = new FlowCalculated
        {
            Root = "SPY", Session = new(2026, 1, 16), Start = At("2026-01-16T15:00Z"), End = At("2026-01-16T15:01Z"), Spot = 455.5, Calls = calls, Puts = puts, NetContracts = 40, NetPremium = 29_900.5,
            DirectionalPremium = 19_999.75, PutCallContracts = 1 / 3.0, PutCallPremium = 0.25, Strikes = [new(450, calls, default), new(451, default, puts)], Expirations = [new(new(2026, 2, 20), calls, puts)],
            Tempo = new(60, 1, 2, 3, 4), SmartMoney = [new(new(new(2026, 2, 20), 450, OptionRight.Call), 60, 50, 10, 30_000.5, 0.2, null, 35, new(1, 2, 3, 4, 5, 15))],
            Pressure = new(At("2026-01-16T14:59Z"), 60, 40, 60, "buying", 2.5), Model = new()
            {
                Convention = "c", AggressorRules = "feed", Rate = 0.05, DividendYield = 0, DayCount = "d", VolatilitySource = "v", LowestVolatility = 0.01, HighestVolatility = 5, DefaultVolatility = 0.2,
                SliceSeconds = 1, GraceSeconds = 0.25, WindowSeconds = 1, EngineVersion = "1",
            },
        };
        TableWrite write = new();
        write.Add(minute);
        write.Add(minute with { Start = minute.Start.AddMinutes(1), End = minute.End.AddMinutes(1), Pressure = null, PutCallContracts = null, PutCallPremium = null, SmartMoney = [], Incomplete = true });
        write.Add(minute with { End = minute.Start.AddSeconds(1) });
        write.Add(minute with { End = minute.Start.AddSeconds(2), SmartMoney = [] });
        await write.CommitAsync(database.Source, Cancel);

        Assert.Equal(
            [
                "15:00|455.5|3|60|50|10|20|0|0|30000.5|25000|5000.25|100|0|0|40|29900.5|19999.75|0.333|0.25|1|2|3|4|14:59|60|buying|2.5|False|0.05",
                "15:01|455.5|3|60|50|10|20|0|0|30000.5|25000|5000.25|100|0|0|40|29900.5|19999.75|||1|2|3|4|||||True|0.05",
            ],
            await database.RowsAsync("""
                select to_char(timestamp at time zone 'UTC', 'HH24:MI'), spot, prints, call_contracts, call_bought, call_sold, put_contracts, put_bought, put_sold, call_premium, call_premium_bought, call_premium_sold,
                       put_premium, put_premium_bought, put_premium_sold, net_contracts, net_premium, directional_premium, round(put_call_contracts::numeric, 3), put_call_premium, tempo_calls_bought,
                       tempo_calls_sold, tempo_puts_bought, tempo_puts_sold, to_char(pressure_minute at time zone 'UTC', 'HH24:MI'), buying_pressure, pressure_signal, buying_pressure_change, incomplete, model->>'rate'
                  from flow_minutes order by timestamp
                """));
        Assert.Equal(
            ["450|2|60|50|10|30000.5|25000|5000.25|0|0|0|0|0|0|0", "451|0|0|0|0|0|0|0|1|20|0|0|100|0|0"],
            await database.RowsAsync("""
                select strike, call_prints, call_contracts, call_bought, call_sold, call_premium, call_premium_bought, call_premium_sold, put_prints, put_contracts, put_bought, put_sold, put_premium,
                       put_premium_bought, put_premium_sold from flow_minutes_by_strike where not incomplete order by strike
                """));
        Assert.Equal(["02/20|60|100"], await database.RowsAsync("select to_char(expiration, 'MM/DD'), call_contracts, put_premium from flow_minutes_by_expiration where not incomplete"));
        Assert.Equal(
            ["15:00:01|3|60|20|19999.75|1|15", "15:00:02|3|60|20|19999.75|1|"],
            await database.RowsAsync("select to_char(time at time zone 'UTC', 'HH24:MI:SS'), prints, call_contracts, put_contracts, directional_premium, tempo_calls_bought, top_score from flow_seconds order by time"));
        Assert.Equal(
            ["15:00|02/20/2026|450|C|60|50|10|30000.5|0.2||35|1|2|3|4|5|15"],
            await database.RowsAsync("""
                select to_char(timestamp at time zone 'UTC', 'HH24:MI'), to_char(expiration, 'MM/DD/YYYY'), strike, option_type, contracts, bought, sold, premium, implied_volatility, delta, days_to_expiry, volume_score,
                       premium_score, volatility_score, delta_score, expiry_score, score from flow_smart_money
                """));
    }

    // The buckets that the views sum are what a query over the changes of the rows gives, in whatever order rows come, come again, change or go.
    [Fact]
    public async Task Flow_by_type_and_expiration_are_sums_over_the_rows_whoever_writes_them()
    {
        await using var database = await TestDatabase.NewAsync();
        Random random = new(11);
        var rows = Enumerable.Range(0, 600).Select(_ => AnyRow(random)).ToArray();
        foreach (var batch in rows.Chunk(97)) await new TableWrite().Add(Tables.OptionChains, batch).CommitAsync(database.Source, Cancel);
        await AssertSumsAsync();
        await new TableWrite().Add(Tables.OptionChains, rows[..60].Select(row => row with { Volume = random.Next(6), Last = random.Next(3) == 0 ? null : 2.5, Delta = null })).CommitAsync(database.Source, Cancel);
        await AssertSumsAsync();
        await database.ExecuteAsync("""
            delete from option_chains where extract(minute from timestamp)::int % 7 = 3;
            update option_chains set volume = volume + 5 where option_type = 'P' and extract(minute from timestamp)::int % 5 = 0;
            update option_chains set underlying = 'QQQ', expiration = expiration + 1 where option_symbol = 'SPY 3';
            update option_chains set timestamp = timestamp + interval '2 days' where option_symbol = 'SPY 4'
            """);
        await AssertSumsAsync();
        await database.ExecuteAsync("update option_chains set volatility_source = case volatility_source when 'default' then 'mid' else 'default' end where extract(minute from timestamp)::int % 4 = 1");
        await AssertSumsAsync();
        await database.ExecuteAsync("update option_chains set incomplete = incomplete is not true where extract(minute from timestamp)::int % 4 = 2");
        await AssertSumsAsync();
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from option_chains_buckets where is_stale or traded = 0"));
        await database.ExecuteAsync("delete from option_chains");
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from option_chains_buckets"));

        async Task AssertSumsAsync()
        {
            const string Said = "volatility_source is distinct from 'default'";
            const string Side = $"avg({{0}}) filter (where option_type = 'C' and {Said}) as c{{0}}, avg({{0}}) filter (where option_type = 'P' and {Said}) as p{{0}}";
            string byType = $"""
                select timestamp, underlying, coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint, coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint,
                       coalesce(sum(notional) filter (where option_type = 'C'), 0), coalesce(sum(notional) filter (where option_type = 'P'), 0),
                       sum(case option_type when 'C' then contracts else -contracts end)::bigint, coalesce(sum(case option_type when 'C' then notional else -notional end), 0),
                       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0),
                       {string.Join(", ", new[] { "implied_volatility", "delta", "gamma", "theta", "vega" }.Select(of => string.Format(CultureInfo.InvariantCulture, Side, of)))}, avg(days_to_expiry), max(created_at), bool_or(incomplete)
                  from option_flow group by timestamp, underlying
                """;
            const string ByExpiration = $"""
                select timestamp, underlying, expiration, coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint, coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint,
                       coalesce(sum(notional) filter (where option_type = 'C'), 0), coalesce(sum(notional) filter (where option_type = 'P'), 0),
                       sum(case option_type when 'C' then contracts else -contracts end)::bigint, coalesce(sum(case option_type when 'C' then notional else -notional end), 0),
                       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0),
                       avg(implied_volatility) filter (where {Said}), avg(delta) filter (where {Said}), avg(gamma) filter (where {Said}), avg(theta) filter (where {Said}), avg(vega) filter (where {Said}),
                       min(days_to_expiry), max(created_at), bool_or(incomplete)
                  from option_flow group by timestamp, underlying, expiration
                """;
            foreach (var (view, expected) in ((string, string)[])[("flow_by_type", byType), ("flow_by_expiration", ByExpiration)])
            {
                var differences = await database.RowsAsync($"(({expected}) except table {view}) union all (table {view} except ({expected}))");
                Assert.True(differences.Count == 0, $"{view}: {string.Join('\n', differences.Take(4))}");
                Assert.True(await database.ScalarAsync<long>($"select count(*) from {view}") > 50);
            }
        }

        // Around the end of a session, and over a weekend.
        static OptionChainRow AnyRow(Random random) => new(
            $"SPY {random.Next(9)}" is var symbol ? symbol : "", At("2026-01-17T00:30Z").AddMinutes(random.Next(60)), "SPY", 450, new(2026, 2, 20 + symbol[^1] % 3), symbol[^1] % 2 == 0 ? "C" : "P",
            random.Next(5) == 0 ? null : random.Next(1, 400) / 100.0, 1, 2, random.Next(9) == 0 ? null : random.Next(6), 1, random.Next(9) == 0 ? null : 0.2 + random.Next(9) / 100.0,
            0.1 * random.Next(9), 0.01, random.Next(9) == 0 ? null : -0.1, 0.2, random.Next(4) switch { 0 => "default", 1 => null, _ => "mid" }, random.Next(4) switch { 0 => true, 1 => null, _ => false });
    }

    [Fact]
    public async Task Results_of_a_chain_unfold_into_its_tables()
    {
        await using var database = await TestDatabase.NewAsync();
        DateTimeOffset time = new(2026, 1, 16, 15, 0, 0, TimeSpan.Zero);
        DateOnly expiration = new(2026, 1, 16);
        ChainModel model = new()
        {
            Convention = "c", Rate = 0.05, DividendYield = 0, ForwardSource = "f", DayCount = "d", VolatilitySource = "v", LowestVolatility = 0.01, HighestVolatility = 5,
            DefaultVolatility = 0.2, SliceSeconds = 1, GraceSeconds = 0.25, IntervalSeconds = 60, EngineVersion = "1", Contracts = 2, Used = 2,
        };
        ExposureTotal total = new(3, -1, 2, 4);
        TableWrite write = new();
        write.Add(new ChainGexCalculated
        {
            Root = "SPY", Session = expiration, Time = time, Scope = ChainScope.ZeroDays, Weight = ChainWeight.OpenInterest, Spot = 455.73, Gamma = total, Delta = total, Vanna = total,
            Charm = total, CallWall = 460, Crossings = [451.5, 470], Flip = 451.5, Regime = 1, Strikes = [new(450, 1, -1, 0, 2), new(460, 2, 0, 2, 2.125)],
            Expirations = [new(expiration, 455.8, 3, -1, 2, 4)], ProfileSpots = [400, 500], Profile = [-1.5, 2.5], Model = model, Incomplete = true,
        });
        write.Add(new ChainGexCalculated
        {
            Root = "SPY", Session = expiration, Time = time, Scope = ChainScope.All, Weight = ChainWeight.OpenInterest, Spot = 455.73, Gamma = total, Delta = total, Vanna = total,
            Charm = total, Regime = 0, Strikes = [new(450, 1, -1, 0, 2)], Model = model,
        });
        MaxPainFigures figures = new(450, 1_000.5, 10, 20, 0, 5, 2, null);
        write.Add(new MaxPainCalculated { Root = "SPY", Session = expiration, Time = time, Expirations = [new(expiration, figures)], Pooled = figures with { Strike = null, Dollars = null }, Model = model });
        write.Add(new GreeksCalculated
        {
            Root = "SPY", Session = expiration, Time = time, Expiration = expiration, Spot = 455.73, Forward = 455.8, Years = 0.001, Strike = [450, 450], Right = [OptionRight.Call, OptionRight.Put],
            Bid = [5.5, 0.1], Ask = [5.6, 0.12], Last = [5.55, 0], Volume = [10, 0], OpenInterest = [100, null], Volatility = [0.2, 0.3], Source = ["mid", "default"],
            Reason = [null, "below intrinsic"], Delta = [0.9, -0.1], Gamma = [0.01, 0.02], Theta = [-0.5, -0.25], Vega = [0.1, 0.2], Rho = [0.3, -0.3], Vanna = [1, 2], Charm = [3, 4], Vomma = [5, 6], AmericanGamma = [0.011, null], Model = model,
        });
        write.Add(new VolatilityCalculated
        {
            Root = "SPY", Session = expiration, Time = time, Spot = 455.73, Model = model, Expirations =
            [
                new()
                {
                    Expiration = expiration, Forward = 455.8, Years = 0.001, AtTheMoney = 0.2, Call25 = 0.18, Put25 = 0.25, RiskReversal = -0.07, Butterfly = 0.015, ExpectedMove = 2.5, StraddleStrike = 456, Straddle = 2,
                    Smile = [new(450, OptionRight.Put, -0.0128, 0.22, "mid"), new(460, OptionRight.Call, 0.0092, 0.19, "feed")], LeftOut = [new(470, OptionRight.Call, "not quoted")],
                },
                new() { Expiration = expiration.AddDays(1), Forward = 455.9, Years = 0.002 },
            ],
        });
        await write.CommitAsync(database.Source, Cancel);

        const string Stamp = "incomplete, model->>'rate', created_at is not null";
        Assert.Equal(
            ["01/16|455.8|0.001|0.2|0.18|0.25|-0.07|0.015|2.5|456|2|2|1|False|0.05|True", "01/17|455.9|0.002|||||||||0|0|False|0.05|True"],
            await database.RowsAsync($"""
                select to_char(expiration, 'MM/DD'), forward, years, at_the_money, call_25, put_25, risk_reversal, butterfly, expected_move, straddle_strike, straddle, points, left_out, {Stamp}
                  from volatility_term where root = 'SPY' order by expiration
                """));
        Assert.Equal(
            ["450|P|-0.0128|0.22|mid|False|0.05|True", "460|C|0.0092|0.19|feed|False|0.05|True"],
            await database.RowsAsync($"select strike, option_type, log_moneyness, implied_volatility, volatility_source, {Stamp} from volatility_smile where forward = 455.8 order by strike"));
        Assert.Equal(["01/16/2026|470|C|not quoted"], await database.RowsAsync("select to_char(expiration, 'MM/DD/YYYY'), strike, option_type, reason from volatility_left_out"));
        Assert.Equal(["all|0|||2|False|0.05|True", "0dte|1|451.5|460|2|True|0.05|True"], await database.RowsAsync($"select scope, regime, flip, call_wall, gamma_net, {Stamp} from gex_levels order by scope desc"));
        Assert.Equal(["450|1|-1|0|2|True|0.05|True", "460|2|0|2|2.125|True|0.05|True"], await database.RowsAsync($"select strike, call, put, net, gross, {Stamp} from gex_by_strike where scope = '0dte' order by strike"));
        Assert.Equal(["01/16/2026|455.8|3|-1|2|4|True|0.05|True"], (await database.RowsAsync($"select to_char(expiration, 'MM/DD/YYYY'), forward, call, put, net, gross, {Stamp} from gex_by_expiration")));
        Assert.Equal(["400|-1.5|True|0.05|True", "500|2.5|True|0.05|True"], await database.RowsAsync($"select at_spot, net, {Stamp} from gex_profile order by 1"));
        Assert.Equal(["SPY|450|1|-1|0|2"], await database.RowsAsync("select underlying, strike, call_gex, put_gex, net_gex, total_gex from gex_calculations"));
        Assert.Equal(
            ["01/16|False|450|1000.5|10|20|0|5|2||False|0.05|True", "|True|||10|20|0|5|2||False|0.05|True"],
            await database.RowsAsync($"""
                select to_char(expiration, 'MM/DD'), pooled, strike, dollars, call_open_interest, put_open_interest, call_volume, put_volume, put_call_open_interest, put_call_volume, {Stamp}
                  from max_pain order by expiration
                """));
        Assert.Equal(
            ["450|C|5.5|5.6|5.55|10|100|0.2|mid||0.9|0.01|-0.5|0.1|0.3|1|3|5|0.011|False|0.05|True", "450|P|0.1|0.12|0|0||0.3|default|below intrinsic|-0.1|0.02|-0.25|0.2|-0.3|2|4|6||False|0.05|True"],
            await database.RowsAsync($"""
                select strike, option_type, bid, ask, last, volume, open_interest, implied_volatility, volatility_source, reason, delta, gamma, theta, vega, rho, vanna, charm, vomma, american_gamma, {Stamp}
                  from greeks_latest order by strike, option_type
                """));

        // γ·contracts·S²: 0.01·100·455.73², and nothing of the put, whose open interest nobody knows; by volume ten calls.
        Assert.Equal(
            ["01/16|450|open_interest|207690|0|207690|207690|4101570|4557300|13671900|228459|False|0.05|True", "01/16|450|volume|20769|0|20769|20769|410157|455730|1367190|22846|False|0.05|True"],
            await database.RowsAsync($"""
                select to_char(expiration, 'MM/DD'), strike, weight, round(call), round(put), round(net), round(gross), round(delta), round(vanna), round(charm), round(american_net), {Stamp}
                  from gex_grid order by weight
                """));

        // A day on, what has settled meanwhile is not among the newest.
        await database.ExecuteAsync("insert into chain_greeks select root, expiration + 7, time + interval '1 day', spot, forward, 6 / 365.0, contracts, incomplete, model, created_at from chain_greeks");
        Assert.Equal(["01/23/2026|2"], await database.RowsAsync("select to_char(expiration, 'MM/DD/YYYY'), count(*) from greeks_latest group by 1"));
        Assert.Equal(["01/23/2026|2"], await database.RowsAsync("select to_char(expiration, 'MM/DD/YYYY'), count(*) from gex_grid group by 1"));
    }

    [Fact]
    public async Task Quality_and_ingestion_are_read_off_the_log()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(
            [
                StorageFacts.Recorded(StorageFacts.State("state/SPY/2026-01-16", 1, 1)), StorageFacts.Recorded(StorageFacts.State("state-gex-trades/SPY/2026-01-16", 1, 1, "lost")),
                StorageFacts.Recorded(StorageFacts.State("state/SPY/2026-01-16", 1, 2) with { State = null }), .. StorageFacts.TradesOf("trades/SPY/2026-01-16", 1, 1, 3),
            ], Cancel);

        Assert.Equal(
            ["14:30:01|SPY|gap|a hole of 3 messages|01/16/2026 14:30:00|01/16/2026 14:30:01|state/SPY/2026-01-16", "14:30:01|SPY|gap|lost|01/16/2026 14:30:00|01/16/2026 14:30:01|state-gex-trades/SPY/2026-01-16"],
            await database.RowsAsync("select to_char(time at time zone 'UTC', 'HH24:MI:SS'), root, issue, detail, from_time, to_time, stream_id from data_quality_log order by seq_id"));
        Assert.Equal(
            ["01/16/2026 14:30:00|trades|SPY|3|True"],
            await database.RowsAsync("select time, kind, root, messages, bytes > 10 from ingestion_metrics where stream_id = 'trades/SPY/2026-01-16'"));
    }

    [Fact]
    public async Task Minutes_become_rows_with_the_public_symbol()
    {
        var minute = new OptionMinuteClosed
        {
            Root = "SPY", Session = new(2026, 1, 16), Start = At("2026-01-16T15:00Z"), End = At("2026-01-16T15:01Z"), Expiration = new(2026, 2, 20), Strike = [450.5, 460], Right = [OptionRight.Call, OptionRight.Put],
            Last = [0, 1.5], Bid = [0, 1], Ask = [0, 2], Volume = [0, 3], OpenInterest = [null, 4], Volatility = [null, 0.2], Source = [null, "mid"], Delta = [null, -0.5], Gamma = [null, 0.01],
            Theta = [null, -0.1], Vega = [null, 0.2], Model = null!, Incomplete = true,
        };

        Assert.Equal(
            [
                new("SPY 260220C450.5", minute.Start, "SPY", 450.5, new(2026, 2, 20), "C", null, 0, 0, 0, null, null, null, null, null, null, null, true),
                new("SPY 260220P460", minute.Start, "SPY", 460, new(2026, 2, 20), "P", 1.5, 1, 2, 3, 4, 0.2, -0.5, 0.01, -0.1, 0.2, "mid", true),
            ],
            OptionChainRow.Of(minute));
    }

    [Fact]
    public async Task A_minute_of_an_underlying_says_how_it_was_made()
    {
        await using var database = await TestDatabase.NewAsync();
        BarClosed bar = new()
        {
            Root = "SPY", Symbol = "SPY", Session = new(2026, 1, 16), Start = At("2026-01-16T15:00Z"), End = At("2026-01-16T15:01Z"), Open = 455, High = 456, Low = 454, Close = 455.5,
            Model = new("spot of quotes and prints", 1, 0.25, "1"), Incomplete = true,
        };
        async Task<int> WriteAsync(BarClosed minute) => (await new TableWrite().Add(minute).CommitAsync(database.Source, Cancel))["underlying_quotes"];

        Assert.Equal(1, await WriteAsync(bar));
        Assert.Equal(0, await WriteAsync(bar with { Model = bar.Model with { EngineVersion = "2" } })); // Nothing else is another row.
        Assert.Equal(["spot of quotes and prints|True|0.25|1"], await database.RowsAsync("select source, incomplete, model->>'graceSeconds', model->>'engineVersion' from underlying_quotes"));
        Assert.Equal(1, await WriteAsync(bar with { Model = bar.Model with { Source = "vendor bars" }, Incomplete = false }));
        Assert.Equal(["vendor bars|False|vendor bars"], await database.RowsAsync("select source, incomplete, model->>'source' from underlying_quotes"));
    }

    // An option at the money, a second before it settles, has a gamma beyond all bounds; its row must not hold up the others for ever.
    [Theory]
    [InlineData(1, 6)] // Of a row's figures per column, those that are stored.
    [InlineData(1.00000001, 0)]
    [InlineData(-1, 6)]
    [InlineData(-1e6, 0)]
    [InlineData(double.NaN, 0)]
    public async Task A_figure_that_its_column_cannot_hold_is_null(double share, int stored)
    {
        await using var database = await TestDatabase.NewAsync();
        double Most(int precision, int scale) => share * (Math.Pow(10, precision - scale) - Math.Pow(10, -scale));
        var minute = new OptionMinuteClosed
        {
            Root = "SPY", Session = new(2026, 1, 16), Start = At("2026-01-16T20:59Z"), End = At("2026-01-16T21:00Z"), Expiration = new(2026, 1, 16), Strike = [455, 1e8], Right = [OptionRight.Call, OptionRight.Call],
            Last = [0, 0], Bid = [0, 0], Ask = [Most(12, 4), 0], Volume = [0, 0], OpenInterest = [null, null], Volatility = [Most(8, 6), 0], Source = ["mid", null], Delta = [Most(8, 6), 0], Gamma = [Most(10, 8), 0],
            Theta = [Most(10, 6), 0], Vega = [Most(10, 6), 0], Model = null!,
        };
        var bar = new BarClosed
        {
            Root = "SPY", Symbol = "SPY", Session = minute.Session, Start = minute.Start, End = minute.End, Open = 455, High = Most(12, 4), Low = Most(12, 4), Close = 455, Model = new("vendor bars", 1, 0.25, "1"),
        };

        TableWrite write = new();
        foreach (var row in OptionChainRow.Of(minute)) write.Add(Tables.OptionChains, row);
        await write.Add(Tables.UnderlyingQuotes, UnderlyingQuoteRow.Of(bar)).CommitAsync(database.Source, Cancel);

        Assert.Equal([$"{stored}"], await database.RowsAsync("select num_nonnulls(ask, implied_volatility, delta, gamma, theta, vega) from option_chains where (implied_volatility is null) = (volatility_source is null)"));
        Assert.Equal([$"{stored / 3 + 2}"], await database.RowsAsync("select num_nonnulls(open, high, low, close) from underlying_quotes"));
    }

    // In whatever order rows come, come again or change: the buckets are what a query over the rows gives.
    [Fact]
    public async Task Roll_ups_are_what_a_query_over_the_rows_gives()
    {
        await using var database = await TestDatabase.NewAsync();
        Random random = new(7);
        var windows = Enumerable.Range(0, 400).Select(i => SomeWindows.At(i % 2 == 0 ? "SPY" : "QQQ", random.Next(8_000))).ToArray();
        random.Shuffle(windows);
        foreach (var batch in windows.Chunk(37)) await WriteAsync(database, batch);
        await WriteAsync(database, windows[..50].Select(window => window with { Spot = window.Spot + random.Next(9), NaiveDay = window.NaiveDay with { Sum = random.Next(99), ZeroGamma = 455 } }));
        await database.ExecuteAsync("delete from traded_gex where extract(second from time) > 40 or extract(hour from time) = 16");

        foreach (var (view, width) in ((string, string)[])[("1m", "1 minute"), ("5m", "5 minutes"), ("1h", "1 hour"), ("1d", "1 day")])
        {
            string expected = $"""
                select date_bin('{width}', time, '2000-01-01 00:00+00') as time, root, expiration, measure, count(*) as windows,
                       (array_agg(spot order by time))[1] as spot_open, max(spot) as spot_high, min(spot) as spot_low, (array_agg(spot order by time desc))[1] as spot_close,
                       (array_agg(sum order by time))[1] as sum_open, max(sum) as sum_high, min(sum) as sum_low, (array_agg(sum order by time desc))[1] as sum_close,
                       (array_agg(zero_gamma order by time desc))[1], (array_agg(major_positive order by time desc))[1], (array_agg(major_negative order by time desc))[1],
                       (array_agg(aggressor_share order by time desc))[1], sum(trade_count)::bigint, sum(volume)::bigint, bool_or(incomplete)
                  from traded_gex group by 1, 2, 3, 4
                """;
            var differences = await database.RowsAsync($"(({expected}) except table traded_gex_{view}) union all (table traded_gex_{view} except ({expected}))");
            Assert.True(differences.Count == 0, $"{view}: {string.Join('\n', differences.Take(3))}");
            Assert.True(await database.ScalarAsync<long>($"select count(*) from traded_gex_{view}") > 0);
        }

        static Task WriteAsync(TestDatabase database, IEnumerable<GexCalculated> windows)
        {
            TableWrite write = new();
            foreach (var window in windows) write.Add(window);
            return write.CommitAsync(database.Source, Cancel);
        }
    }

    static UnderlyingQuoteRow Minute(string time, long? up, long? down) => new("SPY", At(time), 455, 456, 454, 455.5, up, down, "vendor bars", false, "{}");

    static OptionChainRow Option(string time, long? volume, long? openInterest) =>
        new("SPY 260220C455", At(time), "SPY", 455, new(2026, 2, 20), "C", 1.5, 1, 2, volume, openInterest, 0.2, 0.5, 0.01, -0.1, 0.2, "mid", false);

    static OptionChainRow Contract(string right, double strike, string expiration, long volume, double? last, double delta) => new(
        string.Create(CultureInfo.InvariantCulture, $"SPY {expiration} {right}{strike}"), At("2026-01-16T15:00Z"), "SPY", strike, DateOnly.Parse(expiration, CultureInfo.InvariantCulture), right, last, 1, 2,
        volume, null, 0.2, delta, 0.01, -0.1, 0.2, "mid", false);

    static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
