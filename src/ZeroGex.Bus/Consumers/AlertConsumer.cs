using MassTransit;
using Microsoft.Extensions.Hosting;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Consumers;

/// <summary>Alerts to the log and to webhooks. All patience is in <see cref="Webhooks"/>.</summary>
public sealed class AlertConsumer(Webhooks webhooks) : IConsumer<AlertRaised>, IConsumer<AlertResolved>
{
    public Task Consume(ConsumeContext<AlertRaised> context) => webhooks.AcceptAsync(context.Message, context.CancellationToken);

    public Task Consume(ConsumeContext<AlertResolved> context) => webhooks.AcceptAsync(context.Message, context.CancellationToken);
}

/// <summary>Begins to post with the process; what it has begun ends with the webhooks themselves.</summary>
sealed class WebhookPosting(Webhooks webhooks) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        webhooks.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
