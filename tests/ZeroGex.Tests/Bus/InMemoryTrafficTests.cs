using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Bus;

/// <summary>The in-memory bus with a recorder, a fold of three answers a fact, and tables; each can be held.</summary>
public sealed class InMemoryTrafficTests : IAsyncLifetime
{
    const int MostWaiting = 10, Facts = 50, AnswersPerFact = 3;

    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    readonly TaskCompletionSource _recorder = new(), _fold = new(), _tables = new();
    readonly IBusControl _bus;
    readonly PublishingBus _publishing;
    readonly InMemoryTraffic _traffic;
    readonly FactPublisher _gateway;
    int _published, _recorded, _folded, _stored;

    public InMemoryTrafficTests()
    {
        _traffic = new InMemoryTraffic(type => type == typeof(TradesObserved) ? [Topology.Recorder, Topology.Of(Folds.Gex)] : [Topology.Tables], MostWaiting);
        _bus = MassTransit.Bus.Factory.CreateUsingInMemory(memory =>
        {
            memory.AddDeserializer(ContractSerializer.Json, isDefault: true);
            memory.AddDeserializer(ContractSerializer.Packed);
            Endpoint<TradesObserved>(Topology.Recorder, async _ =>
            {
                await _recorder.Task;
                Interlocked.Increment(ref _recorded);
            });
            Endpoint<TradesObserved>(Topology.Of(Folds.Gex), async context =>
            {
                await _fold.Task;
                var publisher = new ResultPublisher(_publishing!, TimeProvider.System);
                for (int i = 0; i < AnswersPerFact; i++) await publisher.PublishAsync(new Answer(Window(), null), Cancel);
                Interlocked.Increment(ref _folded);
            });
            Endpoint<GexCalculated>(Topology.Tables, async _ =>
            {
                await _tables.Task;
                Interlocked.Increment(ref _stored);
            });

            void Endpoint<T>(QueueSpec spec, MessageHandler<T> handle) where T : class => memory.ReceiveEndpoint(spec.Queue(0), endpoint =>
            {
                Topology.Apply(endpoint, spec, isEmbedded: true);
                endpoint.Handler(handle);
            });
        });
        _bus.ConnectPublishObserver(_traffic);
        _bus.ConnectReceiveObserver(_traffic);
        _publishing = new PublishingBus(open: null, _bus, TimeProvider.System, NullLogger<PublishingBus>.Instance);
        _gateway = new FactPublisher(_publishing, _traffic);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _bus.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in (TaskCompletionSource[])[_recorder, _fold, _tables]) gate.TrySetResult();
        await _publishing.DisposeAsync();
        await _bus.StopAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Gateway_waits_for_a_fold_that_is_behind()
    {
        _recorder.SetResult();
        _tables.SetResult();
        await IsHeldAsync(PublishAsync(), MostWaiting, _fold);
    }

    // What the fold answers may wait for nothing: the facts before it would wait for themselves.
    [Fact]
    public async Task Gateway_waits_for_tables_that_are_behind_and_the_fold_does_not()
    {
        _recorder.SetResult();
        _fold.SetResult();
        var publishing = PublishAsync();
        while (Volatile.Read(ref _folded) * AnswersPerFact < MostWaiting) await Task.Delay(10, Cancel);
        await IsHeldAsync(publishing, most: Facts - 1, _tables);
    }

    // What it has not committed is in the spool, and bounded there.
    [Fact]
    public async Task Nobody_waits_for_the_recorder_until_the_end()
    {
        _fold.SetResult();
        _tables.SetResult();
        await PublishAsync().WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.False(await _traffic.DrainAsync(TimeSpan.Zero, Cancel));
        Assert.Equal(0, _recorded);
        _recorder.SetResult();
        await IsThroughAsync();
    }

    async Task IsHeldAsync(Task publishing, int most, TaskCompletionSource gate)
    {
        Assert.NotSame(publishing, await Task.WhenAny(publishing, Task.Delay(300, Cancel)));
        Assert.InRange(Volatile.Read(ref _published), 1, most);
        gate.SetResult();
        await publishing.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await IsThroughAsync();
    }

    async Task IsThroughAsync()
    {
        Assert.True(await _traffic.DrainAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.Equal((Facts, Facts, Facts * AnswersPerFact), (_recorded, _folded, _stored));
    }

    async Task PublishAsync()
    {
        for (int sequence = 1; sequence <= Facts; sequence++)
        {
            var fact = new TradesObserved { Stamp = new Stamp("trades/SPY/2026-01-16", 1, sequence, Open.AddSeconds(sequence)), Root = "SPY", Trades = [] };
            await _gateway.PublishAsync(new Spooled(fact, Wire.Encode(fact, Wire.Packed), default), Cancel);
            Interlocked.Increment(ref _published);
        }
    }

    static GexCalculated Window()
    {
        GexLadder ladder = new() { Sum = 1, Strikes = [new(455, 1, 100)] };
        return new GexCalculated
        {
            Root = "SPY", Expiration = new(2026, 1, 16), Session = new(2026, 1, 16), Start = Open, End = Open.AddSeconds(1), Spot = 455.73,
            TradeCount = 1, Volume = 100, NaiveWindow = ladder, NaiveDay = ladder, DealerSignedWindow = ladder, DealerSignedDay = ladder,
            AggressorShareWindow = 1, AggressorShareDay = 1, Model = new("c", 0.05, 0, "d", "v", "0.1.0", 1, []),
        };
    }
}
