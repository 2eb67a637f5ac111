using MassTransit;

namespace ZeroGex.Bus;

/// <summary>
/// What is on its way inside the process, counted and bounded. An in-memory queue has no bound and dies with the process: so the gateway waits
/// for <see cref="RoomAsync"/>, and whoever ends in good order waits for <see cref="DrainAsync"/> first; whoever does not is repaired from the
/// log by the next start.
/// </summary>
/// <remarks>
/// Only the gateway waits. Every other publish answers a message that is on its way already, and holding it back would hold that one back for
/// ever. The recorder's queue is not part of the bound: what it has not committed is in the spool, whose bound holds for it, and folds and screens go on
/// while the database is away.
/// </remarks>
/// <param name="readers">The queues of this process that read a message type.</param>
/// <param name="mostWaiting">Deliveries to others than the recorder that may wait before the gateway does.</param>
public sealed class InMemoryTraffic(Func<Type, IReadOnlyList<QueueSpec>> readers, int mostWaiting) : IPublishObserver, IReceiveObserver
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    long _toTheRecorder;
    long _toOthers;

    /// <summary>Waits until fewer deliveries wait than may.</summary>
    public async Task RoomAsync(CancellationToken cancel)
    {
        while (Interlocked.Read(ref _toOthers) >= mostWaiting) await Task.Delay(Poll, cancel);
    }

    /// <summary>Waits until every published message has been handled by each of its readers, what they published meanwhile included.</summary>
    /// <returns>False when the patience ended first.</returns>
    public async Task<bool> DrainAsync(TimeSpan patience, CancellationToken cancel)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (Interlocked.Read(ref _toTheRecorder) + Interlocked.Read(ref _toOthers) > 0)
        {
            if (Environment.TickCount64 > deadline) return false;
            await Task.Delay(Poll, cancel);
        }

        return true;
    }

    // Before and not after: a reader may be faster than the publisher's return. What it publishes is counted before it is done.
    Task IPublishObserver.PrePublish<T>(PublishContext<T> context) => Published(typeof(T), 1);

    Task IPublishObserver.PostPublish<T>(PublishContext<T> context) => Task.CompletedTask;

    Task IPublishObserver.PublishFault<T>(PublishContext<T> context, Exception exception) => Published(typeof(T), -1);

    Task IReceiveObserver.PreReceive(ReceiveContext context) => Task.CompletedTask;

    Task IReceiveObserver.PostReceive(ReceiveContext context) => Handled(context);

    Task IReceiveObserver.PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) => Task.CompletedTask;

    Task IReceiveObserver.ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) => Task.CompletedTask;

    Task IReceiveObserver.ReceiveFault(ReceiveContext context, Exception exception) => Handled(context);

    Task Published(Type type, int sign)
    {
        foreach (var queue in readers(type)) Interlocked.Add(ref queue == Topology.Recorder ? ref _toTheRecorder : ref _toOthers, sign);
        return Task.CompletedTask;
    }

    Task Handled(ReceiveContext context)
    {
        bool isRecorder = context.InputAddress.AbsolutePath.EndsWith($"/{Topology.Recorder.Queue(0)}", StringComparison.Ordinal);
        Interlocked.Decrement(ref isRecorder ? ref _toTheRecorder : ref _toOthers);
        return Task.CompletedTask;
    }
}
