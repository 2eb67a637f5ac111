using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Gateway;

/// <summary>A stamped message as it lies in the spool and goes to the bus.</summary>
/// <param name="fact">The message.</param>
/// <param name="body">Encoded in the type's preferred encoding.</param>
/// <param name="previous">The stream's last position in the run before, on the first message of a run; otherwise default.</param>
public sealed class Spooled(IMarketFact fact, byte[] body, StreamPosition previous)
{
    IMarketFact? _fact = fact;

    public Stamp Stamp { get; } = fact.Stamp;

    public string Root { get; } = fact.Root;

    public Type Type { get; } = fact.GetType();

    public byte[] Body => body;

    public StreamPosition Previous => previous;

    /// <summary>The message; after <see cref="Forget"/> it is decoded each time.</summary>
    public IMarketFact Fact => _fact ?? (IMarketFact)Wire.Decode(Type, Wire.Preferred(Type), body);

    /// <summary>Keeps the body alone: rows in objects take ten times its bytes.</summary>
    public void Forget() => _fact = null;
}

/// <summary>A beat in the spool.</summary>
/// <param name="Ordinal">1, 2, 3 ... over the spool's life.</param>
/// <param name="IsEnd">As in <see cref="Beat"/>.</param>
public sealed record SpooledBeat(long Ordinal, string Position, IReadOnlyList<Spooled> Messages, bool IsEnd = false);

/// <summary>
/// The gateway's local memory: every beat is appended here, whole, before anything of it is published. It answers at start-up what the last
/// run was, where the feed stood, which streams were open and what the broker has not confirmed.
/// </summary>
/// <remarks>
/// A folder of segments. A segment begins with a snapshot of the state and goes on with beats; each record is
/// [length u32][crc32c u32][payload]. A torn record at the end is a beat that was never published and is cut off; torn anywhere else the spool
/// refuses to open. Segments whose beats are all confirmed are deleted, the newest is always kept. Not thread-safe but for <see cref="Confirm"/>.
/// </remarks>
public sealed class Spool : IDisposable
{
    const int SegmentBytes = 16 << 20;
    const byte SnapshotRecord = 0, BeatRecord = 1;

    readonly string _folder;
    readonly GatewaySettings _settings;
    readonly FileStream _lock;
    readonly Lock _gate = new();
    readonly SortedDictionary<long, int> _unconfirmed = []; // Ordinal to bytes.
    readonly LinkedList<(string Path, long LastOrdinal)> _full = new();
    readonly Dictionary<string, StreamState> _streams = new(StringComparer.Ordinal);
    readonly Dictionary<string, StreamPosition> _previous = new(StringComparer.Ordinal);
    readonly MemoryStream _buffer = new();

    FileStream? _segment;
    string _segmentPath = "";
    long _segmentNumber;
    long _ordinal;
    long _unconfirmedBytes;
    long _confirmedThrough;
    long _lastSync;
    TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);

    Spool(string folder, GatewaySettings settings, FileStream exclusive)
    {
        _folder = folder;
        _settings = settings;
        _lock = exclusive;
    }

    /// <summary>The run of the newest beat; 0 in a fresh spool.</summary>
    public long LastRun { get; private set; }

    /// <summary>Where the feed stood after the newest beat; null in a fresh spool.</summary>
    public string? Position { get; private set; }

    /// <summary>True when the feed had ended at the newest beat.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The streams that were written to and not yet rolled away, as the newest beat left them.</summary>
    public IReadOnlyDictionary<string, StreamState> Streams => _streams;

    /// <summary>Bytes that wait for confirmation.</summary>
    public long UnconfirmedBytes
    {
        get { lock (_gate) return _unconfirmedBytes; }
    }

    /// <summary>Opens or creates the spool in a folder.</summary>
    /// <exception cref="SpoolException">Another process has it, or a record other than the last is damaged.</exception>
    public static Spool Open(string folder, GatewaySettings settings)
    {
        Directory.CreateDirectory(folder);
        FileStream exclusive;
        try
        {
            exclusive = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            string holder = Path.Combine(folder, "holder");
            throw new SpoolException($"The spool {folder} is in use by another gateway ({(File.Exists(holder) ? File.ReadAllText(holder) : "unknown")}).");
        }

        File.WriteAllText(Path.Combine(folder, "holder"), Holder.Self);

        var spool = new Spool(folder, settings, exclusive);
        try
        {
            spool.Load();
        }
        catch
        {
            spool.Dispose();
            throw;
        }

        return spool;
    }

    /// <summary>The first run number after the last one: the clock, or last + 1 when the clock went back. It is kept before it is used.</summary>
    public long BeginRun(DateTimeOffset now)
    {
        LastRun = Math.Max(now.ToUnixTimeMilliseconds(), LastRun + 1);
        foreach (var (stream, state) in _streams) _previous[stream] = state.Position;
        Roll();
        return LastRun;
    }

    /// <summary>Appends a beat; when this returns, a kill of the process loses nothing of it.</summary>
    public SpooledBeat Append(Beat beat)
    {
        var messages = new List<Spooled>(beat.Facts.Count);
        foreach (var fact in beat.Facts)
        {
            var previous = fact.Stamp.Sequence == 1 ? _previous.GetValueOrDefault(fact.Stamp.Stream) : default;
            messages.Add(new Spooled(fact, Wire.Encode(fact, Wire.Preferred(fact.GetType())), previous));
        }

        var spooled = new SpooledBeat(++_ordinal, beat.Position, messages, beat.IsEnd);
        int bytes = WriteRecord(BeatRecord, writer => WriteBeat(writer, spooled));
        Track(spooled, bytes);
        if (_segment!.Length >= SegmentBytes) Roll();
        return spooled;
    }

    /// <summary>Waits until the unconfirmed bytes are below the bound.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_unconfirmedBytes < _settings.SpoolBytes) return;
                room = _room.Task;
            }

            await room.WaitAsync(cancel);
        }
    }

    /// <summary>Every message of the beat is safe elsewhere. Thread-safe; in any order.</summary>
    public void Confirm(long ordinal)
    {
        lock (_gate)
        {
            if (!_unconfirmed.Remove(ordinal, out int bytes)) return;
            _unconfirmedBytes -= bytes;
            long oldest = _unconfirmed.Count == 0 ? _ordinal + 1 : _unconfirmed.First().Key;
            if (oldest - 1 > _confirmedThrough)
            {
                _confirmedThrough = oldest - 1;
                DeleteConfirmed();
            }

            if (_unconfirmedBytes < _settings.SpoolBytes)
            {
                _room.TrySetResult();
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>The beats that were appended by earlier runs and never confirmed, in order.</summary>
    public IEnumerable<SpooledBeat> Unconfirmed()
    {
        long confirmed = ReadConfirmed();
        foreach (string path in Segments())
            foreach (var (kind, payload) in Records(path, isNewest: false))
                if (kind == BeatRecord && ReadBeat(payload) is var beat && beat.Ordinal > confirmed)
                    yield return beat;
    }

    public void Dispose()
    {
        if (_confirmedThrough > 0) WriteConfirmed();
        if (_segment is not null)
        {
            _segment.Flush(flushToDisk: _settings.Sync != SpoolSync.Never);
            _segment.Dispose();
        }

        _lock.Dispose();
        _buffer.Dispose();
    }

    void Load()
    {
        string[] segments = [.. Segments()];
        foreach (string path in segments)
        {
            bool isNewest = path == segments[^1];
            long last = 0;
            foreach (var (kind, payload) in Records(path, isNewest))
            {
                if (kind == SnapshotRecord)
                {
                    ReadSnapshot(payload);
                    continue;
                }

                var beat = ReadBeat(payload);
                last = _ordinal = beat.Ordinal;
                if (beat.Ordinal > ReadConfirmed()) Track(beat, payload.Length);
                else Remember(beat);
            }

            _segmentNumber = long.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture);
            if (last > 0) _full.AddLast((path, last));
            else if (!isNewest) File.Delete(path);
        }

        _confirmedThrough = ReadConfirmed();
    }

    void Track(SpooledBeat beat, int bytes)
    {
        Remember(beat);
        lock (_gate)
        {
            _unconfirmed[beat.Ordinal] = bytes;
            _unconfirmedBytes += bytes;
        }
    }

    void Remember(SpooledBeat beat)
    {
        Position = beat.Position;
        HasEnded = beat.IsEnd;
        foreach (var message in beat.Messages)
        {
            LastRun = Math.Max(LastRun, message.Stamp.Run);
            _streams[message.Stamp.Stream] = new StreamState(message.Stamp.Position(), message.Stamp.AsOf);
        }
    }

    /// <summary>A new segment that knows on its own all that the older ones know of the state; sessions long past are forgotten here.</summary>
    void Roll()
    {
        var newest = _streams.Count == 0 ? default : _streams.Values.Max(state => state.AsOf);
        foreach (string stream in _streams.Where(entry => newest - entry.Value.AsOf > TimeSpan.FromDays(4)).Select(entry => entry.Key).ToArray()) _streams.Remove(stream);

        if (_segment is not null)
        {
            _segment.Flush(flushToDisk: _settings.Sync != SpoolSync.Never);
            _segment.Dispose();
            lock (_gate) _full.AddLast((_segmentPath, _ordinal));
        }

        _segmentPath = Path.Combine(_folder, $"{++_segmentNumber:D12}.spool");
        _segment = new FileStream(_segmentPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        WriteRecord(SnapshotRecord, WriteSnapshot);
        WriteConfirmed();
        lock (_gate) DeleteConfirmed();
    }

    /// <summary>Deletes what is not needed any more. Until a run has begun a segment of its own, the state is in the last of the old ones alone.</summary>
    void DeleteConfirmed()
    {
        while (_full.First is { } segment && segment.Value.LastOrdinal <= _confirmedThrough && (_segment is not null || _full.Count > 1))
        {
            File.Delete(segment.Value.Path);
            _full.RemoveFirst();
        }
    }

    int WriteRecord(byte kind, Action<BinaryWriter> payload)
    {
        _buffer.SetLength(8);
        _buffer.Position = 8;
        using (var writer = new BinaryWriter(_buffer, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(kind);
            payload(writer);
        }

        var record = _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(record.Length - 8));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Crc32C(record[8..]));
        try
        {
            _segment!.Write(record);
            Sync();
        }
        catch (IOException error)
        {
            throw new SpoolException($"The spool {_folder} cannot be written ({error.Message}). Nothing was published that is not in it: make room and start again.");
        }

        return record.Length;
    }

    void Sync()
    {
        long now = Environment.TickCount64;
        bool isDue = _settings.Sync == SpoolSync.EveryBeat || (_settings.Sync == SpoolSync.EverySecond && now - _lastSync >= 1_000);
        if (now - _lastSync >= 1_000) WriteConfirmed();
        if (isDue) _segment!.Flush(flushToDisk: true);
        if (now - _lastSync >= 1_000) _lastSync = now;
    }

    /// <summary>How far confirmation has come. Only a hint: what it misses is published again and recognised by its stamp.</summary>
    void WriteConfirmed()
    {
        string path = Path.Combine(_folder, "confirmed");
        long through;
        lock (_gate) through = _confirmedThrough;
        File.WriteAllText(path + ".new", through.ToString(System.Globalization.CultureInfo.InvariantCulture));
        File.Move(path + ".new", path, overwrite: true);
    }

    long ReadConfirmed()
    {
        string path = Path.Combine(_folder, "confirmed");
        return File.Exists(path) && long.TryParse(File.ReadAllText(path), System.Globalization.CultureInfo.InvariantCulture, out long through) ? through : 0;
    }

    IEnumerable<string> Segments() => Directory.EnumerateFiles(_folder, "*.spool").Order(StringComparer.Ordinal);

    static List<(byte Kind, byte[] Payload)> Records(string path, bool isNewest)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var records = new List<(byte, byte[])>();
        int at = 0;
        while (at < bytes.Length)
        {
            var rest = bytes.AsSpan(at);
            int length = rest.Length < 8 ? int.MaxValue : (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(rest), int.MaxValue);
            if (length > rest.Length - 8 || length < 1 || Crc32C(rest.Slice(8, length)) != BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]))
            {
                bool isTail = length > rest.Length - 8 || 8 + length == rest.Length;
                if (isNewest && isTail) // Torn by a kill: the beat was never published.
                {
                    using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
                    file.SetLength(at);
                    break;
                }

                throw new SpoolException($"{path} is damaged at byte {at}. Move the folder away to start afresh; what is in it and not yet on the broker is then lost.");
            }

            records.Add((rest[8], rest.Slice(9, length - 1).ToArray()));
            at += 8 + length;
        }

        return records;
    }

    static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (byte last in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, last);
        return ~crc;
    }

    void WriteSnapshot(BinaryWriter writer)
    {
        writer.Write(LastRun);
        writer.Write(_ordinal);
        writer.Write(Position is not null);
        writer.Write(Position ?? "");
        writer.Write(_streams.Count);
        foreach (var (stream, state) in _streams)
        {
            writer.Write(stream);
            writer.Write(state.Position.Run);
            writer.Write(state.Position.Sequence);
            writer.Write(state.AsOf.UtcTicks);
        }

        writer.Write(HasEnded);
    }

    void ReadSnapshot(byte[] payload)
    {
        using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
        LastRun = reader.ReadInt64();
        _ordinal = reader.ReadInt64();
        bool hasPosition = reader.ReadBoolean();
        string position = reader.ReadString();
        Position = hasPosition ? position : null;
        _streams.Clear();
        for (int count = reader.ReadInt32(); count > 0; count--)
            _streams[reader.ReadString()] = new StreamState(new StreamPosition(reader.ReadInt64(), reader.ReadInt64()), new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero));
        HasEnded = ReadFlag(reader);
    }

    static void WriteBeat(BinaryWriter writer, SpooledBeat beat)
    {
        writer.Write(beat.Ordinal);
        writer.Write(beat.Position);
        writer.Write(beat.Messages.Count);
        foreach (var message in beat.Messages)
        {
            writer.Write(Contract.Of(message.Type).Alias);
            writer.Write(message.Previous.Run);
            writer.Write(message.Previous.Sequence);
            writer.Write(message.Body.Length);
            writer.Write(message.Body);
        }

        writer.Write(beat.IsEnd);
    }

    static SpooledBeat ReadBeat(byte[] payload)
    {
        using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
        long ordinal = reader.ReadInt64();
        string position = reader.ReadString();
        var messages = new List<Spooled>();
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            string alias = reader.ReadString();
            var contract = Contract.OfAlias(alias) ?? throw new SpoolException($"The spool holds '{alias}', which this version does not know. Drain it with the version that wrote it.");
            var previous = new StreamPosition(reader.ReadInt64(), reader.ReadInt64());
            byte[] body = reader.ReadBytes(reader.ReadInt32());
            messages.Add(new Spooled((IMarketFact)Wire.Decode(contract.Type, Wire.Preferred(contract.Type), body), body, previous));
        }

        return new SpooledBeat(ordinal, position, messages, ReadFlag(reader));
    }

    /// <summary>A last byte that versions before it did not write.</summary>
    static bool ReadFlag(BinaryReader reader) => reader.BaseStream.Position < reader.BaseStream.Length && reader.ReadBoolean();
}

/// <summary>The spool cannot be used as it is; the message says what to do.</summary>
public sealed class SpoolException(string message) : Exception(message);
