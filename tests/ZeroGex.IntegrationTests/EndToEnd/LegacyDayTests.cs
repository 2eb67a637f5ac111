using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;
using ZeroGex.Tests;
using ZeroGex.Tests.Gex;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>Real days of legacy messages, in through one Redis channel and out through the other.</summary>
public sealed class LegacyDayTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("tier", "long")]
    public async Task Every_print_of_a_busy_day_comes_back_in_a_window_with_the_legacy_figures() => await PlayAsync("AAPL_2014-06-06_inferred_trades.ndjson", 22_067, isDistributed: false);

    [Fact]
    public async Task Every_print_comes_back_in_a_window_with_the_legacy_figures() => await PlayAsync("GOOG_2015-12-24_inferred_trades.ndjson", 958, isDistributed: true);

    static async Task PlayAsync(string file, int count, bool isDistributed)
    {
        string[] lines = await File.ReadAllLinesAsync(SharedFiles.Data(Path.Combine("inferred_trades", file)), Cancel);
        Assert.Equal(count, lines.Length);
        var windows = lines.Select(Print.Read).GroupBy(print => (print.Expiration, print.Start)).ToDictionary(window => window.Key, window => window.ToList());
        // The legacy clock stops at four o'clock on the day of expiration, and with it the legacy message.
        var expected = windows.Where(window => LegacyFigures.Years(window.Key.Expiration, window.Key.Start) > 0).ToDictionary();
        int prints = expected.Values.Sum(window => window.Count);

        await using var redis = await Servers.OwnRedisAsync();
        using var listener = await RedisListener.StartAsync(redis, "inferred_gex");
        await using var site = isDistributed ? await Site.DistributedAsync() : await Site.EmbeddedAsync();
        site.UseRedis(redis);
        if (isDistributed)
        {
            site.StartConsumers();
            site.Start("feed", "--feed", "redis");
        }
        else
        {
            site.Start("all", "--feed", "redis");
        }

        await site.UntilAsync(async () => await redis.SubscribersAsync("inferred_trades") == 1, () => "the subscription");
        Assert.Equal(count, await redis.PublishAsync("inferred_trades", [.. lines.Select(Encoding.UTF8.GetBytes)]));
        await site.UntilAsync(() => listener.Count >= expected.Count, () => $"{expected.Count} messages, {listener.Count} came");
        await site.UntilAsync(async () => await site.CountAsync("select count(*) from inferred_gexray3") >= expected.Count, () => $"{expected.Count} rows");
        await site.StopAsync();

        var heard = listener.Heard.Select(text => JsonElement.Parse(text)).ToList();
        Assert.True(prints == heard.Sum(message => message.GetProperty("data").GetProperty("trade_count").GetInt32()), site.Outputs);
        Assert.Equal(expected.Count, heard.Count);
        foreach (var message in heard) Check(message, expected);

        var (facts, holes) = await Recording.ReadFactsAsync(site.Database, Cancel);
        Assert.Empty(holes);
        Assert.Equal(count, facts.Count(fact => fact.StartsWith("trades/", StringComparison.Ordinal)));
        Assert.Equal(prints, await site.CountAsync("select sum(trade_count) from inferred_gexray3"));
        Assert.Equal(count, await site.CountAsync("select sum(trade_count) from traded_gex where measure = 'naive_day'"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} messages in, {heard.Count} out with {prints} prints; {count - prints} prints came when the legacy clock had stopped.");
    }

    static void Check(JsonElement message, Dictionary<(DateOnly, DateTimeOffset), List<Print>> windows)
    {
        var data = message.GetProperty("data");
        var expiration = DateOnly.ParseExact(data.GetProperty("expiration").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        var start = data.GetProperty("timestamp").GetDateTimeOffset().AddSeconds(-1);
        Assert.True(windows.TryGetValue((expiration, start), out var prints), $"There are no prints of {expiration} at {start:O}.");
        Assert.Equal(prints.Select(print => print.Text), message.GetProperty("trades").EnumerateArray().Select(trade => trade.GetRawText()));
        Assert.Equal((prints.Count, prints.Sum(print => print.Size)), (data.GetProperty("trade_count").GetInt32(), data.GetProperty("total_volume").GetInt32()));
        Assert.Equal(prints[0].Spot, data.GetProperty("spot").GetDouble(), 5e-5);

        var ladder = LegacyFigures.Ladder(prints.Select(print => (print.Strike, print.IsCall, print.Spot, print.Price, print.Size)), LegacyFigures.Years(expiration, start));
        var strikes = message.GetProperty("strikes").EnumerateArray().Select(rung => (Strike: rung[0].GetDouble(), Gex: rung[1].GetDouble(), Volume: rung[2].GetInt64())).ToList();
        Assert.Equal(ladder.Keys, strikes.Select(rung => rung.Strike));
        foreach (var rung in strikes) LegacyFigures.Agree(ladder, rung.Strike, rung.Gex, rung.Volume, message);

        double sum = strikes.Sum(rung => rung.Gex);
        Assert.Equal(sum, data.GetProperty("sum_gex_vol").GetDouble(), 1e-9 * strikes.Sum(rung => Math.Abs(rung.Gex)) + 1e-12);
    }

    sealed record Print(string Text, DateOnly Expiration, DateTimeOffset Start, double Strike, bool IsCall, int Size, double Price, double Spot)
    {
        public static Print Read(string line)
        {
            var json = JsonElement.Parse(line);
            var time = json.GetProperty("trade_datetime").GetDateTimeOffset().ToUniversalTime();
            return new Print(
                line, DateOnly.ParseExact(json.GetProperty("expiration").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture),
                time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond)), json.GetProperty("strike").GetDouble(), json.GetProperty("right").GetString() == "C",
                json.GetProperty("size").GetInt32(), json.GetProperty("price").GetDouble(), json.GetProperty("spot").GetDouble());
        }
    }
}
