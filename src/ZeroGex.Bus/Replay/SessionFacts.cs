using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Replay;

/// <summary>A stream as far as a replay reads it.</summary>
/// <param name="Kind">First part of its id.</param>
/// <param name="Id">The stream id.</param>
/// <param name="Through">Its last message that belongs to the question; what is recorded later does not.</param>
/// <param name="Events">Messages, as the log counts them.</param>
public sealed record ReplayStream(string Kind, string Id, StreamPosition Through, long Events);

/// <summary>
/// The recorded facts of one root's session, its streams merged by clock, then kind, run and sequence: an order that depends on the facts alone.
/// </summary>
/// <param name="streams">The streams, each of another kind.</param>
public sealed class SessionFacts(EventLog log, IReadOnlyList<ReplayStream> streams)
{
    readonly ReplayStream[] _streams = [.. streams.OrderBy(stream => stream.Kind, StringComparer.Ordinal)];
    readonly IncrementalHash[] _hashes = [.. streams.Select(_ => IncrementalHash.CreateHash(HashAlgorithmName.SHA256))];

    /// <summary>Messages read so far.</summary>
    public long Events { get; private set; }

    /// <summary>Messages that are missing between those read.</summary>
    public long Missing { get; private set; }

    /// <summary>The facts with the bytes that were recorded, in order. To be read once.</summary>
    public async IAsyncEnumerable<(IMarketFact Fact, RecordedMessage Message)> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var inputs = new List<Input>();
        try
        {
            for (int i = 0; i < _streams.Length; i++)
            {
                var stream = _streams[i];
                var through = new StreamPosition(stream.Through.Run, stream.Through.Sequence + 1);
                var input = new Input(log.ReadRecordedAsync(stream.Id, default, through, cancel).GetAsyncEnumerator(cancel), i);
                inputs.Add(input);
                await AdvanceAsync(input);
            }

            while (Next(inputs) is { } next)
            {
                yield return (next.Fact!, next.Message!);
                await AdvanceAsync(next);
            }
        }
        finally
        {
            foreach (var input in inputs) await input.Messages.DisposeAsync();
        }
    }

    /// <summary>SHA-256 over everything read: a line a stream with its id and the hash of its bodies. Ends the reading.</summary>
    public string Hash()
    {
        var lines = new StringBuilder();
        for (int i = 0; i < _streams.Length; i++) lines.Append(_streams[i].Id).Append(' ').Append(Convert.ToHexStringLower(_hashes[i].GetHashAndReset())).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    async ValueTask AdvanceAsync(Input input)
    {
        if (!await input.Messages.MoveNextAsync())
        {
            input.Fact = null;
            return;
        }

        var message = input.Messages.Current;
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, message.Body.Length);
        _hashes[input.Index].AppendData(length);
        _hashes[input.Index].AppendData(message.Body.Span);
        input.Message = message;
        input.Fact = message.Decode();
        var position = message.Stamp.Position();
        Missing += position.Sequence - (position.Run == input.Last.Run ? input.Last.Sequence + 1 : 1);
        input.Last = position;
        if (message.Stamp.AsOf > input.Clock) input.Clock = message.Stamp.AsOf; // A new run's clock may start behind the old one's.
        Events++;
    }

    static Input? Next(List<Input> inputs)
    {
        Input? next = null;
        foreach (var input in inputs)
            if (input.Fact is not null && (next is null || input.Clock < next.Clock)) next = input;
        return next;
    }

    sealed class Input(IAsyncEnumerator<RecordedMessage> messages, int index)
    {
        public readonly IAsyncEnumerator<RecordedMessage> Messages = messages;
        public readonly int Index = index;
        public RecordedMessage? Message;
        public IMarketFact? Fact;
        public StreamPosition Last;
        public DateTimeOffset Clock = DateTimeOffset.MinValue;
    }
}
