using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus;
using ZeroGex.Bus.Bridges;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Storage;
using ZeroGex.Web;

namespace ZeroGex.Cli;

/// <summary>What a process runs.</summary>
/// <param name="Roles">Names of roles, out of <see cref="Node.AllRoles"/>.</param>
/// <param name="Database">Where log and tables are.</param>
/// <param name="Feed">The feed, when the feed role is among the roles.</param>
/// <param name="FeedId">Names the feed's spool: the same feed finds its spool again.</param>
public sealed record NodePlan(IReadOnlySet<string> Roles, string Database, IMarketFeed? Feed, string FeedId);

/// <summary>One running process: its roles on the bus, its health and metrics over HTTP.</summary>
public sealed partial class Node : IAsyncDisposable
{
    /// <summary>Every role that exists.</summary>
    public static readonly IReadOnlyList<string> AllRoles = ["feed", "recorder", .. Folds.All.Select(fold => fold.Name), "tables", "redis", "webhooks", "web"];

    readonly WebApplication _app;
    readonly NpgsqlDataSource _database;
    readonly IConnection? _broker;

    Node(WebApplication app, NpgsqlDataSource database, IConnection? broker) => (_app, _database, _broker) = (app, database, broker);

    /// <summary>Where health, metrics and the query API are.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Set when the feed has ended by itself, or stopped the process with an error.</summary>
    public FeedOutcome Outcome => _app.Services.GetRequiredService<FeedOutcome>();

    /// <summary>Migrates, declares the topology, starts the bus, and only then the feed.</summary>
    public static async Task<Node> StartAsync(Settings settings, NodePlan plan, CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("MassTransit", LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Npgsql", LogLevel.Critical);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(8));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Parse(settings.Text("HTTP_HOST") ?? "127.0.0.1"), settings.HttpPort));

        var services = builder.Services;
        var database = Database.Open(plan.Database);
        services.AddSingleton(database).AddSingleton<EventLog>().AddSingleton<LogSessions>().AddSingleton<ProgressTable>().AddSingleton<GexTable>().AddSingleton<AlertDeliveries>();
        services.AddSingleton(TimeProvider.System).AddSingleton(settings.Folds).AddSingleton(settings.Webhooks).AddSingleton(settings.Gateway).AddSingleton<FeedOutcome>();
        if (plan.Roles.Contains("redis") && settings.Redis is { } redis)
            services.AddSingleton(provider => new RedisBridge(redis, provider.GetRequiredService<ILogger<RedisBridge>>()));

        var roles = plan.Roles.Where(role => role != "redis" || settings.Redis is not null).ToHashSet();
        services.AddZeroGexBus(settings.Bus, roles);
        services.AddZeroGexWeb();
        if (plan.Feed is not null) services.AddHealthChecks().AddCheck<FeedHealth>("feed");

        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        var logger = loggers.CreateLogger<Node>();
        await MigrateAsync(database, logger, cancel);

        IConnection? broker = null;
        if (!settings.Bus.IsEmbedded)
        {
            broker = await BusRegistration.ConnectAsync(settings.Bus, $"zerogex {string.Join(',', plan.Roles)}", logger, cancel);
            await Topology.DeclareAsync(broker, settings.Bus.Partitions, cancel);
        }

        if (plan.Feed is { } feed)
        {
            services.AddSingleton(feed);
            services.AddSingleton<IStreamLease>(provider => broker is null ? new DatabaseLease(plan.Database, provider.GetRequiredService<ILogger<DatabaseLease>>()) : new BrokerLease(broker));
            services.AddSingleton(provider => new Refusals(feed.Name, provider.GetRequiredService<ILogger<Refusals>>()));
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<GatewayService>(provider, Path.Combine(settings.Home, "spool", plan.FeedId)));
        }

        var app = builder.Build();
        app.MapZeroGexWeb(plan.Roles);
        var node = new Node(app, database, broker);
        var ended = node.Outcome.Ended;
        try
        {
            await app.StartAsync(cancel);
            return node;
        }
        catch (Exception error)
        {
            bool isInterrupted = cancel.IsCancellationRequested || app.Lifetime.ApplicationStopping.IsCancellationRequested;
            await node.DisposeAsync();
            if (ended.IsFaulted) await ended; // The gateway had to stop while the rest was still starting; its reason is the one that counts.
            if (isInterrupted) throw new OperationCanceledException("Interrupted while it was starting.", error, cancel);
            throw;
        }
    }

    /// <summary>Until Ctrl-C, SIGTERM, or the feed's end when <paramref name="untilFeedEnds"/>.</summary>
    public async Task WaitAsync(bool untilFeedEnds, CancellationToken cancel)
    {
        var stopping = _app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancel);
        var ended = untilFeedEnds ? Outcome.Ended : Task.Delay(Timeout.Infinite, either.Token);
        await Task.WhenAny(ended, Task.Delay(Timeout.Infinite, either.Token));
        if (untilFeedEnds && ended.IsCompletedSuccessfully && _app.Services.GetService<InMemoryTraffic>() is { } traffic)
            await Task.WhenAny(traffic.DrainAsync(TimeSpan.FromMinutes(10), either.Token));
    }

    /// <summary>
    /// Stops the feed first, then lets the bus drain, then writes what is buffered; each step is bounded, all of it well within twenty seconds.
    /// What a bound cuts off is in the spool and the log, and the next start goes on from there.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_app.Services.GetService<InMemoryTraffic>() is { } traffic)
        {
            foreach (var gateway in _app.Services.GetServices<IHostedService>().OfType<GatewayService>()) await gateway.StopAsync(CancellationToken.None);
            await traffic.DrainAsync(TimeSpan.FromSeconds(3), CancellationToken.None);
        }

        await _app.StopAsync();
        try
        {
            await _app.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(4));
        }
        catch (TimeoutException)
        {
            // A consumer that cannot finish without a server that is gone keeps its message unacknowledged; it comes again.
        }

        if (_broker is not null) await _broker.DisposeAsync();
        await _database.DisposeAsync();
    }

    static async Task MigrateAsync(NpgsqlDataSource database, ILogger logger, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                var report = await Migrator.MigrateAsync(database, cancel);
                if (report.Applied.Count > 0) LogMigrated(logger, report.Applied.Count, report.Applied);
                return;
            }
            catch (NpgsqlException error) when (error is not PostgresException || error.SqlState is "57P03" or "57P01") // Starting up, or not there yet.
            {
                LogWaiting(logger, error.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancel);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied {Count} migrations: {Names}")]
    static partial void LogMigrated(ILogger logger, int count, IReadOnlyList<string> names);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL does not answer yet: {Reason}")]
    static partial void LogWaiting(ILogger logger, string reason);
}

/// <summary>How the feed of this process fared.</summary>
public sealed class FeedOutcome
{
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the feed has ended and everything of it is safe; faults when the gateway had to stop.</summary>
    public Task Ended => _ended.Task;

    public void End() => _ended.TrySetResult();

    public void Fail(Exception error) => _ended.TrySetException(error);
}

/// <summary>The feed's state, for the health page.</summary>
sealed class FeedHealth(FeedOutcome outcome) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(outcome.Ended switch
    {
        { IsFaulted: true } stopped => HealthCheckResult.Unhealthy($"It had to stop: {stopped.Exception.InnerException!.Message}"),
        { IsCompleted: true } => HealthCheckResult.Healthy("It has ended."),
        _ => HealthCheckResult.Healthy("It runs."),
    });
}

/// <summary>Runs the gateway in this process; started after the bus, stopped before it.</summary>
sealed class GatewayService(
    string spoolFolder, IMarketFeed feed, IStreamLease lease, Refusals refusals, GatewaySettings gatewaySettings, BusSettings bus, FactPublisher publisher,
    EventLog log, LogSessions sessions, TimeProvider time, FeedOutcome outcome, IHostApplicationLifetime lifetime, ILogger<Gateway> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // Reading a spool is no part of starting the host.
        try
        {
            using var spool = Spool.Open(spoolFolder, gatewaySettings);
            using var observed = Telemetry.ObserveSpool(feed.Name, () => spool.UnconfirmedBytes);
            var gateway = new Gateway(feed, spool, lease, refusals, gatewaySettings, publisher.PublishAsync, bus.IsEmbedded ? log.PositionsAsync : null, sessions.TakingAsync, time, logger);
            if (await gateway.RunAsync(stoppingToken)) outcome.End();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            outcome.Fail(error);
            lifetime.StopApplication();
        }
    }
}
