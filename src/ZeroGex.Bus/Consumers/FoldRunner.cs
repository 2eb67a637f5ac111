using Microsoft.Extensions.Logging;
using Npgsql;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>How patiently a fold refills.</summary>
/// <param name="Patience">How long it waits for the log to hold what it misses before it counts the loss and goes on.</param>
/// <param name="Poll">How often it looks.</param>
public sealed record RefillSettings(TimeSpan Patience, TimeSpan Poll)
{
    public static RefillSettings Default { get; } = new(TimeSpan.FromMinutes(10), TimeSpan.FromMilliseconds(50));

    /// <summary>How long one input may say nothing while another does before the fold is put aside: rows would pile up. It is made again from the log when that input goes on.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>
/// Runs a fold on a queue, a root's session at a time: in order, without holes, and never forgetting an answer. On the first delivery of a session, on a hole
/// and on a new gateway run it waits until the log holds everything up to the delivery, replays what it lacks and only then applies the delivery.
/// What the tables committed, by the mark in its rows, is replayed silently; what lies after it is answered again, aloud.
/// What the log lacks too is lost, and said so on the bus.
/// </summary>
/// <param name="spec">The fold; its name is the consumer name in the table of marks.</param>
/// <param name="settings">What it is told.</param>
/// <param name="publish">Publishes one answer, confirmed.</param>
/// <param name="report">Publishes the fact of a loss, confirmed.</param>
/// <param name="stopping">The process is ending: what cannot be finished is left unacknowledged.</param>
public sealed partial class FoldRunner(
    FoldSpec spec,
    FoldSettings settings,
    Func<Answer, CancellationToken, Task> publish,
    Func<Loss, CancellationToken, Task> report,
    EventLog log,
    ProgressTable progress,
    RefillSettings refill,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping) : IDisposable
{
    readonly Dictionary<(string Root, DateOnly Session), Unit> _units = [];
    readonly Queue<Answer> _unpublished = new();
    readonly Queue<Loss> _unreported = new();
    readonly SemaphoreSlim _turn = new(1, 1); // After a lost connection a redelivery may come while its first delivery still holds on.

    /// <summary>Applies one delivery and publishes its answers, holding on for as long as that takes. When it returns, the delivery may be acknowledged.</summary>
    public async Task HandleAsync(IMarketFact fact, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await Retry.ForeverAsync(spec.Name, () => TryHandleAsync(fact, cancel), logger, cancel, stopping);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Answers what sessions still owe when nothing more will come of them: ended ones whose last answers never reached the tables, because
    /// the process died with them or a full queue dropped its oldest. Run once at start-up, beside the deliveries.
    /// </summary>
    /// <param name="sessions">The newest sessions to look at; what is older is the business of a rebuild.</param>
    public async Task CatchUpAsync(int sessions, CancellationToken cancel)
    {
        IReadOnlyList<(string Root, DateOnly Session)> recent = [];
        await Retry.ForeverAsync(spec.Name, async () => recent = await RecentAsync(sessions, cancel), logger, cancel);
        foreach (var (root, session) in recent)
        {
            await _turn.WaitAsync(cancel);
            try
            {
                await Retry.ForeverAsync(spec.Name, () => CatchUpAsync(root, session, cancel), logger, cancel);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    public void Dispose() => _turn.Dispose();

    async Task<IReadOnlyList<(string Root, DateOnly Session)>> RecentAsync(int sessions, CancellationToken cancel)
    {
        var units = new HashSet<(string Root, DateOnly Session)>();
        foreach (string kind in spec.Inputs)
            foreach (string stream in await log.StreamsAsync(kind, cancel))
                if (Contract.ParseStreamId(stream) is var (_, root, session)) units.Add((root, session));
        var recent = units.Select(unit => unit.Session).Distinct().OrderDescending().Take(sessions).ToHashSet();
        return [.. units.Where(unit => recent.Contains(unit.Session)).OrderBy(unit => unit.Session).ThenBy(unit => unit.Root, StringComparer.Ordinal)];
    }

    async Task CatchUpAsync(string root, DateOnly session, CancellationToken cancel)
    {
        await PublishAsync(cancel);
        var unit = await OpenAsync(root, session, cancel);
        if (unit.IsPrimed || unit.WaitsFor is not null) return; // A delivery was faster.

        var recorded = await log.PositionsAsync([.. unit.Inputs.Select(input => input.Stream)], cancel);
        if (unit.Inputs.All(input => recorded.GetValueOrDefault(input.Stream) <= input.Settled)) return;

        await ReplayAsync(unit, [.. unit.Inputs.Select(input => (input, After(recorded.GetValueOrDefault(input.Stream))))], cancel);
        unit.IsPrimed = true;
        if (unit.SaidAloud > 0) LogCaughtUp(logger, spec.Name, unit.SaidAloud, root, session);
        else await progress.WriteAsync([.. recorded.Select(stream => new ProgressMark(spec.Name, stream.Key, stream.Value))], cancel); // Nothing is owed: the next start need not look again.
    }

    async Task TryHandleAsync(IMarketFact fact, CancellationToken cancel)
    {
        await PublishAsync(cancel); // What an earlier attempt could not.

        var (kind, root, session) = Contract.ParseStreamId(fact.Stamp.Stream);
        var unit = await OpenAsync(root, session, cancel);
        var input = unit.Of(kind);
        if (unit.WaitsFor is { } late && late != kind) return; // The log has it.

        var position = fact.Stamp.Position();
        bool isNext = unit.IsPrimed && (position <= input.Position || input.Position.IsFollowedBy(position));
        if (!isNext) await RefillAsync(unit, input, position, cancel);

        Apply(unit, input, fact, isLive: true);
        await PublishAsync(cancel);
        input.Heard = time.GetTimestamp();
        if (unit.Inputs.FirstOrDefault(other => other.Clock is not { } clock || clock < input.Clock) is { } laggard && time.GetElapsedTime(laggard.Heard) > refill.Longest) PutAside(unit, laggard);
    }

    async Task<Unit> OpenAsync(string root, DateOnly session, CancellationToken cancel)
    {
        if (_units.TryGetValue((root, session), out var known)) return known;
        ForgetOldSessions(root, session);
        var marks = await progress.ReadAsync(spec.Name, cancel);
        var inputs = new List<Input>();
        foreach (string kind in spec.Inputs)
        {
            string stream = Contract.StreamId(kind, root, session);
            inputs.Add(new(kind, stream, marks.GetValueOrDefault(stream), await Losses.OpenAsync(spec.Name, stream, log, cancel)) { Heard = time.GetTimestamp() });
        }

        var answered = FoldMark.Through(marks.GetValueOrDefault(FoldMark.Stream(root, session)));
        return _units[(root, session)] = new(root, session, spec.Create(root, session, settings), inputs) { Answered = answered, Until = await UntilAsync(root, session, cancel) };
    }

    async Task<DateTimeOffset?> UntilAsync(string root, DateOnly session, CancellationToken cancel) => LogSpan.NextSession(await log.SpansAsync(spec.Inputs, cancel, root), root, session);

    /// <summary>Applies a fact from the queue or the log. A jump that is left by now is a loss: the fold itself sees it in the sequence and marks what it touches.</summary>
    void Apply(Unit unit, Input input, IMarketFact fact, bool isLive)
    {
        var position = fact.Stamp.Position();
        if (position > input.Position)
        {
            if (input.Losses.Find(input.Position, input.Clock, fact.Stamp) is { } loss) Report(loss);
            input.Position = position;
            input.Clock = fact.Stamp.AsOf;
            if (unit.First is null) Begin(unit, fact.Stamp.AsOf);
        }

        long late = unit.Fold.Late;
        var answers = unit.Fold.Apply(fact);
        if (unit.Fold.Late > late) Telemetry.LateRows.Add(unit.Fold.Late - late, Telemetry.Fold(spec.Name), Telemetry.Root(unit.Root));
        if (answers.Count == 0 || (!isLive && unit.Fold.Through <= unit.Answered)) return;
        if (answers[^1].Time > unit.Until) answers = [.. answers.Where(answer => answer.Time <= unit.Until)];

        unit.SaidAloud += answers.Count;
        var mark = new ProgressMark(spec.Name, unit.Mark, FoldMark.Of(unit.Fold.Through));
        for (int i = 0; i < answers.Count; i++) _unpublished.Enqueue(new Answer(answers[i], i == answers.Count - 1 ? mark : null));
    }

    /// <summary>With a session's first message ends what the one before it may speak of, though its streams linger.</summary>
    void Begin(Unit begun, DateTimeOffset first)
    {
        begun.First = first;
        foreach (var unit in _units.Values.Where(unit => unit.Root == begun.Root && unit.Session < begun.Session)) unit.Until ??= first;
    }

    void Report(Loss loss)
    {
        _unreported.Enqueue(loss);
        Telemetry.MessagesLost.Add(loss.Messages, Telemetry.Fold(spec.Name));
        LogLost(logger, loss.Fact.Detail!);
    }

    /// <summary>What the log has before a position of one input, and of the others, at first, all that it has: a fold of several inputs goes on with all of them.</summary>
    async Task RefillAsync(Unit unit, Input input, StreamPosition before, CancellationToken cancel)
    {
        await WaitForLogAsync(input.Stream, before, cancel);
        List<(Input Input, StreamPosition Before)> missing = [(input, before)];
        if (!unit.IsPrimed)
        {
            var recorded = await log.PositionsAsync([.. unit.Inputs.Select(other => other.Stream)], cancel);
            missing.AddRange(unit.Inputs.Where(other => other != input).Select(other => (other, After(recorded.GetValueOrDefault(other.Stream)))));
        }

        long replayed = await ReplayAsync(unit, missing, cancel);
        (unit.IsPrimed, unit.WaitsFor) = (true, null);
        foreach (var other in unit.Inputs) other.Heard = time.GetTimestamp();
        Telemetry.Refills.Add(1, Telemetry.Fold(spec.Name));
        if (replayed > 0) LogRefilled(logger, spec.Name, replayed, input.Stream, before.Sequence);
    }

    /// <summary>What the log has: silently what the tables have, aloud what is still owed.</summary>
    /// <returns>How many messages that were.</returns>
    async Task<long> ReplayAsync(Unit unit, IReadOnlyList<(Input Input, StreamPosition Before)> missing, CancellationToken cancel)
    {
        long replayed = 0;
        unit.Until ??= await UntilAsync(unit.Root, unit.Session, cancel); // What is replayed was recorded after the next session's first message, or has no later clock.
        await foreach (var (fact, _, stream) in log.ReadMergedAsync([.. missing.Select(part => new StreamSpan(part.Input.Stream, part.Input.Position, part.Before))], cancel))
        {
            Apply(unit, missing[stream].Input, fact, isLive: false);
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
            if (waited > refill.Patience) return;
            if (!isSaid && waited > TimeSpan.FromSeconds(3)) LogWaiting(logger, spec.Name, stream, position.Sequence, behind);
            isSaid |= waited > TimeSpan.FromSeconds(3);
            await Task.Delay(refill.Poll, time, cancel);
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
            Telemetry.Windows.Add(1, Telemetry.Fold(spec.Name));
        }
    }

    void PutAside(Unit unit, Input laggard)
    {
        LogPutAside(logger, spec.Name, unit.Root, laggard.Kind, laggard.Clock);
        var inputs = unit.Inputs.Select(input => new Input(input.Kind, input.Stream, input.Settled, input.Losses)).ToList();
        _units[(unit.Root, unit.Session)] = new(unit.Root, unit.Session, spec.Create(unit.Root, unit.Session, settings), inputs) { Answered = unit.Fold.Through, Until = unit.Until, WaitsFor = laggard.Kind };
    }

    /// <summary>A session two before has closed its last window.</summary>
    void ForgetOldSessions(string root, DateOnly opened)
    {
        DateOnly[] known = [.. _units.Keys.Where(unit => unit.Root == root && unit.Session < opened).Select(unit => unit.Session).Order()];
        foreach (var old in known.SkipLast(1)) _units.Remove((root, old));
    }

    static StreamPosition After(StreamPosition position) => new(position.Run, position.Sequence + 1);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Fold} answered {Count} times what {Root} of {Session} still owed")]
    static partial void LogCaughtUp(ILogger logger, string fold, int count, string root, DateOnly session);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Fold} replayed {Count} messages before {Stream} #{Sequence}")]
    static partial void LogRefilled(ILogger logger, string fold, long count, string stream, long sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fold} waits for the log to reach {Stream} #{Sequence}: {Behind}")]
    static partial void LogWaiting(ILogger logger, string fold, string stream, long sequence, string behind);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Loss}: neither the queue nor the log has them")]
    static partial void LogLost(ILogger logger, string loss);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fold} of {Root} is put aside: its {Kind} stand at {Clock:O} while others go on; it is made again from the log when they come")]
    static partial void LogPutAside(ILogger logger, string fold, string root, string kind, DateTimeOffset? clock);

    /// <summary>A root's session.</summary>
    sealed class Unit(string root, DateOnly session, IFold fold, IReadOnlyList<Input> inputs)
    {
        public readonly string Root = root;
        public readonly DateOnly Session = session;
        public readonly IFold Fold = fold;
        public readonly IReadOnlyList<Input> Inputs = inputs;
        public readonly string Mark = FoldMark.Stream(root, session);
        public DateTimeOffset Answered; // By then, when it was opened: what is replayed up to there is not said again.
        public string? WaitsFor; // Put aside until this input goes on.
        public DateTimeOffset? First;
        public DateTimeOffset? Until; // Where the root's next session begins.
        public bool IsPrimed;
        public int SaidAloud;

        public Input Of(string kind) => Inputs.FirstOrDefault(input => input.Kind == kind) ?? throw new ArgumentException($"{kind} are no input of this fold.", nameof(kind));
    }

    /// <summary>One of its streams.</summary>
    sealed class Input(string kind, string stream, StreamPosition settled, Losses losses)
    {
        public readonly string Kind = kind;
        public readonly string Stream = stream;
        public readonly StreamPosition Settled = settled; // A start has looked up to there, and nothing was owed.
        public readonly Losses Losses = losses;
        public StreamPosition Position;
        public DateTimeOffset? Clock;
        public long Heard; // When a delivery came last, by the wall clock.
    }
}

/// <summary>An answer on its way out.</summary>
/// <param name="Value">The result.</param>
/// <param name="Mark">On the last answer to a fact: how far everything has been answered.</param>
public sealed record Answer(IMarketResult Value, ProgressMark? Mark);

/// <summary>How the marks of folds are written: a stream of their own a root and session, run 0, and as sequence the moment through which all is answered, in Unix microseconds.</summary>
public static class FoldMark
{
    /// <summary>The stream id of the marks of a root's session.</summary>
    public static string Stream(string root, DateOnly session) => Contract.StreamId("answers", root, session);

    /// <summary>A moment as a position, rounded down.</summary>
    public static StreamPosition Of(DateTimeOffset through) => new(0, (through.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>A position as a moment; the least one where there is no mark.</summary>
    public static DateTimeOffset Through(StreamPosition mark) => mark == default ? DateTimeOffset.MinValue : DateTimeOffset.UnixEpoch.AddTicks(mark.Sequence * TimeSpan.TicksPerMicrosecond);
}
