using System.Collections.Immutable;
using System.Globalization;
using Npgsql;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Replay;

/// <summary>Compares results that were calculated twice.</summary>
public static class Comparison
{
    const string LiveSchema = "public";

    /// <summary>Two runs, table by table.</summary>
    public static async Task<IReadOnlyList<TableDifference>> FindAsync(NpgsqlDataSource database, string left, string right, CancellationToken cancel)
    {
        var differences = new List<TableDifference>();
        foreach (var table in Tables.All)
            differences.Add(await TableDifference.FindAsync(database, table.Name, new(ReplayRuns.SchemaOf(left)), new(ReplayRuns.SchemaOf(right)), cancel));
        return differences;
    }

    /// <summary>
    /// The live tables and a run, table by table: what closed between the first and the last clock of the run's facts. A table that keeps the newest rows alone has none of
    /// a day gone by, and is not compared.
    /// </summary>
    /// <param name="units">What the run has read.</param>
    /// <param name="question">What it was asked.</param>
    /// <param name="isMatched">True to compare only live rows that the run's settings have made; false for all.</param>
    public static async Task<IReadOnlyList<TableDifference>> FindLiveAsync(
        NpgsqlDataSource database, string run, IReadOnlyCollection<UnitOutcome> units, ReplayQuestion question, bool isMatched, CancellationToken cancel)
    {
        var differences = new List<TableDifference>();
        foreach (var table in Tables.All.Where(table => ResultRows.FoldOf(table) is { } fold && question.Folds.Contains(fold.Name) && !table.IsNewestOnly))
        {
            bool isTold = isMatched && ResultRows.FoldOf(table) == Folds.Gex;
            var spans = units.Select(unit => question.Settings.For(unit.Root).Gex is var gex && isTold
                ? $"{SpanOf(table, unit, question.Range, gex.Grace)} and not {Others(table, gex)}"
                : SpanOf(table, unit, question.Range, gex.Grace));
            string condition = string.Join(" or ", spans.Select(span => $"({span})").DefaultIfEmpty("false"));
            differences.Add(await TableDifference.FindAsync(database, table.Name, new(LiveSchema, condition), new(ReplayRuns.SchemaOf(run), condition), cancel));
        }

        return differences;
    }

    /// <summary>The settings that live rows of these roots and times say they were made with; what a row of an older version does not say is taken from <paramref name="otherwise"/>.</summary>
    public static async Task<IReadOnlyList<FoldSettings>> SettingsOfAsync(
        NpgsqlDataSource database, IReadOnlyCollection<ReplayUnit> units, FoldSettings otherwise, CancellationToken cancel)
    {
        var found = new List<FoldSettings>();
        foreach (var unit in units)
        {
            await using var command = database.CreateCommand($"""
                select distinct (model->>'rate')::float8, (model->>'dividendYield')::float8, (model->>'legacyRate')::float8, (model->>'intervalSeconds')::float8, (model->>'graceSeconds')::float8
                  from {LiveSchema}.traded_gex where root = $1 and time > $2 and time <= $3
                """);
            command.Parameters.Add(new() { Value = unit.Root });
            command.Parameters.Add(new() { Value = unit.First.UtcDateTime });
            command.Parameters.Add(new() { Value = unit.Last.UtcDateTime });
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                double? Number(int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);
                double asked = otherwise.For(unit.Root).Gex.DividendYield, yield = Number(1) ?? asked;
                found.Add(otherwise with
                {
                    DividendYields = yield == asked ? otherwise.DividendYields : otherwise.DividendYields.SetItem(unit.Root, yield),
                    Gex = new GexSettings
                    {
                        Rate = Number(0) ?? otherwise.Gex.Rate,
                        DividendYield = otherwise.Gex.DividendYield,
                        InferredRate = Number(2) ?? otherwise.Gex.InferredRate,
                        Interval = Number(3) is { } interval ? TimeSpan.FromSeconds(interval) : otherwise.Gex.Interval,
                        Grace = Number(4) is { } grace ? TimeSpan.FromSeconds(grace) : otherwise.Gex.Grace,
                    },
                });
            }
        }

        return [.. found.Distinct()];
    }

    // A row's time is its window's end, or its minute's beginning. What ends at or before the first clock may be the last of the session before; what ends with less than the grace left is still open.
    static string SpanOf(TableShape table, UnitOutcome unit, ReplayRange range, TimeSpan grace)
    {
        string within = (range.From is { } from ? $" and {table.Time} >= {Literal(from)}" : "") + (range.To is { } to ? $" and {table.Time} < {Literal(to)}" : "");
        return $"{table.Owner} = '{unit.Root.Replace("'", "''", StringComparison.Ordinal)}' and {table.Time} > {Literal(unit.First)} and {table.Time} <= {Literal(unit.Last - grace - table.Lasts)}{within}";
    }

    // A live row that other settings made is compared with their run, not with this one; so is a window of the run that lies across one of theirs.
    static string Others(TableShape table, GexSettings settings)
    {
        string seconds = settings.Interval.TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
        return $"""
            exists (select from {LiveSchema}.traded_gex other
                     where other.time > {table.Name}.{table.Time} - make_interval(secs => {seconds}) and other.root = {table.Name}.{table.Owner} and other.expiration::text = {table.Name}.expiration::text
                       and other.time < {table.Name}.{table.Time} + make_interval(secs => coalesce((other.model->>'intervalSeconds')::float8, {seconds}))
                       and not ({Matches("other.model", settings)}))
            """;
    }

    // What a row does not say cannot speak against it.
    static string Matches(string model, GexSettings settings) => string.Join(" and ",
        ImmutableArray.Create(
            ("rate", settings.Rate), ("dividendYield", settings.DividendYield), ("legacyRate", settings.InferredRate),
            ("intervalSeconds", settings.Interval.TotalSeconds), ("graceSeconds", settings.Grace.TotalSeconds))
        .Select(setting => string.Create(CultureInfo.InvariantCulture, $"coalesce(({model}->>'{setting.Item1}')::float8 = {setting.Item2:R}::float8, true)")));

    static string Literal(DateTimeOffset instant) => $"timestamptz '{instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}+00'";
}
