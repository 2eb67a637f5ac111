using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Npgsql;
using RabbitMQ.Client;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>How the program behaves when it is interrupted, started twice, or fed garbage.</summary>
public sealed class MannersTests
{
    /// <summary>The one advisory lock that a gateway with one root holds all the time.</summary>
    const string TheLease = "locktype = 'advisory' and granted and objsubid = 1 and database = (select oid from pg_database where datname = current_database()) and pid in (select pid from pg_stat_activity where application_name like 'pid %')";

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

        var second = site.StartAs("second", [.. roles, .. feed, "--seed", "2"]); // Another home; what they share is the broker, or in one process the database.
        await EndsWith2Async(site, second, $"SPY is stamped by another gateway (pid {first.Pid} on ");
        Assert.False(first.HasExited, site.Outputs);
    }

    [Fact]
    public async Task One_process_that_loses_its_lease_to_another_ends_with_2_and_says_to_whom()
    {
        await using var site = await Site.EmbeddedAsync();
        var gateway = site.StartAs("gateway", "run", "--role", "all", "--feed", "simulated", "--symbol", "SPY", "--quotes", "10");
        await site.UntilAsync(async () => await site.EventsAsync() > 0, () => "the first event");

        await using var rival = await site.Database.OpenConnectionAsync(Cancel);
        await using (var name = new NpgsqlCommand("set application_name = 'the rival'", rival)) await name.ExecuteNonQueryAsync(Cancel);
        await using var take = new NpgsqlCommand($"select pg_advisory_lock(classid::bigint << 32 | objid::bigint) from pg_locks where {TheLease}", rival);
        var taking = take.ExecuteNonQueryAsync(Cancel);
        await site.UntilAsync(async () => await site.CountAsync("select count(*) from pg_locks where locktype = 'advisory' and not granted") == 1, () => "the rival in the queue");
        Assert.Equal(1, await site.CountAsync($"select count(pg_terminate_backend(pid)) from pg_locks where {TheLease}"));
        await taking;

        await EndsWith2Async(site, gateway, "SPY is stamped by another gateway (the rival, since ");
    }

    [Fact]
    public async Task Process_that_loses_its_lease_to_another_ends_with_2()
    {
        var server = await Servers.RabbitAsync();
        await server.CreateVirtualHostAsync("lease", Cancel);
        await using var site = await Site.DistributedAsync(rabbit: server.AmqpUriTo("lease"));
        var gateway = site.Start("feed", "--feed", "simulated", "--symbol", "SPY", "--quotes", "10");
        await using var rival = await new ConnectionFactory { Uri = server.AmqpUriTo("lease") }.CreateConnectionAsync(Cancel);
        await site.UntilAsync(SignedAsync, () => "the gateway's sign");
        string? name = null;
        await site.UntilAsync(async () => (name = await ConnectionOfAsync("zerogex feed")) is not null, () => "the lease's connection");
        using (await server.Management.DeleteAsync(new Uri($"api/connections/{Uri.EscapeDataString(name!)}", UriKind.Relative), Cancel))
            await site.UntilAsync(TakeAsync, () => "the rival's turn");

        await EndsWith2Async(site, gateway, "SPY is stamped by another gateway (");

        async Task<string?> ConnectionOfAsync(string client)
        {
            var connections = JsonElement.Parse(await server.Management.GetStringAsync(new Uri("api/vhosts/lease/connections", UriKind.Relative), Cancel));
            return connections.EnumerateArray().Where(connection => connection.TryGetProperty("user_provided_name", out var given) && given.GetString() == client)
                .Select(connection => connection.GetProperty("name").GetString()).FirstOrDefault();
        }

        Task<bool> SignedAsync() => AskAsync(async channel => (await channel.QueueDeclarePassiveAsync("zerogex.lease.SPY.holder", Cancel)).MessageCount == 1);

        Task<bool> TakeAsync() => AskAsync(async channel => await channel.QueueDeclareAsync("zerogex.lease.SPY", durable: false, exclusive: true, autoDelete: false, cancellationToken: Cancel) is not null);

        async Task<bool> AskAsync(Func<IChannel, Task<bool>> question)
        {
            try
            {
                await using var channel = await rival.CreateChannelAsync(cancellationToken: Cancel);
                return await question(channel);
            }
            catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
            {
                return false; // Not there yet, or still the gateway's.
            }
        }
    }

    [Fact]
    public async Task Lost_lease_that_nobody_else_took_is_taken_again()
    {
        await using var site = await Site.EmbeddedAsync();
        string[] arguments = ["run", "--role", "all", "--feed", "simulated", "--symbol", "SPY", "--quotes", "10"];
        var gateway = site.StartAs("gateway", arguments);
        await site.UntilAsync(async () => await site.EventsAsync() > 0, () => "the first event");
        Assert.Equal(1, await site.CountAsync($"select count(pg_terminate_backend(pid)) from pg_locks where {TheLease}"));
        await site.UntilAsync(() => gateway.Output.Contains("The lease is held again", StringComparison.Ordinal), () => "the lease");

        await EndsWith2Async(site, site.StartAs("second", arguments), $"SPY is stamped by another gateway (pid {gateway.Pid} on ");
        Assert.False(gateway.HasExited, site.Outputs);
    }

    [Fact]
    public async Task Same_feed_twice_in_one_home_ends_with_2_and_says_who_holds_it()
    {
        await using var site = await Site.EmbeddedAsync();
        string[] arguments = ["run", "--role", "all", "--feed", "simulated", "--symbol", "SPY", "--quotes", "10"];
        var first = site.StartAs("one", arguments);
        await site.UntilAsync(async () => await site.EventsAsync() > 0, () => "the first event");
        var second = site.StartAs("one", arguments);
        await EndsWith2Async(site, second, $"pid {first.Pid}");
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
    public async Task Process_interrupted_before_it_has_started_ends_with_0()
    {
        await using var site = Site.Nowhere();
        var process = site.Start("all", "--feed", "simulated");
        await site.UntilAsync(() => process.Output.Contains("PostgreSQL does not answer yet", StringComparison.Ordinal), () => "the wait for the database");
        await site.StopAsync();
    }

    [Fact]
    public async Task Garbage_is_parked_and_the_rest_flows_on()
    {
        var played = Played.Simulated(120);
        var expected = await played.UndisturbedAsync();
        var rabbit = await Servers.NewVirtualHostAsync();
        await using var site = await Site.DistributedAsync(rabbit: rabbit);
        site.StartAllFolds();
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
        (await Recording.ReadAsync(site, Cancel)).AssertSameAs(expected, () => site.Outputs);

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

    static async Task EndsWith2Async(Site site, ZeroGexProcess process, string said)
    {
        int? code = await process.ExitAsync(TimeSpan.FromSeconds(60));
        Assert.True(code == 2, $"It {(code is null ? "still runs" : $"ended with {code}")}.\n{site.Outputs}");
        Assert.Contains(said, process.Output, StringComparison.Ordinal);
    }

    static async Task InterruptAsync(Site site, Played played, string feed, params string[] consumers)
    {
        var expected = await played.UndisturbedAsync();
        Start();
        for (int i = 1; i <= 2; i++)
        {
            long events = 0;
            await site.UntilAsync(() => site.Running.Values.All(entry => entry.Process.Output.Contains("zerogex runs", StringComparison.Ordinal)), () => "everybody");
            await site.UntilAsync(async () => (events = await site.EventsAsync()) >= i * expected.Events / 4, () => $"{i}/4 of {expected.Events} events, {events} are recorded");
            var clock = Stopwatch.StartNew();
            await site.StopAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"Ended {clock.ElapsedMilliseconds} ms after Ctrl-C.");
            Start();
        }

        await site.ExitsWellAsync(feed);
        await site.UntilAsMuchAsAsync(expected);
        await site.StopAsync();
        (await Recording.ReadAsync(site, Cancel)).AssertSameAs(expected, () => site.Outputs);
        if (consumers.Length > 0) Assert.Contains("Nothing is parked.", await site.RunAsync(0, "parked", "list"), StringComparison.Ordinal);

        void Start()
        {
            foreach (string role in consumers) site.Start(role);
            site.StartAs(feed, ["run", "--role", feed, .. played.UntilEnd]);
        }
    }
}
