using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Tests.Feeds;

/// <summary>Data time against wall time, on a clock moved by hand.</summary>
public sealed class PacedFeedTests
{
    static readonly DateTimeOffset Start = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 60)]
    [InlineData(60, 1)]
    [InlineData(0.5, 120)]
    public async Task A_minute_of_data_takes_a_minute_over_the_speed(double speed, double seconds)
    {
        var clock = new HandClock();
        await using var reader = new PacedFeed(new Minutes(3), speed, clock).ReadAsync(null, Cancel).GetAsyncEnumerator(Cancel);

        var first = reader.MoveNextAsync().AsTask();
        Assert.True(first.IsCompletedSuccessfully, "The first batch starts the clock and waits for nothing.");
        Assert.True(await first);

        var second = reader.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(2));
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(await second.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        Assert.Equal(Start.AddMinutes(1), reader.Current.AsOf);
    }

    [Fact]
    public async Task A_slow_reader_is_caught_up_with()
    {
        var clock = new HandClock();
        await using var reader = new PacedFeed(new Minutes(4), 1, clock).ReadAsync(null, Cancel).GetAsyncEnumerator(Cancel);
        await reader.MoveNextAsync();

        clock.Advance(TimeSpan.FromMinutes(2));

        Assert.True(reader.MoveNextAsync().AsTask().IsCompletedSuccessfully);
        Assert.True(reader.MoveNextAsync().AsTask().IsCompletedSuccessfully);
        var last = reader.MoveNextAsync().AsTask();
        Assert.False(last.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await last.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    [Fact]
    public async Task The_clock_starts_at_the_first_batch_after_the_position()
    {
        var clock = new HandClock();
        await using var reader = new PacedFeed(new Minutes(100), 1, clock).ReadAsync("50", Cancel).GetAsyncEnumerator(Cancel);

        Assert.True(reader.MoveNextAsync().AsTask().IsCompletedSuccessfully);
        Assert.Equal(Start.AddMinutes(51), reader.Current.AsOf);
    }

    [Fact]
    public async Task Without_limit_nothing_waits()
    {
        var read = new PacedFeed(new Minutes(1000), double.PositiveInfinity, new HandClock()).ReadAsync(null, Cancel);
        Assert.Equal(1000, await read.CountAsync(Cancel));
    }

    [Fact]
    public async Task A_long_wait_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        await using var reader = new PacedFeed(new Minutes(3), 1e-3, new HandClock()).ReadAsync(null, cancel.Token).GetAsyncEnumerator(cancel.Token);
        await reader.MoveNextAsync();

        var second = reader.MoveNextAsync().AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_speed_that_gets_nowhere_is_refused(double speed) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacedFeed(new Minutes(1), speed, TimeProvider.System));

    /// <summary>A batch a minute.</summary>
    sealed class Minutes(int count) : IMarketFeed
    {
        public string Name => "minutes";

        public bool CanResume => true;

        public ISessionCalendar Sessions { get; } = new AlwaysOpen();

        public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
        {
            int next = position is null ? 0 : int.Parse(position, CultureInfo.InvariantCulture) + 1;
            for (int i = next; i < count; i++) yield return new FeedBatch(Start.AddMinutes(i), i.ToString(CultureInfo.InvariantCulture));
            await Task.CompletedTask;
        }
    }
}

/// <summary>A clock that moves when told to, firing the timers that fall due.</summary>
sealed class HandClock(DateTimeOffset? start = null) : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<Timer> _timers = [];
    DateTimeOffset _now = start ?? new DateTimeOffset(2026, 1, 16, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Timers that wait for the clock.</summary>
    public int Waiting
    {
        get { lock (_gate) return _timers.Count; }
    }

    public void Advance(TimeSpan by)
    {
        Debug.Assert(by > TimeSpan.Zero);
        List<Timer> due;
        lock (_gate)
        {
            _now += by;
            due = _timers.FindAll(x => x.Due <= _now);
            _timers.RemoveAll(x => x.Due <= _now);
        }

        foreach (var timer in due) timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class Timer(HandClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = clock._now + dueTime;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
