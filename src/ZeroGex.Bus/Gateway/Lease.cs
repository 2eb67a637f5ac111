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
}

/// <summary>Another gateway stamps this root.</summary>
public sealed class LeaseTakenException(string root, string holder)
    : Exception($"{root} is stamped by another gateway ({holder}). Stop that one, or give this one other roots.");

/// <summary>Who holds a lease, for people.</summary>
static class Holder
{
    public static string Self { get; } = $"pid {Environment.ProcessId} on {Environment.MachineName}, since {DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ssZ}";
}

/// <summary>Embedded: an exclusively opened file a root.</summary>
public sealed class FileLease(string folder) : IStreamLease
{
    readonly List<FileStream> _held = [];

    public async Task AcquireAsync(string root, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, Uri.EscapeDataString(root));
        try
        {
            _held.Add(new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            string holder = File.Exists(path + ".holder") ? await File.ReadAllTextAsync(path + ".holder", cancel) : "unknown";
            throw new LeaseTakenException(root, holder);
        }

        await File.WriteAllTextAsync(path + ".holder", Holder.Self, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _held) await file.DisposeAsync();
    }
}

/// <summary>Distributed: an exclusive queue a root, which the broker frees when its connection dies; a second queue says who it was.</summary>
public sealed class BrokerLease(IConnection connection) : IStreamLease
{
    public async Task AcquireAsync(string root, CancellationToken cancel)
    {
        string queue = $"zerogex.lease.{root}";
        try
        {
            // A killed gateway's queue goes when the broker notices the dead connection: at once on one host, within heartbeats otherwise.
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
                    await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: false, cancellationToken: cancel);
                    break;
                }
                catch (OperationInterruptedException taken) when (taken.ShutdownReason?.ReplyCode == Constants.ResourceLocked && attempt < 10)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
                }
            }
        }
        catch (OperationInterruptedException taken) when (taken.ShutdownReason?.ReplyCode == Constants.ResourceLocked)
        {
            throw new LeaseTakenException(root, await HolderOfAsync(queue, cancel));
        }

        await SignAsync(queue, cancel);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

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
