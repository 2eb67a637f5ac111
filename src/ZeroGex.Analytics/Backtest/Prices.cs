using System.Runtime.InteropServices;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>The newest known prices, by the market's own clock. A row that is older than what is known changes nothing.</summary>
sealed class Prices
{
    readonly Dictionary<OptionContract, OptionMarket> _options = [];

    /// <summary>The underlying's price, dollars; null before the first.</summary>
    public double? Spot { get; private set; }

    /// <summary>When the market said so, UTC.</summary>
    public DateTimeOffset SpotTime { get; private set; }

    public OptionMarket? Of(OptionContract contract) => _options.TryGetValue(contract, out OptionMarket market) ? market : null;

    public void Set(DateTimeOffset time, double spot)
    {
        if (time < SpotTime) return;
        (Spot, SpotTime) = (spot, time);
    }

    public void Set(OptionContract contract, in OptionMarket market)
    {
        ref OptionMarket known = ref CollectionsMarshal.GetValueRefOrAddDefault(_options, contract, out bool isKnown);
        if (!isKnown || market.Time >= known.Time) known = market;
    }

    /// <summary>What a share of an instrument is worth: the spot; of an option the middle of its market, the bid where none is offered; null when unknown.</summary>
    public decimal? MarkOf(Instrument instrument)
    {
        if (instrument.Option is not { } contract) return Spot is { } spot ? Dollars(spot) : null;
        return Of(contract) is not { } market ? null
            : market.Ask > 0 ? (Dollars(market.Bid) + Dollars(market.Ask)) / 2
            : Dollars(market.Bid);
    }

    /// <summary>A price on its 1e-4 grid.</summary>
    public static decimal Dollars(double price) => Math.Round((decimal)price, 4);
}
