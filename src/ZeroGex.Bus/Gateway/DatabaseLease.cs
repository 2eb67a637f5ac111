using Microsoft.Extensions.Logging;
using Npgsql;

namespace ZeroGex.Bus.Gateway;

/// <summary>
/// Embedded: an advisory lock a root in the database that everything is recorded in, on a connection that lives as long as the process. Whoever
/// stamps for another database is nobody's rival; whoever stamps for this one is, on whatever machine and in whatever folder.
/// </summary>
/// <remarks>
/// The locks go with the connection. While the database is away nobody else can have them either, and what is stamped meanwhile waits in the
/// spool; when it is back they are taken again, or another gateway has them and this one stops.
/// </remarks>
public sealed partial class DatabaseLease(string connectionString, ILogger<DatabaseLease> logger) : IStreamLease
{
    const long Seed = 0x5A47_6C65_6173; // "ZGleas": other users of advisory locks have keys of their own.
    const int Attempts = 10;

    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(200);

    // The server itself looks every few seconds whether this machine is still there. PostgreSQL keeps 63 bytes of the name, for whoever asks who holds the lock.
    readonly string _connectionString = new NpgsqlConnectionStringBuilder(connectionString)
    {
        ApplicationName = Holder.Process,
        Pooling = false,
        Timeout = 5,
        CommandTimeout = 5,
        Options = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    }.ConnectionString;

    readonly SemaphoreSlim _turn = new(1, 1);
    readonly List<string> _roots = [];
    NpgsqlConnection? _connection; // When there is one it holds every root of the list.
    bool _isAway;

    public async Task AcquireAsync(string root, CancellationToken cancel)
    {
        while (!await TryAsync(async connection =>
        {
            await LockAsync(connection, root, cancel);
            _roots.Add(root);
        }, cancel)) await Task.Delay(Poll, cancel);
    }

    public async Task GuardAsync(CancellationToken cancel)
    {
        while (true)
        {
            await Task.Delay(Poll, cancel);
            await TryAsync(connection => AskAsync(connection, cancel), cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _turn.Dispose();
    }

    /// <summary>Does something on the connection, opened anew with all its locks where the old one is gone.</summary>
    /// <returns>False when the database is away.</returns>
    async Task<bool> TryAsync(Func<NpgsqlConnection, Task> action, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _connection ??= await OpenAsync(cancel);
            await action(_connection);
            if (_isAway) LogBack(logger);
            _isAway = false;
            return true;
        }
        catch (Exception error) when (error is not LeaseTakenException && !cancel.IsCancellationRequested)
        {
            if (!_isAway) LogAway(logger, error.Message);
            _isAway = true;
            if (_connection is { } dead) await dead.DisposeAsync();
            _connection = null;
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancel);
            foreach (string root in _roots) await LockAsync(connection, root, cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A killed gateway's lock goes when the server notices: at once on one host, so a moment's patience is enough.</summary>
    static async Task LockAsync(NpgsqlConnection connection, string root, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, $2))", connection) { Parameters = { new() { Value = root }, new() { Value = Seed } } };
        for (int attempt = 1; await command.ExecuteScalarAsync(cancel) is not true; attempt++)
        {
            if (attempt == Attempts) throw new LeaseTakenException(root, await HolderAsync(connection, root, cancel));
            await Task.Delay(BetweenAttempts, cancel);
        }
    }

    static async Task<string> HolderAsync(NpgsqlConnection connection, string root, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select application_name || to_char(backend_start at time zone 'utc', '", since "YYYY-MM-DD"T"HH24:MI:SS"Z"')
              from pg_locks join pg_stat_activity using (pid)
             where locktype = 'advisory' and granted and objsubid = 1 and datname = current_database() and database = datid
               and (classid::bigint << 32 | objid::bigint) = hashtextextended($1, $2)
            """, connection) { Parameters = { new() { Value = root }, new() { Value = Seed } } };
        return await command.ExecuteScalarAsync(cancel) as string ?? "unknown";
    }

    static async Task AskAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select 1", connection);
        await command.ExecuteScalarAsync(cancel);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease's connection is gone; it is taken again as soon as the database answers: {Reason}")]
    static partial void LogAway(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The lease is held again")]
    static partial void LogBack(ILogger logger);
}
