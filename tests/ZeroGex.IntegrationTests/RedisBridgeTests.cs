using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Bus.Bridges;
using ZeroGex.Cli.Servers;

namespace ZeroGex.IntegrationTests;

public sealed class RedisBridgeTests
{
    const string Channel = "inferred_gex";

    static readonly DateTimeOffset Start = new(2025, 7, 18, 15, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task Windows_arrive_in_order_each_once()
    {
        await using var redis = await Servers.OwnRedisAsync();
        using var listener = await RedisListener.StartAsync(redis, Channel);
        var windows = Enumerable.Range(1, 5_000).Select(second => SomeWindows.At("SPY", second)).ToList();

        await using (var bridge = Bridge(redis))
        {
            foreach (var window in windows) await bridge.PublishAsync(window, TestContext.Current.CancellationToken);
            foreach (var window in windows) await bridge.PublishAsync(window, TestContext.Current.CancellationToken); // Redelivered.
            await bridge.PublishAsync(SomeWindows.At("SPY", 6_000) with { NaiveWindow = null }, TestContext.Current.CancellationToken);
            await bridge.PublishAsync(SomeWindows.At("QQQ", 1), TestContext.Current.CancellationToken);
            await Wait.ForAsync(() => bridge.Published == 5_001, $"5001 deliveries, {bridge.Published} made");
            Assert.Equal(0, bridge.Failed + bridge.Unheard + bridge.Dropped);
        }

        await Wait.ForAsync(() => listener.Count == 5_001, "the listener");
        Assert.Equal(windows.Append(SomeWindows.At("QQQ", 1)).Select(LegacyGexMessage.Format), listener.Heard);
    }

    [Fact]
    public async Task Password_is_given_and_a_wrong_one_counts_as_not_sent()
    {
        await using var redis = await Servers.OwnRedisAsync();
        using var listener = await RedisListener.StartAsync(redis, Channel);
        await using var bridge = Bridge(redis);
        await using var stranger = new RedisBridge(redis.Settings() with { Password = "guess" }, NullLogger.Instance);

        await bridge.PublishAsync(SomeWindows.At("SPY", 1), TestContext.Current.CancellationToken);
        await stranger.PublishAsync(SomeWindows.At("SPY", 2), TestContext.Current.CancellationToken);

        await Wait.ForAsync(() => bridge.Published == 1 && stranger.Failed == 1, $"one delivery and one failure: {bridge.Published}, {stranger.Failed}");
        await Wait.ForAsync(() => listener.Count == 1, "the listener");
    }

    [Fact]
    public async Task Message_that_nobody_hears_is_counted()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var bridge = Bridge(redis);

        await bridge.PublishAsync(SomeWindows.At("SPY", 1), TestContext.Current.CancellationToken);

        await Wait.ForAsync(() => bridge.Unheard == 1, "the count");
        Assert.Equal(0, bridge.Published + bridge.Failed + bridge.Dropped);
    }

    [Fact]
    public async Task Killed_and_restarted_Redis_gets_messages_again_and_the_lost_ones_are_counted()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var bridge = Bridge(redis);
        int sent = 0;
        using (var listener = await RedisListener.StartAsync(redis, Channel))
        {
            await bridge.PublishAsync(SomeWindows.At("SPY", ++sent), TestContext.Current.CancellationToken);
            await Wait.ForAsync(() => listener.Count == 1, "the first message");
            await redis.KillAsync();
        }

        for (int i = 0; i < 500; i++) await bridge.PublishAsync(SomeWindows.At("SPY", ++sent), TestContext.Current.CancellationToken);
        await Wait.ForAsync(() => bridge.Failed == 500, $"500 failures, {bridge.Failed} counted");

        await redis.RestartAsync(TestContext.Current.CancellationToken);
        using var again = await RedisListener.StartAsync(redis, Channel);
        await Wait.ForAsync(
            async () =>
            {
                await bridge.PublishAsync(SomeWindows.At("SPY", ++sent), TestContext.Current.CancellationToken);
                return again.Count > 0;
            },
            "publishing to resume");

        await Wait.ForAsync(() => bridge.Published + bridge.Failed + bridge.Unheard == sent, "every message to be accounted for");
        await Wait.ForAsync(() => again.Count == bridge.Published - 1, "the new listener");
        Assert.Equal(0, bridge.Dropped);
    }

    [Fact]
    public async Task Absent_Redis_slows_nobody_and_the_oldest_are_dropped()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await redis.KillAsync();
        await using var bridge = new RedisBridge(redis.Settings(), NullLogger.Instance, capacity: 10);

        for (int i = 1; i <= 1_000; i++)
        {
            var publish = bridge.PublishAsync(SomeWindows.At("SPY", i), TestContext.Current.CancellationToken);
            Assert.True(publish.IsCompletedSuccessfully);
        }

        await Wait.ForAsync(() => bridge.Failed + bridge.Dropped == 1_000, "every message to be accounted for");
        Assert.True(bridge.Dropped > 0, "Nothing was dropped.");
    }

    static RedisBridge Bridge(PrivateRedis redis) => new(redis.Settings(), NullLogger.Instance);
}
