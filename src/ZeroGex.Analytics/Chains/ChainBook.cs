using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Chains;

/// <summary>What is known of one contract. Times are Unix microseconds.</summary>
struct BookEntry
{
    public OptionContract Contract;
    public long QuoteTime;
    public double Bid, Ask, FeedVolatility;
    public double Last;
    public long LastTime;
    public long Running; // The day's volume as a feed counts it.
    public long RunningTime; // When it said so.
    public long CountBefore; // What it counted before the bell, perhaps of the day before; -1 when it said nothing.
    public bool HasBegun; // Its count is of today.
    public long Printed; // The day's volume as prints add up.
    public long? OpenInterest;
    public bool HasChanged;

    /// <summary>True with a bid, and an ask that is not below it.</summary>
    public readonly bool IsTwoSided => Bid > 0 && Ask >= Bid;

    /// <summary>Between bid and ask, dollars.</summary>
    public readonly double Mid => 0.5 * (Bid + Ask);

    /// <summary>Contracts traded today. Both counts only grow, and so does the larger: a feed without one has the other.</summary>
    public readonly long Volume => Math.Max(Running, Printed);
}

/// <summary>
/// What is known of a root's contracts and of its underlying, from facts in the order of <see cref="Streams.Slices"/>. What is older than what is known changes nothing,
/// but for volumes, which only grow.
/// </summary>
/// <param name="trustsFeedVolatility">False: the feed's volatilities are known and change nothing.</param>
sealed class ChainBook(string root, DateOnly session, bool trustsFeedVolatility)
{
    readonly long _bell = Streams.Slices.Micros(TradingHours.Of(session).Open);
    readonly Dictionary<OptionContract, int> _places = [];
    readonly Dictionary<DateOnly, long> _settlements = [];
    readonly HashSet<OptionContract> _expired = [];
    BookEntry[] _entries = [];
    long _spotTime = long.MinValue;
    long _now = long.MinValue;
    long _nextSettlement = long.MaxValue;

    /// <summary>The contracts, in the order in which they were first heard of.</summary>
    public Span<BookEntry> Entries => _entries.AsSpan(0, _places.Count);

    /// <summary>Grows whenever contracts come or go.</summary>
    public int Edition { get; private set; }

    /// <summary>Contracts that have settled and are forgotten.</summary>
    public int Expired => _expired.Count;

    /// <summary>The underlying's price, dollars; 0 while no fact has said it.</summary>
    public double Spot { get; private set; }

    /// <summary>The trading day whose close the open interest counts.</summary>
    public DateOnly? OpenInterestDate { get; private set; }

    /// <summary>Applies one row.</summary>
    /// <returns>True when it changed something.</returns>
    public bool Take(IMarketFact fact, int row, long time)
    {
        int edition = Edition;
        bool hasChanged = fact switch
        {
            QuotesObserved quotes => Take(quotes, row, time),
            TradesObserved trades => Take(trades.Trades[row], time),
            ChainObserved chain => Take(chain.Rows[row], chain.OpenInterestDate, time),
            _ => false,
        };
        return hasChanged | Edition != edition;
    }

    /// <summary>When an expiration settles, Unix microseconds.</summary>
    public long SettlementOf(DateOnly expiration)
    {
        ref long settlement = ref CollectionsMarshal.GetValueRefOrAddDefault(_settlements, expiration, out bool isKnown);
        if (!isKnown) settlement = Streams.Slices.Micros(Settlement.Of(root, expiration));
        return settlement;
    }

    /// <summary>Forgets contracts that have settled by an instant, Unix microseconds; what comes of them later is not taken in.</summary>
    public void Forget(long now)
    {
        _now = Math.Max(_now, now);
        if (_nextSettlement > now) return;
        BookEntry[] known = Entries.ToArray();
        _places.Clear();
        _nextSettlement = long.MaxValue;
        foreach (ref readonly BookEntry entry in known.AsSpan())
        {
            long settlement = SettlementOf(entry.Contract.Expiration);
            if (settlement <= now)
            {
                _expired.Add(entry.Contract);
                continue;
            }

            _nextSettlement = Math.Min(_nextSettlement, settlement);
            _entries[_places.Count] = entry;
            _places.Add(entry.Contract, _places.Count);
        }

        Edition++;
    }

    bool Take(QuotesObserved quotes, int row, long time)
    {
        bool hasMoved = Move(quotes.Spot[row], time);
        ref BookEntry entry = ref EntryOf(quotes.Contracts[quotes.Contract[row]]);
        if (IsNone(entry)) return hasMoved;

        bool hasChanged = false;
        if (!quotes.Volume.IsDefaultOrEmpty) hasChanged = CountRunning(ref entry, quotes.Volume[row], time);
        if (time >= entry.QuoteTime)
        {
            entry.QuoteTime = time;
            hasChanged |= Set(ref entry.Bid, quotes.Bid[row]) | Set(ref entry.Ask, quotes.Ask[row]);
            hasChanged |= Set(ref entry.FeedVolatility, quotes.Volatility.IsDefaultOrEmpty ? 0 : quotes.Volatility[row]) && trustsFeedVolatility; // Whatever reference data said.
        }

        if (!quotes.Last.IsDefaultOrEmpty) hasChanged |= Trade(ref entry, quotes.Last[row], time);
        entry.HasChanged |= hasChanged;
        return hasMoved | hasChanged;
    }

    bool Take(OptionTrade trade, long time)
    {
        bool hasMoved = Move(trade.Spot, time);
        ref BookEntry entry = ref EntryOf(trade.Contract);
        if (IsNone(entry)) return hasMoved;
        long before = entry.Volume;
        entry.Printed += trade.Size;
        bool hasChanged = entry.Volume != before | Trade(ref entry, trade.Price, time);
        entry.HasChanged |= hasChanged;
        return hasMoved | hasChanged;
    }

    bool Take(ChainRow row, DateOnly? openInterestDate, long time)
    {
        bool hasChanged = openInterestDate is { } date && OpenInterestDate != date;
        OpenInterestDate = openInterestDate ?? OpenInterestDate;
        ref BookEntry entry = ref EntryOf(row.Contract);
        if (IsNone(entry)) return hasChanged;

        bool isNews = false;
        if (row.OpenInterest is { } interest && entry.OpenInterest != interest) (entry.OpenInterest, isNews) = (interest, true);
        if (row.Volume is { } volume) isNews |= CountRunning(ref entry, volume, time);
        // Reference data says neither when it last traded nor when the vendor solved: it counts until something with a time comes.
        if (entry.LastTime == long.MinValue && row.Last is > 0 and var last) isNews |= Set(ref entry.Last, last);
        if (entry.QuoteTime == long.MinValue && row.Volatility is > 0 and var volatility) isNews |= Set(ref entry.FeedVolatility, volatility) && trustsFeedVolatility;
        entry.HasChanged |= isNews;
        return hasChanged | isNews;
    }

    bool Move(double spot, long time)
    {
        if (!(spot > 0) || time < _spotTime) return false;
        _spotTime = time;
        bool hasMoved = spot != Spot;
        Spot = spot;
        return hasMoved;
    }

    static bool Trade(ref BookEntry entry, double price, long time)
    {
        if (!(price > 0) || time < entry.LastTime) return false;
        entry.LastTime = time;
        return Set(ref entry.Last, price);
    }

    // A feed may go on saying what was traded the day before until the bell, and with a delay for a while after it: its count is of today once it is 0, or has fallen, or is another
    // than before the bell, or is the first that is heard.
    bool CountRunning(ref BookEntry entry, long value, long time)
    {
        long before = entry.Volume;
        bool isNews = time >= entry.RunningTime;
        if (time >= _bell) entry.HasBegun |= value != entry.CountBefore;
        else if (isNews) (entry.HasBegun, entry.CountBefore) = (entry.HasBegun || value == 0 || value < entry.CountBefore, value);
        if (entry.HasBegun && (isNews || time >= _bell)) entry.Running = Math.Max(entry.Running, value);
        entry.RunningTime = Math.Max(entry.RunningTime, time);
        return entry.Volume != before;
    }

    static bool Set(ref double known, double value)
    {
        bool hasChanged = known != value;
        known = value;
        return hasChanged;
    }

    ref BookEntry EntryOf(OptionContract contract)
    {
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, contract, out bool isKnown);
        if (isKnown) return ref _entries[place];
        long settlement = SettlementOf(contract.Expiration);
        if (settlement <= _now)
        {
            _places.Remove(contract);
            _expired.Add(contract);
            return ref Unsafe.NullRef<BookEntry>();
        }

        _nextSettlement = Math.Min(_nextSettlement, settlement);
        place = _places.Count - 1;
        if (place == _entries.Length) Array.Resize(ref _entries, Math.Max(64, 2 * place));
        _entries[place] = new BookEntry { Contract = contract, QuoteTime = long.MinValue, LastTime = long.MinValue, RunningTime = long.MinValue, CountBefore = -1, HasChanged = true };
        Edition++;
        return ref _entries[place];
    }

    static bool IsNone(in BookEntry entry) => Unsafe.IsNullRef(in entry);
}
