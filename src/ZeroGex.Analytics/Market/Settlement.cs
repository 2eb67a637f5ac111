namespace ZeroGex.Analytics.Market;

/// <summary>When an option's payoff is fixed: one instant for each root and expiration.</summary>
public static class Settlement
{
    static readonly TimeOnly Open = new(9, 30);

    /// <summary>
    /// The settlement instant, UTC, of an expiration as listed: the close of its last trading day, or that day's open for the monthly root <c>SPX</c>.
    /// An expiration dated on a Saturday (monthlies before 2015) or a holiday settles on the trading day before.
    /// </summary>
    public static DateTimeOffset Of(string root, DateOnly expiration)
    {
        DateOnly day = NyseCalendar.OnOrBefore(expiration);
        return NewYork.At(day, root == "SPX" && IsMonthly(day) ? Open : NyseCalendar.CloseOf(day));
    }

    /// <summary>True for the expiration of a month: its third Friday, or the trading day before where that is none.</summary>
    public static bool IsMonthly(DateOnly expiration) =>
        NyseCalendar.OnOrBefore(expiration) == NyseCalendar.OnOrBefore(NyseCalendar.Nth(3, DayOfWeek.Friday, expiration.Year, expiration.Month));
}
