namespace ZeroGex.Storage.Export;

/// <summary>What a column holds, in PostgreSQL's words. Types that are none of these travel as PostgreSQL's own text.</summary>
public enum ColumnKind
{
    /// <summary>True or false.</summary>
    Bool,

    /// <summary>A whole number of 32 bits or fewer.</summary>
    Whole4,

    /// <summary>A whole number of 64 bits.</summary>
    Whole8,

    /// <summary>A binary fraction of 32 bits.</summary>
    Float4,

    /// <summary>A binary fraction of 64 bits.</summary>
    Float8,

    /// <summary>Decimal digits, exact.</summary>
    Numeric,

    /// <summary>A day.</summary>
    Date,

    /// <summary>An instant.</summary>
    TimestampTz,

    /// <summary>A date and time of day in a place that the column does not say.</summary>
    Timestamp,

    /// <summary>A JSON value.</summary>
    Json,

    /// <summary>Text.</summary>
    Text,
}

/// <summary>A column of a result table.</summary>
/// <param name="Precision">Of a <see cref="ColumnKind.Numeric"/>: its digits; 0 where the type sets no limit.</param>
/// <param name="Scale">Of a <see cref="ColumnKind.Numeric"/>: digits after the point.</param>
public sealed record Column(string Name, ColumnKind Kind, bool IsNullable, int Precision = 0, int Scale = 0);

/// <summary>One value of a row; its column says how to read it.</summary>
/// <param name="IsNull">True for no value.</param>
/// <param name="Bits">
/// Bool: 0 or 1. Whole4, Whole8: the number. Float4, Float8: the bits. Date: days since 1970-01-01. TimestampTz, Timestamp: microseconds since then.
/// </param>
/// <param name="Utf8">Numeric: its digits. Json, Text: the text. Nothing otherwise.</param>
public readonly record struct Cell(bool IsNull, long Bits, ReadOnlyMemory<byte> Utf8)
{
    /// <summary>No value.</summary>
    public static Cell Null => new(true, 0, default);

    /// <summary>As a Float8.</summary>
    public double AsFloat8 => BitConverter.Int64BitsToDouble(Bits);

    /// <summary>As a Float4.</summary>
    public float AsFloat4 => BitConverter.Int32BitsToSingle((int)Bits);

    public static Cell Of(bool value) => new(false, value ? 1 : 0, default);

    public static Cell Of(long value) => new(false, value, default);

    public static Cell Of(double value) => new(false, BitConverter.DoubleToInt64Bits(value), default);

    public static Cell Of(float value) => new(false, BitConverter.SingleToInt32Bits(value), default);

    public static Cell Of(ReadOnlyMemory<byte> utf8) => new(false, 0, utf8);
}
