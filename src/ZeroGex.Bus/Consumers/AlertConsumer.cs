using MassTransit;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Consumers;

/// <summary>Alerts to the log and to webhooks. All patience is in <see cref="Webhooks"/>.</summary>
public sealed class AlertConsumer(Webhooks webhooks) : IConsumer<AlertRaised>, IConsumer<AlertResolved>
{
    public Task Consume(ConsumeContext<AlertRaised> context) => webhooks.AcceptAsync(context.Message, context.CancellationToken);

    public Task Consume(ConsumeContext<AlertResolved> context) => webhooks.AcceptAsync(context.Message, context.CancellationToken);
}
