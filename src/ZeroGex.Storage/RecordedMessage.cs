using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>A stamped message as the recorder keeps it: the very bytes that travelled, and what they are.</summary>
/// <param name="Stamp">The stamp inside the body.</param>
/// <param name="Contract">What the body says.</param>
/// <param name="ContentType"><see cref="Wire.Json"/> or <see cref="Wire.Packed"/>.</param>
/// <param name="Body">The encoded message, its stamp included.</param>
public sealed record RecordedMessage(Stamp Stamp, Contract Contract, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>What the body says.</summary>
    /// <exception cref="FormatException">It says nothing that this version understands; the message names the stamp, says where and why.</exception>
    public IMarketFact Decode()
    {
        try
        {
            return (IMarketFact)Wire.Decode(Contract.Type, ContentType, Body);
        }
        catch (FormatException bad)
        {
            throw new FormatException($"{Stamp.Stream}, run {Stamp.Run} #{Stamp.Sequence}: {bad.Message}", bad);
        }
    }
}

/// <summary>What an append did.</summary>
/// <param name="Written">Events added.</param>
/// <param name="Duplicates">Messages that the log already held.</param>
public readonly record struct AppendResult(int Written, int Duplicates);

/// <summary>One row of the log.</summary>
/// <param name="SequenceId">Its place among all events.</param>
/// <param name="Stream">The stream id.</param>
/// <param name="Version">Its place in the stream: 1, 2, 3 ... without holes.</param>
/// <param name="Alias">The event's type as the log names it.</param>
/// <param name="Timestamp">The stamp's clock, UTC.</param>
/// <param name="Fact">The decoded event; null when this version does not know the alias.</param>
public sealed record LoggedEvent(long SequenceId, string Stream, long Version, string Alias, DateTimeOffset Timestamp, IMarketFact? Fact);

/// <summary>How far a stream of the log reaches.</summary>
/// <param name="Stream">The stream id.</param>
/// <param name="Kind">Its first part.</param>
/// <param name="Root">The option root.</param>
/// <param name="Session">The session date.</param>
/// <param name="Through">The stamp of its last message.</param>
/// <param name="Events">Events in it.</param>
/// <param name="First">The clock of its first message, UTC.</param>
/// <param name="Last">The clock of its last message, UTC.</param>
public sealed record LogSpan(string Stream, string Kind, string Root, DateOnly Session, StreamPosition Through, long Events, DateTimeOffset First, DateTimeOffset Last)
{
    /// <summary>Where a root's next session begins; null when none is recorded.</summary>
    public static DateTimeOffset? NextSession(IEnumerable<LogSpan> spans, string root, DateOnly session) =>
        spans.Where(span => span.Root == root && span.Session > session).GroupBy(span => span.Session).MinBy(next => next.Key)?.Min(span => span.First);
}
