using System.Buffers;
using System.Globalization;
using Npgsql;

namespace ZeroGex.Storage.Export;

/// <summary>Pumps the rows of a table through a format into a stream. What it holds at a time is a buffer and what the format keeps.</summary>
public static class TableExport
{
    const int FlushBytes = 256 * 1024;

    // PostgreSQL counts from 2000-01-01.
    const int EpochDays = 10_957;
    const long EpochMicroseconds = EpochDays * 86_400_000_000L;

    // Of the calendar that the formats have words for: years 1 to 9999.
    static readonly long FirstDay = -(DateTime.UnixEpoch - DateTime.MinValue).Days;
    static readonly long LastDay = (DateTime.MaxValue - DateTime.UnixEpoch).Days;

    /// <summary>Writes all rows of the range, as they are at one moment.</summary>
    /// <param name="progress">Is told the rows so far, now and then.</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="ExportException">The table has no column that the range speaks of, or a value that the format has no word for.</exception>
    public static async Task<long> WriteAsync(
        NpgsqlDataSource database, ExportTable table, ExportRange range, IRowFormat format, Stream to, Action<long> progress, CancellationToken cancel)
    {
#pragma warning disable CA2100 // Names come from the catalogue, quoted; values are parameters.
        await using var command = database.CreateCommand(table.Query(range));
#pragma warning restore CA2100
        command.CommandTimeout = 0; // A large table is sorted before its first row comes.
        if (range.From is { } from) command.Parameters.Add(new() { Value = from.UtcDateTime });
        if (range.To is { } until) command.Parameters.Add(new() { Value = until.UtcDateTime });
        if (range.Symbol is { } symbol) command.Parameters.Add(new() { Value = symbol });

        var buffer = new ArrayBufferWriter<byte>(FlushBytes + 64 * 1024);
        var row = new Cell[table.Columns.Count];
        long rows = 0;
        format.Begin(buffer);
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
            {
                for (int i = 0; i < row.Length; i++) row[i] = Read(reader, i, table.Columns[i]);
                format.Write(row, buffer);
                rows++;
                if (buffer.WrittenCount >= FlushBytes) await FlushAsync();
                if ((rows & 0xFFF) == 0) progress(rows);
            }
        }

        format.Finish(buffer);
        await FlushAsync();
        await to.FlushAsync(cancel);
        return rows;

        async Task FlushAsync()
        {
            await to.WriteAsync(buffer.WrittenMemory, cancel);
            buffer.ResetWrittenCount();
        }
    }

    // Times and days are read as PostgreSQL's own counts: nothing is rounded on the way.
    static Cell Read(NpgsqlDataReader reader, int i, Column column) => reader.IsDBNull(i) ? Cell.Null : column.Kind switch
    {
        ColumnKind.Bool => Cell.Of(reader.GetBoolean(i)),
        ColumnKind.Whole4 => Cell.Of((long)reader.GetInt32(i)),
        ColumnKind.Whole8 => Cell.Of(reader.GetInt64(i)),
        ColumnKind.Float4 => Cell.Of(reader.GetFloat(i)),
        ColumnKind.Float8 => Cell.Of(reader.GetDouble(i)),
        ColumnKind.Date => Cell.Of(InCalendar((long)reader.GetFieldValue<int>(i) + EpochDays, 1, column)),
        ColumnKind.TimestampTz or ColumnKind.Timestamp => Cell.Of(InCalendar(Saturating(reader.GetFieldValue<long>(i)), 86_400_000_000, column)),
        _ => Cell.Of(reader.GetFieldValue<byte[]>(i)),
    };

    // PostgreSQL's infinities are the ends of the 64 bits.
    static long Saturating(long microseconds) => microseconds > long.MaxValue - EpochMicroseconds ? long.MaxValue : microseconds + EpochMicroseconds;

    static long InCalendar(long value, long ofDay, Column column) =>
        value >= FirstDay * ofDay && value < (LastDay + 1) * ofDay ? value
        : throw new ExportException(string.Create(CultureInfo.InvariantCulture, $"{column.Name} holds a time outside the years 1 to 9999, or an infinite one. Leave it out by --from and --to."));
}
