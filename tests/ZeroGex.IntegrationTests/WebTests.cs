using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;
using ZeroGex.Bus;
using ZeroGex.Bus.Feeds;
using ZeroGex.Cli;
using ZeroGex.Storage;
using ZeroGex.Web;

namespace ZeroGex.IntegrationTests;

public sealed class WebTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_API_answers_with_the_rows_of_the_table_as_JSON()
    {
        await using var database = await TestDatabase.NewAsync();
        await new GexTable(database.Source).WriteAsync([], [.. Enumerable.Range(1, 3).SelectMany(second => Windows(second))], [], Cancel);
        await using var app = await WebAsync(database.Source);
        using HttpClient client = new() { BaseAddress = new(app.Urls.First()) };

        var newest = await JsonAsync(client, "/api/gex/SPY");
        Assert.Equal(["dealer_signed_day", "naive_day"], newest.EnumerateArray().Take(2).Select(row => row.GetProperty("measure").GetString()));
        var row = newest[0];
        Assert.Equal("2026-01-16T17:00:03Z", row.GetProperty("time").GetString());
        Assert.Equal("2026-01-16", row.GetProperty("expiration").GetString());
        Assert.Equal("[[450.0, 1.5, 3]]", row.GetProperty("strikes").GetRawText());
        Assert.Equal(0.05, row.GetProperty("model").GetProperty("rate").GetDouble());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("zeroGamma").ValueKind);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/gex/TSLA", Cancel)).StatusCode);
        Assert.Contains("<title>ZeroGex</title>", await client.GetStringAsync("/", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_is_bounded_and_ends_between_two_instants()
    {
        await using var database = await TestDatabase.NewAsync();
        await new GexTable(database.Source).WriteAsync([], [.. Enumerable.Range(1, 3).SelectMany(second => Windows(second))], [], Cancel);
        await using var app = await WebAsync(database.Source);
        using HttpClient client = new() { BaseAddress = new(app.Urls.First()) };

        // Two expirations a window: three rows would cut the second window in half.
        Assert.Equal(["01", "01"], await SecondsAsync("since=2026-01-16T17:00:00Z&limit=3"));
        Assert.Equal(["02", "02", "03", "03"], await SecondsAsync("since=2026-01-16T17:00:01Z"));
        Assert.Empty(await SecondsAsync("since=2026-01-16T17:00:03Z"));
        foreach (string wrong in new[] { "", "since=yesterday", "since=2026-01-16&limit=0", "since=2026-01-16&limit=5001", "since=2026-01-16&limit=1", "since=2026-01-16&measure=vega" })
            Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync($"/api/gex/SPY/windows?{wrong}", Cancel)).StatusCode);

        async Task<IEnumerable<string>> SecondsAsync(string query) =>
            (await JsonAsync(client, $"/api/gex/SPY/windows?{query}")).EnumerateArray().Select(row => row.GetProperty("time").GetString()![17..19]);
    }

    [Fact]
    public async Task Alerts_come_the_newest_first_by_root_time_and_activity()
    {
        await using var database = await TestDatabase.NewAsync();
        await using var app = await WebAsync(database.Source);
        using HttpClient client = new() { BaseAddress = new(app.Urls.First()) };
        AlertRow near = new(Noon, "SPY", "near", "raised", "near/SPY", new(2026, 1, 16), "info", "spot", "within", "all", -0.2, 0.25, 460, 459.08, "near the wall", false, null);
        await new TableWrite().Add(Tables.Alerts, near, near with { Time = Noon.AddSeconds(9), Event = "resolved", Value = null }, near with { Root = "QQQ", Id = "near/QQQ", Time = Noon.AddSeconds(5) })
            .CommitAsync(database.Source, Cancel);

        Assert.Equal(["near/SPY resolved", "near/QQQ raised", "near/SPY raised"], await IdsAsync(""));
        Assert.Equal(["near/SPY resolved"], await IdsAsync("?root=SPY&limit=1"));
        Assert.Equal(["near/QQQ raised"], await IdsAsync("?active=true"));
        Assert.Equal(["near/SPY resolved"], await IdsAsync($"?since={Noon.AddSeconds(6):yyyy-MM-ddTHH:mm:ss}Z"));
        foreach (string bad in (string[])["?limit=0", "?limit=5001", "?since=yesterday"])
            Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/alerts" + bad, Cancel)).StatusCode);

        async Task<IEnumerable<string>> IdsAsync(string query) =>
            (await JsonAsync(client, "/api/alerts" + query)).EnumerateArray().Select(row => $"{row.GetProperty("id").GetString()} {row.GetProperty("event").GetString()}");
    }

    [Fact]
    public async Task Health_is_503_with_the_reason_while_the_database_is_away()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Timeout=2");
        await using var app = await WebAsync(nowhere);
        using HttpClient client = new() { BaseAddress = new(app.Urls.First()) };

        using var answer = await client.GetAsync("/health", Cancel);
        string text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, text);
        Assert.Contains("database: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_node_is_healthy_streams_its_windows_and_tells_metrics_that_promtool_accepts()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await RunAsync(new Settings([$"ZEROGEX_HOME={Servers.NewFolder()}"]), database.ConnectionString);
    }

    // Over a broker the live queue is the process's own, and is gone with it.
    [Fact]
    public async Task The_same_over_a_broker()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        var broker = await Servers.NewVirtualHostAsync();
        string[] user = broker.UserInfo.Split(':');
        Settings settings = new(
        [
            $"ZEROGEX_HOME={Servers.NewFolder()}", $"RABBITMQ_HOST={broker.Host}", $"RABBITMQ_PORT={broker.Port}",
            $"RABBITMQ_VHOST={Uri.UnescapeDataString(broker.AbsolutePath[1..])}", $"RABBITMQ_USER={Uri.UnescapeDataString(user[0])}", $"RABBITMQ_PASSWORD={Uri.UnescapeDataString(user[1])}",
        ]);
        await RunAsync(settings, database.ConnectionString);

        await using var connection = await BusRegistration.ConnectAsync(settings.Bus, "test", LoggerFactory.Create(_ => { }).CreateLogger("test"), Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        await Assert.ThrowsAsync<RabbitMQ.Client.Exceptions.OperationInterruptedException>(() => channel.QueueDeclarePassiveAsync(Topology.Live.Queue(0), Cancel));
    }

    static async Task RunAsync(Settings settings, string database)
    {
        SimulatedFeed feed = new(new SimulatedFeedSettings(Roots: ["SPY"], QuotesPerSecond: 20), TimeProvider.System);
        await using var node = await Node.StartAsync(settings, new NodePlan(Node.AllRoles.ToHashSet(), database, feed, "test"), Cancel);
        using HttpClient client = new() { BaseAddress = new(node.Url), Timeout = TimeSpan.FromSeconds(60) };

        await using var stream = await client.GetStreamAsync("/api/gex/SPY/live", Cancel);
        var window = await SseParser.Create(stream).EnumerateAsync(Cancel).FirstAsync(item => item.EventType == "gex", Cancel);
        using var rows = JsonDocument.Parse(window.Data);
        Assert.Equal("SPY", rows.RootElement[0].GetProperty("root").GetString());

        using var health = await client.GetAsync("/health", Cancel);
        Assert.True(health.IsSuccessStatusCode, await health.Content.ReadAsStringAsync(Cancel));

        // A window may be seen before its publisher has the broker's word, and only then is its lag counted.
        string page = "";
        await Wait.ForAsync(async () => (page = await client.GetStringAsync("/metrics", Cancel)).Contains("\nzerogex_window_lag_seconds_bucket{", StringComparison.Ordinal), "the window's lag");
        // Nothing of MassTransit here: its meter belongs to the first host of a process, and this may be the second.
        foreach (string name in new[] { "zerogex_build_info{version=", "zerogex_spool_bytes{feed=", "zerogex_prints_total{root=", "dotnet_gc_collections_total{", "db_client_" })
            Assert.Contains($"\n{name}", page, StringComparison.Ordinal);
        await PromtoolAcceptsAsync(string.Concat(page.Split('\n').Where(line => line.Contains("zerogex_", StringComparison.Ordinal)).Select(line => $"{line}\n")));
    }

    static async Task PromtoolAcceptsAsync(string page)
    {
        const string Promtool = "/usr/bin/promtool";
        if (!File.Exists(Promtool))
        {
            if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail("promtool is not here: apt-get install prometheus.");
            Assert.Skip("promtool is not here: apt-get install prometheus.");
        }

        using var promtool = Process.Start(new ProcessStartInfo(Promtool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        string complaints = await promtool.StandardError.ReadToEndAsync(Cancel);
        await promtool.WaitForExitAsync(Cancel);
        Assert.True(promtool.ExitCode == 0, complaints + page);
    }

    static async Task<WebApplication> WebAsync(NpgsqlDataSource database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(database).AddSingleton<GexTable>().AddSingleton(TimeProvider.System).AddZeroGexWeb();
        var app = builder.Build();
        app.MapZeroGexWeb(new HashSet<string> { "web" });
        await app.StartAsync(Cancel);
        return app;
    }

    static async Task<JsonElement> JsonAsync(HttpClient client, string path)
    {
        using var document = JsonDocument.Parse(await client.GetStringAsync(path, Cancel));
        return document.RootElement.Clone();
    }

    static IEnumerable<TradedGexRow> Windows(int second) =>
        from expiration in new[] { new DateOnly(2026, 1, 16), new DateOnly(2026, 2, 20) }
        from measure in new[] { GexMeasure.NaiveDay, GexMeasure.DealerSignedDay }
        select new TradedGexRow(
            Noon.AddSeconds(second), "SPY", expiration, measure, 455.73, -1.25e9, null, 460, 450, null, null, "[[450.0, 1.5, 3]]", 0.75, 25, 2_500, false,
            """{"rate": 0.05, "engineVersion": "1.0.0"}""");
}
