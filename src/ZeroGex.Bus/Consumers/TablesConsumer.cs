using MassTransit;
using Microsoft.Extensions.Logging;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Results into their tables, each row once. The tables are disposable: the log and the folds can make them again.</summary>
public sealed class TablesConsumer(GexRows rows, BusSettings settings) : IConsumer<GexCalculated>
{
    public Task Consume(ConsumeContext<GexCalculated> context) =>
        rows.AddAsync(context.Message, BusHeaders.Mark(context), settings.IsEmbedded, context.CancellationToken);
}

/// <summary>Gathers GEX windows and writes them with their marks, one transaction a batch.</summary>
public sealed class GexRows : IAsyncDisposable
{
    readonly ResultTables _tables;
    readonly ILogger<GexRows> _logger;
    readonly Batcher<(GexCalculated Window, ProgressMark? Mark)> _batcher;

    public GexRows(ResultTables tables, ILogger<GexRows> logger)
    {
        _tables = tables;
        _logger = logger;
        _batcher = new(1_024, WriteAsync);
        _batcher.Start();
    }

    public Task AddAsync(GexCalculated window, ProgressMark? mark, bool isQueuedEnough, CancellationToken cancel) =>
        _batcher.AddAsync((window, mark), isQueuedEnough, cancel);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    async Task WriteAsync(IReadOnlyList<Waiting<(GexCalculated Window, ProgressMark? Mark)>> batch, CancellationToken cancel)
    {
        if (batch.Count == 0) return;
        var windows = batch.Select(waiting => (IMarketResult)waiting.Item.Window).ToList();
        var marks = batch.Where(waiting => waiting.Item.Mark is not null).Select(waiting => waiting.Item.Mark!.Value).ToList();

        await Retry.ForeverAsync("The GEX table", async () =>
        {
            int written = await _tables.WriteAsync(windows, marks, cancel);
            Telemetry.RowsWritten.Add(written, new KeyValuePair<string, object?>("table", "inferred_gexray3"));
        }, _logger, cancel);
        foreach (var waiting in batch) waiting.Done.TrySetResult();
    }
}
