using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Bars;

/// <summary>A minute of the underlying in the making: what the vendor says of it, or else the prices that quotes and prints were stamped with.</summary>
sealed class MinuteBar
{
    double _open, _high, _low, _close;
    long _first = long.MaxValue, _last = long.MinValue;

    /// <summary>The vendor's bar, the newest that came; null when none did.</summary>
    public UnderlyingBar? Vendor { get; set; }

    /// <summary>Takes in the underlying's price at a time within the minute, Unix microseconds; in any order of time, those of one time in order.</summary>
    public void Take(double spot, long time)
    {
        bool isFirst = _last == long.MinValue;
        _high = isFirst ? spot : Math.Max(_high, spot);
        _low = isFirst ? spot : Math.Min(_low, spot);
        if (time < _first) (_open, _first) = (spot, time);
        if (time >= _last) (_close, _last) = (spot, time);
    }

    /// <summary>What is known of the minute: the vendor's bar if there is one, else the prices, under this symbol.</summary>
    public Figures Read(string symbol) => Vendor is { } bar
        ? new(bar.Symbol, bar.Open, bar.High, bar.Low, bar.Close, bar.Volume, bar.UpVolume, bar.DownVolume, "vendor bars")
        : new(symbol, _open, _high, _low, _close, null, null, null, "spot of quotes and prints");

    /// <summary>What a bar says.</summary>
    public readonly record struct Figures(
        string Symbol, double Open, double High, double Low, double Close, long? Volume, long? UpVolume, long? DownVolume, string Source);
}
