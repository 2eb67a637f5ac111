using System.Globalization;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ZeroGex.Bus.Consumers;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Bridges;

/// <summary>
/// Logs alerts and posts them to webhooks, signed. What is to be sent stands in a table before a message is acknowledged, and what became of it after: a restart goes on where
/// it was. A post whose answer was lost with the process is sent again under the same delivery id.
/// </summary>
/// <remarks>A receiver that fails is tried again with growing delays, a bounded number of times, and delays no other.</remarks>
public sealed partial class Webhooks : IAsyncDisposable
{
    const string Log = "log"; // The target of every alert, so that a redelivered one is not logged twice.
    const int MaxInFlight = 16;

    static readonly TimeSpan Memory = TimeSpan.FromDays(30);
    static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    readonly WebhookSettings _settings;
    readonly AlertDeliveries _deliveries;
    readonly TimeProvider _time;
    readonly ILogger<Webhooks> _logger;
    readonly Dictionary<string, Uri> _urls;
    readonly HttpClient _client;
    readonly Dictionary<string, Channel<bool>> _news;
    readonly CancellationTokenSource _stop = new();
    Task _pumps = Task.CompletedTask;
    DateTimeOffset _forgetAt;
    bool _isCatchingUp;

    public Webhooks(WebhookSettings settings, AlertDeliveries deliveries, TimeProvider time, ILogger<Webhooks> logger)
    {
        (_settings, _deliveries, _time, _logger) = (settings, deliveries, time, logger);
        _urls = settings.Urls.DistinctBy(WebhookMessage.Target).ToDictionary(WebhookMessage.Target);
        _news = _urls.Keys.ToDictionary(target => target, _ => Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }));
        // A redirect would take a signed body to somebody who was not named.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = settings.Timeout };
    }

    /// <summary>Begins to send, first what an earlier process has left.</summary>
    public void Start() => _pumps = Task.WhenAll(_urls.Keys.Select(target => Task.Run(() => PumpAsync(target))));

    /// <summary>Takes an alert in; returns when it stands in the table.</summary>
    /// <exception cref="ArgumentException">It is no alert.</exception>
    public async Task AcceptAsync(IMarketResult alert, CancellationToken cancel)
    {
        var (id, @event, severity, text) = alert switch
        {
            AlertRaised raised => (raised.Id, "raised", raised.Severity, raised.Text),
            AlertResolved resolved => (resolved.Id, "resolved", resolved.Severity, resolved.Text),
            _ => throw new ArgumentException($"{alert.GetType()} is no alert.", nameof(alert)),
        };
        DateTimeOffset now = _time.GetUtcNow();
        bool isOld = _settings.MaxAge > TimeSpan.Zero && now - alert.Time > _settings.MaxAge;
        string body = WebhookMessage.Body(alert);
        bool isNew = false;
        await Retry.ForeverAsync("The webhooks", async () =>
        {
            isNew |= (await _deliveries.AddAsync(id, @event, body, [Log], isOld ? "skipped" : "delivered", now, cancel)).Count > 0;
            await _deliveries.AddAsync(id, @event, body, [.. _urls.Keys], isOld ? "skipped" : "pending", now, cancel);
            if (now < _forgetAt) return;
            await _deliveries.ForgetAsync(now - Memory, cancel);
            _forgetAt = now + ForgetEvery;
        }, _logger, cancel, _stop.Token);

        // A day that is played or caught up with has hundreds of them: one line for all.
        if (isNew && isOld && !_isCatchingUp) LogSkipping(_logger, _settings.MaxAge, @event, id);
        else if (isNew && !isOld) LogAlert(_logger, severity >= AlertSeverity.Warning ? LogLevel.Warning : LogLevel.Information, @event, id, text);
        if (isNew) _isCatchingUp = isOld;
        foreach (var news in _news.Values) news.Writer.TryWrite(true);
    }

    /// <summary>How long after a failed try the next one comes.</summary>
    /// <param name="attempts">Tries so far, at least 1.</param>
    public static TimeSpan Delay(WebhookSettings settings, int attempts)
    {
        TimeSpan delay = settings.FirstDelay;
        for (int i = 1; i < attempts && delay < settings.LongestDelay; i++) delay *= 2;
        return delay < settings.LongestDelay ? delay : settings.LongestDelay;
    }

    /// <summary>Ends; what is on its way is interrupted, and sent again by the next process.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pumps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    async Task PumpAsync(string target)
    {
        while (!_stop.IsCancellationRequested)
        {
            IReadOnlyList<AlertDelivery> due = [];
            await Retry.ForeverAsync("The webhooks", async () =>
            {
                DateTimeOffset now = _time.GetUtcNow();
                due = await _deliveries.ClaimAsync(target, now, now + 2 * _settings.Timeout, MaxInFlight, _stop.Token);
            }, _logger, _stop.Token);

            await Task.WhenAll(due.Select(SendAsync));
            if (due.Count > 0) continue;
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAny(_news[target].Reader.WaitToReadAsync(wait.Token).AsTask(), Task.Delay(_settings.Poll, _time, wait.Token));
            await wait.CancelAsync();
            _news[target].Reader.TryRead(out _);
        }
    }

    async Task SendAsync(AlertDelivery delivery)
    {
        string? error = await PostAsync(delivery);
        bool isLast = error is not null && (delivery.Attempts >= _settings.MaxAttempts || error.StartsWith("refused", StringComparison.Ordinal));
        Telemetry.Webhooks.Add(1, new KeyValuePair<string, object?>("outcome", error is null ? "delivered" : isLast ? "failed" : "retried"));
        await Retry.ForeverAsync("The webhooks", () =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            return error is null ? _deliveries.DeliveredAsync(delivery, now, _stop.Token)
                : isLast ? _deliveries.FailedAsync(delivery, error, now, _stop.Token)
                : _deliveries.RetryAsync(delivery, error, now + Delay(_settings, delivery.Attempts), _stop.Token);
        }, _logger, _stop.Token);
        if (isLast) LogFailed(_logger, delivery.Event, delivery.Id, delivery.Target, delivery.Attempts, error!);
    }

    // Null when it was taken, else what went wrong; "refused" where another try would be.
    async Task<string?> PostAsync(AlertDelivery delivery)
    {
        long timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        using HttpRequestMessage request = new(HttpMethod.Post, _urls[delivery.Target]) { Content = new StringContent(delivery.Body, Encoding.UTF8, "application/json") };
        request.Headers.Add(WebhookMessage.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookMessage.SignatureHeader, WebhookMessage.Sign(_settings.Secret, timestamp, delivery.Body));
        request.Headers.Add(WebhookMessage.DeliveryHeader, WebhookMessage.DeliveryId(delivery.Id, delivery.Event));
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
            return (int)response.StatusCode switch
            {
                >= 200 and < 300 => null,
                >= 500 or (int)HttpStatusCode.RequestTimeout or 425 or (int)HttpStatusCode.TooManyRequests => $"answered {(int)response.StatusCode}",
                var status => $"refused with {status}",
            };
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !_stop.IsCancellationRequested)
        {
            return failure is TaskCanceledException ? "no answer in time" : failure.Message;
        }
    }

    [LoggerMessage(Message = "Alert {Event}: {Text} ({Id})")]
    static partial void LogAlert(ILogger logger, LogLevel level, string @event, string id, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Alerts of more than {Age} ago are kept and not sent; the first is {Event}: {Id}")]
    static partial void LogSkipping(ILogger logger, TimeSpan age, string @event, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Alert {Event} {Id} did not reach {Target} in {Attempts} tries: {Reason}")]
    static partial void LogFailed(ILogger logger, string @event, string id, string target, int attempts, string reason);
}
