using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;
using ZeroGex.Tests;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>Real days of legacy messages, in through one Redis channel and out through the other.</summary>
public sealed class LegacyDayTests
{
    static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("AAPL_2014-06-06_inferred_trades.ndjson", 22_067, false)]
    [InlineData("GOOG_2015-12-24_inferred_trades.ndjson", 958, true)]
    public async Task Every_print_comes_back_in_a_window_with_the_legacy_figures(string file, int count, bool isDistributed)
    {
        string[] lines = await File.ReadAllLinesAsync(SharedFiles.Data(Path.Combine("inferred_trades", file)), Cancel);
        Assert.Equal(count, lines.Length);
        var windows = lines.Select(Print.Read).GroupBy(print => (print.Expiration, print.Start)).ToDictionary(window => window.Key, window => window.ToList());
        // The legacy clock stops at four o'clock on the day of expiration, and with it the legacy message.
        var expected = windows.Where(window => Years(window.Key.Expiration, window.Key.Start) > 0).ToDictionary();
        int prints = expected.Values.Sum(window => window.Count);

        await using var redis = await RedisProcess.StartAsync();
        using var listener = await RedisListener.StartAsync(redis.Port, "inferred_gex");
        await using var site = isDistributed ? await Site.DistributedAsync() : await Site.EmbeddedAsync();
        site.UseRedis(redis.Port);
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

        var facts = await Recording.ReadFactsAsync(site.Database, Cancel);
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

        double years = Years(expiration, start);
        var ladder = new SortedDictionary<double, (double Gex, double Doubt, long Volume)>();
        foreach (var group in prints.GroupBy(print => (print.Strike, print.IsCall, print.Spot)))
        {
            var (strike, isCall, spot) = group.Key;
            long size = group.Sum(print => (long)print.Size);
            var (gamma, doubt) = Gamma(isCall, group.Average(print => print.Price), spot, strike, years);
            var before = ladder.GetValueOrDefault(strike);
            ladder[strike] = (before.Gex + (isCall ? 1 : -1) * gamma * size * spot * 100, before.Doubt + doubt * size * spot * 100, before.Volume + size);
        }

        var strikes = message.GetProperty("strikes").EnumerateArray().Select(rung => (Strike: rung[0].GetDouble(), Gex: rung[1].GetDouble(), Volume: rung[2].GetInt64())).ToList();
        Assert.Equal(ladder.Keys, strikes.Select(rung => rung.Strike));
        foreach (var rung in strikes)
        {
            var (gex, doubt, volume) = ladder[rung.Strike];
            Assert.True(Math.Abs(rung.Gex - gex) <= 1e-3 * Math.Abs(gex) + doubt, $"{rung} should be {gex} ± {doubt} in {message.GetRawText()}");
            Assert.Equal(volume, rung.Volume);
        }

        double sum = strikes.Sum(rung => rung.Gex);
        Assert.Equal(sum, data.GetProperty("sum_gex_vol").GetDouble(), 1e-9 * strikes.Sum(rung => Math.Abs(rung.Gex)) + 1e-12);
    }

    static double Years(DateOnly expiration, DateTimeOffset start)
    {
        var close = TimeZoneInfo.ConvertTimeToUtc(expiration.ToDateTime(new TimeOnly(16, 0)), NewYork);
        return (close - start.UtcDateTime).TotalSeconds / 86_400 / 262;
    }

    /// <summary>The predecessor's figure by a second hand: volatility by bisection, gamma by a difference of a cent, with what that leaves in doubt.</summary>
    static (double Gamma, double Doubt) Gamma(bool isCall, double price, double spot, double strike, double years)
    {
        const double rate = 0.025;
        double discounted = strike * Math.Exp(-rate * years);
        double intrinsic = Math.Max(0, (isCall ? 1 : -1) * (spot - discounted));
        if (price - intrinsic <= 2e-15 * (spot + strike) || price >= (isCall ? spot : discounted)) return (0, 0);

        double low = 1e-9, high = 1e4;
        for (int i = 0; i < 200; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (Price(spot, middle) < price) low = middle;
            else high = middle;
        }

        double small = Difference(0.01), large = Difference(0.02);
        bool isNarrow = spot * high * Math.Sqrt(years) < 0.1;
        return (small, 2 * Math.Abs(large - small) + 4e-16 * (spot + strike) / 1e-4 * (1 + price / 1e-3) + (isNarrow ? double.PositiveInfinity : 0));

        double Difference(double step) => (Price(spot + step, high) - 2 * Price(spot, high) + Price(spot - step, high)) / (step * step);

        double Price(double at, double volatility)
        {
            double deviation = volatility * Math.Sqrt(years);
            double d1 = (Math.Log(at / strike) + rate * years) / deviation + deviation / 2;
            return isCall
                ? at * Normal(d1) - discounted * Normal(d1 - deviation)
                : discounted * Normal(deviation - d1) - at * Normal(-d1);
        }
    }

    // Marsaglia, "Evaluating the Normal Distribution" (2004): the series about 0, and the continued fraction in the tails.
    static double Normal(double x)
    {
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (Math.Abs(x) > 4)
        {
            double fraction = Math.Abs(x);
            for (int n = 60; n > 0; n--) fraction = Math.Abs(x) + n / fraction;
            return x < 0 ? density / fraction : 1 - density / fraction;
        }

        double term = x, sum = x;
        for (int i = 3; Math.Abs(term) > 1e-18; i += 2) sum += term *= x * x / i;
        return 0.5 + sum * density;
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
