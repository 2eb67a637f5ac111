using MassTransit;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Bus;

/// <summary>Puts facts on the bus, confirmed.</summary>
/// <param name="traffic">What is on its way in memory; null where a broker holds it, which refuses at the bounds of its queues.</param>
public sealed class FactPublisher(IBus bus, InMemoryTraffic? traffic = null)
{
    /// <summary>A spooled fact, as it was encoded, when there is room for it.</summary>
    public async Task PublishAsync(Spooled spooled, CancellationToken cancel)
    {
        if (traffic is not null) await traffic.RoomAsync(cancel);
        await PublishAsync(spooled.Fact, spooled.Body, spooled.Previous, cancel);
    }

    /// <summary>A loss that a fold has found. It waits for no room: the fold would wait for itself.</summary>
    public Task PublishAsync(Loss loss, CancellationToken cancel) =>
        PublishAsync(loss.Fact, Wire.Encode(loss.Fact, Wire.Preferred(typeof(FeedStateChanged))), loss.Previous, cancel);

    Task PublishAsync(IMarketFact fact, byte[] body, StreamPosition previous, CancellationToken cancel) =>
        bus.Publish(fact, fact.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            context.Serializer = ContractSerializer.For(Wire.Preferred(fact.GetType()));
            context.GetOrAddPayload(() => new EncodedBody(body));
            context.SetRoutingKey(fact.Root);
            if (fact.Stamp.Sequence == 1) BusHeaders.SetPrevious(context, previous);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }), cancel).WaitAsync(Confirmation.Patience, cancel);
}

/// <summary>Puts a fold's answers on the bus, confirmed.</summary>
public sealed class ResultPublisher(IBus bus, TimeProvider time)
{
    public async Task PublishAsync<T>(Answer<T> answer, CancellationToken cancel)
        where T : class
    {
        var window = answer.Value as GexCalculated;
        await bus.Publish(answer.Value, context =>
        {
            context.Serializer = ContractSerializer.Json;
            if (window is not null) context.SetRoutingKey(window.Root);
            if (answer.Mark is { } mark) BusHeaders.SetMark(context, mark);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }, cancel).WaitAsync(Confirmation.Patience, cancel);
        if (window is not null) Telemetry.WindowLag.Record((time.GetUtcNow() - window.End).TotalSeconds, new KeyValuePair<string, object?>("root", window.Root));
    }
}

/// <summary>How long a publish waits for the broker's word.</summary>
static class Confirmation
{
    /// <summary>
    /// A broker killed at the wrong moment leaves a confirmation that neither comes nor fails. After this the publisher tries again; should the
    /// first one have arrived after all, its stamp tells.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
}
