using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Replay;

/// <summary>Results as texts that are equal exactly when the results are: their JSON without the version that calculated.</summary>
public static class CanonicalResult
{
    static readonly JsonSerializerOptions Options = MakeOptions();

    /// <summary>The canonical text, UTF-8.</summary>
    public static byte[] Of(object result) => JsonSerializer.SerializeToUtf8Bytes(result, result.GetType(), Options);

    /// <summary>When the result speaks of, in the clock of the facts.</summary>
    public static DateTimeOffset TimeOf(object result) => result switch
    {
        GexCalculated window => window.End,
        _ => throw new ArgumentException($"{result.GetType().Name} is no result.", nameof(result)),
    };

    /// <summary>The option root that it speaks of.</summary>
    public static string RootOf(object result) => result switch
    {
        GexCalculated window => window.Root,
        _ => throw new ArgumentException($"{result.GetType().Name} is no result.", nameof(result)),
    };

    static JsonSerializerOptions MakeOptions() => new(ContractJson.Options)
    {
        TypeInfoResolver = ContractJson.Options.TypeInfoResolver!.WithAddedModifier(type =>
        {
            for (int i = type.Properties.Count - 1; i >= 0; i--)
                if (type.Properties[i].Name == "engineVersion") type.Properties.RemoveAt(i);
        }),
    };
}

/// <summary>SHA-256 over results in the order in which a fold gives them, each with its length before it.</summary>
sealed class ResultHash
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Results added.</summary>
    public long Count { get; private set; }

    public void Add(object result)
    {
        byte[] text = CanonicalResult.Of(result);
        Span<byte> length = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        _hash.AppendData(length);
        _hash.AppendData(text);
        Count++;
    }

    public string End() => Convert.ToHexStringLower(_hash.GetHashAndReset());
}
