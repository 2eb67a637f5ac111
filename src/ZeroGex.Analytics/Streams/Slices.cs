using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Streams;

/// <summary>What a fold of several inputs does with the rows that <see cref="Slices"/> puts in order. Times are Unix microseconds.</summary>
interface ISliced
{
    /// <summary>Applies one row of a fact.</summary>
    /// <param name="fact">The message that it came in.</param>
    /// <param name="row">Which of its rows.</param>
    /// <param name="time">The row's own time; for a row of a chain that of its message, less a microsecond; without one the start of its slice.</param>
    void Take(IMarketFact fact, int row, long time);

    /// <summary>An input lacks something, or has brought rows late: said of the slice that is taken next.</summary>
    void Miss(string kind, Missed missed)
    {
    }

    /// <summary>Time has passed to the end of a slice: every row of slices up to it has been applied, and what is due by then may be answered. The same end may come twice.</summary>
    void Pass(long end, List<IMarketResult> answers);
}

/// <summary>What an input lacks, or had too late, in a slice.</summary>
/// <param name="Late">Rows that came after their slice had closed.</param>
/// <param name="Lost">Messages missing in the sequence.</param>
/// <param name="Gaps">What the feed says that it missed.</param>
readonly record struct Missed(long Late, long Lost, ImmutableList<FeedGap> Gaps)
{
    public static Missed Nothing { get; } = new(0, 0, []);
}

/// <summary>
/// Merges several streams of one root and session into one order that depends on the facts alone: not on where they were cut into messages, not on how
/// the streams overtook each other, and not on what was delivered twice.
/// </summary>
/// <remarks>
/// <para>
/// Each input has a clock of its own, the AsOf of its last message. Time is cut into slices, and a row belongs to the slice of its own time. A row whose slice
/// is closed on its input's clock before its message is late: it is counted, and belongs to the oldest slice that is open on that clock, as do rows of chains that were
/// recorded without a time. A slice closes when every input's clock has reached its end and the grace; its rows are then applied by time, then kind, then arrival.
/// </para>
/// <para>
/// Earlier pieces of what is cut carry the AsOf of their predecessor. A hole marks everything from the oldest slice on that was open on the input's clock
/// before it; a gap that the feed names, from its beginning, if that slice is not later. While one input's clock stands still, the rows of the others wait.
/// </para>
/// </remarks>
sealed class Slices
{
    const long MostAhead = 5_000_000; // A gateway takes no row that is further ahead of its clock.

    readonly string _root;
    readonly Gaps _gaps;
    readonly long _length;
    readonly long _grace;
    readonly Input[] _inputs;
    readonly SortedDictionary<long, List<Row>[]> _open = [];
    readonly Dictionary<long, Missed[]> _missed = []; // By slice, then input.
    long _passed = long.MinValue; // End of the last slice closed.

    /// <param name="inputs">The kinds of streams; at one time rows of the first are applied first.</param>
    public Slices(string root, DateOnly session, IReadOnlyList<string> inputs, SliceSettings settings)
    {
        _root = root;
        _gaps = new Gaps(root, session);
        _length = settings.Length.Ticks / TimeSpan.TicksPerMicrosecond;
        _grace = settings.Grace.Ticks / TimeSpan.TicksPerMicrosecond;
        if (_length < 1_000 || 60_000_000 % _length != 0) throw new ArgumentException($"A minute is no whole number of slices of {settings.Length}.", nameof(settings));
        if (_grace < 0) throw new ArgumentException("Grace is not negative.", nameof(settings));
        _inputs = [.. inputs.Select(kind => new Input(kind))];
    }

    /// <summary>End of the last slice closed; the least instant before that.</summary>
    public DateTimeOffset Through => _passed == long.MinValue ? DateTimeOffset.MinValue : TimeOf(_passed);

    /// <summary>Rows that came after their slice had closed on their own input.</summary>
    public long Late { get; private set; }

    /// <summary>Messages missing between those applied.</summary>
    public long Lost { get; private set; }

    /// <summary>Takes the next fact of an input, and gives the fold every row and every moment that this puts in order.</summary>
    /// <exception cref="ArgumentException">The fact is of another root, or of a kind that is no input.</exception>
    public IReadOnlyList<IMarketResult> Apply(IMarketFact fact, ISliced fold)
    {
        if (fact.Root != _root) throw new ArgumentException($"A message of {fact.Root} came to the fold of {_root}.", nameof(fact));
        string kind = Contract.Of(fact.GetType()).Kind!;
        int number = Array.FindIndex(_inputs, input => input.Kind == kind);
        if (number < 0) throw new ArgumentException($"{kind} are no input of this fold.", nameof(fact));

        Input from = _inputs[number];
        StreamPosition position = fact.Stamp.Position();
        int order = position.CompareTo(from.Position);
        if (order == 0) return from.LastAnswer; // Redelivered because publishing failed: same question, same answer.
        if (order < 0) return []; // Already answered.

        Miss(fact, from, number);
        Take(fact, from, number);
        from.Position = position;
        from.Clock = Math.Max(from.Clock, Micros(fact.Stamp.AsOf)); // A new run's clock may start behind the old one's; closed stays closed.
        return from.LastAnswer = Close(fold);
    }

    /// <summary>True when something is missing that could have had rows before <paramref name="end"/>, the end of a slice.</summary>
    public bool IsIncomplete(long end) => end > _gaps.First;

    /// <summary>The same of rows between two instants alone.</summary>
    public bool IsIncomplete(long start, long end) => _gaps.Touch(start, end);

    /// <summary>An instant in Unix microseconds, rounded down.</summary>
    public static long Micros(DateTimeOffset time) => FloorDivide(time.UtcTicks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond);

    /// <summary>Unix microseconds as an instant.</summary>
    public static DateTimeOffset TimeOf(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    void Miss(IMarketFact fact, Input from, int number)
    {
        long oldest = from.HasClock ? OldestOpen(from.Clock) : long.MinValue;
        if (fact.Gap is { } gap)
        {
            ref Missed missed = ref MissedIn(Math.Max(from.HasClock ? oldest : OldestOpen(Micros(fact.Stamp.AsOf)), FloorDivide(Micros(gap.From), _length)), number);
            missed = missed with { Gaps = missed.Gaps.Add(gap) };
            _gaps.Add(gap, from.HasClock ? oldest * _length : long.MinValue);
        }

        StreamPosition position = fact.Stamp.Position();
        long lost = position.Sequence - (position.Run == from.Position.Run ? from.Position.Sequence + 1 : 1);
        if (lost == 0) return;
        Lost += lost;
        _gaps.Add(from.HasClock ? oldest * _length : long.MinValue, Math.Max(from.Clock, Micros(fact.Stamp.AsOf)) + MostAhead);
        ref Missed hole = ref MissedIn(from.HasClock ? oldest : OldestOpen(Micros(fact.Stamp.AsOf)), number);
        hole = hole with { Lost = hole.Lost + lost };
    }

    ref Missed MissedIn(long slice, int number)
    {
        if (!_open.ContainsKey(slice)) _open.Add(slice, EmptyLists());
        ref Missed[]? missed = ref CollectionsMarshal.GetValueRefOrAddDefault(_missed, slice, out _);
        return ref (missed ??= [.. _inputs.Select(_ => Missed.Nothing)])[number];
    }

    List<Row>[] EmptyLists() => [.. _inputs.Select(_ => new List<Row>())];

    void Take(IMarketFact fact, Input from, int number)
    {
        long oldest = from.HasClock ? OldestOpen(from.Clock) : long.MinValue;
        switch (fact)
        {
            case QuotesObserved quotes:
                ReadOnlySpan<long> times = quotes.Time.IsDefault ? default : quotes.Time.AsSpan();
                for (int i = 0; i < times.Length; i++) Add(times[i], i);
                break;
            case TradesObserved trades:
                for (int i = 0; i < trades.Trades.Length; i++) Add(Micros(trades.Trades[i].Time), i);
                break;
            case BarsObserved bars:
                for (int i = 0; i < bars.Bars.Length; i++) Add(Micros(bars.Bars[i].End) - 1, i); // The last slice within the bar.
                break;
            case ChainObserved chain:
                long seen = chain.Time is { } time ? Micros(time) - 1 : _length * (from.HasClock ? oldest : OldestOpen(Micros(fact.Stamp.AsOf))); // The last slice of the beat.
                for (int i = 0; i < chain.Rows.Length; i++) Add(seen, i);
                break;
        }

        void Add(long time, int row)
        {
            long slice = FloorDivide(time, _length);
            if (slice < oldest)
            {
                Late++;
                slice = oldest;
                ref Missed missed = ref MissedIn(slice, number);
                missed = missed with { Late = missed.Late + 1 };
            }

            ListOf(slice).Add(new(time, fact, row));
        }

        List<Row> ListOf(long slice)
        {
            if (from.LastList is { } last && from.LastSlice == slice) return last;
            if (!_open.TryGetValue(slice, out List<Row>[]? lists)) _open.Add(slice, lists = EmptyLists());
            from.LastSlice = slice;
            return from.LastList = lists[number];
        }
    }

    List<IMarketResult> Close(ISliced fold)
    {
        List<IMarketResult> answers = [];
        if (!Array.TrueForAll(_inputs, input => input.HasClock)) return answers;

        long end = OldestOpen(_inputs.Min(input => input.Clock)) * _length;
        if (end <= _passed) return answers;
        while (_open.Count > 0)
        {
            (long slice, List<Row>[] lists) = _open.First();
            long start = slice * _length;
            if (start >= end) break;

            _open.Remove(slice);
            foreach (Input input in _inputs)
                if (input.LastSlice == slice) input.LastList = null;
            fold.Pass(start, answers);
            Tell(slice, fold);
            Merge(lists, fold);
            fold.Pass(start + _length, answers);
        }

        fold.Pass(_passed = end, answers);
        return answers;
    }

    void Tell(long slice, ISliced fold)
    {
        if (!_missed.Remove(slice, out Missed[]? missed)) return;
        for (int i = 0; i < missed.Length; i++)
            if (missed[i] != Missed.Nothing) fold.Miss(_inputs[i].Kind, missed[i]);
    }

    static void Merge(List<Row>[] lists, ISliced fold)
    {
        foreach (List<Row> list in lists) Sort(list);
        Span<int> next = stackalloc int[lists.Length];
        next.Clear();
        while (true)
        {
            int first = -1;
            for (int i = 0; i < lists.Length; i++)
                if (next[i] < lists[i].Count && (first < 0 || lists[i][next[i]].Time < lists[first][next[first]].Time)) first = i;
            if (first < 0) return;
            Row row = lists[first][next[first]++];
            fold.Take(row.Fact, row.Number, row.Time);
        }
    }

    // By time, rows of one time in the order of arrival. Most feeds send them so.
    static void Sort(List<Row> list)
    {
        Span<Row> rows = CollectionsMarshal.AsSpan(list);
        for (int i = 1; i < rows.Length; i++)
        {
            if (rows[i].Time >= rows[i - 1].Time) continue;
            var keys = new (long Time, int Arrival)[rows.Length];
            for (int j = 0; j < keys.Length; j++) keys[j] = (rows[j].Time, j);
            keys.AsSpan().Sort(rows);
            return;
        }
    }

    long OldestOpen(long clock) => FloorDivide(clock - _grace, _length);

    /// <summary>Divides, rounding down.</summary>
    public static long FloorDivide(long value, long divisor) => value / divisor - (value % divisor < 0 ? 1 : 0);

    readonly record struct Row(long Time, IMarketFact Fact, int Number);

    sealed class Input(string kind)
    {
        public readonly string Kind = kind;
        public StreamPosition Position;
        public long Clock = long.MinValue;
        public IReadOnlyList<IMarketResult> LastAnswer = [];
        public List<Row>? LastList; // Where the last row went: the next one most often goes there too.
        public long LastSlice;

        public bool HasClock => Clock != long.MinValue;
    }
}
