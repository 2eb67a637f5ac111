using System.Diagnostics.Metrics;

namespace ZeroGex.Bus;

/// <summary>Every metric of the bus, in one place. Names are the trade's; units are in the name.</summary>
public static class Telemetry
{
    /// <summary>The meter that exporters subscribe to.</summary>
    public const string MeterName = "ZeroGex";

    static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> RowsRefused = Meter.CreateCounter<long>("zerogex_rows_refused_total", description: "Rows a feed refused at the edge, by reason.");
}
