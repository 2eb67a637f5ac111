using System.Collections.Frozen;
using Npgsql;
using NpgsqlTypes;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>One append to the log: what of some messages is new, and its rows.</summary>
sealed class EventAppend
{
    // Every append in this database waits here, so that sequence order is commit order among us. Others need not take it.
    internal const long Lock = 0x5A47_6170_7064; // "ZGappd"

    const string DefaultTenant = "*DEFAULT*";

    static readonly ReadOnlyMemory<byte> EmptyJson = "{}"u8.ToArray();

    static readonly FrozenDictionary<Contract, string> DotNetTypes =
        Contract.All.ToFrozenDictionary(contract => contract, contract => $"{contract.Type.FullName}, {contract.Type.Assembly.GetName().Name}");

    readonly IReadOnlyList<RecordedMessage> _messages;
    readonly IReadOnlyDictionary<string, long>? _expectedVersions;
    readonly Dictionary<string, StreamAppend> _streams = new(StringComparer.Ordinal);

    /// <param name="expectedVersions">Versions that streams must be at; null where none matters.</param>
    /// <exception cref="ArgumentException">A message is of an unknown content type.</exception>
    public EventAppend(IReadOnlyList<RecordedMessage> messages, IReadOnlyDictionary<string, long>? expectedVersions = null)
    {
        (_messages, _expectedVersions) = (messages, expectedVersions);
        foreach (var message in messages)
        {
            if (!IsOfType(message, Wire.Json) && !IsOfType(message, Wire.Packed))
                throw new ArgumentException($"{message.Stamp}: the log does not know the content type '{message.ContentType}'.", nameof(messages));
            if (!_streams.ContainsKey(message.Stamp.Stream)) _streams.Add(message.Stamp.Stream, new(message.Stamp.Stream));
        }
    }

    /// <summary>What Marten writes beside an event: its type's full name, and its assembly.</summary>
    public static string DotNetTypeOf(Contract contract) => DotNetTypes[contract];

    /// <summary>Writes within the caller's transaction, which is to end soon: nobody else can append meanwhile.</summary>
    /// <returns>How many events were new.</returns>
    public async Task<int> WriteAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await LockAndReadPositionsAsync(connection, cancel);
        List<RecordedMessage> fresh = [.. _messages.Where(message => _streams[message.Stamp.Stream].Accepts(message.Stamp))];
        if (fresh.Count > 0) await CopyEventsAsync(connection, fresh, await AdvanceStreamsAsync(connection, fresh.Count, cancel), cancel);
        return fresh.Count;
    }

    async Task LockAndReadPositionsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new($"select pg_advisory_xact_lock({Lock})"),
                new("""
                    select id, is_archived, run, sequence
                      from unnest($1) as wanted (id)
                      left join mt_streams using (id)
                      left join stream_positions on stream_id = id
                    """)
                {
                    Parameters = { new() { Value = _streams.Keys.ToArray() } },
                },
            },
        };

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            string id = reader.GetString(0);
            if (!reader.IsDBNull(1) && reader.GetBoolean(1)) throw new StreamArchivedException(id);
            if (!reader.IsDBNull(2)) _streams[id].StartAfter(new(reader.GetInt64(2), reader.GetInt64(3)));
        }
    }

    // The stream rows first, in the order of their ids: whoever else appends to one of them, with or without our lock, waits for us
    // or we for them, and no sequence id has been drawn yet that could be left behind as a gap.
    async Task<long[]> AdvanceStreamsAsync(NpgsqlConnection connection, int count, CancellationToken cancel)
    {
        StreamAppend[] touched = [.. _streams.Values.Where(stream => stream.Added > 0)];
        string[] ids = [.. touched.Select(stream => stream.Id)];

        await using NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new($"""
                    insert into mt_streams as stream (id, version, timestamp, created, tenant_id, is_archived)
                    select id, added, now(), now(), '{DefaultTenant}', false from unnest($1, $2) as input (id, added) order by id
                    on conflict (id) do update set version = coalesce(stream.version, 0) + excluded.version, timestamp = excluded.timestamp
                    returning id, version, is_archived
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
        while (await reader.ReadAsync(cancel))
        {
            var stream = _streams[reader.GetString(0)];
            if (!reader.IsDBNull(2) && reader.GetBoolean(2)) throw new StreamArchivedException(stream.Id); // By somebody who does not take our lock, just now.
            stream.EndAt(reader.GetInt64(1));
            if (_expectedVersions is not null && _expectedVersions.TryGetValue(stream.Id, out long expected) && stream.Begin != expected)
                throw new StreamVersionException(stream.Id, expected, stream.Begin);
        }

        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        return reader.GetFieldValue<long[]>(0);
    }

    // Written field by field, the server inserts while we write; rows prepared in one buffer were slower.
    async Task CopyEventsAsync(NpgsqlConnection connection, List<RecordedMessage> messages, long[] sequences, CancellationToken cancel)
    {
        await using var copy = await connection.BeginBinaryImportAsync("""
            copy mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            from stdin (format binary)
            """, cancel);

        for (int i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            var stream = _streams[message.Stamp.Stream];
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

    // jsonb refuses the escape of the NUL character, which JSON allows: such a body is kept as the bytes it is, or it would be refused for ever.
    static bool IsBinary(RecordedMessage message) =>
        !IsOfType(message, Wire.Json) || message.Body.Span.IndexOf(@"\u0000"u8) >= 0;

    static bool IsOfType(RecordedMessage message, string type)
    {
        var media = message.ContentType.AsSpan();
        if (media.IndexOf(';') is >= 0 and int end) media = media[..end].TrimEnd();
        return media.Equals(type, StringComparison.OrdinalIgnoreCase);
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

        /// <summary>How many events it had before these.</summary>
        public long Begin => _nextVersion - 1;

        public void EndAt(long version) => _nextVersion = version - Added + 1;

        public long TakeVersion() => _nextVersion++;
    }
}
