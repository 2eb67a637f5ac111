using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ZeroGex.Analytics.Gex;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Prints in, closed GEX windows out. All thinking happens in <see cref="GexAggregator"/>, all patience in <see cref="FoldRunner{TFact,TAnswer}"/>.</summary>
public sealed class GexConsumer(FoldRunner<TradesObserved, GexCalculated> fold) : IConsumer<TradesObserved>
{
    /// <summary>The fold's name, in the table of marks too.</summary>
    public const string Name = "gex";

    public Task Consume(ConsumeContext<TradesObserved> context) => fold.HandleAsync(context.Message, context.CancellationToken);
}

/// <summary>The GEX folds of this process: one runner a partition, serving the roots of its partition one message at a time.</summary>
public sealed class GexFolds
{
    readonly Lazy<FoldRunner<TradesObserved, GexCalculated>>[] _runners; // Lazy: they publish through a bus that is built after them.

    public GexFolds(
        BusSettings bus, GexSettings settings, EventLog log, ProgressTable progress, TimeProvider time, ILogger<GexConsumer> logger,
        IHostApplicationLifetime lifetime, IServiceProvider services) =>
        _runners = [.. Enumerable.Range(0, bus.Partitions).Select(_ => new Lazy<FoldRunner<TradesObserved, GexCalculated>>(() => new(
            GexConsumer.Name, stream => Start(stream, settings), services.GetRequiredService<ResultPublisher>().PublishAsync,
            services.GetRequiredService<FactPublisher>().PublishAsync,
            log, progress, RefillSettings.Default, time, logger, lifetime.ApplicationStopping)))];

    public Lazy<FoldRunner<TradesObserved, GexCalculated>> Of(int partition) => _runners[partition];

    static Func<TradesObserved, IReadOnlyList<GexCalculated>> Start(string stream, GexSettings settings)
    {
        var (_, root, session) = Contract.ParseStreamId(stream);
        var aggregator = new GexAggregator(root, session, settings);
        return message =>
        {
            long late = aggregator.LatePrints;
            var windows = aggregator.Apply(message);
            if (aggregator.LatePrints > late) Telemetry.LatePrints.Add(aggregator.LatePrints - late, new KeyValuePair<string, object?>("root", root));
            return windows;
        };
    }
}

/// <summary>At start-up, what ended sessions still owe. One partition does it for all roots: only the broker knows whose is whose.</summary>
sealed class GexCatchUp(GexFolds folds) : BackgroundService
{
    const int Sessions = 3;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => folds.Of(0).Value.CatchUpAsync(Sessions, stoppingToken), stoppingToken);
}
