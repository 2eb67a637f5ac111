using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Bridges;

/// <summary>
/// Gives closed windows to the legacy subscribers of a Redis channel. A slow or dead Redis never slows the caller: windows wait in a
/// bounded queue that drops its oldest, each is tried once, and whatever reached nobody is counted with its reason.
/// </summary>
public sealed partial class RedisBridge : IAsyncDisposable
{
    const int MaxInFlight = 256;
    const int MaxRemembered = 10_000;

    static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    readonly RedisSettings _settings;
    readonly ILogger _logger;
    readonly Channel<GexCalculated> _queue;
    readonly Dictionary<(string Ticker, DateOnly Expiration), DateTimeOffset> _lastEnd = [];
    readonly CancellationTokenSource _stop = new();
    readonly Task _pump;
    long _published, _failed, _unheard, _dropped;

    /// <param name="capacity">Windows that may wait.</param>
    public RedisBridge(RedisSettings settings, ILogger logger, int capacity = 10_000)
    {
        (_settings, _logger) = (settings, logger);
        var options = new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true };
        _queue = Channel.CreateBounded<GexCalculated>(options, _ => Count(ref _dropped, "dropped"));
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>Messages that at least one subscriber received.</summary>
    public long Published => Interlocked.Read(ref _published);

    /// <summary>Messages that Redis did not take.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Messages that Redis took for nobody.</summary>
    public long Unheard => Interlocked.Read(ref _unheard);

    /// <summary>Messages that were pushed out of the full queue, or left in it at the end.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>
    /// Queues a window and returns. A window that is not newer than the last one of its ticker and expiration is a redelivery and skipped;
    /// one without legacy figures has no legacy message.
    /// </summary>
    public ValueTask PublishAsync(GexCalculated window, CancellationToken cancel)
    {
        if (window.NaiveWindow is null) return ValueTask.CompletedTask;
        lock (_lastEnd)
        {
            var key = (window.Root, window.Expiration);
            if (_lastEnd.TryGetValue(key, out var last) && window.End <= last) return ValueTask.CompletedTask;
            if (_lastEnd.Count >= MaxRemembered) ForgetExpired(window.End);
            _lastEnd[key] = window.End;
        }

        return _queue.Writer.WriteAsync(window, cancel);
    }

    /// <summary>Sends what is queued, as far as Redis takes it within five seconds, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _stop.CancelAfter(DrainTimeout);
        await _pump;
        _stop.Dispose();
    }

    async Task PumpAsync()
    {
        var inFlight = new List<Task>(MaxInFlight);
        try
        {
            await using var redis = await RedisConnection.ConnectAsync(_settings, _logger);
            while (await _queue.Reader.WaitToReadAsync(_stop.Token))
            {
                // Sent in order without waiting for each answer; the client keeps the order on its one socket.
                while (inFlight.Count < MaxInFlight && _queue.Reader.TryRead(out var window)) inFlight.Add(SendAsync(redis, window));
                await Task.WhenAll(inFlight);
                inFlight.Clear();
                if (_stop.IsCancellationRequested) break;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped while Redis was away; the rest is counted below.
        }
        catch (Exception e)
        {
            _queue.Writer.TryComplete();
            LogStopped(_logger, e);
        }

        while (_queue.Reader.TryRead(out _)) Count(ref _dropped, "dropped");
    }

    async Task SendAsync(RedisConnection redis, GexCalculated window)
    {
        try
        {
            byte[] message = Encoding.UTF8.GetBytes(LegacyGexMessage.Format(window)!);
            if (await redis.PublishAsync(_settings.GexChannel, message) > 0)
            {
                Interlocked.Increment(ref _published);
                Telemetry.RedisPublished.Add(1);
            }
            else
            {
                Count(ref _unheard, "no receivers");
            }
        }
        catch (Exception e) when (e is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            Count(ref _failed, "not sent");
            LogFailed(_logger, window.Root, e.Message);
        }
    }

    static void Count(ref long counter, string reason)
    {
        Interlocked.Increment(ref counter);
        Telemetry.RedisUndelivered.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    void ForgetExpired(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        foreach (var key in _lastEnd.Keys.Where(key => key.Expiration < today).ToList()) _lastEnd.Remove(key);
        if (_lastEnd.Count >= MaxRemembered) _lastEnd.Clear();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A window of {Root} did not reach Redis: {Reason}")]
    static partial void LogFailed(ILogger logger, string root, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The Redis bridge has stopped")]
    static partial void LogStopped(ILogger logger, Exception error);
}
