namespace ZeroGex.Bus;

/// <summary>Where the bus runs: over RabbitMQ when a host is named, inside this process otherwise.</summary>
public sealed record BusSettings
{
    /// <summary>Null: embedded, the in-memory transport.</summary>
    public string? RabbitHost { get; init; }

    public int RabbitPort { get; init; } = 5672;
    public string RabbitUser { get; init; } = "guest";
    public string RabbitPassword { get; init; } = "guest";
    public string RabbitVirtualHost { get; init; } = "/";

    /// <summary>Partitions of each fold role; roots are spread over them by a consistent hash. All processes must agree.</summary>
    public int Partitions
    {
        get => IsEmbedded ? 1 : field;
        init;
    } = 1;

    /// <summary>Embedded: deliveries to folds, tables and screens that may wait in memory before the gateway does; as many as a fold's queue on a broker holds.</summary>
    public int MaxInMemory { get; init; } = Topology.MaxOfFold;

    /// <summary>True when everything runs in this process and only the event log survives it.</summary>
    public bool IsEmbedded => RabbitHost is null;
}
