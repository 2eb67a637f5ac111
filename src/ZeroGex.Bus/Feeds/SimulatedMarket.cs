using System.Numerics;
using ZeroGex.Contracts;
using static ZeroGex.Bus.Feeds.SimulatedMarketNoise;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// One root of a made-up market that never closes. Everything is a function of (seed, root, tick): nothing is remembered from one tick to
/// the next but caches, so any tick can be had at once, and always the same.
/// </summary>
/// <remarks>
/// Prices are Black-Scholes-Merton on a smile in standardised log-moneyness; roots with American exercise are never quoted around less than
/// their exercise value. Not thread-safe: the board and the expirations of the tick at hand are kept.
/// </remarks>
sealed class SimulatedMarket
{
    const double Rate = 0.04;
    const double DailyVolatilityOfVolatility = 0.04;
    const double MicrosPerYear = 365 * 86_400e6;
    const long Minute = 60_000_000;

    /// <summary>A print comes with others of the same order: one more with this probability, and so on.</summary>
    const double AnotherFill = 0.4;
    const int MaxFills = 8;

    /// <summary>How many strikes from the money the popular ones lie, nearer ones more often: pick any element.</summary>
    static readonly int[] Distances = [.. Enumerable.Range(0, 1024).Select(i => (int)(-6 * Math.Log((i + 0.5) / 1024)))];

    readonly SimulatedMarketProfile _profile;
    readonly long _tickMicros;
    readonly double _quotesPerTick, _ordersPerTick, _dailyVolatility;
    readonly ulong _key, _market, _own, _volatility, _activity, _mood, _picks, _orders, _jitter, _shares;
    SimulatedMarketBoard? _board;
    Expiring[] _expiring = [];

    public SimulatedMarket(long seed, string root, TimeSpan tick, double quotesPerSecond, double tradesPerSecond)
    {
        Root = root;
        _profile = SimulatedMarketProfile.Roots[root];
        _tickMicros = tick.Ticks / TimeSpan.TicksPerMicrosecond;
        _quotesPerTick = quotesPerSecond * tick.TotalSeconds;
        _ordersPerTick = tradesPerSecond * tick.TotalSeconds * (1 - AnotherFill);
        _dailyVolatility = _profile.Volatility / Math.Sqrt(365);
        _market = Key(seed, "market");
        (_key, _own, _volatility) = (Key(seed, root), Key(seed, root + " price"), Key(seed, root + " volatility"));
        (_activity, _mood, _shares) = (Key(seed, root + " activity"), Key(seed, root + " mood"), Key(seed, root + " shares"));
        (_picks, _orders, _jitter) = (Key(seed, root + " picks"), Key(seed, root + " orders"), Key(seed, root + " jitter"));
    }

    public string Root { get; }

    /// <summary>The underlying's price at an instant in Unix microseconds: dollars, to the cent.</summary>
    public double SpotAt(long micros) => SpotAt(Walk(_market, micros), micros);

    double SpotAt(double market, long micros)
    {
        double own = Walk(_own, micros);
        double days = _profile.Correlation * market + Math.Sqrt(1 - _profile.Correlation * _profile.Correlation) * own;
        return Math.Round(_profile.Price * Math.Exp(_dailyVolatility * days), 2);
    }

    /// <summary>True when a session starts within the tick.</summary>
    public bool StartsSession(long tick) => BoardAt(tick * _tickMicros).Start > (tick - 1) * _tickMicros;

    /// <summary>What the market says within one tick: after the tick before, and up to this one's own instant.</summary>
    public void Fill(long tick, RootFacts facts, bool withChain)
    {
        long now = tick * _tickMicros;
        var board = BoardAt(now);
        double market = Walk(_market, now), spot = SpotAt(market, now);
        Settle(board, now, market, spot);

        if (withChain) AddChain(board, now, spot, facts);
        AddQuotesAndTrades(board, tick, spot, facts);
        if (now / Minute != (now - _tickMicros) / Minute) facts.Bars.Add(Bar(now / Minute * Minute));
    }

    SimulatedMarketBoard BoardAt(long micros)
    {
        if (_board is null || micros < _board.Start || micros >= _board.End)
            _board = new SimulatedMarketBoard(_profile, _key, SimulatedMarketBoard.SessionOf(micros), SpotAt);
        return _board;
    }

    /// <summary>Everything about the expirations that this tick's prices share.</summary>
    void Settle(SimulatedMarketBoard board, long now, double market, double spot)
    {
        if (_expiring.Length != board.Listings.Length) _expiring = new Expiring[board.Listings.Length];

        // Fear rises as the market falls.
        double level = _profile.Volatility * Math.Exp(DailyVolatilityOfVolatility * 0.7 * (Walk(_volatility, now) - market));
        for (int i = 0; i < _expiring.Length; i++)
        {
            var listing = board.Listings[i];
            double years = (listing.Expiry - now) / MicrosPerYear;
            if (years <= 0)
            {
                _expiring[i] = default;
                continue;
            }

            double forward = spot * Math.Exp((Rate - _profile.Dividend) * years);
            double deviation = level * (1.15 - 0.25 * Math.Exp(-3 * years)) * Math.Sqrt(years);
            int money = Array.BinarySearch(listing.Strikes, forward);
            _expiring[i] = new Expiring(
                true, forward, Math.Log(forward), Math.Exp(-Rate * years), deviation, 1 / deviation, 1 + 2 * years, money < 0 ? ~money : money);
        }
    }

    void AddQuotesAndTrades(SimulatedMarketBoard board, long tick, double spot, RootFacts facts)
    {
        long now = tick * _tickMicros;
        double activity = Math.Exp(0.4 * Mood(_activity, now, 32) - 0.08);
        ulong here = At(_picks, (ulong)tick);

        // A quarter of the quotes go round the whole board, contract by contract; the rest are where the market looks.
        long sweepFrom = (long)(tick * _quotesPerTick * 0.25), sweepTo = (long)((tick + 1) * _quotesPerTick * 0.25);
        int sweep = (int)Math.Min(sweepTo - sweepFrom, board.Contracts.Length);
        int popular = (int)(0.75 * _quotesPerTick * activity + Unit(here));
        int orders = (int)(_ordersPerTick * activity * activity / 1.17 + Unit(Mix(here)));

        int slots = sweep + popular + orders, slot = 0;
        facts.Quotes.EnsureCapacity(facts.Quotes.Count + slots);
        var quoter = new Quoter(this, board, facts.Quotes, spot, At(_jitter, (ulong)tick), now - _tickMicros, _tickMicros / (slots + 1.0));

        if (sweep > 0)
        {
            int contract = (int)(sweepFrom % board.Contracts.Length), listing = ListingOf(board, contract);
            for (int i = 0; i < sweep; i++, slot++)
            {
                if (_expiring[listing].IsAlive) quoter.Quote(listing, contract, slot);
                if (++contract == board.Contracts.Length) contract = listing = 0;
                else if (listing < board.Listings.Length - 1 && contract == board.Listings[listing + 1].First) listing++;
            }
        }

        for (int i = 0; i < popular; i++, slot++)
        {
            var (listing, contract) = Pick(board, At(here, (ulong)i));
            quoter.Quote(listing, contract, slot);
        }

        if (orders == 0) return;
        double bullish = 0.5 + 0.12 * Mood(_mood, now, 1_800);
        for (int i = 0; i < orders; i++, slot++)
        {
            ulong bits = At(_orders, ((ulong)tick << 16) + (ulong)i);
            var (listing, contract) = Pick(board, bits);
            quoter.Quote(listing, contract, slot); // So that a print's own quote is the newest of its contract.
            AddTrades(facts.Trades, facts.Quotes[^1], bullish, Mix(bits + 1));
        }
    }

    static int ListingOf(SimulatedMarketBoard board, int contract)
    {
        int listing = board.Listings.Length - 1;
        while (board.Listings[listing].First > contract) listing--;
        return listing;
    }

    /// <summary>A contract that the market looks at: soon to expire, near the money, rather out of it than in it.</summary>
    (int Listing, int Contract) Pick(SimulatedMarketBoard board, ulong bits)
    {
        int index = board.Popular[bits & 1023];
        while (!_expiring[index].IsAlive) index++; // What expired is in front; the last listing is months away.

        var listing = board.Listings[index];
        bool above = (bits >> 10 & 1) == 0;
        int distance = Distances[bits >> 11 & 1023], money = _expiring[index].Money;
        int strike = Math.Clamp(above ? money + distance : money - 1 - distance, 0, listing.Strikes.Length - 1);
        bool isOutOfTheMoney = (bits >> 21 & 3) != 0;
        return (index, listing.First + 2 * strike + (above == isOutOfTheMoney ? 0 : 1));
    }

    static void AddTrades(List<OptionTrade> trades, in OptionQuote quote, double bullish, ulong bits)
    {
        double buyers = quote.Contract.Right == OptionRight.Call ? bullish : 1 - bullish;
        int aggressor = Unit(bits) < 0.12 ? 0 : Unit(Mix(bits + 1)) < buyers ? 1 : -1;
        if (quote.Bid == 0) aggressor = 1; // Nobody to sell to.
        double price = aggressor switch { 1 => quote.Ask, -1 => quote.Bid, _ => Prices.OnGrid((quote.Bid + quote.Ask) / 2) };
        var time = DateTimeOffset.UnixEpoch.AddMicroseconds(quote.TimeMicros);

        for (int fill = 0; fill < MaxFills; fill++)
        {
            ulong next = Mix(bits + 2 + (ulong)fill);
            int size = (int)Math.Min(Math.Pow(Unit(next), -1 / 1.2), 5_000); // Pareto: most are a few lots, some are thousands.
            trades.Add(new OptionTrade(quote.Contract, time, price, size, quote.Spot, aggressor));
            if (Unit(Mix(next)) >= AnotherFill) return;
        }
    }

    void AddChain(SimulatedMarketBoard board, long now, double spot, RootFacts facts)
    {
        facts.OpenInterestDate = board.OpenInterestDate;
        facts.Chain.EnsureCapacity(board.Contracts.Length);
        foreach (var listing in board.Listings)
        {
            if (listing.Expiry <= now) continue;
            for (int i = 0; i < 2 * listing.Strikes.Length; i++)
                facts.Chain.Add(new ChainRow(board.Contracts[listing.First + i], OpenInterest(board, listing, i)));
        }
    }

    /// <summary>Contracts open at the start of the session; most near the money, out of it, at round strikes and in third Fridays.</summary>
    long OpenInterest(SimulatedMarketBoard board, SimulatedMarketBoard.Listing listing, int index)
    {
        ulong id = board.Ids[listing.First + index];
        double spot = SpotAt(board.Start);
        double strike = listing.Strikes[index / 2], years = (listing.Expiry - board.Start) / MicrosPerYear;
        double distance = Math.Log(strike / spot) / (_profile.Volatility * Math.Sqrt(years + 0.02));
        bool isOutOfTheMoney = (index % 2 == 0) == distance > 0;
        double typical = _profile.OpenInterest
            * Math.Exp(-Math.Abs(distance)) * (isOutOfTheMoney ? 1 : 0.3)
            * (listing.Units[index / 2] % (2 * _profile.Coarse) == 0 ? 3 : 1) * (listing.IsMonthly ? 4 : 1);
        double today = 1 + 0.15 * Normal(At(id, (ulong)board.Session.DayNumber));
        return (long)(typical * Math.Exp(Normal(id)) * Math.Max(today, 0));
    }

    /// <summary>The minute up to <paramref name="end"/>, from the prices of its ticks.</summary>
    UnderlyingBar Bar(long end)
    {
        double previous = SpotAt(end - Minute), high = 0, low = double.PositiveInfinity, open = 0, close = 0;
        long up = 0, down = 0;
        double sharesPerTick = _profile.Shares / 86_400e6 * _tickMicros;
        for (long tick = (end - Minute) / _tickMicros + 1; tick * _tickMicros <= end; tick++)
        {
            close = SpotAt(tick * _tickMicros);
            if (open == 0) open = close;
            (high, low) = (Math.Max(high, close), Math.Min(low, close));
            long shares = (long)(sharesPerTick * Math.Exp(0.8 * Normal(At(_shares, (ulong)tick)) - 0.32) + Unit(At(_shares + 1, (ulong)tick)));
            if (close >= previous) up += shares;
            else down += shares;
            previous = close;
        }

        var instant = DateTimeOffset.UnixEpoch.AddMicroseconds(end);
        return new UnderlyingBar(_profile.Symbol, instant.AddMinutes(-1), instant, open, high, low, close, up + down, up, down, true);
    }

    /// <summary>Bid and ask around the value of a contract, in whole price increments.</summary>
    (double Bid, double Ask) Price(in Expiring at, double strike, double logStrike, bool isCall, double spot, double jitter)
    {
        double moneyness = Math.Clamp((logStrike - at.LogForward) * at.InverseDeviation, -5, 5);
        double deviation = at.Deviation * (1 + _profile.Skew * moneyness + _profile.Smile * moneyness * moneyness);
        double d1 = (at.LogForward - logStrike) / deviation + deviation / 2, d2 = d1 - deviation;

        // The option out of the money is priced, and the other follows by parity, so that no digits cancel.
        double value = strike >= at.Forward
            ? at.Forward * BelowNormal(d1) - strike * BelowNormal(d2)
            : strike * BelowNormal(-d2) - at.Forward * BelowNormal(-d1);
        double exercise = isCall ? spot - strike : strike - spot;
        if (isCall != strike >= at.Forward) value += Math.Abs(at.Forward - strike);
        value = at.Discount * Math.Max(value, 0);
        if (_profile.IsAmerican && value < exercise) value = exercise;

        double half = (0.3 * _profile.LowTick / 10_000 + _profile.Spread * Math.Sqrt(value) * at.Uncertainty * (1 + 0.1 * Math.Abs(moneyness))) * jitter;
        double bid = Math.Max(value - half, 0) * 10_000, ask = (value + half) * 10_000;
        int bidTick = bid < 30_000 ? _profile.LowTick : _profile.HighTick, askTick = ask < 30_000 ? _profile.LowTick : _profile.HighTick;
        return (Math.Floor(bid / bidTick) * bidTick / 10_000, Math.Ceiling(ask / askTick) * askTick / 10_000);
    }

    /// <summary>The cumulative normal distribution (West, "Better approximations to cumulative normal functions", Wilmott 2005).</summary>
    static double BelowNormal(double x)
    {
        double z = Math.Abs(x), tail;
        if (z > 37) tail = 0;
        else
        {
            double density = Math.Exp(-z * z / 2);
            if (z < 7.07106781186547)
            {
                double above = ((((((0.0352624965998911 * z + 0.700383064443688) * z + 6.37396220353165) * z + 33.912866078383) * z
                    + 112.079291497871) * z + 221.213596169931) * z + 220.206867912376) * density;
                double below = ((((((0.0883883476483184 * z + 1.75566716318264) * z + 16.064177579207) * z + 86.7807322029461) * z
                    + 296.564248779674) * z + 637.333633378831) * z + 793.826512519948) * z + 440.413735824752;
                tail = above / below;
            }
            else tail = density / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
        }

        return x > 0 ? 1 - tail : tail;
    }

    /// <summary>What the prices of one expiration share at one instant.</summary>
    /// <param name="Deviation">Standard deviation of the logarithm of the price at expiration, at the money.</param>
    /// <param name="Uncertainty">Widens the spread with time.</param>
    /// <param name="Money">Index of the first strike at or above the forward.</param>
    readonly record struct Expiring(
        bool IsAlive, double Forward, double LogForward, double Discount, double Deviation, double InverseDeviation, double Uncertainty, int Money);

    /// <summary>Writes the quotes of one tick, evenly over its time.</summary>
    readonly ref struct Quoter(
        SimulatedMarket market, SimulatedMarketBoard board, List<OptionQuote> quotes, double spot, ulong jitter, long from, double step)
    {
        public void Quote(int listing, int contract, int slot)
        {
            var listed = board.Listings[listing];
            int index = contract - listed.First;
            ulong bits = Mix(board.Ids[contract] ^ jitter);
            var (bid, ask) = market.Price(
                market._expiring[listing], listed.Strikes[index >> 1], listed.LogStrikes[index >> 1], (index & 1) == 0, spot, 0.75 + 0.5 * Unit(bits));
            quotes.Add(new OptionQuote(
                board.Contracts[contract], from + 1 + (long)(step * (slot + 1)), bid, ask, bid > 0 ? Lots(bits) : 0, Lots(bits >> 16), spot));
        }

        /// <summary>From 1 to 512 lots, large ones rarely.</summary>
        static int Lots(ulong bits) => (int)(1 + (bits & 15)) << BitOperations.TrailingZeroCount(bits >> 4 | 32);
    }
}
