using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Npgsql;
using ZeroGex.Storage;
using ZeroGex.Storage.Export;
using ZeroGex.Storage.Export.Parquet;

namespace ZeroGex.Cli;

/// <summary><c>zerogex export</c>: result tables as files, for whatever comes after.</summary>
static class ExportCommand
{
    const int BrokenPipe = 32, EndedByBrokenPipe = 141;

    static readonly string[] Formats = ["csv", "ndjson", "parquet"];
    static readonly string[] Instants = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    public static Command Create()
    {
        var table = new Argument<string>("table") { Description = "A table or view of results, for example traded_gex." };
        var format = new Option<string>("--format", "-f") { Description = "csv, ndjson or parquet; what the name of --out ends in, csv when left out." };
        var from = Instant("--from", "The first instant: 2026-01-16 (midnight UTC), 2026-01-16T14:30Z, or with an offset.");
        var to = Instant("--to", "The instant after the last one.");
        var symbol = new Option<string?>("--symbol", "-s") { Description = "One root, for example SPY; all when left out." };
        var replay = new Option<string?>("--replay") { Description = "Of the replay of that name, not of what ran live." };
        var output = new Option<string?>("--out", "-o") { Description = "The file. It appears when it is complete. Standard output when left out." };
        var command = new Command("export", """
            Write a result table, or a part of it, as CSV, NDJSON or Parquet, ordered by its key.

            Examples:
              zerogex export traded_gex --symbol SPY --from 2026-01-16 --to 2026-01-17 --out gex.parquet
              zerogex export inferred_gexray3 --format csv | head
              zerogex export traded_gex --replay morning --format ndjson --out morning.ndjson
            """) { table, format, from, to, symbol, replay, output, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(format) is { } asked && !Formats.Contains(asked)) result.AddError($"--format {asked}: there are {string.Join(", ", Formats)}.");
        });
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            string? file = parsed.GetValue(output);
            var range = new ExportRange(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(symbol));
            if (range.From >= range.To) throw new SettingsException("--to has to be later than --from.");
            string kind = parsed.GetValue(format) ?? FormatOf(file);
            if (kind == "parquet" && file is null && !Console.IsOutputRedirected)
                throw new SettingsException("Parquet is nothing for a terminal: name a file with --out, or send it into a pipe.");

            await using var system = await RecordedSystem.OpenAsync(settings, cancel);
            await using var replayed = parsed.GetValue(replay) is { } run ? await OpenAsync(system, run, cancel) : null;
            var database = replayed ?? system.Source;
            var found = await ExportTable.FindAsync(database, parsed.GetValue(table)!, cancel);
            found.Query(range); // Before a file is opened, and the one that is there already is still whole.
            IRowFormat rows = kind switch
            {
                "csv" => new CsvRows(found.Columns),
                "ndjson" => new NdjsonRows(found.Columns),
                _ => new ParquetRows(found.Columns, new()),
            };

            var progress = new Progress(found.Name, file);
            Task<long> Write(Stream stream) => TableExport.WriteAsync(database, found, range, rows, stream, progress.Show, cancel);
            if (file is not null)
            {
                progress.End(await NewFile.WriteAsync(file, Write));
                return 0;
            }

            try
            {
                await using var stream = StandardOutput();
                progress.End(await Write(stream));
                return 0;
            }
            catch (IOException error) when (error.HResult == BrokenPipe)
            {
                return EndedByBrokenPipe; // Whoever reads has seen enough. As other programs end by SIGPIPE.
            }
        });
        return command;
    }

    /// <summary>What a file's name says of its format.</summary>
    static string FormatOf(string? file) => Path.GetExtension(file)?.ToLowerInvariant() switch
    {
        ".parquet" => "parquet",
        ".ndjson" or ".jsonl" => "ndjson",
        _ => "csv",
    };

    static Option<DateTimeOffset?> Instant(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Parse(result, name),
    };

    static DateTimeOffset? Parse(ArgumentResult result, string name)
    {
        string text = result.Tokens.Single().Value;
        if (DateTimeOffset.TryParseExact(text, Instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)) return instant;
        result.AddError($"{name} {text}: a date like 2026-01-16, or an instant like 2026-01-16T14:30:00Z.");
        return null;
    }

    static async Task<NpgsqlDataSource> OpenAsync(RecordedSystem system, string replay, CancellationToken cancel)
    {
        var names = (await new ReplayRuns(system.Source).ListAsync(cancel)).Select(run => run.Name).Order(StringComparer.Ordinal).ToList();
        return names.Contains(replay) ? ReplayRuns.Open(system.ConnectionString, replay)
            : throw new SettingsException($"--replay {replay}: {(names.Count == 0 ? "there is none." : $"there are {string.Join(", ", names)}.")}");
    }

    // The console's own stream hides that a pipe's reader has gone; a file stream would not share its place in a file with whoever writes next.
    static Stream StandardOutput()
    {
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>Rows and rows a second, on a terminal's standard error; the sum at the end also where a file was written.</summary>
    sealed class Progress(string table, string? file)
    {
        static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

        readonly bool _isTerminal = !Console.IsErrorRedirected && (file is not null || Console.IsOutputRedirected);
        readonly long _start = Stopwatch.GetTimestamp();
        TimeSpan _shown;

        public void Show(long rows)
        {
            var elapsed = Stopwatch.GetElapsedTime(_start);
            if (!_isTerminal || elapsed - _shown < Pause) return;
            _shown = elapsed;
            Console.Error.Write($"\r{Words(rows, elapsed)} ");
        }

        public void End(long rows)
        {
            if (!_isTerminal && file is null) return;
            string begin = _isTerminal ? "\r" : "";
            Console.Error.WriteLine($"{begin}{Words(rows, Stopwatch.GetElapsedTime(_start))}{(file is null ? "" : $" → {file}")}");
        }

        string Words(long rows, TimeSpan elapsed) =>
            string.Create(CultureInfo.InvariantCulture, $"{table}: {rows:N0} rows, {elapsed.TotalSeconds:0.0} s, {rows / Math.Max(elapsed.TotalSeconds, 1e-3):N0} rows/s");
    }
}
