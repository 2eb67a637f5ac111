using MassTransit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Replay;

/// <summary>
/// A replay over a broker: the recorded facts and what comes of them, on the exchanges of a virtual host of their own, for consumers that rehearse there.
/// Nobody has to listen; the next message waits for the broker's confirmation.
/// </summary>
public sealed class BusEcho : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    readonly IBusControl _bus;

    BusEcho(IBusControl bus) => _bus = bus;

    /// <summary>Connects to a virtual host.</summary>
    /// <exception cref="ArgumentException">It is the live one.</exception>
    /// <exception cref="RabbitMqConnectionException">The broker does not answer, or has no such virtual host.</exception>
    public static async Task<BusEcho> OpenAsync(BusSettings live, string virtualHost, CancellationToken cancel)
    {
        if (virtualHost == live.RabbitVirtualHost) throw new ArgumentException($"'{virtualHost}' is the virtual host of the live bus.", nameof(virtualHost));
        var bus = BusRegistration.PublishOnly(live with { RabbitVirtualHost = virtualHost });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            await bus.StartAsync(patience.Token);
        }
        catch (OperationCanceledException error) when (!cancel.IsCancellationRequested)
        {
            throw new RabbitMqConnectionException($"RabbitMQ at {live.RabbitHost}:{live.RabbitPort} has not let us into the virtual host '{virtualHost}' within {Patience.TotalSeconds} s.", error);
        }

        return new(bus);
    }

    /// <summary>A fact, in the bytes in which it was recorded.</summary>
    public Task PublishAsync(IMarketFact fact, RecordedMessage message, CancellationToken cancel) =>
        _bus.Publish(fact, fact.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            context.Serializer = ContractSerializer.For(message.ContentType);
            context.GetOrAddPayload(() => new EncodedBody(message.Body.ToArray()));
            context.SetRoutingKey(fact.Root);
        }), cancel);

    /// <summary>A result.</summary>
    public Task PublishAsync(IMarketResult result, CancellationToken cancel) =>
        _bus.Publish(result, result.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            context.Serializer = ContractSerializer.Json;
            context.SetRoutingKey(result.Root);
        }), cancel);

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _bus.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
