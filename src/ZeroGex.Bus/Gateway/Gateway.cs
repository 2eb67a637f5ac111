using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Gateway;

/// <summary>
/// Reads a feed, stamps, spools, publishes: one message in flight per stream, parallel across streams, each retried until the broker has it.
/// </summary>
/// <remarks>
/// <para>A session's first messages go out when all that was said before of its root is on the bus, and what an old session still says after them when they are:
/// folds let the old one speak up to their clock and no further, and so have to hear them first.</para>
/// <para>Only so many beats are in the air: no stream of a fast feed runs far ahead of the others, whose rows a fold would have to keep. What the bus does not
/// take is read and spooled all the same, up to the spool's bound.</para>
/// </remarks>
/// <param name="publish">Hands a message to the bus; returns when the broker has confirmed it, throws when it has not.</param>
/// <param name="recorded">
/// Embedded: what the recorder has committed of the given streams, and only that frees the spool, because an in-memory queue dies with the
/// process. Null where the broker keeps what it confirmed.
/// </param>
/// <param name="taking">Which of the given streams the log takes more of.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore's wait handle is never asked for, so there is nothing to dispose of.")]
public sealed partial class Gateway(
    IMarketFeed feed,
    Spool spool,
    IStreamLease lease,
    Refusals refusals,
    GatewaySettings settings,
    Func<Spooled, CancellationToken, Task> publish,
    Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyDictionary<string, StreamPosition>>>? recorded,
    Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlySet<string>>> taking,
    TimeProvider time,
    ILogger<Gateway> logger)
{
    static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    const int MaxInTheAir = 512;

    readonly Channel<SpooledBeat> _accepted = Channel.CreateUnbounded<SpooledBeat>(new() { SingleReader = true, SingleWriter = true }); // Unbounded here: the spool's bound holds for it.
    readonly SemaphoreSlim _room = new(MaxInTheAir);
    readonly Dictionary<string, Outlet> _outlets = new(StringComparer.Ordinal);
    readonly Dictionary<string, (DateOnly Session, Flight Opening, Task Before)> _sessions = new(StringComparer.Ordinal); // The newest of each root.
    readonly HashSet<string> _leased = new(StringComparer.Ordinal);
    readonly LinkedList<Unrecorded> _unrecorded = new(); // Embedded only: published, not yet committed.
    long _unpublished; // Beats.

    /// <summary>Runs until the feed ends and everything is safe, or until cancelled; then what is in flight gets a moment to land.</summary>
    /// <returns>True when the feed has ended.</returns>
    /// <exception cref="LeaseTakenException">Another gateway stamps one of the roots.</exception>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        using var landing = new CancellationTokenSource();
        using var leased = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var guarding = GuardAsync(leased, landing);
        var dispatching = DispatchAsync(landing.Token);
        var confirming = recorded is null ? Task.CompletedTask : ConfirmRecordedAsync(recorded, landing.Token);
        try
        {
            await foreach (var beat in BeatsAsync(leased.Token))
            {
                foreach (var message in beat.Messages) await LeaseAsync(message.Root, leased.Token);
                Accept(beat);
            }

            await LandAsync(Timeout.InfiniteTimeSpan, leased.Token);
            return true;
        }
        catch (OperationCanceledException) when (leased.IsCancellationRequested)
        {
            if (!cancel.IsCancellationRequested) await guarding; // It says why.

            // What cannot be published now stays in the spool and is published by the next run.
            await LandAsync(TimeSpan.FromSeconds(4), CancellationToken.None);
            return false;
        }
        finally
        {
            await leased.CancelAsync();
            await landing.CancelAsync();
            await dispatching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_outlets.Values.Select(outlet => outlet.Worker).Append(confirming).Append(guarding)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>When another gateway has got the lease, nothing more is read, and nothing more published: not even what is on its way.</summary>
    async Task GuardAsync(CancellationTokenSource leased, CancellationTokenSource landing)
    {
        try
        {
            await lease.GuardAsync(leased.Token);
        }
        catch (LeaseTakenException)
        {
            await landing.CancelAsync();
            await leased.CancelAsync();
            throw;
        }
    }

    /// <summary>The beats in order: first what an earlier run left behind, under its old stamps, then the feed's.</summary>
    async IAsyncEnumerable<SpooledBeat> BeatsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        int drained = 0;
        var underWay = new HashSet<string>(StringComparer.Ordinal);
        foreach (var beat in spool.Unconfirmed())
        {
            drained++;
            foreach (var message in beat.Messages) underWay.Add(message.Stamp.Stream);
            yield return beat;
        }

        // The new run begins when the old one has landed, so that on every stream the old stamps come first.
        if (drained > 0) await LandAsync(Timeout.InfiniteTimeSpan, cancel, published: true);

        string? position = spool.Position;
        var open = new Dictionary<string, StreamState>(spool.Streams, StringComparer.Ordinal);
        long run = spool.BeginRun(time.GetUtcNow());
        var gone = await GoneAsync([.. open.Keys.Where(stream => !underWay.Contains(stream))], cancel);
        var stamper = new Stamper(settings, feed.Sessions, run, position, open, refusals, spool.HasEnded, gone);
        LogRun(logger, feed.Name, run, feed.CanResume ? position ?? "the beginning" : "now", drained);
        foreach (string root in stamper.Roots) await LeaseAsync(root, cancel);

        DateTimeOffset? resumedAfter = !feed.CanResume && open.Count > 0 ? stamper.AsOf : null;
        await foreach (var batch in feed.ReadAsync(feed.CanResume ? position : null, cancel).WithCancellation(cancel))
        {
            if (resumedAfter is { } last)
            {
                foreach (string root in stamper.Roots)
                    batch.For(root).Notices.Add(new FeedNotice(FeedState.Gap, $"{feed.Name} cannot resume: nothing was read while the gateway was down", last, batch.AsOf));
                resumedAfter = null;
            }

            foreach (string root in batch.Roots.Keys) await LeaseAsync(root, cancel);
            foreach (var beat in stamper.Add(batch))
            {
                await RoomAsync(cancel);
                yield return Append(beat);
            }
        }

        cancel.ThrowIfCancellationRequested(); // A feed that is told to stop has not ended: its clock must not run ahead of the next start's prints.
        foreach (var beat in stamper.End()) yield return Append(beat);
        LogEnded(logger, feed.Name, refusals.Total);
    }

    /// <summary>Which streams the log has let go since the run before: what it said of them is confirmed, and the log takes no more.</summary>
    /// <remarks>
    /// Asked here, because here alone it is known that they were there; the recorder would see a hole, and folds would wait for it. Behind a broker a
    /// recorder that has slept through a whole session looks the same: that session lacks the heartbeats that close its last windows.
    /// </remarks>
    async Task<IReadOnlySet<string>> GoneAsync(IReadOnlyCollection<string> confirmed, CancellationToken cancel)
    {
        try
        {
            var here = await taking(confirmed, cancel);
            return confirmed.Where(stream => !here.Contains(stream)).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogTaking(logger, error.Message); // Rather a session that comes back than one that is never closed.
            return new HashSet<string>();
        }
    }

    SpooledBeat Append(Beat beat)
    {
        foreach (var fact in beat.Facts)
        {
            switch (fact)
            {
                case QuotesObserved quotes: Telemetry.Quotes.Add(quotes.Time.Length, new KeyValuePair<string, object?>("root", fact.Root)); break;
                case TradesObserved trades: Telemetry.Prints.Add(trades.Trades.Length, new KeyValuePair<string, object?>("root", fact.Root)); break;
            }
        }

        return spool.Append(beat);
    }

    async Task RoomAsync(CancellationToken cancel)
    {
        var room = spool.WaitForRoomAsync(cancel);
        if (room.IsCompletedSuccessfully) return;
        if (spool.UnconfirmedBytes >= settings.SpoolBytes) LogFull(logger, spool.UnconfirmedBytes >> 20);
        await room;
    }

    async Task LeaseAsync(string root, CancellationToken cancel)
    {
        if (!_leased.Contains(root))
        {
            await lease.AcquireAsync(root, cancel);
            _leased.Add(root);
        }
    }

    void Accept(SpooledBeat beat)
    {
        Interlocked.Increment(ref _unpublished);
        if (_room.CurrentCount == 0) // It may wait for long, with thousands of others.
            foreach (var message in beat.Messages) message.Forget();
        _accepted.Writer.TryWrite(beat);
    }

    async Task DispatchAsync(CancellationToken cancel)
    {
        await foreach (var beat in _accepted.Reader.ReadAllAsync(cancel))
        {
            await _room.WaitAsync(cancel);
            Dispatch(beat, cancel);
        }
    }

    void Dispatch(SpooledBeat beat, CancellationToken cancel)
    {
        var flight = new Flight(beat);
        if (beat.Messages.Count == 0)
        {
            Landed();
            spool.Confirm(beat.Ordinal);
            return;
        }

        if (recorded is not null)
            lock (_unrecorded) _unrecorded.AddLast(new Unrecorded(beat));

        foreach (var message in beat.Messages)
        {
            bool isFirst = !_outlets.TryGetValue(message.Stamp.Stream, out var outlet);
            if (isFirst)
            {
                RetireIdle();
                _outlets[message.Stamp.Stream] = outlet = new Outlet(message.Root, Contract.ParseStreamId(message.Stamp.Stream).Session);
                outlet.Worker = Task.Run(() => PublishInOrderAsync(outlet, cancel), CancellationToken.None);
            }

            if (!_sessions.TryGetValue(message.Root, out var newest) || outlet!.Session > newest.Session)
                _sessions[message.Root] = newest = (outlet!.Session, flight, SaidOfAsync(message.Root, outlet.Session));

            var before = Task.CompletedTask;
            if (outlet.Session == newest.Session && isFirst) before = newest.Before;
            else if (outlet.Session < newest.Session && newest.Opening != flight) before = newest.Opening.Published;

            Interlocked.Increment(ref outlet.Waiting);
            outlet.Queue.Writer.TryWrite(new(message, flight, before)); // Unbounded here: the room in the air holds for it.
        }
    }

    /// <summary>Ends when all that is dispatched by now of a root's sessions before this one is on the bus.</summary>
    Task SaidOfAsync(string root, DateOnly session) => Task.WhenAll(_outlets.Values.Where(outlet => outlet.Root == root && outlet.Session < session).Select(outlet =>
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return outlet.Queue.Writer.TryWrite(new(said)) ? said.Task : Task.CompletedTask;
    }));

    async Task PublishInOrderAsync(Outlet outlet, CancellationToken cancel)
    {
        await foreach (var item in outlet.Queue.Reader.ReadAllAsync(cancel))
        {
            if (item.Said is { } said)
            {
                said.SetResult();
                continue;
            }

            await item.Before.WaitAsync(cancel);
            var message = item.Message!;
            var delay = FirstRetry;
            while (true)
            {
                try
                {
                    await publish(message, cancel);
                    break;
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancel.IsCancellationRequested)
                {
                    Telemetry.PublishRetries.Add(1);
                    LogRetry(logger, message.Stamp.Stream, message.Stamp.Sequence, delay.TotalSeconds, error.Message);
                    await Task.Delay(delay, cancel);
                    delay = delay * 2 < LongestRetry ? delay * 2 : LongestRetry;
                }
            }

            Interlocked.Decrement(ref outlet.Waiting);
            if (!item.Flight!.HasLanded()) continue;
            Landed();
            if (recorded is null) spool.Confirm(item.Flight.Ordinal);
        }
    }

    void Landed()
    {
        _room.Release();
        Interlocked.Decrement(ref _unpublished);
    }

    /// <summary>A rolled stream's outlet has nothing to do any more.</summary>
    void RetireIdle()
    {
        if (_outlets.Count < 256) return;
        foreach (var (stream, outlet) in _outlets.Where(entry => Volatile.Read(ref entry.Value.Waiting) == 0).ToArray())
        {
            outlet.Queue.Writer.Complete();
            _outlets.Remove(stream);
        }
    }

    async Task ConfirmRecordedAsync(Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyDictionary<string, StreamPosition>>> positions, CancellationToken cancel)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
            List<Unrecorded> beats;
            lock (_unrecorded) beats = [.. _unrecorded.Take(10_000)];
            if (beats.Count == 0) continue;

            try
            {
                var streams = beats.SelectMany(beat => beat.Ends).Select(end => end.Stream).ToHashSet();
                var safe = await positions(streams, cancel);
                foreach (var beat in beats)
                {
                    if (beat.Ends.Any(end => safe.GetValueOrDefault(end.Stream) < end.Position)) continue;
                    lock (_unrecorded) _unrecorded.Remove(beat);
                    spool.Confirm(beat.Ordinal);
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogPositions(logger, error.Message); // The spool keeps what it has; the next look frees it.
                await Task.Delay(TimeSpan.FromSeconds(1), cancel);
            }
        }
    }

    /// <summary>Waits until everything dispatched is safe, or with <paramref name="published"/> until it is on the bus.</summary>
    async Task LandAsync(TimeSpan patience, CancellationToken cancel, bool published = false)
    {
        long deadline = patience == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (published ? Interlocked.Read(ref _unpublished) > 0 : spool.UnconfirmedBytes > 0)
        {
            if (Environment.TickCount64 > deadline) return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancel);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Feed}: run {Run} begins at {Position}; {Drained} spooled beats of earlier runs were published first")]
    static partial void LogRun(ILogger logger, string feed, long run, string position, int drained);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Feed} has ended; {Refused} rows were refused")]
    static partial void LogEnded(ILogger logger, string feed, long refused);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The spool is full ({Megabytes} MB unconfirmed): the feed waits")]
    static partial void LogFull(ILogger logger, long megabytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Publishing {Stream} #{Sequence} failed, again in {Seconds:0.0} s: {Reason}")]
    static partial void LogRetry(ILogger logger, string stream, long sequence, double seconds, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot ask the log what it has recorded; the spool grows meanwhile: {Reason}")]
    static partial void LogPositions(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot ask the log which streams it still has; all that were left open are closed: {Reason}")]
    static partial void LogTaking(ILogger logger, string reason);

    /// <summary>A stream's way out.</summary>
    sealed class Outlet(string root, DateOnly session)
    {
        public readonly string Root = root;
        public readonly DateOnly Session = session;
        public readonly Channel<Item> Queue = Channel.CreateUnbounded<Item>(new() { SingleReader = true, SingleWriter = true });
        public Task Worker = Task.CompletedTask;
        public int Waiting;
    }

    /// <summary>A message and what it waits for; or, without one, whoever waits until all before it is on the bus.</summary>
    readonly record struct Item(Spooled? Message, Flight? Flight, Task Before, TaskCompletionSource? Said = null)
    {
        public Item(TaskCompletionSource said) : this(null, null, Task.CompletedTask, said)
        {
        }
    }

    /// <summary>A beat in the air: no more of it than has to be known until it is safe.</summary>
    sealed class Flight(SpooledBeat beat)
    {
        readonly TaskCompletionSource _published = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int _inFlight = beat.Messages.Count;

        public readonly long Ordinal = beat.Ordinal;

        /// <summary>Ends when every message of it is on the bus.</summary>
        public Task Published => _published.Task;

        /// <summary>One message is on the bus.</summary>
        /// <returns>True when it was the last.</returns>
        public bool HasLanded()
        {
            if (Interlocked.Decrement(ref _inFlight) != 0) return false;
            _published.TrySetResult();
            return true;
        }
    }

    /// <summary>A beat that the recorder has not committed as far as is known: what to ask the log for.</summary>
    sealed class Unrecorded(SpooledBeat beat)
    {
        public readonly long Ordinal = beat.Ordinal;

        public readonly (string Stream, StreamPosition Position)[] Ends = [.. beat.Messages.Select(message => (message.Stamp.Stream, message.Stamp.Position()))];
    }
}
