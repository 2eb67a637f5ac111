using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using EventLog = ZeroGex.Storage.EventLog;
using LogSpan = ZeroGex.Storage.LogSpan;

namespace ZeroGex.Bus.Replay;

/// <summary>One root's session, as far as a question reads it.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Session">The session date.</param>
/// <param name="Streams">Its streams that some fold reads.</param>
/// <param name="First">The clock of their first message.</param>
/// <param name="Last">The clock that all of them have reached, or what is earlier, <paramref name="Until"/>.</param>
/// <param name="Until">Where the root's next session begins: what a fold answers of a later moment, while its streams linger, is not the old session's to say. Null when there is none.</param>
public sealed record ReplayUnit(string Root, DateOnly Session, IReadOnlyList<ReplayStream> Streams, DateTimeOffset First, DateTimeOffset Last, DateTimeOffset? Until)
{
    /// <summary>Messages to read.</summary>
    public long Events => Streams.Sum(stream => stream.Events);
}

/// <summary>How far a replay is; read while it runs.</summary>
public sealed class ReplayProgress
{
    long _events;
    long _skipped;
    long _results;
    long _market;

    /// <summary>Messages to read in all.</summary>
    public long Total { get; set; }

    /// <summary>Messages read.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Those of them that an earlier go has read.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Results given.</summary>
    public long Results => Interlocked.Read(ref _results);

    /// <summary>The clock of the fact read last, UTC ticks; 0 before the first.</summary>
    public long MarketTicks => Interlocked.Read(ref _market);

    internal void Add(IMarketFact fact, int results)
    {
        Interlocked.Increment(ref _events);
        if (results > 0) Interlocked.Add(ref _results, results);
        Interlocked.Exchange(ref _market, fact.Stamp.AsOf.UtcTicks);
    }

    internal void Skip(long events)
    {
        Interlocked.Add(ref _skipped, events);
        Interlocked.Add(ref _events, events);
    }
}

/// <summary>
/// Runs recorded facts through the very folds that run live. Roots and sessions have nothing to do with each other, so that they are shared among threads
/// and the answers do not depend on how many there are.
/// </summary>
/// <param name="log">Where the facts are.</param>
/// <param name="question">What is asked.</param>
/// <param name="sink">Where the results go.</param>
/// <param name="echo">Where facts and results are published too, each fact before its results; null for nowhere.</param>
/// <param name="clock">The pace; null for as fast as it goes.</param>
/// <param name="threads">How many units run side by side; a paced replay runs all of a session's.</param>
public sealed class Replayer(EventLog log, ReplayQuestion question, IReplaySink sink, BusEcho? echo, ReplayClock? clock, int threads)
{
    const int Batch = 512;

    readonly FoldSpec[] _folds = [.. Folds.All.Where(fold => question.Folds.Contains(fold.Name))];

    /// <summary>How far it is.</summary>
    public ReplayProgress Progress { get; } = new();

    /// <summary>What the question reads, as the log stands now: sessions in order, and of each the roots.</summary>
    public async Task<IReadOnlyList<ReplayUnit>> UnitsAsync(CancellationToken cancel)
    {
        var spans = await log.SpansAsync([.. _folds.SelectMany(fold => fold.Inputs).Distinct()], cancel);
        return
        [
            .. spans.GroupBy(span => (span.Root, span.Session))
                .Where(unit => (question.Roots.IsEmpty || question.Roots.Contains(unit.Key.Root)) && question.Range.Touches(unit.Key.Session, unit.Min(span => span.First), unit.Max(span => span.Last)))
                .OrderBy(unit => unit.Key.Session).ThenBy(unit => unit.Key.Root, StringComparer.Ordinal)
                .Select(unit => UnitOf(unit.Key.Root, unit.Key.Session, [.. unit], LogSpan.NextSession(spans, unit.Key.Root, unit.Key.Session))),
        ];

        static ReplayUnit UnitOf(string root, DateOnly session, IReadOnlyList<LogSpan> spans, DateTimeOffset? until)
        {
            var last = spans.Min(span => span.Last);
            return new(root, session, [.. spans.Select(span => new ReplayStream(span.Kind, span.Stream, span.Through, span.Events))], spans.Min(span => span.First), until < last ? until.Value : last, until);
        }
    }

    /// <summary>Answers the question; goes on where an earlier go has ended.</summary>
    /// <exception cref="InvalidOperationException">The earlier go was another engine's.</exception>
    public async Task<ReplayManifest> RunAsync(string name, string engine, IReadOnlyList<ReplayUnit> units, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        Progress.Total = units.Sum(unit => unit.Events);
        var outcomes = (await sink.FinishedAsync(cancel)).ToDictionary(outcome => (outcome.Root, outcome.Session));
        if (outcomes.Values.FirstOrDefault(outcome => outcome.Engine != engine) is { } other)
            throw new InvalidOperationException($"It was begun by engine {other.Engine}, and this is {engine}: one answer must not be of two engines.");
        foreach (var unit in units.Where(unit => outcomes.ContainsKey((unit.Root, unit.Session)))) Progress.Skip(unit.Events);

        var left = units.Where(unit => !outcomes.ContainsKey((unit.Root, unit.Session))).ToList();
        foreach (var group in clock is null ? [left] : left.GroupBy(unit => unit.Session).Select(session => session.ToList()))
        {
            // Nights between sessions are not waited for, nor what is folded only because the wanted span needs it.
            DateTimeOffset start = new[] { question.Range.From, clock?.Start, group.Count > 0 ? group.Min(unit => unit.First) : null }.Max() ?? default;
            var options = new ParallelOptions { MaxDegreeOfParallelism = clock is null ? threads : group.Count, CancellationToken = cancel };
            await Parallel.ForEachAsync(group, options, async (unit, stop) =>
            {
                var outcome = await RunAsync(unit, engine, start, stop);
                lock (outcomes) outcomes.Add((unit.Root, unit.Session), outcome);
            });
        }

        var manifest = ReplayManifest.Of(name, question, engine, outcomes.Values, Stopwatch.GetElapsedTime(started).TotalSeconds);
        await sink.EndAsync(manifest, cancel);
        return manifest;
    }

    async Task<UnitOutcome> RunAsync(ReplayUnit unit, string engine, DateTimeOffset start, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        var facts = new SessionFacts(log, unit.Streams);
        // A fold waits for every one of its inputs; one that was never recorded would leave it waiting for ever.
        var fed = _folds.ToLookup(spec => spec.Inputs.All(kind => unit.Streams.Any(stream => stream.Kind == kind)));
        var folds = fed[true].Select(spec => (Spec: spec, Fold: spec.Create(unit.Root, unit.Session, question.Settings), Hash: new ResultHash())).ToArray();

        await using var target = await sink.OpenAsync(unit.Root, unit.Session, cancel);
        await using var writer = new BehindWriter(target, cancel);
        var batch = new List<IMarketResult>(Batch);
        await foreach (var (fact, message) in facts.ReadAsync(cancel))
        {
            if (clock is not null && fact.Stamp.AsOf >= start)
            {
                clock.SeekTo(start); // Now, and not earlier: catching up takes time of its own.
                await clock.WaitUntilAsync(fact.Stamp.AsOf, cancel);
            }

            if (echo is not null) await echo.PublishAsync(fact, message, cancel);

            int before = batch.Count;
            string kind = message.Contract.Kind!;
            foreach (var (spec, fold, hash) in folds)
            {
                if (!spec.Inputs.Contains(kind)) continue;
                foreach (IMarketResult result in fold.Apply(fact))
                {
                    if (!question.Range.Has(result.Time) || result.Time > unit.Until) continue;
                    hash.Add(result);
                    batch.Add(result);
                    if (echo is not null) await echo.PublishAsync(result, cancel);
                }
            }

            Progress.Add(fact, batch.Count - before);
            if (batch.Count < (clock is null ? Batch : 1)) continue;
            await writer.AddAsync(batch);
            batch = new List<IMarketResult>(Batch);
        }

        await writer.AddAsync(batch);
        await writer.EndAsync();
        var outcome = new UnitOutcome(
            unit.Root, unit.Session, facts.Events, facts.Missing, facts.Hash(),
            [.. folds.Select(fold => new FoldOutcome(fold.Spec.Name, fold.Hash.Count, fold.Fold.Late, fold.Fold.Lost, fold.Hash.End()))],
            [.. fed[false].Select(spec => spec.Name)], engine, Stopwatch.GetElapsedTime(started).TotalSeconds, unit.First, unit.Last, facts.Deleted, facts.Unknown);
        await target.FinishAsync(outcome, cancel);
        return outcome;
    }

    /// <summary>Writes batches on another thread, a few ahead at most.</summary>
    sealed class BehindWriter : IAsyncDisposable
    {
        readonly Channel<List<IMarketResult>> _batches = Channel.CreateBounded<List<IMarketResult>>(4);
        readonly Task _writing;

        public BehindWriter(IUnitSink target, CancellationToken cancel) => _writing = Task.Run(async () =>
        {
            try
            {
                await foreach (var batch in _batches.Reader.ReadAllAsync(cancel)) await target.WriteAsync(batch, cancel);
            }
            catch (Exception error)
            {
                _batches.Writer.TryComplete(error); // Whoever adds more hears of it.
                throw;
            }
        }, cancel);

        public async Task AddAsync(List<IMarketResult> batch)
        {
            if (batch.Count == 0) return;
            try
            {
                await _batches.Writer.WriteAsync(batch);
            }
            catch (ChannelClosedException)
            {
                await _writing;
                throw;
            }
        }

        public Task EndAsync()
        {
            _batches.Writer.TryComplete();
            return _writing;
        }

        public async ValueTask DisposeAsync()
        {
            _batches.Writer.TryComplete();
            await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
