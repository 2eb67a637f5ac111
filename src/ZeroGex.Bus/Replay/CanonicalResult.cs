using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Replay;

/// <summary>
/// Results as bytes that are equal exactly when the results are, and have the same bits: every public property in the order of its declaration but for
/// <c>EngineVersion</c>, which says who calculated and not what.
/// </summary>
/// <remarks>
/// Numbers are little-endian, doubles by their bits; a text is its length in UTF-8 and that; a time its UTC ticks; a date its day number; an array its length and its items; what may be
/// null has a byte 0 or 1 before it. A result begins with the alias of its contract.
/// </remarks>
public static class CanonicalResult
{
    static readonly ConcurrentDictionary<Type, Delegate> Writers = new();
    static readonly ConcurrentDictionary<Type, Action<object, ArrayBufferWriter<byte>>> Results = new();

    /// <summary>Appends a result.</summary>
    /// <exception cref="ArgumentException">It is no registered result, or has a member of a type that has no canonical form.</exception>
    public static void Write(IMarketResult result, ArrayBufferWriter<byte> to)
    {
        Text(Contract.Of(result.GetType()).Alias, to);
        Results.GetOrAdd(result.GetType(), static type =>
        {
            var write = WriterOf(type);
            var value = Expression.Parameter(typeof(object));
            var target = Expression.Parameter(typeof(ArrayBufferWriter<byte>));
            return Expression.Lambda<Action<object, ArrayBufferWriter<byte>>>(Expression.Invoke(Expression.Constant(write), Expression.Convert(value, type), target), value, target).Compile();
        })(result, to);
    }

    static Delegate WriterOf(Type type) => Writers.GetOrAdd(type, static type => type switch
    {
        _ when type == typeof(string) => (Action<string, ArrayBufferWriter<byte>>)Text,
        _ when type == typeof(double) => (Action<double, ArrayBufferWriter<byte>>)((value, to) => Whole(BitConverter.DoubleToInt64Bits(value), to)),
        _ when type == typeof(long) => (Action<long, ArrayBufferWriter<byte>>)Whole,
        _ when type == typeof(int) => (Action<int, ArrayBufferWriter<byte>>)((value, to) => Whole(value, to)),
        _ when type == typeof(bool) => (Action<bool, ArrayBufferWriter<byte>>)Flag,
        _ when type == typeof(DateOnly) => (Action<DateOnly, ArrayBufferWriter<byte>>)((value, to) => Whole(value.DayNumber, to)),
        _ when type == typeof(DateTimeOffset) => (Action<DateTimeOffset, ArrayBufferWriter<byte>>)((value, to) => Whole(value.UtcTicks, to)),
        { IsEnum: true } => Generic(nameof(OfEnum), type),
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(Nullable<>) => Generic(nameof(OfNullable), type.GetGenericArguments()[0]),
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) => Generic(nameof(OfArray), type.GetGenericArguments()[0]),
        { Namespace: "ZeroGex.Contracts" } => OfRecord(type),
        _ => throw new ArgumentException($"{type} has no canonical form."),
    });

    static Delegate Generic(string name, Type argument) =>
        (Delegate)typeof(CanonicalResult).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(argument).Invoke(null, null)!;

    static Action<T, ArrayBufferWriter<byte>> OfEnum<T>() where T : struct, Enum => (value, to) => Whole(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture), to);

    static Action<T?, ArrayBufferWriter<byte>> OfNullable<T>() where T : struct
    {
        var write = (Action<T, ArrayBufferWriter<byte>>)WriterOf(typeof(T));
        return (value, to) =>
        {
            Flag(value is not null, to);
            if (value is { } there) write(there, to);
        };
    }

    static Action<ImmutableArray<T>, ArrayBufferWriter<byte>> OfArray<T>()
    {
        // Nothing but numbers side by side: their memory is their canonical form.
        bool isPlain = BitConverter.IsLittleEndian && !RuntimeHelpers.IsReferenceOrContainsReferences<T>() && IsPlain(typeof(T));
        var write = isPlain ? null : (Action<T, ArrayBufferWriter<byte>>)WriterOf(typeof(T));
        return (values, to) =>
        {
            var span = values.IsDefault ? default : values.AsSpan();
            Whole(span.Length, to);
            if (write is null) to.Write(AsBytes(span));
            else foreach (ref readonly var value in span) write(value, to);
        };
    }

    static bool IsPlain(Type type) => type == typeof(double) || type == typeof(long)
        || (type.IsValueType && type.Namespace == "ZeroGex.Contracts" && !type.IsEnum && Properties(type).Select(property => property.Name).SequenceEqual(type.GetFields(BindingFlags.NonPublic | BindingFlags.Instance).Select(field => field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)]))
            && Properties(type).All(property => IsPlain(property.PropertyType)));

    static ReadOnlySpan<byte> AsBytes<T>(ReadOnlySpan<T> span) => MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(span)), span.Length * Unsafe.SizeOf<T>());

    static Delegate OfRecord(Type type)
    {
        var value = Expression.Parameter(type);
        var to = Expression.Parameter(typeof(ArrayBufferWriter<byte>));
        Expression body = Expression.Block(Properties(type).Select(property => Expression.Invoke(Expression.Constant(WriterOf(property.PropertyType)), Expression.Property(value, property), to)));
        if (!type.IsValueType)
        {
            var flag = ((Action<bool, ArrayBufferWriter<byte>>)Flag).Method;
            body = Expression.IfThenElse(
                Expression.ReferenceEqual(value, Expression.Constant(null, type)),
                Expression.Call(flag, Expression.Constant(false), to),
                Expression.Block(Expression.Call(flag, Expression.Constant(true), to), body));
        }

        return Expression.Lambda(typeof(Action<,>).MakeGenericType(type, typeof(ArrayBufferWriter<byte>)), body, value, to).Compile();
    }

    static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.Name != "EngineVersion" && property.GetCustomAttribute<System.Text.Json.Serialization.JsonIgnoreAttribute>() is null)
        .OrderBy(property => property.MetadataToken);

    static void Text(string? text, ArrayBufferWriter<byte> to)
    {
        Flag(text is not null, to);
        if (text is null) return;
        int length = Encoding.UTF8.GetByteCount(text);
        Whole(length, to);
        to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(length)));
    }

    static void Whole(long value, ArrayBufferWriter<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(sizeof(long)), value);
        to.Advance(sizeof(long));
    }

    static void Flag(bool value, ArrayBufferWriter<byte> to)
    {
        to.GetSpan(1)[0] = value ? (byte)1 : (byte)0;
        to.Advance(1);
    }
}

/// <summary>SHA-256 over results in the order in which a fold gives them, each in its canonical form with its length before it.</summary>
sealed class ResultHash : IDisposable
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly ArrayBufferWriter<byte> _bytes = new(1 << 14);

    /// <summary>Results added.</summary>
    public long Count { get; private set; }

    public void Add(IMarketResult result)
    {
        _bytes.ResetWrittenCount();
        CanonicalResult.Write(result, _bytes);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, _bytes.WrittenCount);
        _hash.AppendData(length);
        _hash.AppendData(_bytes.WrittenSpan);
        Count++;
    }

    public string End() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
