using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;
using ZeroGex.Bus.Replay;
using ZeroGex.Contracts;
using ZeroGex.Tests.Contracts;

namespace ZeroGex.Tests.Replay;

public sealed class CanonicalResultTests
{
    public static TheoryData<string> Results => [.. Contract.All.Where(contract => contract.Kind is null).Select(contract => contract.Alias)];

    // A hash that overlooks a member would call different answers the same: change every single value, and nothing else, and look.
    [Theory]
    [MemberData(nameof(Results))]
    public void Every_member_counts_but_for_the_version_that_calculated(string alias)
    {
        var contract = Contract.OfAlias(alias)!;
        var golden = (IMarketResult)GoldenMessages.All.Single(message => message.GetType() == contract.Type);
        byte[] canonical = Bytes(golden);
        Assert.Equal(canonical, Bytes((IMarketResult)JsonSerializer.Deserialize(JsonSerializer.Serialize(golden, contract.Type, ContractJson.Options), contract.Type, ContractJson.Options)!));

        int changed = 0;
        foreach (string path in Leaves(JsonSerializer.SerializeToNode(golden, contract.Type, ContractJson.Options)!))
        {
            var copy = JsonSerializer.SerializeToNode(golden, contract.Type, ContractJson.Options)!;
            if (!Change(copy, path, contract.Type)) continue;
            byte[] other = Bytes((IMarketResult)copy.Deserialize(contract.Type, ContractJson.Options)!);
            if (path.EndsWith("engineVersion", StringComparison.Ordinal)) Assert.Equal(canonical, other);
            else Assert.False(canonical.AsSpan().SequenceEqual(other), $"{alias}: {path} is not in the canonical form");
            changed++;
        }

        Assert.True(changed > 10, $"{changed} members changed");
    }

    [Fact]
    public void Zero_and_minus_zero_are_two_results()
    {
        var window = GoldenMessages.All.OfType<GexCalculated>().Single();
        Assert.NotEqual(Bytes(window with { Spot = 0.0 }), Bytes(window with { Spot = -0.0 }));
    }

    static byte[] Bytes(IMarketResult result)
    {
        var to = new ArrayBufferWriter<byte>();
        CanonicalResult.Write(result, to);
        return to.WrittenSpan.ToArray();
    }

    static IEnumerable<string> Leaves(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Value is null ? [] : Leaves(member.Value)),
        JsonArray items => items.SelectMany(item => item is null ? [] : Leaves(item)),
        _ => [node.GetPath()],
    };

    static bool Change(JsonNode root, string path, Type type)
    {
        var leaf = Find(root, path)!;
        JsonNode? other = leaf.GetValueKind() switch
        {
            JsonValueKind.Number => JsonValue.Create(leaf.GetValue<double>() == 1 ? 2 : leaf.GetValue<double>() is < 0 ? 1 : Math.Floor(leaf.GetValue<double>()) + 1),
            JsonValueKind.True => JsonValue.Create(false),
            JsonValueKind.False => JsonValue.Create(true),
            JsonValueKind.String => OtherText(leaf.GetValue<string>()),
            _ => null,
        };
        if (other is null) return false;
        if (leaf.GetValueKind() != JsonValueKind.String)
        {
            leaf.ReplaceWith(other);
            return true;
        }

        // The text of an enum has to stay one of its texts.
        string was = leaf.GetValue<string>();
        foreach (string text in (string[])[other.GetValue<string>(), .. EnumTexts.Where(text => text != was)])
        {
            JsonNode changed = JsonValue.Create(text);
            leaf.ReplaceWith(changed);
            leaf = changed;
            try
            {
                root.Deserialize(type, ContractJson.Options);
                return true;
            }
            catch (JsonException)
            {
                // Another enum's.
            }
        }

        return false;
    }

    static readonly string[] EnumTexts =
    [
        .. typeof(Contract).Assembly.GetExportedTypes().Where(type => type.IsEnum)
            .SelectMany(type => Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type, ContractJson.Options)!.GetValue<string>())).Distinct(),
    ];

    // Dates and times have to stay what they are.
    static JsonValue? OtherText(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", out var date) ? JsonValue.Create(date.AddDays(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture))
        : text.EndsWith('Z') && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var time) ? JsonValue.Create(time.AddSeconds(1).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture))
        : JsonValue.Create(text + "!");

    static JsonNode? Find(JsonNode node, string path)
    {
        if (node.GetPath() == path) return node;
        var children = node switch { JsonObject members => members.Select(member => member.Value), JsonArray items => items, _ => [] };
        return children.OfType<JsonNode>().Select(child => path.StartsWith(child.GetPath(), StringComparison.Ordinal) ? Find(child, path) : null).FirstOrDefault(found => found is not null);
    }
}
