using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ZeroGex.Analytics.Streams;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>
/// The folds of this process: of each one runner a partition, serving the roots of its partition one message at a time. All thinking happens in the folds
/// of <see cref="Folds"/>, all patience in <see cref="FoldRunner"/>.
/// </summary>
public sealed class LiveFolds(
    BusSettings bus, FoldSettings settings, EventLog log, ProgressTable progress, TimeProvider time, ILogger<FoldRunner> logger,
    IHostApplicationLifetime lifetime, IServiceProvider services)
{
    readonly Dictionary<string, Lazy<FoldRunner>[]> _runners = Folds.All.ToDictionary(spec => spec.Name, spec => Enumerable.Range(0, bus.Partitions)
        .Select(_ => new Lazy<FoldRunner>(() => new(
            spec, settings, services.GetRequiredService<ResultPublisher>().PublishAsync, services.GetRequiredService<FactPublisher>().PublishAsync,
            log, progress, RefillSettings.Default, time, logger, lifetime.ApplicationStopping))) // Lazy: they publish through a bus that is built after them.
        .ToArray());

    /// <summary>The runner of a fold's partition.</summary>
    public Lazy<FoldRunner> Of(FoldSpec spec, int partition) => _runners[spec.Name][partition];
}

/// <summary>At start-up, what ended sessions still owe. One partition does it for all roots: only the broker knows whose is whose.</summary>
/// <param name="specs">The folds of this process.</param>
sealed class FoldCatchUp(LiveFolds folds, IReadOnlyList<FoldSpec> specs) : BackgroundService
{
    const int Sessions = 3;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(async () =>
    {
        foreach (var spec in specs) await folds.Of(spec, 0).Value.CatchUpAsync(Sessions, stoppingToken);
    }, stoppingToken);
}
