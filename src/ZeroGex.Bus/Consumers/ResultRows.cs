using System.Globalization;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Results as the rows of their tables: the one place that says which result goes where. Live tables, replays and rebuilds all go through it.</summary>
public static class ResultRows
{
    /// <summary>The fold whose results make a table; null when no fold of this version does.</summary>
    public static FoldSpec? FoldOf(TableShape table) => Folds.All.FirstOrDefault(fold => fold.Name == table.Name switch
    {
        "inferred_gexray3" or "traded_gex" => "gex",
        "underlying_quotes" or "option_chains" => "bars",
        "chain_gex" => "chain",
        "chain_greeks" => "greeks",
        "chain_max_pain" => "max-pain",
        "chain_volatility" or "chain_smiles" => "volatility",
        "flow_minutes" or "flow_seconds" or "flow_smart_money" => "flow",
        "quality_minutes" => "quality",
        "alerts" => "alerts",
        _ => null,
    });

    /// <summary>Adds all rows of a result.</summary>
    /// <exception cref="ArgumentException">There is no table for it.</exception>
    public static TableWrite Add(this TableWrite write, IMarketResult result) => result switch
    {
        GexCalculated window => write
            .Add(Tables.LegacyGex, window.NaiveWindow is null ? [] : [Legacy(window)])
            .Add(Tables.TradedGex, GexMeasure.RowsOf(window)),
        GreeksCalculated greeks => write.Add(Tables.ChainGreeks, ChainGreeksRow.Of(greeks)),
        ChainGexCalculated chain => write.Add(Tables.ChainGex, ChainGexRow.Of(chain)),
        MaxPainCalculated pain => write.Add(Tables.ChainMaxPain, ChainMaxPainRow.Of(pain)),
        BarClosed bar => write.Add(Tables.UnderlyingQuotes, UnderlyingQuoteRow.Of(bar)),
        OptionMinuteClosed minute => write.Add(Tables.OptionChains, OptionChainRow.Of(minute)),
        FlowCalculated flow when flow.End - flow.Start < TimeSpan.FromMinutes(1) => write.Add(Tables.FlowSeconds, FlowSecondRow.Of(flow)),
        FlowCalculated flow => write.Add(Tables.FlowMinutes, FlowMinuteRow.Of(flow)).Add(Tables.FlowSmartMoney, FlowSmartMoneyRow.Of(flow)),
        VolatilityCalculated volatility => write.Add(Tables.ChainVolatility, ChainVolatilityRow.Of(volatility)).Add(Tables.ChainSmiles, ChainSmileRow.Of(volatility)),
        QualityCalculated quality => write.Add(Tables.QualityMinutes, QualityMinuteRow.Of(quality)),
        AlertRaised raised => write.Add(Tables.Alerts, AlertRow.Of(raised)),
        AlertResolved resolved => write.Add(Tables.Alerts, AlertRow.Of(resolved)),
        _ => throw new ArgumentException($"There is no table for {result.GetType()}.", nameof(result)),
    };

    /// <summary>The row of <c>inferred_gexray3</c>, legacy arithmetic and all.</summary>
    public static GexRow Legacy(GexCalculated window)
    {
        var ladder = window.NaiveWindow!;
        return new GexRow(
            window.End, window.Root, window.Expiration.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), window.Spot,
            ladder.ZeroGamma ?? window.Spot, ladder.MajorPositive ?? 0, ladder.MajorNegative ?? 0, ladder.Sum, ladder.MinorPositive ?? 0, ladder.MinorNegative ?? 0,
            LegacyGexMessage.TradesJson(window), LegacyGexMessage.StrikesJson(window), window.TradeCount, window.Volume);
    }
}
