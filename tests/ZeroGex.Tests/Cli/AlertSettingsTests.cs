using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Quality;
using ZeroGex.Cli;

namespace ZeroGex.Tests.Cli;

public sealed class AlertSettingsTests
{
    [Fact]
    public void Without_a_word_there_are_the_built_in_rules_and_limits_and_no_webhook()
    {
        Settings settings = new([]);
        Assert.Equal(BuiltInRules.All, settings.Folds.Alerts.Rules);
        Assert.Equal(new QualitySettings(), settings.Folds.Quality);
        Assert.Empty(settings.Webhooks.Urls);
    }

    [Theory]
    [InlineData("30,120", 30.0, 120.0)]
    [InlineData("0.5, never", 0.5, null)]
    [InlineData("never,1e3", null, 1_000.0)]
    public void Limits_are_two_numbers_or_never(string text, double? warning, double? bad) =>
        Assert.Equal(new QualityLimit(warning, bad), new Settings([$"QUALITY_SILENT_QUOTES={text}"]).Folds.Quality.SilentQuotes);

    [Theory]
    [InlineData("QUALITY_CROSSED=0.5", "QUALITY_CROSSED: '0.5' is not two limits")]
    [InlineData("QUALITY_CROSSED=0.5,0.1", "QUALITY_CROSSED: a warning from 0.5 on comes after bad from 0.1 on.")]
    [InlineData("QUALITY_CROSSED=much,1", "QUALITY_CROSSED: 'much' is neither")]
    [InlineData("QUALITY_CROSSED=0,1", "QUALITY_CROSSED: '0' is neither")]
    [InlineData("ALERT_WEBHOOKS=https://example.com/hook", "ALERT_WEBHOOK_SECRET: webhooks are signed")]
    [InlineData("ALERT_RULES=no-such-file.json", "ALERT_RULES: there is no file no-such-file.json.")]
    public void What_makes_no_sense_is_said_by_its_name(string setting, string message) =>
        Assert.StartsWith(message, Assert.Throws<SettingsException>(() => new Settings([setting])).Message, StringComparison.Ordinal);

    // Where nothing is up, a lawful question gets so far as to say so.
    [Theory]
    [InlineData("alerts list", "zerogex: No system is up")]
    [InlineData("alerts list -n 10000", "zerogex: No system is up")]
    [InlineData("alerts list -n 0", "zerogex: --limit: from 1 to 10000.")]
    [InlineData("alerts list -n 10001", "zerogex: --limit: from 1 to 10000.")]
    public async Task List_shows_as_many_as_are_asked_for_and_some_when_nobody_asks(string arguments, string said)
    {
        Answer answer = await ProgramRun.RunAsync(arguments.Split(' '));
        Assert.Equal(2, answer.Code);
        Assert.StartsWith(said, answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Webhooks_are_addresses_of_the_web()
    {
        const string Secret = "ALERT_WEBHOOK_SECRET=0123456789abcdef";
        Assert.Equal([new Uri("https://a.example/x?y=1"), new("http://b.example/")], new Settings([Secret, "ALERT_WEBHOOKS=https://a.example/x?y=1, http://b.example/"]).Webhooks.Urls);
        string said = Assert.Throws<SettingsException>(() => new Settings([Secret, "ALERT_WEBHOOKS=https://a.example/,ftp://secret.example/"])).Message;
        Assert.Equal("ALERT_WEBHOOKS: address 2 is none of HTTP or HTTPS.", said); // Which, not what: it may hold a secret.
    }

    [Fact]
    public void Rules_come_from_their_file_or_its_faults_do()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """[{"name": "large", "metric": "net_gex", "operator": "beyond", "threshold": 1e9}]""");
            Assert.Equal("large", Assert.Single(new Settings([$"ALERT_RULES={file}"]).Folds.Alerts.Rules).Name);
            File.WriteAllText(file, """[{"name": "large", "metric": "net_gex", "operator": "over"}]""");
            Assert.Contains("rule 1 (large), operator: 'over' is none of", Assert.Throws<SettingsException>(() => new Settings([$"ALERT_RULES={file}"])).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
