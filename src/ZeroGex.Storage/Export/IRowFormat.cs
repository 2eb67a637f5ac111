using System.Buffers;

namespace ZeroGex.Storage.Export;

/// <summary>A file format: rows in, bytes out. It knows nothing of databases and files, and what it keeps is bounded.</summary>
public interface IRowFormat
{
    /// <summary>What comes before the rows.</summary>
    void Begin(IBufferWriter<byte> output);

    /// <summary>Takes a row, one cell a column. Its bytes may come later.</summary>
    void Write(ReadOnlySpan<Cell> row, IBufferWriter<byte> output);

    /// <summary>What is still kept, and what comes after the rows.</summary>
    void Finish(IBufferWriter<byte> output);
}
