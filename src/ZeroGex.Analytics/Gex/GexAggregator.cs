using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>
/// Folds one root's prints of one session into windows and answers with the windows that just closed.
/// Time comes only from the messages, so replaying a log gives the same answers as living through it.
/// </summary>
/// <remarks>Not thread-safe: one instance per stream, one message at a time.</remarks>
public sealed class GexAggregator(string root, DateOnly session, GexSettings settings)
{
    /// <summary>Prints that came after their window had closed.</summary>
    public long LatePrints { get; private set; }

    /// <summary>Messages that were lost for good.</summary>
    public long LostMessages { get; private set; }

    /// <summary>The newest message answered; the default stands before everything.</summary>
    public StreamPosition Position { get; private set; }

    /// <summary>Applies the next message and answers with the windows it closes, ordered by end, then expiration.</summary>
    public IReadOnlyList<GexCalculated> Apply(TradesObserved message) =>
        throw new NotImplementedException($"{root} {session} {settings} {message}");
}
