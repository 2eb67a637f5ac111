using Npgsql;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Results of every kind into the rows of their tables: what the live tables do, and what a replay does in a schema of its own.</summary>
public sealed class ResultTables(NpgsqlDataSource database)
{
    readonly GexTable _gex = new(database);

    /// <summary>Writes results and the marks that they carry in one transaction.</summary>
    /// <returns>Rows added or changed.</returns>
    public Task<int> WriteAsync(IReadOnlyList<object> results, IReadOnlyList<ProgressMark> marks, CancellationToken cancel)
    {
        var windows = results.OfType<GexCalculated>().ToList();
        var legacy = windows.Where(window => window.NaiveWindow is not null).Select(GexRowsOf.Legacy).ToList();
        var measures = windows.SelectMany(GexMeasure.RowsOf).ToList();
        return _gex.WriteAsync(legacy, measures, marks, cancel);
    }
}
