using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Bus;
using ZeroGex.Tests.Feeds;

namespace ZeroGex.Tests.Bus;

/// <summary>Which failures cost a publisher its connection, without a broker: the buses opened here are in memory.</summary>
public sealed class PublishingBusTests : IAsyncDisposable
{
    readonly HandClock _clock = new();
    readonly PublishingBus _publishing;
    int _opened;

    public PublishingBusTests() => _publishing = new PublishingBus(Open, InMemory(), _clock, NullLogger<PublishingBus>.Instance);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _publishing.DisposeAsync();

    [Fact]
    public async Task One_bus_serves_until_something_happens()
    {
        Assert.Same(await UsedAsync(), await UsedAsync());
        Assert.Equal(1, _opened);
    }

    [Fact]
    public async Task Silence_costs_the_bus()
    {
        var before = await UsedAsync();
        var silent = _publishing.PublishAsync(_ => new TaskCompletionSource().Task, Cancel);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<TimeoutException>(() => silent);
        Assert.NotSame(before, await UsedAsync());
    }

    // The client gives up by itself when a declaration is not answered.
    [Fact]
    public async Task A_publish_that_nobody_here_cancelled_costs_the_bus()
    {
        var before = await UsedAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => _publishing.PublishAsync(_ => throw new TaskCanceledException(), Cancel));
        Assert.NotSame(before, await UsedAsync());
    }

    [Fact]
    public async Task A_refusal_keeps_the_bus()
    {
        var before = await UsedAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _publishing.PublishAsync(_ => throw new InvalidOperationException(), Cancel));
        Assert.Same(before, await UsedAsync());
    }

    [Fact]
    public async Task A_publisher_that_stops_keeps_the_bus()
    {
        var before = await UsedAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var stopped = _publishing.PublishAsync(_ => new TaskCompletionSource().Task, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.Same(before, await UsedAsync());
    }

    [Fact]
    public async Task Streams_that_fall_silent_one_after_the_other_cost_one_bus()
    {
        await UsedAsync();
        TaskCompletionSource early = new(), late = new();
        Task first = _publishing.PublishAsync(_ => early.Task, Cancel), second = _publishing.PublishAsync(_ => late.Task, Cancel);

        early.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        var after = await UsedAsync();
        late.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => second);

        Assert.Same(after, await UsedAsync());
        Assert.Equal(2, _opened);
    }

    async Task<IBus> UsedAsync()
    {
        IBus? used = null;
        await _publishing.PublishAsync(bus =>
        {
            used = bus;
            return Task.CompletedTask;
        }, Cancel);
        return used!;
    }

    IBusControl Open()
    {
        _opened++;
        return InMemory();
    }

    static IBusControl InMemory() => MassTransit.Bus.Factory.CreateUsingInMemory(_ => { });
}
