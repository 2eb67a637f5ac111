using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex gex</c>: what the tables of the running system say, for eyes and for pipes.</summary>
static class GexCommand
{
    static readonly Option<string?> Symbol = new("--symbol", "-s") { Description = "One root, for example SPY; all roots when left out." };
    static readonly Option<bool> Follow = new("--follow") { Description = "Keep showing new windows until Ctrl-C." };
    static readonly Option<string?> Format = new("--format", "-f") { Description = "table, json or csv; table on a terminal, csv in a pipe." };
    static readonly Option<int> Expirations = new("--expirations", "-n") { Description = "Nearest expirations of each root; 0 shows all.", DefaultValueFactory = _ => 6 };
    static readonly Option<string> Measure = new("--measure", "-m") { Description = "naive_day, dealer_signed_day, dealer_signed_window, naive_window, or legacy.", DefaultValueFactory = _ => GexMeasure.NaiveDay };

    public static Command Create() => new("gex", "Traded gamma exposure of the running system.") { Show("levels", "Zero gamma, majors, sum and spot of each expiration's newest window.", WriteLevels), Show("strikes", "The newest window's exposure by strike.", WriteStrikes) };

    static Command Show(string name, string description, Action<IReadOnlyList<TradedGexRow>, string, bool> write)
    {
        var command = new Command(name, $"""
            {description}
            
            Examples:
              zerogex gex {name} --symbol SPY --follow
              zerogex gex {name} --symbol SPXW -f json
            """) { Symbol, Follow, Format, Measure, Expirations, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Format) is { } format && format is not ("table" or "json" or "csv")) result.AddError($"--format {format}: there are table, json, csv.");
        });
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            await using var system = await RecordedSystem.OpenAsync(settings, cancel, isLive: true);
            string format = parsed.GetValue(Format) ?? (Console.IsOutputRedirected ? "csv" : "table");
            string measure = parsed.GetValue(Measure) is "legacy" ? GexMeasure.NaiveWindow : parsed.GetValue(Measure)!;
            int expirations = parsed.GetValue(Expirations) is > 0 and var nearest ? nearest : int.MaxValue;
            var table = new GexTable(system.Source);

            var shown = default(DateTimeOffset);
            bool isFirst = true;
            do
            {
                var rows = (await table.LatestTradedAsync(parsed.GetValue(Symbol), cancel)).Where(row => row.Measure == measure)
                    .GroupBy(row => row.Root).OrderBy(root => root.Key, StringComparer.Ordinal)
                    .SelectMany(root => root.OrderBy(row => row.Expiration).Take(expirations)).ToList();
                var newest = rows.Select(row => row.Time).DefaultIfEmpty().Max();
                if (rows.Count > 0 && newest > shown)
                {
                    write(format == "table" ? rows : [.. rows.Where(row => row.Time > shown)], format, isFirst);
                    (shown, isFirst) = (newest, false);
                }
                else if (isFirst && !parsed.GetValue(Follow))
                {
                    Console.Error.WriteLine("No window has closed yet.");
                    return 1;
                }

                if (parsed.GetValue(Follow)) await Task.Delay(250, cancel);
            }
            while (parsed.GetValue(Follow));
            return 0;
        });
        return command;
    }

    static void WriteLevels(IReadOnlyList<TradedGexRow> rows, string format, bool isFirst)
    {
        switch (format)
        {
            case "json":
                foreach (var row in rows)
                    Console.WriteLine(JsonSerializer.Serialize(new { time = row.Time, root = row.Root, expiration = row.Expiration, measure = row.Measure, spot = row.Spot, zeroGamma = row.ZeroGamma, majorPositive = row.MajorPositive, majorNegative = row.MajorNegative, minorPositive = row.MinorPositive, minorNegative = row.MinorNegative, sum = row.Sum, aggressorShare = row.AggressorShare, incomplete = row.Incomplete }));
                break;
            case "csv":
                if (isFirst) Console.WriteLine("time,root,expiration,measure,spot,zero_gamma,major_positive,major_negative,minor_positive,minor_negative,sum,aggressor_share,incomplete");
                foreach (var row in rows)
                    Console.WriteLine(string.Join(',', Time(row), row.Root, Day(row), row.Measure, Plain(row.Spot), Plain(row.ZeroGamma), Plain(row.MajorPositive), Plain(row.MajorNegative), Plain(row.MinorPositive), Plain(row.MinorNegative), Plain(row.Sum), Plain(row.AggressorShare), row.Incomplete ? "true" : "false"));
                break;
            default:
                var table = new Table().RoundedBorder().AddColumns(new TableColumn("Root").NoWrap(), new TableColumn("Expiration").NoWrap()).AddColumns(Right("Spot"), Right("Zero gamma"), Right("Major +"), Right("Major −"), Right("Sum $"), Right("Known"), Right("As of (UTC)"));
                foreach (var row in rows)
                    table.AddRow(row.Root, Day(row), Price(row.Spot), Price(row.ZeroGamma), Price(row.MajorPositive), Price(row.MajorNegative), Signed(row.Sum), $"{row.AggressorShare * 100:0} %", row.Time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
                Draw(table, $"{rows[0].Measure} · {Unit(rows[0].Measure)}", isFirst);
                break;
        }
    }

    static void WriteStrikes(IReadOnlyList<TradedGexRow> rows, string format, bool isFirst)
    {
        switch (format)
        {
            case "json":
                foreach (var row in rows)
                    Console.WriteLine(JsonSerializer.Serialize(new { time = row.Time, root = row.Root, expiration = row.Expiration, measure = row.Measure, spot = row.Spot, strikes = JsonSerializer.Deserialize<double[][]>(row.Strikes) }));
                break;
            case "csv":
                if (isFirst) Console.WriteLine("time,root,expiration,measure,strike,gex,volume");
                foreach (var row in rows)
                    foreach (double[] rung in JsonSerializer.Deserialize<double[][]>(row.Strikes)!)
                        Console.WriteLine(string.Join(',', Time(row), row.Root, Day(row), row.Measure, Plain(rung[0]), Plain(rung[1]), Plain(rung[2])));
                break;
            default:
                var nearest = rows.MaxBy(row => (row.Time, -row.Expiration.DayNumber))!;
                double[][] ladder = JsonSerializer.Deserialize<double[][]>(nearest.Strikes)!;
                double most = ladder.Select(rung => Math.Abs(rung[1])).DefaultIfEmpty(1).Max();
                var table = new Table().RoundedBorder().AddColumns(Right("Strike"), Right("GEX $"), Right("Volume")).AddColumn("");
                foreach (double[] rung in ladder.OrderBy(rung => Math.Abs(rung[0] - nearest.Spot)).Take(30).OrderByDescending(rung => rung[0]))
                    table.AddRow(new Text(Price(rung[0])), new Text(Signed(rung[1])), new Text(rung[2].ToString("0", CultureInfo.InvariantCulture)), Bar(rung[1], most));
                Draw(table, $"{nearest.Root} {Day(nearest)} · spot {Price(nearest.Spot)} · {nearest.Measure} · {Unit(nearest.Measure)} · {nearest.Time:HH:mm:ss} UTC", isFirst);
                break;
        }
    }

    static void Draw(Table table, string title, bool isFirst)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
        else if (!isFirst) AnsiConsole.Clear();
        AnsiConsole.Write(table.Title(Markup.Escape(title)));
    }

    static Text Bar(double gex, double most) =>
        new(new string('█', most == 0 ? 0 : (int)Math.Round(Math.Abs(gex) / most * 24)), new Style(gex >= 0 ? Color.Green : Color.Red));

    static TableColumn Right(string header) => new TableColumn(header).RightAligned().NoWrap();

    static string Unit(string measure) => measure == GexMeasure.NaiveWindow ? "legacy, $ per $1 move" : "$ per 1 % move";

    static string Time(TradedGexRow row) => row.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    static string Day(TradedGexRow row) => row.Expiration.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string Plain(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    static string Price(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–";

    static string Signed(double value) => Math.Abs(value) switch
    {
        >= 1e9 => (value / 1e9).ToString("+0.00 bn;-0.00 bn", CultureInfo.InvariantCulture),
        >= 1e6 => (value / 1e6).ToString("+0.00 m;-0.00 m", CultureInfo.InvariantCulture),
        _ => value.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture),
    };
}
