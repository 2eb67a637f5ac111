using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Alerts;

/// <summary>What docs/alerts.md shows is run here, as it stands there.</summary>
public sealed class AlertDocumentTests
{
    const string Secret = "a secret of the desk";
    const string Python = "/usr/bin/python3";

    static readonly string Document = File.ReadAllText(Path.Combine(SharedFiles.Root, "docs", "alerts.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Rules_of_the_document_are_lawful()
    {
        var parsed = AlertRuleParser.Parse(Block("json"));
        Assert.Empty(parsed.Faults);
        Assert.Equal(9, parsed.Rules.Length);
    }

    [Fact]
    public void Every_word_of_the_rules_is_in_the_document()
    {
        string[] words =
        [
            .. Regex.Matches(AlertRuleWriter.Write(SomeRules.Nervous.AddRange(BuiltInRules.All)), "\"(metric|operator|level)\": \"([^\"]+)\"").Select(match => match.Groups[2].Value),
            .. Enum.GetNames<QualityIssue>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName),
        ];
        Assert.All(words.Distinct(), word => Assert.Contains($"`{word}`", Document, StringComparison.Ordinal));
    }

    [Fact]
    public void Signature_is_verified_as_the_document_says_in_CSharp()
    {
        string here = File.ReadAllText(Path.Combine(SharedFiles.Root, "tests", "ZeroGex.Tests", "Alerts", "AlertDocumentTests.cs")).ReplaceLineEndings("\n");
        Assert.Contains(string.Join('\n', Block("csharp").TrimEnd().Split('\n').Select(line => line.Length == 0 ? line : "    " + line)), here, StringComparison.Ordinal);

        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.All(Cases(now), given => Assert.Equal(given.IsRight, IsFromZeroGex(Secret, given.Timestamp, given.Signature, Encoding.UTF8.GetBytes(given.Body))));
    }

    [Fact]
    public void Signature_is_verified_as_the_document_says_in_Python()
    {
        if (!File.Exists(Python)) Assert.Skip($"{Python} is not here.");
        var cases = Cases(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).ToList();
        StringBuilder program = new(Block("python"));
        foreach (var (timestamp, signature, body, _) in cases)
            program.Append(CultureInfo.InvariantCulture, $"print(is_from_zerogex('{Secret}', '{timestamp}', '{signature}', bytes.fromhex('{Convert.ToHexString(Encoding.UTF8.GetBytes(body))}')))\n");

        using var python = Process.Start(new ProcessStartInfo(Python, ["-c", program.ToString()]) { RedirectStandardOutput = true })!;
        string[] said = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        python.WaitForExit();
        Assert.Equal(cases.Select(given => given.IsRight ? "True" : "False"), said);
    }

    // RFC 4231, test case 2, is HMAC-SHA256 itself; what is signed is timestamp, dot, body.
    [Fact]
    public void Signature_is_the_HMAC_of_timestamp_dot_body()
    {
        byte[] vector = HMACSHA256.HashData("Jefe"u8.ToArray(), "what do ya want for nothing?"u8.ToArray());
        Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Convert.ToHexStringLower(vector));
        Assert.Equal("v1=" + Convert.ToHexStringLower(HMACSHA256.HashData("Jefe"u8.ToArray(), "1768577460.{\"π\":1}"u8.ToArray())), WebhookMessage.Sign("Jefe", 1768577460, "{\"π\":1}"));
    }

    [Fact]
    public void Address_is_not_told_by_its_target()
    {
        string target = WebhookMessage.Target(new("https://hooks.example.com/services/T0/SECRET?token=SECRET"));
        Assert.StartsWith("hooks.example.com#", target, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", target, StringComparison.Ordinal);
        Assert.NotEqual(target, WebhookMessage.Target(new("https://hooks.example.com/services/T0/OTHER")));
    }

    static IEnumerable<(string Timestamp, string Signature, string Body, bool IsRight)> Cases(long now)
    {
        const string Body = """{"type":"alert_raised","alert":{"text":"größer als 0 $"}}""";
        string At(long time) => time.ToString(CultureInfo.InvariantCulture);
        string right = WebhookMessage.Sign(Secret, now, Body);
        yield return (At(now), right, Body, true);
        yield return (At(now), right, Body + " ", false);
        yield return (At(now + 1), right, Body, false);
        yield return (At(now), WebhookMessage.Sign("another secret", now, Body), Body, false);
        yield return (At(now), right[3..], Body, false);
        yield return (At(now - 400), WebhookMessage.Sign(Secret, now - 400, Body), Body, false);
        yield return ("soon", right, Body, false);
    }

    static string Block(string language) => Regex.Match(Document, $"^```{language}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;

    static bool IsFromZeroGex(string secret, string timestamp, string signature, byte[] body)
    {
        if (!long.TryParse(timestamp, out long sent) || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - sent) > 300) return false;
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{timestamp}."), .. body];
        string expected = "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature));
    }
}
