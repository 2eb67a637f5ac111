using System.Numerics;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>Parquet's physical types, by their numbers.</summary>
enum PhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>How a column of a result table is a column of Parquet.</summary>
static class ParquetSchema
{
    // What common readers take for a decimal; a longer one travels as text.
    const int MostDigits = 38;

    const int Int32Digits = 9;
    const int Int64Digits = 18;

    enum Repetition
    {
        Required = 0,
        Optional = 1,
    }

    enum Converted
    {
        Utf8 = 0,
        Decimal = 5,
        Date = 6,
        TimestampMicros = 10,
        Json = 19,
    }

    // Members of the union LogicalType.
    enum Logical
    {
        String = 1,
        Decimal = 5,
        Date = 6,
        Timestamp = 8,
        Json = 12,
    }

    public static bool IsDecimal(this Column column) =>
        column.Kind == ColumnKind.Numeric && column.Precision is > 0 and <= MostDigits && column.Scale >= 0 && column.Scale <= column.Precision;

    public static PhysicalType Type(this Column column) => column.Kind switch
    {
        ColumnKind.Bool => PhysicalType.Boolean,
        ColumnKind.Whole4 or ColumnKind.Date => PhysicalType.Int32,
        ColumnKind.Whole8 or ColumnKind.TimestampTz or ColumnKind.Timestamp => PhysicalType.Int64,
        ColumnKind.Float4 => PhysicalType.Float,
        ColumnKind.Float8 => PhysicalType.Double,
        ColumnKind.Numeric when column.IsDecimal() =>
            column.Precision <= Int32Digits ? PhysicalType.Int32 : column.Precision <= Int64Digits ? PhysicalType.Int64 : PhysicalType.FixedLengthByteArray,
        _ => PhysicalType.ByteArray,
    };

    /// <summary>Bytes of a decimal of so many digits, sign included.</summary>
    public static int BytesOf(int digits) => (BigInteger.Pow(10, digits) - 1).GetByteCount();

    /// <summary>The columns under a root without a name of its own, as the footer lists them.</summary>
    public static void Write(ThriftWriter thrift, int id, IReadOnlyList<Column> columns) => thrift.Structs<Column?>(id, [null, .. columns], column =>
    {
        if (column is null)
        {
            thrift.Text(4, "schema");
            thrift.I32(5, columns.Count);
            return;
        }

        var type = column.Type();
        thrift.I32(1, (int)type);
        if (type == PhysicalType.FixedLengthByteArray) thrift.I32(2, BytesOf(column.Precision));
        thrift.I32(3, (int)(column.IsNullable ? Repetition.Optional : Repetition.Required));
        thrift.Text(4, column.Name);
        WriteMeaning(thrift, column);
    });

    // Old readers know converted types only (field 6; 7 and 8 for decimals), new ones look at logical types (field 10).
    static void WriteMeaning(ThriftWriter thrift, Column column)
    {
        switch (column.Kind)
        {
            case ColumnKind.Bool or ColumnKind.Whole4 or ColumnKind.Whole8 or ColumnKind.Float4 or ColumnKind.Float8:
                return;
            case ColumnKind.Numeric when column.IsDecimal():
                thrift.I32(6, (int)Converted.Decimal);
                thrift.I32(7, column.Scale);
                thrift.I32(8, column.Precision);
                thrift.Struct(10, () => thrift.Struct((int)Logical.Decimal, () =>
                {
                    thrift.I32(1, column.Scale);
                    thrift.I32(2, column.Precision);
                }));
                return;
            case ColumnKind.Date:
                thrift.I32(6, (int)Converted.Date);
                thrift.Struct(10, () => thrift.Empty((int)Logical.Date));
                return;
            case ColumnKind.TimestampTz or ColumnKind.Timestamp:
                // The converted type means UTC, always.
                bool isUtc = column.Kind == ColumnKind.TimestampTz;
                if (isUtc) thrift.I32(6, (int)Converted.TimestampMicros);
                thrift.Struct(10, () => thrift.Struct((int)Logical.Timestamp, () =>
                {
                    thrift.Flag(1, isUtc);
                    thrift.Struct(2, () => thrift.Empty(2)); // Microseconds.
                }));
                return;
            case ColumnKind.Json:
                thrift.I32(6, (int)Converted.Json);
                thrift.Struct(10, () => thrift.Empty((int)Logical.Json));
                return;
            default:
                thrift.I32(6, (int)Converted.Utf8);
                thrift.Struct(10, () => thrift.Empty((int)Logical.String));
                return;
        }
    }
}
