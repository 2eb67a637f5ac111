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
