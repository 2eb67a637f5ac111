using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gateway;

/// <summary>In which order messages reach the bus.</summary>
public sealed class GatewayTests : IDisposable
{
    static readonly DateTimeOffset Midnight = new(2026, 1, 15, 5, 0, 0, TimeSpan.Zero); // In New York.
    static readonly DateOnly Old = new(2026, 1, 14), New = new(2026, 1, 15);

    readonly string _folder = Directory.CreateTempSubdirectory("gateway-").FullName;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Folds let the old session speak up to the new one's first clock: they have to hear that first, however long it takes.
    [Fact]
    public async Task What_an_old_session_still_says_comes_after_the_first_messages_of_the_new_one()
    {
        var published = new ConcurrentQueue<Stamp>();
        await RunAsync(async message =>
        {
            if (SessionOf(message.Stamp) == New && message.Stamp.Sequence == 1) await Task.Delay(1_000, Cancel);
            published.Enqueue(message.Stamp);
        });

        foreach (var root in published.GroupBy(stamp => Contract.ParseStreamId(stamp.Stream).Root))
        {
            List<Stamp> stamps = [.. root];
            List<Stamp> first = [.. stamps.Where(stamp => SessionOf(stamp) == New && stamp.Sequence == 1)];
            Assert.Equal(["bars", "chain", "quotes", "trades"], first.Select(stamp => Contract.ParseStreamId(stamp.Stream).Kind).Order());
            var late = stamps.Where(stamp => SessionOf(stamp) == Old && stamp.AsOf > first.Min(begun => begun.AsOf)).ToList();
            Assert.NotEmpty(late);
            Assert.True(first.Max(stamps.IndexOf) < late.Min(stamps.IndexOf), root.Key);
        }
    }

    [Fact]
    public async Task Streams_keep_their_order_and_have_one_message_on_its_way_at_a_time()
    {
        var published = new ConcurrentQueue<Stamp>();
        var onTheirWay = new ConcurrentDictionary<string, int>();
        await RunAsync(async message =>
        {
            Assert.Equal(1, onTheirWay.AddOrUpdate(message.Stamp.Stream, 1, (_, count) => count + 1));
            await Task.Yield();
            published.Enqueue(message.Stamp);
            onTheirWay[message.Stamp.Stream] = 0;
        });

        Assert.All(published.GroupBy(stamp => stamp.Stream), stream => Assert.Equal(Enumerable.Range(1, stream.Count()).Select(i => (long)i), stream.Select(stamp => stamp.Sequence)));
    }

    // Killed after its feed had ended, and started again: the clocks have been moved on once, and no window may close that had not.
    [Fact]
    public async Task A_feed_that_had_ended_says_nothing_more_until_it_has_something_new()
    {
        var published = new ConcurrentQueue<Stamp>();
        Task Publish(Spooled message)
        {
            published.Enqueue(message.Stamp);
            return Task.CompletedTask;
        }

        await RunAsync(Publish);
        var end = published.Max(stamp => stamp.AsOf);
        Assert.True(end > Midnight.AddSeconds(10));
        published.Clear();

        await RunAsync(Publish);
        await RunAsync(Publish);
        Assert.Empty(published);

        await RunAsync(Publish, until: 100);
        Assert.NotEmpty(published);
        Assert.Equal(Midnight.AddSeconds(100) + new GatewaySettings().Linger, published.Max(stamp => stamp.AsOf));
        published.Clear();

        await RunAsync(Publish, until: 100);
        Assert.Empty(published);
    }

    async Task RunAsync(Func<Spooled, Task> publish, int until = 10)
    {
        var settings = new GatewaySettings();
        var feed = new SimulatedFeed(
            new SimulatedFeedSettings(Roots: ["SPY", "TSLA"], From: Midnight.AddSeconds(-10), Until: Midnight.AddSeconds(until), QuotesPerSecond: 20, TradesPerSecond: 3, Speed: double.PositiveInfinity),
            TimeProvider.System);
        using var spool = Spool.Open(_folder, settings);
        var gateway = new ZeroGex.Bus.Gateway.Gateway(
            feed, spool, new Granted(), new Refusals("test", NullLogger.Instance), settings, (message, _) => publish(message), recorded: null, TimeProvider.System, NullLogger<ZeroGex.Bus.Gateway.Gateway>.Instance);
        Assert.True(await gateway.RunAsync(Cancel));
        Assert.Equal(0, spool.UnconfirmedBytes);
    }

    static DateOnly SessionOf(Stamp stamp) => Contract.ParseStreamId(stamp.Stream).Session;

    sealed class Granted : IStreamLease
    {
        public Task AcquireAsync(string root, CancellationToken cancel) => Task.CompletedTask;

        public Task GuardAsync(CancellationToken cancel) => Task.Delay(Timeout.Infinite, cancel);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
