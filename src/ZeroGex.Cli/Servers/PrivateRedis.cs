using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ZeroGex.Cli.Servers;

/// <summary>A private Redis with an append-only file: what it acknowledged survives its process, and all but the last second a power cut.</summary>
public sealed class PrivateRedis : PrivateServer
{
    readonly string _binary;

    PrivateRedis(string folder) : base(folder) =>
        _binary = ServerBinary.Find("redis-server", "redis-server", Folder, "/usr/bin");

    /// <summary>For StackExchange.Redis.</summary>
    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port},password={Password},abortConnect=false,allowAdmin=true");

    public string Password { get; private set; } = "";

    private protected override string Name => "Redis";
    private protected override IReadOnlyCollection<string> ProcessNames => ["redis-server"];
    private protected override IReadOnlyList<int> Ports => [Port];

    public static async Task<PrivateRedis> StartAsync(string folder, CancellationToken cancel = default)
    {
        var server = new PrivateRedis(folder);
        await server.OpenAsync(cancel);
        return server;
    }

    private protected override Task PrepareAsync(CancellationToken cancel)
    {
        Password = Secret(Path.Combine(Folder, "password"));
        return Task.CompletedTask;
    }

    private protected override void ChoosePorts()
    {
        Port = LoopbackPorts.Next();
        // Directives on the command line would show the password to every user.
        WriteForOwner(Path.Combine(Folder, "redis.conf"), string.Create(CultureInfo.InvariantCulture, $"""
            bind 127.0.0.1
            port {Port}
            requirepass {Password}
            daemonize no
            save ""
            appendonly yes
            appendfsync everysec

            """));
    }

    // The working folder is the data folder: that is how an orphan is recognised.
    private protected override (IReadOnlyList<string>, IReadOnlyDictionary<string, string>) Start() =>
        ([_binary, Path.Combine(Folder, "redis.conf")], new Dictionary<string, string>());

    private protected override async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, Port, cancel);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"AUTH {Password}\r\nPING\r\n"), cancel);
            var said = new byte[64];
            int length = await stream.ReadAtLeastAsync(said, "+OK\r\n+PONG\r\n".Length, throwOnEndOfStream: false, cancel);
            return Encoding.ASCII.GetString(said, 0, length) == "+OK\r\n+PONG\r\n"; // While loading its file it says -LOADING.
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
