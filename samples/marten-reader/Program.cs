// Opens the event log with Marten: marten-reader "Host=...;Database=...;Username=..." trades/SPY/2026-01-16 [NOTE]
using JasperFx;
using JasperFx.Events;
using Marten;
using Weasel.Core;
using ZeroGex.Contracts;
using ZeroGex.MartenReader;

await using var store = DocumentStore.For(options =>
{
    options.Connection(args[0]); // Without "Max Auto Prepare": Marten changes its schema as it goes, and prepared statements break.
    options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate; // Adds Marten's own functions and tables. It finds the log's as it wants them.
    options.Events.StreamIdentity = StreamIdentity.AsString;
    options.Events.AppendMode = EventAppendMode.Quick; // Never Rich: it draws sequence ids outside the transaction that writes them.
    options.UseSystemTextJsonForSerialization(ContractJson.Options, EnumStorage.AsString, Casing.CamelCase);

    PackedBody packed = new();
    options.Events.UseBinarySerializer<QuotesObserved>(packed);
    options.Events.UseBinarySerializer<TradesObserved>(packed);
    options.Events.UseBinarySerializer<ChainObserved>(packed);
    options.Events.UseBinarySerializer<BarsObserved>(packed);
    options.Events.UseBinarySerializer<FeedStateChanged>(packed);
    foreach (var contract in Contract.All.Where(contract => contract.Kind is not null)) options.Events.MapEventType(contract.Type, contract.Alias);
});

await using var session = store.LightweightSession();
foreach (var recorded in await session.Events.FetchStreamAsync(args[1], version: 10))
    Console.WriteLine($"{recorded.Version} {recorded.Sequence} {recorded.EventTypeName} {recorded.Timestamp:O} {((IMarketFact)recorded.Data).Stamp}");

// Marten folds the stream as it reads it; nothing is stored.
if (await session.Events.AggregateStreamAsync<Tape>(args[1]) is { } tape)
    Console.WriteLine($"{tape.Messages} messages with {tape.Prints} prints of {tape.Contracts} contracts, until {tape.Until:O}");

// A stream of its own, named unlike the recorder's: those are checked, archived and deleted by date.
if (args.Length > 2)
{
    session.Events.Append($"notes-on-{args[1].Replace('/', '-')}", new NoteTaken(args[2]));
    await session.SaveChangesAsync();
    Console.WriteLine($"Version {(await session.Events.FetchStreamStateAsync($"notes-on-{args[1].Replace('/', '-')}"))!.Version} is noted.");
}
