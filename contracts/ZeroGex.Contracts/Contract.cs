using System.Collections.Frozen;

namespace ZeroGex.Contracts;

/// <summary>The one table of what travels on the bus: type, alias in the log, and whether it has a packed form.</summary>
/// <param name="Type">The record.</param>
/// <param name="Alias">Its fixed snake_case name in the event log.</param>
/// <param name="Kind">First part of its stream ids as the gateway stamps them; null for results, which are recomputed and not recorded.</param>
/// <param name="IsPacked">True when it travels packed by default.</param>
public sealed record Contract(Type Type, string Alias, string? Kind, bool IsPacked)
{
    /// <summary>Every registered message.</summary>
    public static IReadOnlyList<Contract> All { get; } =
    [
        new(typeof(QuotesObserved), "quotes_observed", "quotes", IsPacked: true),
        new(typeof(TradesObserved), "trades_observed", "trades", IsPacked: true),
        new(typeof(ChainObserved), "chain_observed", "chain", IsPacked: true),
        new(typeof(BarsObserved), "bars_observed", "bars", IsPacked: false),
        new(typeof(FeedStateChanged), "feed_state_changed", "state", IsPacked: false),
        new(typeof(GexCalculated), "gex_calculated", null, IsPacked: false),
        new(typeof(GreeksCalculated), "greeks_calculated", null, IsPacked: false),
        new(typeof(ChainGexCalculated), "chain_gex_calculated", null, IsPacked: false),
        new(typeof(MaxPainCalculated), "max_pain_calculated", null, IsPacked: false),
        new(typeof(BarClosed), "bar_closed", null, IsPacked: false),
        new(typeof(OptionMinuteClosed), "option_minute_closed", null, IsPacked: false),
        new(typeof(FlowCalculated), "flow_calculated", null, IsPacked: false),
        new(typeof(VolatilityCalculated), "volatility_calculated", null, IsPacked: false),
        new(typeof(QualityCalculated), "quality_calculated", null, IsPacked: false),
        new(typeof(AlertRaised), "alert_raised", null, IsPacked: false),
        new(typeof(AlertResolved), "alert_resolved", null, IsPacked: false),
    ];

    static readonly FrozenDictionary<Type, Contract> ByType = All.ToFrozenDictionary(contract => contract.Type);
    static readonly FrozenDictionary<string, Contract> ByAlias = All.ToFrozenDictionary(contract => contract.Alias, StringComparer.Ordinal);

    /// <summary>The entry of a message type.</summary>
    /// <exception cref="ArgumentException">The type is not registered.</exception>
    public static Contract Of(Type type) =>
        ByType.GetValueOrDefault(type) ??
        throw new ArgumentException($"{type.FullName} is not a registered contract.", nameof(type));

    /// <summary>The entry of an alias, or null when this version does not know it.</summary>
    public static Contract? OfAlias(string alias) => ByAlias.GetValueOrDefault(alias);

    /// <summary>The stream id of a fact: <c>{kind}/{root}/{session date}</c>.</summary>
    public static string StreamId(string kind, string root, DateOnly session) => $"{kind}/{root}/{session:yyyy-MM-dd}";

    /// <summary>The parts of a stream id.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static (string Kind, string Root, DateOnly Session) ParseStreamId(string stream) =>
        stream.Split('/') is [var kind, var root, var date] && DateOnly.TryParseExact(date, "yyyy-MM-dd", out var session)
            ? (kind, root, session)
            : throw new FormatException($"'{stream}' is not a stream id; one looks like trades/SPY/2026-01-16.");
}
