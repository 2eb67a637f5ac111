using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>
/// Trades on exposure. It sees results and the desk, and nothing else: there is no reader to look ahead with. It implements the method of what it wants to hear of,
/// at least one; what it does not want to hear of is not even calculated.
/// </summary>
/// <remarks>
/// Each result is heard once, at the instant it became known (<see cref="Desk.Now"/>): its end and the grace, as it would have been live. What one message makes known is heard by
/// end, and of one end windows before chains. Orders given meanwhile are filled by quotes after that instant, never by those already seen.
/// </remarks>
public interface IStrategy
{
    /// <summary>Hears of traded exposure.</summary>
    /// <param name="window">One root and expiration. Those of one end come by expiration.</param>
    /// <param name="ladder">The measure of the window that the backtest was asked to trade on.</param>
    /// <param name="desk">Position, prices, orders; open during this call only.</param>
    void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
    {
    }

    /// <summary>Hears of the chain's exposure: walls, flip, regime, profile.</summary>
    /// <param name="chain">One scope and weight. Those of one instant come in the order of the fold's settings: all expirations by open interest first.</param>
    /// <param name="desk">Position, prices, orders; open during this call only.</param>
    void OnChain(ChainGexCalculated chain, Desk desk)
    {
    }
}

/// <summary>Which of a window's ladders a strategy is shown.</summary>
public enum Measure
{
    /// <summary>Calls +, puts −, since the session began.</summary>
    NaiveDay,

    /// <summary>−aggressor·γ·size, since the session began.</summary>
    DealerSignedDay,

    /// <summary>−aggressor·γ·size, this window alone.</summary>
    DealerSignedWindow,

    /// <summary>Legacy arithmetic, this window alone; missing once the legacy clock has run out.</summary>
    NaiveWindow,
}

/// <summary>What is traded: the underlying when <see cref="Option"/> is null, otherwise that option of the root.</summary>
/// <param name="Option">The listed option, or null.</param>
public readonly record struct Instrument(OptionContract? Option)
{
    /// <summary>Shares of the underlying.</summary>
    public static Instrument Underlying => default;

    /// <summary>Shares for a unit of quantity: 1, and 100 for an option.</summary>
    public int Multiplier => Option is null ? 1 : 100;

    /// <summary>For example <c>SPY</c>, or <c>SPY 2026-01-16 690 C</c>.</summary>
    public string Name(string root) => Option is { } option
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{root} {option.Expiration:yyyy-MM-dd} {option.Strike:0.####} {(option.Right == OptionRight.Call ? 'C' : 'P')}")
        : root;
}

/// <summary>An order that waits for its fill.</summary>
/// <param name="Instrument">What.</param>
/// <param name="Quantity">Shares or contracts; negative sells.</param>
/// <param name="Placed">The instant at which the result that led to it became known, UTC.</param>
/// <param name="Why">The strategy's own words.</param>
public sealed record Order(Instrument Instrument, long Quantity, DateTimeOffset Placed, string Why);

/// <summary>An order that was filled, or an option that settled.</summary>
/// <param name="Order">What was asked, and when.</param>
/// <param name="Time">When the market quoted the price, UTC; after <see cref="Order.Placed"/>.</param>
/// <param name="Price">Dollars a share, slippage included.</param>
/// <param name="Fee">Dollars.</param>
/// <param name="Realised">Dollars won on what this fill closed, fees aside; 0 when it closed nothing.</param>
public sealed record Fill(Order Order, DateTimeOffset Time, decimal Price, decimal Fee, decimal Realised);

/// <summary>The last known market in an option.</summary>
/// <param name="Bid">Dollars, 0 when there is none.</param>
/// <param name="Ask">Dollars, 0 when there is none.</param>
/// <param name="Time">When the market quoted, UTC.</param>
public readonly record struct OptionMarket(double Bid, double Ask, DateTimeOffset Time);
