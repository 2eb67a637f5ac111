using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

public sealed class SchemaTests
{
    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, schema) =>
        {
            // Types with a converter of ours, which the exporter knows nothing about.
            var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
            bool isNullable = type != context.TypeInfo.Type;
            if (type == typeof(double)) return new JsonObject { ["type"] = TypeName("number", isNullable) };
            if (type == typeof(DateTimeOffset)) return new JsonObject { ["type"] = TypeName("string", isNullable), ["format"] = "date-time" };
            return schema;
        },
    };

    public static TheoryData<string> Aliases => [.. Contract.All.Select(contract => contract.Alias)];

    [Theory]
    [MemberData(nameof(Aliases))]
    public void A_schema_says_what_the_record_says(string alias)
    {
        var contract = Contract.OfAlias(alias)!;
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = contract.Type.FullName,
        };
        foreach (var (name, node) in ContractJson.Options.GetJsonSchemaAsNode(contract.Type, Exporter).AsObject())
            schema[name] = node?.DeepClone();
        ReleasedFiles.Says(schema.ToJsonString(Readable) + "\n", "schemas", $"{alias}.json");
    }

    // A schema that accepts anything would compare equal for ever.
    [Theory]
    [MemberData(nameof(Aliases))]
    public void A_schema_is_closed_and_names_every_member(string alias)
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(ReleasedFiles.Folder, "schemas", $"{alias}.json")))!.AsObject();
        Assert.False(schema["additionalProperties"]!.GetValue<bool>());
        var names = Contract.OfAlias(alias)!.Type.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        Assert.Equal(names.ToImmutableSortedSet(), schema["properties"]!.AsObject().Select(property => property.Key).ToImmutableSortedSet());
        foreach (var (name, member) in schema["properties"]!.AsObject())
            Assert.True(member is JsonObject { Count: > 0 }, $"{alias}.{name} may be anything.");
    }

    static JsonNode TypeName(string name, bool isNullable) => isNullable ? new JsonArray(name, "null") : JsonValue.Create(name);
}
