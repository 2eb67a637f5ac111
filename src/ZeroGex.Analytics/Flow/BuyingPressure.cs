using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Flow;

/// <summary>Who presses in the underlying, from the vendor's minutes that split their volume by up- and down-ticks. Other bars say nothing.</summary>
sealed class BuyingPressure
{
    const long Minute = 60_000_000;

    UnderlyingBar? _newest, _before;

    /// <summary>Up over both volumes in percent; 50 when nothing traded.</summary>
    public static double Percent(long up, long down) => up == 0 && down == 0 ? 50 : 100.0 * up / ((double)up + down);

    /// <summary>In words.</summary>
    public static string Signal(double percent) =>
        percent > 70 ? "strong buying" : percent > 55 ? "buying" : percent >= 45 ? "neutral" : percent >= 30 ? "selling" : "strong selling";

    /// <summary>Takes in a bar; one with a start that is known replaces the earlier one.</summary>
    public void Take(UnderlyingBar bar)
    {
        long start = Slices.Micros(bar.Start);
        if (start % Minute != 0 || Slices.Micros(bar.End) != start + Minute || bar.UpVolume is null || bar.DownVolume is null) return;
        if (_newest is null || bar.Start > _newest.Start) (_newest, _before) = (bar, _newest);
        else if (bar.Start == _newest.Start) _newest = bar;
        else if (_before is null || bar.Start >= _before.Start) _before = bar;
    }

    /// <summary>Of the newest minute known; null while there is none.</summary>
    public UnderlyingPressure? Read()
    {
        if (_newest is not { UpVolume: { } up, DownVolume: { } down } bar) return null;
        double percent = Percent(up, down), before = _before is { UpVolume: { } upBefore, DownVolume: { } downBefore } ? Percent(upBefore, downBefore) : 50;
        return new(bar.Start, up, down, percent, Signal(percent), percent - before);
    }
}
