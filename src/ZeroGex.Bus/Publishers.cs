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
    public async Task PublishAsync(Answer answer, CancellationToken cancel)
    {
        var (result, mark) = answer;
        await bus.PublishAsync(to => to.Publish(result, result.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            context.Serializer = ContractSerializer.Json;
            context.SetRoutingKey(result.Root);
            if (mark is { } answered) BusHeaders.SetMark(context, answered);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }), cancel), cancel);
        Telemetry.WindowLag.Record((time.GetUtcNow() - result.Time).TotalSeconds, Telemetry.Root(result.Root), new KeyValuePair<string, object?>("result", Contract.Of(result.GetType()).Alias));
    }
}
