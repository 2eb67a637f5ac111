namespace ZeroGex.Analytics.Backtest;

/// <summary>
/// One instrument's open lots, first in, first out. Money is decimal and prices are on the 1e-4 grid, so that every sum here is exact.
/// </summary>
sealed class Holding(int multiplier)
{
    readonly LinkedList<(long Quantity, decimal Price)> _lots = []; // All of one sign.
    decimal _trip;

    /// <summary>Shares or contracts; negative is short.</summary>
    public long Quantity { get; private set; }

    /// <summary>Dollars won on what was closed, fees aside.</summary>
    public decimal Realised { get; private set; }

    /// <summary>Net results, fees included, of every way from flat to flat, or through it.</summary>
    public List<decimal> Trips { get; } = [];

    /// <summary>Signed sum of quantity · price of the open lots, dollars a share.</summary>
    public decimal Cost { get; private set; }

    /// <summary>Mean price of the open lots; 0 when flat.</summary>
    public decimal AveragePrice => Quantity == 0 ? 0 : Cost / Quantity;

    /// <summary>Dollars that closing at a price would realise.</summary>
    public decimal Unrealised(decimal price) => (price * Quantity - Cost) * multiplier;

    /// <summary>Dollars at a price; negative when short.</summary>
    public decimal Value(decimal price) => price * Quantity * multiplier;

    /// <summary>Trades, and answers with what it realised, fees aside.</summary>
    public decimal Trade(long quantity, decimal price, decimal feeEach)
    {
        decimal realised = 0;
        while (quantity != 0 && Quantity != 0 && Math.Sign(quantity) != Math.Sign(Quantity)) realised += CloseLot(ref quantity, price, feeEach);
        if (quantity != 0) Open(quantity, price, feeEach);
        Realised += realised;
        return realised;
    }

    decimal CloseLot(ref long quantity, decimal price, decimal feeEach)
    {
        (long lot, decimal paid) = _lots.First!.Value;
        long closed = Math.Sign(lot) * Math.Min(Math.Abs(lot), Math.Abs(quantity)); // With the sign of the lot.
        _lots.RemoveFirst();
        if (lot != closed) _lots.AddFirst((lot - closed, paid));

        decimal won = (price - paid) * closed * multiplier;
        quantity += closed;
        Quantity -= closed;
        Cost -= paid * closed;
        _trip += won - feeEach * Math.Abs(closed);
        if (Quantity == 0)
        {
            Trips.Add(_trip);
            _trip = 0;
        }

        return won;
    }

    void Open(long quantity, decimal price, decimal feeEach)
    {
        _lots.AddLast((quantity, price));
        Quantity += quantity;
        Cost += price * quantity;
        _trip -= feeEach * Math.Abs(quantity);
    }
}
