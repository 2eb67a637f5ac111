using System.Reflection;
using MassTransit;
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

    /// <summary>Lets a writer take every kind of result there is.</summary>
    public static void Consume(IReceiveEndpointConfigurator endpoint, ResultWriter writer, BusSettings settings)
    {
        var take = typeof(ResultWriter).GetMethod(nameof(Take), BindingFlags.NonPublic | BindingFlags.Instance)!;
        foreach (var result in Topology.Tables.Reads) take.MakeGenericMethod(result).Invoke(writer, [endpoint, settings]);
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    void Take<T>(IReceiveEndpointConfigurator endpoint, BusSettings settings) where T : class, IMarketResult =>
        endpoint.Handler<T>(context => _batcher.AddAsync((context.Message, BusHeaders.Mark(context)), settings.IsEmbedded, context.CancellationToken));

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
