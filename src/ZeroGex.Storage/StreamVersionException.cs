namespace ZeroGex.Storage;

/// <summary>A stream is not where an append expected it: somebody else has added to it, or it is not there.</summary>
public sealed class StreamVersionException(string stream, long expected, long actual)
    : InvalidOperationException($"Stream {stream} has {actual} events, not the {expected} that were expected: nothing was appended.")
{
    /// <summary>The stream id.</summary>
    public string Stream => stream;

    /// <summary>How many events it was expected to have.</summary>
    public long Expected => expected;

    /// <summary>How many it has.</summary>
    public long Actual => actual;
}
