using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>
/// The id of a recorded event, derived from its stamp and readable: the same message always has the same id, and ids of a stream sort as its
/// messages do. A version 8 UUID: 48 bits run, 40 bits sequence, 34 bits of the stream's SHA-256.
/// </summary>
public static class EventId
{
    const long MaxRun = (1L << 48) - 1;
    const long MaxSequence = (1L << 40) - 1;
    const ulong HashBits = (1UL << 34) - 1;

    /// <summary>The id of a stamp.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The run or sequence is negative, or beyond the year 10889 or 10¹² messages.</exception>
    public static Guid Of(Stamp stamp) => Of(HashOf(stamp.Stream), stamp.Position());

    /// <summary>Reads the position back; false for ids that others made.</summary>
    public static bool TryRead(Guid id, string stream, out StreamPosition position) => TryRead(id, HashOf(stream), out position);

    internal static bool TryRead(Guid id, ulong streamHash, out StreamPosition position)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);

        bool isOurs = (high >> 12 & 0xF) == 8 && low >> 62 == 2 && (low & HashBits) == streamHash;
        position = isOurs ? new((long)(high >> 16), (long)((high & 0xFFF) << 28 | low >> 34 & 0xFFFFFFF)) : default;
        return isOurs;
    }

    internal static ulong HashOf(string stream) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(stream))) >> 30;

    internal static Guid Of(ulong streamHash, StreamPosition position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position.Run);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position.Run, MaxRun);
        ArgumentOutOfRangeException.ThrowIfNegative(position.Sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position.Sequence, MaxSequence);

        Span<byte> bytes = stackalloc byte[16];
        ulong sequence = (ulong)position.Sequence;
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)position.Run << 16 | 8UL << 12 | sequence >> 28);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], 2UL << 62 | (sequence & 0xFFFFFFF) << 34 | streamHash);
        return new(bytes, bigEndian: true);
    }
}
