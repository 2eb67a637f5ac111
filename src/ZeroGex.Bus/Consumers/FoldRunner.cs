using Microsoft.Extensions.Logging;
using Npgsql;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>How patiently a fold refills.</summary>
/// <param name="Patience">How long it waits for the log to hold what it misses before it counts the loss and goes on.</param>
/// <param name="Poll">How often it looks.</param>
public sealed record RefillSettings(TimeSpan Patience, TimeSpan Poll)
{
    public static RefillSettings Default { get; } = new(TimeSpan.FromMinutes(10), TimeSpan.FromMilliseconds(50));
}

/// <summary>
/// Runs a fold on a queue: in order, without holes, and never forgetting an answer. On its first delivery of a stream, on a hole and on a new
/// gateway run it waits until the log holds everything up to the delivery, replays what it lacks and only then applies the delivery.
/// What lies before the mark that the tables committed with their rows is replayed silently; what lies after it is answered again, aloud.
/// What the log lacks too is lost, and said so on the bus.
/// </summary>
/// <param name="name">The fold's name, and its consumer name in the table of marks.</param>
/// <param name="create">A fresh fold for a stream id.</param>
/// <param name="publish">Publishes one answer, confirmed.</param>
/// <param name="report">Publishes the fact of a loss, confirmed.</param>
/// <param name="stopping">The process is ending: what cannot be finished is left unacknowledged.</param>
public sealed partial class FoldRunner<TFact, TAnswer>(
    string name,
    Func<string, Func<TFact, IReadOnlyList<TAnswer>>> create,
    Func<Answer<TAnswer>, CancellationToken, Task> publish,
    Func<Loss, CancellationToken, Task> report,
    EventLog log,
    ProgressTable progress,
    RefillSettings settings,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping) : IDisposable
    where TFact : class, IMarketFact
{
    readonly Dictionary<string, Run> _streams = new(StringComparer.Ordinal);
    readonly Queue<Answer<TAnswer>> _unpublished = new();
    readonly Queue<Loss> _unreported = new();
    readonly SemaphoreSlim _turn = new(1, 1); // After a lost connection a redelivery may come while its first delivery still holds on.

    /// <summary>Applies one delivery and publishes its answers, holding on for as long as that takes. When it returns, the delivery may be acknowledged.</summary>
    public async Task HandleAsync(TFact fact, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await Retry.ForeverAsync(name, () => TryHandleAsync(fact, cancel), logger, cancel, stopping);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Answers what a stream still owes when nothing more will come on it: an ended session whose last answers never reached the tables, because
    /// the process died with them or a full queue dropped its oldest. Run once at start-up, beside the deliveries.
    /// </summary>
    /// <param name="sessions">The newest sessions to look at; what is older is the business of a rebuild.</param>
    public async Task CatchUpAsync(int sessions, CancellationToken cancel)
    {
        IReadOnlyList<string> streams = [];
        await Retry.ForeverAsync(name, async () => streams = await RecentStreamsAsync(sessions, cancel), logger, cancel);
        foreach (string stream in streams)
        {
            await _turn.WaitAsync(cancel);
            try
            {
                await Retry.ForeverAsync(name, () => CatchUpAsync(stream, cancel), logger, cancel);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    async Task<IReadOnlyList<string>> RecentStreamsAsync(int sessions, CancellationToken cancel)
    {
        var streams = (await log.StreamsAsync(Contract.Of(typeof(TFact)).Kind!, cancel)).Select(id => (Id: id, Contract.ParseStreamId(id).Session)).ToList();
        var recent = streams.Select(stream => stream.Session).Distinct().OrderDescending().Take(sessions).ToHashSet();
        return [.. streams.Where(stream => recent.Contains(stream.Session)).OrderBy(stream => stream.Session).Select(stream => stream.Id)];
    }

    async Task CatchUpAsync(string stream, CancellationToken cancel)
    {
        await PublishAsync(cancel);
        var run = await OpenAsync(stream, cancel);
        if (run.IsPrimed) return; // A delivery was faster.

        var recorded = (await log.PositionsAsync([stream], cancel)).GetValueOrDefault(stream);
        if (recorded <= run.Answered) return;

        await ReplayAsync(stream, run, new StreamPosition(recorded.Run, recorded.Sequence + 1), cancel);
        run.IsPrimed = true;
        if (run.SaidAloud > 0) LogCaughtUp(logger, name, run.SaidAloud, stream);
        else await progress.WriteAsync([new ProgressMark(name, stream, recorded)], cancel); // Nothing is owed: the next start need not look again.
    }

    public void Dispose() => _turn.Dispose();

    async Task TryHandleAsync(TFact fact, CancellationToken cancel)
    {
        await PublishAsync(cancel); // What an earlier attempt could not.

        string stream = fact.Stamp.Stream;
        var position = fact.Stamp.Position();
        var run = await OpenAsync(stream, cancel);

        bool isNext = run.IsPrimed && (position <= run.Position || run.Position.IsFollowedBy(position));
        if (!isNext) await RefillAsync(stream, run, position, cancel);

        Apply(run, fact, isAloud: true);
        await PublishAsync(cancel);
    }

    async Task<Run> OpenAsync(string stream, CancellationToken cancel)
    {
        if (_streams.TryGetValue(stream, out var known)) return known;
        ForgetOldSessions(stream);
        var marks = await progress.ReadAsync(name, cancel);
        var losses = await Losses.OpenAsync(name, stream, log, cancel);
        return _streams[stream] = new Run(create(stream), marks.GetValueOrDefault(stream), losses);
    }

    /// <summary>Applies a fact from the queue or the log. A jump that is left by now is a loss: the fold itself sees it in the sequence and marks what it touches.</summary>
    void Apply(Run run, TFact fact, bool isAloud)
    {
        var position = fact.Stamp.Position();
        if (position > run.Position)
        {
            if (run.Losses.Find(run.Position, run.AsOf, fact.Stamp) is { } loss) Report(loss);
            (run.Position, run.AsOf) = (position, fact.Stamp.AsOf);
        }

        var answers = run.Apply(fact);
        if (!isAloud) return;
        run.SaidAloud += answers.Count;
        for (int i = 0; i < answers.Count; i++)
            _unpublished.Enqueue(new Answer<TAnswer>(answers[i], i == answers.Count - 1 ? new ProgressMark(name, fact.Stamp.Stream, position) : null));
    }

    void Report(Loss loss)
    {
        _unreported.Enqueue(loss);
        Telemetry.MessagesLost.Add(loss.Messages, new KeyValuePair<string, object?>("fold", name));
        LogLost(logger, loss.Fact.Detail!);
    }

    async Task RefillAsync(string stream, Run run, StreamPosition before, CancellationToken cancel)
    {
        await WaitForLogAsync(stream, before, cancel);
        long replayed = await ReplayAsync(stream, run, before, cancel);
        run.IsPrimed = true;
        Telemetry.Refills.Add(1, new KeyValuePair<string, object?>("fold", name));
        if (replayed > 0) LogRefilled(logger, name, replayed, stream, before.Sequence);
    }

    /// <summary>What the log has between the fold's position and another: silently what the tables have, aloud what is still owed.</summary>
    /// <returns>How many messages that were.</returns>
    async Task<long> ReplayAsync(string stream, Run run, StreamPosition before, CancellationToken cancel)
    {
        long replayed = 0;
        await foreach (var fact in log.ReadStreamAsync(stream, run.Position, before, cancel))
        {
            Apply(run, (TFact)fact, isAloud: fact.Stamp.Position() > run.Answered);
            await PublishAsync(cancel);
            replayed++;
        }

        return replayed;
    }

    async Task WaitForLogAsync(string stream, StreamPosition position, CancellationToken cancel)
    {
        long started = time.GetTimestamp();
        bool isSaid = false;
        while (true)
        {
            string behind;
            try
            {
                var recorded = (await log.PositionsAsync([stream], cancel)).GetValueOrDefault(stream);
                if (recorded >= position) return;
                behind = $"it is at run {recorded.Run} #{recorded.Sequence}";
            }
            catch (NpgsqlException error)
            {
                behind = error.Message;
            }

            var waited = time.GetElapsedTime(started);
            if (waited > settings.Patience) return;
            if (!isSaid && waited > TimeSpan.FromSeconds(3)) LogWaiting(logger, name, stream, position.Sequence, behind);
            isSaid |= waited > TimeSpan.FromSeconds(3);
            await Task.Delay(settings.Poll, time, cancel);
        }
    }

    async Task PublishAsync(CancellationToken cancel)
    {
        while (_unreported.TryPeek(out var loss))
        {
            await report(loss, cancel);
            _unreported.Dequeue();
        }

        while (_unpublished.TryPeek(out var answer))
        {
            await publish(answer, cancel);
            _unpublished.Dequeue();
            Telemetry.Windows.Add(1, new KeyValuePair<string, object?>("fold", name));
        }
    }

    /// <summary>A stream two sessions old has closed its last window.</summary>
    void ForgetOldSessions(string opened)
    {
        var (kind, root, session) = Contract.ParseStreamId(opened);
        string[] known = [.. _streams.Keys.Where(id => Contract.ParseStreamId(id) is var other && other.Kind == kind && other.Root == root && other.Session < session).Order(StringComparer.Ordinal)];
        foreach (string old in known.SkipLast(1)) _streams.Remove(old);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Fold} answered {Count} times what {Stream} still owed")]
    static partial void LogCaughtUp(ILogger logger, string fold, int count, string stream);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Fold} replayed {Count} messages of {Stream} before #{Sequence}")]
    static partial void LogRefilled(ILogger logger, string fold, long count, string stream, long sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fold} waits for the log to reach {Stream} #{Sequence}: {Behind}")]
    static partial void LogWaiting(ILogger logger, string fold, string stream, long sequence, string behind);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Loss}: neither the queue nor the log has them")]
    static partial void LogLost(ILogger logger, string loss);

    sealed class Run(Func<TFact, IReadOnlyList<TAnswer>> apply, StreamPosition answered, Losses losses)
    {
        public readonly Func<TFact, IReadOnlyList<TAnswer>> Apply = apply;
        public readonly StreamPosition Answered = answered;
        public readonly Losses Losses = losses;
        public StreamPosition Position;
        public DateTimeOffset? AsOf;
        public bool IsPrimed;
        public int SaidAloud;
    }
}

/// <summary>An answer on its way out.</summary>
/// <param name="Value">The result.</param>
/// <param name="Mark">On the last answer of a fact: everything up to that fact has been answered.</param>
public sealed record Answer<T>(T Value, ProgressMark? Mark);
