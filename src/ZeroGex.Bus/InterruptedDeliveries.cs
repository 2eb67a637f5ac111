using MassTransit;
using RabbitMQ.Client.Exceptions;

namespace ZeroGex.Bus;

/// <summary>
/// Keeps a consumer whose connection was lost from waiting for itself. MassTransit 8.4 answers an acknowledgement that its dying channel refuses by
/// closing that channel, from inside the delivery; the client's close waits until the deliveries have ended, this one too, and the queue is never
/// read again. Any other failure is logged and the endpoint reconnects, so the refusal becomes one.
/// </summary>
/// <remarks>Only acknowledgements fail this way: <see cref="Consumers.Retry"/> lets no exception of the broker out of a consumer.</remarks>
public sealed class InterruptedDeliveries : IReceiveObserver
{
    public Task ReceiveFault(ReceiveContext context, Exception exception) => exception is OperationInterruptedException
        ? Task.FromException(new TransportUnavailableException("The connection was lost before the message was acknowledged; it will come again.", exception))
        : Task.CompletedTask;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;
}
