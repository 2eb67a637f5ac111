using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using ZeroGex.Contracts;

namespace ZeroGex.Storage.LogFiles;

/// <summary>
/// Writes a log file: a zip with an entry for each stream, then <c>manifest.json</c>, then, as the zip's comment, the SHA-256 of all bytes
/// before it. The same messages give the same bytes.
/// </summary>
/// <remarks>An entry is its messages one after another, each as: one byte, the index of its type in the manifest; four bytes, the length of its body, little endian; the body.</remarks>
public sealed class LogFileWriter : IDisposable
{
    internal const int HeadBytes = 5;
    internal const int MaxBodyBytes = 64 << 20;
    internal const int SealLength = 64;

    readonly Stream _file;
    readonly ZipArchive _zip;
    readonly DateOnly _session;
    readonly string _engine;
    readonly List<LogFileStream> _streams = [];
    Entry? _entry;

    /// <param name="file">Empty, readable and seekable; it is left open.</param>
    /// <param name="session">The session date of every stream that will come.</param>
    /// <param name="engine">The version of this program.</param>
    public LogFileWriter(Stream file, DateOnly session, string engine)
    {
        (_file, _session, _engine) = (file, session, engine);
        _zip = new(file, ZipArchiveMode.Create, leaveOpen: true);
    }

    /// <summary>Adds a message. Streams come one after another, ordered by id; messages in the order of their stamps.</summary>
    /// <exception cref="ArgumentException">They do not, or the stream is of another session.</exception>
    public void Add(RecordedMessage message)
    {
        string stream = message.Stamp.Stream;
        if (_entry?.Stream != stream)
        {
            if (Contract.ParseStreamId(stream).Session != _session) throw new ArgumentException($"{stream} is not of the session {_session:yyyy-MM-dd}.", nameof(message));
            CloseEntry();
            if (_streams.Count > 0 && string.CompareOrdinal(stream, _streams[^1].Stream) <= 0)
                throw new ArgumentException($"Streams come ordered by id: {stream} cannot follow {_streams[^1].Stream}.", nameof(message));
            _entry = new(Create(stream), stream);
        }

        _entry!.Add(message);
    }

    /// <summary>Ends the file.</summary>
    public LogManifest Complete()
    {
        CloseEntry();
        LogManifest manifest = new()
        {
            Format = LogManifest.FormatName,
            Version = LogManifest.NewestVersion,
            Session = _session,
            Engine = _engine,
            Events = _streams.Sum(stream => stream.Events),
            Bytes = _streams.Sum(stream => stream.Bytes),
            Streams = _streams,
        };
        using (var entry = Create(LogManifest.Entry)) entry.Write(manifest.ToJson());

        _zip.Comment = new('0', SealLength);
        _zip.Dispose();
        byte[] seal = SealOf(_file);
        _file.Position = _file.Length - SealLength;
        _file.Write(seal);
        _file.Flush();
        return manifest;
    }

    /// <summary>Releases what <see cref="Complete"/> did not get to; the file is then of no use.</summary>
    public void Dispose()
    {
        _entry?.Dispose();
        _zip.Dispose();
    }

    // Of everything but the seal itself, as hexadecimal text.
    internal static byte[] SealOf(Stream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[128 << 10];
        file.Position = 0;
        for (long left = file.Length - SealLength; left > 0;)
        {
            int read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) throw new EndOfStreamException();
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        return System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    Stream Create(string name)
    {
        var entry = _zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = new(_session, TimeOnly.MinValue, TimeSpan.Zero); // Not when it was written: the same day is the same file.
        return entry.Open();
    }

    void CloseEntry()
    {
        if (_entry is null) return;
        _streams.Add(_entry.Close());
        _entry = null;
    }

    sealed class Entry(Stream target, string stream) : IDisposable
    {
        readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        readonly List<LogFileType> _types = [];
        Stamp? _first;
        Stamp? _last;
        long _events;
        long _bytes;

        public string Stream => stream;

        public void Add(RecordedMessage message)
        {
            var stamp = message.Stamp;
            if (_last is not null && stamp.Position() <= _last.Position()) throw new ArgumentException($"{stamp} does not follow {_last}.", nameof(message));
            if (message.Body.Length > MaxBodyBytes) throw new ArgumentException($"{stamp}: a body of {message.Body.Length} bytes is larger than any message.", nameof(message));

            Span<byte> head = stackalloc byte[HeadBytes];
            head[0] = IndexOf(new(message.Contract.Alias, message.ContentType));
            BinaryPrimitives.WriteInt32LittleEndian(head[1..], message.Body.Length);
            Write(head);
            Write(message.Body.Span);
            _first ??= stamp;
            _last = stamp;
            _events++;
        }

        public LogFileStream Close()
        {
            target.Dispose();
            LogFileStream closed = new()
            {
                Stream = stream,
                Types = _types,
                Events = _events,
                Bytes = _bytes,
                First = LogMark.Of(_first!),
                Last = LogMark.Of(_last!),
                Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset()),
            };
            Dispose();
            return closed;
        }

        public void Dispose()
        {
            target.Dispose();
            _hash.Dispose();
        }

        byte IndexOf(LogFileType type)
        {
            int index = _types.IndexOf(type);
            if (index >= 0) return (byte)index;
            _types.Add(type);
            return checked((byte)(_types.Count - 1));
        }

        void Write(ReadOnlySpan<byte> bytes)
        {
            target.Write(bytes);
            _hash.AppendData(bytes);
            _bytes += bytes.Length;
        }
    }
}
