// Prints every quote, print and gamma window as it passes: csharp-consumer amqp://user:password@host:port/vhost [MESSAGES]
using RabbitMQ.Client;
using ZeroGex.Contracts;

int left = args.Length > 1 ? int.Parse(args[1], null) : int.MaxValue;
var wanted = new[] { typeof(QuotesObserved), typeof(TradesObserved), typeof(GexCalculated) }.ToDictionary(type => $"{type.Namespace}:{type.Name}");
await using var connection = await new ConnectionFactory { Uri = new Uri(args[0]) }.CreateConnectionAsync();
await using var channel = await connection.CreateChannelAsync();
string queue = await channel.QueueDeclareAsync(arguments: new Dictionary<string, object?> { ["x-max-length"] = 10_000 }); // Ends with us.
foreach (string exchange in wanted.Keys) await channel.QueueBindAsync(queue, exchange, routingKey: "");
await channel.BasicQosAsync(0, prefetchCount: 100, global: false);
var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
var consumer = new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel);
consumer.ReceivedAsync += async (_, got) =>
{
    if (--left < 0) return; // Came ahead of the end.
    IEnumerable<string> rows = Wire.Decode(wanted[got.Exchange], got.BasicProperties.ContentType!, got.Body) switch
    {
        QuotesObserved m => m.Contract.Select((c, i) => $"quote {m.Root} {m.Time[i]} {Name(m.Contracts[c])} {m.Bid[i]} {m.Ask[i]} {m.BidSize[i]} {m.AskSize[i]} {m.Spot[i]}"),
        TradesObserved m => m.Trades.Select(t => $"print {m.Root} {(t.Time - DateTimeOffset.UnixEpoch).Ticks / 10} {Name(t.Contract)} {t.Price} {t.Size} {t.Spot} {t.Aggressor}"),
        var other => other is GexCalculated m ? [$"gex {m.Root} {m.End:O} {m.Expiration:O} {m.Spot} {m.NaiveDay.Sum} {m.DealerSignedDay.Sum}"] : [],
    };
    foreach (string row in rows) Console.WriteLine(row);
    await channel.BasicAckAsync(got.DeliveryTag, multiple: false);
    if (left == 0) done.SetResult();
};
await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
Console.Error.WriteLine("Listening; Ctrl-C ends it.");
await done.Task;
static string Name(OptionContract c) => $"{c.Expiration:O} {c.Strike} {c.Right}";
