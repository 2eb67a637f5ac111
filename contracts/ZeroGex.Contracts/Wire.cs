using System.Text.Json;
using Google.Protobuf;

namespace ZeroGex.Contracts;

/// <summary>The two encodings of the one contract. The content type chooses.</summary>
public static class Wire
{
    /// <summary>Strict JSON: for people, foreign consumers and everything low-rate.</summary>
    public const string Json = "application/json";

    /// <summary>Columnar protobuf of <c>contracts/proto</c>: for high-rate facts.</summary>
    public const string Packed = "application/vnd.zerogex.packed";

    /// <summary>Encodes a registered message. Packed keeps prices to 1e-4 dollars and times to the microsecond, and drops what is finer.</summary>
    /// <exception cref="ArgumentException">
    /// The type is not registered, has no form in that encoding, or the message breaks a rule of its contract (see <see cref="Fault"/>).
    /// </exception>
    public static byte[] Encode(object message, string contentType)
    {
        ArgumentNullException.ThrowIfNull(message);
        var contract = Contract.Of(message.GetType());
        if (Rules.Fault(message) is { } fault) throw new ArgumentException($"{contract.Alias}: {fault}.", nameof(message));
        if (IsJson(contentType)) return JsonSerializer.SerializeToUtf8Bytes(message, contract.Type, ContractJson.Options);
        return message switch
        {
            QuotesObserved quotes => PackedQuotes.Encode(quotes),
            TradesObserved trades => PackedTrades.Encode(trades),
            ChainObserved chain => PackedChain.Encode(chain),
            _ => throw new ArgumentException($"{contract.Alias} has no packed form.", nameof(contentType)),
        };
    }

    /// <summary>Decodes a body.</summary>
    /// <exception cref="FormatException">The body does not say a <paramref name="type"/>; the message says where and why.</exception>
    /// <exception cref="ArgumentException">The type is not registered, or has no form in that encoding.</exception>
    public static object Decode(Type type, string contentType, ReadOnlyMemory<byte> body)
    {
        var contract = Contract.Of(type);
        bool isJson = IsJson(contentType);
        object message;
        try
        {
            message = isJson ? FromJson(type, body.Span) : FromPacked(contract, body.Span);
        }
        catch (JsonException bad)
        {
            // The serializer adds the place to its own messages, not to those of a converter.
            string place = bad.Path is null || bad.Message.Contains("Path: ", StringComparison.Ordinal) ? "" : $"{bad.Path}: ";
            throw new FormatException($"{contract.Alias}: {place}{bad.Message}", bad);
        }
        catch (Exception bad) when (bad is FormatException or InvalidProtocolBufferException)
        {
            throw new FormatException($"{contract.Alias}: {bad.Message}", bad);
        }

        return Rules.Fault(message) is { } fault ? throw new FormatException($"{contract.Alias}: {fault}.") : message;
    }

    /// <summary>Reads a fact's stamp and root and nothing else: enough to order, route, record or drop it.</summary>
    /// <exception cref="FormatException">The body has no stamp or no root.</exception>
    public static (Stamp Stamp, string Root) Peek(string contentType, ReadOnlyMemory<byte> body)
    {
        bool isJson = IsJson(contentType);
        try
        {
            var (stamp, root) = isJson ? PeekJson(body.Span) : PackedHead.Peek(body.Span);
            if (stamp is null) throw new FormatException("The body has no stamp.");
            if (string.IsNullOrEmpty(root)) throw new FormatException("The body has no root.");
            return Rules.Fault(stamp) is { } fault ? throw new FormatException($"{fault}.") : (stamp, root);
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or InvalidProtocolBufferException)
        {
            throw new FormatException(bad.Message, bad);
        }
    }

    /// <summary>What forbids a message to travel, where and why; null when nothing does.</summary>
    public static string? Fault(object message) => Rules.Fault(message);

    /// <summary>The encoding a message type travels in by default.</summary>
    public static string Preferred(Type type) => Contract.Of(type).IsPacked ? Packed : Json;

    static bool IsJson(string contentType)
    {
        var media = contentType.AsSpan();
        if (media.IndexOf(';') is >= 0 and int end) media = media[..end].TrimEnd();
        if (media.Equals(Packed, StringComparison.OrdinalIgnoreCase)) return false;
        if (media.Equals(Json, StringComparison.OrdinalIgnoreCase)) return true;
        throw new ArgumentException($"'{contentType}' is neither {Json} nor {Packed}.", nameof(contentType));
    }

    static object FromJson(Type type, ReadOnlySpan<byte> body) =>
        JsonSerializer.Deserialize(body, type, ContractJson.Options) ?? throw new FormatException("The body is null.");

    static object FromPacked(Contract contract, ReadOnlySpan<byte> body) => contract.Alias switch
    {
        "quotes_observed" => PackedQuotes.Decode(body),
        "trades_observed" => PackedTrades.Decode(body),
        "chain_observed" => PackedChain.Decode(body),
        _ => throw new ArgumentException($"{contract.Alias} has no packed form.", nameof(contract)),
    };

    static (Stamp? Stamp, string? Root) PeekJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        Stamp? stamp = null;
        string? root = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new FormatException("The body is not an object.");
        while ((stamp is null || root is null) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("stamp"u8)) stamp = JsonSerializer.Deserialize<Stamp>(ref reader, ContractJson.Options);
            else if (reader.ValueTextEquals("root"u8) && reader.Read()) root = reader.GetString();
            else reader.Skip();
        }

        return (stamp, root);
    }
}
