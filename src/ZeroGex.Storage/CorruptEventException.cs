namespace ZeroGex.Storage;

/// <summary>A recorded event that cannot be read back. Reading stops here: what follows would be an answer from incomplete facts.</summary>
public sealed class CorruptEventException : Exception
{
    public CorruptEventException(string stream, long version, string alias, string reason, Exception? inner = null)
        : base($"Event {version} of stream {stream} ({alias}) cannot be read: {reason}", inner)
    {
        Stream = stream;
        Version = version;
        Alias = alias;
    }

    /// <summary>The stream that holds the event.</summary>
    public string Stream { get; }

    /// <summary>The event's version in its stream.</summary>
    public long Version { get; }

    /// <summary>The event's type as the log names it.</summary>
    public string Alias { get; }
}
