using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Tests.Market;

public sealed class DayCountTests
{
    // Monday 2022-12-12 20:30 New York; Monday the 26th is a holiday; Good Friday 2023 is April 7.
    [Theory]
    [InlineData(DayCount.Calendar365, "2022-12-13", 19.5 / 24 / 365)]
    [InlineData(DayCount.Calendar365, "2022-12-12", 1.0 / (365 * 24 * 60))]
    [InlineData(DayCount.Business252, "2022-12-12", 1 / 252.0)]
    [InlineData(DayCount.Business252, "2022-12-13", 1 / 252.0)]
    [InlineData(DayCount.Business252, "2022-12-14", 2 / 252.0)]
    [InlineData(DayCount.Business252, "2022-12-27", 10 / 252.0)]
    [InlineData(DayCount.Weekdays262, "2022-12-12", 1 / 262.0)]
    [InlineData(DayCount.Weekdays262, "2022-12-14", 2 / 262.0)]
    [InlineData(DayCount.Weekdays262, "2022-12-27", 11 / 262.0)]
    [InlineData(DayCount.Weekdays262, "2022-12-17", 5 / 262.0)]
    [InlineData(DayCount.Legacy262, "2022-12-13", 19.5 / 24 / 262)]
    [InlineData(DayCount.Legacy262, "2022-12-12", -4.5 / 24 / 262)]
    public void Years_are_those_of_a_calendar_on_the_wall(DayCount count, string expiration, double years)
    {
        DateOnly date = DateOnly.Parse(expiration, CultureInfo.InvariantCulture);
        Assert.Equal(years, count.Years(NewYork.At(new(2022, 12, 12), new(20, 30)), date, Settlement.Of("SPXW", date)), 1e-15);
    }

    // The monthly SPX settles at 09:30, a half day at 13:00; the predecessor knew neither.
    [Fact]
    public void Only_the_predecessor_always_waits_for_four_o_clock()
    {
        DateOnly monthly = new(2022, 12, 16), half = new(2022, 11, 25);
        Assert.Equal(NewYork.At(monthly, new(9, 30)), DayCount.Calendar365.EndOf(monthly, Settlement.Of("SPX", monthly)));
        Assert.Equal(NewYork.At(monthly, new(16, 0)), DayCount.Legacy262.EndOf(monthly, Settlement.Of("SPX", monthly)));
        Assert.Equal(NewYork.At(half, new(13, 0)), DayCount.Weekdays262.EndOf(half, Settlement.Of("SPXW", half)));
        Assert.Equal(NewYork.At(half, new(16, 0)), DayCount.Legacy262.EndOf(half, Settlement.Of("SPXW", half)));
    }

    [Fact]
    public void Later_is_never_less_and_a_year_is_about_a_year() => Prop.ForAll(Arb.From(Gen.Choose(0, 20_000)), Arb.From(Gen.Choose(0, 1_440)), (day, minute) =>
    {
        DateOnly expiration = new DateOnly(1990, 1, 1).AddDays(day);
        DateTimeOffset now = NewYork.At(new DateOnly(1990, 1, 1), new TimeOnly(0, 0)).AddMinutes(minute);
        foreach (DayCount count in Enum.GetValues<DayCount>())
        {
            double Years(DateOnly date) => count.Years(now, date, Settlement.Of("SPY", date));
            Assert.True(Years(expiration.AddDays(1)) >= Years(expiration), $"{count} {expiration}");
            double year = Years(expiration.AddDays(365 * 10)) - Years(expiration);
            Assert.InRange(year, count == DayCount.Legacy262 ? 13.8 : 9.8, count == DayCount.Legacy262 ? 14.1 : 10.15);
        }
    }).QuickCheckThrowOnFailure();
}
