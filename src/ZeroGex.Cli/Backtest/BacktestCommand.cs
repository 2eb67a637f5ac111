using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex backtest</c>: a strategy through recorded sessions.</summary>
static class BacktestCommand
{
    static readonly IReadOnlyDictionary<string, Measure> Measures = new Dictionary<string, Measure>
    {
        [GexMeasure.NaiveDay] = Measure.NaiveDay,
        [GexMeasure.DealerSignedDay] = Measure.DealerSignedDay,
        [GexMeasure.DealerSignedWindow] = Measure.DealerSignedWindow,
        [GexMeasure.NaiveWindow] = Measure.NaiveWindow,
    };

    public static Command Create()
    {
        var costs = new BacktestSettings();
        var strategy = new Option<string>("--strategy") { Description = $"{string.Join(", ", StrategySource.Bundled.Keys)}, PATH.cs, PATH.dll, or either with :TYPE.", Required = true };
        var symbol = new Option<string>("--symbol", "-s") { Description = "One root, for example SPY.", Required = true };
        var from = new Option<DateOnly>("--from") { Description = "First session, yyyy-MM-dd.", Required = true };
        var to = new Option<DateOnly?>("--to") { Description = "Last session; that of --from when left out." };
        var measure = new Option<string>("--measure", "-m") { Description = $"The ladder of traded exposure to trade on: {string.Join(", ", Measures.Keys)}.", DefaultValueFactory = _ => GexMeasure.NaiveDay };
        var capital = new Option<decimal>("--capital") { Description = "Dollars at the start.", DefaultValueFactory = _ => costs.Capital };
        var fee = new Option<decimal>("--fee") { Description = "Dollars a share and fill.", DefaultValueFactory = _ => costs.FeePerShare };
        var optionFee = new Option<decimal>("--option-fee") { Description = "Dollars a contract and fill.", DefaultValueFactory = _ => costs.FeePerContract };
        var slippage = new Option<decimal>("--slippage") { Description = "Dollars a share that a fill is worse than the price: half the spread and more. Options pay their own spread instead.", DefaultValueFactory = _ => costs.Slippage };
        var latency = new Option<int>("--latency") { Description = "Milliseconds that an order takes to the market.", DefaultValueFactory = _ => 0 };
        var parameters = new Option<string[]>("--param", "-p") { Description = "KEY=VALUE for the strategy's constructor or properties.", AllowMultipleArgumentsPerToken = true };
        var format = new Option<string?>("--format", "-f") { Description = "table, json (trades included) or csv (one line a run); table on a terminal, csv in a pipe." };
        var trades = new Option<string?>("--trades") { Description = "Write every trade to this CSV file." };
        var equity = new Option<string?>("--equity") { Description = "Write the equity after each instant with results to this CSV file." };

        var command = new Command("backtest", """
            Trade a strategy through recorded sessions. It sees each result when it was known live; its orders are filled by later quotes.
            Exit code 1: the strategy failed; 2: the question makes no sense, or a C# file does not compile.
            
            Examples:
              zerogex backtest --strategy wall-fade --symbol SPY --from 2026-01-16
              zerogex backtest --strategy zero-gamma --symbol SPY --from 2026-01-12 --to 2026-01-16 --measure dealer_signed_day --param shares=200 -f json
              zerogex backtest --strategy samples/strategies/Fade.cs --symbol SPY --from 2026-01-16 --param shares=50 --trades trades.csv --equity equity.csv
            """) { strategy, symbol, from, to, measure, capital, fee, optionFee, slippage, latency, parameters, format, trades, equity, RunCommand.Set };
        command.Validators.Add(result =>
        {
            if (result.GetValue(measure) is { } name && !Measures.ContainsKey(name)) result.AddError($"--measure {name}: there are {string.Join(", ", Measures.Keys)}.");
            if (result.GetValue(format) is { } shape && shape is not ("table" or "json" or "csv")) result.AddError($"--format {shape}: there are table, json, csv.");
        });
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            var first = parsed.GetValue(from);
            var question = new BacktestQuestion(parsed.GetValue(symbol)!, first, parsed.GetValue(to) ?? first)
            {
                Folds = settings.Folds,
                Backtest = new BacktestSettings
                {
                    Measure = Measures[parsed.GetValue(measure)!],
                    Capital = parsed.GetValue(capital),
                    FeePerShare = Cost(fee),
                    FeePerContract = Cost(optionFee),
                    Slippage = Cost(slippage),
                    Latency = TimeSpan.FromMilliseconds(parsed.GetValue(latency) is >= 0 and <= 3_600_000 and var wait ? wait : throw new SettingsException("--latency: from 0 to 3600000 milliseconds, please.")),
                },
            };
            if (question.Backtest.Capital <= 0) throw new SettingsException("--capital: greater than 0, please.");
            if (question.To < question.From) throw new SettingsException($"--to {question.To:yyyy-MM-dd} is before --from {question.From:yyyy-MM-dd}.");

            using var source = await StrategySource.OpenAsync(parsed.GetValue(strategy)!, parsed.GetValue(parameters) ?? [], cancel);
            await using var system = await RecordedSystem.OpenAsync(settings, cancel);
            var clock = Stopwatch.StartNew();
            try
            {
                var (report, missing) = parsed.GetValue(equity) is { } path ? await NewFile.WriteAsync(path, WriteCurveAsync) : await RunAsync(null);
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{report.Sessions} session{(report.Sessions == 1 ? "" : "s")}, {report.Results} results in {clock.Elapsed.TotalSeconds:0.0} s{(missing > 0 ? $"; {missing} messages are missing" : "")}"));
                BacktestOutput.Write(report, parsed.GetValue(format) ?? (Console.IsOutputRedirected ? "csv" : "table"));
                if (parsed.GetValue(trades) is { } file) await NewFile.WriteAsync(file, stream => WriteTradesAsync(stream, report));
                return 0;
            }
            catch (StrategyException error)
            {
                await Console.Error.WriteLineAsync($"zerogex: {error.Message}{(StrategySource.PlaceOf(error) is { } place ? $" ({place})" : "")}");
                return 1;
            }

            Task<(BacktestReport Report, long Missing)> RunAsync(Action<EquityPoint>? see) => BacktestRun.RunAsync(new Storage.EventLog(system.Source), question, source.Strategy, see, cancel);

            async Task<(BacktestReport Report, long Missing)> WriteCurveAsync(Stream stream)
            {
                await using var curve = new StreamWriter(stream, bufferSize: 1 << 16, leaveOpen: true);
                await curve.WriteLineAsync(BacktestOutput.EquityHeader);
                return await RunAsync(point => curve.WriteLine(BacktestOutput.Line(point)));
            }

            async Task<int> WriteTradesAsync(Stream stream, BacktestReport report)
            {
                byte[] text = Encoding.UTF8.GetBytes(report.FillsCsv());
                await stream.WriteAsync(text, cancel);
                return text.Length;
            }

            decimal Cost(Option<decimal> option) => parsed.GetValue(option) is >= 0 and var cost ? cost : throw new SettingsException($"{option.Name}: at least 0, please.");
        });
        return command;
    }
}
