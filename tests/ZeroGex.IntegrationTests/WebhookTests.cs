using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>Alerts to a receiver of the test's own, over a real database.</summary>
public sealed class WebhookTests
{
    const string Secret = "a secret of the desk";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_arrives_signed_and_once_however_often_it_is_delivered()
    {
        await using var database = await TestDatabase.NewAsync();
        await using var receiver = await Receiver.StartAsync();
        await using var webhooks = Start(database, receiver);
        AlertRaised alert = Raised("near", DateTimeOffset.UtcNow);
        for (int i = 0; i < 3; i++) await webhooks.AcceptAsync(alert, Cancel);
        await webhooks.AcceptAsync(Resolved(alert), Cancel);
        await Wait.ForAsync(async () => await StatesAsync(database) is ["near raised delivered 1", "near resolved delivered 1"], "the deliveries");

        Assert.Equal(["alert_raised", "alert_resolved"], receiver.Posts.Select(post => JsonDocument.Parse(post.Body).RootElement.GetProperty("type").GetString()));
        Post first = receiver.Posts.First();
        Assert.Equal(WebhookMessage.Sign(Secret, long.Parse(first.Timestamp, System.Globalization.CultureInfo.InvariantCulture), first.Body), first.Signature);
        Assert.Equal("application/json; charset=utf-8", first.ContentType);
        Assert.Equal(alert, JsonDocument.Parse(first.Body).RootElement.GetProperty("alert").Deserialize<AlertRaised>(ContractJson.Options));
        Assert.Equal(2, receiver.Posts.Select(post => post.Delivery).Distinct().Count());
    }

    [Fact]
    public async Task A_receiver_that_fails_is_tried_again_and_the_resolve_waits_for_the_raise()
    {
        await using var database = await TestDatabase.NewAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answers = new([500, 429, 200]);
        await using var webhooks = Start(database, receiver);
        AlertRaised alert = Raised("near", DateTimeOffset.UtcNow);
        await webhooks.AcceptAsync(alert, Cancel);
        await webhooks.AcceptAsync(Resolved(alert), Cancel);
        await Wait.ForAsync(async () => await StatesAsync(database) is ["near raised delivered 3", "near resolved delivered 1"], "the deliveries");

        string raise = WebhookMessage.DeliveryId(alert.Id, "raised"), resolve = WebhookMessage.DeliveryId(alert.Id, "resolved");
        Assert.Equal([raise, raise, raise, resolve], receiver.Posts.Select(post => post.Delivery));
    }

    [Fact]
    public async Task Who_refuses_is_not_asked_again_and_who_never_answers_well_is_given_up()
    {
        await using var database = await TestDatabase.NewAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answers = new([404, 500, 302, 500, 500]);
        await using var webhooks = Start(database, receiver, settings => settings with { MaxAttempts = 3 });
        await webhooks.AcceptAsync(Raised("a", DateTimeOffset.UtcNow), Cancel);
        await Wait.ForAsync(async () => await StatesAsync(database) is ["a raised failed 1"], "the deliveries");
        await webhooks.AcceptAsync(Raised("b", DateTimeOffset.UtcNow), Cancel);
        await Wait.ForAsync(async () => await StatesAsync(database) is ["a raised failed 1", "b raised failed 2"], "the deliveries");
        receiver.Answers = new([500, 500, 500]);
        await webhooks.AcceptAsync(Raised("c", DateTimeOffset.UtcNow), Cancel);
        await Wait.ForAsync(async () => await StatesAsync(database) is [_, _, "c raised failed 3"], "the deliveries");
        Assert.Equal(["refused with 404", "refused with 302", "answered 500"], await database.RowsAsync("select last_error from alert_deliveries where state = 'failed' order by id"));
    }

    [Fact]
    public async Task A_restart_neither_forgets_nor_doubles()
    {
        await using var database = await TestDatabase.NewAsync();
        await using var receiver = await Receiver.StartAsync();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        AlertRaised sent = Raised("a", now), waiting = Raised("b", now);
        await using (var first = Start(database, receiver))
        {
            await first.AcceptAsync(sent, Cancel);
            await Wait.ForAsync(async () => await StatesAsync(database) is ["a raised delivered 1"], "the deliveries");
        }

        // Accepted by a process that ends before it sends: its pump never runs.
        await using (var second = New(database, receiver)) await second.AcceptAsync(waiting, Cancel);
        Assert.Single(receiver.Posts);

        await using var third = Start(database, receiver);
        await third.AcceptAsync(sent, Cancel); // The broker redelivers what the first one had not acknowledged.
        await Wait.ForAsync(async () => await StatesAsync(database) is ["a raised delivered 1", "b raised delivered 1"], "the deliveries");
        Assert.Equal([WebhookMessage.DeliveryId(sent.Id, "raised"), WebhookMessage.DeliveryId(waiting.Id, "raised")], receiver.Posts.Select(post => post.Delivery));
    }

    // What one process has claimed no other sends, and it is due again when the claim is over.
    [Fact]
    public async Task A_claim_is_one_process_s_until_it_ends()
    {
        await using var database = await TestDatabase.NewAsync();
        AlertDeliveries deliveries = new(database.Source);
        DateTimeOffset now = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
        await deliveries.AddAsync("near", "raised", "{}", ["desk"], "pending", now, Cancel);

        AlertDelivery lost = Assert.Single(await deliveries.ClaimAsync("desk", now, now.AddSeconds(20), 5, Cancel));
        Assert.Empty(await deliveries.ClaimAsync("desk", now.AddSeconds(19), now.AddSeconds(40), 5, Cancel));
        Assert.Empty(await deliveries.ClaimAsync("another", now.AddSeconds(30), now.AddSeconds(40), 5, Cancel));
        AlertDelivery again = Assert.Single(await deliveries.ClaimAsync("desk", now.AddSeconds(20), now.AddSeconds(40), 5, Cancel));
        Assert.Equal((1, 2), (lost.Attempts, again.Attempts));

        await deliveries.FailedAsync(lost, "too late to say", now, Cancel);
        Assert.Equal("pending", await database.ScalarAsync<string>("select state from alert_deliveries"));
        await deliveries.DeliveredAsync(again, now.AddSeconds(21), Cancel);
        Assert.Equal("delivered", await database.ScalarAsync<string>("select state from alert_deliveries"));
        await deliveries.ForgetAsync(now.AddSeconds(21), Cancel);
        Assert.Equal(1, await database.ScalarAsync<long>("select count(*) from alert_deliveries"));
        await deliveries.ForgetAsync(now.AddSeconds(22), Cancel);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from alert_deliveries"));
    }

    [Fact]
    public async Task An_old_alert_is_recorded_and_not_sent_and_each_is_logged_once()
    {
        await using var database = await TestDatabase.NewAsync();
        await using var receiver = await Receiver.StartAsync();
        Lines lines = new();
        await using var webhooks = Start(database, receiver, settings => settings with { MaxAge = TimeSpan.FromMinutes(15) }, lines);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        for (int i = 0; i < 2; i++)
        {
            await webhooks.AcceptAsync(Raised("old", now.AddMinutes(-16)), Cancel);
            await webhooks.AcceptAsync(Raised("as old", now.AddMinutes(-16)), Cancel);
            await webhooks.AcceptAsync(Raised("new", now.AddMinutes(-14)), Cancel);
        }

        await Wait.ForAsync(async () => await StatesAsync(database) is ["as old raised skipped 0", "new raised delivered 1", "old raised skipped 0"], "the deliveries");
        Assert.Single(receiver.Posts);
        Assert.Equal(1, lines.Written.Count(line => line.StartsWith("Alert raised: near the wall (new", StringComparison.Ordinal)));
        Assert.Equal(1, lines.Written.Count(line => line.StartsWith("Alerts of more than 00:15:00 ago are kept and not sent; the first is raised: old", StringComparison.Ordinal)));
    }

    [Fact]
    public void Delays_double_up_to_their_bound()
    {
        WebhookSettings settings = new() { FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(10) };
        Assert.Equal([1, 2, 4, 8, 10, 10], Enumerable.Range(1, 6).Select(attempts => Webhooks.Delay(settings, attempts).TotalSeconds));
    }

    static Webhooks Start(TestDatabase database, Receiver receiver, Func<WebhookSettings, WebhookSettings>? change = null, ILogger<Webhooks>? logger = null)
    {
        Webhooks webhooks = New(database, receiver, change, logger);
        webhooks.Start();
        return webhooks;
    }

    static Webhooks New(TestDatabase database, Receiver receiver, Func<WebhookSettings, WebhookSettings>? change = null, ILogger<Webhooks>? logger = null)
    {
        WebhookSettings settings = new() { Urls = [receiver.Url], Secret = Secret, FirstDelay = TimeSpan.FromMilliseconds(10), Poll = TimeSpan.FromMilliseconds(20) };
        return new(change?.Invoke(settings) ?? settings, new AlertDeliveries(database.Source), TimeProvider.System, logger ?? NullLogger<Webhooks>.Instance);
    }

    static Task<IReadOnlyList<string>> StatesAsync(TestDatabase database) => database.RowsAsync(
        "select split_part(id, '/', 1) || ' ' || event || ' ' || state || ' ' || attempts from alert_deliveries where target <> 'log' order by id, event");

    static AlertRaised Raised(string rule, DateTimeOffset time) => new()
    {
        Id = $"{rule}/SPY/1", Rule = rule, Root = "SPY", Session = new(2026, 1, 16), Time = new(time.UtcTicks / 10 * 10, TimeSpan.Zero), Metric = "spot", Operator = "within", Scope = "all",
        Severity = AlertSeverity.Warning, Value = -0.2, Threshold = 0.25, Level = 460, Spot = 459.08, Text = "near the wall",
    };

    static AlertResolved Resolved(AlertRaised alert) => new()
    {
        Id = alert.Id, Rule = alert.Rule, Root = alert.Root, Session = alert.Session, RaisedAt = alert.Time, Time = alert.Time, Metric = alert.Metric, Operator = alert.Operator,
        Scope = alert.Scope, Severity = alert.Severity, Value = -0.6, Threshold = alert.Threshold, Level = 460, Spot = 457.2, Text = "away from the wall",
    };

    sealed record Post(string Timestamp, string Signature, string Delivery, string? ContentType, string Body);

    /// <summary>Answers as it is told, then 200.</summary>
    sealed class Receiver(WebApplication app, ConcurrentQueue<Post> posts) : IAsyncDisposable
    {
        public ConcurrentQueue<int> Answers { get; set; } = [];

        public ConcurrentQueue<Post> Posts => posts;

        public Uri Url => new(app.Urls.Single() + "/hook?token=1");

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            Receiver receiver = new(app, []);
            app.MapPost("/hook", async (HttpRequest request) =>
            {
                using StreamReader body = new(request.Body, Encoding.UTF8);
                receiver.Posts.Enqueue(new(
                    request.Headers[WebhookMessage.TimestampHeader]!, request.Headers[WebhookMessage.SignatureHeader]!, request.Headers[WebhookMessage.DeliveryHeader]!, request.ContentType,
                    await body.ReadToEndAsync()));
                return Results.StatusCode(receiver.Answers.TryDequeue(out int answer) ? answer : 200);
            });
            await app.StartAsync(Cancel);
            return receiver;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }

    sealed class Lines : ILogger<Webhooks>
    {
        public ConcurrentQueue<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Enqueue(formatter(state, exception));
    }
}
