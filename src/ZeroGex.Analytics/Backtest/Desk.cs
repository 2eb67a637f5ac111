using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>
/// What a strategy holds, what it knows of prices, and where it leaves orders. All of it is as of <see cref="Now"/>; an order is filled by a later
/// quote, whole, at whatever that is: a market order.
/// </summary>
public sealed class Desk
{
    readonly Book _book;
    readonly Prices _prices;
    bool _isOpen;

    internal Desk(Book book, Prices prices) => (_book, _prices) = (book, prices);

    /// <summary>The instant at which the result at hand became known, UTC.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>The underlying's last known price, dollars.</summary>
    public double Spot => _prices.Spot!.Value; // No result is shown before one is known.

    /// <summary>Shares of the underlying; negative is short.</summary>
    public long Position => _book.QuantityOf(Instrument.Underlying);

    /// <summary>Mean price of the shares held, dollars; 0 when flat.</summary>
    public double AveragePrice => AverageOf(Instrument.Underlying);

    /// <summary>Dollars; short sales add to it.</summary>
    public double Cash => (double)_book.Cash;

    /// <summary>Dollars: cash and everything held, at the last known prices.</summary>
    public double Equity => (double)Valuation.Equity(_book, _prices);

    /// <summary>Orders that wait for a quote.</summary>
    public IReadOnlyList<Order> Pending => [.. _book.Pending];

    /// <summary>Buys shares of the underlying at the next quote.</summary>
    /// <param name="shares">Greater than 0.</param>
    /// <param name="why">Shown with the trade.</param>
    public void Buy(long shares, string why = "") => Place(Instrument.Underlying, Positive(shares), why);

    /// <summary>Sells shares of the underlying, short if need be, at the next quote.</summary>
    /// <inheritdoc cref="Buy(long, string)"/>
    public void Sell(long shares, string why = "") => Place(Instrument.Underlying, -Positive(shares), why);

    /// <summary>Wants to hold so many shares: replaces what is ordered of them by the difference to what is held.</summary>
    /// <param name="shares">Negative is short; 0 is flat.</param>
    /// <param name="why">Shown with the trade.</param>
    public void Target(long shares, string why = "") => Target(Instrument.Underlying, shares, why);

    /// <summary>Contracts held of an option; negative is short.</summary>
    public long PositionIn(OptionContract option) => _book.QuantityOf(new Instrument(option));

    /// <summary>Mean price of the contracts held, dollars a share; 0 when there are none.</summary>
    public double AveragePriceOf(OptionContract option) => AverageOf(new Instrument(option));

    /// <summary>The last known market in an option of this root; null when none was seen.</summary>
    public OptionMarket? MarketIn(OptionContract option) => _prices.Of(option);

    /// <summary>Buys contracts at the next ask.</summary>
    /// <param name="option">An option of this root.</param>
    /// <param name="contracts">Greater than 0.</param>
    /// <param name="why">Shown with the trade.</param>
    public void Buy(OptionContract option, long contracts, string why = "") => Place(new Instrument(option), Positive(contracts), why);

    /// <summary>Sells contracts, short if need be, at the next bid.</summary>
    /// <inheritdoc cref="Buy(OptionContract, long, string)"/>
    public void Sell(OptionContract option, long contracts, string why = "") => Place(new Instrument(option), -Positive(contracts), why);

    /// <summary>Wants to hold so many contracts: replaces what is ordered of them by the difference to what is held.</summary>
    /// <param name="option">An option of this root.</param>
    /// <param name="contracts">Negative is short; 0 is none.</param>
    /// <param name="why">Shown with the trade.</param>
    public void Target(OptionContract option, long contracts, string why = "") => Target(new Instrument(option), contracts, why);

    /// <summary>Takes orders while a strategy hears of a result.</summary>
    internal void Open(DateTimeOffset now, Action<Desk> hear)
    {
        (Now, _isOpen) = (now, true);
        try
        {
            hear(this);
        }
        catch (Exception error)
        {
            throw new StrategyException(now, error);
        }
        finally
        {
            _isOpen = false;
        }
    }

    void Target(Instrument instrument, long quantity, string why)
    {
        RequireOpen();
        _book.Cancel(instrument);
        if (quantity != _book.QuantityOf(instrument)) Place(instrument, quantity - _book.QuantityOf(instrument), why);
    }

    void Place(Instrument instrument, long quantity, string why)
    {
        RequireOpen();
        _book.Place(new Order(instrument, quantity, Now, why));
    }

    double AverageOf(Instrument instrument) => (double)(_book[instrument]?.AveragePrice ?? 0);

    void RequireOpen()
    {
        if (!_isOpen) throw new InvalidOperationException("The desk takes orders only while a result is shown.");
    }

    static long Positive(long quantity) => quantity > 0 ? quantity : throw new ArgumentOutOfRangeException(nameof(quantity), quantity, "Greater than 0, please.");
}

/// <summary>A strategy failed; the message says when and what.</summary>
public sealed class StrategyException(DateTimeOffset instant, Exception error)
    : Exception($"The strategy failed at {instant.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'}: {error.GetType().Name}: {error.Message}", error)
{
    /// <summary>When the result that it was shown became known, UTC.</summary>
    public DateTimeOffset Instant { get; } = instant;
}
