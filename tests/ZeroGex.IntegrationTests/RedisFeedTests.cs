using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Cli.Servers;
using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests;

public sealed class RedisFeedTests
{
    const string Channel = "inferred_trades";
    const int RealDay = 22_067;

    static readonly DateTimeOffset OldDay = new(2014, 6, 6, 13, 30, 0, TimeSpan.Zero);

    readonly Refusals _refusals = new("redis", NullLogger.Instance);

    // As many as the busiest real day holds, as fast as one socket pipelines them, three times over.
    [Fact]
    public async Task Nothing_is_lost_of_a_day_published_as_fast_as_Redis_can()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var reader = await Reader.StartAsync(Feed(redis), redis);

        for (int round = 0; round < 3; round++)
        {
            byte[][] day = [.. Enumerable.Range(0, RealDay).Select(i => Message("AAPL", OldDay.AddDays(round).AddSeconds(i / 50), size: i + 1))];
            Assert.Equal(RealDay, await redis.PublishAsync(Channel, day));
            await Wait.ForAsync(() => reader.Count == RealDay * (round + 1), $"{RealDay * (round + 1)} prints, {reader.Count} came");
        }

        Assert.Equal(Enumerable.Range(0, RealDay * 3).Select(i => i % RealDay + 1), reader.Trades("AAPL").Select(trade => trade.Size));
        Assert.Equal(0, _refusals.Total);
        var clock = reader.Batches.Select(batch => batch.AsOf).ToList();
        Assert.Equal(clock.Order(), clock);
    }

    [Fact]
    public async Task Replayed_day_ends_three_seconds_after_its_last_print()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var reader = await Reader.StartAsync(Feed(redis), redis);

        await redis.PublishAsync(Channel, [Message("AAPL", OldDay, 1), Message("GOOG", OldDay.AddSeconds(7), 2)]);

        await Wait.ForAsync(() => reader.Batches.LastOrDefault()?.AsOf == OldDay.AddSeconds(10), "the clock to run on");
        Assert.Equal([1], reader.Trades("AAPL").Select(trade => trade.Size));
        Assert.Equal([2], reader.Trades("GOOG").Select(trade => trade.Size));
    }

    [Fact]
    public async Task Bad_message_and_one_from_the_future_are_refused_and_live_ones_run_by_the_wall_clock()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var reader = await Reader.StartAsync(Feed(redis), redis);
        var before = DateTimeOffset.UtcNow;

        await redis.PublishAsync(Channel, ["nonsense"u8.ToArray(), Message("SPY", before.AddMinutes(5), 1), Message("SPY", before, 2)]);

        await Wait.ForAsync(() => reader.Batches.Count > 20, "heartbeats");
        Assert.Equal([2], reader.Trades("SPY").Select(trade => trade.Size));
        Assert.Equal(new Dictionary<string, long> { ["not JSON"] = 1, ["ahead of the clock"] = 1 }, _refusals.ByReason);
        Assert.InRange(reader.Batches[^1].AsOf, before.AddMilliseconds(-1), DateTimeOffset.UtcNow);
        Assert.True(reader.Batches[^1].AsOf > reader.Batches[0].AsOf, "The clock stands still.");
    }

    [Fact]
    public async Task Killed_Redis_is_said_out_loud_and_found_again()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var reader = await Reader.StartAsync(Feed(redis), redis);
        await redis.PublishAsync(Channel, [Message("SPY", DateTimeOffset.UtcNow, 1), Message("QQQ", DateTimeOffset.UtcNow, 1)]);
        await Wait.ForAsync(() => reader.Count == 2, "the first prints");

        await redis.KillAsync();
        await Wait.ForAsync(() => reader.Notices("SPY").Count == 1, "word of the loss");
        await redis.RestartAsync(TestContext.Current.CancellationToken);
        await Wait.ForAsync(async () => await redis.SubscribersAsync(Channel) == 1, "the subscription");
        await Wait.ForAsync(() => reader.Notices("SPY").Count == 3, "word of the return");
        await redis.PublishAsync(Channel, [Message("SPY", DateTimeOffset.UtcNow, 2)]);
        await Wait.ForAsync(() => reader.Count == 3, "a print after the return");

        foreach (string root in (string[])["SPY", "QQQ"])
        {
            var notices = reader.Notices(root);
            Assert.Equal([FeedState.Disconnected, FeedState.Reconnected, FeedState.Gap], notices.Select(notice => notice.State));
            Assert.True(notices[2].From < notices[2].To, $"{notices[2]}");
        }
    }

    // Somebody replays an old day: while the connection was gone its clock went on, and only its next print tells how far.
    [Fact]
    public async Task What_is_missed_of_an_old_day_ends_with_its_next_print()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await using var reader = await Reader.StartAsync(Feed(redis), redis);
        await redis.PublishAsync(Channel, [Message("SPY", OldDay, 1)]);
        await Wait.ForAsync(() => reader.Count == 1, "the first print");

        await redis.KillAsync();
        await Wait.ForAsync(() => reader.Notices("SPY").Count == 1, "word of the loss");
        await redis.RestartAsync(TestContext.Current.CancellationToken);
        await Wait.ForAsync(async () => await redis.SubscribersAsync(Channel) == 1, "the subscription");
        await Wait.ForAsync(() => reader.Notices("SPY").Count == 2, "word of the return");
        await redis.PublishAsync(Channel, [Message("SPY", OldDay.AddSeconds(90), 2), Message("SPY", OldDay.AddSeconds(91), 3)]);
        await Wait.ForAsync(() => reader.Count == 3, "prints after the return");

        var notices = reader.Notices("SPY");
        Assert.Equal([FeedState.Disconnected, FeedState.Reconnected, FeedState.Gap], notices.Select(notice => notice.State));
        Assert.Equal(OldDay.AddSeconds(90), notices[2].To);
        Assert.InRange(notices[2].From!.Value, OldDay, OldDay.AddSeconds(10));
    }

    [Fact]
    public async Task Feed_waits_for_a_Redis_that_is_not_there_yet()
    {
        await using var redis = await Servers.OwnRedisAsync();
        await redis.KillAsync();
        var feed = Feed(redis);
        await using var reader = await Reader.StartAsync(feed, null);
        Assert.Equal(0, feed.Received);

        await redis.RestartAsync(TestContext.Current.CancellationToken);
        await Wait.ForAsync(async () => await redis.SubscribersAsync(Channel) == 1, "the subscription");
        await redis.PublishAsync(Channel, [Message("SPY", DateTimeOffset.UtcNow, 1)]);
        await Wait.ForAsync(() => reader.Count == 1, "the print");

        await redis.KillAsync();
        await Wait.ForAsync(() => reader.Notices("SPY").Any(notice => notice.State == FeedState.Disconnected), "word of the loss");
    }

    [Fact]
    public async Task Overflow_is_counted_and_named_as_a_gap()
    {
        await using var redis = await Servers.OwnRedisAsync();
        var feed = new RedisFeed(redis.Settings(), new AlwaysOpen(), _refusals, NullLogger.Instance, TimeProvider.System, capacity: 100);
        await using var reader = await Reader.StartAsync(feed, redis, hold: true);

        await redis.PublishAsync(Channel, [Message("SPY", OldDay, 1)]);
        await Wait.ForAsync(() => reader.Count == 1, "the first print");
        await redis.PublishAsync(Channel, [.. Enumerable.Range(0, 1_000).Select(i => Message("SPY", OldDay.AddSeconds(1), 1))]);
        await Wait.ForAsync(() => feed.Waiting == 100, "a full queue");
        reader.Release();

        await Wait.ForAsync(() => reader.Notices("SPY").Count > 0, "a gap");
        await Wait.ForAsync(() => reader.Count + _refusals.ByReason.GetValueOrDefault("overflow") == 1_001, "every print to be accounted for");
        Assert.All(reader.Notices("SPY"), notice => Assert.Equal(FeedState.Gap, notice.State));
    }

    RedisFeed Feed(PrivateRedis redis) =>
        new(redis.Settings(), new AlwaysOpen(), _refusals, NullLogger.Instance, TimeProvider.System);

    static byte[] Message(string root, DateTimeOffset time, int size) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"root": "{{root}}", "strike": 455.0, "right": "C", "size": {{size}}, "price": 1.5, "spot": 455.73, "aggressor": 1, "expiration": "2030-07-18", "condition": 0, "trade_datetime": "{{time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffff}}"}"""));

    /// <summary>Reads a feed to the end of the test.</summary>
    sealed class Reader : IAsyncDisposable
    {
        readonly CancellationTokenSource _stop = new();
        readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly List<FeedBatch> _batches = [];
        Task _reading = Task.CompletedTask;

        public List<FeedBatch> Batches
        {
            get { lock (_batches) return [.. _batches]; }
        }

        public int Count => Batches.Sum(batch => batch.Roots.Values.Sum(root => root.Trades.Count));

        public static async Task<Reader> StartAsync(RedisFeed feed, PrivateRedis? redis, bool hold = false)
        {
            var reader = new Reader();
            reader._reading = Task.Run(() => reader.ReadAsync(feed, hold));
            if (redis is not null) await Wait.ForAsync(async () => await redis.SubscribersAsync(Channel) == 1, "the subscription");
            return reader;
        }

        public List<OptionTrade> Trades(string root) => [.. Batches.Where(batch => batch.Roots.ContainsKey(root)).SelectMany(batch => batch.Roots[root].Trades)];

        public List<FeedNotice> Notices(string root) => [.. Batches.Where(batch => batch.Roots.ContainsKey(root)).SelectMany(batch => batch.Roots[root].Notices)];

        /// <summary>Lets a held reader go on after its first batch.</summary>
        public void Release() => _released.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            _released.TrySetResult();
            await _stop.CancelAsync();
            await _reading;
            _stop.Dispose();
        }

        async Task ReadAsync(RedisFeed feed, bool hold)
        {
            try
            {
                await foreach (var batch in feed.ReadAsync(null, _stop.Token))
                {
                    lock (_batches) _batches.Add(batch);
                    if (hold) await _released.Task;
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
