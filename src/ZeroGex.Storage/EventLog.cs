using System.Collections.Frozen;
using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
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
    // Every append in this database waits here, so that sequence order is commit order among us. Others need not take it.
    internal const long AppendLock = 0x5A47_6170_7064; // "ZGappd"

    const string DefaultTenant = "*DEFAULT*";
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

    /// <summary>
    /// Appends what the log does not hold yet, in one transaction, in the order given. A message whose stamp is not past its stream's
    /// last recorded one is a duplicate. One ordered recorder is assumed: a late first delivery cannot be told from a redelivery.
    /// </summary>
    /// <exception cref="ArgumentException">The batch itself runs backwards within a stream, or names an unknown content type; nothing is written.</exception>
    /// <exception cref="StreamArchivedException">A message is of an archived stream; nothing is written.</exception>
    public async Task<AppendResult> AppendAsync(IReadOnlyList<RecordedMessage> messages, CancellationToken cancel)
    {
        if (messages.Count == 0) return default;
        Dictionary<string, StreamAppend> streams = new(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            if (!IsOfType(message, Wire.Json) && !IsOfType(message, Wire.Packed))
                throw new ArgumentException($"{message.Stamp}: the log does not know the content type '{message.ContentType}'.", nameof(messages));
            if (!streams.ContainsKey(message.Stamp.Stream)) streams.Add(message.Stamp.Stream, new(message.Stamp.Stream));
        }

        await using var connection = await database.OpenConnectionAsync(cancel);
        // Read committed: what is read after the lock was granted must be what its last holder left.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel);

        await LockAndReadPositionsAsync(connection, streams, cancel);
        var fresh = LeaveOutDuplicates(messages, streams);
        if (fresh.Count > 0)
        {
            var sequences = await AdvanceStreamsAsync(connection, streams, fresh.Count, cancel);
            await CopyEventsAsync(connection, fresh, streams, sequences, cancel);
            await transaction.CommitAsync(cancel);
        }

        return new(fresh.Count, messages.Count - fresh.Count);
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

    static async Task LockAndReadPositionsAsync(
        NpgsqlConnection connection, Dictionary<string, StreamAppend> streams, CancellationToken cancel)
    {
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new($"select pg_advisory_xact_lock({AppendLock})"),
                new("""
                    select id, is_archived, run, sequence
                      from unnest($1) as wanted (id)
                      left join mt_streams using (id)
                      left join stream_positions on stream_id = id
                    """)
                {
                    Parameters = { new() { Value = streams.Keys.ToArray() } },
                },
            },
        };

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            string id = reader.GetString(0);
            if (!reader.IsDBNull(1) && reader.GetBoolean(1)) throw new StreamArchivedException(id);
            if (!reader.IsDBNull(2)) streams[id].StartAfter(new(reader.GetInt64(2), reader.GetInt64(3)));
        }
    }

    static List<RecordedMessage> LeaveOutDuplicates(IReadOnlyList<RecordedMessage> messages, Dictionary<string, StreamAppend> streams)
    {
        List<RecordedMessage> fresh = new(messages.Count);
        foreach (var message in messages)
        {
            if (streams[message.Stamp.Stream].Accepts(message.Stamp)) fresh.Add(message);
        }

        return fresh;
    }

    // The stream rows first, in the order of their ids: whoever else appends to one of them, with or without our lock, waits for us
    // or we for them, and no sequence id has been drawn yet that could be left behind as a gap.
    static async Task<long[]> AdvanceStreamsAsync(
        NpgsqlConnection connection, Dictionary<string, StreamAppend> streams, int count, CancellationToken cancel)
    {
        StreamAppend[] touched = [.. streams.Values.Where(stream => stream.Added > 0)];
        string[] ids = [.. touched.Select(stream => stream.Id)];

        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new($"""
                    insert into mt_streams as stream (id, version, timestamp, created, tenant_id, is_archived)
                    select id, added, now(), now(), '{DefaultTenant}', false from unnest($1, $2) as input (id, added) order by id
                    on conflict (id) do update set version = coalesce(stream.version, 0) + excluded.version, timestamp = excluded.timestamp
                    returning id, version
                    """)
                {
                    Parameters =
                    {
                        new() { Value = ids },
                        new() { Value = touched.Select(stream => stream.Added).ToArray() },
                    },
                },
                new("""
                    insert into stream_positions (stream_id, run, sequence, as_of)
                    select * from unnest($1, $2, $3, $4) as input (stream_id, run, sequence, as_of) order by stream_id
                    on conflict (stream_id) do update set run = excluded.run, sequence = excluded.sequence, as_of = excluded.as_of
                    """)
                {
                    Parameters =
                    {
                        new() { Value = ids },
                        new() { Value = touched.Select(stream => stream.Last.Run).ToArray() },
                        new() { Value = touched.Select(stream => stream.Last.Sequence).ToArray() },
                        new() { Value = touched.Select(stream => stream.AsOf.UtcDateTime).ToArray() },
                    },
                },
                new("select array_agg(nextval('mt_events_sequence')) from generate_series(1, $1)") { Parameters = { new() { Value = count } } },
            },
        };

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) streams[reader.GetString(0)].EndAt(reader.GetInt64(1));

        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        return reader.GetFieldValue<long[]>(0);
    }

    static async Task CopyEventsAsync(
        NpgsqlConnection connection, List<RecordedMessage> messages, Dictionary<string, StreamAppend> streams, long[] sequences,
        CancellationToken cancel)
    {
        await using var copy = await connection.BeginBinaryImportAsync("""
            copy mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            from stdin (format binary)
            """, cancel);

        for (int i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var stream = streams[message.Stamp.Stream];
            bool isBinary = IsBinary(message);

            await copy.StartRowAsync(cancel);
            await copy.WriteAsync(sequences[i], NpgsqlDbType.Bigint, cancel);
            await copy.WriteAsync(EventId.Of(stream.Hash, message.Stamp.Position()), NpgsqlDbType.Uuid, cancel);
            await copy.WriteAsync(stream.Id, NpgsqlDbType.Varchar, cancel);
            await copy.WriteAsync(stream.TakeVersion(), NpgsqlDbType.Bigint, cancel);
            await copy.WriteAsync(isBinary ? EmptyJson : message.Body, NpgsqlDbType.Jsonb, cancel);
            if (isBinary) await copy.WriteAsync(message.Body, NpgsqlDbType.Bytea, cancel);
            else await copy.WriteNullAsync(cancel);
            await copy.WriteAsync(message.Contract.Alias, NpgsqlDbType.Varchar, cancel);
            await copy.WriteAsync(message.Stamp.AsOf.UtcDateTime, NpgsqlDbType.TimestampTz, cancel);
            await copy.WriteAsync(DefaultTenant, NpgsqlDbType.Varchar, cancel);
            await copy.WriteAsync(DotNetTypes[message.Contract], NpgsqlDbType.Varchar, cancel);
            await copy.WriteAsync(false, NpgsqlDbType.Boolean, cancel);
        }

        await copy.CompleteAsync(cancel);
    }

    static readonly ReadOnlyMemory<byte> EmptyJson = "{}"u8.ToArray();

    static readonly FrozenDictionary<Contract, string> DotNetTypes =
        Contract.All.ToFrozenDictionary(contract => contract, contract => $"{contract.Type.FullName}, {contract.Type.Assembly.GetName().Name}");

    // jsonb refuses the escape of the NUL character, which JSON allows: such a body is kept as the bytes it is, or it would be refused for ever.
    static bool IsBinary(RecordedMessage message) =>
        !IsOfType(message, Wire.Json) || message.Body.Span.IndexOf(@"\u0000"u8) >= 0;

    static bool IsOfType(RecordedMessage message, string type)
    {
        var media = message.ContentType.AsSpan();
        if (media.IndexOf(';') is >= 0 and int end) media = media[..end].TrimEnd();
        return media.Equals(type, StringComparison.OrdinalIgnoreCase);
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

    internal static string DotNetTypeOf(Contract contract) => DotNetTypes[contract];

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

    // What one append does to one stream.
    sealed class StreamAppend(string id)
    {
        StreamPosition _recorded;
        HashSet<StreamPosition>? _taken;
        long _nextVersion;

        public string Id { get; } = id;
        public ulong Hash { get; } = EventId.HashOf(id);
        public StreamPosition Last { get; private set; }
        public DateTimeOffset AsOf { get; private set; }
        public long Added { get; private set; }

        public void StartAfter(StreamPosition recorded) => _recorded = Last = recorded;

        public bool Accepts(Stamp stamp)
        {
            var position = stamp.Position();
            if (position <= _recorded) return false;
            _taken ??= [];
            if (position <= Last)
            {
                if (_taken.Contains(position)) return false;
                throw new ArgumentException($"The batch runs backwards in stream {Id}: {position} comes after {Last}.");
            }

            _taken.Add(position);
            Last = position;
            AsOf = stamp.AsOf;
            Added++;
            return true;
        }

        public void EndAt(long version) => _nextVersion = version - Added + 1;

        public long TakeVersion() => _nextVersion++;
    }
}
