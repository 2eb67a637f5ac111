using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace ZeroGex.Storage;

/// <summary>
/// Knows up to which sequence id a missing event will stay missing. An id is drawn before its row commits, and is lost when its transaction
/// rolls back; a reader that steps over a gap must know which of the two it sees.
/// </summary>
/// <remarks>
/// Whoever calls <c>nextval</c> holds a lock on the sequence until its transaction ends, visible in <c>pg_locks</c> to every role, and a
/// transaction's rows are visible before its locks go. So: read the last drawn id, then who holds the sequence. When all of those are gone, every
/// id up to it is visible to the next snapshot or gone for good. Holders keep changing under load, therefore the observation is kept until its
/// own holders have ended; it does not wait for a moment of silence.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore's wait handle is never asked for, so there is nothing to dispose of.")]
sealed class SettledSequence
{
    const string Drawn = "select last_value, is_called, pg_postmaster_start_time() from mt_events_sequence";

    const string Holders = """
        select virtualtransaction
          from pg_locks
         where locktype = 'relation'
           and relation = 'mt_events_sequence'::regclass
           and database = (select oid from pg_database where datname = current_database())
           and mode = 'RowExclusiveLock'
           and granted
           and pid is distinct from pg_backend_pid()
        """;

    readonly SemaphoreSlim _oneAtATime = new(1);
    DateTimeOffset _serverStarted;
    long _settled;
    long _fence;
    HashSet<string>? _fenceHolders;

    /// <summary>Looks at the server now.</summary>
    /// <returns>Ids up to <c>Settled</c> need no waiting for; nothing beyond <c>Last</c> had been drawn.</returns>
    public async Task<(long Settled, long Last)> ObserveAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        // Observations must be applied in the order they were made: an older list of holders says nothing about a newer fence.
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(new(Drawn));
            batch.BatchCommands.Add(new(Holders));

            await using var reader = await batch.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            long last = reader.GetBoolean(1) ? reader.GetInt64(0) : 0;
            var serverStarted = reader.GetFieldValue<DateTimeOffset>(2);

            HashSet<string> holders = new(StringComparer.Ordinal);
            await reader.NextResultAsync(cancel);
            while (await reader.ReadAsync(cancel)) holders.Add(reader.GetString(0));

            Apply(last, holders, serverStarted);
            return (_settled, last);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    void Apply(long last, HashSet<string> holders, DateTimeOffset serverStarted)
    {
        // A crash can take back drawn ids that nothing committed had followed; they are drawn again.
        if (serverStarted != _serverStarted || last < _settled || last < _fence)
        {
            _serverStarted = serverStarted;
            _settled = 0;
            _fenceHolders = null;
        }

        if (_fenceHolders is not null && !_fenceHolders.Overlaps(holders))
        {
            _settled = _fence;
            _fenceHolders = null;
        }

        if (holders.Count == 0) _settled = last;
        else if (_fenceHolders is null) (_fence, _fenceHolders) = (last, holders);
    }
}
