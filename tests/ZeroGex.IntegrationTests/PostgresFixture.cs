using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Npgsql;
using Xunit;
using ZeroGex.Storage;

[assembly: AssemblyFixture(typeof(ZeroGex.IntegrationTests.PostgresFixture))]

namespace ZeroGex.IntegrationTests;

/// <summary>
/// A PostgreSQL for the tests: the one that <c>ZEROGEX_TEST_POSTGRES</c> names, else a private one on a free loopback port, started at the first
/// use and stopped at the end. Every test asks for a database of its own.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    readonly SemaphoreSlim _starting = new(1);
    Process? _server;
    string? _folder;
    string? _connection;
    string? _absent;
    int _databases;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A fresh database, migrated unless told otherwise.</summary>
    public async Task<TestDatabase> NewDatabaseAsync(bool migrate = true)
    {
        string server = await ServerAsync();
        string name = $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await using (var admin = NpgsqlDataSource.Create(server))
        await using (var create = admin.CreateCommand($"create database {name}"))
            await create.ExecuteNonQueryAsync();

        TestDatabase database = new(server, name);
        if (migrate) await Migrator.MigrateAsync(database.Source, CancellationToken.None);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            // SIGINT is a fast shutdown. runuser passes no signals on: the server's own id is in its lock file.
            string lockFile = Path.Combine(_folder!, "data", "postmaster.pid");
            if (File.Exists(lockFile)) Kill(int.Parse(File.ReadLines(lockFile).First(), CultureInfo.InvariantCulture), signal: 2);
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        if (_folder is not null) Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
    }

    async Task<string> ServerAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_absent is null && _connection is null) await StartAsync();
        }
        finally
        {
            _starting.Release();
        }

        if (_connection is not null) return _connection;
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail(_absent!);
        Assert.Skip(_absent!);
        return "";
    }

    async Task StartAsync()
    {
        if (Environment.GetEnvironmentVariable("ZEROGEX_TEST_POSTGRES") is { Length: > 0 } given)
        {
            _connection = given;
            return;
        }

        string? binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(folder => Path.Combine(folder, "bin"))
                .LastOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            : null;
        if (binaries is null)
        {
            _absent = "PostgreSQL is not here: apt-get install postgresql, or set ZEROGEX_TEST_POSTGRES.";
            return;
        }

        _folder = Directory.CreateTempSubdirectory("zerogex-postgres-").FullName;
        string data = Path.Combine(_folder, "data");
        bool isRoot = Environment.UserName == "root";
        if (isRoot) Run("chown", "postgres", _folder);
        RunAsOwner(isRoot, Path.Combine(binaries, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");

        int port = FreePort();
        _server = Process.Start(AsOwner(isRoot, Path.Combine(binaries, "postgres"), "-D", data, "-p", $"{port}",
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "max_prepared_transactions=10", "-c", "fsync=off"))!;
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();

        string connection = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Pooling=false";
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var probe = NpgsqlDataSource.Create(connection);
                await using var ready = probe.CreateCommand("select 1");
                await ready.ExecuteScalarAsync();
                break;
            }
            catch (NpgsqlException) when (deadline.Elapsed < TimeSpan.FromSeconds(30) && !_server.HasExited)
            {
                await Task.Delay(50);
            }
        }

        _connection = connection;
    }

    static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using TcpListener probe = new(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }

    static ProcessStartInfo AsOwner(bool isRoot, string program, params string[] arguments) =>
        new(isRoot ? "runuser" : program, isRoot ? ["-u", "postgres", "--", program, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/tmp",
        };

    static void RunAsOwner(bool isRoot, string program, params string[] arguments) => Run(AsOwner(isRoot, program, arguments));

    static void Run(string program, params string[] arguments) => Run(AsOwner(false, program, arguments));

    static void Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)}: {errors}{output.Result}");
    }

    static void Kill(int process, int signal)
    {
        if (KillProcess(process, signal) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int KillProcess(int process, int signal);
}

/// <summary>A database that lives as long as its test.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    readonly string _server;
    readonly string _name;

    internal TestDatabase(string server, string name)
    {
        _server = server;
        _name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = true, MaxPoolSize = 40 }.ConnectionString;
        Source = Database.Open(ConnectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A query's rows, each as its values joined by <c>|</c>.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        List<string> rows = [];
        await using var command = Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount)
                .Select(i => reader.IsDBNull(i) ? "" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await using var admin = NpgsqlDataSource.Create(_server);
        await using var drop = admin.CreateCommand($"drop database if exists {_name} with (force)");
        await drop.ExecuteNonQueryAsync();
    }
}
