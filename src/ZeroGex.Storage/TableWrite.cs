using Npgsql;

namespace ZeroGex.Storage;

/// <summary>Rows of any tables and the marks that cover them, gathered to be written in one transaction.</summary>
/// <param name="only">Keeps the rows of this table alone; null keeps all.</param>
public sealed class TableWrite(string? only = null)
{
    readonly SortedDictionary<string, Pending> _tables = new(StringComparer.Ordinal); // One order for everybody: no two writers wait for each other.
    readonly List<ProgressMark> _marks = [];

    /// <summary>Rows gathered.</summary>
    public int Rows { get; private set; }

    /// <summary>Adds rows of a table; of two with the same key the later one counts.</summary>
    public TableWrite Add<TRow>(TableShape<TRow> table, params IEnumerable<TRow> rows) where TRow : class
    {
        if (only is not null && only != table.Name) return this;
        if (!_tables.TryGetValue(table.Name, out var pending)) _tables.Add(table.Name, pending = new Pending<TRow>(table));
        Rows += ((Pending<TRow>)pending).Add(rows);
        return this;
    }

    /// <summary>Adds marks: they move with the rows, and only forward.</summary>
    public TableWrite Mark(params IEnumerable<ProgressMark> marks)
    {
        _marks.AddRange(marks);
        return this;
    }

    /// <summary>Writes everything or nothing. A row that is there already with the same values is left alone.</summary>
    /// <returns>How many rows of each table were added or changed.</returns>
    public async Task<IReadOnlyDictionary<string, int>> CommitAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        Dictionary<string, int> changed = new(StringComparer.Ordinal);
        if (Rows == 0 && _marks.Count == 0) return changed;

        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var (name, pending) in _tables) changed[name] = await pending.WriteAsync(connection, cancel);
        await ProgressTable.AdvanceAsync(connection, _marks, cancel);
        await transaction.CommitAsync(cancel);
        return changed;
    }

    abstract class Pending
    {
        public abstract Task<int> WriteAsync(NpgsqlConnection connection, CancellationToken cancel);
    }

    sealed class Pending<TRow>(TableShape<TRow> table) : Pending where TRow : class
    {
        readonly List<TRow> _rows = [];

        public int Add(IEnumerable<TRow> rows)
        {
            int before = _rows.Count;
            _rows.AddRange(rows);
            return _rows.Count - before;
        }

        public override Task<int> WriteAsync(NpgsqlConnection connection, CancellationToken cancel) => table.UpsertAsync(connection, _rows, cancel);
    }
}
