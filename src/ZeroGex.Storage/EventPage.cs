using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>What rows are read in the order of.</summary>
enum EventKey { SequenceId, Version }

/// <summary>A row of <c>mt_events</c>. Its body lies in the page's buffer.</summary>
readonly record struct EventRow(
    long SequenceId, Guid Id, string Stream, long Version, string Alias, DateTimeOffset Timestamp, bool IsJson, ReadOnlyMemory<byte> Body)
{
    public long Key(EventKey key) => key == EventKey.Version ? Version : SequenceId;

    /// <summary>The alias's contract; null when it is unknown, or none of a fact.</summary>
    public Contract? Contract => Contract.OfAlias(Alias) is { Kind: not null } contract ? contract : null;

    // Packed bodies never begin with a brace: as a protobuf tag it would be an unknown group.
    public string ContentType => IsJson || Body.Span is [(byte)'{', ..] ? Wire.Json : Wire.Packed;

    /// <summary>What the body says; null when the alias is unknown.</summary>
    /// <exception cref="CorruptEventException">It says nothing.</exception>
    public IMarketFact? Decode()
    {
        if (Contract is not { } contract) return null;
        try
        {
            return (IMarketFact)Wire.Decode(contract.Type, ContentType, Body);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw Corrupt(exception);
        }
    }

    /// <summary>The body as it is, with its stamp; null when the alias is unknown.</summary>
    /// <exception cref="CorruptEventException">It has no stamp.</exception>
    public RecordedMessage? Undecoded()
    {
        if (Contract is not { } contract) return null;
        try
        {
            return new(Wire.Peek(ContentType, Body).Stamp, contract, ContentType, Body);
        }
        catch (FormatException exception)
        {
            throw Corrupt(exception);
        }
    }

    CorruptEventException Corrupt(Exception exception) => new(Stream, Version, Alias, exception.Message, exception);
}

/// <summary>
/// Some rows of <c>mt_events</c> in the order of a query, and the buffer that holds them. The server sends them as COPY's bytes, which are
/// looked through where they lie: no object a row, and nothing to collect when the page is filled again.
/// </summary>
sealed class EventPage
{
    const int FirstRows = 64;
    const int MaxRows = 1_024;
    const int Bytes = 1 << 20;

    // The binary COPY format: signature, flags and extension; rows of fields with their lengths, in network order; a row of -1 fields.
    const int HeaderBytes = 19;
    const int Null = -1;

    // PostgreSQL counts microseconds, and from the year 2000.
    static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly List<EventRow> _rows = [];
    byte[] _bytes = [];
    int _length;
    string _stream = "", _alias = "";

    public IReadOnlyList<EventRow> Rows => _rows;

    /// <summary>
    /// The rows whose key lies behind <paramref name="after"/> and up to <paramref name="through"/>, page by page in the order of the key.
    /// Each page is read while the caller works on the one before, and is valid until the next one is asked for.
    /// </summary>
    /// <remarks>A page is a range of keys, so that it costs its own rows and no others whatever plan the server makes of it.</remarks>
    /// <param name="table">Which rows: <c>mt_events</c> with a condition that ends in <c>and</c> or <c>where</c>.</param>
    /// <param name="isPast">Whether nothing behind a row is wanted.</param>
    public static async IAsyncEnumerable<EventPage> ReadAsync(
        NpgsqlDataSource database, string table, EventKey key, long after, long through, Func<EventRow, bool> isPast,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        if (after >= through) yield break;
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        string column = key == EventKey.Version ? "version" : "seq_id";
        EventPage page = new(), other = new();
        long keys = FirstRows;
        var filling = page.FillAsync(database, Query(), abandoned.Token);
        try
        {
            while (true)
            {
                await filling;
                after = page._rows.Count == RowLimit() ? page._rows[^1].Key(key) : End();
                bool isLast = after >= through || (page._rows.Count > 0 && isPast(page._rows[^1]));
                if (!isLast)
                {
                    keys = page.KeysOfNext(keys);
                    var (next, query) = (other, Query());
                    filling = Task.Run(() => next.FillAsync(database, query, abandoned.Token), abandoned.Token);
                }

                yield return page;
                if (isLast) yield break;
                (page, other) = (other, page);
            }
        }
        finally
        {
            // A caller who leaves early waits until the page under way is given up and its connection in order again.
            await abandoned.CancelAsync();
            await filling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        long End() => Math.Min(through, after + keys);
        long RowLimit() => Math.Min(keys, MaxRows);
        string Query() => string.Create(CultureInfo.InvariantCulture, $"""
            copy (select seq_id, id, stream_id, version, type, timestamp, bdata is null, coalesce(bdata, convert_to(data::text, 'UTF8'))
                    from {table} {column} > {after} and {column} <= {End()} order by {column} limit {RowLimit()})
              to stdout (format binary)
            """);
    }

    async Task FillAsync(NpgsqlDataSource database, string query, CancellationToken cancel)
    {
        _rows.Clear();
        _length = 0;
        await using (var connection = await database.OpenConnectionAsync(cancel))
        await using (var copy = await connection.BeginRawBinaryCopyAsync(query, cancel))
        {
            int read;
            do
            {
                if (_length == _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(64 << 10, 2L * _bytes.Length)));
                // The token would be registered and let go once a row; a page is soon over.
                cancel.ThrowIfCancellationRequested();
                _length += read = await copy.ReadAsync(_bytes.AsMemory(_length), CancellationToken.None);
            }
            while (read > 0);
        }

        Parse();
    }

    void Parse()
    {
        int at = HeaderBytes;
        while (true)
        {
            short columns = BinaryPrimitives.ReadInt16BigEndian(_bytes.AsSpan(at));
            at += sizeof(short);
            if (columns < 0) return;
            _rows.Add(new(
                BinaryPrimitives.ReadInt64BigEndian(Field(ref at).Span),
                new Guid(Field(ref at).Span, bigEndian: true),
                Text(Field(ref at).Span, ref _stream),
                BinaryPrimitives.ReadInt64BigEndian(Field(ref at).Span),
                Text(Field(ref at).Span, ref _alias),
                Epoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(Field(ref at).Span) * TimeSpan.TicksPerMicrosecond),
                Field(ref at).Span[0] != 0,
                Field(ref at)));
        }
    }

    ReadOnlyMemory<byte> Field(ref int at)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(at));
        int start = at + sizeof(int);
        if (length == Null) length = 0;
        at = start + length;
        return _bytes.AsMemory(start, length);
    }

    // Most rows say what the row before them said.
    static string Text(ReadOnlySpan<byte> utf8, ref string last)
    {
        Span<char> room = stackalloc char[512];
        if (utf8.Length > room.Length) return last = Encoding.UTF8.GetString(utf8);
        var text = room[..Encoding.UTF8.GetChars(utf8, room)];
        return text.SequenceEqual(last) ? last : last = text.ToString();
    }

    // Pages are bounded by bytes, as nearly as the rows seen so far can tell; over keys that nobody has, faster and faster.
    long KeysOfNext(long keys) =>
        _rows.Count == 0 ? 8 * keys : Math.Clamp((long)_rows.Count * Bytes / _length, 1, Math.Min(MaxRows, _rows.Count * 8L));
}
