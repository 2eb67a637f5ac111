using JasperFx.Events;
using ZeroGex.Contracts;

namespace ZeroGex.MartenReader;

/// <summary>Bodies in <c>bdata</c>: packed, or JSON that PostgreSQL's jsonb cannot hold. Packed ones never begin with a brace.</summary>
sealed class PackedBody : IEventBinarySerializer
{
    public byte[] Serialize(Type type, object data) => Wire.Encode(data, Wire.Preferred(type));

    public object Deserialize(Type type, byte[] data) => Wire.Decode(type, data is [(byte)'{', ..] ? Wire.Json : Wire.Packed, data);
}
