using System.Diagnostics.Metrics;

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

    // Folds
    public static readonly Counter<long> Windows = Meter.CreateCounter<long>("zerogex_windows_total", description: "Results answered, by fold.");
    public static readonly Counter<long> Refills = Meter.CreateCounter<long>("zerogex_refills_total", description: "Times a fold replayed from the log, by fold.");
    public static readonly Counter<long> MessagesLost = Meter.CreateCounter<long>("zerogex_stream_gaps_total", description: "Messages that neither the queue nor the log has, by fold.");
    public static readonly Counter<long> LatePrints = Meter.CreateCounter<long>("zerogex_late_prints_total", description: "Prints for a window that had closed.");

    // Log and tables
    public static readonly Counter<long> Recorded = Meter.CreateCounter<long>("zerogex_recorded_total", description: "Messages appended to the log.");
    public static readonly Counter<long> RecordedTwice = Meter.CreateCounter<long>("zerogex_recorded_again_total", description: "Redelivered messages that the log had already.");
    public static readonly Counter<long> RowsWritten = Meter.CreateCounter<long>("zerogex_rows_written_total", description: "Rows that a table changed, by table.");

    // The legacy bridge
    public static readonly Counter<long> LegacyPrintsReceived = Meter.CreateCounter<long>("zerogex_legacy_prints_received_total", description: "Messages that came over the legacy Redis channel, refused ones included.");
    public static readonly Counter<long> RedisPublished = Meter.CreateCounter<long>("zerogex_redis_published_total", description: "Legacy messages that at least one Redis subscriber received.");
    public static readonly Counter<long> RedisUndelivered = Meter.CreateCounter<long>("zerogex_redis_undelivered_total", description: "Legacy messages that no Redis subscriber received, by reason.");
}
