using Microsoft.Extensions.Hosting;
using ZeroGex.Bus.Bridges;

namespace ZeroGex.Bus.Consumers;

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
