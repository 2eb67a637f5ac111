using System.Collections.Concurrent;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ZeroGex.Bus.Gateway;

/// <summary>The right to stamp the streams of a root. One gateway at a time has it.</summary>
public interface IStreamLease : IAsyncDisposable
{
    /// <summary>Takes the root, or says who holds it.</summary>
    /// <exception cref="LeaseTakenException">Another gateway has it.</exception>
    Task AcquireAsync(string root, CancellationToken cancel);

    /// <summary>Watches over what was acquired, and takes it again when its connection was lost. Runs beside <see cref="AcquireAsync"/> until cancelled.</summary>
    /// <exception cref="LeaseTakenException">Another gateway has got a root meanwhile: stamping has to stop.</exception>
    Task GuardAsync(CancellationToken cancel);
}

/// <summary>Another gateway stamps this root.</summary>
public sealed class LeaseTakenException(string root, string holder)
    : Exception($"{root} is stamped by another gateway ({holder}). Stop that one, or give this one other roots.");

/// <summary>Who holds a lease, for people.</summary>
static class Holder
{
    public static string Process { get; } = $"pid {Environment.ProcessId} on {Environment.MachineName}";

    public static string Self { get; } = $"{Process}, since {DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ssZ}";
}

/// <summary>Distributed: an exclusive queue a root, which the broker frees when its connection dies; a second queue says who it was.</summary>
/// <param name="connection">One that reconnects, but does not declare again by itself what it had: that is done here, where it is seen whether it went well.</param>
public sealed class BrokerLease(IConnection connection) : IStreamLease
{
    const int Attempts = 10;

    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(200);

    readonly ConcurrentBag<string> _roots = [];

    public async Task AcquireAsync(string root, CancellationToken cancel)
    {
        while (!await TryAsync(() => TakeAsync(root, cancel), cancel)) await Task.Delay(Poll, cancel);
        _roots.Add(root);
    }

    public async Task GuardAsync(CancellationToken cancel)
    {
        while (true)
        {
            await Task.Delay(Poll, cancel);
            foreach (string root in _roots)
                if (!await TryAsync(() => DeclareAsync(root, cancel), cancel)) break;
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <returns>False when the broker is away: the connection reconnects by itself.</returns>
    static async Task<bool> TryAsync(Func<Task> action, CancellationToken cancel)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception error) when (error is not LeaseTakenException && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    async Task TakeAsync(string root, CancellationToken cancel)
    {
        await DeclareAsync(root, cancel);
        await SignAsync(QueueOf(root), cancel);
    }

    static string QueueOf(string root) => $"zerogex.lease.{root}";

    /// <summary>
    /// Declaring what is ours changes nothing. A killed gateway's queue goes when the broker notices the dead connection: at once on one host,
    /// within heartbeats otherwise.
    /// </summary>
    async Task DeclareAsync(string root, CancellationToken cancel)
    {
        string queue = QueueOf(root);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
                await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: false, cancellationToken: cancel);
                return;
            }
            catch (OperationInterruptedException taken) when (taken.ShutdownReason?.ReplyCode == Constants.ResourceLocked)
            {
                if (attempt == Attempts) throw new LeaseTakenException(root, await HolderOfAsync(queue, cancel));
                await Task.Delay(BetweenAttempts, cancel);
            }
        }
    }

    async Task SignAsync(string queue, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        await DeclareSignAsync(channel, queue, cancel);
        await channel.BasicPublishAsync("", queue + ".holder", Encoding.UTF8.GetBytes(Holder.Self), cancel);
    }

    async Task<string> HolderOfAsync(string queue, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        await DeclareSignAsync(channel, queue, cancel);
        var sign = await channel.BasicGetAsync(queue + ".holder", autoAck: false, cancel);
        if (sign is null) return "unknown";
        await channel.BasicNackAsync(sign.DeliveryTag, multiple: false, requeue: true, cancel);
        return Encoding.UTF8.GetString(sign.Body.Span);
    }

    static Task<QueueDeclareOk> DeclareSignAsync(IChannel channel, string queue, CancellationToken cancel) =>
        channel.QueueDeclareAsync(queue + ".holder", durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "drop-head" }, cancellationToken: cancel);
}
