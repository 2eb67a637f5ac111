using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using ZeroGex.Contracts;

namespace ZeroGex.Storage.LogFiles;

/// <summary>Reads a log file and believes nothing of it: whatever differs from the manifest ends the reading, with its place.</summary>
/// <remarks>Not thread-safe, but several streams may be read by turns.</remarks>
public sealed class LogFileReader : IDisposable
{
    const int BufferBytes = 64 << 10;
    const int MaxManifestBytes = 64 << 20;

    readonly Stream _file;
    readonly ZipArchive _zip;

    LogFileReader(Stream file, ZipArchive zip, LogManifest manifest) => (_file, _zip, Manifest) = (file, zip, manifest);

    /// <summary>What the file says of itself.</summary>
    public LogManifest Manifest { get; }

    /// <summary>Opens a file and reads its manifest.</summary>
    /// <param name="file">Seekable; closed with the reader.</param>
    /// <exception cref="LogFileException">It is no log file, or damaged already here.</exception>
    public static LogFileReader Open(Stream file)
    {
        try
        {
            ZipArchive zip = new(file, ZipArchiveMode.Read);
            var entry = zip.GetEntry(LogManifest.Entry) ?? throw new LogFileException($"it has no {LogManifest.Entry}");
            if (entry.Length > MaxManifestBytes) throw new LogFileException($"its {LogManifest.Entry} is of {entry.Length} bytes");
            using MemoryStream json = new();
            using (var content = entry.Open()) content.CopyTo(json);
            LogFileReader reader = new(file, zip, LogManifest.Parse(json.ToArray()));
            reader.CheckManifest();
            return reader;
        }
        catch (Exception damage) // A damaged directory makes the zip reader throw whatever it stumbles over.
        {
            file.Dispose();
            if (damage is LogFileException) throw;
            throw new LogFileException($"it is cut short, damaged, or no log file at all: {damage.Message}", damage);
        }
    }

    /// <summary>The messages of a stream, in order. Their count, stamps and SHA-256 are compared with the manifest as they go by.</summary>
    /// <exception cref="LogFileException">Something differs.</exception>
    public IEnumerable<RecordedMessage> Read(LogFileStream stream)
    {
        var types = stream.Types.Select(type => Contract.OfAlias(type.Alias)
            ?? throw new LogFileException($"{stream.Stream}: this version does not know the alias {type.Alias}")).ToArray();
        if (stream.Types.FirstOrDefault(type => type.ContentType is not (Wire.Json or Wire.Packed)) is { } strange)
            throw new LogFileException($"{stream.Stream}: this version does not know the content type {strange.ContentType}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using BufferedStream content = new(OpenEntry(stream), BufferBytes);
        byte[] head = new byte[LogFileWriter.HeadBytes];
        Stamp? first = null, last = null;
        long events = 0;

        while (Take(content, head, stream, events + 1))
        {
            events++;
            int length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1));
            if (head[0] >= types.Length) throw Fault(stream, events, $"there is no type {head[0]}");
            if (length is < 0 or > LogFileWriter.MaxBodyBytes) throw Fault(stream, events, $"it claims to have {length} bytes");
            byte[] body = new byte[length];
            if (length > 0 && !Take(content, body, stream, events)) throw Fault(stream, events, "the entry ends within it");
            hash.AppendData(head);
            hash.AppendData(body);

            var stamp = StampOf(stream, events, types[head[0]], stream.Types[head[0]].ContentType, body);
            if (last is not null && stamp.Position() <= last.Position()) throw Fault(stream, events, $"{LogMark.Of(stamp)} does not follow {LogMark.Of(last)}");
            first ??= stamp;
            last = stamp;
            yield return new(stamp, types[head[0]], stream.Types[head[0]].ContentType, body);
        }

        if (events != stream.Events) throw new LogFileException($"{stream.Stream}: the manifest says {stream.Events} messages, there are {events}");
        Compare(stream, "first", stream.First, first);
        Compare(stream, "last", stream.Last, last);
        string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (sha256 != stream.Sha256) throw new LogFileException($"{stream.Stream}: the manifest says SHA-256 {stream.Sha256}, it is {sha256}");
    }

    /// <summary>Reads everything and decodes it.</summary>
    /// <param name="events">Told the messages read so far.</param>
    /// <exception cref="LogFileException">The file is not what was written; the first difference.</exception>
    public void Verify(IProgress<long>? events, CancellationToken cancel)
    {
        bool isSealed = IsSealed();
        long count = 0;
        foreach (var stream in Manifest.Streams)
        {
            try
            {
                foreach (var message in Read(stream))
                {
                    cancel.ThrowIfCancellationRequested();
                    Decode(message);
                    count++;
                    events?.Report(count);
                }
            }
            catch (Exception damage) when (!isSealed && damage is not (LogFileException or OperationCanceledException))
            {
                throw new LogFileException($"{stream.Stream}: {damage.Message}", damage);
            }
        }

        if (!isSealed) throw new LogFileException("its messages are as the manifest says, but the manifest or the zip's own records were changed: the SHA-256 in the zip's comment is not that of the file");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zip.Dispose();
        _file.Dispose();
    }

    bool IsSealed()
    {
        byte[] seal = LogFileWriter.SealOf(_file);
        byte[] written = new byte[LogFileWriter.SealLength];
        _file.Position = _file.Length - written.Length;
        _file.ReadExactly(written);
        return seal.AsSpan().SequenceEqual(written);
    }

    void CheckManifest()
    {
        for (int i = 0; i < Manifest.Streams.Count; i++)
        {
            var stream = Manifest.Streams[i];
            if (Contract.ParseStreamId(stream.Stream).Session != Manifest.Session) throw new LogFileException($"{stream.Stream} is not of the session {Manifest.Session:yyyy-MM-dd}");
            if (i > 0 && string.CompareOrdinal(stream.Stream, Manifest.Streams[i - 1].Stream) <= 0) throw new LogFileException($"{stream.Stream} stands in the wrong place of the manifest");
            var entry = _zip.GetEntry(stream.Stream) ?? throw new LogFileException($"{stream.Stream}: the manifest names it, the file does not have it");
            if (entry.Length != stream.Bytes) throw new LogFileException($"{stream.Stream}: the manifest says {stream.Bytes} bytes, there are {entry.Length}");
        }

        var named = Manifest.Streams.Select(stream => stream.Stream).Append(LogManifest.Entry).ToHashSet(StringComparer.Ordinal);
        if (_zip.Entries.FirstOrDefault(entry => !named.Remove(entry.FullName)) is { } extra) throw new LogFileException($"{extra.FullName}: the file has it, the manifest does not name it");
        if (Manifest.Events != Manifest.Streams.Sum(stream => stream.Events)) throw new LogFileException($"the manifest says {Manifest.Events} messages, its streams together {Manifest.Streams.Sum(stream => stream.Events)}");
        if (Manifest.Bytes != Manifest.Streams.Sum(stream => stream.Bytes)) throw new LogFileException($"the manifest says {Manifest.Bytes} bytes, its streams together {Manifest.Streams.Sum(stream => stream.Bytes)}");
    }

    Stream OpenEntry(LogFileStream stream)
    {
        try
        {
            return _zip.GetEntry(stream.Stream)!.Open();
        }
        catch (InvalidDataException damage)
        {
            throw new LogFileException($"{stream.Stream}: {damage.Message}", damage);
        }
    }

    // False at the end of the entry.
    static bool Take(Stream content, byte[] buffer, LogFileStream stream, long message)
    {
        try
        {
            int read = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (read == 0) return false;
            return read == buffer.Length ? true : throw Fault(stream, message, "the entry ends within it");
        }
        catch (InvalidDataException damage)
        {
            throw Fault(stream, message, damage.Message);
        }
    }

    static Stamp StampOf(LogFileStream stream, long message, Contract contract, string contentType, byte[] body)
    {
        try
        {
            var (stamp, root) = Wire.Peek(contentType, body);
            if (stamp.Stream != stream.Stream) throw Fault(stream, message, $"its stamp names {stamp.Stream}");
            return LogCheck.Misplaced(stream.Stream, contract, root) is { } misplaced ? throw Fault(stream, message, misplaced) : stamp;
        }
        catch (Exception bad) when (bad is FormatException or ArgumentException)
        {
            throw Fault(stream, message, bad.Message);
        }
    }

    static void Decode(RecordedMessage message)
    {
        try
        {
            message.Decode();
        }
        catch (Exception bad) when (bad is FormatException or ArgumentException)
        {
            throw new LogFileException(bad.Message, bad);
        }
    }

    static void Compare(LogFileStream stream, string which, LogMark expected, Stamp? actual)
    {
        if (actual is null || LogMark.Of(actual) != expected)
            throw new LogFileException($"{stream.Stream}: the manifest says that the {which} message is {expected} of {expected.AsOf:O}, it is {(actual is null ? "none" : $"{LogMark.Of(actual)} of {actual.AsOf:O}")}");
    }

    static LogFileException Fault(LogFileStream stream, long message, string reason) => new($"{stream.Stream}, message {message}: {reason}");
}
