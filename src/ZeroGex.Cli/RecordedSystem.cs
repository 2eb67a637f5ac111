using Npgsql;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary>
/// The database of the system that a command speaks of: that of the running <c>up</c>, the one that DB_HOST names, or the private one that an
/// earlier <c>up</c> left behind, which is then started for as long as the command runs.
/// </summary>
sealed class RecordedSystem : IAsyncDisposable
{
    readonly PrivatePostgres? _own;

    RecordedSystem(string connectionString, PrivatePostgres? own)
    {
        (ConnectionString, _own) = (connectionString, own);
        Source = Database.Open(connectionString);
    }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>Tables and log, as they are migrated there.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Finds it, and migrates it where it is behind.</summary>
    /// <param name="isLive">True for a view of what runs now: a database that nobody runs is then not started.</param>
    /// <param name="migrates">False to leave it as it is.</param>
    /// <exception cref="SettingsException">There is none.</exception>
    public static async Task<RecordedSystem> OpenAsync(Settings settings, CancellationToken cancel, bool isLive = false, bool migrates = true)
    {
        string folder = Path.Combine(settings.Home, "postgres");
        string? named = Word.Read(settings.Home)?.Database ?? settings.Database;
        if (named is null && (isLive || !Directory.Exists(folder)))
            throw new SettingsException($"No system is up under {settings.Home}, and DB_HOST is not set. Start one with 'zerogex up', or name its database.");

        var own = named is null ? await PrivatePostgres.StartAsync(folder, cancel: cancel) : null;
        var system = new RecordedSystem(named ?? own!.ConnectionString, own);
        try
        {
            if (migrates) await Migrator.MigrateAsync(system.Source, cancel);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_own is not null) await _own.DisposeAsync();
    }
}
