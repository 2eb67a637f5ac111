using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
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
            Assert.Equal(["bars", "chain", "quotes", "state", "trades"], first.Select(stamp => Contract.ParseStreamId(stamp.Stream).Kind).Order());
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

    // A feed of many days, as fast as it can be read, must not be in the folds with all its days at once.
    [Fact]
    public async Task A_new_session_begins_when_all_that_was_said_before_is_on_the_bus()
    {
        var published = new ConcurrentQueue<Stamp>();
        await RunAsync(async message =>
        {
            if (SessionOf(message.Stamp) == Old && Contract.ParseStreamId(message.Stamp.Stream).Kind == "trades") await Task.Delay(5, Cancel);
            published.Enqueue(message.Stamp);
        });

        foreach (var root in published.GroupBy(stamp => Contract.ParseStreamId(stamp.Stream).Root))
        {
            List<Stamp> stamps = [.. root];
            Assert.True(stamps.FindLastIndex(stamp => SessionOf(stamp) == Old && stamp.AsOf < Midnight) < stamps.FindIndex(stamp => SessionOf(stamp) == New), root.Key);
        }
    }

    // One stream that the bus does not take holds the others back before they are far ahead, and the reading not at all.
    [Fact]
    public async Task No_stream_runs_far_ahead_of_another_and_the_feed_is_read_and_spooled_meanwhile()
    {
        var published = new ConcurrentQueue<Stamp>();
        var way = new TaskCompletionSource();
        using var spool = Spool.Open(_folder, new GatewaySettings());
        var running = RunAsync(spool, async message =>
        {
            if (message.Stamp.Stream == "chain/SPY/2026-01-15") await way.Task.WaitAsync(Cancel);
            published.Enqueue(message.Stamp);
        }, until: 1_000);

        while (spool.Position != ((Midnight.AddSeconds(1_000) - DateTimeOffset.UnixEpoch) / TimeSpan.FromMilliseconds(50)).ToString(System.Globalization.CultureInfo.InvariantCulture)) await Task.Delay(50, Cancel);
        for (int before = -1; before != published.Count; await Task.Delay(500, Cancel)) before = published.Count;
        // The stream says something once a second or less; the beats between are over.
        int most = published.Where(stamp => SessionOf(stamp) == New).GroupBy(stamp => stamp.Stream).Max(stream => stream.Count());
        int all = published.Count;

        way.SetResult();
        Assert.True(await running);
        Assert.InRange(published.Count, 2 * all, int.MaxValue);
        Assert.InRange(most, 512, 20 * 512);
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

    // Its clock would be a minute ahead of what the next start reads, and every print late.
    [Fact]
    public async Task A_feed_that_is_told_to_stop_has_not_ended()
    {
        var published = new ConcurrentQueue<Stamp>();
        using var spool = Spool.Open(_folder, new GatewaySettings());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var gateway = Gateway(new Obedient(), spool, message =>
        {
            published.Enqueue(message.Stamp);
            stop.Cancel();
            return Task.CompletedTask;
        });
        Assert.False(await gateway.RunAsync(stop.Token));
        Assert.False(spool.HasEnded);
        Assert.NotEmpty(published);
        Assert.All(published, stamp => Assert.Equal(Midnight, stamp.AsOf));
    }

    async Task RunAsync(Func<Spooled, Task> publish, int until = 10)
    {
        using var spool = Spool.Open(_folder, new GatewaySettings());
        Assert.True(await RunAsync(spool, publish, until));
        Assert.Equal(0, spool.UnconfirmedBytes);
    }

    static async Task<bool> RunAsync(Spool spool, Func<Spooled, Task> publish, int until)
    {
        var feed = new SimulatedFeed(
            new SimulatedFeedSettings(Roots: ["SPY", "TSLA"], From: Midnight.AddSeconds(-10), Until: Midnight.AddSeconds(until), QuotesPerSecond: 20, TradesPerSecond: 3, Speed: double.PositiveInfinity),
            TimeProvider.System);
        return await Gateway(feed, spool, publish).RunAsync(Cancel);
    }

    static ZeroGex.Bus.Gateway.Gateway Gateway(IMarketFeed feed, Spool spool, Func<Spooled, Task> publish) => new(
        feed, spool, new Granted(), new Refusals("test", NullLogger.Instance), new GatewaySettings(), (message, _) => publish(message), recorded: null,
        (streams, _) => Task.FromResult<IReadOnlySet<string>>(streams.ToHashSet()), TimeProvider.System, NullLogger<ZeroGex.Bus.Gateway.Gateway>.Instance);

    static DateOnly SessionOf(Stamp stamp) => Contract.ParseStreamId(stamp.Stream).Session;

    /// <summary>Says one thing, and leaves quietly when it is told to.</summary>
    sealed class Obedient : IMarketFeed
    {
        public string Name => "obedient";

        public bool CanResume => false;

        public ISessionCalendar Sessions { get; } = new AlwaysOpen();

        public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
        {
            var batch = new FeedBatch(Midnight, "1");
            batch.For("SPY").Trades.Add(new OptionTrade(new(new(2026, 1, 16), 450, OptionRight.Call), Midnight, 1, 1, 450, 1));
            yield return batch;
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    sealed class Granted : IStreamLease
    {
        public Task AcquireAsync(string root, CancellationToken cancel) => Task.CompletedTask;

        public Task GuardAsync(CancellationToken cancel) => Task.Delay(Timeout.Infinite, cancel);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
