using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>One column of the row group that is being filled: data pages (version 1), and before them the dictionary of a text column.</summary>
sealed class ColumnChunk
{
    const int DataPage = 0, DictionaryPage = 2;
    const int PlainEncoding = 0, RunLengthEncoding = 3, RunLengthDictionary = 8;
    const int Uncompressed = 0, Gzip = 2;

    readonly Column _column;
    readonly ParquetSettings _settings;
    readonly ColumnRange _range;
    readonly PlainValues _values;
    readonly TextDictionary? _dictionary;
    readonly List<int> _levels = [];
    readonly List<int> _indices = [];
    readonly ArrayBufferWriter<byte> _pages = new();
    readonly ArrayBufferWriter<byte> _page = new();
    readonly SortedSet<int> _encodings = [RunLengthEncoding];
    bool _isDictionaryOpen;
    int _rowsOfPage, _nullsOfPage;
    long _rows, _nulls, _plainBytes;

    public ColumnChunk(Column column, ParquetSettings settings)
    {
        (_column, _settings, _range, _values) = (column, settings, new(column), new(column));
        if (column.Type() == PhysicalType.ByteArray) _dictionary = new(settings.DictionaryBytes);
        _isDictionaryOpen = _dictionary is not null;
    }

    /// <summary>What it keeps in memory, about; bytes.</summary>
    public int Length => _pages.WrittenCount + _values.Length + _indices.Count;

    public void Add(in Cell cell)
    {
        if (_column.IsNullable) _levels.Add(cell.IsNull ? 0 : 1);
        if (cell.IsNull) _nullsOfPage++;
        else if (!AddToDictionary(cell)) _values.Add(cell, _range);

        _rowsOfPage++;
        if (_rowsOfPage >= _settings.PageRows || _values.Length >= _settings.PageBytes) ClosePage();
    }

    bool AddToDictionary(in Cell cell)
    {
        if (!_isDictionaryOpen) return false;
        if (_dictionary!.TryIndex(cell.Utf8, out int index))
        {
            _range.Add(cell.Utf8.Span);
            _indices.Add(index);
            return true;
        }

        // A page has one encoding. What this row has added to it already moves to the next.
        _isDictionaryOpen = false;
        int level = _column.IsNullable ? 1 : 0;
        if (level == 1) _levels.RemoveAt(_levels.Count - 1);
        if (_rowsOfPage > 0) ClosePage(hasIndices: true);
        if (level == 1) _levels.Add(level);
        return false;
    }

    // Nothing but nulls needs no dictionary.
    void ClosePage() => ClosePage(_isDictionaryOpen && _dictionary!.Count > 0);

    void ClosePage(bool hasIndices)
    {
        _page.ResetWrittenCount();
        if (_column.IsNullable) WriteLevels();
        if (hasIndices)
        {
            int width = RunLengths.WidthOf(_dictionary!.Count - 1);
            _page.Write([(byte)width]);
            RunLengths.Encode(CollectionsMarshal.AsSpan(_indices), width, _page);
        }
        else
        {
            _values.MoveTo(_page);
        }

        int encoding = hasIndices ? RunLengthDictionary : PlainEncoding;
        _encodings.Add(encoding);
        int rows = _rowsOfPage;
        WritePage(_pages, DataPage, thrift => thrift.Struct(5, () =>
        {
            thrift.I32(1, rows);
            thrift.I32(2, encoding);
            thrift.I32(3, RunLengthEncoding);
            thrift.I32(4, RunLengthEncoding);
        }));
        _rows += _rowsOfPage;
        _nulls += _nullsOfPage;
        (_rowsOfPage, _nullsOfPage) = (0, 0);
        _levels.Clear();
        _indices.Clear();
    }

    // Their length in four bytes, then the runs.
    void WriteLevels()
    {
        var runs = new ArrayBufferWriter<byte>();
        RunLengths.Encode(CollectionsMarshal.AsSpan(_levels), 1, runs);
        BinaryPrimitives.WriteInt32LittleEndian(_page.GetSpan(sizeof(int)), runs.WrittenCount);
        _page.Advance(sizeof(int));
        _page.Write(runs.WrittenSpan);
    }

    /// <summary>Writes the chunk.</summary>
    /// <param name="offset">Where in the file it begins.</param>
    /// <returns>What the footer says of it.</returns>
    public ChunkMark Close(IBufferWriter<byte> to, long offset)
    {
        if (_rowsOfPage > 0) ClosePage();
        int dictionaryLength = 0;
        if (_encodings.Contains(RunLengthDictionary))
        {
            _encodings.Add(PlainEncoding); // Of the dictionary itself.
            _page.ResetWrittenCount();
            _dictionary!.Write(_page);
            var dictionary = new ArrayBufferWriter<byte>();
            dictionaryLength = WritePage(dictionary, DictionaryPage, header => header.Struct(7, () =>
            {
                header.I32(1, _dictionary.Count);
                header.I32(2, PlainEncoding);
            }));
            to.Write(dictionary.WrittenSpan);
        }

        to.Write(_pages.WrittenSpan);
        int length = dictionaryLength + _pages.WrittenCount;
        // Written at once: the footer comes at the end of the file, and must not keep this chunk until then.
        var metadata = new ArrayBufferWriter<byte>();
        var thrift = new ThriftWriter(metadata);
        thrift.Struct(() =>
        {
            thrift.I32(1, (int)_column.Type());
            thrift.I32s(2, _encodings);
            thrift.Texts(3, [_column.Name]);
            thrift.I32(4, _settings.IsCompressed ? Gzip : Uncompressed);
            thrift.I64(5, _rows);
            thrift.I64(6, _plainBytes);
            thrift.I64(7, length);
            thrift.I64(9, offset + dictionaryLength);
            if (dictionaryLength > 0) thrift.I64(11, offset);
            thrift.Struct(12, () => _range.Write(thrift, _nulls));
        });
        return new(length, _plainBytes, metadata.WrittenSpan.ToArray());
    }

    /// <summary>Writes the page that lies in <see cref="_page"/>, its header first.</summary>
    /// <returns>Bytes written.</returns>
    int WritePage(ArrayBufferWriter<byte> to, int type, Action<ThriftWriter> header)
    {
        ReadOnlySpan<byte> body = _settings.IsCompressed ? Compress(_page.WrittenSpan) : _page.WrittenSpan;
        int before = to.WrittenCount, bodyLength = body.Length;
        var thrift = new ThriftWriter(to);
        thrift.Struct(() =>
        {
            thrift.I32(1, type);
            thrift.I32(2, _page.WrittenCount);
            thrift.I32(3, bodyLength);
            header(thrift);
        });
        _plainBytes += to.WrittenCount - before + _page.WrittenCount;
        to.Write(body);
        return to.WrittenCount - before;
    }

    // The pages' sizes are bounded, so are these buffers.
    static ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }
}

/// <summary>What the footer has to say of a column chunk.</summary>
/// <param name="Length">Bytes in the file.</param>
/// <param name="PlainLength">Bytes, uncompressed.</param>
/// <param name="Metadata">Its <c>ColumnMetaData</c>, in Thrift.</param>
sealed record ChunkMark(int Length, long PlainLength, byte[] Metadata);
