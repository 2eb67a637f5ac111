using Microsoft.Extensions.Logging;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>A fact that waits to be recorded.</summary>
/// <param name="Previous">On the first message of a run: the stream's last position in the run before; otherwise default.</param>
/// <param name="Delivery">Cancelled when the delivery has died: the broker has the message again.</param>
public sealed record Recording(RecordedMessage Message, StreamPosition Previous, CancellationToken Delivery);

/// <summary>
/// Appends facts to the event log, in the order of their stamps, many to a transaction. What arrives before its predecessor is held until that
/// is here; what never comes is counted out loud after <see cref="Patience"/>, and so is at once what an archived stream no longer takes.
/// </summary>
/// <remarks>
/// A predecessor may also be missing because the broker has it: a consumer that stops drops deliveries that it has not begun, and has begun
/// later ones. So nothing is held for a delivery that has died, and no hole is believed while the process stops. A message that was recorded
/// across such a hole would turn its predecessors into duplicates when they come again.
/// </remarks>
public sealed partial class Recorder : IAsyncDisposable
{
    const int MaxWaiting = 4_096;
    const int LeastLooks = 20;

    readonly EventLog _log;
    readonly CancellationToken _stopping;
    readonly ILogger<Recorder> _logger;
    readonly Batcher<Recording> _batcher;
    readonly Dictionary<string, SortedDictionary<StreamPosition, List<Waiting<Recording>>>> _held = new(StringComparer.Ordinal);
    readonly Dictionary<string, StreamPosition> _recorded = new(StringComparer.Ordinal);

    /// <param name="stopping">Cancelled as soon as the process begins to stop, before its consumers do.</param>
    public Recorder(EventLog log, ILogger<Recorder> logger, CancellationToken stopping)
    {
        _log = log;
        _stopping = stopping;
        _logger = logger;
        _batcher = new Batcher<Recording>(MaxWaiting, CommitAsync);
        _batcher.Start();
    }

    /// <summary>
    /// How long a message waits for its predecessor. Longer than a process takes to stop (<see cref="BusRegistration.StopTimeout"/>): until then
    /// the broker does not give the next process what the last one had not begun.
    /// </summary>
    public TimeSpan Patience { get; init; } = 2 * BusRegistration.StopTimeout;

    /// <summary>Returns when the fact is committed, or with <paramref name="isQueuedEnough"/> when it is queued.</summary>
    /// <exception cref="OperationCanceledException">The delivery has died.</exception>
    public Task AddAsync(Recording recording, bool isQueuedEnough) => _batcher.AddAsync(recording, isQueuedEnough, recording.Delivery);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    async Task CommitAsync(IReadOnlyList<Waiting<Recording>> arrived, CancellationToken cancel)
    {
        foreach (var waiting in arrived) Hold(waiting);
        LetGoOfTheDead();
        if (_held.Count == 0) return;

        await Retry.ForeverAsync("The recorder", () => LearnPositionsAsync(cancel), _logger, cancel);
        var ready = TakeReady();
        if (ready.Count == 0) return;

        var messages = ready.ConvertAll(waiting => waiting.Item.Message);
        await Retry.ForeverAsync("The recorder", async () =>
        {
            var result = await AppendAsync(messages, cancel);
            Telemetry.Recorded.Add(result.Written);
            Telemetry.RecordedTwice.Add(result.Duplicates);
        }, _logger, cancel);

        foreach (var waiting in ready)
        {
            var stamp = waiting.Item.Message.Stamp;
            if (stamp.Position() > _recorded[stamp.Stream]) _recorded[stamp.Stream] = stamp.Position();
            waiting.Done.TrySetResult();
        }
    }

    // An archived stream would refuse its messages for ever, and everybody else's with them.
    async Task<AppendResult> AppendAsync(List<RecordedMessage> messages, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await _log.AppendAsync(messages, cancel);
            }
            catch (StreamArchivedException archived)
            {
                var last = _recorded[archived.Stream];
                int lost = messages.Where(message => message.Stamp.Stream == archived.Stream && message.Stamp.Position() > last).DistinctBy(message => message.Stamp.Position()).Count();
                messages.RemoveAll(message => message.Stamp.Stream == archived.Stream);
                LogArchived(_logger, archived.Stream, lost);
                Telemetry.MessagesLost.Add(lost, new KeyValuePair<string, object?>("fold", "recorder"));
            }
        }
    }

    void Hold(Waiting<Recording> waiting)
    {
        var stamp = waiting.Item.Message.Stamp;
        if (!_held.TryGetValue(stamp.Stream, out var stream)) _held[stamp.Stream] = stream = [];
        if (!stream.TryGetValue(stamp.Position(), out var same)) stream[stamp.Position()] = same = [];
        same.Add(waiting);
    }

    void LetGoOfTheDead()
    {
        foreach (var (stream, waiting) in _held.ToArray())
        {
            foreach (var (position, same) in waiting.ToArray())
                if (same.RemoveAll(one => one.Item.Delivery.IsCancellationRequested) > 0 && same.Count == 0) waiting.Remove(position);
            if (waiting.Count == 0) _held.Remove(stream);
        }
    }

    async Task LearnPositionsAsync(CancellationToken cancel)
    {
        string[] unknown = [.. _held.Keys.Where(stream => !_recorded.ContainsKey(stream))];
        if (unknown.Length == 0) return;
        if (_recorded.Count > 10_000) _recorded.Clear();
        var positions = await _log.PositionsAsync(_held.Keys.ToArray(), cancel);
        foreach (string stream in _held.Keys) _recorded[stream] = positions.GetValueOrDefault(stream);
    }

    /// <summary>What may be appended now, in order within each stream: redeliveries (the log drops them by stamp) and unbroken runs of successors.</summary>
    List<Waiting<Recording>> TakeReady()
    {
        var ready = new List<Waiting<Recording>>();
        foreach (var (stream, waiting) in _held)
        {
            var last = _recorded[stream];
            foreach (var (position, same) in waiting.ToArray())
            {
                bool isNext = position <= last || last.IsFollowedBy(position) || (position.Run > last.Run && position.Sequence == 1 && same[0].Item.Previous <= last);
                if (!isNext)
                {
                    // Age alone would condemn what stood in the queue through an outage, right before its predecessor.
                    if (_stopping.IsCancellationRequested || Environment.TickCount64 - same[0].Since < Patience.TotalMilliseconds || ++same[0].HeldBack < LeastLooks) break;
                    LogHole(_logger, stream, last.Run, last.Sequence, position.Run, position.Sequence);
                    Telemetry.MessagesLost.Add(1, new KeyValuePair<string, object?>("fold", "recorder"));
                }

                ready.AddRange(same);
                waiting.Remove(position);
                if (position > last) last = position;
            }
        }

        foreach (string stream in _held.Where(entry => entry.Value.Count == 0).Select(entry => entry.Key).ToArray()) _held.Remove(stream);
        return ready;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The log of {Stream} has a hole: run {LastRun} #{LastSequence} is followed by run {Run} #{Sequence}")]
    static partial void LogHole(ILogger logger, string stream, long lastRun, long lastSequence, long run, long sequence);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Stream} is archived: {Messages} new messages of it were not recorded")]
    static partial void LogArchived(ILogger logger, string stream, int messages);
}
