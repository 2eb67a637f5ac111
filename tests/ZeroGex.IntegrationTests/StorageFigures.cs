using System.Globalization;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>How fast the log and the tables are here. Run with <c>-explicit only -class "*StorageFigures"</c>; nothing is asserted but the counts.</summary>
public sealed class StorageFigures
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Log()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        var small = TradesOf("trades/SPY/2026-01-16", 1, 1, 20_000);
        var single = TradesOf("trades/QQQ/2026-01-16", 1, 1, 1_000);
        var packed = Enumerable.Range(1, 4_000).Select(i => Recorded(Quotes("quotes/SPY/2026-01-16", 1, i, 500))).ToArray();
        await log.AppendAsync(TradesOf("trades/TSLA/2026-01-16", 1, 1, 100), Cancel);

        await Measure("append, 1 event a batch", single.Length, async () =>
        {
            foreach (var message in single) await log.AppendAsync([message], Cancel);
        });
        await Measure("append, 1,000 events a batch", small.Length, async () =>
        {
            foreach (var batch in small.Chunk(1_000)) await log.AppendAsync(batch, Cancel);
        });
        await Measure("redelivery, 1,000 events a batch", small.Length, async () =>
        {
            foreach (var batch in small.Chunk(1_000)) await log.AppendAsync(batch, Cancel);
        });
        Print($"500 packed quotes are {packed[0].Body.Length} bytes");
        await Measure("append, 500 packed quotes an event, 20 events a batch", packed.Length, async () =>
        {
            foreach (var batch in packed.Chunk(20)) await log.AppendAsync(batch, Cancel);
        });
        await Measure("read a stream of small events", small.Length, async () => Assert.Equal(small.Length, await log.ReadStreamAsync("trades/SPY/2026-01-16", default, null, Cancel).CountAsync(Cancel)));
        await Measure("read a stream of 500 packed quotes", packed.Length, async () => Assert.Equal(packed.Length, await log.ReadStreamAsync("quotes/SPY/2026-01-16", default, null, Cancel).CountAsync(Cancel)));
        await Measure("decode 500 packed quotes, no database", packed.Length, () =>
        {
            foreach (var message in packed) Wire.Decode(typeof(QuotesObserved), Wire.Packed, message.Body);
            return Task.CompletedTask;
        });
        await Measure("read all", small.Length + packed.Length + 1_100, async () => Assert.Equal(25_100, await log.ReadAllAsync(0, Cancel).CountAsync(Cancel)));
        await Measure("enter a stream of 20,000 at its last event", 100, async () =>
        {
            for (int i = 0; i < 100; i++) Assert.Single(await log.ReadAsync("trades/SPY/2026-01-16", new(1, 19_999)));
        });
        foreach (string row in await database.RowsAsync("select 'size of mt_events: ' || pg_size_pretty(pg_total_relation_size('mt_events'))")) Print(row);
    }

    [Fact(Explicit = true)]
    public async Task Tables()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        string strikes = $"[{string.Join(", ", Enumerable.Range(0, 30).Select(i => $"[{400 + i}.0, {i * 12345.678}, {i}]"))}]";
        string trades = $"[{string.Join(", ", Enumerable.Range(0, 10).Select(i => $$"""{"root": "SPY", "strike": {{400 + i}}.0, "size": {{i}}, "price": 1.5}"""))}]";
        GexRow[] rows =
        [
            .. from second in Enumerable.Range(0, 2_000)
               from expiration in Enumerable.Range(1, 10)
               select new GexRow(Open.AddSeconds(second), "SPY", $"2026-02-{expiration:00}", 455.7, 456, 460, 450, 1e9, 458, 452, trades, strikes, 10, 100),
        ];
        await Measure("upsert of new legacy rows, 1,000 a transaction", rows.Length, async () =>
        {
            foreach (var chunk in rows.Chunk(1_000)) await table.WriteAsync(chunk, [], [], Cancel);
        });
        await Measure("upsert of equal legacy rows, 1,000 a transaction", rows.Length, async () =>
        {
            foreach (var chunk in rows.Chunk(1_000)) Assert.Equal(0, await table.WriteAsync(chunk, [], [], Cancel));
        });
        await Measure("upsert, 1 legacy row and its mark a transaction", 500, async () =>
        {
            for (int i = 0; i < 500; i++)
                await table.WriteAsync([rows[i] with { Ticker = "QQQ" }], [], [new("tables", "trades/QQQ/2026-01-16", new(1, i))], Cancel);
        });
        await database.ExecuteAsync("analyze inferred_gexray3");
        await Measure("levels of one ticker", 100, async () =>
        {
            for (int i = 0; i < 100; i++) Assert.Equal(10, (await table.LatestAsync("SPY", Cancel)).Count);
        });
    }

    static QuotesObserved Quotes(string stream, long run, long sequence, int count)
    {
        Random random = new((int)sequence);
        OptionContract[] contracts = [.. Enumerable.Range(0, 200).Select(i => new OptionContract(new(2026, 1, 16 + i % 5), 400 + i / 2, (OptionRight)(i % 2)))];
        double Price() => random.Next(1, 200_000) / 1e4;
        var bids = Enumerable.Range(0, count).Select(_ => Price()).ToArray();
        return new()
        {
            Stamp = StampOf(stream, run, sequence),
            Root = "SPY",
            Contracts = [.. contracts],
            Contract = [.. Enumerable.Range(0, count).Select(_ => random.Next(200))],
            Time = [.. Enumerable.Range(0, count).Select(i => Open.AddMilliseconds(50 * sequence).ToUnixTimeMilliseconds() * 1_000 + i * 90)],
            Bid = [.. bids],
            Ask = [.. bids.Select(bid => Math.Round(bid * 10_000 + 500) / 10_000)],
            BidSize = [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 300))],
            AskSize = [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 300))],
            Spot = [.. Enumerable.Range(0, count).Select(_ => 455 + random.Next(100) / 100.0)],
        };
    }

    static async Task Measure(string what, int count, Func<Task> run)
    {
        // The clock tells more about the neighbours than about us on a busy machine; our own processor time does not.
        long start = TimeProvider.System.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        await run();
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        double micros = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / count;
        Print(string.Create(CultureInfo.InvariantCulture, $"{what}: {count / seconds:N0}/s, {micros:N1} us of client processor time each"));
    }

    static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
