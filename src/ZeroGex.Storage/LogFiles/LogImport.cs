using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Storage.LogFiles;

/// <summary>What an import would do to one stream.</summary>
/// <param name="Stream">The stream id.</param>
/// <param name="Held">Messages of the file that the log holds already, each compared.</param>
/// <param name="Missing">Messages that would be appended.</param>
public readonly record struct StreamImport(string Stream, long Held, long Missing);

/// <summary>A log file into the log: only what is missing there, or nothing at all where the two contradict each other.</summary>
public static class LogImport
{
    const int BatchMessages = 1_000;
    const int BatchBytes = 8 << 20;

    /// <summary>Compares a file with the log. Verify the file before.</summary>
    /// <param name="events">Told the messages compared so far.</param>
    /// <exception cref="LogFileException">
    /// Up to the last stamp that the log has of a stream, it does not hold exactly what the file has: another recording, or only a later part.
    /// Or each of the two has messages that the other lacks; or it lacks messages of a stream that is archived. Nothing could be appended.
    /// </exception>
    public static async Task<IReadOnlyList<StreamImport>> PlanAsync(EventLog log, LogSessions sessions, LogFileReader file, IProgress<long>? events, CancellationToken cancel)
    {
        var positions = await log.PositionsAsync([.. file.Manifest.Streams.Select(stream => stream.Stream)], cancel);
        var session = file.Manifest.Session;
        var archived = (await sessions.StreamsAsync(session, session, [], cancel)).Where(stream => stream.IsArchived).Select(stream => stream.Stream).ToHashSet();
        List<StreamImport> plan = [];
        long count = 0;
        foreach (var stream in file.Manifest.Streams)
        {
            long held = positions.TryGetValue(stream.Stream, out var last) ? await CompareAsync(log, file, stream, last, cancel) : 0;
            if (held < stream.Events && archived.Contains(stream.Stream))
                throw new LogFileException($"{stream.Stream}: it is archived in the log, and lacks {stream.Events - held} messages of the file. An archived stream takes no more");
            plan.Add(new(stream.Stream, held, stream.Events - held));
            count += stream.Events;
            events?.Report(count);
        }

        return plan;
    }

    /// <summary>Appends what the plan found missing, in the order of the messages' clocks, in batches. When it breaks off, plan and write again.</summary>
    /// <param name="events">Told the messages appended so far.</param>
    /// <returns>Messages appended.</returns>
    /// <exception cref="LogFileException">Somebody else appends to the same streams.</exception>
    public static async Task<long> WriteAsync(EventLog log, LogFileReader file, IReadOnlyList<StreamImport> plan, IProgress<long>? events, CancellationToken cancel)
    {
        long written = 0, bytes = 0;
        List<RecordedMessage> batch = [];
        foreach (var message in MissingByClock(file, plan))
        {
            batch.Add(message);
            bytes += message.Body.Length;
            if (batch.Count == BatchMessages || bytes >= BatchBytes) await AppendAsync();
        }

        await AppendAsync();
        return written;

        async Task AppendAsync()
        {
            var result = await log.AppendAsync(batch, cancel);
            written += result.Written;
            if (result.Duplicates > 0)
                throw new LogFileException($"somebody else appends to the same streams: {result.Duplicates} of {batch.Count} messages, the first of them after {batch[0].Stamp}, were there suddenly. {written} were appended");
            events?.Report(written);
            batch.Clear();
            bytes = 0;
        }
    }

    // A log's sequence ids then run with market time across streams, as if it had been recorded here.
    static IEnumerable<RecordedMessage> MissingByClock(LogFileReader file, IReadOnlyList<StreamImport> plan)
    {
        PriorityQueue<IEnumerator<RecordedMessage>, (DateTimeOffset AsOf, int Stream)> heads = new();
        List<IEnumerator<RecordedMessage>> open = [];
        try
        {
            for (int i = 0; i < plan.Count; i++)
            {
                if (plan[i].Missing == 0) continue;
                var messages = file.Read(file.Manifest.Streams[i]).GetEnumerator();
                open.Add(messages);
                for (long held = plan[i].Held; held >= 0; held--) messages.MoveNext();
                heads.Enqueue(messages, (messages.Current.Stamp.AsOf, i));
            }

            while (heads.TryDequeue(out var messages, out var head))
            {
                yield return messages.Current;
                if (messages.MoveNext()) heads.Enqueue(messages, (messages.Current.Stamp.AsOf, head.Stream));
            }
        }
        finally
        {
            foreach (var messages in open) messages.Dispose();
        }
    }

    static async Task<long> CompareAsync(EventLog log, LogFileReader file, LogFileStream stream, StreamPosition last, CancellationToken cancel)
    {
        long held = 0;
        LogMark? extra = null; // The first that the log holds and the file lacks: no harm in a log that has all of the file.
        await using var recorded = log.ReadRecordedAsync(stream.Stream, default, null, cancel).GetAsyncEnumerator(cancel);
        bool hasMore = await recorded.MoveNextAsync();
        foreach (var message in file.Read(stream))
        {
            var position = message.Stamp.Position();
            if (position > last) break;
            for (; hasMore && recorded.Current.Stamp.Position() < position; hasMore = await recorded.MoveNextAsync()) extra ??= LogMark.Of(recorded.Current.Stamp);
            if (!hasMore || recorded.Current.Stamp.Position() != position)
                throw new LogFileException($"{stream.Stream}: the log has events up to run {last.Run} #{last.Sequence}, but not {LogMark.Of(message.Stamp)} of the file. It is another recording, or a later part of this one");
            if (!IsSame(message, recorded.Current))
                throw new LogFileException($"{stream.Stream}: {LogMark.Of(message.Stamp)} in the log differs from that in the file");
            held++;
            hasMore = await recorded.MoveNextAsync();
        }

        if (hasMore) extra ??= LogMark.Of(recorded.Current.Stamp);
        if (extra is not null && held < stream.Events)
            throw new LogFileException($"{stream.Stream}: the log holds {extra}, which the file lacks, and lacks what the file has. They are two recordings");
        return held;
    }

    // The log keeps the meaning of JSON, not its spelling.
    static bool IsSame(RecordedMessage one, RecordedMessage other)
    {
        if (one.Contract != other.Contract || one.ContentType != other.ContentType) return false;
        if (one.Body.Span.SequenceEqual(other.Body.Span)) return true;
        if (one.ContentType != Wire.Json) return false;
        using var left = JsonDocument.Parse(one.Body);
        using var right = JsonDocument.Parse(other.Body);
        return JsonElement.DeepEquals(left.RootElement, right.RootElement);
    }
}
