using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Web;

/// <summary>The contracts' JSON, for rows of tables: a column that holds JSON is written as it is, not as a string.</summary>
public static class WebJson
{
    public static JsonSerializerOptions Options { get; } = new(ContractJson.Options) { TypeInfoResolver = ContractJson.Options.TypeInfoResolver!.WithAddedModifier(Unquote) };

    static void Unquote(JsonTypeInfo type)
    {
        if (type.Type != typeof(TradedGexRow)) return;
        foreach (var property in type.Properties.Where(property => property.Name is "strikes" or "model")) property.CustomConverter = new Raw();
    }

    sealed class Raw : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonNode.Parse(ref reader)!.ToJsonString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteRawValue(value);
    }
}
