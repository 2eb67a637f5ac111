using System.Diagnostics;
using System.Globalization;

namespace ZeroGex.Storage.Export;

/// <summary>Values as text, the same everywhere: the shortest digits that read back as the same bits, ISO 8601 times.</summary>
static class PlainText
{
    /// <summary>Room for the longest value.</summary>
    public const int MaxBytes = 40;

    /// <summary>Writes a value that is not text itself.</summary>
    /// <param name="to">At least <see cref="MaxBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(in Cell cell, ColumnKind kind, Span<byte> to)
    {
        int written = 0;
        bool fits = kind switch
        {
            ColumnKind.Bool => (cell.Bits != 0 ? "true"u8 : "false"u8).TryCopyTo(to),
            ColumnKind.Whole4 or ColumnKind.Whole8 => cell.Bits.TryFormat(to, out written, default, CultureInfo.InvariantCulture),
            ColumnKind.Float4 => cell.AsFloat4.TryFormat(to, out written, default, CultureInfo.InvariantCulture),
            ColumnKind.Float8 => cell.AsFloat8.TryFormat(to, out written, default, CultureInfo.InvariantCulture),
            ColumnKind.Date => DateTime.UnixEpoch.AddDays(cell.Bits).TryFormat(to, out written, "yyyy-MM-dd", CultureInfo.InvariantCulture),
            ColumnKind.TimestampTz => Time(cell).TryFormat(to, out written, "yyyy-MM-ddTHH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
            ColumnKind.Timestamp => Time(cell).TryFormat(to, out written, "yyyy-MM-ddTHH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
            _ => throw new UnreachableException($"{kind} is text."),
        };
        Debug.Assert(fits);
        return kind == ColumnKind.Bool ? cell.Bits != 0 ? 4 : 5 : written;
    }

    static DateTime Time(in Cell cell) => DateTime.UnixEpoch.AddTicks(cell.Bits * TimeSpan.TicksPerMicrosecond);
}
