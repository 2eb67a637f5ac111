using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>
/// Folds one root's prints of one session into windows per expiration and answers with the windows that just closed.
/// Time comes only from the messages, so replaying a log gives the same answers as living through it.
/// </summary>
/// <remarks>
/// <para>Not thread-safe: one instance per stream, one message at a time.</para>
/// <para>
/// A window is closed as soon as some message's AsOf was at or past its end plus the grace, whether or not it had prints: that makes lateness a
/// matter of the clock alone, and the answers independent of where the facts were cut into messages, as long as earlier pieces carry the
/// AsOf of their predecessor (pieces of a stream's first message: any instant before its first print). A print for a closed window is counted as late
/// and enters nothing: the day measures stay the sum of the windows answered, and say from then on that they lack something.
/// </para>
/// <para>
/// What was missed marks the windows that it touches, and the day measures from there on: messages that are lost touch the windows that were open on the clock before them up to
/// the one that the next message finds, a gap that the feed names those within it.
/// </para>
/// </remarks>
public sealed class GexAggregator(string root, DateOnly session, GexSettings settings) : IFold
{
    static readonly TimeSpan MaxAhead = TimeSpan.FromSeconds(5); // A gateway takes no print that is further ahead of its clock.

    readonly SortedDictionary<WindowKey, List<OptionTrade>> _open = [];
    readonly Dictionary<DateOnly, ExpirationExposure> _expirations = [];
    readonly Gaps _missed = new(root, session);
    long _firstLate = long.MaxValue; // Time of the earliest print that came late, Unix microseconds.
    DateTimeOffset _asOf = DateTimeOffset.MinValue;
    IReadOnlyList<GexCalculated> _lastAnswer = [];

    /// <summary>Prints that came after their window had closed. They are in no measure.</summary>
    public long LatePrints { get; private set; }

    /// <summary>Messages that were lost for good.</summary>
    public long LostMessages { get; private set; }

    /// <inheritdoc/>
    public DateTimeOffset Through => _asOf == DateTimeOffset.MinValue ? _asOf : _asOf - settings.Grace;

    long IFold.Late => LatePrints;

    long IFold.Lost => LostMessages;

    IReadOnlyList<IMarketResult> IFold.Apply(IMarketFact fact) => Apply((TradesObserved)fact);

    /// <summary>The newest message answered; the default stands before everything.</summary>
    public StreamPosition Position { get; private set; }

    /// <summary>Applies the next message and answers with the windows it closes, ordered by end, then expiration.</summary>
    /// <exception cref="ArgumentException">The message is of another root.</exception>
    public IReadOnlyList<GexCalculated> Apply(TradesObserved message)
    {
        if (message.Root != root) throw new ArgumentException($"A message of {message.Root} came to the fold of {root}.", nameof(message));

        StreamPosition position = message.Stamp.Position();
        int order = position.CompareTo(Position);
        if (order == 0) return _lastAnswer; // Redelivered because publishing failed: same question, same answer.
        if (order < 0) return []; // Already answered.

        Miss(message);
        foreach (OptionTrade trade in message.Trades) Add(trade);

        Position = position;
        if (message.Stamp.AsOf > _asOf) _asOf = message.Stamp.AsOf; // A new run's clock may start behind the old one's; closed stays closed.
        return _lastAnswer = Close();
    }

    void Miss(TradesObserved message)
    {
        if (message.Gap is { } gap) _missed.Add(gap);
        StreamPosition position = message.Stamp.Position();
        long lost = position.Sequence - (position.Run == Position.Run ? Position.Sequence + 1 : 1);
        if (lost == 0) return;
        LostMessages += lost;
        long from = _asOf == DateTimeOffset.MinValue ? long.MinValue : Slices.Micros(_asOf - settings.Grace);
        _missed.Add(from, Slices.Micros((message.Stamp.AsOf > _asOf ? message.Stamp.AsOf : _asOf) + MaxAhead));
    }

    void Add(OptionTrade trade)
    {
        long start = StartOf(trade.Time);
        var key = new WindowKey(start + settings.Interval.Ticks, trade.Contract.Expiration);
        if (IsClosed(key))
        {
            LatePrints++;
            _firstLate = Math.Min(_firstLate, Slices.Micros(trade.Time)); // No window is answered twice: the day lacks it from here on.
            return;
        }

        if (!_open.TryGetValue(key, out List<OptionTrade>? trades)) _open.Add(key, trades = []);
        trades.Add(trade);
    }

    List<GexCalculated> Close()
    {
        List<GexCalculated> answers = [];
        while (_open.Count > 0)
        {
            (WindowKey key, List<OptionTrade> trades) = _open.First();
            if (!IsClosed(key)) break;

            _open.Remove(key);
            if (!_expirations.TryGetValue(key.Expiration, out ExpirationExposure? exposure))
                _expirations.Add(key.Expiration, exposure = new ExpirationExposure(root, session, key.Expiration, settings));
            var end = new DateTimeOffset(key.End, TimeSpan.Zero);
            var start = end - settings.Interval;
            bool lacksPrints = _missed.Touch(Slices.Micros(start), Slices.Micros(end));
            answers.Add(exposure.Close(start, end, trades) with { WindowIncomplete = lacksPrints, Incomplete = lacksPrints || Slices.Micros(end) > Math.Min(_missed.First, _firstLate) });
        }

        return answers;
    }

    bool IsClosed(WindowKey key) => _asOf.UtcTicks >= key.End + settings.Grace.Ticks;

    // Windows are aligned to the Unix epoch, on either side of it.
    long StartOf(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        long into = ticks % settings.Interval.Ticks;
        return time.UtcTicks - (into < 0 ? into + settings.Interval.Ticks : into);
    }

    /// <param name="End">UTC ticks.</param>
    readonly record struct WindowKey(long End, DateOnly Expiration) : IComparable<WindowKey>
    {
        public int CompareTo(WindowKey other) => End != other.End ? End.CompareTo(other.End) : Expiration.CompareTo(other.Expiration);
    }
}
