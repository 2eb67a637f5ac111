using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace ZeroGex.Cli.Servers;

/// <summary>A private RabbitMQ node with management, Prometheus and consistent-hash plugins, and an Erlang port mapper of its own.</summary>
/// <remarks>
/// The node name never changes, because RabbitMQ's data belongs to a name; nodes do not meet, because each has its own port mapper.
/// Debian's wrappers in /usr/sbin force a user and /var/lib, so the program behind them is called.
/// </remarks>
public sealed class PrivateRabbit : PrivateServer
{
    const string User = "zerogex";
    const string Node = "zerogex@localhost";

    readonly string _server;
    readonly string _mapperProgram;
    int _managementPort;
    int _prometheusPort;
    Process? _mapper;
    HttpClient? _management;

    PrivateRabbit(string folder) : base(folder)
    {
        _server = ServerBinary.Find("rabbitmq-server", "rabbitmq-server", Folder, "/usr/lib/rabbitmq/bin");
        _mapperProgram = ServerBinary.Find("epmd", "erlang-base", Folder, "/usr/bin");
    }

    public string UserName { get; } = User;

    public string Password { get; private set; } = "";

    public Uri AmqpUri => AmqpUriTo("/");

    public Uri ManagementUri => new(string.Create(CultureInfo.InvariantCulture, $"http://{Host}:{_managementPort}/"));

    public Uri PrometheusUri => new(string.Create(CultureInfo.InvariantCulture, $"http://{Host}:{_prometheusPort}/metrics"));

    /// <summary>Where other nodes and the command-line tools reach this node.</summary>
    public int NodePort { get; private set; }

    /// <summary>The Erlang port mapper's; <c>ERL_EPMD_PORT</c> for the command-line tools.</summary>
    public int MapperPort { get; private set; }

    private protected override string Name => "RabbitMQ";
    private protected override IReadOnlyCollection<string> ProcessNames => ["beam.smp", "epmd"];
    private protected override IReadOnlyList<int> Ports => [Port, _managementPort, _prometheusPort, NodePort];
    private protected override IReadOnlyList<int> Companions => _mapper is { HasExited: false } mapper ? [mapper.Id] : [];

    public static async Task<PrivateRabbit> StartAsync(string folder, CancellationToken cancel = default)
    {
        var server = new PrivateRabbit(folder);
        await server.OpenAsync(cancel);
        return server;
    }

    /// <summary>The virtual host's name is escaped, as the default one, <c>/</c>, has to be.</summary>
    public Uri AmqpUriTo(string virtualHost) => new(string.Create(
        CultureInfo.InvariantCulture, $"amqp://{User}:{Password}@{Host}:{Port}/{Uri.EscapeDataString(virtualHost)}"));

    /// <summary>A room of its own on the same broker, with all rights for <see cref="UserName"/>.</summary>
    public async Task CreateVirtualHostAsync(string name, CancellationToken cancel = default)
    {
        string host = Uri.EscapeDataString(name);
        await PutAsync($"api/vhosts/{host}", "{}", cancel);
        await PutAsync($"api/permissions/{host}/{User}", """{"configure":".*","write":".*","read":".*"}""", cancel);
    }

    /// <summary>The management API, signed in; paths start with <c>api/</c>.</summary>
    public HttpClient Management => _management ?? throw new InvalidOperationException("RabbitMQ is not running.");

    private protected override Task PrepareAsync(CancellationToken cancel)
    {
        Password = Secret(Path.Combine(Folder, "password"));
        _ = Secret(Path.Combine(Folder, ".erlang.cookie"));
        File.WriteAllText(Path.Combine(Folder, "enabled_plugins"), "[rabbitmq_consistent_hash_exchange,rabbitmq_management,rabbitmq_prometheus].\n");
        return Task.CompletedTask;
    }

    private protected override void ChoosePorts()
    {
        Port = LoopbackPorts.Next();
        _managementPort = LoopbackPorts.Next();
        _prometheusPort = LoopbackPorts.Next();
        NodePort = LoopbackPorts.Next();
        WriteForOwner(Path.Combine(Folder, "rabbitmq.conf"), string.Create(CultureInfo.InvariantCulture, $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {_managementPort}
            prometheus.tcp.ip = 127.0.0.1
            prometheus.tcp.port = {_prometheusPort}
            default_user = {User}
            default_pass = {Password}
            disk_free_limit.absolute = 200MB
            log.file.level = info

            """));

        _management?.Dispose();
        _management = new HttpClient { BaseAddress = ManagementUri, Timeout = TimeSpan.FromSeconds(10) };
        string credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{User}:{Password}"));
        _management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
    }

    private protected override (IReadOnlyList<string>, IReadOnlyDictionary<string, string>) Start()
    {
        if (_mapper is not { HasExited: false })
        {
            MapperPort = LoopbackPorts.Next();
            // Otherwise the node would start one as a daemon that outlives it.
            _mapper = Spawn([_mapperProgram, "-port", Text(MapperPort), "-address", "127.0.0.1"], new Dictionary<string, string>());
        }

        return ([_server], new Dictionary<string, string>
        {
            ["HOME"] = Folder,
            ["RUNNING_UNDER_SYSTEMD"] = "1", // The script then becomes the node, so that its pid and its signals are the node's.
            ["RABBITMQ_NODENAME"] = Node,
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(Folder, "data"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(Folder, "log"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(Folder, "rabbitmq.conf"),
            ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(Folder, "rabbitmq-env.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(Folder, "enabled_plugins"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(Folder, "rabbitmq.pid"),
            ["RABBITMQ_DIST_PORT"] = Text(NodePort),
            ["ERL_EPMD_PORT"] = Text(MapperPort),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            // Loopback only, and no spinning schedulers: an idle broker should cost nothing on a developer's machine.
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        });
    }

    private protected override async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            if (!await SpeaksAmqpAsync(cancel)) return false;
            using var overview = await Management.GetAsync(new Uri("api/overview", UriKind.Relative), cancel);
            return overview.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is SocketException or IOException or HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A broker answers the protocol header with a method frame on channel 0.</summary>
    async Task<bool> SpeaksAmqpAsync(CancellationToken cancel)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Host, Port, cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync("AMQP\0\0\x09\x01"u8.ToArray(), cancel);
        var answer = new byte[7];
        int length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancel);
        return length == answer.Length && answer is [1, 0, 0, ..];
    }

    private protected override async Task StopCompanionsAsync()
    {
        _management?.Dispose();
        if (_mapper is not { } mapper) return;
        if (!mapper.HasExited) await OwnProcess.StopAsync(mapper.Id, OwnProcess.Terminate, TimeSpan.FromSeconds(5));
        await mapper.WaitForExitAsync();
        mapper.Dispose();
        _mapper = null;
    }

    async Task PutAsync(string path, string json, CancellationToken cancel)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await Management.PutAsync(new Uri(path, UriKind.Relative), body, cancel);
        answer.EnsureSuccessStatusCode();
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
