using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>The distinct texts of a column chunk, in the order of their first appearance. Few texts, many rows: that is what roots and models are.</summary>
/// <param name="mostBytes">When the texts are longer than this together, the dictionary is full.</param>
sealed class TextDictionary(int mostBytes)
{
    readonly Dictionary<ReadOnlyMemory<byte>, int> _indices = new(ByBytes.Instance);
    int _bytes;

    public int Count => _indices.Count;

    /// <summary>The text's number; false when it is not there and there is no room for it.</summary>
    public bool TryIndex(ReadOnlyMemory<byte> text, out int index)
    {
        if (_indices.TryGetValue(text, out index)) return true;
        if (_bytes + text.Length + sizeof(int) > mostBytes) return false;
        _bytes += text.Length + sizeof(int);
        index = _indices.Count;
        _indices.Add(text.ToArray(), index);
        return true;
    }

    /// <summary>In PLAIN, in the order of the numbers.</summary>
    public void Write(IBufferWriter<byte> to)
    {
        foreach (var text in _indices.OrderBy(entry => entry.Value)) PlainValues.WriteText(text.Key.Span, to);
    }

    sealed class ByBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly ByBytes Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode([DisallowNull] ReadOnlyMemory<byte> text)
        {
            HashCode hash = default;
            hash.AddBytes(text.Span);
            return hash.ToHashCode();
        }
    }
}
