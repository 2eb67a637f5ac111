using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ZeroGex.Web.Metrics;

/// <summary>This process's metrics as Prometheus reads them, collected when asked for.</summary>
/// <remarks>Counts what is measured after it was made: make it before the rest of the process starts.</remarks>
public sealed class MetricsPage : IDisposable
{
    /// <summary>The content type of <see cref="Render"/>.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>What every process tells: the trade's own figures and those of the runtime, the web server, the database driver and the bus.</summary>
    public static IReadOnlyList<string> AllMeters { get; } = ["ZeroGex", "System.Runtime", "Microsoft.AspNetCore.*", "Npgsql", "MassTransit"];

    readonly Exporter _exporter = new();
    readonly MeterProvider _provider;
    readonly Lock _gate = new();

    /// <param name="meters">Names of meters; <c>*</c> stands for anything.</param>
    public MetricsPage(params IEnumerable<string> meters) =>
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter([.. meters])
            .AddView(OfMassTransit)
            .AddReader(new BaseExportingMetricReader(_exporter))
            .Build();

    /// <summary>The page as of now.</summary>
    public string Render()
    {
        lock (_gate)
        {
            _exporter.Text = "";
            _exporter.Collect!(5_000);
            return _exporter.Text;
        }
    }

    public void Dispose() => _provider.Dispose();

    // Its counters of what is active count down, which no counter may do. Queue and service it writes in a spelling of its own; the consumer's name says as much.
    static MetricStreamConfiguration? OfMassTransit(Instrument instrument) =>
        instrument.Meter.Name != "MassTransit" ? null
        : instrument.Name.EndsWith(".active", StringComparison.Ordinal) ? MetricStreamConfiguration.Drop
        : new MetricStreamConfiguration { TagKeys = ["messaging.masstransit.consumer_type", "messaging.masstransit.message_type", "messaging.masstransit.exception_type"] };

    [ExportModes(ExportModes.Pull)]
    sealed class Exporter : BaseExporter<Metric>, IPullMetricExporter
    {
        public string Text = "";

        public Func<int, bool>? Collect { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            PrometheusText text = new();
            foreach (var metric in batch) text.Add(metric);
            Text = text.ToString();
            return ExportResult.Success;
        }
    }
}
