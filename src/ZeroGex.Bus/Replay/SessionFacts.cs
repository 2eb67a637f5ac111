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
    readonly EventLog _log = log.CountingAfresh();
    readonly ReplayStream[] _streams = [.. streams.OrderBy(stream => stream.Kind, StringComparer.Ordinal)];
    readonly IncrementalHash[] _hashes = [.. streams.Select(_ => IncrementalHash.CreateHash(HashAlgorithmName.SHA256))];
    readonly StreamPosition[] _last = new StreamPosition[streams.Count];

    /// <summary>Messages read so far.</summary>
    public long Events { get; private set; }

    /// <summary>Messages that are missing between those read.</summary>
    public long Missing { get; private set; }

    /// <summary>Events that were recorded and are gone: somebody has deleted their rows. Those between others are missing, too.</summary>
    public long Deleted => _log.Missing;

    /// <summary>Events passed over because this version does not know what they are.</summary>
    public long Unknown => _log.UnknownSkipped;

    /// <summary>The facts with the bytes that were recorded, in order. To be read once.</summary>
    public async IAsyncEnumerable<(IMarketFact Fact, RecordedMessage Message)> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var spans = _streams.Select(stream => new StreamSpan(stream.Id, default, new StreamPosition(stream.Through.Run, stream.Through.Sequence + 1))).ToArray();
        await foreach (var (fact, message, stream) in _log.ReadMergedAsync(spans, cancel))
        {
            Count(message, stream);
            yield return (fact, message);
        }
    }

    /// <summary>SHA-256 over everything read: a line a stream with its id and the hash of its bodies. Ends the reading.</summary>
    public string Hash()
    {
        var lines = new StringBuilder();
        for (int i = 0; i < _streams.Length; i++) lines.Append(_streams[i].Id).Append(' ').Append(Convert.ToHexStringLower(_hashes[i].GetHashAndReset())).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    void Count(RecordedMessage message, int stream)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, message.Body.Length);
        _hashes[stream].AppendData(length);
        _hashes[stream].AppendData(message.Body.Span);
        var position = message.Stamp.Position();
        Missing += position.Sequence - (position.Run == _last[stream].Run ? _last[stream].Sequence + 1 : 1);
        _last[stream] = position;
        Events++;
    }
}
