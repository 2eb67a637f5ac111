using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using ZeroGex.Contracts;

namespace ZeroGex.Bus;

/// <summary>A message that its reader could not decode.</summary>
/// <param name="ContentType">What the producer called the body; null when it said nothing.</param>
/// <param name="Type">The message type's name; null when the producer named none.</param>
/// <param name="Fault">Why it was parked; null when it was skipped for its type.</param>
/// <param name="Headers">What travelled beside it and what the reader said of it, but for call stacks and the reader's host.</param>
/// <param name="Body">The body as it came.</param>
public sealed record ParkedMessage(string? ContentType, string? Type, string? Fault, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body, when it says one of our contracts to this version; null when it does not.</summary>
    public object? Decoded()
    {
        var contract = Contract.All.FirstOrDefault(contract => contract.Type.Name == Type);
        if (contract is null || ContentType is null) return null;
        try
        {
            return Wire.Decode(contract.Type, ContentType, Body);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>The queues of messages that could not be decoded, for people: look, put back, throw away.</summary>
public sealed class ParkedMessages(IConnection connection, int partitions) : IAsyncDisposable
{
    static readonly string[] Suffixes = ["_error", "_skipped"];

    /// <summary>Connects to a broker that is there.</summary>
    /// <exception cref="BrokerUnreachableException">It does not answer.</exception>
    public static async Task<ParkedMessages> OpenAsync(BusSettings settings, CancellationToken cancel) =>
        new(await BusRegistration.Factory(settings, "zerogex parked").CreateConnectionAsync(cancel), settings.Partitions);

    /// <summary>A queue of parked messages as people name it: a reader's name alone means its error queue.</summary>
    public static string QueueOf(string name) => Suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) ? name : name + Suffixes[0];

    /// <summary>Queues that hold messages, with how many.</summary>
    public async Task<IReadOnlyList<(string Queue, long Messages)>> ListAsync(CancellationToken cancel)
    {
        var found = new List<(string, long)>();
        foreach (var spec in Topology.Queues.Where(spec => !spec.IsTemporary))
            for (int partition = 0; partition < (spec.IsPartitioned ? partitions : 1); partition++)
                foreach (string suffix in Suffixes)
                    if (await CountAsync(spec.Queue(partition) + suffix, cancel) is > 0 and var messages) found.Add((spec.Queue(partition) + suffix, messages));
        return found;
    }

    /// <summary>How many messages a queue holds; null when there is no such queue.</summary>
    public async Task<long?> CountAsync(string queue, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, cancel)).MessageCount;
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }

    /// <summary>The first messages of a queue; they stay in their places.</summary>
    public async Task<IReadOnlyList<ParkedMessage>> ShowAsync(string queue, int most, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        var messages = new List<ParkedMessage>();
        ulong last = 0;
        while (messages.Count < most && await channel.BasicGetAsync(queue, autoAck: false, cancel) is { } got)
        {
            messages.Add(Read(got));
            last = got.DeliveryTag;
        }

        if (messages.Count > 0) await channel.BasicNackAsync(last, multiple: true, requeue: true, cancel);
        return messages;
    }

    /// <summary>
    /// Puts messages back into the queue they were parked from, each once: what is parked again meanwhile is not taken again. A message leaves
    /// the parked queue when the broker has confirmed it in the other.
    /// </summary>
    /// <returns>How many were put back.</returns>
    /// <exception cref="PublishException">The reader's queue is gone, or full; this message and those after it stay parked.</exception>
    public async Task<int> ReplayAsync(string queue, int most, CancellationToken cancel)
    {
        string reader = Suffixes.Where(suffix => queue.EndsWith(suffix, StringComparison.Ordinal)).Select(suffix => queue[..^suffix.Length]).First();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancel);
        int count = 0;
        long waiting = most;
        while (count < Math.Min(waiting, most) && await channel.BasicGetAsync(queue, autoAck: false, cancel) is { } got)
        {
            if (count == 0) waiting = 1 + (long)got.MessageCount;
            var properties = new BasicProperties(got.BasicProperties) { Persistent = true, Headers = got.BasicProperties.Headers?.Where(header => !IsOfFault(header.Key)).ToDictionary() };
            await channel.BasicPublishAsync("", reader, mandatory: true, properties, got.Body, cancel);
            await channel.BasicAckAsync(got.DeliveryTag, multiple: false, cancel);
            count++;
        }

        return count;
    }

    /// <summary>Throws away everything in a queue.</summary>
    /// <returns>How many messages that were.</returns>
    public async Task<long> DropAsync(string queue, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        return await channel.QueuePurgeAsync(queue, cancel);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    static ParkedMessage Read(BasicGetResult got)
    {
        var headers = (got.BasicProperties.Headers ?? new Dictionary<string, object?>())
            .Where(header => header.Key != "MT-Fault-StackTrace" && !header.Key.StartsWith("MT-Host-", StringComparison.Ordinal))
            .OrderBy(header => header.Key, StringComparer.Ordinal).ToDictionary(header => header.Key, header => Text(header.Value));
        return new ParkedMessage(
            got.BasicProperties.ContentType, headers.GetValueOrDefault("MT-MessageType")?.Split(';')[0].Split(':')[^1], headers.GetValueOrDefault("MT-Fault-Message"), headers, got.Body.ToArray());
    }

    static bool IsOfFault(string header) => header == "MT-Reason" || header.StartsWith("MT-Fault-", StringComparison.Ordinal) || header.StartsWith("MT-Host-", StringComparison.Ordinal);

    static string Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        AmqpTimestamp time => DateTimeOffset.FromUnixTimeSeconds(time.UnixTime).ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
