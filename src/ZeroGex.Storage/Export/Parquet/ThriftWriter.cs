using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace ZeroGex.Storage.Export.Parquet;

/// <summary>Thrift's compact protocol, as far as Parquet's headers and footer need it: structs, lists, whole numbers, bytes, flags.</summary>
/// <remarks>Fields of a struct are written in the order of their ids.</remarks>
public sealed class ThriftWriter(IBufferWriter<byte> to)
{
    const int MostShortDelta = 15;

    readonly Stack<int> _outer = new();
    int _last;

    enum Wire : byte
    {
        True = 1,
        False = 2,
        I16 = 4,
        I32 = 5,
        I64 = 6,
        Binary = 8,
        List = 9,
        Struct = 12,
    }

    public void Flag(int id, bool value) => Header(id, value ? Wire.True : Wire.False);

    public void I16(int id, short value)
    {
        Header(id, Wire.I16);
        ZigZag(value);
    }

    public void I32(int id, int value)
    {
        Header(id, Wire.I32);
        ZigZag(value);
    }

    public void I64(int id, long value)
    {
        Header(id, Wire.I64);
        ZigZag(value);
    }

    public void Text(int id, string value) => Binary(id, Encoding.UTF8.GetBytes(value));

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Header(id, Wire.Binary);
        Bytes(value);
    }

    /// <summary>A member that is a struct; <paramref name="fields"/> writes its fields.</summary>
    public void Struct(int id, Action fields)
    {
        Header(id, Wire.Struct);
        Struct(fields);
    }

    /// <summary>A member that is a struct, already written.</summary>
    public void Written(int id, ReadOnlySpan<byte> bytes)
    {
        Header(id, Wire.Struct);
        to.Write(bytes);
    }

    /// <summary>A member that is a struct without fields: a name in a union.</summary>
    public void Empty(int id) => Struct(id, () => { });

    /// <summary>A struct that is not a member: the whole message, or an element of a list.</summary>
    public void Struct(Action fields)
    {
        _outer.Push(_last);
        _last = 0;
        fields();
        Byte(0);
        _last = _outer.Pop();
    }

    public void Structs<T>(int id, IReadOnlyCollection<T> items, Action<T> fields)
    {
        ListHeader(id, items.Count, Wire.Struct);
        foreach (T item in items) Struct(() => fields(item));
    }

    public void I32s(int id, IReadOnlyCollection<int> items)
    {
        ListHeader(id, items.Count, Wire.I32);
        foreach (int item in items) ZigZag(item);
    }

    public void Texts(int id, IReadOnlyCollection<string> items)
    {
        ListHeader(id, items.Count, Wire.Binary);
        foreach (string item in items) Bytes(Encoding.UTF8.GetBytes(item));
    }

    void Header(int id, Wire type)
    {
        Debug.Assert(id > _last, "Fields come in the order of their ids.");
        int delta = id - _last;
        _last = id;
        if (delta <= MostShortDelta)
        {
            Byte(delta << 4 | (int)type);
            return;
        }

        Byte((int)type);
        ZigZag(id);
    }

    void ListHeader(int id, int count, Wire type)
    {
        Header(id, Wire.List);
        if (count < MostShortDelta)
        {
            Byte(count << 4 | (int)type);
            return;
        }

        Byte(0xF0 | (int)type);
        to.WriteVarint((ulong)count);
    }

    void Bytes(ReadOnlySpan<byte> value)
    {
        to.WriteVarint((ulong)value.Length);
        to.Write(value);
    }

    void Byte(int value)
    {
        to.GetSpan(1)[0] = (byte)value;
        to.Advance(1);
    }

    void ZigZag(long value) => to.WriteVarint((ulong)(value << 1 ^ value >> 63));
}
