namespace ZeroGex.Contracts;

/// <summary>The two encodings of the one contract. The content type chooses.</summary>
public static class Wire
{
    /// <summary>Strict JSON: for people, foreign consumers and everything low-rate.</summary>
    public const string Json = "application/json";

    /// <summary>Columnar protobuf of <c>contracts/proto</c>: for high-rate facts.</summary>
    public const string Packed = "application/vnd.zerogex.packed";

    /// <summary>Encodes a registered message.</summary>
    /// <exception cref="ArgumentException">The type is not registered, or has no form in that encoding.</exception>
    public static byte[] Encode(object message, string contentType) => throw new NotImplementedException();

    /// <summary>Decodes a body.</summary>
    /// <exception cref="FormatException">The body does not say a <paramref name="type"/>; the message says where and why.</exception>
    public static object Decode(Type type, string contentType, ReadOnlyMemory<byte> body) => throw new NotImplementedException();

    /// <summary>The encoding a message type travels in by default.</summary>
    public static string Preferred(Type type) => Contract.Of(type).IsPacked ? Packed : Json;
}
