using System.Globalization;
using Npgsql;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Benchmarks;

/// <summary>The event log: appends, ordered reads, bytes on disk, and the memory that a reading takes.</summary>
static class Log
{
    const int Single = 500, Small = 50_000, Batch = 500, Messages = 4_000;
    const long Run1 = 1_768_570_200_000;

    public static int Run(string[] args)
    {
        int rounds = 5;
        if (args.Length > 1 || (args.Length > 0 && (!int.TryParse(args[0], CultureInfo.InvariantCulture, out rounds) || rounds < 1)))
        {
            Console.Error.WriteLine("log takes a number of rounds, at least 1.");
            return 2;
        }

        RunAsync(rounds, CancellationToken.None).GetAwaiter().GetResult();
        return 0;
    }

    static async Task RunAsync(int rounds, CancellationToken cancel)
    {
        await using var server = await BenchmarkDatabase.OpenAsync(cancel);
        var (database, quotesOnly) = (await server.NewAsync(cancel), await server.NewAsync(cancel));
        EventLog log = new(database), quotesLog = new(quotesOnly);
        Timings timings = new();
        var quotes = SyntheticQuotes.Make(Messages * Batch);
        long bodies = 0;

        for (int round = 1; round <= rounds; round++)
        {
            string day = string.Create(CultureInfo.InvariantCulture, $"{new DateOnly(2026, 1, 1).AddDays(round):yyyy-MM-dd}");
            await MeasureSmallAsync(timings, log, day, cancel);

            string stream = $"quotes/SPY/{day}";
            RecordedMessage[] packed = [.. SyntheticQuotes.Cut(quotes, Batch, stream).Select(Recorded)];
            bodies += packed.Sum(message => (long)message.Body.Length);
            await MeasureQuotesAsync(timings, quotesLog, stream, packed, cancel);
        }

        string description = await server.DescriptionAsync(cancel);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {Machine.ProcessorName()}, {Environment.ProcessorCount} logical processors for client and server together, .NET {Environment.Version}.
            {description}. {rounds} rounds.
            A small event is two packed option prints. {SyntheticQuotes.Description}

            """));
        timings.Print();
        await PrintSizeAsync(quotesOnly, bodies, rounds, cancel);
        await PrintMemoryAsync(quotesLog, rounds, cancel);
    }

    static async Task MeasureSmallAsync(Timings timings, EventLog log, string day, CancellationToken cancel)
    {
        string stream = $"trades/SPY/{day}";
        RecordedMessage[] small = [.. Enumerable.Range(1, Small).Select(i => Recorded(Prints(stream, i)))];
        RecordedMessage[] single = [.. Enumerable.Range(1, Single).Select(i => Recorded(Prints($"trades/QQQ/{day}", i)))];

        await timings.MeasureAsync("append, a small event a transaction", "events", Single, async () => await AppendAsync(log, single, 1, cancel) == Single);
        await timings.MeasureAsync("append, 1,000 small events a transaction", "events", Small, async () => await AppendAsync(log, small, 1_000, cancel) == Small);
        await timings.MeasureAsync("append again what is there, 1,000 a transaction", "events", Small, async () => await AppendAsync(log, small, 1_000, cancel) == 0);
        await timings.MeasureAsync("read small events in order, decoded", "events", Small, async () => await log.ReadStreamAsync(stream, default, null, cancel).CountAsync(cancel) == Small);
        await timings.MeasureAsync("read small events in order, undecoded", "events", Small, async () => await log.ReadRecordedAsync(stream, default, null, cancel).CountAsync(cancel) == Small);
        await timings.MeasureAsync($"enter a stream of {Small:N0} at its last event", "entries", 100, async () =>
        {
            int found = 0;
            for (int i = 0; i < 100; i++) found += await log.ReadStreamAsync(stream, new(Run1, Small - 1), null, cancel).CountAsync(cancel);
            return found == 100;
        });
        await timings.MeasureAsync("decode small events, no database", "events", Small, () => Task.FromResult(small.All(message => message.Decode() is TradesObserved)));
    }

    static async Task MeasureQuotesAsync(Timings timings, EventLog log, string stream, RecordedMessage[] packed, CancellationToken cancel)
    {
        const long All = (long)Messages * Batch;
        foreach (var (half, count) in ((RecordedMessage[], int)[])[(packed[..(Messages / 2)], 20), (packed[(Messages / 2)..], 100)])
        {
            await timings.MeasureAsync($"append, {count} x {Batch} packed quotes a transaction", "quotes", All / 2, async () => await AppendAsync(log, half, count, cancel) == half.Length);
        }

        await timings.MeasureAsync($"read {Batch} packed quotes an event in order, decoded", "quotes", All, async () =>
        {
            long rows = 0;
            await foreach (var fact in log.ReadStreamAsync(stream, default, null, cancel)) rows += ((QuotesObserved)fact).Bid.Length;
            return rows == All;
        });
        await timings.MeasureAsync($"read {Batch} packed quotes an event in order, undecoded", "quotes", All, async () =>
            await log.ReadRecordedAsync(stream, default, null, cancel).CountAsync(cancel) == Messages);
        await timings.MeasureAsync($"decode {Batch} packed quotes an event, no database", "quotes", All, () => Task.FromResult(packed.All(message => message.Decode() is QuotesObserved)));
    }

    static async Task<int> AppendAsync(EventLog log, RecordedMessage[] messages, int count, CancellationToken cancel)
    {
        int written = 0;
        foreach (var chunk in messages.Chunk(count)) written += (await log.AppendAsync(chunk, cancel)).Written;
        return written;
    }

    static async Task PrintSizeAsync(NpgsqlDataSource database, long bodies, int rounds, CancellationToken cancel)
    {
        double quotes = (double)rounds * Messages * Batch;
        await using var command = database.CreateCommand("select pg_total_relation_size('mt_events')");
        long bytes = (long)(await command.ExecuteScalarAsync(cancel))!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

            On disk, table, indexes and all: {bytes / quotes:N2} bytes a quote, of which {bodies / quotes:N2} are the packed messages' own.
            """));
    }

    // Every stream at once would be several times what the reading may hold.
    static async Task PrintMemoryAsync(EventLog log, int rounds, CancellationToken cancel)
    {
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true), most = before, bodies = 0, decoded = 0;
        foreach (string stream in await log.StreamsAsync("quotes", cancel))
        {
            await foreach (var message in log.ReadRecordedAsync(stream, default, null, cancel))
            {
                bodies += message.Body.Length;
                decoded += ((QuotesObserved)message.Decode()).Bid.Length;
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false));
            }
        }

        if (decoded != (long)rounds * Messages * Batch) throw new InvalidOperationException($"{decoded:N0} quotes were read.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Read and decoded in one go: {bodies / 1e6:N0} MB of messages, {decoded * 52 / 1e6:N0} MB of columns once decoded; the heap, garbage included, never grew by more than {(most - before) / 1e6:N1} MB.
            """));
    }

    static RecordedMessage Recorded(IMarketFact fact) =>
        new(fact.Stamp, Contract.Of(fact.GetType()), Wire.Packed, Wire.Encode(fact, Wire.Packed));

    static TradesObserved Prints(string stream, long sequence)
    {
        var asOf = DateTimeOffset.FromUnixTimeMilliseconds(Run1 + (50 * sequence));
        return new()
        {
            Stamp = new(stream, Run1, sequence, asOf),
            Root = "SPY",
            Trades =
            [
                new(new(new(2026, 1, 16), 455, OptionRight.Call), asOf.AddMilliseconds(-7), 1.25, 3, 455.73, 1),
                new(new(new(2026, 1, 16), 450, OptionRight.Put), asOf.AddMilliseconds(-2), 0.85, 10, 455.74, -1),
            ],
        };
    }
}
