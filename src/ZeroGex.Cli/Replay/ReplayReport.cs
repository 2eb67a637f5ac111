using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Bus.Replay;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary>What a replay found, for eyes and for pipes.</summary>
static class ReplayReport
{
    /// <param name="manifest">What it found.</param>
    /// <param name="place">Where its results are.</param>
    /// <param name="format"><c>json</c>, or words.</param>
    /// <param name="read">Messages that the go which has just ended has read, and earlier ones have not; null when none has, and nobody can tell how fast it was.</param>
    public static void Write(ReplayManifest manifest, string place, string format, long? read)
    {
        if (format == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(manifest, ReplayJson.Options));
            return;
        }

        var table = new Table().RoundedBorder().AddColumns("Session", "Root", "Fold").AddColumns(Right("Events"), Right("Results"), Right("Late"), Right("Lost"), Right("Seconds"));
        foreach (var unit in manifest.Units)
            foreach (var fold in unit.Folds)
                table.AddRow(
                    unit.Session.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), unit.Root, fold.Fold, Whole(unit.Events), Whole(fold.Results), Whole(fold.Late), Whole(fold.Lost),
                    unit.Seconds.ToString("0.00", CultureInfo.InvariantCulture));
        Draw(table);
        foreach (var unit in manifest.Units.Where(unit => !unit.Unfed.IsEmpty))
            Console.Error.WriteLine($"{unit.Session:yyyy-MM-dd} {unit.Root}: {string.Join(", ", unit.Unfed)} did not run, because one of their inputs was not recorded.");
        string speed = read is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; {read:#,0} events read in {manifest.Seconds:0.00} s ({read / Math.Max(1e-9, manifest.Seconds):#,0} events/s)");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {manifest.Name}: {manifest.Events:#,0} events, {manifest.Results:#,0} results{speed}, engine {manifest.Engine}
            missing in the log {manifest.Missing:#,0}, deleted from it {manifest.Deleted:#,0}, of unknown kinds {manifest.Unknown:#,0}, late {manifest.Late:#,0}
            input   {manifest.InputHash}
            output  {manifest.OutputHash}
            results in {place}
            """));
    }

    /// <summary>Says so where the log is not whole any more.</summary>
    internal static void Warn(long deleted, long unknown)
    {
        if (deleted > 0) Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"warning: {deleted:#,0} recorded events are gone from the log: what follows from them is missing here. 'zerogex log verify' says where."));
        if (unknown > 0) Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"warning: {unknown:#,0} recorded events are of kinds that this version does not know; they were passed over."));
    }

    /// <summary>Differences table by table; 0 when there are none, else 7.</summary>
    public static int Write(IReadOnlyList<TableDifference> differences, string left, string right, string format)
    {
        bool isNone = differences.All(difference => difference.IsNone);
        if (format == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(new { left, right, equal = isNone, tables = differences }, ReplayJson.Options));
            return isNone ? 0 : 7;
        }

        var table = new Table().RoundedBorder().AddColumns("Table").AddColumns(Right("Equal"), Right("Differ"), Right($"Only in {left}"), Right($"Only in {right}"));
        foreach (var difference in differences)
            table.AddRow(difference.Table, Whole(difference.Equal), Whole(difference.Changed), Whole(difference.OnlyLeft), Whole(difference.OnlyRight));
        Draw(table);
        foreach (var difference in differences.Where(difference => !difference.IsNone)) Console.WriteLine($"{difference.Table}, first difference: {difference.First}");
        if (isNone) Console.WriteLine($"{left} and {right} are the same, every column of {differences.Sum(difference => difference.Equal)} rows.");
        return isNone ? 0 : 7;
    }

    internal static void Draw(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
        AnsiConsole.Write(table);
    }

    internal static TableColumn Right(string header) => new TableColumn(header).RightAligned().NoWrap();

    static string Whole(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
