using System.Text;
using Xunit;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>What a feed could not see, as it is found in the tables.</summary>
public sealed class GapTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // A Friday morning replayed into the legacy channel; its Redis is killed for a while, and then the whole system is away.
    [Fact]
    public async Task What_a_feed_missed_marks_the_windows_that_lack_prints_and_the_day_after_them()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var site = await Site.EmbeddedAsync();
        site.UseRedis(redis);
        site.Start("all", "--feed", "redis");
        await ListenedAsync();
        await SayAsync("15:00:00.2");
        await WindowsAsync(1);

        await redis.KillAsync();
        await site.UntilAsync(async () => await StatesAsync("disconnected") == 1, () => "word of the loss");
        await redis.RestartAsync(Cancel);
        await ListenedAsync();
        await SayAsync("15:00:20.5", "15:00:22.5");
        await WindowsAsync(3);

        await site.StopAsync();
        site.Start("all", "--feed", "redis");
        await ListenedAsync();
        await SayAsync("15:02:00.5");
        await WindowsAsync(4);
        await SayAsync("15:02:02.5", "15:03:30");
        await WindowsAsync(6);
        await site.UntilAsync(async () => await site.CountAsync("select count(*) from quality_minutes where time >= '2026-01-16 15:03Z'") > 0, () => "the quality of three minutes");
        await site.StopAsync();

        Assert.Equal(
            ["15:00:01 false false", "15:00:21 true true", "15:00:23 false true", "15:02:01 true true", "15:02:03 false true", "15:03:31 false true"],
            await RowsAsync("""
                select to_char(time at time zone 'UTC', 'HH24:MI:SS ') || own.incomplete || ' ' || day.incomplete
                  from traded_gex own join traded_gex day using (time, root, expiration) where own.measure = 'dealer_signed_window' and day.measure = 'dealer_signed_day' order by time
                """));
        // The first print may be there before word that the connection is.
        Assert.Equal(
            ["disconnected 1", "gap 2", "reconnected 1", "started 2"],
            await RowsAsync("select issue || ' ' || count(*) from data_quality_log where stream_id = 'state/SPY/2026-01-16' and issue not in ('stale', 'fresh') group by issue order by 1"));
        Assert.Equal(["15:01 missed", "15:02 missed", "15:03 missed"], await RowsAsync("""
            select to_char(time at time zone 'UTC', 'HH24:MI ') || case when value > 0 then 'missed' else 'seen' end from quality_findings where issue = 'missed' and input = 'trades' order by time limit 3
            """));
        Assert.True(await site.CountAsync("select count(*) from alerts where rule = 'data-missed' and event = 'raised'") > 0, "nobody was told");

        Task ListenedAsync() => site.UntilAsync(async () => await redis.SubscribersAsync("inferred_trades") == 1, () => "the subscription");

        Task SayAsync(params string[] times) => redis.PublishAsync("inferred_trades", [.. times.Select(time => Encoding.UTF8.GetBytes(
            $$"""{"root": "SPY", "strike": 455.0, "right": "C", "size": 3, "price": 1.5, "spot": 455.73, "aggressor": 1, "expiration": "2026-01-23", "condition": 0, "trade_datetime": "2026-01-16T{{time}}Z"}"""))]);

        Task WindowsAsync(int count) => site.UntilAsync(async () => await site.CountAsync("select count(*) from inferred_gexray3") == count, () => $"{count} windows");

        Task<long> StatesAsync(string issue) => site.CountAsync($"select count(*) from data_quality_log where issue = '{issue}'");

        async Task<List<string>> RowsAsync(string sql)
        {
            await using var command = site.Database.CreateCommand(sql);
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            List<string> rows = [];
            while (await reader.ReadAsync(Cancel)) rows.Add(reader.GetString(0));
            return rows;
        }
    }
}
