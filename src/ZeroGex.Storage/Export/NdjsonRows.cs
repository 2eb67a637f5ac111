using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ZeroGex.Storage.Export;

/// <summary>
/// One JSON object a line, a member a column, null where there is no value. Numbers are exact; the ones that JSON has no word for are the strings
/// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>. JSON columns are values, not text.
/// </summary>
public sealed class NdjsonRows(IReadOnlyList<Column> columns) : IRowFormat
{
    // Readable: nothing here is ever pasted into a page.
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    readonly JsonEncodedText[] _names = [.. columns.Select(column => JsonEncodedText.Encode(column.Name, Options.Encoder))];

    /// <inheritdoc/>
    public void Begin(IBufferWriter<byte> output)
    {
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<Cell> row, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        for (int i = 0; i < row.Length; i++)
        {
            json.WritePropertyName(_names[i]);
            if (row[i].IsNull) json.WriteNullValue();
            else WriteValue(json, row[i], columns[i].Kind);
        }

        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    /// <inheritdoc/>
    public void Finish(IBufferWriter<byte> output)
    {
    }

    static void WriteValue(Utf8JsonWriter json, in Cell cell, ColumnKind kind)
    {
        switch (kind)
        {
            case ColumnKind.Json: json.WriteRawValue(OnOneLine(cell.Utf8).Span, skipInputValidation: true); return;
            case ColumnKind.Text: json.WriteStringValue(cell.Utf8.Span); return;
            case ColumnKind.Numeric: WriteNumber(json, cell.Utf8.Span); return;
        }

        Span<byte> text = stackalloc byte[PlainText.MaxBytes];
        text = text[..PlainText.Write(cell, kind, text)];
        if (kind is ColumnKind.Date or ColumnKind.TimestampTz or ColumnKind.Timestamp) json.WriteStringValue(text);
        else if (kind == ColumnKind.Bool) json.WriteRawValue(text, skipInputValidation: true);
        else WriteNumber(json, text);
    }

    static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> digits)
    {
        if (digits[^1] is >= (byte)'0' and <= (byte)'9') json.WriteRawValue(digits, skipInputValidation: true);
        else json.WriteStringValue(digits);
    }

    // The type json keeps its writer's line breaks. Within a JSON text they are white space: a string cannot hold one.
    static ReadOnlyMemory<byte> OnOneLine(ReadOnlyMemory<byte> text)
    {
        if (!text.Span.ContainsAny(LineEnds)) return text;
        byte[] line = text.ToArray();
        line.AsSpan().ReplaceAny(LineEnds, (byte)' ');
        return line;
    }
}
