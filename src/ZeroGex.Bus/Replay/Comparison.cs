using System.Globalization;
using Npgsql;
using ZeroGex.Bus.Consumers;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Replay;

/// <summary>Compares results that were calculated twice.</summary>
public static class Comparison
{
    internal const string LiveSchema = "public";

    /// <summary>Two runs, table by table.</summary>
    public static async Task<IReadOnlyList<TableDifference>> FindAsync(NpgsqlDataSource database, string left, string right, CancellationToken cancel)
    {
        var differences = new List<TableDifference>();
        foreach (var table in Tables.All)
            differences.Add(await TableDifference.FindAsync(database, table.Name, new(ReplayRuns.SchemaOf(left)), new(ReplayRuns.SchemaOf(right)), cancel));
        return differences;
    }

    /// <summary>
    /// The live tables and a run, table by table: what closed between the first and the last clock of the run's facts. Of a table that keeps the newest rows alone those are compared
    /// that are still of these facts: of a day gone by there are none.
    /// </summary>
    /// <param name="units">What the run has read.</param>
    /// <param name="question">What it was asked.</param>
    /// <param name="spans">The only rows to compare; null for all.</param>
    public static async Task<IReadOnlyList<TableDifference>> FindLiveAsync(
        NpgsqlDataSource database, string run, IReadOnlyCollection<UnitOutcome> units, ReplayQuestion question, IReadOnlyList<StampedSpan>? spans, CancellationToken cancel)
    {
        var differences = new List<TableDifference>();
        string schema = ReplayRuns.SchemaOf(run);
        foreach (var table in Tables.All)
        {
            if (ResultRows.FoldOf(table) is not { } fold || !question.Folds.Contains(fold.Name)) continue;
            string[] conditions =
            [
                .. from unit in units
                   from span in spans?.Where(span => span.Fold == fold.Name && span.Root == unit.Root) ?? [new(fold.Name, unit.Root, DateTimeOffset.MinValue, DateTimeOffset.MaxValue)]
                   select ConditionOf(table, schema, unit, span, question),
            ];
            if (conditions.Length == 0) continue;
            string condition = string.Join(" or ", conditions);
            string there = condition;
            if (table.IsNewestOnly)
            {
                string keys = string.Join(", ", table.Key);
                there = $"({keys}) in (select {keys} from {LiveSchema}.{table.Name} where {condition})";
            }

            differences.Add(await TableDifference.FindAsync(database, table.Name, new(LiveSchema, condition), new(schema, there), cancel));
        }

        return differences;
    }

    /// <summary>True when the live tables have any row of the time of these facts: of sessions that were pruned there is none.</summary>
    public static async Task<bool> HasLiveAsync(NpgsqlDataSource database, IReadOnlyCollection<ReplayUnit> units, CancellationToken cancel)
    {
        foreach (var table in Tables.All.Where(table => !table.IsNewestOnly))
        {
#pragma warning disable CA2100 // Names are of this project.
            await using var command = database.CreateCommand($"select exists (select from {LiveSchema}.{table.Name} where {table.Time} > $1 and {table.Time} <= $2 and {table.Owner} = any($3))");
#pragma warning restore CA2100
            command.CommandTimeout = 0;
            command.Parameters.Add(new() { Value = units.Min(unit => unit.First).UtcDateTime });
            command.Parameters.Add(new() { Value = units.Max(unit => unit.Last).UtcDateTime });
            command.Parameters.Add(new() { Value = units.Select(unit => unit.Root).Distinct().ToArray() });
            if (await command.ExecuteScalarAsync(cancel) is true) return true;
        }

        return false;
    }

    // A row's time is its window's end, or its minute's beginning. What ends at or before the first clock may be the last of the session before; what ends with less than the grace left is still open.
    static string ConditionOf(TableShape table, string schema, UnitOutcome unit, StampedSpan span, ReplayQuestion question)
    {
        string root = $"'{unit.Root.Replace("'", "''", StringComparison.Ordinal)}'";

        // A minute of the underlying is the underlying's, whatever its vendor calls it.
        string owner = table == Tables.UnderlyingQuotes ? $"({table.Owner} = {root} or {table.Owner} in (select {table.Owner} from {schema}.{table.Name}))" : $"{table.Owner} = {root}";
        return $"({owner} and {table.Time} > {Literal(unit.First)} and {table.Time} <= {Literal(unit.Last - question.Settings.LongestGrace - table.Lasts)}"
            + (question.Range.From is { } from ? $" and {table.Time} >= {Literal(from)}" : "") + (question.Range.To is { } to ? $" and {table.Time} < {Literal(to)}" : "")
            + (span.First > DateTimeOffset.MinValue ? $" and {table.Time} >= {Literal(span.First - table.Lasts)}" : "") + (span.Last < DateTimeOffset.MaxValue ? $" and {table.Time} <= {Literal(span.Last - table.Lasts)}" : "") + ")";
    }

    static string Literal(DateTimeOffset instant) => $"timestamptz '{instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}+00'";
}
