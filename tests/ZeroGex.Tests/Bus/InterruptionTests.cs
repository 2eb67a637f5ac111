using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;
using ZeroGex.Bus;
using Retry = ZeroGex.Bus.Consumers.Retry;

namespace ZeroGex.Tests.Bus;

// A broker's own exception that comes out of a delivery makes MassTransit close the channel from inside it, which waits for the delivery: the queue is never read again.
public sealed class InterruptionTests
{
    static readonly AlreadyClosedException Closed = new(new ShutdownEventArgs(ShutdownInitiator.Library, 541, "connection reset"));

    [Fact]
    public async Task A_lost_connection_comes_out_of_a_consumer_as_a_cancellation()
    {
        using var delivery = new CancellationTokenSource();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Retry.ForeverAsync("a fold", async () =>
        {
            await delivery.CancelAsync(); // The connection is lost while the publish runs, and takes both.
            throw Closed;
        }, NullLogger.Instance, delivery.Token));
        Assert.Same(Closed, failure.InnerException);
    }

    [Fact]
    public async Task A_refused_acknowledgement_is_an_ordinary_failure()
    {
        var observer = new InterruptedDeliveries();
        await Assert.ThrowsAsync<TransportUnavailableException>(() => observer.ReceiveFault(null!, Closed));
        await observer.ReceiveFault(null!, new InvalidOperationException());
    }
}
