using MassTransit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Every fact into the event log, once. The thinking is in <see cref="Recorder"/>.</summary>
public sealed class RecorderConsumer(Recorder recorder, BusSettings settings) :
    IConsumer<QuotesObserved>, IConsumer<TradesObserved>, IConsumer<ChainObserved>, IConsumer<BarsObserved>, IConsumer<FeedStateChanged>
{
    public Task Consume(ConsumeContext<QuotesObserved> context) => RecordAsync(context);
    public Task Consume(ConsumeContext<TradesObserved> context) => RecordAsync(context);
    public Task Consume(ConsumeContext<ChainObserved> context) => RecordAsync(context);
    public Task Consume(ConsumeContext<BarsObserved> context) => RecordAsync(context);
    public Task Consume(ConsumeContext<FeedStateChanged> context) => RecordAsync(context);

    Task RecordAsync<T>(ConsumeContext<T> context)
        where T : class, IMarketFact
    {
        string contentType = context.ReceiveContext.ContentType?.MediaType ?? Wire.Json;
        var message = new RecordedMessage(context.Message.Stamp, Contract.Of(typeof(T)), contentType, context.ReceiveContext.Body.GetBytes());
        return recorder.AddAsync(new Recording(message, BusHeaders.Previous(context), context.CancellationToken), settings.IsEmbedded);
    }
}
