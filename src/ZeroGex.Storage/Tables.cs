namespace ZeroGex.Storage;

/// <summary>Every table of results there is. All of them can be made again from the event log.</summary>
public static class Tables
{
    /// <summary>Traded gamma by window, legacy arithmetic.</summary>
    public static TableShape<GexRow> LegacyGex { get; } = new("inferred_gexray3", ["time", "ticker", "expiration"]);

    /// <summary>Traded gamma by window, in its measures.</summary>
    public static TableShape<TradedGexRow> TradedGex { get; } = new("traded_gex", ["time", "root", "expiration", "measure"]);

    /// <summary>Minutes of underlyings.</summary>
    public static TableShape<UnderlyingQuoteRow> UnderlyingQuotes { get; } = new("underlying_quotes", ["symbol", "timestamp"]);

    /// <summary>Minutes of options.</summary>
    public static TableShape<OptionChainRow> OptionChains { get; } = new("option_chains", ["option_symbol", "timestamp"]);

    /// <summary>Exposures of chains.</summary>
    public static TableShape<ChainGexRow> ChainGex { get; } = new("chain_gex", ["time", "root", "scope", "weight"]);

    /// <summary>Max pain of chains.</summary>
    public static TableShape<ChainMaxPainRow> ChainMaxPain { get; } = new("chain_max_pain", ["time", "root"]);

    /// <summary>The newest greeks.</summary>
    public static TableShape<ChainGreeksRow> ChainGreeks { get; } = new("chain_greeks", ["root", "expiration"], newest: "time");

    /// <summary>What data was worth, by minute.</summary>
    public static TableShape<QualityMinuteRow> QualityMinutes { get; } = new("quality_minutes", ["time", "root"]);

    /// <summary>Alerts raised and resolved.</summary>
    public static TableShape<AlertRow> Alerts { get; } = new("alerts", ["time", "root", "rule", "event"]);

    /// <summary>The table of a name, which may be that of a view that unfolds it; null when there is none.</summary>
    public static TableShape? Find(string name) => All.FirstOrDefault(table => table.Name == name) ?? name switch
    {
        "gex_levels" or "gex_by_strike" or "gex_by_expiration" or "gex_profile" or "gex_calculations" => ChainGex,
        "max_pain" => ChainMaxPain,
        "greeks_latest" => ChainGreeks,
        "quality_findings" => QualityMinutes,
        "alert_history" => Alerts,
        _ => null,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TableShape> All { get; } =
        [LegacyGex, TradedGex, UnderlyingQuotes, OptionChains, ChainGex, ChainMaxPain, ChainGreeks, QualityMinutes, Alerts];
}
