using System.Runtime.CompilerServices;
using Npgsql;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>What a check of one stream found.</summary>
/// <param name="Stream">The stream id.</param>
/// <param name="Events">Events looked at.</param>
/// <param name="Foreign">Of these, events with an alias that this version does not know: only their place was looked at.</param>
/// <param name="Difference">The first thing that is not as it should be, with its place; null when there is none.</param>
public sealed record StreamCheck(string Stream, long Events, long Foreign, string? Difference);

/// <summary>
/// Holds the log to its promises: versions 1..n without holes and as many as the stream says; sequences 1, 2, 3 ... within a run; bodies that
/// decode; stamps, roots and kinds in the bodies that agree with id, clock, type and place of their rows; a last stamp that agrees with the recorder's.
/// </summary>
public sealed class LogCheck(NpgsqlDataSource database)
{
    /// <summary>Checks a stream as it stands; what is appended meanwhile is not looked at. It ends at the first difference.</summary>
    /// <param name="events">Told the events looked at so far.</param>
    public async Task<StreamCheck> CheckAsync(string stream, IProgress<long>? events, CancellationToken cancel)
    {
        var head = await HeadAsync(stream, cancel);
        long seen = 0, foreign = 0, lastSequenceId = 0;
        Stamp? last = null;
        await foreach (var row in RowsAsync(stream, head.Version, cancel))
        {
            seen++;
            events?.Report(seen);
            if (row.Version != seen) return Found($"version {seen} is missing: the next is {row.Version}");
            if (row.SequenceId <= lastSequenceId) return Found($"version {seen} has sequence id {row.SequenceId}, the one before it {lastSequenceId}");
            if (row.IsArchived != head.IsArchived) return Found($"version {seen} is {(row.IsArchived ? "" : "not ")}archived, the stream is{(head.IsArchived ? "" : " not")}");
            lastSequenceId = row.SequenceId;

            if (Contract.OfAlias(row.Alias) is not { Kind: not null } contract)
            {
                foreign++;
                continue;
            }

            if (Fault(stream, row, contract, last, out var stamp) is { } fault) return Found($"version {seen} ({row.Alias}): {fault}");
            last = stamp;
        }

        if (seen != head.Version) return Found($"the stream says {head.Version} events, there are {seen}");
        if (head.Events != head.Version) return Found($"the stream says {head.Version} events, there are {head.Events}");
        if (last?.Position() != head.Position) return Found($"its last event is {Text(last?.Position())}, the recorder's position {Text(head.Position)}");
        return new(stream, seen, foreign, null);

        StreamCheck Found(string difference) => new(stream, seen, foreign, difference);
    }

    // What is wrong with a row of ours, that follows another.
    static string? Fault(string stream, Row row, Contract contract, Stamp? last, out Stamp? stamp)
    {
        stamp = null;
        IMarketFact fact;
        try
        {
            fact = (IMarketFact)Wire.Decode(contract.Type, row.IsJson || row.Body is [(byte)'{', ..] ? Wire.Json : Wire.Packed, row.Body);
        }
        catch (Exception bad) when (bad is FormatException or ArgumentException)
        {
            return bad.Message;
        }

        stamp = fact.Stamp;
        if (stamp.Stream != stream) return $"its stamp names {stamp.Stream}";
        if (Misplaced(stream, contract, fact.Root) is { } misplaced) return misplaced;
        if (EventId.Of(stamp) != row.Id) return $"its id is {row.Id}, its stamp makes {EventId.Of(stamp)}";
        if (stamp.AsOf != row.Timestamp) return $"its timestamp is {row.Timestamp:O}, its stamp says {stamp.AsOf:O}";
        if (row.DotNetType != EventAppend.DotNetTypeOf(contract)) return $"its mt_dotnet_type is '{row.DotNetType}'";
        if (stamp.Run < (last?.Run ?? 0)) return $"{Text(stamp.Position())} follows {Text(last?.Position())}";
        long expected = stamp.Run == last?.Run ? last.Sequence + 1 : 1;
        if (stamp.Sequence < expected) return $"{Text(stamp.Position())} follows {Text(last?.Position())}";
        if (stamp.Sequence > expected) return $"{stamp.Sequence - expected} messages are missing before it: run {stamp.Run} #{expected} to #{stamp.Sequence - 1}";
        // What consumers say of losses goes back in time where they find an earlier loss later.
        bool isGateways = stream.StartsWith(contract.Kind + "/", StringComparison.Ordinal);
        return isGateways && stamp.Run == last?.Run && stamp.AsOf < last.AsOf ? $"its clock is {stamp.AsOf:O}, that of the one before it {last.AsOf:O}" : null;
    }

    /// <summary>Why a message has no place in a stream; null when it has. What consumers say of a stream's losses stands in streams <c>state-...</c> of their own.</summary>
    internal static string? Misplaced(string stream, Contract contract, string root)
    {
        var (kind, owner, _) = Contract.ParseStreamId(stream);
        return root != owner ? $"it is of the root {root}"
            : kind != contract.Kind && !(contract.Kind == "state" && kind.StartsWith("state-", StringComparison.Ordinal)) ? $"{contract.Alias} is not of the kind {kind}"
            : null;
    }

    async Task<Head> HeadAsync(string stream, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select coalesce(version, 0), coalesce(is_archived, false), run, sequence, (select count(*) from mt_events where mt_events.stream_id = mt_streams.id)
              from mt_streams left join stream_positions on stream_id = id where id = $1
            """);
        command.Parameters.Add(new() { Value = stream });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new(reader.GetInt64(0), reader.GetInt64(4), reader.GetBoolean(1), reader.IsDBNull(2) ? null : new(reader.GetInt64(2), reader.GetInt64(3)))
            : new(0, 0, false, null);
    }

    // One query that is read as it comes: a log may be bigger than memory.
    async IAsyncEnumerable<Row> RowsAsync(string stream, long through, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select seq_id, id, version, type, timestamp, mt_dotnet_type, coalesce(is_archived, false), bdata is null, coalesce(bdata, convert_to(data::text, 'UTF8'))
              from mt_events where stream_id = $1 and version <= $2 order by version
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = stream });
        command.Parameters.Add(new() { Value = through });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return new(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetInt64(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4),
                reader.IsDBNull(5) ? "" : reader.GetString(5), reader.GetBoolean(6), reader.GetBoolean(7), reader.GetFieldValue<byte[]>(8));
        }
    }

    static string Text(StreamPosition? position) => position is { } at ? $"run {at.Run} #{at.Sequence}" : "none";

    sealed record Head(long Version, long Events, bool IsArchived, StreamPosition? Position);

    sealed record Row(long SequenceId, Guid Id, long Version, string Alias, DateTimeOffset Timestamp, string DotNetType, bool IsArchived, bool IsJson, byte[] Body);
}
