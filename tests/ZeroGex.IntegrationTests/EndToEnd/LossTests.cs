using System.Text;
using RabbitMQ.Client;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>What is lost everywhere is said: on the bus, and from there in the log.</summary>
public sealed class LossTests
{
    const string Stream = "trades/SPY/2026-01-16";
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Every hole is waited for in earnest.
    [Fact]
    public async Task Loss_is_recorded_once_though_the_fold_starts_again() => await LoseAsync(again: false);

    [Fact]
    [Trait("tier", "long")]
    public async Task Losses_before_and_after_a_start_are_recorded_once_each() => await LoseAsync(again: true);

    static async Task LoseAsync(bool again)
    {
        var rabbit = await Servers.NewVirtualHostAsync();
        await using var site = await Site.DistributedAsync(rabbit: rabbit);
        site.Start("recorder");
        var gex = site.Start("gex");
        await site.UntilAsync(() => gex.Output.Contains("zerogex runs", StringComparison.Ordinal), () => "the fold");

        await using var connection = await new ConnectionFactory { Uri = rabbit }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        await PublishAsync(channel, 1, 2, 6);
        await site.UntilAsync(async () => (await LossesAsync(site)).Count == 1, () => "the loss in the log");

        await site.KillAndRestartAsync("gex");
        await PublishAsync(channel, again ? [7, 9] : [7, 8, 9]);
        if (again) await site.UntilAsync(async () => (await LossesAsync(site)).Count > 1, () => "the second loss in the log");
        else await site.UntilAsync(async () => await site.CountAsync($"select version from mt_streams where id = '{Stream}'") == 6 && await channel.MessageCountAsync("zerogex.gex.0", Cancel) == 0, () => "the fold to have all that the log has");
        await site.StopAsync();

        (StreamPosition, string, DateTimeOffset, DateTimeOffset)[] losses =
        [
            (new StreamPosition(1, 1), "gex lost 3 messages of trades/SPY/2026-01-16, run 1 #3 to #5", Open.AddSeconds(2), Open.AddSeconds(6)),
            (new StreamPosition(1, 2), "gex lost 1 messages of trades/SPY/2026-01-16, run 1 #8 to #8", Open.AddSeconds(7), Open.AddSeconds(9)),
        ];
        losses = again ? losses : losses[..1];
        Assert.Equal(losses, (await LossesAsync(site)).Select(loss => (loss.Stamp.Position(), loss.Detail!, loss.From!.Value, loss.To!.Value)));
        Assert.Equal(losses.Length, await site.CountAsync("select count(*) from mt_events where type = 'feed_state_changed' and data ->> 'state' = 'gap' and stream_id = 'state-gex-trades/SPY/2026-01-16'"));
    }

    static async Task<List<FeedStateChanged>> LossesAsync(Site site)
    {
        var losses = new List<FeedStateChanged>();
        await foreach (var fact in new EventLog(site.Database).ReadStreamAsync("state-gex-trades/SPY/2026-01-16", default, null, Cancel)) losses.Add((FeedStateChanged)fact);
        return losses;
    }

    static async Task PublishAsync(IChannel channel, params int[] sequences)
    {
        foreach (int sequence in sequences)
        {
            var fact = new TradesObserved { Stamp = new Stamp(Stream, 1, sequence, Open.AddSeconds(sequence)), Root = "SPY", Trades = [] };
            var properties = new BasicProperties
            {
                ContentType = Wire.Packed,
                Headers = new Dictionary<string, object?> { ["MT-MessageType"] = Encoding.UTF8.GetBytes($"urn:message:{typeof(TradesObserved).Namespace}:{nameof(TradesObserved)}") },
            };
            await channel.BasicPublishAsync($"{typeof(TradesObserved).Namespace}:{nameof(TradesObserved)}", "SPY", mandatory: true, properties, Wire.Encode(fact, Wire.Packed), Cancel);
        }
    }
}
