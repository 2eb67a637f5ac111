namespace ZeroGex.Analytics.Backtest;

/// <summary>Positions at the last known prices. What was never quoted counts at what was paid.</summary>
static class Valuation
{
    public static decimal Equity(Book book, Prices prices)
    {
        decimal equity = book.Cash;
        foreach (var (instrument, holding) in book.Holdings)
            if (holding.Quantity != 0) equity += holding.Value(MarkOf(instrument, holding, prices));
        return equity;
    }

    public static decimal MarkOf(Instrument instrument, Holding holding, Prices prices) => prices.MarkOf(instrument) ?? holding.AveragePrice;
}
