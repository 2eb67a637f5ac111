using System.Text.Json;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>A window as rows of its tables.</summary>
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

    /// <summary>The rows of <c>traded_gex</c>: the measures side by side.</summary>
    public static IEnumerable<TradedGexRow> Measures(GexCalculated window)
    {
        string model = JsonSerializer.Serialize(window.Model, ContractJson.Options);
        if (window.NaiveWindow is { } naive) yield return Row(GexMeasure.NaiveWindow, naive, window.AggressorShareWindow);
        yield return Row(GexMeasure.NaiveDay, window.NaiveDay, window.AggressorShareDay);
        yield return Row(GexMeasure.DealerSignedWindow, window.DealerSignedWindow, window.AggressorShareWindow);
        yield return Row(GexMeasure.DealerSignedDay, window.DealerSignedDay, window.AggressorShareDay);

        TradedGexRow Row(string measure, GexLadder ladder, double share) => new(
            window.End, window.Root, window.Expiration, measure, window.Spot, ladder.Sum, ladder.ZeroGamma,
            ladder.MajorPositive, ladder.MajorNegative, ladder.MinorPositive, ladder.MinorNegative,
            JsonSerializer.Serialize(ladder.Strikes.Select(rung => new[] { rung.Strike, rung.Gex, rung.Volume })),
            share, window.TradeCount, window.Volume, window.Incomplete, model);
    }
}
