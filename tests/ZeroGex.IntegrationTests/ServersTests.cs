using System.Diagnostics;
using System.Globalization;
using System.Net;
using Npgsql;
using StackExchange.Redis;
using Xunit;
using ZeroGex.Cli.Servers;

namespace ZeroGex.IntegrationTests;

/// <summary>The private servers themselves: they start, survive kills, keep their data, and leave nothing behind.</summary>
public sealed class ServersTests
{
    const string OrphanFolder = "ZEROGEX_TEST_ORPHANS";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_test_has_a_database_of_its_own()
    {
        string[] databases = [await Servers.NewDatabaseAsync(), await Servers.NewDatabaseAsync()];
        foreach (string database in databases) await ExecuteAsync(database, "create table only_here (n int)");
        Assert.NotEqual(databases[0], databases[1]);
    }

    [Fact]
    public async Task Postgres_opens_the_same_data_at_the_next_start()
    {
        string folder = Servers.NewFolder();
        int pid;
        await using (var first = await Servers.OwnPostgresAsync(folder))
        {
            Assert.InRange(first.Port, 20_000, 32_000);
            await ExecuteAsync(first.ConnectionString, "create table t (n int); insert into t values (7)");
            pid = first.Pid;
        }

        Assert.False(IsAlive(pid));
        await using var second = await Servers.OwnPostgresAsync(folder);
        Assert.Equal(7, await ScalarAsync(second.ConnectionString, "select n from t"));
    }

    [Fact]
    public async Task Postgres_killed_and_restarted_has_what_was_committed_on_the_same_port()
    {
        await using var server = await Servers.OwnPostgresAsync();
        int port = server.Port;
        await ExecuteAsync(server.ConnectionString, "create table t (n int); insert into t values (7)");
        for (int round = 0; round < 2; round++)
        {
            await server.KillAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(server.ConnectionString, "select n from t"));
            await server.RestartAsync(Cancel);
            Assert.Equal(port, server.Port);
            Assert.Equal(7, await ScalarAsync(server.ConnectionString, "select n from t"));
        }
    }

    // Pids are few in a container: the one in the stale file is soon somebody else's.
    [Fact]
    public async Task Postgres_starts_though_the_pid_of_its_stale_pid_file_is_taken()
    {
        await using var server = await Servers.OwnPostgresAsync();
        await server.KillAsync();
        string file = Path.Combine(server.DataFolder, "postmaster.pid");
        await server.DisposeAsync();
        string[] lines = await File.ReadAllLinesAsync(file, Cancel);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(file, lines, Cancel);

        await using var next = await Servers.OwnPostgresAsync(server.Folder);
        Assert.Equal(1, await ScalarAsync(next.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task Redis_killed_and_restarted_has_what_it_acknowledged()
    {
        await using var server = await Servers.OwnRedisAsync();
        string configuration = server.ConnectionString;
        using (var before = await ConnectionMultiplexer.ConnectAsync(configuration)) await before.GetDatabase().StringSetAsync("key", "value");
        await server.KillAsync();
        Assert.False(server.IsRunning);
        await server.RestartAsync(Cancel);
        Assert.Equal(configuration, server.ConnectionString);
        using var after = await ConnectionMultiplexer.ConnectAsync(configuration);
        Assert.Equal("value", (await after.GetDatabase().StringGetAsync("key")).ToString());
    }

    [Fact]
    [Trait("tier", "long")]
    public async Task Rabbit_killed_and_restarted_has_its_durable_queue_and_message()
    {
        await using var server = await Servers.OwnRabbitAsync();
        await PutAsync(server, "api/queues/%2F/kept", """{"durable":true,"arguments":{"x-queue-type":"quorum"}}""");
        // RabbitMQ 3.10 writes its register of quorum queues to disk half a second late: a kill right after the declaration loses
        // the queue, and whoever asks for it waits for ever. A polite restart writes it.
        await server.RestartAsync(Cancel);
        await PostAsync(server, "api/exchanges/%2F/amq.default/publish",
            """{"properties":{"delivery_mode":2},"routing_key":"kept","payload":"hello","payload_encoding":"string"}""");
        var address = server.AmqpUri;

        await server.KillAsync();
        await server.RestartAsync(Cancel);
        Assert.Equal(address, server.AmqpUri);
        string message = await PostAsync(server, "api/queues/%2F/kept/get", """{"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}""");
        Assert.Contains("\"payload\":\"hello\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rabbit_has_the_plugins_and_listens_on_loopback_only()
    {
        var server = await Servers.RabbitAsync();
        string overview = await server.Management.GetStringAsync(new Uri("api/overview", UriKind.Relative), Cancel);
        Assert.Contains("x-consistent-hash", overview, StringComparison.Ordinal);
        using var client = new HttpClient();
        Assert.Contains("rabbitmq_", await client.GetStringAsync(server.PrometheusUri, Cancel), StringComparison.Ordinal);

        // /proc/net lists listeners (state 0A) as hexadecimal address:port, the address in host byte order.
        string[] open = [.. File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(f => f[3] == "0A").Select(f => f[1])];
        foreach (int port in new[] { server.Port, server.ManagementUri.Port, server.PrometheusUri.Port, server.MapperPort, server.NodePort })
        {
            string suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
            string[] addresses = [.. open.Where(a => a.EndsWith(suffix, StringComparison.Ordinal)).Select(a => a[..^5]).Distinct()];
            Assert.NotEmpty(addresses);
            Assert.All(addresses, a => Assert.Contains(a, (string[])["0100007F", "00000000000000000000000001000000"]));
        }
    }

    [Fact]
    public async Task A_virtual_host_of_one_test_is_not_that_of_another()
    {
        var one = await Servers.NewVirtualHostAsync();
        var other = await Servers.NewVirtualHostAsync();
        Assert.Equal(one.Authority, other.Authority);
        Assert.NotEqual(one.AbsolutePath, other.AbsolutePath);
    }

    [Fact]
    [Trait("tier", "long")]
    public async Task Two_of_each_run_side_by_side()
    {
        var postgres = await Task.WhenAll(Servers.OwnPostgresAsync(Servers.NewFolder()), Servers.OwnPostgresAsync(Servers.NewFolder()));
        var rabbits = await Task.WhenAll(Servers.OwnRabbitAsync(Servers.NewFolder()), Servers.OwnRabbitAsync(Servers.NewFolder()));
        var redis = await Task.WhenAll(Servers.OwnRedisAsync(Servers.NewFolder()), Servers.OwnRedisAsync(Servers.NewFolder()));
        PrivateServer[] all = [.. postgres, .. rabbits, .. redis];
        Assert.Equal(6, all.Select(s => s.Port).Distinct().Count());
        Assert.All(all, s => Assert.True(s.IsRunning));
        int[] pids = [.. all.Select(s => s.Pid)];
        await Task.WhenAll(all.Select(s => s.DisposeAsync().AsTask()));
        Assert.All(pids, pid => Assert.False(IsAlive(pid)));
    }

    [Fact]
    public async Task Prometheus_scrapes_what_it_is_told_to()
    {
        if (!File.Exists("/usr/bin/prometheus")) Assert.Skip("prometheus is not installed; no other test needs it.");
        var rabbit = await Servers.RabbitAsync();
        await using var prometheus = await PrivatePrometheus.StartAsync(Servers.NewFolder(), [rabbit.PrometheusUri.Authority], Cancel);
        using var client = new HttpClient();
        var clock = Stopwatch.StartNew();
        string said;
        while (!(said = await client.GetStringAsync(new Uri(prometheus.Uri, "api/v1/query?query=up"), Cancel)).Contains(",\"1\"]", StringComparison.Ordinal))
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(30)) Assert.Fail(said);
            await Task.Delay(100, Cancel);
        }
    }

    [Fact]
    public async Task A_folder_has_one_owner()
    {
        await using var owner = await Servers.OwnRedisAsync();
        using var second = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        second.CancelAfter(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PrivateRedis.StartAsync(owner.Folder, second.Token));
        Assert.True(owner.IsRunning);
        using var client = await ConnectionMultiplexer.ConnectAsync(owner.ConnectionString);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task Servers_end_when_their_program_is_killed()
    {
        string folder = Servers.NewFolder();
        using var program = await StartProgramAsync(folder);
        int[] servers = PidsIn(folder);
        Assert.Equal(3, servers.Length);
        program.Kill();
        await program.WaitForExitAsync(Cancel);
        await UntilAsync(() => servers.All(pid => !IsAlive(pid)) && Strays(folder).Length == 0, () => $"Still there: {string.Join(", ", Strays(folder))}");
    }

    [Fact]
    public async Task Orphans_are_stopped_before_the_data_is_opened_again()
    {
        string folder = Servers.NewFolder();
        using var program = await StartProgramAsync(folder);
        int[] servers = PidsIn(folder);
        // Without its lifelines nobody stops what the program leaves behind.
        foreach (int pid in ChildrenOf(program.Id).Where(c => Read($"/proc/{c}/comm") == "sh\n")) Process.GetProcessById(pid).Kill();
        program.Kill();
        await program.WaitForExitAsync(Cancel);
        Assert.All(servers, pid => Assert.True(IsAlive(pid)));

        var starting = (Postgres: Servers.OwnPostgresAsync(Path.Combine(folder, "postgres")), Rabbit: Servers.OwnRabbitAsync(Path.Combine(folder, "rabbit")), Redis: Servers.OwnRedisAsync(Path.Combine(folder, "redis")));
        await using var postgres = await starting.Postgres;
        await using var rabbit = await starting.Rabbit;
        await using var redis = await starting.Redis;
        Assert.All(servers, pid => Assert.False(IsAlive(pid)));
        Assert.Equal(7, await ScalarAsync(postgres.ConnectionString, "select n from t"));
    }

    /// <summary>Not a test: the program that the two above start and kill.</summary>
    [Fact(Explicit = true)]
    public async Task Program_that_is_killed()
    {
        string? folder = Environment.GetEnvironmentVariable(OrphanFolder);
        if (folder is null) return;
        var starting = (Postgres: PrivatePostgres.StartAsync(Path.Combine(folder, "postgres"), cancel: Cancel), Rabbit: PrivateRabbit.StartAsync(Path.Combine(folder, "rabbit"), Cancel), Redis: PrivateRedis.StartAsync(Path.Combine(folder, "redis"), Cancel));
        var (postgres, rabbit, redis) = (await starting.Postgres, await starting.Rabbit, await starting.Redis);
        await ExecuteAsync(postgres.ConnectionString, "create table t (n int); insert into t values (7)");
        string file = Path.Combine(folder, "pids");
        await File.WriteAllTextAsync(file + ".new", string.Create(CultureInfo.InvariantCulture, $"{postgres.Pid} {rabbit.Pid} {redis.Pid}"), Cancel);
        File.Move(file + ".new", file);
        await Task.Delay(Timeout.Infinite, Cancel);
    }

    static async Task<Process> StartProgramAsync(string folder)
    {
        await Servers.PostgresAsync(); // Skips where a server is missing.
        await Servers.RabbitAsync();
        await Servers.RedisAsync();
        string itself = Path.Combine(AppContext.BaseDirectory, "ZeroGex.IntegrationTests");
        var start = new ProcessStartInfo(itself, ["-explicit", "only", "-method", $"*.{nameof(Program_that_is_killed)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[OrphanFolder] = folder;
        var program = Process.Start(start)!;
        var said = program.StandardOutput.ReadToEndAsync(Cancel);
        await UntilAsync(() => File.Exists(Path.Combine(folder, "pids")) || program.HasExited, () => "It starts no servers.");
        if (program.HasExited) Assert.Fail($"The program ended: {await said}");
        return program;
    }

    static int[] PidsIn(string folder) => [.. File.ReadAllText(Path.Combine(folder, "pids")).Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];

    static bool IsAlive(int pid) => Read($"/proc/{pid}/stat") is { Length: > 0 } stat && stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';

    static int[] ChildrenOf(int parent) => [.. Pids().Where(pid =>
        Read($"/proc/{pid}/stat") is { Length: > 0 } stat && stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == parent.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Every process that names the folder in its command line, port mappers included through their working folder.</summary>
    static string[] Strays(string folder) => [.. Pids()
        .Where(pid => pid != Environment.ProcessId && IsAlive(pid))
        .Where(pid => Read($"/proc/{pid}/cmdline").Contains(folder, StringComparison.Ordinal)
            || (new FileInfo($"/proc/{pid}/cwd").LinkTarget ?? "").StartsWith(folder, StringComparison.Ordinal))
        .Select(pid => $"{pid} {Read($"/proc/{pid}/comm").Trim()}")];

    static IEnumerable<int> Pids() => Directory.GetDirectories("/proc").Select(Path.GetFileName)
        .Where(name => name!.All(char.IsAsciiDigit)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    static async Task UntilAsync(Func<bool> condition, Func<string> otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(60)) Assert.Fail(otherwise());
            await Task.Delay(50, Cancel);
        }
    }

    static async Task ExecuteAsync(string connectionString, string sql) => await ScalarAsync(connectionString, sql);

    static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
#pragma warning disable CA2100 // The statements are in this file.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Cancel);
    }

    static async Task PutAsync(PrivateRabbit server, string path, string json)
    {
        using var body = new StringContent(json);
        using var answer = await server.Management.PutAsync(new Uri(path, UriKind.Relative), body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    static async Task<string> PostAsync(PrivateRabbit server, string path, string json)
    {
        using var body = new StringContent(json);
        using var answer = await server.Management.PostAsync(new Uri(path, UriKind.Relative), body, Cancel);
        string said = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, said);
        return said;
    }
}
