using MassTransit;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Bus;

/// <summary>Puts facts on the bus, confirmed.</summary>
/// <param name="traffic">What is on its way in memory; null where a broker holds it, which refuses at the bounds of its queues.</param>
public sealed class FactPublisher(PublishingBus bus, InMemoryTraffic? traffic = null)
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
        bus.PublishAsync(to => to.Publish(fact, fact.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            context.Serializer = ContractSerializer.For(Wire.Preferred(fact.GetType()));
            context.GetOrAddPayload(() => new EncodedBody(body));
            context.SetRoutingKey(fact.Root);
            if (fact.Stamp.Sequence == 1) BusHeaders.SetPrevious(context, previous);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }), cancel), cancel);
}

/// <summary>Puts a fold's answers on the bus, confirmed.</summary>
public sealed class ResultPublisher(PublishingBus bus, TimeProvider time)
{
    public async Task PublishAsync<T>(Answer<T> answer, CancellationToken cancel)
        where T : class
    {
        var window = answer.Value as GexCalculated;
        await bus.PublishAsync(to => to.Publish(answer.Value, context =>
        {
            context.Serializer = ContractSerializer.Json;
            if (window is not null) context.SetRoutingKey(window.Root);
            if (answer.Mark is { } mark) BusHeaders.SetMark(context, mark);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }, cancel), cancel);
        if (window is not null) Telemetry.WindowLag.Record((time.GetUtcNow() - window.End).TotalSeconds, new KeyValuePair<string, object?>("root", window.Root));
    }
}
