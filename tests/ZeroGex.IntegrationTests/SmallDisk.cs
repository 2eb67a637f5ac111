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

    /// <summary>Mounts it. Where that is not allowed the test is skipped, and fails where <c>CI</c> is set.</summary>
    public static async Task<SmallDisk> MountAsync(string folder, PrivatePostgres server, int megabytes, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess) Missing("Only root may mount a small disk.");
        try
        {
            await RunAsync(["mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=777", "tmpfs", folder], cancel);
        }
        catch (InvalidOperationException error)
        {
            Missing($"Mounting is not allowed here: {error.Message}");
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

    static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail(what);
        Assert.Skip(what);
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
