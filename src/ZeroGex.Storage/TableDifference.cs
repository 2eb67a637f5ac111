using System.Text.Json.Nodes;
using Npgsql;

namespace ZeroGex.Storage;

/// <summary>Rows of a table in one schema.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Condition">Which rows, in SQL over the table's own columns.</param>
public sealed record TableRows(string Schema, string Condition = "true");

/// <summary>What two copies of a table differ in.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Equal">Rows that are in both, every compared column alike.</param>
/// <param name="Changed">Rows of the same key of which a column differs.</param>
/// <param name="OnlyLeft">Rows that the right one lacks.</param>
/// <param name="OnlyRight">Rows that the left one lacks.</param>
/// <param name="First">The first difference in the order of the key, in words; null when there is none.</param>
public sealed record TableDifference(string Table, long Equal, long Changed, long OnlyLeft, long OnlyRight, string? First)
{
    /// <summary>True when nothing differs.</summary>
    public bool IsNone => Changed + OnlyLeft + OnlyRight == 0;

    /// <summary>What this and another part of the same table differ in.</summary>
    public TableDifference With(TableDifference other) =>
        new(Table, Equal + other.Equal, Changed + other.Changed, OnlyLeft + other.OnlyLeft, OnlyRight + other.OnlyRight, First ?? other.First);

    /// <summary>
    /// Compares two copies of a table, every column to the last bit but for <c>created_at</c> and, within <c>model</c>, the version that calculated.
    /// </summary>
    /// <param name="table">A table with a primary key, in both schemas.</param>
    public static async Task<TableDifference> FindAsync(NpgsqlDataSource database, string table, TableRows left, TableRows right, CancellationToken cancel)
    {
        var (keys, columns) = await ColumnsAsync(database, left.Schema, table, cancel);
        string key = string.Join(", ", keys);

        // As text, because "is distinct from" takes +0 for −0.
        string Values(string side) => $"row({string.Join(", ", columns.Select(column => column == "model" ? $"{side}.model - 'engineVersion'" : $"{side}.{column}"))})::text";
        string pairs = $"""
            with a as (select *, true as is_there from {left.Schema}.{table} where {left.Condition}),
                 b as (select *, true as is_there from {right.Schema}.{table} where {right.Condition}),
                 pair as (select {key}, a.is_there is not null as l, b.is_there is not null as r, {Values("a")} is distinct from {Values("b")} as differs,
                                 to_jsonb(a) as a, to_jsonb(b) as b from a full join b using ({key}))
            """;

#pragma warning disable CA2100 // Names are from the catalogue, conditions from this project.
        await using var counting = database.CreateCommand($"""
            {pairs}
            select count(*) filter (where l and r and not differs), count(*) filter (where l and r and differs), count(*) filter (where not r), count(*) filter (where not l) from pair
            """);
        await using var showing = database.CreateCommand($"{pairs} select l, r, a::text, b::text from pair where not l or not r or differs order by {key} limit 1");
#pragma warning restore CA2100
        counting.CommandTimeout = showing.CommandTimeout = 0;

        (long Equal, long Changed, long OnlyLeft, long OnlyRight) counts;
        await using (var reader = await counting.ExecuteReaderAsync(cancel))
        {
            await reader.ReadAsync(cancel);
            counts = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        }

        string? first = null;
        if (counts.Changed + counts.OnlyLeft + counts.OnlyRight > 0)
        {
            await using var reader = await showing.ExecuteReaderAsync(cancel);
            if (await reader.ReadAsync(cancel))
                first = Describe(keys, columns, reader.GetBoolean(0) ? reader.GetString(2) : null, reader.GetBoolean(1) ? reader.GetString(3) : null, left.Schema, right.Schema);
        }

        return new(table, counts.Equal, counts.Changed, counts.OnlyLeft, counts.OnlyRight, first);
    }

    static string Describe(string[] keys, string[] columns, string? left, string? right, string leftName, string rightName)
    {
        JsonObject? a = left is null ? null : JsonNode.Parse(left)!.AsObject(), b = right is null ? null : JsonNode.Parse(right)!.AsObject();
        string row = string.Join(", ", keys.Select(key => $"{key} {(a ?? b)![key]}"));
        if (a is null) return $"{row}: only in {rightName}";
        if (b is null) return $"{row}: only in {leftName}";
        (a["model"] as JsonObject)?.Remove("engineVersion");
        (b["model"] as JsonObject)?.Remove("engineVersion");
        string? column = columns.FirstOrDefault(column => a[column]?.ToJsonString() != b[column]?.ToJsonString());
        return column is null ? $"{row}: a zero has another sign" : $"{row}: {column} is {Short(a[column])} in {leftName}, {Short(b[column])} in {rightName}";
    }

    static string Short(JsonNode? value) => value?.ToJsonString() is not { } text ? "null" : text.Length <= 200 ? text : $"{text[..200]}...";

    static async Task<(string[] Keys, string[] Columns)> ColumnsAsync(NpgsqlDataSource database, string schema, string table, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            select attname::text, coalesce(array_position(indkey::int2[], attnum), -1)
              from pg_attribute
              join pg_class on pg_class.oid = attrelid
              join pg_namespace on pg_namespace.oid = relnamespace
              left join pg_index on indrelid = attrelid and indisprimary
             where nspname = $1 and relname = $2 and attnum > 0 and not attisdropped and attname <> 'created_at'
             order by attnum
            """);
        command.Parameters.Add(new() { Value = schema });
        command.Parameters.Add(new() { Value = table });
        List<(string Name, int Key)> columns = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) columns.Add((reader.GetString(0), reader.GetInt32(1)));

        string[] keys = [.. columns.Where(column => column.Key >= 0).OrderBy(column => column.Key).Select(column => column.Name)];
        return keys.Length > 0 ? (keys, [.. columns.Select(column => column.Name)]) : throw new ArgumentException($"There is no table {schema}.{table} with a primary key.", nameof(table));
    }
}
