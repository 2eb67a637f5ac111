using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>What could not be decoded can be looked at, put back and thrown away.</summary>
public sealed class ParkedTests
{
    const string Parked = "zerogex.tables_error";
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parked_messages_are_listed_shown_put_back_and_thrown_away()
    {
        var rabbit = await Servers.NewVirtualHostAsync();
        await using var site = await Site.DistributedAsync(rabbit: rabbit);
        var tables = site.Start("tables");
        await site.UntilAsync(() => tables.Output.Contains("zerogex runs", StringComparison.Ordinal), () => "the tables");
        Assert.Contains("Nothing is parked", (await site.RunAsync(0, "parked", "list")), StringComparison.Ordinal);
        Assert.Contains("There is no queue zerogex.tables_error", await site.RunAsync(2, "parked", "show", "zerogex.tables"), StringComparison.Ordinal);

        await using var connection = await new ConnectionFactory { Uri = rabbit }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        await PublishAsync($"{typeof(GexCalculated).Namespace}:{nameof(GexCalculated)}", "", """{"root": "SPY", "surprise": 1}"""u8.ToArray());
        await ParkedAsync(1);
        await PublishAsync("", Parked, Wire.Encode(Window(), Wire.Json)); // Its reader was mended since.
        await ParkedAsync(2);

        Assert.Matches($@"^\s+2  {Parked}\s+$", await site.RunAsync(0, "parked", "list"));
        for (int again = 0; again < 2; again++) // Looking takes nothing away.
        {
            var shown = (await site.RunAsync(0, "parked", "show", Parked)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToArray();
            Assert.Equal(2, shown.Length);
            Assert.Equal(("GexCalculated", Wire.Json), (shown[0].GetProperty("type").GetString(), shown[0].GetProperty("contentType").GetString()));
            Assert.Contains("surprise", shown[0].GetProperty("fault").GetString(), StringComparison.Ordinal);
            Assert.Equal("fault", shown[0].GetProperty("headers").GetProperty("MT-Reason").GetString());
            Assert.Equal("""{"root": "SPY", "surprise": 1}""", shown[0].GetProperty("start").GetString());
            Assert.Equal("SPY", shown[1].GetProperty("body").GetProperty("root").GetString());
        }

        Assert.Contains("1 messages of", await site.RunAsync(0, "parked", "replay", Parked, "--max", "1"), StringComparison.Ordinal);
        await ParkedAsync(2); // It is still bad, and the last in the queue now.
        string table = await site.RunAsync(0, "parked", "show", "zerogex.tables", "-n", "1", "-f", "table");
        Assert.Contains("naiveDay", table, StringComparison.Ordinal);
        Assert.DoesNotContain("surprise", table, StringComparison.Ordinal);

        Assert.Contains("2 messages of", await site.RunAsync(0, "parked", "replay", Parked), StringComparison.Ordinal);
        await site.UntilAsync(async () => await site.CountAsync("select count(*) from inferred_gexray3") == 1, () => "the row of the good one");
        await ParkedAsync(1);

        Assert.Contains("1 messages of", await site.RunAsync(2, "parked", "drop", Parked), StringComparison.Ordinal);
        await ParkedAsync(1);
        Assert.Contains("1 messages of", await site.RunAsync(0, "parked", "drop", Parked, "--yes"), StringComparison.Ordinal);
        await ParkedAsync(0);

        async Task PublishAsync(string exchange, string key, byte[] body) => await channel.BasicPublishAsync(exchange, key, mandatory: true, new BasicProperties
        {
            ContentType = Wire.Json,
            Headers = new Dictionary<string, object?> { ["MT-MessageType"] = Encoding.UTF8.GetBytes($"urn:message:{typeof(GexCalculated).Namespace}:{nameof(GexCalculated)}") },
        }, body, Cancel);

        async Task ParkedAsync(uint count)
        {
            uint parked = 0;
            await site.UntilAsync(async () =>
            {
                try
                {
                    await using var looking = await connection.CreateChannelAsync(cancellationToken: Cancel);
                    parked = (await looking.QueueDeclarePassiveAsync(Parked, Cancel)).MessageCount;
                }
                catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
                {
                    return false; // Not there yet.
                }

                return parked == count;
            }, () => $"{count} messages in {Parked}, {parked} are there");
        }
    }

    // The queue it came from is gone: nothing is lost.
    [Fact]
    public async Task Message_that_cannot_be_put_back_stays_parked()
    {
        var rabbit = await Servers.NewVirtualHostAsync();
        await using var site = await Site.DistributedAsync(rabbit: rabbit);
        await using var connection = await new ConnectionFactory { Uri = rabbit }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancel);
        await channel.QueueDeclareAsync("gone_error", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancel);
        await channel.BasicPublishAsync("", "gone_error", mandatory: true, "left"u8.ToArray(), Cancel);

        Assert.Contains("does not exist", await site.RunAsync(1, "parked", "replay", "gone"), StringComparison.Ordinal);
        Assert.Contains("\"start\":\"left\"", await site.RunAsync(0, "parked", "show", "gone"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_say_what_they_need()
    {
        await using var site = Site.Nowhere();
        Assert.Contains("RABBITMQ_HOST is not set", await site.RunAsync(2, "parked", "list"), StringComparison.Ordinal);
        foreach (string command in (string[])["list", "show", "replay", "drop"])
            Assert.Contains($"zerogex parked {command}", await site.RunAsync(0, "parked", command, "--help"), StringComparison.Ordinal);
        Assert.Contains("at least 1", await site.RunAsync(2, "parked", "show", Parked, "-n", "0"), StringComparison.Ordinal);
        Assert.Contains("does not let us in", await site.RunAsync(2, "parked", "list", "--set", "RABBITMQ_HOST=127.0.0.1", "RABBITMQ_PORT=1"), StringComparison.Ordinal);
    }

    static GexCalculated Window()
    {
        var ladder = new GexLadder { Sum = 1, MajorPositive = 455, MajorNegative = 455, Strikes = [new(455, 1, 1)] };
        return new GexCalculated
        {
            Root = "SPY", Expiration = new DateOnly(2026, 1, 16), Session = new DateOnly(2026, 1, 16), Start = Noon, End = Noon.AddSeconds(1), Spot = 455.73, TradeCount = 1, Volume = 1,
            NaiveWindow = ladder, NaiveDay = ladder, DealerSignedWindow = ladder, DealerSignedDay = ladder, AggressorShareWindow = 1, AggressorShareDay = 1,
            Model = new GexModel("", 0.025, 0, "", "", "", 1, []), Trades = [new(new(new DateOnly(2026, 1, 16), 455, OptionRight.Call), Noon, 1, 1, 455.73, 1)],
        };
    }
}
