using MassTransit;
using Microsoft.Extensions.Logging;

namespace ZeroGex.Bus;

/// <summary>
/// The bus that facts and results go out on. Over RabbitMQ it has a connection of its own, without consumers, and gives it up when a publish is
/// not confirmed in time.
/// </summary>
/// <remarks>
/// A confirmation that neither comes nor fails is not repaired by asking again on the same channel; on a new connection nothing of the old one is
/// left. Should the first attempt have arrived after all, its stamp tells. It does not help where the broker itself is at fault: a quorum queue
/// that has no leader confirms nothing to anybody.
/// </remarks>
/// <param name="open">Makes a bus to publish on, not yet started; null where there is no broker and <paramref name="embedded"/> serves.</param>
/// <param name="embedded">The bus of this process.</param>
/// <param name="time">Measures the patience.</param>
public sealed partial class PublishingBus(Func<IBusControl>? open, IBus embedded, TimeProvider time, ILogger<PublishingBus> logger) : IAsyncDisposable
{
    // Shorter than the client's own 20 s for a declaration, so that a dead channel is given up and not asked twice.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _turn = new(1, 1);
    IBusControl? _current;

    /// <summary>Publishes on the bus of the moment. Returns when the broker has confirmed.</summary>
    /// <exception cref="TimeoutException">It has not, in time. The next publish goes out on a new connection.</exception>
    public async Task PublishAsync(Func<IBus, Task> publish, CancellationToken cancel)
    {
        if (open is null)
        {
            await publish(embedded);
            return;
        }

        var bus = await CurrentAsync(open, cancel);
        try
        {
            await publish(bus).WaitAsync(Patience, time, cancel);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            GiveUp(bus);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _current, null) is { } bus) await StopAsync(bus);
        _turn.Dispose();
    }

    async Task<IBusControl> CurrentAsync(Func<IBusControl> open, CancellationToken cancel)
    {
        if (Volatile.Read(ref _current) is { } current) return current;
        await _turn.WaitAsync(cancel);
        try
        {
            if (_current is { } opened) return opened;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            var bus = open();
            await bus.StartAsync(patience.Token);
            return _current = bus;
        }
        finally
        {
            _turn.Release();
        }
    }

    void GiveUp(IBusControl bus)
    {
        if (Interlocked.CompareExchange(ref _current, null, bus) != bus) return; // Another stream's publish was faster.
        LogGivenUp(logger, Patience.TotalSeconds);
        _ = Task.Run(() => StopAsync(bus));
    }

    static async Task StopAsync(IBusControl bus)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        await bus.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker has not confirmed a message in {Seconds} s: publishing goes on over a new connection")]
    static partial void LogGivenUp(ILogger logger, double seconds);
}
