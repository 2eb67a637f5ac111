using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>The values of one page in Parquet's PLAIN encoding, and what they say to the column's range.</summary>
sealed class PlainValues(Column column)
{
    readonly PhysicalType _type = column.Type();
    readonly int _fixedLength = column.Type() == PhysicalType.FixedLengthByteArray ? ParquetSchema.BytesOf(column.Precision) : 0;
    readonly ArrayBufferWriter<byte> _bytes = new();
    int _flags, _flagBits;

    public int Length => _bytes.WrittenCount;

    public void Add(in Cell cell, ColumnRange range)
    {
        switch (_type)
        {
            case PhysicalType.Boolean:
                range.Add(cell.Bits);
                AddFlag(cell.Bits != 0);
                break;
            case PhysicalType.Int32 or PhysicalType.Int64:
                long whole = column.Kind == ColumnKind.Numeric ? (long)Unscaled(cell.Utf8.Span) : cell.Bits;
                range.Add(whole);
                int length = _type == PhysicalType.Int32 ? sizeof(int) : sizeof(long);
                Span<byte> to = _bytes.GetSpan(sizeof(long));
                BinaryPrimitives.WriteInt64LittleEndian(to, whole); // Of a smaller number the first four bytes are the number.
                _bytes.Advance(length);
                break;
            case PhysicalType.Float:
                range.Add((double)cell.AsFloat4);
                BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(sizeof(float)), cell.AsFloat4);
                _bytes.Advance(sizeof(float));
                break;
            case PhysicalType.Double:
                range.Add(cell.AsFloat8);
                BinaryPrimitives.WriteDoubleLittleEndian(_bytes.GetSpan(sizeof(double)), cell.AsFloat8);
                _bytes.Advance(sizeof(double));
                break;
            case PhysicalType.FixedLengthByteArray:
                AddDecimal(Unscaled(cell.Utf8.Span));
                break;
            case PhysicalType.ByteArray:
                range.Add(cell.Utf8.Span);
                WriteText(cell.Utf8.Span, _bytes);
                break;
        }
    }

    /// <summary>Hands the page's bytes over and begins the next page.</summary>
    public void MoveTo(IBufferWriter<byte> page)
    {
        if (_flagBits > 0) _bytes.Write([(byte)_flags]);
        (_flags, _flagBits) = (0, 0);
        page.Write(_bytes.WrittenSpan);
        _bytes.ResetWrittenCount();
    }

    /// <summary>Text in PLAIN: its length in four bytes, then itself.</summary>
    public static void WriteText(ReadOnlySpan<byte> text, IBufferWriter<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), text.Length);
        to.Advance(sizeof(int));
        to.Write(text);
    }

    // Eight to a byte, the first in the lowest bit.
    void AddFlag(bool value)
    {
        if (value) _flags |= 1 << _flagBits;
        if (++_flagBits < 8) return;
        _bytes.Write([(byte)_flags]);
        (_flags, _flagBits) = (0, 0);
    }

    // Two's complement, the highest byte first, filled up with the sign.
    void AddDecimal(BigInteger value)
    {
        Span<byte> to = _bytes.GetSpan(_fixedLength)[.._fixedLength];
        to.Fill(value.Sign < 0 ? (byte)0xFF : (byte)0);
        bool fits = value.TryWriteBytes(to[(_fixedLength - value.GetByteCount())..], out _, isBigEndian: true);
        Debug.Assert(fits);
        _bytes.Advance(_fixedLength);
    }

    // PostgreSQL writes all digits of the scale, so leaving out the point scales the number.
    BigInteger Unscaled(ReadOnlySpan<byte> digits)
    {
        if (digits[^1] is not (>= (byte)'0' and <= (byte)'9'))
            throw new ExportException($"{column.Name} holds {Encoding.UTF8.GetString(digits)}, which is no decimal of Parquet. Export it as csv or ndjson.");
        Span<char> characters = stackalloc char[digits.Length];
        int length = 0;
        foreach (byte digit in digits)
            if (digit != '.') characters[length++] = (char)digit;
        ReadOnlySpan<char> plain = characters[..length];
        return long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long small)
            ? small : BigInteger.Parse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }
}
