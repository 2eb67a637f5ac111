using System.Text.Json;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

public sealed class SampleTests
{
    static readonly JsonSerializerOptions Readable = new(ContractJson.Options) { WriteIndented = true };

    // The newest form of each contract; those that are not named here have had one only.
    static readonly Dictionary<string, int> Versions = new()
    {
        ["alert_raised"] = 2, ["alert_resolved"] = 2, ["bars_observed"] = 2, ["chain_gex_calculated"] = 3, ["chain_observed"] = 3, ["flow_calculated"] = 3, ["gex_calculated"] = 4, ["greeks_calculated"] = 4, ["max_pain_calculated"] = 3,
        ["option_minute_closed"] = 3, ["quality_calculated"] = 4, ["quotes_observed"] = 2, ["trades_observed"] = 2, ["volatility_calculated"] = 3,
    };

    public static TheoryData<string> Aliases => [.. Contract.All.Select(contract => contract.Alias)];

    public static TheoryData<string> PackedAliases => [.. Contract.All.Where(contract => contract.IsPacked).Select(contract => contract.Alias)];

    [Theory]
    [MemberData(nameof(Aliases))]
    public void A_sample_says_what_the_code_says(string alias)
    {
        object golden = Golden(alias);
        ReleasedFiles.Says(JsonSerializer.Serialize(golden, golden.GetType(), Readable) + "\n", "samples", $"{alias}.v{VersionOf(alias)}.json");
    }

    [Theory]
    [MemberData(nameof(PackedAliases))]
    public void A_packed_sample_holds_what_the_code_writes(string alias) =>
        ReleasedFiles.Holds(Wire.Encode(Golden(alias), Wire.Packed), "samples", $"{alias}.v{VersionOf(alias)}.packed");

    // Every file, also those of versions that the code no longer writes.
    [Fact]
    public void Every_released_sample_stays_readable()
    {
        foreach (var contract in Contract.All)
        {
            var texts = new List<string>();
            foreach (string file in Directory.GetFiles(Path.Combine(ReleasedFiles.Folder, "samples"), $"{contract.Alias}.v*").Order())
            {
                object message = Wire.Decode(contract.Type, file.EndsWith(".json", StringComparison.Ordinal) ? Wire.Json : Wire.Packed, File.ReadAllBytes(file));
                texts.Add(Path.GetFileName(file)[..^Path.GetExtension(file).Length] + JsonSerializer.Serialize(message, contract.Type, ContractJson.Options));
            }

            // JSON and packed of one version say the same.
            for (int version = 1; version <= VersionOf(contract.Alias); version++)
                Assert.Single(texts.Where(text => text.StartsWith($"{contract.Alias}.v{version}", StringComparison.Ordinal)).Distinct());
            Assert.Equal((contract.IsPacked ? 2 : 1) * VersionOf(contract.Alias), texts.Count);
        }
    }

    static int VersionOf(string alias) => Versions.GetValueOrDefault(alias, 1);

    static object Golden(string alias) =>
        GoldenMessages.All.Single(message => message.GetType() == Contract.OfAlias(alias)!.Type);
}
