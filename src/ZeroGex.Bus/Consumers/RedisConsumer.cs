using MassTransit;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Consumers;

/// <summary>GEX windows to the legacy subscribers.</summary>
public sealed class RedisConsumer(RedisBridge bridge) : IConsumer<GexCalculated>
{
    public Task Consume(ConsumeContext<GexCalculated> context) => bridge.PublishAsync(context.Message, context.CancellationToken).AsTask();
}
