using Npgsql;

namespace ZeroGex.Storage;

/// <summary>A stream of the log, as the log's own tables describe it.</summary>
/// <param name="Stream">The stream id.</param>
/// <param name="Events">Its version: events ever appended.</param>
/// <param name="IsArchived">True: it takes no more events, and may be deleted.</param>
public sealed record LogStream(string Stream, long Events, bool IsArchived);

/// <summary>What the log holds of one root's session.</summary>
/// <param name="First">The earliest clock of its events.</param>
/// <param name="Last">The latest.</param>
/// <param name="Bytes">Of the events' bodies, as they are stored.</param>
/// <param name="Archived">Streams that are archived.</param>
public sealed record LogSession(DateOnly Session, string Root, long Streams, long Events, DateTimeOffset? First, DateTimeOffset? Last, long Bytes, long Archived);

/// <summary>The log by session date: what is there, what may go, and its going.</summary>
/// <remarks>Only streams whose id is <c>{kind}/{root}/{session date}</c> are seen here. Whatever else lives in the same event store is left alone.</remarks>
public sealed class LogSessions(NpgsqlDataSource database)
{
    const int DeletedAtOnce = 5_000;

    const string IsOurs = @"id ~ '^[^/]+/[^/]+/\d{4}-\d{2}-\d{2}$'";

    /// <summary>The streams of the sessions from one date to another, both included, ordered by id.</summary>
    /// <param name="roots">Only these; all when empty.</param>
    public async Task<IReadOnlyList<LogStream>> StreamsAsync(DateOnly from, DateOnly to, IReadOnlyCollection<string> roots, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select id, coalesce(version, 0), coalesce(is_archived, false)
              from mt_streams
             where {IsOurs} and split_part(id, '/', 3) between $1 and $2 and (cardinality($3) = 0 or split_part(id, '/', 2) = any($3))
             order by id collate "C"
            """);
        Bind(command, from, to, roots);

        List<LogStream> streams = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            string stream = reader.GetString(0);
            if (TryDate(stream[^10..], out _)) streams.Add(new(stream, reader.GetInt64(1), reader.GetBoolean(2)));
        }

        return streams;
    }

    /// <summary>Those of the given streams that the log has and takes more events of; the others are archived, deleted, or never came.</summary>
    public async Task<IReadOnlySet<string>> TakingAsync(IReadOnlyCollection<string> streams, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id from mt_streams where id = any($1) and is_archived is not true");
        command.Parameters.Add(new() { Value = streams.ToArray() });

        HashSet<string> taking = new(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) taking.Add(reader.GetString(0));
        return taking;
    }

    /// <summary>The sessions from one date to another, both included, in order. It looks at every event of them.</summary>
    /// <param name="roots">Only these; all when empty.</param>
    public async Task<IReadOnlyList<LogSession>> ListAsync(DateOnly from, DateOnly to, IReadOnlyCollection<string> roots, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select split_part(id, '/', 3) as session, split_part(id, '/', 2) as root, count(*), sum(events)::bigint, min(first), max(last),
                   sum(bytes)::bigint, count(*) filter (where is_archived)
              from mt_streams
             cross join lateral (
                select count(*) as events, min(timestamp) as first, max(timestamp) as last,
                       coalesce(sum(pg_column_size(data) + coalesce(pg_column_size(bdata), 0)), 0) as bytes
                  from mt_events where stream_id = mt_streams.id) as event
             where {IsOurs} and split_part(id, '/', 3) between $1 and $2 and (cardinality($3) = 0 or split_part(id, '/', 2) = any($3))
             group by session, root
             order by session, split_part(id, '/', 2) collate "C"
            """);
        command.CommandTimeout = 0; // A log may be bigger than memory.
        Bind(command, from, to, roots);

        List<LogSession> sessions = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            if (!TryDate(reader.GetString(0), out var session)) continue;
            sessions.Add(new(
                session, reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), Clock(reader, 4), Clock(reader, 5), reader.GetInt64(6), reader.GetInt64(7)));
        }

        return sessions;
    }

    /// <summary>
    /// Archives a stream as Marten does: it takes no more events, and Marten's queries pass it over. Replays and refills still read it.
    /// </summary>
    /// <returns>Events that were marked; 0 when all of it was archived before.</returns>
    public async Task<long> ArchiveAsync(string stream, CancellationToken cancel)
    {
        // The stream first, under the lock of the appends: a recorder that is at it finishes before, and none comes after. Its events follow
        // without the lock, so that recorders of other streams need not wait. Whoever is interrupted between the two repeats the command.
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using (var transaction = await connection.BeginTransactionAsync(cancel))
        {
            await using NpgsqlBatch close = new(connection)
            {
                BatchCommands =
                {
                    new($"select pg_advisory_xact_lock({EventAppend.Lock})"),
                    new("update mt_streams set is_archived = true where id = $1 and is_archived is distinct from true") { Parameters = { new() { Value = stream } } },
                },
            };
            await close.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
        }

        await using NpgsqlCommand mark = new("update mt_events set is_archived = true where stream_id = $1 and is_archived is distinct from true", connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = stream } },
        };
        return await mark.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Deletes an archived stream, its events in batches, its own row last. Consumers keep their marks: their tables still have its results.</summary>
    /// <param name="events">Told the events deleted so far.</param>
    /// <returns>Events deleted.</returns>
    /// <exception cref="InvalidOperationException">It is not archived.</exception>
    public async Task<long> DeleteAsync(string stream, IProgress<long>? events, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using (NpgsqlCommand ask = new("select is_archived from mt_streams where id = $1", connection) { Parameters = { new() { Value = stream } } })
        {
            if (await ask.ExecuteScalarAsync(cancel) is not true) throw new InvalidOperationException($"Stream {stream} is not archived.");
        }

        await using NpgsqlCommand delete = new("""
            delete from mt_events
             where stream_id = $1 and version <= (select max(version) from (select version from mt_events where stream_id = $1 order by version limit $2) as oldest)
            """, connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = stream }, new() { Value = DeletedAtOnce } },
        };
        long total = 0;
        for (int gone; (gone = await delete.ExecuteNonQueryAsync(cancel)) > 0;)
        {
            total += gone;
            events?.Report(total);
        }

        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using NpgsqlBatch rest = new(connection)
        {
            BatchCommands =
            {
                new("delete from stream_positions where stream_id = $1") { Parameters = { new() { Value = stream } } },
                new("delete from mt_streams where id = $1 and is_archived") { Parameters = { new() { Value = stream } } },
            },
        };
        await rest.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return total;
    }

    static void Bind(NpgsqlCommand command, DateOnly from, DateOnly to, IReadOnlyCollection<string> roots)
    {
        command.Parameters.Add(new() { Value = $"{from:yyyy-MM-dd}" });
        command.Parameters.Add(new() { Value = $"{to:yyyy-MM-dd}" });
        command.Parameters.Add(new() { Value = roots.ToArray() });
    }

    // Somebody else's 2026-13-45 is no session.
    static bool TryDate(string text, out DateOnly date) => DateOnly.TryParseExact(text, "yyyy-MM-dd", out date);

    static DateTimeOffset? Clock(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
