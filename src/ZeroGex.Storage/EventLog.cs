using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>
/// The recorded market, in Marten's table layout. Appends are idempotent by stamp; reads are in order and never skip an event.
/// </summary>
/// <remarks>
/// <para>Thread-safe. Database errors surface as they are: retrying is the caller's business, and safe.</para>
/// <para>An event's <c>timestamp</c> is its stamp's AsOf, the clock of the facts, so that recording the same facts again makes the same rows.
/// When a row was really written is not kept. Packed bodies are kept byte for byte in <c>bdata</c>; JSON goes to <c>data</c>, where jsonb
/// keeps its meaning but not its spelling.</para>
/// </remarks>
public sealed class EventLog(NpgsqlDataSource database)
{
    const string TombstoneStream = "mt_tombstone";

    readonly SettledSequence _settled = new();
    long _unknownSkipped, _missing;

    /// <summary>True: <see cref="ReadStreamAsync"/> fails at an alias that this version does not know, instead of skipping and counting it.</summary>
    public bool ThrowOnUnknown { get; init; }

    /// <summary>True: reading a stream fails where rows of it have been deleted, instead of counting them and going on.</summary>
    public bool ThrowOnMissing { get; init; }

    /// <summary>Deleted rows that reading streams has come upon, by the holes that they left in the versions.</summary>
    public long Missing => Interlocked.Read(ref _missing);

    /// <summary>Events with unknown aliases that <see cref="ReadStreamAsync"/> has skipped.</summary>
    public long UnknownSkipped => Interlocked.Read(ref _unknownSkipped);

    /// <summary>The same log, which counts what this reader comes upon from 0.</summary>
    public EventLog CountingAfresh() => new(database) { ThrowOnUnknown = ThrowOnUnknown, ThrowOnMissing = ThrowOnMissing };

    /// <summary>
    /// Appends what the log does not hold yet, in one transaction, in the order given. A message whose stamp is not past its stream's
    /// last recorded one is a duplicate. One ordered recorder is assumed: a late first delivery cannot be told from a redelivery.
    /// </summary>
    /// <exception cref="ArgumentException">The batch itself runs backwards within a stream, or names an unknown content type; nothing is written.</exception>
    /// <exception cref="StreamArchivedException">A message is of an archived stream; nothing is written.</exception>
    /// <exception cref="StreamVersionException">A stream is at another version than expected; nothing is written.</exception>
    /// <param name="expectedVersions">
    /// How many events streams have that are to be added to, 0 for one that is not there yet; of a stream without an entry it does not matter. Looked at only where something is new: an
    /// append that had come through is repeated without harm.
    /// </param>
    public async Task<AppendResult> AppendAsync(IReadOnlyList<RecordedMessage> messages, CancellationToken cancel, IReadOnlyDictionary<string, long>? expectedVersions = null)
    {
        if (messages.Count == 0) return default;
        EventAppend append = new(messages, expectedVersions);
        await using var connection = await database.OpenConnectionAsync(cancel);
        // Read committed: what is read after the lock was granted must be what its last holder left.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel);
        int written = await append.WriteAsync(connection, cancel);
        if (written > 0) await transaction.CommitAsync(cancel);
        return new(written, messages.Count - written);
    }

    /// <summary>The last recorded position of each of these streams; a stream without events is absent.</summary>
    public async Task<IReadOnlyDictionary<string, StreamPosition>> PositionsAsync(
        IReadOnlyCollection<string> streams, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select stream_id, run, sequence from stream_positions where stream_id = any($1)");
        command.Parameters.Add(new() { Value = streams.ToArray() });

        Dictionary<string, StreamPosition> positions = new(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) positions.Add(reader.GetString(0), new(reader.GetInt64(1), reader.GetInt64(2)));
        return positions;
    }

    /// <summary>Every stream of a kind (<c>quotes</c>, <c>trades</c> ...), ordered by id.</summary>
    public Task<IReadOnlyList<string>> StreamsAsync(string kind, CancellationToken cancel) => StreamsAsync(kind, withArchived: true, cancel);

    /// <summary>Every stream of a kind, ordered by id; those that take no more events only when asked for.</summary>
    public async Task<IReadOnlyList<string>> StreamsAsync(string kind, bool withArchived, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """select id from mt_streams where starts_with(id, $1) and ($2 or is_archived is not true) order by id collate "C" """);
        command.Parameters.Add(new() { Value = kind + "/" });
        command.Parameters.Add(new() { Value = withArchived });

        List<string> streams = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) streams.Add(reader.GetString(0));
        return streams;
    }

    /// <summary>How far every stream of these kinds reaches, ordered by id.</summary>
    /// <param name="root">Of this root alone; null for all.</param>
    public async Task<IReadOnlyList<LogSpan>> SpansAsync(IReadOnlyCollection<string> kinds, CancellationToken cancel, string? root = null)
    {
        await using var command = database.CreateCommand("""
            select stream_id, run, sequence, version, as_of,
                   (select event.timestamp from mt_events event where event.stream_id = position.stream_id order by event.version limit 1)
              from stream_positions position
              join mt_streams on id = stream_id
             where split_part(stream_id, '/', 1) = any($1) and ($2::text is null or split_part(stream_id, '/', 2) = $2)
             order by stream_id collate "C"
            """);
        command.Parameters.Add(new() { Value = kinds.ToArray() });
        command.Parameters.Add(new() { Value = (object?)root ?? DBNull.Value });

        List<LogSpan> spans = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            string stream = reader.GetString(0);
            var (kind, owner, session) = Contract.ParseStreamId(stream);
            var last = reader.GetFieldValue<DateTimeOffset>(4);
            spans.Add(new(stream, kind, owner, session, new(reader.GetInt64(1), reader.GetInt64(2)), reader.GetInt64(3), reader.IsDBNull(5) ? last : reader.GetFieldValue<DateTimeOffset>(5), last));
        }

        return spans;
    }

    /// <summary>
    /// The facts of a stream strictly between two positions, in the order of their versions. They are read a page ahead; no connection is
    /// held while the caller works, however long.
    /// </summary>
    /// <param name="after">Exclusive; default means from the beginning.</param>
    /// <param name="before">Exclusive; null means up to what is committed when the reading gets there.</param>
    /// <exception cref="CorruptEventException">An event cannot be decoded, or <see cref="ThrowOnUnknown"/> is set and its alias is unknown.</exception>
    public async IAsyncEnumerable<IMarketFact> ReadStreamAsync(
        string stream, StreamPosition after, StreamPosition? before, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in ReadRowsAsync(stream, after, before, cancel))
        {
            if (row.Decode() is not { } fact)
            {
                SkipUnknown(row);
                continue;
            }

            var position = fact.Stamp.Position();
            if (before is { } end && position >= end) yield break;
            if (position > after) yield return fact;
        }
    }

    /// <summary>
    /// As <see cref="ReadStreamAsync"/>, but undecoded: each message with its stamp and the bytes that the log holds of it. A packed body is
    /// what travelled; a JSON body is the text that PostgreSQL makes of its <c>jsonb</c>, always the same for the same row.
    /// </summary>
    /// <remarks>
    /// A message's <see cref="RecordedMessage.Body"/> is valid until the next one is asked for: who keeps messages copies their bodies.
    /// Only the stamp has been looked at; <see cref="RecordedMessage.Decode"/> may still find the rest corrupt.
    /// </remarks>
    /// <param name="after">Exclusive; default means from the beginning.</param>
    /// <param name="before">Exclusive; null means up to what is committed when the reading gets there.</param>
    /// <exception cref="CorruptEventException">An event's stamp cannot be read, or <see cref="ThrowOnUnknown"/> is set and its alias is unknown.</exception>
    public async IAsyncEnumerable<RecordedMessage> ReadRecordedAsync(
        string stream, StreamPosition after, StreamPosition? before, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var row in ReadRowsAsync(stream, after, before, cancel))
        {
            if (row.Undecoded() is not { } message)
            {
                SkipUnknown(row);
                continue;
            }

            var position = message.Stamp.Position();
            if (before is { } end && position >= end) yield break;
            if (position > after) yield return message;
        }
    }

    // Rows by version, from the first that may lie after a position to the last that may lie before the other.
    async IAsyncEnumerable<EventRow> ReadRowsAsync(
        string stream, StreamPosition after, StreamPosition? before, [EnumeratorCancellation] CancellationToken cancel)
    {
        ulong hash = EventId.HashOf(stream);
        long head = await HeadAsync(stream, cancel);
        long version = after == default ? 0 : await LastVersionThroughAsync(stream, hash, after, head, cancel);
        string table = $"mt_events where stream_id = {Literal(stream)} and";

        for (; version < head; head = await HeadAsync(stream, cancel))
        {
            await foreach (var page in EventPage.ReadAsync(database, table, EventKey.Version, version, head, IsPast, cancel))
            {
                foreach (var row in page.Rows)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (IsPast(row)) yield break;
                    Miss(stream, version + 1, row.Version - 1);
                    version = row.Version;
                    yield return row;
                }
            }

            Miss(stream, version + 1, head);
            version = head;
        }

        bool IsPast(EventRow row) => before is { } end && EventId.TryRead(row.Id, hash, out var position) && position >= end;
    }

    /// <summary>
    /// All events in the order of their sequence ids, up to what is safe now: it ends before the first missing id that a transaction still alive
    /// could fill, ours or anyone's. Call again with the last id it gave to go on. Marten's tombstones are passed over.
    /// </summary>
    /// <remarks>
    /// A writer is expected to draw its ids inside the transaction that inserts them, as this log and Marten's quick append modes do
    /// (Marten's rich mode draws them ahead: do not tail a log that is written so).
    /// </remarks>
    /// <exception cref="CorruptEventException">An event of a known alias cannot be decoded.</exception>
    public async IAsyncEnumerable<LoggedEvent> ReadAllAsync(long afterSequence, [EnumeratorCancellation] CancellationToken cancel)
    {
        // The order of these two is the whole proof: first what is settled, then, in a later snapshot, the rows.
        var (settled, last) = await _settled.ObserveAsync(database, cancel);
        long sequence = afterSequence;
        await foreach (var page in EventPage.ReadAsync(database, "mt_events where", EventKey.SequenceId, afterSequence, last, _ => false, cancel))
        {
            foreach (var row in page.Rows)
            {
                cancel.ThrowIfCancellationRequested();
                bool isNext = row.SequenceId == sequence + 1;
                bool isGapDead = row.SequenceId - 1 <= settled;
                if (!isNext && !isGapDead) yield break;

                sequence = row.SequenceId;
                if (row.Stream == TombstoneStream) continue;
                yield return new(row.SequenceId, row.Stream, row.Version, row.Alias, row.Timestamp, row.Decode());
            }
        }
    }

    // How many events a stream should have: what its own row says, and what rows there are, whoever wrote them.
    async Task<long> HeadAsync(string stream, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select greatest(version, (select max(version) from mt_events where stream_id = $1)) from mt_streams where id = $1");
        command.Parameters.Add(new() { Value = stream });
        return await command.ExecuteScalarAsync(cancel) as long? ?? 0;
    }

    // COPY takes no parameters.
    static string Literal(string text) =>
        $" E'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    // Versions are in the order of stamps and ids carry the stamp: a few looks at evenly spread rows find the place without decoding anything.
    // Rows that others appended carry other ids; they never decide, and the caller compares decoded stamps anyway.
    async Task<long> LastVersionThroughAsync(string stream, ulong hash, StreamPosition after, long head, CancellationToken cancel)
    {
        const int Looks = 64;
        await using var connection = await database.OpenConnectionAsync(cancel);
        long low = 0, high = head + 1;
        while (low + 1 < high)
        {
            long step = Math.Max(1, (high - low) / Looks);
            List<long> versions = [];
            for (long version = low + step; version < high; version += step) versions.Add(version);

            bool isNarrower = false;
            await using NpgsqlCommand look = new(
                "select version, id from mt_events where stream_id = $1 and version = any($2) order by version", connection)
            {
                Parameters = { new() { Value = stream }, new() { Value = versions } },
            };
            await using var reader = await look.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                if (!EventId.TryRead(reader.GetGuid(1), hash, out var position)) continue;
                isNarrower = true;
                if (position > after)
                {
                    high = reader.GetInt64(0);
                    break;
                }

                low = reader.GetInt64(0);
            }

            if (!isNarrower) break;
        }

        return low;
    }

    // Versions have no holes: somebody has deleted rows.
    void Miss(string stream, long from, long to)
    {
        if (from > to) return;
        if (ThrowOnMissing) throw CorruptEventException.Missing(stream, from, to);
        Interlocked.Add(ref _missing, to - from + 1);
    }

    void SkipUnknown(EventRow row)
    {
        if (ThrowOnUnknown) throw new CorruptEventException(row.Stream, row.Version, row.Alias, "this version does not know the alias");
        Interlocked.Increment(ref _unknownSkipped);
    }
}
