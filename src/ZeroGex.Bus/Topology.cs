using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Bus;

/// <summary>What a queue does at its bound.</summary>
public enum WhenFull
{
    /// <summary>The broker refuses the publish and the publisher holds: nothing is ever dropped.</summary>
    PushBack,

    /// <summary>The oldest message goes; its reader refills from the log, or does not need it.</summary>
    DropOldest,
}

/// <summary>One queue: one role, one purpose.</summary>
/// <param name="Role">Who reads it; the queue is <c>zerogex.{role}</c>, or <c>zerogex.{role}.{n}</c> where partitioned.</param>
/// <param name="Reads">The messages bound to it.</param>
/// <param name="IsPartitioned">True when roots are spread over partitions, each with one active reader at a time.</param>
/// <param name="MaxMessages">The bound.</param>
/// <param name="WhenFull">What happens there.</param>
/// <param name="Concurrency">Messages handled at once; 1 keeps the order.</param>
public sealed record QueueSpec(string Role, IReadOnlyList<Type> Reads, bool IsPartitioned, int MaxMessages, WhenFull WhenFull, int Concurrency)
{
    /// <summary>True when each process has a queue of its own, declared by its reader and gone with it: for screens, which need only what comes now.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>The queue of a partition.</summary>
    public string Queue(int partition) =>
        IsTemporary ? $"zerogex.{Role}.{Environment.MachineName}.{Environment.ProcessId}"
        : IsPartitioned ? $"zerogex.{Role}.{partition}" : $"zerogex.{Role}";

    /// <summary>The exchange that spreads roots over the partitions.</summary>
    public string Spreader => $"zerogex.{Role}";
}

/// <summary>
/// Every queue of the system. Facts and results are fanned out by an exchange per message type; each role has a queue of its own behind it,
/// so that a role that falls over delays nobody else.
/// </summary>
public static class Topology
{
    const int MaxParked = 100_000;

    // Any limit will do. Where a quorum queue has one, a delivery that is given back keeps its place; without, it goes behind everything that waits.
    const int MaxDeliveries = int.MaxValue;

    /// <summary>The bound of a fold's queue.</summary>
    public const int MaxOfFold = 20_000;

    static readonly Type[] Facts = [.. Contract.All.Where(contract => contract.Kind is not null).Select(contract => contract.Type)];
    static readonly Type[] Results = [.. Contract.All.Where(contract => contract.Kind is null).Select(contract => contract.Type)];

    public static readonly QueueSpec Recorder = new("recorder", Facts, IsPartitioned: false, MaxMessages: 100_000, WhenFull.PushBack, Concurrency: 256);
    public static readonly QueueSpec Tables = new("tables", Results, IsPartitioned: false, MaxMessages: 100_000, WhenFull.PushBack, Concurrency: 256);
    public static readonly QueueSpec Redis = new("redis", [typeof(GexCalculated)], IsPartitioned: false, MaxMessages: 20_000, WhenFull.DropOldest, Concurrency: 1);

    public static readonly QueueSpec Webhooks = new("webhooks", [typeof(AlertRaised), typeof(AlertResolved)], IsPartitioned: false, MaxMessages: 20_000, WhenFull.DropOldest, Concurrency: 1);

    public static readonly QueueSpec Live = new("web", [typeof(GexCalculated), typeof(AlertRaised), typeof(AlertResolved)], IsPartitioned: false, MaxMessages: 1_000, WhenFull.DropOldest, Concurrency: 1) { IsTemporary = true };

    public static IReadOnlyList<QueueSpec> Queues { get; } = [Recorder, .. Folds.All.Select(Of), Tables, Redis, Webhooks, Live];

    /// <summary>The queue of a fold: its role has its name.</summary>
    public static QueueSpec Of(FoldSpec fold) => new(
        fold.Name, [.. Contract.All.Where(contract => contract.Kind is { } kind && fold.Inputs.Contains(kind)).Select(contract => contract.Type)],
        IsPartitioned: true, MaxMessages: MaxOfFold, WhenFull.DropOldest, Concurrency: 1);

    /// <summary>The exchange of a message type, as MassTransit names it.</summary>
    public static string Exchange(Type message) => $"{message.Namespace}:{message.Name}";

    /// <summary>The arguments of a queue; every declaration of it, by whomever, uses these.</summary>
    public static IReadOnlyDictionary<string, object?> Arguments(QueueSpec spec)
    {
        Dictionary<string, object?> arguments = new()
        {
            ["x-max-length"] = spec.MaxMessages,
            ["x-overflow"] = spec.WhenFull == WhenFull.PushBack ? "reject-publish" : "drop-head",
        };
        if (spec.IsTemporary) return arguments;
        arguments["x-queue-type"] = "quorum";
        arguments["x-single-active-consumer"] = true;
        arguments["x-delivery-limit"] = MaxDeliveries;
        return arguments;
    }

    /// <summary>
    /// Declares every exchange, queue and binding. Whoever publishes calls this first: a message published before its queue is bound is
    /// confirmed by the broker and lost.
    /// </summary>
    /// <exception cref="TopologyException">A queue is there already, and is another than this version wants.</exception>
    public static async Task DeclareAsync(IConnection connection, int partitions, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        foreach (var contract in Contract.All)
            await channel.ExchangeDeclareAsync(Exchange(contract.Type), ExchangeType.Fanout, durable: true, cancellationToken: cancel);

        foreach (var spec in Queues.Where(spec => !spec.IsTemporary))
        {
            if (spec.IsPartitioned)
                await channel.ExchangeDeclareAsync(spec.Spreader, "x-consistent-hash", durable: true, cancellationToken: cancel);

            for (int partition = 0; partition < (spec.IsPartitioned ? partitions : 1); partition++)
            {
                string queue = spec.Queue(partition);
                try
                {
                    await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(Arguments(spec)), cancellationToken: cancel);
                }
                catch (OperationInterruptedException refused) when (refused.ShutdownReason is { ReplyCode: Constants.PreconditionFailed } reason)
                {
                    throw new TopologyException($"The queue {queue} was declared by another version ({reason.ReplyText}). Stop the feed, let the version that declared it read the queue empty, delete it, start this one.");
                }

                if (spec.IsPartitioned)
                    await channel.QueueBindAsync(queue, spec.Spreader, routingKey: "1", cancellationToken: cancel); // The key is the weight.
                else
                    foreach (var type in spec.Reads)
                        await channel.QueueBindAsync(queue, Exchange(type), routingKey: "", cancellationToken: cancel);
            }

            // Last, so that a spreader never swallows a message for want of queues.
            if (spec.IsPartitioned)
                foreach (var type in spec.Reads)
                    await channel.ExchangeBindAsync(spec.Spreader, Exchange(type), routingKey: "", cancellationToken: cancel);
        }
    }

    /// <summary>Parked messages are for people: anyone may look into the queue, and its bound drops the oldest instead of refusing the newest.</summary>
    public static void ApplyToParked(IRabbitMqQueueConfigurator queue)
    {
        queue.SetQueueArgument("x-single-active-consumer", (object)null!); // Null takes away what the endpoint's own queue has.
        queue.SetQueueArgument("x-overflow", (object)null!);
        queue.SetQueueArgument("x-max-length", MaxParked);
    }

    /// <summary>Makes a MassTransit endpoint agree with the declaration above. In memory everything is handled in order: there is no broker to redeliver.</summary>
    public static void Apply(IReceiveEndpointConfigurator endpoint, QueueSpec spec, bool isEmbedded)
    {
        endpoint.ConcurrentMessageLimit = isEmbedded ? 1 : spec.Concurrency;
        endpoint.PrefetchCount = Math.Max(64, spec.Concurrency);
        endpoint.PublishFaults = false;
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator rabbit) return;

        // Only a temporary queue is bound by its reader; losing what came before it was there is what it is for.
        rabbit.ConfigureConsumeTopology = spec.IsTemporary;
        if (spec.IsTemporary) rabbit.AutoDelete = true;
        foreach (var (key, value) in Arguments(spec)) rabbit.SetQueueArgument(key, value!);
    }
}

/// <summary>The broker's queues are not as this version declares them; the message says what to do.</summary>
public sealed class TopologyException(string message) : Exception(message);
