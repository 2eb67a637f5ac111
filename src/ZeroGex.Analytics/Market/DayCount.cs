namespace ZeroGex.Analytics.Market;

/// <summary>How time to settlement becomes years.</summary>
public enum DayCount
{
    /// <summary>Calendar seconds to settlement over 365 days, at least one minute. The house's own.</summary>
    Calendar365,

    /// <summary>Trading days of the exchange from the instant's date (counted) to that of settlement (not counted), over 252, at least one.</summary>
    Business252,

    /// <summary>Mondays to Fridays from the instant's date (counted) to the expiration as listed (not counted), over 262, at least one. What widely copied scripts do.</summary>
    Weekdays262,

    /// <summary>Calendar seconds to 16:00 New York of the expiration as listed, over 262 days; nothing at least. The predecessor's, which knew neither half days nor settlement at the open.</summary>
    Legacy262,
}

/// <summary>Years by any <see cref="DayCount"/>.</summary>
public static class DayCounts
{
    const double MicrosPerYear = 365.0 * 86_400_000_000;
    const double TicksPerLegacyYear = 262.0 * TimeSpan.TicksPerDay;
    const long Minute = 60_000_000;

    static readonly TimeOnly LegacyClose = new(16, 0);

    /// <summary>When an expiration is over by this count: 16:00 New York where it knows nothing else, else its settlement.</summary>
    /// <param name="settlement">By <see cref="Settlement.Of"/>, UTC.</param>
    public static DateTimeOffset EndOf(this DayCount count, DateOnly expiration, DateTimeOffset settlement) =>
        count == DayCount.Legacy262 ? NewYork.At(expiration, LegacyClose) : settlement;

    /// <summary>Years from an instant to an expiration's end, in <see cref="DayCount.Legacy262"/> 0 or less once it is over, in all others at least the least.</summary>
    /// <param name="expiration">As listed.</param>
    /// <param name="settlement">By <see cref="Settlement.Of"/>, UTC.</param>
    public static double Years(this DayCount count, DateTimeOffset now, DateOnly expiration, DateTimeOffset settlement)
    {
        DateOnly today = DateOnly.FromDateTime(NewYork.LocalOf(now));
        return count switch
        {
            DayCount.Business252 => Math.Max(1, TradingDays(today, DateOnly.FromDateTime(NewYork.LocalOf(settlement)))) / 252.0,
            DayCount.Weekdays262 => Math.Max(1, Weekdays(today, expiration)) / 262.0,
            DayCount.Legacy262 => (EndOf(count, expiration, settlement) - now).Ticks / TicksPerLegacyYear,
            _ => CalendarYears((settlement - now).Ticks / TimeSpan.TicksPerMicrosecond),
        };
    }

    /// <summary>Years by <see cref="DayCount.Calendar365"/> of what has not settled.</summary>
    /// <param name="left">Microseconds to settlement.</param>
    public static double CalendarYears(long left) => Math.Max(left, Minute) / MicrosPerYear;

    /// <summary>In words, as a model says it.</summary>
    public static string ToWords(this DayCount count) => count switch
    {
        DayCount.Business252 => "trading days to settlement / 252, at least 1",
        DayCount.Weekdays262 => "weekdays to expiration / 262, at least 1",
        DayCount.Legacy262 => "calendar seconds to 16:00 New York / 262 d",
        _ => "calendar seconds to settlement / 365 d, at least 1 min",
    };

    static int TradingDays(DateOnly from, DateOnly to)
    {
        int days = 0;
        for (DateOnly date = from; date < to; date = date.AddDays(1))
            if (NyseCalendar.IsTradingDay(date)) days++;
        return days;
    }

    static int Weekdays(DateOnly from, DateOnly to)
    {
        int days = 0;
        for (DateOnly date = from; date < to; date = date.AddDays(1))
            if (date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) days++;
        return days;
    }
}
