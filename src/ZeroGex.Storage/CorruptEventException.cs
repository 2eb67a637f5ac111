namespace ZeroGex.Storage;

/// <summary>A recorded event that cannot be read back. Reading stops here: what follows would be an answer from incomplete facts.</summary>
public sealed class CorruptEventException : Exception
{
    public CorruptEventException(string stream, long version, string alias, string reason, Exception? inner = null)
        : this(stream, version, alias, inner, $"Event {version} of stream {stream} ({alias}) cannot be read: {reason}")
    {
    }

    CorruptEventException(string stream, long version, string alias, Exception? inner, string message) : base(message, inner) =>
        (Stream, Version, Alias) = (stream, version, alias);

    /// <summary>The stream that holds the event.</summary>
    public string Stream { get; }

    /// <summary>The event's version in its stream.</summary>
    public long Version { get; }

    /// <summary>The event's type as the log names it; empty when the event is missing.</summary>
    public string Alias { get; }

    /// <summary>Versions have no holes: somebody has deleted rows.</summary>
    internal static CorruptEventException Missing(string stream, long from, long to)
    {
        var (which, them) = from == to ? ($"Event {from}", "it") : ($"Events {from} to {to}", "them");
        return new(stream, from, "", null, $"{which} of stream {stream} cannot be read: the log has lost {them}. Somebody has deleted rows of mt_events.");
    }
}
