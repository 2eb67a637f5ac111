using System.Reflection;
using Npgsql;

namespace ZeroGex.Storage;

/// <summary>A table as its rows say it: the parameters of the row's record, in snake case, are the columns.</summary>
public abstract class TableShape
{
    /// <summary>The table's name, without a schema: the connection's search path says which.</summary>
    public abstract string Name { get; }

    /// <summary>All columns but <c>created_at</c>, in order.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>The columns of the primary key, in its order.</summary>
    public abstract IReadOnlyList<string> Key { get; }

    /// <summary>True when the table keeps the newest row of a key alone.</summary>
    public abstract bool IsNewestOnly { get; }

    /// <summary>The column with the option root, or what else a row belongs to.</summary>
    public string Owner => Columns.First(column => column is "root" or "ticker" or "underlying" or "symbol");

    /// <summary>The column with the time that a row is of.</summary>
    public string Time => Columns.First(column => column is "time" or "timestamp");

    /// <summary>How long after its time a row is over: a minute's time is its first instant, any other row's its end.</summary>
    public TimeSpan Lasts => Time == "timestamp" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;

    /// <summary>What makes two rows with one key the same: the other columns of a row by that name, without what is not part of a result.</summary>
    public abstract string Values(string row);
}

/// <summary>A keyed table, written by upsert: an equal row is left alone, a changed one gets a new <c>created_at</c>.</summary>
/// <typeparam name="TRow">
/// A positional record. Times are sent in UTC; text marked <see cref="JsonAttribute"/> is a jsonb column. A null in a column that the record does not let
/// be null, which only others can have written, reads as NaN, 0 or <c>[]</c>.
/// </typeparam>
public sealed class TableShape<TRow> : TableShape where TRow : class
{
    // A ladder row is a kilobyte or so: a statement carries a few megabytes at most.
    const int RowsPerStatement = 2_000;

    readonly ConstructorInfo _constructor = typeof(TRow).GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!;
    readonly TableColumn<TRow>[] _columns;
    readonly TableColumn<TRow>[] _key;
    readonly string _upsert;

    /// <param name="name">The table.</param>
    /// <param name="key">The columns of the primary key, in its order.</param>
    /// <param name="newest">The time of a table that keeps the newest row of a key: an older one does not replace it.</param>
    public TableShape(string name, string[] key, string? newest = null)
    {
        Name = name;
        Key = key;
        IsNewestOnly = newest is not null;
        _columns = [.. _constructor.GetParameters().Select(TableColumn<TRow>.Of)];
        _key = [.. key.Select(column => _columns.Single(other => other.Name == column))];
        Columns = [.. _columns.Select(column => column.Name)];
        SelectList = string.Join(", ", _columns.Select(column => column.Selected));

        _upsert = $"""
            insert into {name} as row ({string.Join(", ", Columns)})
            select * from unnest({string.Join(", ", Enumerable.Range(1, _columns.Length).Select(i => $"${i}"))})
            on conflict ({string.Join(", ", key)}) do update
               set {string.Join(", ", Columns.Except(key).Select(column => $"{column} = excluded.{column}"))}, created_at = now()
             where ({Values("row")}) is distinct from ({Values("excluded")}) {(newest is null ? "" : $"and row.{newest} <= excluded.{newest}")}
            """;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Key { get; }

    /// <inheritdoc/>
    public override bool IsNewestOnly { get; }

    /// <summary>What to select so that <see cref="ReadAsync"/> finds it.</summary>
    public string SelectList { get; }

    /// <inheritdoc/>
    public override string Values(string row) => string.Join(", ", _columns.Except(_key).Select(column => column.Compared(row)));

    /// <summary>Rows that a query selected by <see cref="SelectList"/>.</summary>
    /// <param name="database">The schema is its search path's.</param>
    /// <param name="sql">The whole statement.</param>
    /// <param name="values">For <c>$1</c>, <c>$2</c> ...; a null goes as text.</param>
    public async Task<IReadOnlyList<TRow>> ReadAsync(NpgsqlDataSource database, string sql, object?[] values, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        foreach (object? value in values) command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new() { Value = value });

        List<TRow> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) rows.Add((TRow)_constructor.Invoke([.. _columns.Select((column, i) => column.Read(reader, i))]));
        return rows;
    }

    /// <summary>Writes within the caller's transaction. Of two rows with the same key the later one counts.</summary>
    /// <returns>How many rows were added or changed.</returns>
    internal async Task<int> UpsertAsync(NpgsqlConnection connection, IEnumerable<TRow> rows, CancellationToken cancel)
    {
        int changed = 0;
        foreach (var chunk in InKeyOrder(rows).Chunk(RowsPerStatement))
        {
            await using NpgsqlCommand command = new(_upsert, connection);
            foreach (var column in _columns) command.Parameters.Add(column.Array(chunk));
            changed += await command.ExecuteNonQueryAsync(cancel);
        }

        return changed;
    }

    // One order for everybody, so that two writers of the same rows wait for each other instead of deadlocking.
    IEnumerable<TRow> InKeyOrder(IEnumerable<TRow> rows)
    {
        TRow? last = null;
        foreach (var row in rows.Order(Comparer<TRow>.Create(CompareKeys))) // Stable: the later of two equals comes later.
        {
            if (last is not null && CompareKeys(last, row) != 0) yield return last;
            last = row;
        }

        if (last is not null) yield return last;
    }

    int CompareKeys(TRow left, TRow right)
    {
        foreach (var column in _key)
            if (column.Compare(left, right) is not 0 and var order) return order;
        return 0;
    }
}
