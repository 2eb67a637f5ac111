using Xunit;
using ZeroGex.Bus.Replay;
using ZeroGex.Tests.Feeds;

namespace ZeroGex.Tests.Replay;

/// <summary>The pace of a replay, on a clock that moves by hand.</summary>
public sealed class ReplayClockTests
{
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    readonly HandClock _time = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0.25, 40)]
    [InlineData(1, 10)]
    [InlineData(60, 10.0 / 60)]
    public async Task Market_seconds_pass_at_the_speed_that_was_asked(double speed, double expectedSeconds)
    {
        var clock = new ReplayClock(speed, _time);
        await clock.WaitUntilAsync(Open, Cancel); // The first fact begins it.
        Assert.Equal(Open, clock.Now);
        double waited = await WaitedAsync(clock.WaitUntilAsync(Open.AddSeconds(10), Cancel));
        Assert.InRange(waited, expectedSeconds - 1e-6, expectedSeconds + 0.06);
        Assert.True((await WaitedAsync(clock.WaitUntilAsync(Open.AddSeconds(5), Cancel))) == 0, "what is past is not waited for");
    }

    [Fact]
    public async Task Paused_time_stands_and_goes_on_where_it_stood()
    {
        var clock = new ReplayClock(1, _time);
        await clock.WaitUntilAsync(Open, Cancel);
        _time.Advance(TimeSpan.FromSeconds(2));
        clock.IsPaused = true;
        var waiting = clock.WaitUntilAsync(Open.AddSeconds(3), Cancel).AsTask();
        for (int i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            await Task.Yield();
        }

        Assert.False(waiting.IsCompleted);
        Assert.Equal(Open.AddSeconds(2), clock.Now);
        clock.IsPaused = false;
        Assert.InRange(await WaitedAsync(new ValueTask(waiting)), 0.9, 1.1);
    }

    [Fact]
    public async Task Seeking_goes_forward_only_and_a_new_speed_counts_from_now()
    {
        var clock = new ReplayClock(1, _time);
        await clock.WaitUntilAsync(Open, Cancel);
        clock.SeekTo(Open.AddMinutes(10));
        Assert.Equal(Open.AddMinutes(10), clock.Now);
        clock.SeekTo(Open);
        Assert.Equal(Open.AddMinutes(10), clock.Now);
        _time.Advance(TimeSpan.FromSeconds(1));
        clock.Speed = 100;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Open.AddMinutes(10).AddSeconds(101), clock.Now);
    }

    /// <summary>Moves the clock whenever somebody waits for it; the seconds that it took.</summary>
    async Task<double> WaitedAsync(ValueTask task)
    {
        var waiting = task.AsTask();
        long start = _time.GetTimestamp();
        while (!waiting.IsCompleted)
        {
            if (_time.Waiting > 0) _time.Advance(TimeSpan.FromMilliseconds(10));
            Assert.True(_time.GetElapsedTime(start) < TimeSpan.FromMinutes(10), "waits for ever");
            await Task.Yield();
        }

        await waiting;
        return _time.GetElapsedTime(start).TotalSeconds;
    }
}
