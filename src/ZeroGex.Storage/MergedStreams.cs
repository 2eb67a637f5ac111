using System.Runtime.CompilerServices;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>A part of a stream.</summary>
/// <param name="Id">The stream id.</param>
/// <param name="After">Exclusive; default means from the beginning.</param>
/// <param name="Before">Exclusive; null means up to what is committed when the reading gets there.</param>
public sealed record StreamSpan(string Id, StreamPosition After, StreamPosition? Before);

/// <summary>A message out of several streams.</summary>
/// <param name="Fact">It, decoded.</param>
/// <param name="Recorded">It, as it was recorded; its body is valid until the next message is asked for.</param>
/// <param name="Stream">Which of the streams it is of.</param>
public readonly record struct MergedMessage(IMarketFact Fact, RecordedMessage Recorded, int Stream);

/// <summary>Several streams of the log as one.</summary>
public static class MergedStreams
{
    /// <summary>The messages of some streams by clock, then in the order in which the streams are given, then by run and sequence: an order that depends on the facts alone.</summary>
    /// <exception cref="CorruptEventException">As <see cref="EventLog.ReadRecordedAsync"/>.</exception>
    public static async IAsyncEnumerable<MergedMessage> ReadMergedAsync(
        this EventLog log, IReadOnlyList<StreamSpan> streams, [EnumeratorCancellation] CancellationToken cancel)
    {
        var inputs = new List<Input>();
        try
        {
            for (int i = 0; i < streams.Count; i++)
            {
                inputs.Add(new(log.ReadRecordedAsync(streams[i].Id, streams[i].After, streams[i].Before, cancel).GetAsyncEnumerator(cancel), i));
                await inputs[i].AdvanceAsync();
            }

            while (Next(inputs) is { } next)
            {
                yield return next.Current;
                await next.AdvanceAsync();
            }
        }
        finally
        {
            foreach (var input in inputs) await input.DisposeAsync();
        }
    }

    static Input? Next(List<Input> inputs)
    {
        Input? next = null;
        foreach (var input in inputs)
            if (input.HasMessage && (next is null || input.Clock < next.Clock)) next = input;
        return next;
    }

    sealed class Input(IAsyncEnumerator<RecordedMessage> messages, int index) : IAsyncDisposable
    {
        public MergedMessage Current { get; private set; }

        public bool HasMessage { get; private set; }

        public DateTimeOffset Clock { get; private set; } = DateTimeOffset.MinValue;

        public async ValueTask AdvanceAsync()
        {
            HasMessage = await messages.MoveNextAsync();
            if (!HasMessage) return;
            Current = new(messages.Current.Decode(), messages.Current, index);
            if (Current.Fact.Stamp.AsOf > Clock) Clock = Current.Fact.Stamp.AsOf; // A new run's clock may start behind the old one's.
        }

        public ValueTask DisposeAsync() => messages.DisposeAsync();
    }
}
