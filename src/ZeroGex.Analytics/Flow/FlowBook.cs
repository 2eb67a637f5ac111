using System.Runtime.InteropServices;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Flow;

/// <summary>Which side wanted a print, and what told it.</summary>
/// <param name="Side">1 the buyer, −1 the seller, 0 nobody can tell.</param>
/// <param name="Rule">Meaningless where nobody can tell.</param>
readonly record struct Aggression(int Side, AggressorRule Rule);

/// <summary>
/// What is known of a root's contracts that tells the side of a print and the worth of its contract. Times are Unix microseconds; what is older than what is known changes nothing.
/// </summary>
/// <remarks>
/// Quote and tick rules after Lee and Ready, "Inferring Trade Direction from Intraday Data", Journal of Finance 46 (1991): nearer to the ask is bought, nearer to the bid is sold, in
/// the middle the tick decides; a price that repeats has the tick of the one before. Prices are compared on their grid of 1e-4 dollars.
/// </remarks>
sealed class FlowBook(string root, FlowSettings settings)
{
    readonly Dictionary<OptionContract, Entry> _entries = [];
    readonly Dictionary<DateOnly, long> _settlements = [];
    long _spotTime = long.MinValue;

    /// <summary>The underlying's price, dollars; 0 while no fact has said it.</summary>
    public double Spot { get; private set; }

    /// <summary>Prices are whole numbers of 1e-4 dollars.</summary>
    public static double Units(double price) => Math.Floor(price * 10_000 + 0.5);

    /// <summary>Takes in a quote.</summary>
    public void Take(QuotesObserved quotes, int row, long time)
    {
        Move(quotes.Spot[row], time);
        ref Entry entry = ref EntryOf(quotes.Contracts[quotes.Contract[row]]);
        if (time < entry.QuoteTime) return;
        (entry.QuoteTime, entry.Bid, entry.Ask) = (time, quotes.Bid[row], quotes.Ask[row]);
        entry.FeedVolatility = quotes.Volatility.IsDefaultOrEmpty ? 0 : quotes.Volatility[row];
    }

    /// <summary>Takes in a print, and tells who wanted it.</summary>
    public Aggression Take(OptionTrade trade, long time)
    {
        Move(trade.Spot, time);
        ref Entry entry = ref EntryOf(trade.Contract);
        double price = Units(trade.Price);
        int tick = entry.LastTime == long.MinValue ? 0 : price == entry.Last ? entry.Tick : price > entry.Last ? 1 : -1;
        Aggression told =
            trade.Aggressor != 0 ? new(trade.Aggressor, AggressorRule.Feed)
            : settings.LastRule >= AggressorRule.Quote && SideOf(price, entry, time) is not 0 and var side ? new(side, AggressorRule.Quote)
            : new(settings.LastRule >= AggressorRule.Tick && time >= entry.LastTime ? tick : 0, AggressorRule.Tick);
        if (time >= entry.LastTime) (entry.LastTime, entry.Last, entry.Tick) = (time, price, tick);
        return told;
    }

    /// <summary>Volatility and delta of a contract that has traded; nulls when it has settled. A volatility that is a setting, because no price says any, is null too, and the delta is at it.</summary>
    /// <param name="now">Unix microseconds.</param>
    public (double? Volatility, double? Delta) ValueOf(OptionContract contract, long now)
    {
        long settlement = SettlementOf(contract.Expiration);
        if (settlement <= now || !(Spot > 0)) return (null, null);
        ref Entry entry = ref EntryOf(contract);
        double years = DayCounts.CalendarYears(settlement - now);
        bool isCall = contract.Right == OptionRight.Call;
        ChosenVolatility chosen = VolatilityLadder.Choose(
            new QuotedOption(isCall, Spot, contract.Strike, years, settings.Rate, settings.DividendYield, settings.TrustsFeedVolatility ? entry.FeedVolatility : 0, entry.Bid, entry.Ask, entry.Last / 10_000),
            settings.Volatility);
        return (chosen.Source == VolatilitySource.Default ? null : chosen.Volatility, BlackScholes.Evaluate(new OptionInputs(isCall, Spot, contract.Strike, years, chosen.Volatility, settings.Rate, settings.DividendYield)).Delta);
    }

    // A quote that came after the print may already be its answer. Without a bid only who pays the ask is known to buy.
    static int SideOf(double price, in Entry entry, long time)
    {
        if (entry.QuoteTime > time || !(entry.Ask > 0) || entry.Ask < entry.Bid) return 0;
        double bid = Units(entry.Bid), ask = Units(entry.Ask);
        return entry.Bid > 0 ? (2 * price).CompareTo(bid + ask) : price >= ask ? 1 : 0;
    }

    void Move(double spot, long time)
    {
        if (spot > 0 && time >= _spotTime) (Spot, _spotTime) = (spot, time);
    }

    long SettlementOf(DateOnly expiration)
    {
        ref long settlement = ref CollectionsMarshal.GetValueRefOrAddDefault(_settlements, expiration, out bool isKnown);
        if (!isKnown) settlement = Slices.Micros(Settlement.Of(root, expiration));
        return settlement;
    }

    ref Entry EntryOf(OptionContract contract)
    {
        ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, contract, out bool isKnown);
        if (!isKnown) (entry.QuoteTime, entry.LastTime) = (long.MinValue, long.MinValue);
        return ref entry;
    }

    struct Entry
    {
        public long QuoteTime;
        public double Bid, Ask, FeedVolatility; // Dollars, and a fraction.
        public long LastTime;
        public double Last; // Units.
        public int Tick;
    }
}
