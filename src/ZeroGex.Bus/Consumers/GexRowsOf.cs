using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>A window as a row of the legacy table.</summary>
static class GexRowsOf
{
    /// <summary>The row of <c>inferred_gexray3</c>, legacy arithmetic and all.</summary>
    public static GexRow Legacy(GexCalculated window)
    {
        var ladder = window.NaiveWindow!;
        return new GexRow(
            window.End, window.Root, window.Expiration.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), window.Spot,
            ladder.ZeroGamma ?? window.Spot, ladder.MajorPositive ?? 0, ladder.MajorNegative ?? 0, ladder.Sum, ladder.MinorPositive ?? 0, ladder.MinorNegative ?? 0,
            LegacyGexMessage.TradesJson(window), LegacyGexMessage.StrikesJson(window), window.TradeCount, window.Volume);
    }
}
