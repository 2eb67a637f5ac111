using Microsoft.Extensions.Logging;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>
/// Gathers results and writes their rows with the marks that they carry, one transaction a batch, each row once. The tables are disposable: the log and the folds can
/// make them again.
/// </summary>
public sealed class ResultWriter : IAsyncDisposable
{
    readonly ResultTables _tables;
    readonly ILogger<ResultWriter> _logger;
    readonly Batcher<(IMarketResult Result, ProgressMark? Mark)> _batcher;

    public ResultWriter(ResultTables tables, ILogger<ResultWriter> logger)
    {
        _tables = tables;
        _logger = logger;
        _batcher = new(1_024, WriteAsync);
        _batcher.Start();
    }

    /// <summary>Takes a result in, with the mark that it carries.</summary>
    /// <param name="isQueuedEnough">True to return when it is queued, false when it is committed.</param>
    public Task AddAsync(IMarketResult result, ProgressMark? mark, bool isQueuedEnough, CancellationToken cancel) => _batcher.AddAsync((result, mark), isQueuedEnough, cancel);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    async Task WriteAsync(IReadOnlyList<Waiting<(IMarketResult Result, ProgressMark? Mark)>> batch, CancellationToken cancel)
    {
        if (batch.Count == 0) return;
        var results = batch.Select(waiting => waiting.Item.Result).ToList();
        var marks = batch.Where(waiting => waiting.Item.Mark is not null).Select(waiting => waiting.Item.Mark!.Value).ToList();

        await Retry.ForeverAsync("The writer of tables", async () =>
        {
            foreach (var (table, rows) in await _tables.WriteAsync(results, marks, cancel)) Telemetry.RowsWritten.Add(rows, new KeyValuePair<string, object?>("table", table));
        }, _logger, cancel);
        foreach (var waiting in batch) waiting.Done.TrySetResult();
    }
}
