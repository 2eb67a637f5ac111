namespace ZeroGex.Analytics.Market;

/// <summary>
/// Trading days, holidays and half days of the New York Stock Exchange, computed for any year from today's rules and their known beginnings,
/// plus the closings no rule foresees.
/// </summary>
/// <remarks>
/// Rules: NYSE Rule 7.2 and the exchange's published list of special closings since 1885. Complete for the years since listed options began (1973);
/// before that the same rules are applied as if they had existed.
/// </remarks>
public sealed class NyseCalendar : ISessionCalendar
{
    static readonly TimeOnly Evening = new(20, 0);
    static readonly TimeOnly RegularClose = new(16, 0);
    static readonly TimeOnly EarlyClose = new(13, 0);

    // Days of mourning, storms, attacks and blackouts.
    static readonly HashSet<DateOnly> SpecialClosings =
    [
        new(1972, 12, 28), // President Truman
        new(1973, 1, 25), // President Johnson
        new(1977, 7, 14), // blackout
        new(1985, 9, 27), // hurricane Gloria
        new(1994, 4, 27), // President Nixon
        new(2001, 9, 11), new(2001, 9, 12), new(2001, 9, 13), new(2001, 9, 14), // attack on the World Trade Center
        new(2004, 6, 11), // President Reagan
        new(2007, 1, 2), // President Ford
        new(2012, 10, 29), new(2012, 10, 30), // hurricane Sandy
        new(2018, 12, 5), // President G. H. W. Bush
        new(2025, 1, 9), // President Carter
    ];

    static readonly HashSet<DateOnly> SpecialEarlyCloses = [new(1997, 12, 26), new(1999, 12, 31), new(2003, 12, 26)];

    /// <summary>
    /// The session an instant belongs to: from 20:00 New York time on it is the next trading day's; weekends and holidays belong to the next trading day.
    /// </summary>
    public DateOnly SessionOf(DateTimeOffset instant)
    {
        DateTime local = NewYork.LocalOf(instant);
        DateOnly date = DateOnly.FromDateTime(local);
        return OnOrAfter(TimeOnly.FromDateTime(local) >= Evening ? date.AddDays(1) : date);
    }

    /// <summary>True when the exchange opens on a date.</summary>
    public static bool IsTradingDay(DateOnly date) =>
        date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !IsHoliday(date) && !SpecialClosings.Contains(date);

    /// <summary>When the exchange closes on a trading day, New York time: 16:00, or 13:00 on half days.</summary>
    public static TimeOnly CloseOf(DateOnly date) => IsHalfDay(date) ? EarlyClose : RegularClose;

    /// <summary>The date itself when it is a trading day, else the next one.</summary>
    public static DateOnly OnOrAfter(DateOnly date)
    {
        while (!IsTradingDay(date)) date = date.AddDays(1);
        return date;
    }

    /// <summary>The date itself when it is a trading day, else the one before.</summary>
    public static DateOnly OnOrBefore(DateOnly date)
    {
        while (!IsTradingDay(date)) date = date.AddDays(-1);
        return date;
    }

    /// <summary>True on trading days that end at 13:00 New York time.</summary>
    public static bool IsHalfDay(DateOnly date)
    {
        if (!IsTradingDay(date)) return false;
        if (SpecialEarlyCloses.Contains(date)) return true;
        return (date.Month, date.Day) switch
        {
            (11, _) => date.Year >= 1992 && date == Thanksgiving(date.Year).AddDays(1),
            // On a Friday Christmas Eve is the observed holiday, so it is none of these.
            (12, 24) => date.Year >= 1990,
            // When the fourth was a Thursday, the Friday after was short until 2012, the Wednesday before has been since 2013.
            (7, 3) => date.Year >= 1995 && (date.DayOfWeek != DayOfWeek.Wednesday || date.Year >= 2013),
            (7, 5) => date is { DayOfWeek: DayOfWeek.Friday, Year: >= 1995 and < 2013 },
            _ => false,
        };
    }

    /// <summary>True on the regular holidays, observed days included; weekends are not holidays.</summary>
    public static bool IsHoliday(DateOnly date)
    {
        DayOfWeek day = date.DayOfWeek;
        int year = date.Year;
        switch (date.Month)
        {
            case 1:
                // On a Saturday it is not observed: the Friday before ends the year.
                return date.Day == 1 || (date.Day == 2 && day == DayOfWeek.Monday) || (year >= 1998 && date == Nth(3, DayOfWeek.Monday, year, 1));
            case 2:
                return date == Nth(3, DayOfWeek.Monday, year, 2);
            case 3 or 4:
                return day == DayOfWeek.Friday && date == Easter(year).AddDays(-2);
            case 5:
                return day == DayOfWeek.Monday && date.Day > 24;
            case 6:
                return year >= 2022 && IsObserved(date, 19);
            case 7:
                return IsObserved(date, 4);
            case 9:
                return day == DayOfWeek.Monday && date.Day <= 7;
            case 11:
                // Presidential elections closed the exchange until 1980.
                return date == Thanksgiving(year) || (year is 1972 or 1976 or 1980 && day == DayOfWeek.Tuesday && date.Day is >= 2 and <= 8);
            case 12:
                return IsObserved(date, 25);
            default:
                return false;
        }
    }

    /// <summary>The n-th weekday of a month.</summary>
    public static DateOnly Nth(int n, DayOfWeek weekday, int year, int month)
    {
        var first = new DateOnly(year, month, 1);
        return first.AddDays(((int)weekday - (int)first.DayOfWeek + 7) % 7 + 7 * (n - 1));
    }

    /// <summary>Easter Sunday of the Gregorian calendar.</summary>
    /// <remarks>The anonymous algorithm: Meeus, "Astronomical Algorithms", 2nd ed., chapter 8 (p. 67).</remarks>
    public static DateOnly Easter(int year)
    {
        int a = year % 19;
        int b = year / 100;
        int c = year % 100;
        int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
        int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
        int m = (a + 11 * h + 22 * l) / 451;
        int n = h + l - 7 * m + 114;
        return new DateOnly(year, n / 31, n % 31 + 1);
    }

    static DateOnly Thanksgiving(int year) => Nth(4, DayOfWeek.Thursday, year, 11);

    // A fixed date moves from Saturday to Friday and from Sunday to Monday.
    static bool IsObserved(DateOnly date, int day) => date.DayOfWeek switch
    {
        DayOfWeek.Friday => date.Day == day || date.Day == day - 1,
        DayOfWeek.Monday => date.Day == day || date.Day == day + 1,
        _ => date.Day == day,
    };
}
