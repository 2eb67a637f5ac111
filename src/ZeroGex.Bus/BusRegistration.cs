using System.Runtime.CompilerServices;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus;

/// <summary>Sets up MassTransit: two encodings, the queues of <see cref="Topology"/>, one transport or the other.</summary>
public static partial class BusRegistration
{
    /// <summary>How long the bus takes to stop at most. After half of it, deliveries that are not done are given up; they come again.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds the bus with the endpoints of the given roles (names of <see cref="QueueSpec.Role"/>).</summary>
    public static void AddZeroGexBus(this IServiceCollection services, BusSettings settings, IReadOnlySet<string> roles)
    {
        RuntimeHelpers.RunClassConstructor(typeof(Telemetry).TypeHandle); // The version is told from the start, whatever this process counts.
        services.AddSingleton(settings);
        services.AddSingleton(provider => new PublishingBus(
            settings.IsEmbedded ? null : () => PublishingOver(settings, provider),
            provider.GetRequiredService<IBus>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PublishingBus>>()));
        services.AddSingleton<FactPublisher>();
        services.AddSingleton<ResultPublisher>();
        if (roles.Contains(Topology.Recorder.Role)) services.AddSingleton(provider => new Recorder(
            provider.GetRequiredService<EventLog>(), provider.GetRequiredService<ILogger<Recorder>>(), provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
        if (roles.Contains(Topology.Tables.Role)) services.AddSingleton<ResultTables>().AddSingleton<ResultWriter>();
        if (roles.Contains(Topology.Webhooks.Role)) services.AddSingleton<Bridges.Webhooks>().AddHostedService<WebhookPosting>();
        FoldSpec[] folds = [.. Folds.All.Where(fold => roles.Contains(fold.Name))];
        if (folds.Length > 0) services.AddSingleton<LiveFolds>();

        services.Configure<MassTransitHostOptions>(options =>
        {
            options.WaitUntilStarted = true;
            options.StopTimeout = StopTimeout;
            options.ConsumerStopTimeout = StopTimeout / 2;
        });
        if (settings.IsEmbedded)
        {
            var traffic = new InMemoryTraffic(type => [.. Topology.Queues.Where(queue => roles.Contains(queue.Role) && queue.Reads.Contains(type))], settings.MaxInMemory);
            services.AddSingleton(traffic).AddSingleton<IPublishObserver>(traffic).AddSingleton<IReceiveObserver>(traffic);
        }
        else
        {
            services.AddSingleton<IReceiveObserver, InterruptedDeliveries>();
        }

        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            if (settings.IsEmbedded)
                bus.UsingInMemory((context, memory) =>
                {
                    UseContracts(memory);
                    Endpoints(context, memory, settings, roles);
                });
            else
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    UseBroker(rabbit, settings);
                    rabbit.SendTopology.ConfigureErrorSettings = Topology.ApplyToParked;
                    rabbit.SendTopology.ConfigureDeadLetterSettings = Topology.ApplyToParked;
                    Endpoints(context, rabbit, settings, roles);
                });
        });

        // After the bus, which it publishes through.
        if (folds.Length > 0) services.AddHostedService(provider => new FoldCatchUp(provider.GetRequiredService<LiveFolds>(), folds));
    }

    /// <summary>Connections of one's own, beside the bus; they reconnect by themselves, and declare nothing again that was not durable.</summary>
    public static ConnectionFactory Factory(BusSettings settings, string name) => new()
    {
        HostName = settings.RabbitHost!,
        Port = settings.RabbitPort,
        UserName = settings.RabbitUser,
        Password = settings.RabbitPassword,
        VirtualHost = settings.RabbitVirtualHost,
        ClientProvidedName = name,
        AutomaticRecoveryEnabled = true,
        TopologyRecoveryEnabled = false,
        NetworkRecoveryInterval = TimeSpan.FromSeconds(1),
    };

    /// <summary>A connection for declarations and leases. Waits for a broker that is not up yet.</summary>
    public static async Task<IConnection> ConnectAsync(BusSettings settings, string name, ILogger logger, CancellationToken cancel)
    {
        var factory = Factory(settings, name);
        while (true)
        {
            try
            {
                return await factory.CreateConnectionAsync(cancel);
            }
            catch (BrokerUnreachableException error) when (error.InnerException is not AuthenticationFailureException)
            {
                LogWaiting(logger, settings.RabbitHost!, settings.RabbitPort, (error.InnerException ?? error).Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancel);
            }
        }
    }

    /// <summary>A bus to publish on and nothing else: it declares the exchanges of what it publishes, no queue.</summary>
    public static IBusControl PublishOnly(BusSettings settings) => MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => UseBroker(rabbit, settings));

    static IBusControl PublishingOver(BusSettings settings, IServiceProvider provider)
    {
        LogContext.ConfigureCurrentLogContextIfNull(provider);
        return PublishOnly(settings);
    }

    static void UseBroker(IRabbitMqBusFactoryConfigurator rabbit, BusSettings settings)
    {
        rabbit.Host(settings.RabbitHost, (ushort)settings.RabbitPort, settings.RabbitVirtualHost, host =>
        {
            host.Username(settings.RabbitUser);
            host.Password(settings.RabbitPassword);
        });
        rabbit.Publish<IMarketFact>(exclude => exclude.Exclude = true);
        UseContracts(rabbit);
    }

    static void UseContracts(IBusFactoryConfigurator bus)
    {
        bus.ClearSerialization();
        bus.AddSerializer(ContractSerializer.Json);
        bus.AddSerializer(ContractSerializer.Packed, isSerializer: false);
        bus.AddDeserializer(ContractSerializer.Json, isDefault: true);
        bus.AddDeserializer(ContractSerializer.Packed);
    }

    static void Endpoints<T>(IBusRegistrationContext context, IBusFactoryConfigurator<T> bus, BusSettings settings, IReadOnlySet<string> roles)
        where T : IReceiveEndpointConfigurator
    {
        Endpoint(Topology.Recorder, _ => context.GetRequiredService<Recorder>(), (endpoint, recorder) => endpoint.Consumer(() => new RecorderConsumer(recorder, settings)));
        Endpoint(Topology.Tables, _ => context.GetRequiredService<ResultWriter>(), (endpoint, writer) =>
            endpoint.Handle<IMarketResult>(Topology.Tables.Reads, (result, context) => writer.AddAsync(result, BusHeaders.Mark(context), settings.IsEmbedded, context.CancellationToken)));
        Endpoint(Topology.Redis, _ => context.GetRequiredService<Bridges.RedisBridge>(), (endpoint, bridge) => endpoint.Consumer(() => new RedisConsumer(bridge)));
        Endpoint(Topology.Webhooks, _ => context.GetRequiredService<Bridges.Webhooks>(), (endpoint, webhooks) =>
            endpoint.Handle<IMarketResult>(Topology.Webhooks.Reads, (alert, context) => webhooks.AcceptAsync(alert, context.CancellationToken)));
        Endpoint(Topology.Live, _ => context.GetRequiredService<IConsumer<GexCalculated>>(), (endpoint, live) =>
        {
            endpoint.Handler<GexCalculated>(live.Consume);
            if (live is IConsumer<AlertRaised> raised) endpoint.Handler<AlertRaised>(raised.Consume);
            if (live is IConsumer<AlertResolved> resolved) endpoint.Handler<AlertResolved>(resolved.Consume);
        });
        foreach (var fold in Folds.All)
            Endpoint(Topology.Of(fold), partition => context.GetRequiredService<LiveFolds>().Of(fold, partition), (endpoint, runner) =>
                endpoint.Handle<IMarketFact>(Topology.Of(fold).Reads, (fact, context) => runner.Value.HandleAsync(fact, context.CancellationToken)));

        void Endpoint<TService>(QueueSpec spec, Func<int, TService> service, Action<IReceiveEndpointConfigurator, TService> consume)
        {
            if (!roles.Contains(spec.Role)) return;
            for (int partition = 0; partition < (spec.IsPartitioned ? settings.Partitions : 1); partition++)
            {
                var instance = service(partition);
                bus.ReceiveEndpoint(spec.Queue(partition), endpoint =>
                {
                    Topology.Apply(endpoint, spec, settings.IsEmbedded);
                    consume(endpoint, instance);
                });
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "RabbitMQ at {Host}:{Port} does not answer yet: {Reason}")]
    static partial void LogWaiting(ILogger logger, string host, int port, string reason);
}
