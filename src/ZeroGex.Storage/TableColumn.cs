using System.Reflection;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace ZeroGex.Storage;

/// <summary>The column is jsonb, and the row holds its text.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class JsonAttribute : Attribute
{
    /// <summary>A member that makes no difference between two rows.</summary>
    public string? Except { get; init; }
}

/// <summary>One parameter of a row's record as a column.</summary>
abstract class TableColumn<TRow>(string name, JsonAttribute? json)
{
    public string Name { get; } = name;

    public bool IsJson => json is not null;

    /// <summary>How it is selected.</summary>
    public string Selected => IsJson ? $"{Name}::text" : Name;

    /// <summary>What of it tells two rows apart.</summary>
    public string Compared(string alias) => json?.Except is { } member ? $"{alias}.{Name} - '{member}'" : $"{alias}.{Name}";

    public abstract int Compare(TRow left, TRow right);

    /// <summary>The column of many rows.</summary>
    public abstract NpgsqlParameter Array(TRow[] rows);

    public abstract object? Read(NpgsqlDataReader reader, int ordinal);

    public static TableColumn<TRow> Of(ParameterInfo parameter)
    {
        var property = typeof(TRow).GetProperty(parameter.Name!)!;
        var type = typeof(TableColumn<,>).MakeGenericType(typeof(TRow), property.PropertyType);
        return (TableColumn<TRow>)Activator.CreateInstance(type, SnakeCase(parameter.Name!), parameter.GetCustomAttribute<JsonAttribute>(), new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable, property.GetMethod!)!;
    }

    static string SnakeCase(string name)
    {
        StringBuilder snake = new();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(letter));
        }

        return snake.ToString();
    }
}

sealed class TableColumn<TRow, TValue>(string name, JsonAttribute? json, bool isNullable, MethodInfo getter) : TableColumn<TRow>(name, json)
{
    static readonly NpgsqlDbType Type = (Nullable.GetUnderlyingType(typeof(TValue)) ?? typeof(TValue)) switch
    {
        var type when type == typeof(DateTimeOffset) => NpgsqlDbType.TimestampTz,
        var type when type == typeof(DateOnly) => NpgsqlDbType.Date,
        var type when type == typeof(string) => NpgsqlDbType.Text,
        var type when type == typeof(double) => NpgsqlDbType.Double,
        var type when type == typeof(int) => NpgsqlDbType.Integer,
        var type when type == typeof(long) => NpgsqlDbType.Bigint,
        var type when type == typeof(bool) => NpgsqlDbType.Boolean,
        var other => throw new NotSupportedException($"A column of {other} has no type in PostgreSQL here."),
    };

    readonly Func<TRow, TValue> _get = typeof(TValue) == typeof(DateTimeOffset)
        ? (Func<TRow, TValue>)(object)InUtc(getter.CreateDelegate<Func<TRow, DateTimeOffset>>())
        : getter.CreateDelegate<Func<TRow, TValue>>();

    readonly IComparer<TValue> _order = typeof(TValue) == typeof(string) ? (IComparer<TValue>)(object)StringComparer.Ordinal : Comparer<TValue>.Default;

    public override int Compare(TRow left, TRow right) => _order.Compare(_get(left), _get(right));

    public override NpgsqlParameter Array(TRow[] rows) =>
        new() { Value = System.Array.ConvertAll(rows, row => _get(row)), NpgsqlDbType = NpgsqlDbType.Array | (IsJson ? NpgsqlDbType.Jsonb : Type) };

    public override object? Read(NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? Missing : reader.GetFieldValue<TValue>(ordinal);

    object? Missing => isNullable ? default(TValue) : IsJson ? "[]" : typeof(TValue) == typeof(double) ? double.NaN : default(TValue);

    static Func<TRow, DateTimeOffset> InUtc(Func<TRow, DateTimeOffset> get) => row => get(row).ToUniversalTime();
}
