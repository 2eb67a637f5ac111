using System.Diagnostics.Metrics;

namespace ZeroGex.Bus;

/// <summary>Every metric of the bus, in one place. Names are the trade's; units are in the name.</summary>
public static class Telemetry
{
    /// <summary>The meter that exporters subscribe to.</summary>
    public const string MeterName = "ZeroGex";

    static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> RowsRefused = Meter.CreateCounter<long>("zerogex_rows_refused_total", description: "Rows a feed refused at the edge, by reason.");
    public static readonly Counter<long> LegacyPrintsReceived = Meter.CreateCounter<long>("zerogex_legacy_prints_received_total", description: "Messages that came over the legacy Redis channel, refused ones included.");
    public static readonly Counter<long> RedisPublished = Meter.CreateCounter<long>("zerogex_redis_published_total", description: "Legacy messages that at least one Redis subscriber received.");
    public static readonly Counter<long> RedisUndelivered = Meter.CreateCounter<long>("zerogex_redis_undelivered_total", description: "Legacy messages that no Redis subscriber received, by reason.");
}
