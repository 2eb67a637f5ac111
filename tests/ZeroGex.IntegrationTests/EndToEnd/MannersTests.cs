using System.Diagnostics;
using System.Text;
using RabbitMQ.Client;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>How the program behaves when it is interrupted, started twice, or fed garbage.</summary>
public sealed class MannersTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Second_gateway_of_the_same_roots_ends_with_2_and_says_who_holds_them(bool isDistributed)
    {
        await using var site = isDistributed ? await Site.DistributedAsync() : await Site.EmbeddedAsync();
        string[] feed = ["--feed", "simulated", "--symbol", "SPY", "--quotes", "10"];
        string[] roles = isDistributed ? ["run", "--role", "feed"] : ["run", "--role", "all"];
        var first = site.StartAs("first", [.. roles, .. feed]);
        await site.UntilAsync(() => first.Output.Contains("begins at", StringComparison.Ordinal), () => "the first gateway");
        if (!isDistributed) await site.UntilAsync(async () => await site.EventsAsync() > 0, () => "the first event");

        // In one process the lease is a file in the home folder; another seed is another feed, with a spool of its own.
        var second = site.StartAs(isDistributed ? "second" : "first", [.. roles, .. feed, "--seed", "2"]);
        int? code = await second.ExitAsync(TimeSpan.FromSeconds(60));
        Assert.True(code == 2, $"The second gateway {(code is null ? "still runs" : $"ended with {code}")}.\n{site.Outputs}");
        Assert.Contains($"pid {first.Pid} on ", second.Output, StringComparison.Ordinal);
        Assert.False(first.HasExited, site.Outputs);
    }

    [Fact]
    public async Task Same_feed_twice_in_one_home_ends_with_2_and_says_who_holds_it()
    {
        await using var site = await Site.EmbeddedAsync();
        string[] arguments = ["run", "--role", "all", "--feed", "simulated", "--symbol", "SPY", "--quotes", "10"];
        var first = site.StartAs("one", arguments);
        await site.UntilAsync(async () => await site.EventsAsync() > 0, () => "the first event");
        var second = site.StartAs("one", arguments);
        int? code = await second.ExitAsync(TimeSpan.FromSeconds(60));
        Assert.True(code == 2, $"The second gateway {(code is null ? "still runs" : $"ended with {code}")}.\n{site.Outputs}");
        Assert.Contains($"pid {first.Pid}", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_process_interrupted_in_the_middle_goes_on_without_a_trace()
    {
        await using var site = await Site.EmbeddedAsync();
        await InterruptAsync(site, Played.Simulated(120), "all");
    }

    [Fact]
    public async Task All_processes_interrupted_in_the_middle_go_on_without_a_trace()
    {
        await using var site = await Site.DistributedAsync();
        await InterruptAsync(site, Played.Simulated(120), "feed", Site.Consumers);
    }

    [Fact]
    public async Task Garbage_is_parked_and_the_rest_flows_on()
    {
        var played = Played.Simulated(120);
        var expected = await played.UndisturbedAsync();
        var rabbit = await Servers.NewVirtualHostAsync();
        await using var site = await Site.DistributedAsync(rabbit: rabbit);
        site.StartConsumers();
        site.Start("feed", played.UntilEnd);
        await site.UntilAsync(async () => await site.EventsAsync() > 0, () => "the first event");

        await using var connection = await new ConnectionFactory { Uri = rabbit }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        string prints = $"{typeof(TradesObserved).Namespace}:{nameof(TradesObserved)}", windows = $"{typeof(GexCalculated).Namespace}:{nameof(GexCalculated)}";
        await PublishAsync(prints, nameof(TradesObserved), Wire.Packed, "garbage, all of it"u8.ToArray());
        await PublishAsync(prints, nameof(TradesObserved), Wire.Json, """{"stamp": {"stream": "trades/SPY/2026-01-15", "run": 1, "sequence": 1, "asOf": "2026-01-15T05:00:00Z"}, "root": "SPY", "trades": [], "surprise": 1}"""u8.ToArray());
        await PublishAsync(windows, nameof(GexCalculated), Wire.Json, """{"root": "SPY", "surprise": 1}"""u8.ToArray());

        await ParkedAsync("zerogex.recorder_error", 2);
        await ParkedAsync("zerogex.gex.0_error", 2);
        await ParkedAsync("zerogex.tables_error", 1);
        await site.ExitsWellAsync("feed");
        await site.UntilAsMuchAsAsync(expected);
        await site.StopAsync();
        (await Recording.ReadAsync(site.Database, Cancel)).AssertSameAs(expected, () => site.Outputs);

        async Task PublishAsync(string exchange, string type, string contentType, byte[] body) => await channel.BasicPublishAsync(exchange, "SPY", mandatory: true, new BasicProperties
        {
            ContentType = contentType,
            Headers = new Dictionary<string, object?> { ["MT-MessageType"] = Encoding.UTF8.GetBytes($"urn:message:{typeof(TradesObserved).Namespace}:{type}") },
        }, body, Cancel);

        async Task ParkedAsync(string queue, uint count)
        {
            uint parked = 0;
            await site.UntilAsync(async () =>
            {
                try
                {
                    await using var looking = await connection.CreateChannelAsync(cancellationToken: Cancel);
                    parked = (await looking.QueueDeclarePassiveAsync(queue, Cancel)).MessageCount;
                }
                catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
                {
                    parked = 0; // Not there yet.
                }

                return parked == count;
            }, () => $"{count} messages in {queue}, {parked} are there");
        }
    }

    static async Task InterruptAsync(Site site, Played played, string feed, params string[] consumers)
    {
        var expected = await played.UndisturbedAsync();
        Start();
        for (int i = 1; i <= 2; i++)
        {
            long events = 0;
            await site.UntilAsync(async () => (events = await site.EventsAsync()) >= i * expected.Events / 4, () => $"{i}/4 of {expected.Events} events, {events} are recorded");
            var clock = Stopwatch.StartNew();
            await site.StopAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"Ended {clock.ElapsedMilliseconds} ms after Ctrl-C.");
            Start();
        }

        await site.ExitsWellAsync(feed);
        await site.UntilAsMuchAsAsync(expected);
        await site.StopAsync();
        (await Recording.ReadAsync(site.Database, Cancel)).AssertSameAs(expected, () => site.Outputs);

        void Start()
        {
            foreach (string role in consumers) site.Start(role);
            site.StartAs(feed, ["run", "--role", feed, .. played.UntilEnd]);
        }
    }
}
