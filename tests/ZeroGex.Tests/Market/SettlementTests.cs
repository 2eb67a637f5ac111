using System.Globalization;
using Xunit;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Tests.Market;

public sealed class SettlementTests
{
    [Theory]
    [InlineData("SPY", "2026-01-16", "2026-01-16T16:00:00-05:00")]
    [InlineData("SPXW", "2026-07-17", "2026-07-17T16:00:00-04:00")]
    [InlineData("SPX", "2026-07-17", "2026-07-17T09:30:00-04:00")] // the third Friday is settled in the morning
    [InlineData("SPX", "2026-07-24", "2026-07-24T16:00:00-04:00")]
    [InlineData("SPX", "2022-04-14", "2022-04-14T09:30:00-04:00")] // the third Friday was Good Friday
    [InlineData("SPX", "2022-04-15", "2022-04-14T09:30:00-04:00")]
    [InlineData("NDX", "2026-07-17", "2026-07-17T09:30:00-04:00")]
    [InlineData("RUT", "2026-07-17", "2026-07-17T09:30:00-04:00")]
    [InlineData("RUT", "2026-07-24", "2026-07-24T16:00:00-04:00")]
    [InlineData("RUTW", "2026-07-17", "2026-07-17T16:00:00-04:00")]
    [InlineData("VIX", "2026-07-22", "2026-07-22T09:30:00-04:00")] // the Wednesday thirty days before the next third Friday
    [InlineData("VIXW", "2026-07-08", "2026-07-08T09:30:00-04:00")]
    [InlineData("XSP", "2026-07-17", "2026-07-17T16:00:00-04:00")]
    [InlineData("GOOG", "2015-12-24", "2015-12-24T13:00:00-05:00")] // half day
    [InlineData("AAPL", "2014-06-21", "2014-06-20T16:00:00-04:00")] // monthlies were dated on Saturday
    [InlineData("SPX", "2014-06-21", "2014-06-20T09:30:00-04:00")]
    [InlineData("AAPL", "2014-04-19", "2014-04-17T16:00:00-04:00")] // Saturday after Good Friday
    [InlineData("SPY", "2026-07-03", "2026-07-02T16:00:00-04:00")] // Independence Day observed
    [InlineData("SPY", "2026-03-09", "2026-03-09T16:00:00-04:00")] // the clocks went forward the day before
    public void Settles_at(string root, string expiration, string instant) => Assert.Equal(Instant(instant), Settlement.Of(root, Date(expiration)));

    [Fact]
    public void Settlement_is_in_utc() => Assert.Equal(TimeSpan.Zero, Settlement.Of("SPY", new DateOnly(2026, 1, 16)).Offset);

    static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
