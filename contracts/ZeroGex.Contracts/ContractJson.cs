using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ZeroGex.Contracts;

/// <summary>The JSON of the contracts: strict both ways, every member always written.</summary>
public static class ContractJson
{
    /// <summary>
    /// camelCase; unknown, duplicate and missing members, comments, trailing commas, numbers in quotes, NaN and infinities are refused.
    /// Times are UTC to the microsecond and end in <c>Z</c>; an array that was never set is an empty one.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            NumberHandling = JsonNumberHandling.Strict,
            Converters =
            {
                new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
                new UtcMicroseconds(),
                new FiniteDouble(),
            },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireStructMembers, WriteUnsetArraysEmpty } },
        };
        options.MakeReadOnly();
        return options;
    }

    // The serializer builds a struct by its parameterless constructor, which would let members go missing.
    static void RequireStructMembers(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || !type.Type.IsValueType) return;
        foreach (var property in type.Properties) property.IsRequired = true;
    }

    static void WriteUnsetArraysEmpty(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        foreach (var property in type.Properties)
        {
            var kind = property.PropertyType;
            if (!kind.IsGenericType || kind.GetGenericTypeDefinition() != typeof(ImmutableArray<>)) continue;
            if (property.Get is not { } get) continue;
            object empty = kind.GetField(nameof(ImmutableArray<>.Empty))!.GetValue(null)!;
            object unset = Activator.CreateInstance(kind)!;
            property.Get = owner => get(owner) is { } array && !array.Equals(unset) ? array : empty;
        }
    }

    sealed class UtcMicroseconds : JsonConverter<DateTimeOffset>
    {
        static readonly string[] Forms =
            ["yyyy-MM-dd'T'HH:mm:ssK", .. Enumerable.Range(1, 6).Select(digits => $"yyyy-MM-dd'T'HH:mm:ss.{new string('f', digits)}K")];

        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String) throw new JsonException("A time is text.");
            string text = reader.GetString()!;
            // A time without a zone would silently become this machine's local time.
            bool hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
            return hasZone && DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
                ? time.ToUniversalTime()
                : throw new JsonException($"'{text}' is not a time such as 2026-01-16T14:30:00.123456Z.");
        }

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[32];
            bool whole = value.Ticks / TimeSpan.TicksPerMicrosecond % 1_000_000 == 0;
            value.UtcDateTime.TryFormat(
                text, out int length, whole ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
            writer.WriteStringValue(text[..length]);
        }
    }

    // The reader turns 1e999 into an infinity.
    sealed class FiniteDouble : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            double value = reader.GetDouble();
            return double.IsFinite(value) ? value : throw new JsonException("The number is out of range.");
        }

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }
}
