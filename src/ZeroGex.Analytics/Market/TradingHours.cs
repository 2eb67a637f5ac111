using System.Collections.Frozen;

namespace ZeroGex.Analytics.Market;

/// <summary>When a session's market trades: from 09:30 New York time to its close. A session on a day without trading is a market's own, which never closes.</summary>
/// <param name="Open">First instant, UTC.</param>
/// <param name="Close">End, exclusive, UTC.</param>
public readonly record struct TradingHours(DateTimeOffset Open, DateTimeOffset Close)
{
    static readonly TimeOnly Bell = new(9, 30);

    // Cboe's global trading hours: from 20:15 the evening before until shortly before the bell.
    static readonly FrozenSet<string> OvernightRoots = FrozenSet.ToFrozenSet(["SPX", "SPXW", "XSP", "VIX", "VIXW"]);

    /// <summary>Those of a session.</summary>
    public static TradingHours Of(DateOnly session) => NyseCalendar.IsTradingDay(session)
        ? new(NewYork.At(session, Bell), NewYork.At(session, NyseCalendar.CloseOf(session)))
        : new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    /// <summary>When options of a root trade in a session: of a few index roots the night before, too.</summary>
    public static TradingHours Of(DateOnly session, string root) => OvernightRoots.Contains(root) ? Of(session) with { Open = DateTimeOffset.MinValue } : Of(session);
}
