using MassTransit;
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

    /// <summary>One runner a partition: it serves the roots of its partition, one message at a time.</summary>
    public static FoldRunner<TradesObserved, GexCalculated> Runner(GexSettings settings, ResultPublisher publisher, EventLog log, ProgressTable progress, TimeProvider time, ILoggerFactory loggers, CancellationToken stopping) =>
        new(Name, stream => Start(stream, settings), publisher.PublishAsync, log, progress, RefillSettings.Default, time, loggers.CreateLogger<GexConsumer>(), stopping);

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
