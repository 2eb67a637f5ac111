using Npgsql;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Results of every kind into the rows of their tables: what the live tables do, and what a replay does in a schema of its own.</summary>
/// <param name="only">Writes the rows of this table alone; null writes all.</param>
public sealed class ResultTables(NpgsqlDataSource database, string? only = null)
{
    /// <summary>Writes results and the marks that they carry in one transaction.</summary>
    /// <returns>Rows added or changed, by table.</returns>
    public async Task<IReadOnlyDictionary<string, int>> WriteAsync(IReadOnlyList<IMarketResult> results, IReadOnlyList<ProgressMark> marks, CancellationToken cancel)
    {
        TableWrite write = new(only);
        foreach (IMarketResult result in results) write.Add(result);
        return await write.Mark(marks).CommitAsync(database, cancel);
    }
}
