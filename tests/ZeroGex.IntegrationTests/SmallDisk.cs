using System.Diagnostics;
using Npgsql;
using Xunit;
using ZeroGex.Cli.Servers;

namespace ZeroGex.IntegrationTests;

/// <summary>A database on a disk of its own, in memory, that is soon full.</summary>
sealed class SmallDisk : IAsyncDisposable
{
    readonly string _folder, _name;
    readonly NpgsqlDataSource _server;

    SmallDisk(string folder, PrivatePostgres server)
    {
        (_folder, _name, _server) = (folder, $"small_{Guid.NewGuid():N}", NpgsqlDataSource.Create(server.ConnectionString));
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionStringTo(_name)) { Pooling = false }.ConnectionString;
    }

    public string ConnectionString { get; }

    public static async Task<SmallDisk> MountAsync(string folder, PrivatePostgres server, int megabytes, CancellationToken cancel)
    {
        try
        {
            await RunAsync(["mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=777", "tmpfs", folder], cancel);
        }
        catch (InvalidOperationException error)
        {
            Assert.Skip($"Mounting is not allowed here: {error.Message}");
        }

        SmallDisk disk = new(folder, server);
        string place = Path.Combine(folder, "space");
        string owner = (await RunAsync(["stat", "-c", "%U", server.DataFolder], cancel)).Trim();
        await RunAsync(["install", "-d", "-m", "700", "-o", owner, place], cancel);
        await disk.ExecuteAsync($"create tablespace {disk._name} location '{place}'");
        await disk.ExecuteAsync($"create database {disk._name} tablespace {disk._name}");
        return disk;
    }

    public async Task GrowAsync(int megabytes, CancellationToken cancel) =>
        await RunAsync(["mount", "-o", $"remount,size={megabytes}m", _folder], cancel);

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"drop database if exists {_name} with (force)");
        await ExecuteAsync($"drop tablespace if exists {_name}");
        await _server.DisposeAsync();
        await RunAsync(["umount", _folder], CancellationToken.None);
    }

    static async Task<string> RunAsync(string[] command, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0 ? await said : throw new InvalidOperationException($"{string.Join(' ', command)}: {await complained}");
    }

    async Task ExecuteAsync(string sql)
    {
        await using var command = _server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
