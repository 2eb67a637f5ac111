using System.Globalization;
using Xunit;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Tests.Market;

public sealed class NyseCalendarTests
{
    // The exchange's own lists: nyse.com "Holidays & Trading Hours" for 2024-2027, and its archive of closings.
    [Theory]
    [InlineData(1999, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24")]
    [InlineData(2001, "01-01 01-15 02-19 04-13 05-28 07-04 09-03 09-11 09-12 09-13 09-14 11-22 12-25")]
    [InlineData(2004, "01-01 01-19 02-16 04-09 05-31 06-11 07-05 09-06 11-25 12-24")]
    [InlineData(2007, "01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25")]
    [InlineData(2011, "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26")]
    [InlineData(2012, "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25")]
    [InlineData(2014, "01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25")]
    [InlineData(2015, "01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25")]
    [InlineData(2018, "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25")]
    [InlineData(2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24")]
    [InlineData(2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26")]
    [InlineData(2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25")]
    [InlineData(2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25")]
    [InlineData(2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25")]
    [InlineData(2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25")]
    [InlineData(2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24")]
    public void Closed_weekdays_are_those_the_exchange_lists(int year, string days) =>
        Assert.Equal(days, Days(year, date => date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !NyseCalendar.IsTradingDay(date)));

    [Theory]
    [InlineData(1999, "11-26 12-31")]
    [InlineData(2001, "07-03 11-23 12-24")]
    [InlineData(2002, "07-05 11-29 12-24")]
    [InlineData(2003, "07-03 11-28 12-24 12-26")]
    [InlineData(2006, "07-03 11-24")]
    [InlineData(2010, "11-26")]
    [InlineData(2012, "07-03 11-23 12-24")]
    [InlineData(2013, "07-03 11-29 12-24")]
    [InlineData(2015, "11-27 12-24")]
    [InlineData(2016, "11-25")]
    [InlineData(2020, "11-27 12-24")]
    [InlineData(2023, "07-03 11-24")]
    [InlineData(2024, "07-03 11-29 12-24")]
    [InlineData(2025, "07-03 11-28 12-24")]
    [InlineData(2026, "11-27 12-24")]
    [InlineData(2027, "11-26")]
    public void Half_days_are_those_the_exchange_lists(int year, string days) => Assert.Equal(days, Days(year, NyseCalendar.IsHalfDay));

    [Theory]
    [InlineData("1818-03-22")]
    [InlineData("1943-04-25")]
    [InlineData("2000-04-23")]
    [InlineData("2024-03-31")]
    [InlineData("2038-04-25")]
    [InlineData("2285-03-22")]
    public void Easter_falls_where_the_tables_say(string date) => Assert.Equal(Date(date), NyseCalendar.Easter(Date(date).Year));

    [Theory]
    [InlineData("2026-01-16T09:30:00-05:00", "2026-01-16")]
    [InlineData("2026-01-16T00:00:00-05:00", "2026-01-16")]
    [InlineData("2026-01-15T19:59:59.999999-05:00", "2026-01-15")]
    [InlineData("2026-01-15T20:00:00-05:00", "2026-01-16")]
    [InlineData("2026-01-16T20:00:00-05:00", "2026-01-20")] // Friday evening, then Martin Luther King Day
    [InlineData("2026-01-18T12:00:00-05:00", "2026-01-20")]
    [InlineData("2026-01-19T12:00:00-05:00", "2026-01-20")]
    [InlineData("2026-07-02T23:59:59.999999Z", "2026-07-02")]
    [InlineData("2026-07-03T00:00:00Z", "2026-07-06")]
    [InlineData("2024-11-29T14:00:00-05:00", "2024-11-29")] // a half day lasts until the evening all the same
    public void Session_of_an_instant(string instant, string session) =>
        Assert.Equal(Date(session), new NyseCalendar().SessionOf(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture)));

    // The views have the calendar as a table. A closing that is new here needs a migration of its own there, with "holidays" in its name.
    [Fact]
    public void Migrations_know_the_closed_weekdays_from_1990_to_2100()
    {
        string migrations = Path.Combine(SharedFiles.Root, "src", "ZeroGex.Storage", "Migrations");
        var written = Directory.GetFiles(migrations, "*holidays*.sql").SelectMany(File.ReadLines).Where(line => line.StartsWith("    1", StringComparison.Ordinal) || line.StartsWith("    2", StringComparison.Ordinal))
            .SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(Date);

        Assert.Equal(
            Enumerable.Range(0, Date("2101-01-01").DayNumber - Date("1990-01-01").DayNumber).Select(Date("1990-01-01").AddDays)
                .Where(date => date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !NyseCalendar.IsTradingDay(date)),
            written.Order());
    }

    [Theory]
    [InlineData("2026-01-17T23:59:59-05:00", "2026-01-17")]
    [InlineData("2026-01-18T05:00:00Z", "2026-01-18")]
    public void Simulated_market_never_closes(string instant, string session) =>
        Assert.Equal(Date(session), new AlwaysOpen().SessionOf(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture)));

    [Fact]
    public void Sessions_never_run_backwards_and_are_trading_days()
    {
        var calendar = new NyseCalendar();
        DateOnly last = DateOnly.MinValue;
        for (var instant = new DateTimeOffset(2023, 12, 1, 0, 30, 0, TimeSpan.Zero); instant.Year < 2027; instant = instant.AddHours(1))
        {
            DateOnly session = calendar.SessionOf(instant);
            Assert.True(session >= last && NyseCalendar.IsTradingDay(session), $"{instant:O} is of {session:O} after {last:O}");
            last = session;
        }
    }

    static string Days(int year, Func<DateOnly, bool> isOne)
    {
        var first = new DateOnly(year, 1, 1);
        return string.Join(' ', Enumerable.Range(0, 365 + (DateTime.IsLeapYear(year) ? 1 : 0)).Select(first.AddDays).Where(isOne)
            .Select(date => date.ToString("MM-dd", CultureInfo.InvariantCulture)));
    }

    static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
