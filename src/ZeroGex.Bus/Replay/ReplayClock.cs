namespace ZeroGex.Bus.Replay;

/// <summary>
/// Market time of a paced replay: so many market seconds to a second, until someone pauses it, changes its speed or moves it forward.
/// Pace changes when a fact is applied and never what comes of it.
/// </summary>
/// <remarks>Thread-safe. It goes forward only: what a replay has said stays said.</remarks>
public sealed class ReplayClock(double speed, TimeProvider time)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50); // So soon a change of pace is felt.

    readonly Lock _lock = new();
    double _speed = speed;
    DateTimeOffset? _market; // At _since.
    long _since = time.GetTimestamp();
    bool _isPaused;

    /// <summary>Where the pace begins to be kept; what lies before goes as fast as it can. Null for the beginning.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Market seconds to a second.</summary>
    public double Speed
    {
        get { lock (_lock) return _speed; }
        set { lock (_lock) { Settle(); _speed = value; } }
    }

    /// <summary>True while market time stands.</summary>
    public bool IsPaused
    {
        get { lock (_lock) return _isPaused; }
        set { lock (_lock) { Settle(); _isPaused = value; } }
    }

    /// <summary>Market time; null before the first fact.</summary>
    public DateTimeOffset? Now
    {
        get { lock (_lock) { Settle(); return _market; } }
    }

    /// <summary>Moves market time forward to an instant; one that lies behind changes nothing.</summary>
    public void SeekTo(DateTimeOffset instant)
    {
        lock (_lock)
        {
            Settle();
            if (_market is null || instant > _market) _market = instant;
        }
    }

    /// <summary>Returns when market time has reached an instant. The first instant that anyone waits for is where it begins.</summary>
    public async ValueTask WaitUntilAsync(DateTimeOffset instant, CancellationToken cancel)
    {
        while (true)
        {
            TimeSpan left;
            lock (_lock)
            {
                Settle();
                _market ??= instant;
                if (_market >= instant) return;
                left = _isPaused ? Look : (instant - _market.Value) / _speed;
            }

            await Task.Delay(left < Look ? left : Look, time, cancel);
        }
    }

    void Settle()
    {
        long now = time.GetTimestamp();
        if (_market is not null && !_isPaused) _market += time.GetElapsedTime(_since, now) * _speed;
        _since = now;
    }
}
