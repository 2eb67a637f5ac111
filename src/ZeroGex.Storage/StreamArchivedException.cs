namespace ZeroGex.Storage;

/// <summary>An archived stream takes no more events, however often it is tried.</summary>
public sealed class StreamArchivedException(string stream) : InvalidOperationException($"Stream {stream} is archived: it takes no more events.")
{
    /// <summary>The stream id.</summary>
    public string Stream => stream;
}
