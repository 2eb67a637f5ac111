using System.Text;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using ZeroGex.Web.Alerts;
using ZeroGex.Web.Gex;
using ZeroGex.Web.Health;
using ZeroGex.Web.Metrics;

namespace ZeroGex.Web;

/// <summary>What a process answers over HTTP: how it is and what it counts, and with the role <c>web</c> what the tables hold and the bus brings.</summary>
public static class WebRegistration
{
    public static void AddZeroGexWeb(this IServiceCollection services)
    {
        services.AddSingleton(_ => new MetricsPage(MetricsPage.AllMeters));
        services.AddHostedService<FromTheStart>();
        services.AddSingleton<DatabaseHealth>().AddHealthChecks().AddCheck<DatabaseHealth>("database");
        services.AddSingleton<AlertTable>();
        services.AddSingleton<LiveGex>().AddSingleton<IConsumer<GexCalculated>>(provider => provider.GetRequiredService<LiveGex>());
    }

    public static void MapZeroGexWeb(this IEndpointRouteBuilder app, IReadOnlySet<string> roles)
    {
        app.MapGet("/health", (HealthCheckService checks, CancellationToken cancel) => HealthEndpoint.AskAsync(checks, roles, cancel));
        app.MapGet("/metrics", (MetricsPage page) => TypedResults.Text(page.Render(), MetricsPage.ContentType, Encoding.UTF8));
        if (!roles.Contains("web")) return;
        app.MapGex();
        app.MapAlerts();
        app.MapGet("/", () => TypedResults.Stream(typeof(WebRegistration).Assembly.GetManifestResourceStream("index.html")!, "text/html; charset=utf-8"));
    }

    /// <summary>Hosted services are made before the first of them starts: what starts later is counted from its beginning.</summary>
    sealed class FromTheStart(MetricsPage page) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(page);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
