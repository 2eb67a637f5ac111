using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Feeds;

public sealed class RedisFeedClockTests
{
    static readonly DateTimeOffset Wall = new(2025, 7, 18, 15, 30, 0, TimeSpan.Zero);

    readonly ChannelClock _clock = new(TimeSpan.FromSeconds(3));

    [Fact]
    public void There_is_no_time_before_the_first_print() => Assert.Null(_clock.Read(Wall));

    [Fact]
    public void Live_prints_run_by_the_wall_clock()
    {
        Assert.True(_clock.Accept(Wall.AddSeconds(-3), Wall));

        Assert.Equal(Wall, _clock.Read(Wall));
        Assert.Equal(Wall.AddSeconds(50), _clock.Read(Wall.AddSeconds(50)));
    }

    [Fact]
    public void Print_ahead_of_the_wall_clock_is_refused()
    {
        Assert.True(_clock.Accept(Wall.AddSeconds(5), Wall));
        Assert.False(_clock.Accept(Wall.AddSeconds(5.001), Wall));
    }

    [Fact]
    public void Replayed_prints_run_by_their_own_time_and_on_by_three_seconds_at_most()
    {
        var old = Wall.AddYears(-10);
        Assert.True(_clock.Accept(old, Wall));

        Assert.Equal(old, _clock.Read(Wall));
        Assert.Equal(old, _clock.Read(Wall.AddSeconds(1)));
        Assert.Equal(old.AddSeconds(0.5), _clock.Read(Wall.AddSeconds(1.5)));
        Assert.Equal(old.AddSeconds(3), _clock.Read(Wall.AddSeconds(4)));
        Assert.Equal(old.AddSeconds(3), _clock.Read(Wall.AddHours(1)));

        Assert.True(_clock.Accept(old.AddMinutes(1), Wall.AddHours(1)));
        Assert.Equal(old.AddMinutes(1), _clock.Read(Wall.AddHours(1)));
    }

    [Fact]
    public void Prints_that_still_wait_hold_the_clock_back()
    {
        Assert.True(_clock.Accept(Wall.AddSeconds(-3), Wall));

        Assert.Equal(Wall.AddSeconds(-3), _clock.Read(Wall, isBehind: true));
        Assert.Equal(Wall, _clock.Read(Wall));
    }

    // Heartbeats come a second apart: the last one must not fall short of the window's end and grace, whatever the rhythm of reading.
    [Fact]
    public void Last_window_of_a_replayed_day_closes() => Prop.ForAll(
        Gen.Choose(0, 999_999).Zip(Gen.Choose(20, 200).NonEmptyListOf()).ToArbitrary(),
        rhythm =>
        {
            var newest = Wall.AddYears(-10).AddMicroseconds(rhythm.Item1);
            var clock = new ChannelClock(TimeSpan.FromSeconds(3));
            var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 1, null, new Dictionary<string, StreamState>(), new Refusals("test", NullLogger.Instance));
            clock.Accept(newest, Wall);
            var first = new FeedBatch(newest, "1");
            first.For("SPY").Trades.Add(new OptionTrade(new OptionContract(new DateOnly(2030, 1, 18), 455, OptionRight.Call), newest, 1, 1, 455, 0));
            var facts = stamper.Add(first).SelectMany(beat => beat.Facts).ToList();
            int waited = 0;
            for (int i = 0; waited < 6_000; i++)
            {
                waited += rhythm.Item2[i % rhythm.Item2.Count];
                facts.AddRange(stamper.Add(new FeedBatch(clock.Read(Wall.AddMilliseconds(waited))!.Value, "2")).SelectMany(beat => beat.Facts));
            }

            var end = newest.AddTicks(-(newest.Ticks % TimeSpan.TicksPerSecond)).AddSeconds(1);
            Assert.True(facts.OfType<TradesObserved>().Last().Stamp.AsOf >= end.AddMilliseconds(250));
        }).QuickCheckThrowOnFailure();

    // Whatever comes and however the wall clock is set meanwhile.
    [Fact]
    public void Clock_never_runs_backwards() => Prop.ForAll(
        Gen.Choose(-200_000, 200_000).Two().ArrayOf().ToArbitrary(),
        steps =>
        {
            var clock = new ChannelClock(TimeSpan.FromSeconds(3));
            DateTimeOffset? last = null;
            foreach (var (print, wall) in steps)
            {
                clock.Accept(Wall.AddMilliseconds(print), Wall.AddMilliseconds(wall));
                var now = clock.Read(Wall.AddMilliseconds(wall), isBehind: print % 3 == 0);
                Assert.True(last is null || now >= last);
                last = now;
            }
        }).QuickCheckThrowOnFailure();
}
