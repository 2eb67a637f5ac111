using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ZeroGex.Bus.Bridges;

/// <summary>All that is used of the Redis client, in one place: publish, subscribe, and word of a lost or restored connection.</summary>
/// <remarks>
/// The client reconnects and subscribes again on its own, for ever, with exponential back-off. What was published while it was away is
/// lost: that is how Redis channels work. Messages of a channel reach their handler one at a time and in order.
/// </remarks>
public sealed partial class RedisConnection : IAsyncDisposable
{
    const int FirstRetryMilliseconds = 100;
    const int LongestRetryMilliseconds = 10_000;
    const int ConnectTimeoutMilliseconds = 2_000;
    const int KeepAliveSeconds = 10;

    static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(5);

    readonly ConnectionMultiplexer _redis;
    readonly ISubscriber _subscriber;
    readonly ILogger _logger;
    readonly string _address;
    int _isLost;

    RedisConnection(ConnectionMultiplexer redis, string address, ILogger logger)
    {
        (_redis, _subscriber, _address, _logger) = (redis, redis.GetSubscriber(), address, logger);
        _redis.ConnectionFailed += (_, e) => OnFailed(e);
        _redis.ConnectionRestored += (_, e) => OnRestored(e);
    }

    /// <summary>The connection broke. Raised once until it is restored, on any thread.</summary>
    public event Action? Lost;

    /// <summary>The connection is back, or there for the first time after a start without a server. Raised on any thread.</summary>
    public event Action? Restored;

    /// <summary>True when a message can be sent now.</summary>
    public bool IsConnected => _redis.IsConnected;

    /// <summary>Connects; a server that is not there is no error, it is tried again for ever.</summary>
    public static async Task<RedisConnection> ConnectAsync(RedisSettings settings, ILogger logger)
    {
        string address = $"{settings.Host}:{settings.Port}";
        var options = new ConfigurationOptions
        {
            EndPoints = { { settings.Host, settings.Port } },
            Password = string.IsNullOrEmpty(settings.Password) ? null : settings.Password,
            ClientName = "zerogex",
            AbortOnConnectFail = false,
            ConnectTimeout = ConnectTimeoutMilliseconds,
            ConnectRetry = 1,
            KeepAlive = KeepAliveSeconds,
            ReconnectRetryPolicy = new ExponentialRetry(FirstRetryMilliseconds, LongestRetryMilliseconds),
        };

        var connection = new RedisConnection(await ConnectionMultiplexer.ConnectAsync(options), address, logger);
        if (connection.IsConnected)
        {
            LogConnected(logger, address);
        }
        else
        {
            connection._isLost = 1;
            LogAbsent(logger, address);
        }

        return connection;
    }

    /// <summary>Publishes one message.</summary>
    /// <returns>How many subscribers got it; 0 means that nobody did.</returns>
    /// <exception cref="RedisException">It was not sent.</exception>
    /// <exception cref="TimeoutException">The server did not answer in time; the message may have been sent.</exception>
    public Task<long> PublishAsync(string channel, byte[] message) => _subscriber.PublishAsync(RedisChannel.Literal(channel), message).WaitAsync(PublishTimeout);

    /// <summary>Hears a channel from now on.</summary>
    /// <param name="handler">Called in order of arrival, one message at a time; it must not block.</param>
    public async Task SubscribeAsync(string channel, Action<byte[]> handler) =>
        (await _subscriber.SubscribeAsync(RedisChannel.Literal(channel))).OnMessage(message => handler(message.Message!));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Lost = Restored = null;
        await _redis.CloseAsync(allowCommandsToComplete: false);
        _redis.Dispose();
    }

    // Two sockets serve one connection; the one for subscriptions is the later one to come back, so it decides for both.
    void OnFailed(ConnectionFailedEventArgs e)
    {
        if (Interlocked.Exchange(ref _isLost, 1) == 1) return;
        LogLost(_logger, _address, e.FailureType.ToString());
        Lost?.Invoke();
    }

    void OnRestored(ConnectionFailedEventArgs e)
    {
        if (e.ConnectionType != ConnectionType.Subscription || Interlocked.Exchange(ref _isLost, 0) == 0) return;
        LogRestored(_logger, _address);
        Restored?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to Redis at {Address}")]
    static partial void LogConnected(ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis at {Address} does not answer; trying on")]
    static partial void LogAbsent(ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost the connection to Redis at {Address}: {Failure}")]
    static partial void LogLost(ILogger logger, string address, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis at {Address} is back")]
    static partial void LogRestored(ILogger logger, string address);
}
