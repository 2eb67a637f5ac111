using System.CommandLine;
using Xunit;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Cli;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Snapshots;

public sealed class ExplanationTests
{
    // What a row says can be typed, and typing it gives what the row says.
    [Fact]
    public void Every_choice_is_made_by_the_switches_beside_it()
    {
        var canonical = new AnalysisSettings();
        var choices = Explanation.SingleChoices(canonical, AnalysisSettings.LegacyPlatform, ["SPX", "SPXW"]).ToList();
        Assert.True(choices.Count > 25, $"{choices.Count} choices");
        Assert.Equal(choices.Count, choices.Select(choice => choice.Switches).Distinct().Count());
        foreach ((string choice, string switches, AnalysisSettings settings) in choices)
        {
            string[] words = switches.Split(' ');
            string? root = words[0] == "--symbol" ? words[1] : null;
            (AnalyzeOptions options, Command command) = Options();
            ParseResult parsed = command.Parse(root is null ? words : []);
            Assert.Empty(parsed.Errors);
            Assert.Equal(settings, options.Read(parsed, new Settings([]), root, ["SPX", "SPXW"]) with { Convention = settings.Convention });
            Assert.True(settings != canonical, choice);
        }
    }

    [Theory]
    [InlineData(RealFiles.Rut)]
    [InlineData(RealFiles.Dirty)]
    [InlineData("lean/option/usa/universes/goog/20151223.csv")]
    [InlineData("lean/option/usa/universes/spy/20240103.csv")]
    public void Every_row_is_the_answer_to_its_choice_and_the_distance_to_the_canonical_one(string file)
    {
        ChainSnapshot chain = RealFiles.Read(file);
        var canonical = new AnalysisSettings();
        var asked = canonical with { Rate = 0, Weight = ChainWeight.Volume, Convention = "mine" };
        Explanation explanation = Explanation.Of(chain, canonical, AnalysisSettings.LegacyPlatform, asked);
        Assert.Equal(ChainAnalysis.Of(chain, canonical).Levels.Gamma.Net, explanation.Canonical.Net);
        Assert.Equal(asked, explanation.Choices[^1].Settings);
        foreach (ChoiceEffect choice in explanation.Choices)
        {
            ChainReport report = ChainAnalysis.Of(chain, choice.Settings);
            Assert.Equal(
                (report.Levels.Gamma.Net, report.Levels.Flip, report.Levels.CallWall, report.Levels.PutWall, report.Pooled.Strike, report.Coverage.Used),
                (choice.Answer.Net, choice.Answer.Flip, choice.Answer.CallWall, choice.Answer.PutWall, choice.Answer.PooledMaxPain, choice.Answer.Contracts));
            Assert.Equal(choice.Answer.Net - explanation.Canonical.Net, choice.Moved.Net);
            Assert.Equal(choice.Answer.Flip - explanation.Canonical.Flip, choice.Moved.Flip);
            Assert.Equal(choice.Answer.MaxPain - explanation.Canonical.MaxPain, choice.Moved.MaxPain);
        }

        ChoiceEffect Row(string switches) => explanation.Choices.Single(choice => choice.Switches == switches);
        double spot = ChainAnalysis.SpotOf(chain, canonical)!.Value;
        Assert.Equal(explanation.Canonical.Net * 100 / spot, Row("--unit dollar").Answer.Net, 1e-12 * Math.Abs(explanation.Canonical.Net));
        Assert.Equal(RealFiles.Vendor(file, spot).Net, Row("--convention vendor-gamma").Answer.Net, 1e-9 * Math.Abs(RealFiles.Vendor(file, spot).Net));
        foreach (string still in new[] { "--day-count business252", "--rate 0", "--gamma vendor", "--flip cumulative", "--crossing first" })
            Assert.True(Row(still).Moved.MaxPain is null or 0 && Row(still).Moved.PooledMaxPain is null or 0, $"{still} moves max pain");
    }

    internal static (AnalyzeOptions Options, Command Command) Options()
    {
        var options = new AnalyzeOptions();
        var command = new Command("analyze");
        options.AddTo(command);
        return (options, command);
    }
}
