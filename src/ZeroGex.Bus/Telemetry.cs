using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace ZeroGex.Bus;

/// <summary>Every metric of the bus, in one place. Names are the trade's; units are in the name.</summary>
public static class Telemetry
{
    /// <summary>The meter that exporters subscribe to.</summary>
    public const string MeterName = "ZeroGex";

    static readonly Meter Meter = new(MeterName);

    // The edge
    public static readonly Counter<long> RowsRefused = Meter.CreateCounter<long>("zerogex_rows_refused_total", description: "Rows a feed refused at the edge, by reason.");
    public static readonly Counter<long> Quotes = Meter.CreateCounter<long>("zerogex_quotes_total", description: "Quotes stamped, by root.");
    public static readonly Counter<long> Prints = Meter.CreateCounter<long>("zerogex_prints_total", description: "Prints stamped, by root.");
    public static readonly Counter<long> PublishRetries = Meter.CreateCounter<long>("zerogex_publish_retries_total", description: "Publishes that failed and were tried again.");

    static readonly ConcurrentDictionary<object, (string Feed, Func<long> Bytes)> Spools = new();

    static Telemetry()
    {
        string version = typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Meter.CreateObservableGauge("zerogex_build_info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", version)), description: "Always 1; the label says which version runs.");
        Meter.CreateObservableGauge(
            "zerogex_spool_bytes", () => Spools.Values.Select(spool => new Measurement<long>(spool.Bytes(), new KeyValuePair<string, object?>("feed", spool.Feed))),
            description: "Bytes in the gateway's spool that wait for the broker, or embedded for the recorder, by feed.");
    }

    /// <summary>The label of a fold.</summary>
    public static KeyValuePair<string, object?> Fold(string name) => new("fold", name);

    /// <summary>The label of an option root.</summary>
    public static KeyValuePair<string, object?> Root(string root) => new("root", root);

    /// <summary>Shows a spool's unconfirmed bytes until disposed of.</summary>
    public static IDisposable ObserveSpool(string feed, Func<long> unconfirmedBytes)
    {
        Observation observation = new();
        Spools[observation] = (feed, unconfirmedBytes);
        return observation;
    }

    // Folds
    public static readonly Counter<long> Windows = Meter.CreateCounter<long>("zerogex_windows_total", description: "Results answered, by fold.");
    public static readonly Counter<long> Refills = Meter.CreateCounter<long>("zerogex_refills_total", description: "Times a fold replayed from the log, by fold.");
    public static readonly Counter<long> MessagesLost = Meter.CreateCounter<long>("zerogex_stream_gaps_total", description: "Messages that neither the queue nor the log has, by fold.");
    public static readonly Counter<long> LateRows = Meter.CreateCounter<long>("zerogex_late_rows_total", description: "Prints, quotes and other rows whose window or slice had closed, by fold and root.");

    public static readonly Histogram<double> WindowLag = Meter.CreateHistogram(
        "zerogex_window_lag_seconds", description: "From the moment that a result speaks of to its publication by the wall clock, the grace included, by root and result; says something of live feeds only.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.3, 0.35, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60, 300] });

    public static readonly Counter<long> MessagesParked = Meter.CreateCounter<long>("zerogex_messages_parked_total", description: "Messages that could not be decoded and went to an error queue, by type.");

    // Log and tables
    public static readonly Counter<long> Recorded = Meter.CreateCounter<long>("zerogex_recorded_total", description: "Messages appended to the log.");
    public static readonly Counter<long> RecordedTwice = Meter.CreateCounter<long>("zerogex_recorded_again_total", description: "Redelivered messages that the log had already.");
    public static readonly Counter<long> RowsWritten = Meter.CreateCounter<long>("zerogex_rows_written_total", description: "Rows that a table changed, by table.");

    // The legacy bridge
    public static readonly Counter<long> LegacyPrintsReceived = Meter.CreateCounter<long>("zerogex_legacy_prints_received_total", description: "Messages that came over the legacy Redis channel, refused ones included.");
    public static readonly Counter<long> RedisPublished = Meter.CreateCounter<long>("zerogex_redis_published_total", description: "Legacy messages that at least one Redis subscriber received.");
    public static readonly Counter<long> RedisUndelivered = Meter.CreateCounter<long>("zerogex_redis_undelivered_total", description: "Legacy messages that no Redis subscriber received, by reason.");

    // Alerts
    public static readonly Counter<long> Webhooks = Meter.CreateCounter<long>("zerogex_webhooks_total", description: "Posts of alerts, by outcome: delivered, retried, failed.");

    sealed class Observation : IDisposable
    {
        public void Dispose() => Spools.TryRemove(this, out _);
    }
}
