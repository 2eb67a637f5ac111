using System.Buffers;
using System.Buffers.Binary;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>How Parquet is cut. The bounds are what the writer keeps in memory.</summary>
public sealed record ParquetSettings
{
    /// <summary>Rows in a row group at most.</summary>
    public int GroupRows { get; init; } = 1 << 20;

    /// <summary>A row group of so many bytes is closed.</summary>
    public int GroupBytes { get; init; } = 16 << 20;

    /// <summary>Rows in a page at most.</summary>
    public int PageRows { get; init; } = 20_000;

    /// <summary>A page of so many bytes is closed.</summary>
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>What the distinct texts of a column may take in a row group; beyond, texts are written as they are.</summary>
    public int DictionaryBytes { get; init; } = 1 << 20;

    /// <summary>GZIP, or nothing.</summary>
    public bool IsCompressed { get; init; } = true;
}

/// <summary>
/// Apache Parquet, format version 1: row groups of bounded size, PLAIN values and dictionaries of texts, ranges of each column in each row group.
/// A row group is written when it is full, the footer at the end.
/// </summary>
/// <remarks>
/// Exact numerics of 1 to 38 digits are decimals; without such a limit they are texts. The format:
/// https://github.com/apache/parquet-format, <c>parquet.thrift</c>.
/// </remarks>
public sealed class ParquetRows(IReadOnlyList<Column> columns, ParquetSettings settings) : IRowFormat
{
    readonly List<Group> _groups = [];
    ColumnChunk[] _open = Chunks(columns, settings);
    long _offset, _rows;
    int _openRows;

    sealed record Group(int Rows, long Offset, ChunkMark[] Chunks);

    static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <inheritdoc/>
    public void Begin(IBufferWriter<byte> output)
    {
        output.Write(Magic);
        _offset = Magic.Length;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<Cell> row, IBufferWriter<byte> output)
    {
        int length = 0;
        for (int i = 0; i < row.Length; i++)
        {
            _open[i].Add(row[i]);
            length += _open[i].Length;
        }

        if (++_openRows >= settings.GroupRows || length >= settings.GroupBytes) CloseGroup(output);
    }

    /// <inheritdoc/>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_openRows > 0) CloseGroup(output);
        var footer = new ArrayBufferWriter<byte>();
        WriteFooter(new ThriftWriter(footer));
        output.Write(footer.WrittenSpan);
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), footer.WrittenCount);
        output.Advance(sizeof(int));
        output.Write(Magic);
    }

    static ColumnChunk[] Chunks(IReadOnlyList<Column> columns, ParquetSettings settings) => [.. columns.Select(column => new ColumnChunk(column, settings))];

    void CloseGroup(IBufferWriter<byte> output)
    {
        long begin = _offset;
        var marks = new ChunkMark[_open.Length];
        for (int i = 0; i < _open.Length; i++)
        {
            marks[i] = _open[i].Close(output, _offset);
            _offset += marks[i].Length;
        }

        _groups.Add(new(_openRows, begin, marks));
        _rows += _openRows;
        _openRows = 0;
        _open = Chunks(columns, settings);
    }

    void WriteFooter(ThriftWriter thrift) => thrift.Struct(() =>
    {
        thrift.I32(1, 1);
        ParquetSchema.Write(thrift, 2, columns);
        thrift.I64(3, _rows);
        thrift.Structs(4, _groups, group =>
        {
            thrift.Structs(1, group.Chunks, chunk =>
            {
                thrift.I64(2, 0);
                thrift.Written(3, chunk.Metadata);
            });
            thrift.I64(2, group.Chunks.Sum(chunk => chunk.PlainLength));
            thrift.I64(3, group.Rows);
            thrift.I64(5, group.Offset);
            thrift.I64(6, group.Chunks.Sum(chunk => (long)chunk.Length));
        });
        thrift.Text(6, "zerogex");
        // Ranges are by the types' own order: without this, readers may not use them.
        thrift.Structs(7, columns, _ => thrift.Empty(1));
    });
}
