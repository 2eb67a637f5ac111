using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using Xunit;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;
using ZeroGex.IntegrationTests;

[assembly: AssemblyFixture(typeof(ServersAtTheEnd))]
// Real servers on few cores: one test at a time says more about the code and less about the machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace ZeroGex.IntegrationTests;

/// <summary>
/// Real servers for the tests. The shared ones start when the first test asks and stop after the last; a test gets a database or
/// a virtual host of its own on them. A test that kills a server takes one of its own.
/// </summary>
/// <remarks>
/// <c>ZEROGEX_TEST_POSTGRES</c> (an Npgsql connection string), <c>ZEROGEX_TEST_RABBIT</c> (an AMQP address; with
/// <c>ZEROGEX_TEST_RABBIT_MANAGEMENT</c>, an HTTP address with user and password in it, virtual hosts are created, otherwise the
/// address is used as it is) and <c>ZEROGEX_TEST_REDIS</c> (a StackExchange.Redis configuration) name servers to use instead.
/// Where a server is missing the test is skipped, and fails where <c>CI</c> is set.
/// </remarks>
public static class Servers
{
    static readonly SemaphoreSlim Gate = new(1, 1), Migrating = new(1, 1);
    static readonly List<PrivateServer> Started = [];
    static readonly List<string> Databases = [];
    static readonly string Root = Path.Combine(Path.GetTempPath(), $"zerogex-tests-{Environment.ProcessId}");

    static PrivatePostgres? _postgres;
    static PrivateRabbit? _rabbit;
    static PrivateRedis? _redis;
    static string? _migrated;
    static int _count;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A new, empty database; an Npgsql connection string.</summary>
    public static Task<string> NewDatabaseAsync() => NewDatabaseAsync("template1");

    /// <summary>A new database with the schema of a system that has recorded nothing: a copy of one that was migrated once.</summary>
    public static async Task<string> NewMigratedDatabaseAsync()
    {
        await Migrating.WaitAsync(Cancel);
        try
        {
            if (_migrated is null)
            {
                string template = await NewDatabaseAsync();
                await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(template) { Pooling = false }.ConnectionString); // Nobody may be connected to what is copied.
                await Migrator.MigrateAsync(database, Cancel);
                _migrated = new NpgsqlConnectionStringBuilder(template).Database;
            }
        }
        finally
        {
            Migrating.Release();
        }

        return await NewDatabaseAsync(_migrated!);
    }

    static async Task<string> NewDatabaseAsync(string template)
    {
        string name = NewName(), server = Given("ZEROGEX_TEST_POSTGRES") ?? (await PostgresAsync()).ConnectionString;
        await ExecuteAsync(server, $"create database {name} template {template}");
        Databases.Add(name);
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    /// <summary>A new, empty virtual host; an AMQP address.</summary>
    public static async Task<Uri> NewVirtualHostAsync()
    {
        string name = NewName();
        if (Given("ZEROGEX_TEST_RABBIT") is { } given)
        {
            if (Given("ZEROGEX_TEST_RABBIT_MANAGEMENT") is not { } management) return new Uri(given);
            await CreateVirtualHostAsync(new Uri(management), name);
            return new UriBuilder(given) { Path = name }.Uri;
        }

        var server = await RabbitAsync();
        await server.CreateVirtualHostAsync(name, Cancel);
        return server.AmqpUriTo(name);
    }

    /// <summary>Takes a virtual host off the shared RabbitMQ, which counts and watches the queues of all of them.</summary>
    public static async Task DropVirtualHostAsync(Uri address)
    {
        if (_rabbit is { IsRunning: true } server && address.Port == server.Port)
            using (await server.Management.DeleteAsync(new Uri($"api/vhosts{address.AbsolutePath}", UriKind.Relative), CancellationToken.None)) { }
    }

    /// <summary>
    /// The shared Redis; a StackExchange.Redis configuration. Its channels are shared too:
    /// a test that listens on a well-known channel takes <see cref="OwnRedisAsync"/>, which starts in a tenth of a second.
    /// </summary>
    public static async Task<string> RedisConfigurationAsync() => Given("ZEROGEX_TEST_REDIS") ?? (await RedisAsync()).ConnectionString;

    /// <summary>The shared private PostgreSQL, whatever the environment says. Do not stop it.</summary>
    public static Task<PrivatePostgres> PostgresAsync() => SharedAsync(() => _postgres, async () => _postgres =
        // Test data need not survive a power cut.
        await PrivatePostgres.StartAsync(Path.Combine(Root, "postgres"), settings: ["fsync=off", "max_connections=200", "max_prepared_transactions=10"], cancel: Cancel));

    /// <summary>The shared private RabbitMQ, whatever the environment says. Do not stop it.</summary>
    public static Task<PrivateRabbit> RabbitAsync() => SharedAsync(() => _rabbit, async () => _rabbit =
        await PrivateRabbit.StartAsync(Path.Combine(Root, "rabbit"), Cancel));

    /// <summary>The shared private Redis, whatever the environment says. Do not stop it.</summary>
    public static Task<PrivateRedis> RedisAsync() => SharedAsync(() => _redis, async () => _redis =
        await PrivateRedis.StartAsync(Path.Combine(Root, "redis"), Cancel));

    /// <summary>A PostgreSQL to kill and restart at will; dispose of it.</summary>
    public static Task<PrivatePostgres> OwnPostgresAsync(string? folder = null) =>
        OwnAsync(() => PrivatePostgres.StartAsync(folder ?? NewFolder(), cancel: Cancel));

    /// <summary>A RabbitMQ to kill and restart at will; dispose of it.</summary>
    public static Task<PrivateRabbit> OwnRabbitAsync(string? folder = null) =>
        OwnAsync(() => PrivateRabbit.StartAsync(folder ?? NewFolder(), Cancel));

    /// <summary>A Redis to kill and restart at will; dispose of it.</summary>
    public static Task<PrivateRedis> OwnRedisAsync(string? folder = null) =>
        OwnAsync(() => PrivateRedis.StartAsync(folder ?? NewFolder(), Cancel));

    /// <summary>An empty folder that goes away with the run.</summary>
    public static string NewFolder([CallerMemberName] string test = "")
    {
        string folder = Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _count)} {test}"));
        Directory.CreateDirectory(folder);
        return folder;
    }

    public static async ValueTask StopAllAsync()
    {
        // Nobody needs what is on them any more: a broker with dozens of virtual hosts would take half a minute to say good-bye.
        await Task.WhenAll(Started.Select(async server =>
        {
            await server.KillAsync();
            await server.DisposeAsync();
        }));
        if (Given("ZEROGEX_TEST_POSTGRES") is { } given)
            foreach (string name in Databases) await ExecuteAsync(given, $"drop database if exists {name} with (force)");
        for (int tries = 1; Directory.Exists(Root); tries++)
        {
            try
            {
                Directory.Delete(Root, recursive: true);
            }
            catch (IOException) when (tries < 20)
            {
                await Task.Delay(100, CancellationToken.None); // The last backend has not heard yet that its postmaster is gone.
            }
        }
    }

    static async Task<T> SharedAsync<T>(Func<T?> existing, Func<Task<T>> start) where T : PrivateServer
    {
        await Gate.WaitAsync(Cancel);
        try
        {
            if (existing() is { } server) return server;
            server = await OwnAsync(start);
            Started.Add(server);
            return server;
        }
        finally
        {
            Gate.Release();
        }
    }

    static async Task<T> OwnAsync<T>(Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (MissingServerException e)
        {
            if (Given("CI") is not null) Assert.Fail(e.Message);
            Assert.Skip(e.Message);
            throw;
        }
    }

    static string NewName() => string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");

    static string? Given(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
#pragma warning disable CA2100 // The names in it are ours.
        await using var command = database.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    static async Task CreateVirtualHostAsync(Uri management, string name)
    {
        using var client = new HttpClient { BaseAddress = new UriBuilder(management) { UserName = "", Password = "" }.Uri };
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        string user = Uri.EscapeDataString(Uri.UnescapeDataString(management.UserInfo).Split(':')[0]);
        foreach (var (path, json) in new[]
        {
            ($"api/vhosts/{name}", "{}"),
            ($"api/permissions/{name}/{user}", """{"configure":".*","write":".*","read":".*"}"""),
        })
        {
            using var body = new StringContent(json, Encoding.UTF8, "application/json");
            using var answer = await client.PutAsync(new Uri(path, UriKind.Relative), body, Cancel);
            answer.EnsureSuccessStatusCode();
        }
    }
}

/// <summary>Stops the shared servers after the last test.</summary>
public sealed class ServersAtTheEnd : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Servers.StopAllAsync();
}
