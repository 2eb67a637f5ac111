using System.Text.Json;
using Xunit;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Tests.Snapshots;

namespace ZeroGex.Tests.Cli;

/// <summary>The command as people run it: a process, its output, its exit code.</summary>
public sealed class AnalyzeCommandTests
{
    const string Small = "lean/indexoption/usa/universes/spxw/20230623.csv";

    [Fact]
    public async Task Json_is_the_whole_report()
    {
        Answer answer = await RunAsync(SharedFiles.Data(RealFiles.Spx), "-f", "json", "--convention", "vendor-gamma");
        Assert.Equal((0, ""), (answer.Code, answer.Errors));
        JsonElement json = JsonDocument.Parse(answer.Output).RootElement;
        ChainReport report = ChainAnalysis.Of(RealFiles.Read(RealFiles.Spx), AnalysisSettings.VendorGamma);
        JsonElement found = json.GetProperty("report"), levels = found.GetProperty("levels");
        Assert.Equal(report.Levels.Gamma.Net, levels.GetProperty("gamma").GetProperty("net").GetDouble());
        Assert.Equal(report.Levels.Flip, levels.GetProperty("flip").GetDouble());
        Assert.Equal(report.Expirations.Length, found.GetProperty("expirations").GetArrayLength());
        Assert.Equal(report.Strikes.Length, found.GetProperty("strikes").GetArrayLength());
        Assert.Equal(report.Grid.Length, found.GetProperty("grid").GetArrayLength());
        Assert.Equal(report.Profile.Length, found.GetProperty("profile").GetArrayLength());
        Assert.Equal(report.Levels.Gamma.Net, report.Grid.Sum(cell => cell.Net), 1e-6 * report.Levels.Gamma.Gross);
        Assert.Equal("vendor-gamma", found.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal(19_156, found.GetProperty("coverage").GetProperty("used").GetInt32());
    }

    [Fact]
    public async Task The_table_has_every_figure_that_traders_ask_for()
    {
        Answer answer = await RunAsync(SharedFiles.Data(RealFiles.Spx), "--symbol", "spxw", "--scope", "0dte", "--rate", "0.04");
        Assert.Equal((0, ""), (answer.Code, answer.Errors));
        foreach (string word in new[]
        {
            "SPXW · spot 3990.56", "Net GEX", "Flip", "Regime", "Call wall", "Put wall", "Max gamma", "Max pain", "Put/call", "Delta exposure", "Vanna exposure", "Charm exposure", "another root",
            "another scope", "expired", "SPXW 2022-12-13", "canonical --rate 0.04 --scope 0dte", "r 0.04", "engine",
        })
            Assert.Contains(word, answer.Output, StringComparison.Ordinal);
    }

    // A fund's yield is a setting, and an answer of the settings takes it as the folds do.
    [Fact]
    public async Task Canonical_answers_take_the_yield_of_the_root()
    {
        Answer told = await RunAsync(SharedFiles.Data("lean/option/usa/universes/spy/20240103.csv"), "-f", "json", "--set", "DIVIDEND_YIELDS=SPY=0.0125"), asked = await RunAsync(SharedFiles.Data("lean/option/usa/universes/spy/20240103.csv"), "-f", "json", "--dividend", "0.0125");
        Assert.Equal((0, 0.0125), (told.Code, Report(told).GetProperty("model").GetProperty("dividendYield").GetDouble()));
        Assert.Equal(Report(asked).GetProperty("levels").GetRawText(), Report(told).GetProperty("levels").GetRawText());
        Answer several = await RunAsync(SharedFiles.Data(RealFiles.Spx), "--set", "DIVIDEND_YIELDS=SPX=0.0125");
        Assert.Equal(2, several.Code);
        Assert.Contains("--split", several.Errors, StringComparison.Ordinal);

        static JsonElement Report(Answer answer) => JsonDocument.Parse(answer.Output).RootElement.GetProperty("report");
    }

    [Fact]
    public async Task Explain_shows_a_row_a_choice_and_split_a_report_a_root()
    {
        Answer explained = await RunAsync(SharedFiles.Data(Small), "--explain", "--crossing", "first", "--rate", "0");
        Assert.Equal((0, ""), (explained.Code, explained.Errors));
        foreach (string word in new[] { "canonical", "--day-count business252", "--convention vendor-gamma", "--convention legacy-platform", "all that was asked for, together" }) Assert.Contains(word, explained.Output, StringComparison.Ordinal);

        Answer json = await RunAsync(SharedFiles.Data(Small), "--explain", "-f", "json");
        JsonElement choices = JsonDocument.Parse(json.Output).RootElement.GetProperty("choices");
        Assert.Equal(Explanation.SingleChoices(new(), AnalysisSettings.LegacyPlatform, ["SPXW"]).Select(choice => choice.Switches), choices.EnumerateArray().Select(choice => choice.GetProperty("switches").GetString()));

        Answer split = await RunAsync(SharedFiles.Data(RealFiles.Spx), "--split", "-f", "json");
        string[] lines = split.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["SPX", "SPXW"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("report").GetProperty("roots")[0].GetString()));
    }

    // As the folds do: the predecessor's arithmetic has a rate of its own, that of the settings.
    [Fact]
    public async Task Explain_compares_with_what_the_convention_alone_would_answer()
    {
        string[] rates = ["--set", "INFERRED_RISK_FREE_RATE=0.1", "--set", "RISK_FREE_RATE=0.03"];
        Answer alone = await RunAsync([SharedFiles.Data(Small), "--convention", "legacy-platform", "-f", "json", .. rates]);
        Answer explained = await RunAsync([SharedFiles.Data(Small), "--explain", "-f", "json", .. rates]);
        double net = JsonDocument.Parse(alone.Output).RootElement.GetProperty("report").GetProperty("levels").GetProperty("gamma").GetProperty("net").GetDouble();
        JsonElement choice = JsonDocument.Parse(explained.Output).RootElement.GetProperty("choices").EnumerateArray().Single(choice => choice.GetProperty("switches").GetString() == "--convention legacy-platform");
        Assert.NotEqual(0, net);
        Assert.Equal(net, choice.GetProperty("answer").GetProperty("net").GetDouble());
        Assert.Equal((0.1, 0.03), (choice.GetProperty("settings").GetProperty("rate").GetDouble(), JsonDocument.Parse(explained.Output).RootElement.GetProperty("settings").GetProperty("rate").GetDouble()));
    }

    // Whether a vendor's gammas are those of its volatilities is a trait of the file, and no choice moves it.
    [Fact]
    public async Task Quality_is_of_the_file_and_not_of_the_question()
    {
        string file = SharedFiles.Data("lean/option/usa/universes/spy/20240103.csv");
        string[] told = [];
        foreach (string[] asked in new string[][] { [], ["--rate", "0.5"], ["--convention", "vendor-gamma"], ["--convention", "legacy-platform"] })
        {
            JsonElement quality = JsonDocument.Parse((await RunAsync([file, "-f", "json", .. asked])).Output).RootElement.GetProperty("report").GetProperty("quality");
            Assert.True(quality.GetProperty("gammasChecked").GetInt32() > 0);
            told = [.. told, quality.GetRawText()];
        }

        Assert.Single(told.Distinct());
        JsonElement other = JsonDocument.Parse((await RunAsync(file, "-f", "json", "--set", "RISK_FREE_RATE=0.5")).Output).RootElement.GetProperty("report").GetProperty("quality");
        Assert.NotEqual(told[0], other.GetRawText());
    }

    [Fact]
    public async Task Max_pain_by_volume_is_called_so()
    {
        Assert.Contains("Max pain by volume", (await RunAsync(SharedFiles.Data(Small), "--weight", "volume")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Max pain by volume", (await RunAsync(SharedFiles.Data(Small))).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "no such file", "/nowhere/at/all.csv")]
    [InlineData(2, "--symbol NDX", "FILE", "--symbol", "NDX")]
    [InlineData(2, "--grid 20", "FILE", "--grid", "20")]
    [InlineData(2, "161 to 1024 spots", "FILE", "--grid", "20,1")]
    [InlineData(2, "--interpolate", "FILE", "--interpolate")]
    [InlineData(2, "--day-count guess", "FILE", "--day-count", "guess")]
    [InlineData(2, "--rate 5", "FILE", "--rate", "5")]
    [InlineData(2, "--spot", "FILE", "--spot", "-1")]
    [InlineData(2, "not both", "FILE", "--split", "--symbol", "SPXW")]
    [InlineData(2, "--convention x", "FILE", "--convention", "x")]
    [InlineData(1, "no chain that is known", "README")]
    [InlineData(1, "none of 12 contracts can be used: 12 expired", "FILE", "--as-of", "2024-01-01T00:00:00Z")]
    public async Task What_cannot_be_answered_is_said_and_has_its_exit_code(int code, string named, params string[] arguments)
    {
        string file = SharedFiles.Data(Small);
        Answer answer = await RunAsync([.. arguments.Select(argument => argument switch { "FILE" => file, "README" => SharedFiles.Data("README.md"), _ => argument })]);
        Assert.True(answer.Code == code, $"{answer}");
        Assert.Contains(named, answer.Errors, StringComparison.Ordinal);
        Assert.Equal("", answer.Output);
    }

    [Fact]
    public async Task Help_shows_examples_and_every_choice()
    {
        Answer answer = await RunAsync("--help");
        Assert.Equal(0, answer.Code);
        foreach (string word in new[] { "zerogex analyze SPX.csv --explain", "Exit code", "calendar365, business252, weekdays262, legacy262", "--implied-forwards", "--keep-expired" }) Assert.Contains(word, answer.Output, StringComparison.Ordinal);
    }

    static Task<Answer> RunAsync(params string[] arguments) => ProgramRun.RunAsync(["analyze", .. arguments]);
}
