using MassTransit;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Bus;

/// <summary>Puts spooled facts on the bus as they were encoded.</summary>
public sealed class FactPublisher(IBus bus)
{
    public Task PublishAsync(Spooled spooled, CancellationToken cancel) =>
        bus.Publish(spooled.Fact, spooled.Type, Pipe.Execute<PublishContext>(context =>
        {
            context.Serializer = ContractSerializer.For(Wire.Preferred(spooled.Type));
            context.GetOrAddPayload(() => new EncodedBody(spooled.Body));
            context.SetRoutingKey(spooled.Fact.Root);
            if (spooled.Stamp.Sequence == 1) BusHeaders.SetPrevious(context, spooled.Previous);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }), cancel);
}

/// <summary>Puts a fold's answers on the bus, confirmed.</summary>
public sealed class ResultPublisher(IBus bus)
{
    public Task PublishAsync<T>(Answer<T> answer, CancellationToken cancel)
        where T : class =>
        bus.Publish(answer.Value, context =>
        {
            context.Serializer = ContractSerializer.Json;
            if (answer.Value is GexCalculated window) context.SetRoutingKey(window.Root);
            if (answer.Mark is { } mark) BusHeaders.SetMark(context, mark);
            if (context.TryGetPayload(out RabbitMqSendContext? rabbit)) rabbit.Mandatory = true;
        }, cancel);
}
