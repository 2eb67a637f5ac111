using MassTransit;

namespace ZeroGex.Bus;

/// <summary>
/// Counts what is on its way inside the process. An in-memory queue dies with it, so whoever ends in good order waits for
/// <see cref="DrainAsync"/> first; whoever does not is repaired from the log by the next start.
/// </summary>
/// <param name="readers">How many endpoints of this process read a message type.</param>
public sealed class InMemoryTraffic(Func<Type, int> readers) : IPublishObserver, IReceiveObserver
{
    long _onTheWay;

    /// <summary>Waits until every published message has been handled by each of its readers, what they published meanwhile included.</summary>
    /// <returns>False when the patience ended first.</returns>
    public async Task<bool> DrainAsync(TimeSpan patience, CancellationToken cancel)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (Interlocked.Read(ref _onTheWay) > 0)
        {
            if (Environment.TickCount64 > deadline) return false;
            await Task.Delay(20, cancel);
        }

        return true;
    }

    Task IPublishObserver.PrePublish<T>(PublishContext<T> context)
    {
        // Before and not after: a reader may be faster than the publisher's return. What it publishes is counted before it is done.
        Interlocked.Add(ref _onTheWay, readers(typeof(T)));
        return Task.CompletedTask;
    }

    Task IPublishObserver.PostPublish<T>(PublishContext<T> context) => Task.CompletedTask;

    Task IPublishObserver.PublishFault<T>(PublishContext<T> context, Exception exception)
    {
        Interlocked.Add(ref _onTheWay, -readers(typeof(T)));
        return Task.CompletedTask;
    }

    Task IReceiveObserver.PreReceive(ReceiveContext context) => Task.CompletedTask;

    Task IReceiveObserver.PostReceive(ReceiveContext context) => Handled();

    Task IReceiveObserver.PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) => Task.CompletedTask;

    Task IReceiveObserver.ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) => Task.CompletedTask;

    Task IReceiveObserver.ReceiveFault(ReceiveContext context, Exception exception) => Handled();

    Task Handled()
    {
        Interlocked.Decrement(ref _onTheWay);
        return Task.CompletedTask;
    }
}
