using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ZeroGex.Storage.Export;
using ZeroGex.Storage.Export.Parquet;

namespace ZeroGex.Benchmarks;

/// <summary>Rows as they are in <c>traded_gex</c>, through each file format into nothing: what the formats cost, without database and disk.</summary>
static class Export
{
    const int Rows = 50_000, Rounds = 5, Rungs = 25;

    static readonly Column[] Columns =
    [
        new("time", ColumnKind.TimestampTz, false), new("root", ColumnKind.Text, false), new("expiration", ColumnKind.Date, false), new("measure", ColumnKind.Text, false),
        new("spot", ColumnKind.Float8, false), new("sum", ColumnKind.Float8, false), new("zero_gamma", ColumnKind.Float8, true), new("major_positive", ColumnKind.Float8, true),
        new("strikes", ColumnKind.Json, false), new("aggressor_share", ColumnKind.Float8, false), new("trade_count", ColumnKind.Whole4, false),
        new("volume", ColumnKind.Whole8, false), new("incomplete", ColumnKind.Bool, false), new("model", ColumnKind.Json, false),
    ];

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("export takes no arguments.");
            return 2;
        }

        Cell[][] rows = [.. Enumerable.Range(0, Rows).Select(Row)];
        var formats = new (string Name, Func<IRowFormat> New)[]
        {
            ("csv", () => new CsvRows(Columns)),
            ("ndjson", () => new NdjsonRows(Columns)),
            ("parquet", () => new ParquetRows(Columns, new())),
            ("parquet, not compressed", () => new ParquetRows(Columns, new() { IsCompressed = false })),
        };
        var best = new double[formats.Length];
        var bytes = new long[formats.Length];
        Array.Fill(best, double.PositiveInfinity);
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < formats.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                bytes[i] = Write(rows, formats[i].New());
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Rows:N0} rows of {Columns.Length} columns, a ladder of {Rungs} strikes in each; the fastest of {Rounds} turns."));
        Console.WriteLine($"{"format",-24} {"rows/s",10} {"MB/s",7} {"bytes a row",12}");
        for (int i = 0; i < formats.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{formats[i].Name,-24} {Rows / best[i],10:N0} {bytes[i] / best[i] / 1e6,7:N0} {(double)bytes[i] / Rows,12:N0}"));
        return 0;
    }

    static long Write(Cell[][] rows, IRowFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        long bytes = 0;
        format.Begin(output);
        foreach (var row in rows)
        {
            format.Write(row, output);
            if (output.WrittenCount < 1 << 18) continue;
            bytes += output.WrittenCount;
            output.ResetWrittenCount();
        }

        format.Finish(output);
        return bytes + output.WrittenCount;
    }

    static Cell[] Row(int i)
    {
        var random = new Random(i);
        string strikes = string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", Enumerable.Range(0, Rungs).Select(rung => FormattableString.Invariant($"[{440 + rung}, {random.NextDouble() * 2e6 - 1e6}, {random.Next(500)}]")))}]");
        return
        [
            Cell.Of(1_768_573_800_000_000 + i / 20 * 1_000_000L), Text(i / 4 % 2 == 0 ? "SPY" : "SPXW"), Cell.Of(20_469L + i / 8 % 5), Text(new[] { "dealer_signed_day", "dealer_signed_window", "naive_day", "naive_window" }[i % 4]),
            Cell.Of(Math.Round(455 + random.NextDouble(), 2)), Cell.Of(random.NextDouble() * 1e9), i % 3 == 0 ? Cell.Null : Cell.Of(450 + random.NextDouble()), Cell.Of(440.0 + random.Next(Rungs)),
            Text(strikes), Cell.Of(random.NextDouble()), Cell.Of((long)random.Next(1_000)), Cell.Of((long)random.Next(100_000)), Cell.Of(false),
            Text("""{"convention": "calls plus, puts minus", "rate": 0.05, "dividend": 0, "dayCount": "act/365", "volatility": "print", "engineVersion": "0.1.0", "coverage": 1}"""),
        ];
    }

    static Cell Text(string text) => Cell.Of(Encoding.UTF8.GetBytes(text));
}
