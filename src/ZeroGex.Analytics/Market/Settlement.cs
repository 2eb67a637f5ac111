using System.Collections.Frozen;

namespace ZeroGex.Analytics.Market;

/// <summary>When an option's payoff is fixed: one instant for each root and expiration.</summary>
public static class Settlement
{
    static readonly TimeOnly Open = new(9, 30);

    // Settled on opening prices by their product specifications (Cboe, Nasdaq): the standard monthlies of these roots, whose other dates
    // settle at the close, mostly under a root of their own (SPXW, NDXP, RUTW); and every date of the last two.
    static readonly FrozenSet<string> MonthliesAtTheOpen = FrozenSet.ToFrozenSet(["SPX", "NDX", "RUT", "DJX", "MXEA", "MXEF"]);
    static readonly FrozenSet<string> AlwaysAtTheOpen = FrozenSet.ToFrozenSet(["VIX", "VIXW"]);

    /// <summary>
    /// The settlement instant, UTC, of an expiration as listed: the close of its last trading day, or that day's open where <see cref="IsAtTheOpen"/>.
    /// An expiration dated on a Saturday (monthlies before 2015) or a holiday settles on the trading day before.
    /// </summary>
    public static DateTimeOffset Of(string root, DateOnly expiration)
    {
        DateOnly day = NyseCalendar.OnOrBefore(expiration);
        return NewYork.At(day, IsAtTheOpen(root, day) ? Open : NyseCalendar.CloseOf(day));
    }

    /// <summary>True for what settles on opening prices ("AM"): the monthlies of <c>SPX</c>, <c>NDX</c>, <c>RUT</c>, <c>DJX</c>, <c>MXEA</c> and <c>MXEF</c>, and all of <c>VIX</c>.</summary>
    public static bool IsAtTheOpen(string root, DateOnly expiration) => AlwaysAtTheOpen.Contains(root) || (MonthliesAtTheOpen.Contains(root) && IsMonthly(expiration));

    /// <summary>True for a root some of whose dates are.</summary>
    public static bool HasDatesAtTheOpen(string root) => AlwaysAtTheOpen.Contains(root) || MonthliesAtTheOpen.Contains(root);

    /// <summary>True for the expiration of a month: its third Friday, or the trading day before where that is none.</summary>
    public static bool IsMonthly(DateOnly expiration) =>
        NyseCalendar.OnOrBefore(expiration) == NyseCalendar.OnOrBefore(NyseCalendar.Nth(3, DayOfWeek.Friday, expiration.Year, expiration.Month));
}
