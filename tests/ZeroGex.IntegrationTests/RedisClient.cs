using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ZeroGex.Bus.Bridges;
using ZeroGex.Cli.Servers;

namespace ZeroGex.IntegrationTests;

/// <summary>Just enough of Redis's protocol to publish and listen without a client library.</summary>
static class RedisClient
{
    public static RedisSettings Settings(this PrivateRedis redis) => new() { Port = redis.Port, Password = redis.Password };

    /// <summary>Publishes as fast as one pipelined socket can.</summary>
    /// <returns>How many deliveries Redis counted.</returns>
    public static async Task<long> PublishAsync(this PrivateRedis redis, string channel, IReadOnlyList<byte[]> messages)
    {
        using var client = await ConnectAsync(redis);
        var stream = client.GetStream();
        var replies = Task.Run(async () =>
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            long delivered = 0;
            for (int i = 0; i < messages.Count; i++) delivered += long.Parse((await reader.ReadLineAsync())![1..], CultureInfo.InvariantCulture);
            return delivered;
        });

        using var commands = new MemoryStream();
        foreach (byte[] message in messages)
        {
            commands.Write(Encoding.UTF8.GetBytes($"*3\r\n$7\r\nPUBLISH\r\n${channel.Length}\r\n{channel}\r\n${message.Length}\r\n"));
            commands.Write(message);
            commands.Write("\r\n"u8);
        }

        await stream.WriteAsync(commands.GetBuffer().AsMemory(0, (int)commands.Length));
        return await replies;
    }

    /// <summary>How many clients listen to a channel.</summary>
    public static async Task<int> SubscribersAsync(this PrivateRedis redis, string channel)
    {
        using var client = await ConnectAsync(redis);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PUBSUB NUMSUB {channel}\r\n"));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        for (int i = 0; i < 3; i++) await reader.ReadLineAsync(); // *2, $n, channel
        return int.Parse((await reader.ReadLineAsync())!.AsSpan()[1..], CultureInfo.InvariantCulture);
    }

    /// <summary>A connection that has given its password.</summary>
    public static async Task<TcpClient> ConnectAsync(PrivateRedis redis)
    {
        var client = new TcpClient();
        await client.ConnectAsync(redis.Host, redis.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {redis.Password}\r\n"));
        await client.GetStream().ReadExactlyAsync(new byte["+OK\r\n".Length]);
        return client;
    }
}

/// <summary>Listens to one channel and keeps what it hears, in order.</summary>
public sealed class RedisListener : IDisposable
{
    readonly TcpClient _client;
    readonly List<string> _heard = [];

    public int Count
    {
        get { lock (_heard) return _heard.Count; }
    }

    public string[] Heard
    {
        get { lock (_heard) return [.. _heard]; }
    }

    RedisListener(TcpClient client) => _client = client;

    public static async Task<RedisListener> StartAsync(PrivateRedis redis, string channel)
    {
        var listener = new RedisListener(await RedisClient.ConnectAsync(redis));
        var stream = listener._client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"SUBSCRIBE {channel}\r\n"));
        var reader = new StreamReader(stream, Encoding.UTF8);
        for (int i = 0; i < 6; i++) await reader.ReadLineAsync(); // *3, $9, subscribe, $n, channel, :1
        _ = Task.Run(() => listener.ListenAsync(reader));
        return listener;
    }

    public void Dispose() => _client.Dispose();

    async Task ListenAsync(StreamReader reader)
    {
        try
        {
            // *3, $7, message, $n, channel, $n, body
            for (int line = 1; await reader.ReadLineAsync() is { } text; line++)
            {
                if (line % 7 != 0) continue;
                lock (_heard) _heard.Add(text);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The server was killed, or the test is over.
        }
    }
}
