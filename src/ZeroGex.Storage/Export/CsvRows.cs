using System.Buffers;
using System.Text;

namespace ZeroGex.Storage.Export;

/// <summary>
/// RFC 4180: a header, commas, lines that end in CR LF, quotes where they are needed. Nothing between commas is null; an empty text is <c>""</c>.
/// </summary>
public sealed class CsvRows(IReadOnlyList<Column> columns) : IRowFormat
{
    static readonly SearchValues<byte> Special = SearchValues.Create(",\"\r\n"u8);

    /// <inheritdoc/>
    public void Begin(IBufferWriter<byte> output)
    {
        for (int i = 0; i < columns.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            WriteText(Encoding.UTF8.GetBytes(columns[i].Name), output);
        }

        output.Write("\r\n"u8);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<Cell> row, IBufferWriter<byte> output)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (i > 0) output.Write(","u8);
            if (row[i].IsNull) continue;
            if (columns[i].Kind is ColumnKind.Text or ColumnKind.Json or ColumnKind.Numeric) WriteText(row[i].Utf8.Span, output);
            else output.Advance(PlainText.Write(row[i], columns[i].Kind, output.GetSpan(PlainText.MaxBytes)));
        }

        output.Write("\r\n"u8);
    }

    /// <inheritdoc/>
    public void Finish(IBufferWriter<byte> output)
    {
    }

    static void WriteText(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (!text.IsEmpty && !text.ContainsAny(Special))
        {
            output.Write(text);
            return;
        }

        output.Write("\""u8);
        for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
        {
            output.Write(text[..quote]);
            output.Write("\"\""u8);
        }

        output.Write(text);
        output.Write("\""u8);
    }
}
