using Npgsql;

namespace ZeroGex.Storage.Export;

/// <summary>The rows that are wanted.</summary>
/// <param name="From">The first instant; null for the beginning.</param>
/// <param name="To">The instant after the last; null for the end.</param>
/// <param name="Symbol">One root; null for all.</param>
public sealed record ExportRange(DateTimeOffset? From, DateTimeOffset? To, string? Symbol);

/// <summary>A table or view of results, as the catalogue describes it.</summary>
/// <param name="Key">The columns of its primary key, in order; none of a view.</param>
public sealed record ExportTable(string Name, IReadOnlyList<Column> Columns, IReadOnlyList<string> Key)
{
    static readonly string[] TimeNames = ["time", "timestamp"];
    static readonly string[] SymbolNames = ["ticker", "root", "symbol", "underlying"];

    // The log and what the program keeps for itself: neither is a result.
    const string AreResults = """
        from pg_class as relation
        where relation.relnamespace = current_schema()::regnamespace and relation.relkind in ('r', 'p', 'v', 'm') and not relation.relispartition
          and relation.relname not like 'mt\_%'
          and relation.relname not in ('schema_migrations', 'stream_positions', 'consumer_progress', 'replay_runs', 'replay_units')
          and not exists (select from pg_depend where objid = relation.oid and classid = 'pg_class'::regclass and deptype = 'e')
        """;

    /// <summary>The column that <see cref="ExportRange.From"/> and <see cref="ExportRange.To"/> speak of; null when there is none.</summary>
    public Column? Time => First(TimeNames, column => column.Kind is ColumnKind.TimestampTz or ColumnKind.Timestamp);

    /// <summary>The column that <see cref="ExportRange.Symbol"/> speaks of; null when there is none.</summary>
    public Column? Symbol => First(SymbolNames, column => column.Kind == ColumnKind.Text);

    /// <summary>The names of all, in order.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select relation.relname::text {AreResults} order by 1");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        List<string> names = [];
        while (await reader.ReadAsync(cancel)) names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>The one of that name.</summary>
    /// <exception cref="ExportException">There is none; the message lists those that there are.</exception>
    public static async Task<ExportTable> FindAsync(NpgsqlDataSource database, string name, CancellationToken cancel)
    {
        var names = await ListAsync(database, cancel);
        if (!names.Contains(name)) throw new ExportException($"There is no result table {name}. {(names.Count == 0 ? "There is none at all." : $"There are: {string.Join(", ", names)}.")}");

        await using var command = database.CreateCommand($"""
            select attname::text, typname::text, attnotnull, atttypmod, array_position(key.indkey::int2[], attnum)
              from pg_attribute
              join pg_type on pg_type.oid = atttypid
              left join pg_index as key on key.indrelid = attrelid and key.indisprimary
             where attrelid = (select relation.oid {AreResults} and relation.relname = $1) and attnum > 0 and not attisdropped
             order by attnum
            """);
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        List<Column> columns = [];
        SortedDictionary<int, string> key = [];
        while (await reader.ReadAsync(cancel))
        {
            columns.Add(ColumnOf(reader.GetString(0), reader.GetString(1), !reader.GetBoolean(2), reader.GetInt32(3)));
            if (!reader.IsDBNull(4)) key.Add(reader.GetInt32(4), reader.GetString(0));
        }

        return new(name, columns, [.. key.Values]);
    }

    /// <summary>
    /// The rows of a range, ordered by the key; without one by time, symbol and the other columns. $1, $2 and $3 are from, to and symbol, those that are given.
    /// </summary>
    /// <exception cref="ExportException">The table has no column that an option speaks of.</exception>
    public string Query(ExportRange range)
    {
        var time = (range.From ?? range.To) is null ? null : Time ?? throw Missing(range.From is null ? "--to" : "--from", "an instant", TimeNames);
        var symbol = range.Symbol is null ? null : Symbol ?? throw Missing("--symbol", "symbols", SymbolNames);
        int parameter = 0;
        List<string> conditions = [];
        // A time without a zone is taken for UTC.
        string cast = time?.Kind == ColumnKind.Timestamp ? "::timestamptz at time zone 'utc'" : "";
        if (range.From is not null) conditions.Add($"{Quoted(time!.Name)} >= ${++parameter}{cast}");
        if (range.To is not null) conditions.Add($"{Quoted(time!.Name)} < ${++parameter}{cast}");
        if (symbol is not null) conditions.Add($"{Quoted(symbol.Name)} = ${++parameter}");

        string where = conditions.Count == 0 ? "" : $"where {string.Join(" and ", conditions)}";
        return $"select {string.Join(", ", Columns.Select(Selected))} from {Quoted(Name)} {where} order by {string.Join(", ", Order())}";
    }

    IEnumerable<string> Order()
    {
        if (Key.Count > 0) return Key.Select(Quoted);
        IEnumerable<Column?> first = [Time, Symbol];
        var named = first.OfType<Column>().Concat(Columns.Where(column => column.Kind != ColumnKind.Json)).Distinct();
        return named.Select(column => Quoted(column.Name));
    }

    ExportException Missing(string option, string what, string[] names) =>
        new($"{option}: {Name} has no column of {what} ({string.Join(", ", names)}). Its columns: {string.Join(", ", Columns.Select(column => column.Name))}.");

    Column? First(string[] names, Func<Column, bool> isRight) =>
        names.Select(name => Columns.FirstOrDefault(column => column.Name == name && isRight(column))).FirstOrDefault(column => column is not null);

    static string Selected(Column column) => column.Kind switch
    {
        ColumnKind.Whole4 => $"{Quoted(column.Name)}::int4",
        ColumnKind.Numeric or ColumnKind.Json or ColumnKind.Text => $"{Quoted(column.Name)}::text",
        _ => Quoted(column.Name),
    };

    static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    static Column ColumnOf(string name, string type, bool isNullable, int modifier) => type switch
    {
        "bool" => new(name, ColumnKind.Bool, isNullable),
        "int2" or "int4" => new(name, ColumnKind.Whole4, isNullable),
        "int8" => new(name, ColumnKind.Whole8, isNullable),
        "float4" => new(name, ColumnKind.Float4, isNullable),
        "float8" => new(name, ColumnKind.Float8, isNullable),
        "date" => new(name, ColumnKind.Date, isNullable),
        "timestamptz" => new(name, ColumnKind.TimestampTz, isNullable),
        "timestamp" => new(name, ColumnKind.Timestamp, isNullable),
        "json" or "jsonb" => new(name, ColumnKind.Json, isNullable),
        // PostgreSQL keeps both in one number: numerictypmodin in its numeric.c.
        "numeric" when modifier >= 4 => new(name, ColumnKind.Numeric, isNullable, (modifier - 4) >> 16 & 0xFFFF, ((modifier - 4 & 0x7FF) ^ 0x400) - 0x400),
        "numeric" => new(name, ColumnKind.Numeric, isNullable),
        _ => new(name, ColumnKind.Text, isNullable),
    };
}
