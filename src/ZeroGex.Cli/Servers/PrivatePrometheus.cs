using System.Globalization;

namespace ZeroGex.Cli.Servers;

/// <summary>A private Prometheus that scrapes what it is told to: for a developer's graphs, and for tests of the metrics page.</summary>
public sealed class PrivatePrometheus : PrivateServer
{
    readonly string _binary;
    readonly IReadOnlyList<string> _targets;
    readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };

    PrivatePrometheus(string folder, IReadOnlyList<string> targets) : base(folder)
    {
        _targets = targets;
        _binary = ServerBinary.Find("prometheus", "prometheus", Folder, "/usr/bin");
    }

    public Uri Uri => new(string.Create(CultureInfo.InvariantCulture, $"http://{Host}:{Port}/"));

    private protected override string Name => "Prometheus";
    private protected override IReadOnlyCollection<string> ProcessNames => ["prometheus"];
    private protected override IReadOnlyList<int> Ports => [Port];

    /// <param name="targets"><c>host:port</c> of each metrics page.</param>
    public static async Task<PrivatePrometheus> StartAsync(string folder, IReadOnlyList<string> targets, CancellationToken cancel = default)
    {
        var server = new PrivatePrometheus(folder, targets);
        await server.OpenAsync(cancel);
        return server;
    }

    private protected override void ChoosePorts()
    {
        Port = LoopbackPorts.Next();
        WriteForOwner(Path.Combine(Folder, "prometheus.yml"), $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: zerogex
                static_configs: [{ targets: [{{string.Join(", ", _targets.Select(t => $"\"{t}\""))}}] }]

            """);
    }

    private protected override (IReadOnlyList<string>, IReadOnlyDictionary<string, string>) Start() => (
        [
            _binary, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address={Host}:{Port}"),
        ],
        new Dictionary<string, string>());

    private protected override async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri(Uri, "-/ready"), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private protected override Task StopCompanionsAsync()
    {
        _client.Dispose();
        return Task.CompletedTask;
    }
}
