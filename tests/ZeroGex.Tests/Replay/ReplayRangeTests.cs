using Xunit;
using ZeroGex.Bus.Replay;

namespace ZeroGex.Tests.Replay;

public sealed class ReplayRangeTests
{
    [Fact]
    public void Sessions_are_taken_whole_and_instants_cut()
    {
        var week = ReplayRange.Parse("2026-01-12", "2026-01-16");
        Assert.Equal((new DateOnly(2026, 1, 12), new DateOnly(2026, 1, 16), "20260112_20260116"), (week.First, week.Last, week.Name));
        Assert.True(week.Has(DateTimeOffset.MinValue) && week.Has(DateTimeOffset.MaxValue));
        Assert.Equal("20260116", ReplayRange.Parse("2026-01-16", "2026-01-16").Name);

        var hour = ReplayRange.Parse("2026-01-16T14:30:00Z", "2026-01-16T10:30:00-05:00");
        DateTimeOffset from = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero), to = from.AddHours(1);
        Assert.Equal("20260116t143000_20260116t153000", hour.Name);
        Assert.True(hour.Has(from) && !hour.Has(to) && !hour.Has(from.AddTicks(-1)));
    }

    // Friday evening belongs to Monday's session, or Tuesday's after a holiday.
    [Fact]
    public void Sessions_that_can_hold_an_instant_are_looked_at()
    {
        var evening = ReplayRange.Parse("2026-01-17T02:00:00Z", "2026-01-17T03:00:00Z");
        DateTimeOffset first = new(2026, 1, 17, 1, 0, 0, TimeSpan.Zero), last = new(2026, 1, 20, 21, 0, 0, TimeSpan.Zero);
        Assert.True(evening.Touches(new DateOnly(2026, 1, 20), first, last));
        Assert.False(evening.Touches(new DateOnly(2026, 1, 16), first.AddDays(-1), first.AddHours(-1)));
        Assert.False(evening.Touches(new DateOnly(2026, 1, 20), evening.To!.Value, last));
    }

    [Theory]
    [InlineData("2026-01-16", "2026-01-15", "is before")]
    [InlineData("2026-01-16T15:00:00Z", "2026-01-16T15:00:00Z", "is not after")]
    [InlineData("yesterday", "2026-01-16", "is no instant")]
    [InlineData("2026-01-16", "2026-01-16T15:00:00Z", "sessions on both sides")]
    public void What_is_no_range_is_refused_in_words(string from, string to, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => ReplayRange.Parse(from, to)).Message, StringComparison.Ordinal);
}
