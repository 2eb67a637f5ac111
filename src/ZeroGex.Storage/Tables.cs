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

    /// <summary>Minutes of flow.</summary>
    public static TableShape<FlowMinuteRow> FlowMinutes { get; } = new("flow_minutes", ["root", "timestamp"]);

    /// <summary>Flow in windows within a minute.</summary>
    public static TableShape<FlowSecondRow> FlowSeconds { get; } = new("flow_seconds", ["root", "time"]);

    /// <summary>Contracts whose trading stood out in a minute.</summary>
    public static TableShape<FlowSmartMoneyRow> FlowSmartMoney { get; } = new("flow_smart_money", ["root", "timestamp", "expiration", "strike", "option_type"]);

    /// <summary>Term structures of volatility.</summary>
    public static TableShape<ChainVolatilityRow> ChainVolatility { get; } = new("chain_volatility", ["time", "root"]);

    /// <summary>The newest smiles.</summary>
    public static TableShape<ChainSmileRow> ChainSmiles { get; } = new("chain_smiles", ["root", "expiration"], newest: "time");

    /// <summary>What data was worth, by minute.</summary>
    public static TableShape<QualityMinuteRow> QualityMinutes { get; } = new("quality_minutes", ["time", "root"]);

    /// <summary>Alerts raised and resolved.</summary>
    public static TableShape<AlertRow> Alerts { get; } = new("alerts", ["time", "root", "rule", "event"]);

    /// <summary>The table of a name, which may be that of a view that unfolds it; null when there is none.</summary>
    public static TableShape? Find(string name) => All.FirstOrDefault(table => table.Name == name) ?? name switch
    {
        "gex_levels" or "gex_by_strike" or "gex_by_expiration" or "gex_profile" or "gex_calculations" => ChainGex,
        "max_pain" => ChainMaxPain,
        "greeks_latest" or "gex_grid" => ChainGreeks,
        "volatility_term" => ChainVolatility,
        "volatility_smile" or "volatility_left_out" => ChainSmiles,
        "flow_minutes_by_strike" or "flow_minutes_by_expiration" => FlowMinutes,
        "quality_findings" => QualityMinutes,
        "alert_history" => Alerts,
        _ => null,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TableShape> All { get; } =
        [LegacyGex, TradedGex, UnderlyingQuotes, OptionChains, ChainGex, ChainMaxPain, ChainGreeks, FlowMinutes, FlowSeconds, FlowSmartMoney, ChainVolatility, ChainSmiles, QualityMinutes, Alerts];
}
