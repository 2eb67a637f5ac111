using System.Globalization;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Gateway;

/// <summary>One beat: the messages that it stamped, and where the feed stands once they are safe.</summary>
/// <param name="Position">The feed's position after this beat.</param>
/// <param name="AsOf">The feed's clock.</param>
/// <param name="Facts">In the order of publishing; the order matters within a stream only.</param>
/// <param name="IsEnd">The feed has ended before it: the beat only moves the clocks on.</param>
public sealed record Beat(string Position, DateTimeOffset AsOf, IReadOnlyList<IMarketFact> Facts, bool IsEnd = false);

/// <summary>Where an open stream stands.</summary>
/// <param name="Position">Its last stamp.</param>
/// <param name="AsOf">Its clock then.</param>
public readonly record struct StreamState(StreamPosition Position, DateTimeOffset AsOf);

/// <summary>
/// The gateway's pure half: gathers what a feed saw into beats on the feed's own clock, opens, rolls and closes streams, and stamps. The same
/// batches give the same messages whenever they are read, so that a feed that resumes is cut where it would have been cut.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class Stamper
{
    // Folds of several inputs wait for the clock of each: a kind that a root has nothing of says so with heartbeats.
    static readonly string[] AlwaysOpen = ["bars", "chain", "quotes", "trades"];

    const string State = "state"; // Nobody waits for its clock: it has no heartbeats.

    static readonly long FirstMicros = MicrosOf(DateTimeOffset.MinValue), LastMicros = MicrosOf(DateTimeOffset.MaxValue);

    readonly GatewaySettings _settings;
    readonly ISessionCalendar _sessions;
    readonly Refusals _refusals;
    readonly long _run;
    readonly IReadOnlySet<string> _gone;
    readonly Dictionary<string, RootStreams> _roots = new(StringComparer.Ordinal);
    readonly List<OpenStream> _closing = [];
    readonly Dictionary<string, RootFacts> _pending = new(StringComparer.Ordinal);

    string? _position; // Of what is gathered; null when nothing is.
    string _lastPosition = "";
    DateTimeOffset _asOf;
    (DateOnly Session, TradingHours Hours) _hours;
    bool _hasEnded;

    /// <param name="run">This gateway run; larger than any before it.</param>
    /// <param name="position">Where the feed stands, if the run before left word.</param>
    /// <param name="open">Streams that the run before left open.</param>
    /// <param name="hasEnded">True when the run before saw the feed end: a feed that has nothing new then ends in silence, not once more.</param>
    /// <param name="gone">Those of the open streams that the log has let go: they are not closed, unless they go on.</param>
    public Stamper(
        GatewaySettings settings, ISessionCalendar sessions, long run, string? position, IReadOnlyDictionary<string, StreamState> open, Refusals refusals, bool hasEnded = false,
        IReadOnlySet<string>? gone = null)
    {
        _gone = gone ?? new HashSet<string>();
        _hasEnded = hasEnded;
        _settings = settings;
        _sessions = sessions;
        _refusals = refusals;
        _run = run;
        _lastPosition = position ?? "";
        _asOf = open.Count == 0 ? default : open.Values.Max(state => state.AsOf);
        foreach (var (id, state) in open.OrderBy(entry => entry.Key, StringComparer.Ordinal)) // Sessions in order.
        {
            var (kind, root, session) = Contract.ParseStreamId(id);
            var streams = RootOf(root).Streams;
            if (streams.Remove(kind, out var older) && _asOf - older.AsOf < TimeSpan.FromMinutes(5)) Close(older); // Perhaps killed while rolling over.
            streams[kind] = new OpenStream(id, kind, root, session) { AsOf = state.AsOf };
        }
    }

    /// <summary>The roots with an open stream.</summary>
    public IReadOnlyCollection<string> Roots => _roots.Keys;

    /// <summary>The newest clock seen, this run or, right after a start, the run before.</summary>
    public DateTimeOffset AsOf => _asOf;

    /// <summary>Takes a batch and answers with the beats that it completes: none, or one, or two.</summary>
    public IEnumerable<Beat> Add(FeedBatch batch)
    {
        _hasEnded = false;
        var asOf = Micros(batch.AsOf);
        if (asOf < _asOf) asOf = _asOf; // A clock that goes back is held: time never runs backwards within a run.

        if (_position is not null && BeatOf(asOf) != BeatOf(_asOf)) yield return Complete();

        _asOf = asOf;
        _position = batch.Position;
        foreach (var (root, facts) in batch.Roots) Gather(root, facts);

        // On the beat nothing else can join it, so that a feed of whole minutes does not wait a minute for its next batch.
        if (asOf.UtcTicks % _settings.Beat.Ticks == 0) yield return Complete();
    }

    /// <summary>The feed has ended: what is gathered goes out, and every stream's clock moves on so that its last windows close.</summary>
    public IEnumerable<Beat> End()
    {
        if (_hasEnded || (_position is null && _roots.Count == 0)) yield break;
        if (_position is not null) yield return Complete();

        _asOf += _settings.Linger;
        var facts = new List<IMarketFact>();
        foreach (var root in _roots.Values.OrderBy(root => root.Root, StringComparer.Ordinal))
        {
            var streams = root.Streams.Values.Where(stream => stream.Kind != State && HasWindows(stream)).ToList();
            foreach (var stream in streams) facts.Add(Heartbeat(stream));
            if (streams.Count > 0) Say(root, streams[0].Session, new FeedNotice(FeedState.Ended, "the feed has nothing more to say", _asOf - _settings.Linger), facts);
        }

        foreach (var stream in _closing) facts.Add(Heartbeat(stream));
        if (facts.Count > 0) yield return new Beat(_lastPosition, _asOf, facts, IsEnd: true);
        _hasEnded = true;
    }

    long BeatOf(DateTimeOffset asOf) => (asOf.UtcTicks - 1) / _settings.Beat.Ticks; // (k-1, k] is one beat.

    void Gather(string root, RootFacts facts)
    {
        ref var pending = ref CollectionsMarshal.GetValueRefOrAddDefault(_pending, root, out _);
        pending ??= new RootFacts();
        var limit = _asOf + _settings.MaxAhead;
        long limitMicros = MicrosOf(limit);
        foreach (ref readonly var quote in CollectionsMarshal.AsSpan(facts.Quotes))
        {
            if (!IsLawful(quote))
                _refusals.Refuse("not a quote", root, quote.ToString());
            else if (quote.TimeMicros > limitMicros)
                _refusals.Refuse("ahead of the clock", root, $"quote stamped {TimeOf(quote.TimeMicros):O}, the clock says {_asOf:O}");
            else
                pending.Quotes.Add(quote);
        }

        foreach (var row in facts.Chain)
        {
            if (Wire.Fault(row) is { } fault) _refusals.Refuse("not a row of a chain", root, fault);
            else pending.Chain.Add(row);
        }

        foreach (var bar in facts.Bars)
        {
            if ((Wire.Fault(bar) ?? Fault(bar)) is { } fault)
                _refusals.Refuse("not a bar", root, fault);
            else if (bar.Start > limit)
                _refusals.Refuse("ahead of the clock", root, $"bar of {bar.Start:O}, the clock says {_asOf:O}");
            else
                pending.Bars.Add(bar);
        }

        pending.OpenInterestDate = facts.OpenInterestDate ?? pending.OpenInterestDate;
        pending.Notices.AddRange(facts.Notices);

        foreach (var trade in facts.Trades)
        {
            if (Wire.Fault(trade) is { } fault)
                _refusals.Refuse("not a print", root, fault);
            else if (trade.Time > limit)
                _refusals.Refuse("ahead of the clock", root, $"print stamped {trade.Time:O}, the clock says {_asOf:O}");
            else
                pending.Trades.Add(trade);
        }
    }

    /// <summary>The last look before a stamp: what the wire would refuse later must not cost the rest of its message.</summary>
    static bool IsLawful(in OptionQuote quote) =>
        quote.TimeMicros >= FirstMicros && quote.TimeMicros <= LastMicros
        && quote.Contract.Strike is > 0 and < 1e11 && quote.Bid is >= 0 and < 1e11 && quote.Ask is >= 0 and < 1e11 && quote.Spot is >= 0 and < 1e11
        && quote.Last is null or (>= 0 and < 1e11) && quote.Volatility is null or (>= 0 and < 1e6) && quote.BidSize >= 0 && quote.AskSize >= 0 && !(quote.Volume < 0);

    /// <summary>Why a bar is none: what the wire carries and no fold can use.</summary>
    static string? Fault(UnderlyingBar bar) =>
        bar.Start.UtcTicks % TimeSpan.TicksPerMinute != 0 || bar.End - bar.Start != TimeSpan.FromMinutes(1) ? $"from {bar.Start:O} to {bar.End:O} is not one whole minute"
        : !(bar.Low > 0) ? "a price is 0"
        : bar.Low > Math.Min(bar.Open, bar.Close) || bar.High < Math.Max(bar.Open, bar.Close)
            ? string.Create(CultureInfo.InvariantCulture, $"open {bar.Open} and close {bar.Close} are not within low {bar.Low} and high {bar.High}")
        : null;

    Beat Complete()
    {
        var facts = new List<IMarketFact>();
        var session = _sessions.SessionOf(_asOf);

        foreach (var root in _roots.Values) Roll(root, session, facts);
        foreach (string name in _pending.Keys) RootOf(name);
        foreach (var root in _roots.Values.OrderBy(root => root.Root, StringComparer.Ordinal)) Begin(root, session, facts);
        foreach (var (name, pending) in _pending.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var root = RootOf(name);
            foreach (string kind in AlwaysOpen) Open(root, kind, session);
            Stamp(root, session, pending, facts);
        }

        foreach (var root in _roots.Values.OrderBy(root => root.Root, StringComparer.Ordinal))
        {
            Watch(root, session, _pending.GetValueOrDefault(root.Root) is { HasRows: true }, facts);
            foreach (var stream in root.Streams.Values)
                if (stream.Kind != State && (stream.Sequence == 0 || stream.Gap is not null || _asOf - stream.AsOf >= _settings.Heartbeat)) facts.Add(Heartbeat(stream));
        }

        for (int i = _closing.Count - 1; i >= 0; i--)
        {
            if (_asOf < _closing[i].CloseAt) continue;
            facts.Add(Heartbeat(_closing[i]));
            _closing.RemoveAt(i);
        }

        _pending.Clear();
        _lastPosition = _position!;
        _position = null;
        return new Beat(_lastPosition, _asOf, facts);
    }

    /// <summary>A new session opens new streams; the old ones stay for rows of their own time until their last windows have closed.</summary>
    void Roll(RootStreams root, DateOnly session, List<IMarketFact> facts)
    {
        var over = root.Streams.Values.Where(stream => stream.Session != session).ToArray();
        foreach (var old in over)
        {
            root.Streams.Remove(old.Kind);
            Close(old);
            Open(root, old.Kind, session);
        }

        if (over.Length > 0) Say(root, session, new FeedNotice(FeedState.Rollover, $"the session of {over[0].Session:yyyy-MM-dd} is over", _asOf), facts);
    }

    void Begin(RootStreams root, DateOnly session, List<IMarketFact> facts)
    {
        if (root.LastRow != default) return;
        Say(root, session, new FeedNotice(FeedState.Started, $"run {_run} begins", _asOf), facts);
        root.LastRow = _asOf;
    }

    /// <summary>Says when in trading hours nothing has come of a root for long.</summary>
    void Watch(RootStreams root, DateOnly session, bool hasRows, List<IMarketFact> facts)
    {
        if (_hours.Session != session) _hours = (session, TradingHours.Of(session));
        var silentSince = root.LastRow > _hours.Hours.Open ? root.LastRow : _hours.Hours.Open;
        if (hasRows)
        {
            if (root.StaleIn is not null) Say(root, session, new FeedNotice(FeedState.Fresh, "data flows again", root.LastRow, _asOf), facts);
            (root.LastRow, root.StaleIn) = (_asOf, null);
        }
        else if (root.StaleIn != session && _asOf - silentSince >= _settings.StaleAfter && _asOf < _hours.Hours.Close)
        {
            Say(root, session, new FeedNotice(FeedState.Stale, $"nothing has come for {(_asOf - silentSince).TotalSeconds:0} s", silentSince), facts);
            root.StaleIn = session; // Told once a session.
        }
    }

    // A heartbeat that closes windows of which the log has nothing left would be all that it has of the session, and say that the rest was lost.
    bool HasWindows(OpenStream stream) => stream.Sequence > 0 || !_gone.Contains(stream.Id);

    // Counted from the stream's own clock, which the next run knows too: a restart while it lingers lets it end no earlier.
    void Close(OpenStream old)
    {
        if (old.Kind == State || !HasWindows(old)) return;
        old.CloseAt = old.AsOf + _settings.Linger;
        _closing.Add(old);
    }

    void Stamp(RootStreams root, DateOnly session, RootFacts pending, List<IMarketFact> facts)
    {
        string name = root.Root;
        foreach (var notice in pending.Notices)
        {
            Say(root, session, notice, facts);
            if (GapOf(notice, root) is { } gap) root.Miss(gap, AlwaysOpen);
        }

        Stamp("quotes", pending.Quotes, quote => TimeOf(quote.TimeMicros), (stamp, rows, gap) => Columns.Quotes(stamp, name, rows) with { Gap = gap });
        Stamp("trades", pending.Trades, trade => trade.Time, (stamp, rows, gap) => new TradesObserved { Stamp = stamp, Root = name, Gap = gap, Trades = [.. rows] });
        Stamp("chain", pending.Chain, _ => _asOf, (stamp, rows, gap) => new ChainObserved { Stamp = stamp, Root = name, Gap = gap, OpenInterestDate = pending.OpenInterestDate, Time = _asOf, Rows = [.. rows] });
        pending.Bars.RemoveAll(bar =>
        {
            bool isOver = _sessions.SessionOf(bar.Start) < session && Closing("bars", name) is null;
            if (isOver) _refusals.Refuse("of a session that is over", name, $"bar of {bar.Start:O}");
            return isOver;
        });
        Stamp("bars", pending.Bars, bar => bar.Start, (stamp, rows, gap) => new BarsObserved { Stamp = stamp, Root = name, Gap = gap, Bars = [.. rows] });

        void Stamp<T>(string kind, List<T> rows, Func<T, DateTimeOffset> time, Func<Stamp, List<T>, FeedGap?, IMarketFact> fact)
        {
            var current = rows;
            if (rows.Count > 0 && Closing(kind, name) is { } old)
            {
                var sessions = rows.ToLookup(row => _sessions.SessionOf(time(row)) <= old.Session);
                current = [.. sessions[false]];
                List<T> before = [.. sessions[true]];
                var earliest = EarliestOf(before, time);
                foreach (var (piece, last) in Pieces(before)) facts.Add(fact(Next(old, last, earliest), piece, null));
            }

            var first = EarliestOf(current, time);
            foreach (var (piece, last) in Pieces(current)) facts.Add(fact(Next(root, kind, session, last, first), piece, root.TakeGap(kind)));
        }
    }

    void Say(RootStreams root, DateOnly session, FeedNotice notice, List<IMarketFact> facts) => facts.Add(new FeedStateChanged
    {
        Stamp = Next(root, State, session, isLast: true, _asOf), Root = root.Root, State = notice.State, Detail = notice.Detail, From = notice.From, To = notice.To,
    });

    /// <summary>What the streams of a root lack by a change of its feed.</summary>
    FeedGap? GapOf(FeedNotice notice, RootStreams root) => notice.State switch
    {
        FeedState.Gap => new(Micros(notice.From ?? _asOf), notice.To is { } to ? Micros(to) : null),
        FeedState.Disconnected => new(Micros(notice.From ?? _asOf), null),
        FeedState.Reconnected when root.MissesSince is { } since => new(since, _asOf),
        _ => null,
    };

    IMarketFact Heartbeat(OpenStream stream)
    {
        var stamp = Next(stream, isLast: true, _asOf);
        var gap = stream.TakeGap();
        return stream.Kind switch
        {
            "quotes" => new QuotesObserved { Stamp = stamp, Root = stream.Root, Gap = gap },
            "trades" => new TradesObserved { Stamp = stamp, Root = stream.Root, Gap = gap },
            "chain" => new ChainObserved { Stamp = stamp, Root = stream.Root, Gap = gap },
            _ => new BarsObserved { Stamp = stamp, Root = stream.Root, Gap = gap },
        };
    }

    Stamp Next(RootStreams root, string kind, DateOnly session, bool isLast, DateTimeOffset first) => Next(Open(root, kind, session), isLast, first);

    /// <summary>
    /// An earlier piece of a beat carries the clock of its predecessor: the beat's own clock is reached with its last piece only. The very
    /// first piece of a stream has no predecessor and takes the time of the beat's earliest row, which closes no window that a row of the beat could join.
    /// </summary>
    Stamp Next(OpenStream stream, bool isLast, DateTimeOffset first)
    {
        if (isLast) stream.AsOf = _asOf;
        else if (stream.AsOf == default) stream.AsOf = first < _asOf ? Micros(first) : _asOf;
        return new Stamp(stream.Id, _run, ++stream.Sequence, stream.AsOf);
    }

    static OpenStream Open(RootStreams root, string kind, DateOnly session)
    {
        if (!root.Streams.TryGetValue(kind, out var stream))
        {
            stream = new OpenStream(Contract.StreamId(kind, root.Root, session), kind, root.Root, session);
            if (root.MissesSince is { } since) stream.Miss(new FeedGap(since, null));
            root.Streams.Add(kind, stream);
        }

        return stream;
    }

    RootStreams RootOf(string name)
    {
        if (!_roots.TryGetValue(name, out var root)) _roots[name] = root = new RootStreams(name);
        return root;
    }

    OpenStream? Closing(string kind, string root) => _closing.Find(stream => stream.Kind == kind && stream.Root == root);

    IEnumerable<(List<T> Rows, bool IsLast)> Pieces<T>(List<T> rows)
    {
        for (int start = 0; start < rows.Count; start += _settings.MaxRows)
        {
            int count = Math.Min(_settings.MaxRows, rows.Count - start);
            yield return (rows.GetRange(start, count), start + count == rows.Count);
        }
    }

    /// <summary>Asked for by beats of several pieces only: one piece has the clock.</summary>
    DateTimeOffset EarliestOf<T>(List<T> rows, Func<T, DateTimeOffset> time) => rows.Count > _settings.MaxRows ? rows.Min(time) : _asOf;

    static long MicrosOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerMicrosecond - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;

    static DateTimeOffset TimeOf(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    static DateTimeOffset Micros(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    sealed class RootStreams(string root)
    {
        public string Root { get; } = root;
        public SortedDictionary<string, OpenStream> Streams { get; } = new(StringComparer.Ordinal);

        /// <summary>The clock when something last came; default before this run's first beat.</summary>
        public DateTimeOffset LastRow { get; set; }

        /// <summary>The last session in which it was told that nothing comes; null while something does.</summary>
        public DateOnly? StaleIn { get; set; }

        /// <summary>Since when a gap goes on.</summary>
        public DateTimeOffset? MissesSince { get; private set; }

        public void Miss(FeedGap gap, string[] kinds)
        {
            MissesSince = gap.To is not null ? null : MissesSince < gap.From ? MissesSince : gap.From;
            foreach (string kind in kinds) Streams[kind].Miss(gap);
        }

        public FeedGap? TakeGap(string kind) => Streams[kind].TakeGap();
    }

    sealed class OpenStream(string id, string kind, string root, DateOnly session)
    {
        public string Id { get; } = id;
        public string Kind { get; } = kind;
        public string Root { get; } = root;
        public DateOnly Session { get; } = session;
        public long Sequence { get; set; }
        public DateTimeOffset AsOf { get; set; }
        public DateTimeOffset CloseAt { get; set; }

        /// <summary>What the next message says that it lacks.</summary>
        public FeedGap? Gap { get; private set; }

        public void Miss(FeedGap gap) => Gap = Gap is not { } known ? gap
            : new(known.From < gap.From ? known.From : gap.From, gap.To is null || !(known.To > gap.To) ? gap.To : known.To);

        public FeedGap? TakeGap()
        {
            var gap = Gap;
            Gap = null;
            return gap;
        }
    }
}
