using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

public sealed class ResultRefusals
{
    public static TheoryData<string, string> Columns
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (object result in (object[])[GoldenResults.All.OfType<GreeksCalculated>().Single(), GoldenResults.All.OfType<OptionMinuteClosed>().Single()])
                foreach (var (name, member) in Json(result))
                    if (member is JsonArray) data.Add(Contract.Of(result.GetType()).Alias, name);
            data.Add("chain_gex_calculated", "profile");
            data.Add("chain_gex_calculated", "profileSpots");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Column_of_another_length_is_refused(string alias, string column)
    {
        Type type = Contract.OfAlias(alias)!.Type;
        JsonObject json = Json(GoldenResults.All.Single(result => result.GetType() == type));
        json[column]!.AsArray().RemoveAt(0);
        var refusal = Assert.Throws<FormatException>(() => Wire.Decode(type, Wire.Json, JsonSerializer.SerializeToUtf8Bytes(json)));
        Assert.Contains("rows where there are", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Source_without_a_name_is_refused()
    {
        JsonObject json = Json(GoldenResults.All.OfType<GreeksCalculated>().Single());
        json["source"]![1] = null;
        var refusal = Assert.Throws<FormatException>(() => Wire.Decode(typeof(GreeksCalculated), Wire.Json, JsonSerializer.SerializeToUtf8Bytes(json)));
        Assert.Contains("source[1] is null", refusal.Message, StringComparison.Ordinal);
    }

    static JsonObject Json(object result) => JsonSerializer.SerializeToNode(result, result.GetType(), ContractJson.Options)!.AsObject();
}
