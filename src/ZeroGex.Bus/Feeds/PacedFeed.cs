using System.Runtime.CompilerServices;
using ZeroGex.Analytics.Market;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// Plays a recorded feed against the clock: <paramref name="speed"/> seconds of data to a second of wall time, counted from the first batch
/// after the start. Nothing is emitted while it waits; a slow consumer is caught up with afterwards.
/// </summary>
/// <param name="speed">1 as it was, 60 a minute a second, infinity as fast as it can be read.</param>
public sealed class PacedFeed(IMarketFeed inner, double speed, TimeProvider time) : IMarketFeed
{
    /// <summary>Timers of all kinds can wait this long.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    readonly double _speed = speed > 0 ? speed : throw new ArgumentOutOfRangeException(nameof(speed), speed, "Speed must be greater than 0.");

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public bool CanResume => inner.CanResume;

    /// <inheritdoc/>
    public ISessionCalendar Sessions => inner.Sessions;

    /// <inheritdoc/>
    public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
    {
        (DateTimeOffset Data, long Wall)? start = null;
        await foreach (var batch in inner.ReadAsync(position, cancel))
        {
            cancel.ThrowIfCancellationRequested();
            if (!double.IsPositiveInfinity(_speed))
            {
                start ??= (batch.AsOf, time.GetTimestamp());
                var due = (batch.AsOf - start.Value.Data) / _speed;
                while (due - time.GetElapsedTime(start.Value.Wall) is var wait && wait > TimeSpan.Zero)
                    await Task.Delay(Wait(wait), time, cancel);
            }

            yield return batch;
        }
    }

    /// <summary>What to wait at once: whole milliseconds, as timers count, rounded up so that a fraction of one is not spent spinning.</summary>
    internal static TimeSpan Wait(TimeSpan wait) =>
        wait < LongestWait ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : LongestWait;
}
