using System.Buffers.Binary;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>Smallest and greatest value of a column chunk, so that a reader who wants one hour skips the other row groups.</summary>
sealed class ColumnRange(Column column)
{
    // Longer texts tell a reader little, and the footer would grow with them.
    const int MostBytes = 64;

    readonly PhysicalType _type = column.Type();

    // JSON and decimals beyond 64 bits have an order, too, but nobody looks for a range of them.
    bool _isKnown = column.Kind != ColumnKind.Json && column.Type() != PhysicalType.FixedLengthByteArray;

    bool _isEmpty = true;
    long _least, _greatest;
    double _lowest, _highest;
    byte[] _first = [], _last = [];

    public void Add(long value)
    {
        if (_isEmpty || value < _least) _least = value;
        if (_isEmpty || value > _greatest) _greatest = value;
        _isEmpty = false;
    }

    public void Add(double value)
    {
        if (double.IsNaN(value)) _isKnown = false;
        if (_isEmpty || value < _lowest) _lowest = value;
        if (_isEmpty || value > _highest) _highest = value;
        _isEmpty = false;
    }

    /// <summary>Text is ordered by its bytes.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        if (!_isKnown) return;
        if (value.Length > MostBytes)
        {
            _isKnown = false;
            return;
        }

        if (_isEmpty || value.SequenceCompareTo(_first) < 0) _first = value.ToArray();
        if (_isEmpty || value.SequenceCompareTo(_last) > 0) _last = value.ToArray();
        _isEmpty = false;
    }

    /// <summary>The fields of <c>Statistics</c>.</summary>
    public void Write(ThriftWriter thrift, long nulls)
    {
        thrift.I64(3, nulls);
        if (_isEmpty || !_isKnown) return;
        // A zero's sign must not hide the other zero.
        thrift.Binary(5, _type is PhysicalType.ByteArray ? _last : Plain(_greatest, _highest == 0 ? 0.0 : _highest));
        thrift.Binary(6, _type is PhysicalType.ByteArray ? _first : Plain(_least, _lowest == 0 ? -0.0 : _lowest));
    }

    byte[] Plain(long whole, double number)
    {
        byte[] bytes = new byte[8];
        switch (_type)
        {
            case PhysicalType.Boolean:
                bytes[0] = (byte)whole;
                return bytes[..1];
            case PhysicalType.Int32:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)whole);
                return bytes[..4];
            case PhysicalType.Float:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)number);
                return bytes[..4];
            case PhysicalType.Double:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
                return bytes;
            default:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, whole);
                return bytes;
        }
    }
}
