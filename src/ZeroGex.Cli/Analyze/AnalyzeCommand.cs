using System.CommandLine;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Cli;

/// <summary><c>zerogex analyze</c>: exposure, levels and max pain of a chain file, by any convention, and what each choice moves. No system need be up.</summary>
static class AnalyzeCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A chain: CBOE CSV, CBOE JSON or LEAN universe." };
        var symbol = new Option<string?>("--symbol", "-s") { Description = "One root of the chain, for example SPXW; all roots together when left out. Of a LEAN universe outside its folder: its root." };
        var split = new Option<bool>("--split") { Description = "Each root by itself." };
        var spot = new Option<double?>("--spot") { Description = "The underlying's price, dollars, instead of the file's." };
        var asOf = new Option<DateTimeOffset?>("--as-of") { Description = "The instant of the figures, instead of the file's, for example 2022-12-12T20:00:00Z." };
        var explain = new Option<bool>("--explain") { Description = "What each single choice moves, from the canonical answer." };
        var format = new Option<string>("--format", "-f") { Description = "table or json.", DefaultValueFactory = _ => "table" };
        var strikes = new Option<int>("--top") { Description = "Strikes in the table, those of the largest net exposure.", DefaultValueFactory = _ => 10 };
        var expirations = new Option<int>("--expirations", "-n") { Description = "Nearest expirations in the table; 0 shows all.", DefaultValueFactory = _ => 12 };
        var options = new AnalyzeOptions();

        var command = new Command("analyze", """
            Gamma exposure, flip, walls and max pain of one chain file, and why other people's levels differ. What the conventions are: docs/gex-conventions.md.
            Exit code 1: the file is no chain, or nothing of it can be used; 2: the question makes no sense.
            
            Examples:
              zerogex analyze SPX.csv
              zerogex analyze SPX.csv --explain
              zerogex analyze SPX.csv --convention vendor-gamma
              zerogex analyze SPX.csv --symbol SPXW --scope 0dte --weight volume
              zerogex analyze RUT.json --day-count business252 --rate 0.04 --implied-forwards -f json
              zerogex analyze spx/20151223.csv --spot 2064.29
            """) { file, symbol, split, spot, asOf, explain, format, strikes, expirations };
        options.AddTo(command);
        command.Options.Add(RunCommand.Set);
        command.Validators.Add(result =>
        {
            if (result.GetValue(format) is { } shape && shape is not ("table" or "json")) result.AddError($"--format {shape}: there are table, json.");
            if (result.GetValue(split) && result.GetValue(symbol) is not null) result.AddError("--split or --symbol, please, not both.");
            if (result.GetResult(spot) is { Tokens.Count: 1 } && result.GetValue(spot) is not (> 0 and < 1e9)) result.AddError("--spot: greater than 0, please.");
            if (result.GetValue(strikes) < 0 || result.GetValue(expirations) < 0) result.AddError("--top and --expirations: at least 0, please.");
        });
        command.SetAction(parsed =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            string path = parsed.GetValue(file)!;
            string? root = parsed.GetValue(symbol)?.ToUpperInvariant();
            if (!File.Exists(path)) throw new SettingsException($"{path}: there is no such file.");
            ChainSnapshot chain = ChainFile.Read(path, new(parsed.GetValue(asOf)?.ToUniversalTime(), parsed.GetValue(spot), root));
            string[] roots = [.. chain.Rows.Select(row => row.Root).Distinct().Order(StringComparer.Ordinal)];
            if (root is not null && !roots.Contains(root)) throw new SettingsException($"--symbol {root}: {path} has {string.Join(", ", roots)}.");

            string?[] reports = parsed.GetValue(split) ? [.. roots] : [root];
            foreach (string? one in reports)
            {
                AnalysisSettings asked = options.Read(parsed, settings, one, roots);
                AnalysisSettings canonical = AnalyzeOptions.Canonical(settings, one, roots);
                if (ChainAnalysis.SpotOf(chain, asked) is null) return Refuse(path, "neither the file nor put–call parity says where the underlying is; --spot does.");
                bool isJson = parsed.GetValue(format) == "json";
                ChainReport report;
                try
                {
                    report = ChainAnalysis.Of(chain, asked, canonical: canonical);
                    if (report.Coverage.Used == 0) return Refuse(path, $"none of {report.Coverage.Read} contracts can be used: {AnalyzeOutput.Counts(report.Coverage.LeftOut, report.Coverage.Refused)}.");
                    if (parsed.GetValue(explain))
                    {
                        Explanation explanation = Explanation.Of(chain, canonical, AnalyzeOptions.Legacy(settings, one), asked);
                        if (isJson) AnalyzeOutput.WriteJson(path, chain, report, canonical, explanation);
                        else AnalyzeOutput.WriteTable(path, chain, report, explanation);
                        continue;
                    }
                }
                catch (OverflowException error)
                {
                    return Refuse(path, error.Message);
                }

                if (isJson) AnalyzeOutput.WriteJson(path, chain, report);
                else AnalyzeOutput.WriteTable(path, chain, report, parsed.GetValue(strikes), parsed.GetValue(expirations));
            }

            return 0;
        });
        return command;
    }

    static int Refuse(string path, string reason)
    {
        Console.Error.WriteLine($"zerogex: {path}: {reason}");
        return 1;
    }
}
