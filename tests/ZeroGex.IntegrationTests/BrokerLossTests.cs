using System.Diagnostics;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Bus;
using ZeroGex.Bus.Bridges;
using ZeroGex.Bus.Consumers;
using ZeroGex.Cli.Servers;
using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests;

/// <summary>A broker that is killed again and again under one process with a publisher and two consumers: all three come back.</summary>
public sealed class BrokerLossTests
{
    const int Kills = 3;

    static readonly DateTimeOffset Start = new(2025, 7, 18, 15, 30, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("tier", "long")]
    public async Task Publisher_is_confirmed_and_consumers_are_served_after_every_kill()
    {
        await using var rabbit = await Servers.OwnRabbitAsync();
        var settings = SettingsOf(rabbit);
        await using (var connection = await BusRegistration.ConnectAsync(settings, "declares", NullLogger.Instance, Cancel)) await Topology.DeclareAsync(connection, 1, Cancel);

        // RabbitMQ (seen with 3.10) writes down half a second late which quorum queues it has; one lost in a kill comes back without a leader, for good.
        await Task.Delay(TimeSpan.FromSeconds(3), Cancel);

        await using var bridge = new RedisBridge(new RedisSettings { Port = 1 }, NullLogger.Instance, capacity: 1); // Nobody is there: what arrives is counted at once.
        var live = new Dawdler();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(TimeProvider.System).AddLogging(logging => logging.ClearProviders())
            .AddSingleton<IConsumer<GexCalculated>>(live).AddSingleton(bridge)
            .AddZeroGexBus(settings, new HashSet<string> { Topology.Live.Role, Topology.Redis.Role });
        using var host = builder.Build();
        await host.StartAsync(Cancel);

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var counts = new Counts();
        var publishing = PublishAsync(host.Services.GetRequiredService<ResultPublisher>(), counts, enough.Token);
        await GoesOnAsync("before the first kill");
        for (int kill = 1; kill <= Kills; kill++)
        {
            await rabbit.KillAsync();
            await rabbit.RestartAsync(Cancel);
            await GoesOnAsync($"after kill {kill}");
        }

        await enough.CancelAsync();
        await publishing;
        await host.StopAsync(Cancel);

        async Task GoesOnAsync(string when)
        {
            (long confirmed, long seen, long bridged) = (counts.Confirmed, live.Seen, Bridged());
            await Wait.ForAsync(
                () => counts.Confirmed >= confirmed + 20 && live.Seen >= seen + 20 && Bridged() >= bridged + 20,
                () => $"twenty windows {when}: {counts.Confirmed - confirmed} were confirmed, {live.Seen - seen} and {Bridged() - bridged} arrived; {counts.LastError}");
        }

        long Bridged() => bridge.Failed + bridge.Dropped;
    }

    /// <summary>One window at a time, each until it is confirmed, as a fold does it.</summary>
    static async Task PublishAsync(ResultPublisher publisher, Counts counts, CancellationToken enough)
    {
        for (int second = 1; !enough.IsCancellationRequested; )
        {
            try
            {
                await publisher.PublishAsync(new Answer(SomeWindows.At("SPY", second), Mark: null), enough);
                counts.Confirmed++;
                second++;
            }
            catch (Exception error) when (!enough.IsCancellationRequested)
            {
                counts.LastError = error.Message;
                await Task.Delay(100, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    static BusSettings SettingsOf(PrivateRabbit rabbit) => new()
    {
        RabbitHost = rabbit.AmqpUri.Host,
        RabbitPort = rabbit.AmqpUri.Port,
        RabbitUser = rabbit.UserName,
        RabbitPassword = rabbit.Password,
    };

    sealed class Counts
    {
        public long Confirmed;
        public string LastError = "nothing failed";
    }

    /// <summary>Holds a message now and then until its channel has closed, and returns as if nothing had happened.</summary>
    sealed class Dawdler : IConsumer<GexCalculated>
    {
        long _seen;

        public long Seen => Interlocked.Read(ref _seen);

        public async Task Consume(ConsumeContext<GexCalculated> context)
        {
            if (Interlocked.Increment(ref _seen) % 25 != 0) return;
            var channel = context.ReceiveContext.GetPayload<ChannelContext>().Channel;
            var held = Stopwatch.StartNew();
            while (channel.IsOpen && held.Elapsed < TimeSpan.FromSeconds(1)) await Task.Delay(1, CancellationToken.None);
        }
    }
}
