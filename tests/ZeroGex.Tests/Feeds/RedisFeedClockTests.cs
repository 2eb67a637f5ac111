using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Tests.Feeds;

public sealed class RedisFeedClockTests
{
    static readonly DateTimeOffset Wall = new(2025, 7, 18, 15, 30, 0, TimeSpan.Zero);

    readonly ChannelClock _clock = new();

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
    public void Replayed_prints_run_by_their_own_time_and_on_by_two_seconds_at_most()
    {
        var old = Wall.AddYears(-10);
        Assert.True(_clock.Accept(old, Wall));

        Assert.Equal(old, _clock.Read(Wall));
        Assert.Equal(old, _clock.Read(Wall.AddSeconds(1)));
        Assert.Equal(old.AddSeconds(0.5), _clock.Read(Wall.AddSeconds(1.5)));
        Assert.Equal(old.AddSeconds(2), _clock.Read(Wall.AddSeconds(3)));
        Assert.Equal(old.AddSeconds(2), _clock.Read(Wall.AddHours(1)));

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

    // Whatever comes and however the wall clock is set meanwhile.
    [Fact]
    public void Clock_never_runs_backwards() => Prop.ForAll(
        Gen.Choose(-200_000, 200_000).Two().ArrayOf().ToArbitrary(),
        steps =>
        {
            var clock = new ChannelClock();
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
