using System.Globalization;
using Npgsql;
using ZeroGex.Cli;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;

namespace ZeroGex.Benchmarks;

/// <summary>Migrated databases to measure in: on the server that DB_HOST names, or on a private one that goes away with them.</summary>
sealed class BenchmarkDatabase : IAsyncDisposable
{
    readonly string? _folder;
    readonly PrivatePostgres? _own;
    readonly string _server;
    readonly List<NpgsqlDataSource> _sources = [];
    readonly List<string> _names = [];

    BenchmarkDatabase(string? folder, PrivatePostgres? own, string server) => (_folder, _own, _server) = (folder, own, server);

    public static async Task<BenchmarkDatabase> OpenAsync(CancellationToken cancel)
    {
        if (new Settings([]).Database is { } named) return new(null, null, named);
        string folder = Directory.CreateTempSubdirectory("zerogex-benchmark-").FullName;
        var own = await PrivatePostgres.StartAsync(folder, cancel: cancel);
        return new(folder, own, own.ConnectionString);
    }

    /// <summary>An empty database.</summary>
    public async Task<NpgsqlDataSource> NewAsync(CancellationToken cancel)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"zerogex_benchmark_{Environment.ProcessId}_{_names.Count}");
        await ExecuteAsync($"create database {name}", cancel);
        _names.Add(name);
        var source = Database.Open(new NpgsqlConnectionStringBuilder(_server) { Database = name }.ConnectionString);
        _sources.Add(source);
        await Migrator.MigrateAsync(source, cancel);
        return source;
    }

    /// <summary>What the figures depend on.</summary>
    public async Task<string> DescriptionAsync(CancellationToken cancel)
    {
        await using var server = NpgsqlDataSource.Create(_server);
        await using var command = server.CreateCommand("""
            select concat('PostgreSQL ', current_setting('server_version'), ', fsync ', current_setting('fsync'),
                          ', synchronous_commit ', current_setting('synchronous_commit'), ', shared_buffers ', current_setting('shared_buffers'))
            """);
        string place = _own is null ? "the server that DB_HOST names" : "a private server with its default settings, on this machine";
        return $"{await command.ExecuteScalarAsync(cancel)}: {place}";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
        if (_own is null)
        {
            foreach (string name in _names) await ExecuteAsync($"drop database {name} with (force)", default);
            return;
        }

        await _own.DisposeAsync();
        Directory.Delete(_folder!, recursive: true);
    }

    async Task ExecuteAsync(string sql, CancellationToken cancel)
    {
        await using var server = NpgsqlDataSource.Create(_server);
#pragma warning disable CA2100 // The names in it are ours.
        await using var command = server.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancel);
    }
}
