using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace ZeroGex.IntegrationTests;

/// <summary>A private Redis on a free loopback port, with just enough of its protocol to publish and listen without a client library.</summary>
public sealed class RedisProcess : IAsyncDisposable
{
    const string Binary = "/usr/bin/redis-server";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zerogex-redis-");
    Process? _process;

    RedisProcess(int port) => Port = port;

    public int Port { get; }

    /// <summary>Starts one; skips the test where there is no Redis, fails it where CI is set.</summary>
    public static async Task<RedisProcess> StartAsync()
    {
        if (!File.Exists(Binary))
        {
            if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail($"{Binary} is missing.");
            Assert.Skip($"{Binary} is not here: apt-get install redis-server");
        }

        var redis = Reserve();
        await redis.RestartAsync();
        return redis;
    }

    /// <summary>A port with nothing behind it, until <see cref="RestartAsync"/>.</summary>
    public static RedisProcess Reserve()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return new RedisProcess(port);
            }
            catch (SocketException)
            {
                // Taken; the next one.
            }
        }

        throw new InvalidOperationException("No free port between 20000 and 32000.");
    }

    public async Task RestartAsync()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "", "--daemonize", "no",
            "--logfile", Path.Combine(_folder.FullName, "redis.log"),
        ];
        _process = Process.Start(Binary, arguments);
        await Wait.ForAsync(async () => await PingAsync(), $"Redis to answer on port {Port}");
    }

    /// <summary>As a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Publishes as fast as one pipelined socket can.</summary>
    /// <returns>How many deliveries Redis counted.</returns>
    public async Task<long> PublishAsync(string channel, IReadOnlyList<byte[]> messages)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await using var stream = client.GetStream();
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
    public async Task<int> SubscribersAsync(string channel)
    {
        string reply = await AskAsync($"PUBSUB NUMSUB {channel}\r\n", lines: 4);
        return int.Parse(reply.Split('\n')[3].AsSpan()[1..], CultureInfo.InvariantCulture);
    }

    /// <summary>Asks newcomers for a password from now on.</summary>
    public async Task RequireAsync(string password) => Assert.Equal("+OK\n", await AskAsync($"CONFIG SET requirepass {password}\r\n", lines: 1));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    async Task<bool> PingAsync()
    {
        try
        {
            return await AskAsync("PING\r\n", lines: 1) is "+PONG\n";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    async Task<string> AskAsync(string command, int lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var reply = new StringBuilder();
        for (int i = 0; i < lines; i++) reply.Append(await reader.ReadLineAsync()).Append('\n');
        return reply.ToString();
    }
}

/// <summary>Listens to one channel and keeps what it hears, in order.</summary>
public sealed class RedisListener : IDisposable
{
    readonly TcpClient _client = new();
    readonly List<string> _heard = [];

    public int Count
    {
        get { lock (_heard) return _heard.Count; }
    }

    public string[] Heard
    {
        get { lock (_heard) return [.. _heard]; }
    }

    public static async Task<RedisListener> StartAsync(int port, string channel)
    {
        var listener = new RedisListener();
        await listener._client.ConnectAsync(IPAddress.Loopback, port);
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

/// <summary>Waits for a condition, never for a time.</summary>
static class Wait
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task ForAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Patience) Assert.Fail($"Waited {Patience} for {what}.");
            await Task.Delay(10);
        }
    }

    public static Task ForAsync(Func<bool> condition, string what) => ForAsync(() => Task.FromResult(condition()), what);
}
