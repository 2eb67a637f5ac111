using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>
/// Lets a strategy trade through recorded time. It is pushed facts and results one by one and can ask for none: what it has not been given yet,
/// nobody inside it can see. An order is filled only by a fact that came after the instant at which it was placed, at a price that the market
/// quoted after that instant.
/// </summary>
/// <remarks>
/// Give it one root's facts in the order of (AsOf, kind, run, sequence), each before the results that it completes.
/// Not thread-safe. The same input gives the same report, to the last digit.
/// </remarks>
public sealed class BacktestEngine
{
    readonly string _root;
    readonly IStrategy _strategy;
    readonly BacktestSettings _settings;
    readonly Prices _prices = new();
    readonly Book _book;
    readonly Curve _curve;
    readonly Desk _desk;
    readonly ResultTally _results = new();
    DateTimeOffset? _first;
    DateTimeOffset _now;

    public BacktestEngine(string root, IStrategy strategy, BacktestSettings settings)
    {
        (_root, _strategy, _settings) = (root, strategy, settings);
        _book = new Book(settings);
        _curve = new Curve(settings.Capital);
        _desk = new Desk(_book, _prices);
    }

    /// <summary>How things stand after what was applied so far.</summary>
    public EquityPoint Now => new(_now, _prices.Spot, _desk.Position, _book.Cash, Valuation.Equity(_book, _prices));

    /// <summary>Fills so far, in order.</summary>
    public IReadOnlyList<Fill> Fills => _book.Fills;

    /// <summary>Moves time on to a fact, fills what it can fill, and values what is held.</summary>
    /// <exception cref="ArgumentException">It is of another root.</exception>
    public void Apply(IMarketFact fact)
    {
        if (fact.Root != _root) throw new ArgumentException($"A fact of {fact.Root} came to the backtest of {_root}.", nameof(fact));
        Stamp stamp = fact.Stamp;
        _first ??= stamp.AsOf;
        if (stamp.AsOf > _now) _now = stamp.AsOf; // A new run's clock may start behind the old one's.
        _curve.Advance(Contract.ParseStreamId(stamp.Stream).Session, _now);
        SettleExpired();
        Observe(fact);
        Mark();
    }

    /// <summary>Shows a window or a chain to the strategy, at the instant of the last fact.</summary>
    /// <exception cref="ArgumentException">It could not be known yet, is of another root, or is nothing that strategies hear of.</exception>
    public void Show(IMarketResult result)
    {
        if (result.Root != _root) throw new ArgumentException($"A result of {result.Root} came to the backtest of {_root}.", nameof(result));
        TimeSpan grace = result is GexCalculated ? _settings.Grace : _settings.ChainGrace;
        if (result.Time + grace > _now || _prices.Spot is null)
            throw new ArgumentException($"The {result.GetType().Name} of {result.Time:O} could not be known at {_now:O}.", nameof(result));

        switch (result)
        {
            case GexCalculated window:
                GexLadder? ladder = LadderOf(window);
                _results.Add(window, ladder is not null);
                if (ladder is not null) _desk.Open(_now, desk => _strategy.OnResult(window, ladder, desk));
                break;
            case ChainGexCalculated chain:
                _results.Add(chain);
                _desk.Open(_now, desk => _strategy.OnChain(chain, desk));
                break;
            default:
                throw new ArgumentException($"Strategies hear of traded exposure and of chains, not of {result.GetType().Name}.", nameof(result));
        }
    }

    /// <summary>What came of it so far. Positions still open are valued at the last known prices and not closed.</summary>
    public BacktestReport Report() => BacktestReport.Of(_root, _strategy, _settings, _first, _now, _results, _book, _prices, _curve);

    GexLadder? LadderOf(GexCalculated window) => _settings.Measure switch
    {
        Measure.NaiveDay => window.NaiveDay,
        Measure.DealerSignedDay => window.DealerSignedDay,
        Measure.DealerSignedWindow => window.DealerSignedWindow,
        _ => window.NaiveWindow,
    };

    void Observe(IMarketFact fact)
    {
        switch (fact)
        {
            case QuotesObserved quotes:
                for (int i = 0; i < quotes.Time.Length; i++)
                {
                    DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(quotes.Time[i] * TimeSpan.TicksPerMicrosecond);
                    if (quotes.Spot[i] > 0) SeeSpot(fact, time, quotes.Spot[i]);
                    SeeOption(fact, quotes.Contracts[quotes.Contract[i]], new OptionMarket(quotes.Bid[i], quotes.Ask[i], time));
                }

                break;
            case TradesObserved trades:
                foreach (OptionTrade trade in trades.Trades) SeeSpot(fact, trade.Time, trade.Spot);
                break;
            case BarsObserved bars:
                foreach (UnderlyingBar bar in bars.Bars)
                    if (bar.IsClosed) SeeSpot(fact, bar.End, bar.Close);
                break;
        }
    }

    void SeeSpot(IMarketFact fact, DateTimeOffset time, double spot)
    {
        _prices.Set(time, spot);
        if (_book.Pending.Count == 0) return;
        decimal middle = Prices.Dollars(spot);
        _book.Match(Instrument.Underlying, time, order => MayFill(order, fact, time), quantity => middle + Math.Sign(quantity) * _settings.Slippage);
    }

    void SeeOption(IMarketFact fact, OptionContract contract, OptionMarket market)
    {
        _prices.Set(contract, market);
        if (_book.Pending.Count == 0 || (market.Ask > 0 && market.Bid > market.Ask)) return; // Nobody trades in a crossed market.
        _book.Match(new Instrument(contract), market.Time, order => MayFill(order, fact, market.Time), quantity =>
            (quantity > 0 ? market.Ask : market.Bid) is > 0 and var price ? Prices.Dollars(price) : null);
    }

    // By both clocks: it arrived after the order was placed, and the market quoted it after the order had reached it.
    bool MayFill(Order order, IMarketFact fact, DateTimeOffset time) => fact.Stamp.AsOf > order.Placed && time > order.Placed + _settings.Latency;

    void SettleExpired()
    {
        if (_prices.Spot is not { } spot) return;
        foreach (Instrument instrument in _book.Options())
        {
            DateTimeOffset settlement = Settlement.Of(_root, instrument.Option!.Value.Expiration);
            if (settlement >= _now) continue; // What is stamped with that very instant is still of the session.
            double sign = instrument.Option.Value.Right == OptionRight.Call ? 1 : -1;
            _book.Settle(instrument, settlement, Prices.Dollars(Math.Max(0, sign * (spot - instrument.Option.Value.Strike))));
        }
    }

    void Mark()
    {
        decimal gross = 0;
        bool isInMarket = false;
        decimal equity = _book.Cash;
        foreach (var (instrument, holding) in _book.Holdings)
        {
            if (holding.Quantity == 0) continue;
            decimal value = holding.Value(Valuation.MarkOf(instrument, holding, _prices));
            isInMarket = true;
            equity += value;
            gross += Math.Abs(value);
        }

        _curve.Mark(equity, gross, _desk.Position, isInMarket);
    }
}

/// <summary>Where a backtest stands at an instant.</summary>
/// <param name="Time">UTC.</param>
/// <param name="Spot">The underlying's last known price, dollars.</param>
/// <param name="Position">Shares of the underlying.</param>
/// <param name="Cash">Dollars.</param>
/// <param name="Equity">Dollars, positions at the last known prices.</param>
public readonly record struct EquityPoint(DateTimeOffset Time, double? Spot, long Position, decimal Cash, decimal Equity);
