using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;
using ZeroGex.Bus;

namespace ZeroGex.IntegrationTests;

/// <summary>What the broker's queues promise to those who read them.</summary>
public sealed class TopologyTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // A reader that stops gives back what it has begun. Behind everything that waits it would come too late for its stream.
    [Fact]
    public async Task Messages_that_are_given_back_keep_their_places()
    {
        await using var connection = await ConnectAsync();
        await Topology.DeclareAsync(connection, partitions: 1, Cancel);
        foreach (var spec in Topology.Queues.Where(spec => !spec.IsTemporary)) await KeepTheirPlacesAsync(connection, spec.Queue(0));
    }

    [Fact]
    public async Task Queue_of_another_version_is_named_with_what_to_do()
    {
        await using var connection = await ConnectAsync();
        string queue = Topology.Recorder.Queue(0);
        await using (var channel = await connection.CreateChannelAsync(cancellationToken: Cancel))
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: Cancel);

        var refused = await Assert.ThrowsAsync<TopologyException>(() => Topology.DeclareAsync(connection, partitions: 1, Cancel));
        Assert.Contains($"The queue {queue} was declared by another version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", refused.Message, StringComparison.Ordinal);
    }

    static async Task KeepTheirPlacesAsync(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancel);
        for (byte i = 1; i <= 5; i++) await channel.BasicPublishAsync("", queue, mandatory: true, new byte[] { i }, Cancel);

        var deliveries = Channel.CreateUnbounded<(byte Message, ulong Tag)>();
        var reader = new AsyncEventingBasicConsumer(channel);
        reader.ReceivedAsync += (_, delivery) => deliveries.Writer.WriteAsync((delivery.Body.Span[0], delivery.DeliveryTag), Cancel).AsTask();
        await channel.BasicQosAsync(0, prefetchCount: 2, global: false, Cancel);
        await channel.BasicConsumeAsync(queue, autoAck: false, reader, Cancel);
        for (int i = 0; i < 30; i++) // More often than a broker's own limit allows, where it has one.
        {
            var first = await deliveries.Reader.ReadAsync(Cancel);
            var second = await deliveries.Reader.ReadAsync(Cancel);
            Assert.True((first.Message, second.Message) == (1, 2), $"{queue}, time {i + 1}: {first.Message} and {second.Message} come first");
            await channel.BasicNackAsync(second.Tag, multiple: true, requeue: true, Cancel);
        }
    }

    static async Task<IConnection> ConnectAsync() => await new ConnectionFactory { Uri = await Servers.NewVirtualHostAsync() }.CreateConnectionAsync(Cancel);
}
