using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Bus.Consumers;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>What the recorder does with a message whose predecessor is not there.</summary>
public sealed class RecorderTests
{
    const string Stream = "trades/SPY/2026-01-16";
    const long Run = 1_768_573_800_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Predecessor_that_comes_later_is_waited_for()
    {
        await using var world = await World.OpenAsync(TimeSpan.FromMinutes(1));
        var second = world.DeliverAsync(2);
        var third = world.DeliverAsync(3);
        await Task.Delay(1_500, Cancel);
        Assert.False(second.IsCompleted);
        await Task.WhenAll(world.DeliverAsync(1), second, third);
        Assert.Equal([1, 2, 3], await world.RecordedAsync());
    }

    [Fact]
    public async Task Predecessor_that_never_comes_is_given_up()
    {
        await using var world = await World.OpenAsync(TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(world.DeliverAsync(1), world.DeliverAsync(3));
        Assert.Equal([1, 3], await world.RecordedAsync());
    }

    // A consumer whose channel has died, or that stops, has dropped what it had not begun: here 2. The broker brings it again, and 3 after it.
    [Fact]
    public async Task Delivery_that_has_died_is_not_recorded_across_a_hole()
    {
        await using var world = await World.OpenAsync(TimeSpan.FromMilliseconds(100));
        await world.DeliverAsync(1);
        using var channel = new CancellationTokenSource();
        var third = world.DeliverAsync(3, channel);
        await channel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        await Task.Delay(2_000, Cancel);
        await Task.WhenAll(world.DeliverAsync(2), world.DeliverAsync(3));
        Assert.Equal([1, 2, 3], await world.RecordedAsync());
    }

    [Fact]
    public async Task No_hole_is_believed_while_the_process_stops()
    {
        await using var world = await World.OpenAsync(TimeSpan.FromMilliseconds(100));
        await world.DeliverAsync(1);
        await world.StopAsync();
        var third = world.DeliverAsync(3);
        await Task.Delay(2_000, Cancel);
        Assert.False(third.IsCompleted);
        Assert.Equal([1], await world.RecordedAsync());
    }

    sealed class World : IAsyncDisposable
    {
        readonly TestDatabase _database;
        readonly EventLog _log;
        readonly Recorder _recorder;
        readonly CancellationTokenSource _stopping = new();

        World(TestDatabase database, TimeSpan patience)
        {
            _database = database;
            _log = new EventLog(database.Source);
            _recorder = new Recorder(_log, NullLogger<Recorder>.Instance, _stopping.Token) { Patience = patience };
        }

        public static async Task<World> OpenAsync(TimeSpan patience) => new(await TestDatabase.NewAsync(), patience);

        public Task StopAsync() => _stopping.CancelAsync();

        public Task DeliverAsync(int sequence, CancellationTokenSource? channel = null) =>
            _recorder.AddAsync(new Recording(Recorded(Trades(Stream, Run, sequence)), default, channel?.Token ?? Cancel), isQueuedEnough: false);

        public async Task<List<long>> RecordedAsync()
        {
            var sequences = new List<long>();
            await foreach (var fact in _log.ReadStreamAsync(Stream, default, null, Cancel)) sequences.Add(fact.Stamp.Sequence);
            return sequences;
        }

        public async ValueTask DisposeAsync()
        {
            await _recorder.DisposeAsync();
            await _database.DisposeAsync();
            _stopping.Dispose();
        }
    }
}
