namespace ZeroGex.Analytics.Market;

/// <summary>When a session's market trades: from 09:30 New York time to its close. A session on a day without trading is a market's own, which never closes.</summary>
/// <param name="Open">First instant, UTC.</param>
/// <param name="Close">End, exclusive, UTC.</param>
public readonly record struct TradingHours(DateTimeOffset Open, DateTimeOffset Close)
{
    static readonly TimeOnly Bell = new(9, 30);

    /// <summary>Those of a session.</summary>
    public static TradingHours Of(DateOnly session) => NyseCalendar.IsTradingDay(session)
        ? new(NewYork.At(session, Bell), NewYork.At(session, NyseCalendar.CloseOf(session)))
        : new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
}
