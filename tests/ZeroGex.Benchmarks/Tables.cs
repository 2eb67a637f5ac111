using System.Globalization;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Benchmarks;

/// <summary>Rows a second into and out of the legacy table, and into every other one: each on its own, and what a replay of all folds writes together.</summary>
static class Tables
{
    const int Seconds = 2_000, Expirations = 10, Minutes = 4;

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("tables takes no arguments.");
            return 2;
        }

        RunAsync(CancellationToken.None).GetAwaiter().GetResult();
        return 0;
    }

    static async Task RunAsync(CancellationToken cancel)
    {
        const int Rounds = 3;
        await using var server = await BenchmarkDatabase.OpenAsync(cancel);
        Timings timings = new();
        var results = await ResultsAsync();
        int all = RowsOf(results, null);
        var byTable = Storage.Tables.All.Select(table => table.Name).Order(StringComparer.Ordinal)
            .Select(table => (Table: table, Results: results.Where(result => RowsOf([result], table) > 0).ToArray())).ToArray();
        for (int round = 0; round < Rounds; round++)
        {
            var apart = await server.NewAsync(cancel);
            foreach (var (name, own) in byTable)
                await timings.MeasureAsync($"new rows of {name}", "rows", RowsOf(own, name), async () => await WriteAsync(new ResultTables(apart, name), own, cancel) > 0);

            var together = await server.NewAsync(cancel);
            await timings.MeasureAsync("new rows of all tables together", "rows", all, async () => await WriteAsync(new ResultTables(together), results, cancel) > 0);

            var database = await server.NewAsync(cancel);
            GexTable table = new(database);
            GexRow[] legacy = [.. from second in Enumerable.Range(0, Seconds) from expiration in Enumerable.Range(1, Expirations) select Row(second, expiration)];

            await timings.MeasureAsync("upsert new legacy rows, 1,000 a transaction", "rows", legacy.Length, async () => await WriteAsync(table, legacy, cancel) == legacy.Length);
            await timings.MeasureAsync("upsert equal legacy rows, 1,000 a transaction", "rows", legacy.Length, async () => await WriteAsync(table, legacy, cancel) == 0);
            await timings.MeasureAsync("upsert a legacy row and its mark a transaction", "rows", 500, async () =>
            {
                int written = 0;
                for (int i = 0; i < 500; i++)
                    written += await table.WriteAsync([legacy[i] with { Ticker = "QQQ" }], [], [new("tables", "trades/QQQ/2026-01-16", new(1, i))], cancel);
                return written == 500;
            });
            await using (var analyze = database.CreateCommand("analyze inferred_gexray3")) await analyze.ExecuteNonQueryAsync(cancel);
            await timings.MeasureAsync("the latest levels of a ticker", "queries", 100, async () =>
            {
                int levels = 0;
                for (int i = 0; i < 100; i++) levels += (await table.LatestAsync("SPY", cancel)).Count;
                return levels == 100 * Expirations;
            });
        }

        string description = await server.DescriptionAsync(cancel);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {Machine.ProcessorName()}, {Environment.ProcessorCount} logical processors for client and server together, .NET {Environment.Version}.
            {description}. {Rounds} rounds.
            New rows: what all folds make of {Minutes} simulated minutes of SPY and TSLA, {results.Length:N0} results, 500 of them a transaction, in an empty database with its roll-ups.

            """));
        timings.Print();
    }

    static int RowsOf(IMarketResult[] results, string? table) => results.Sum(result => new TableWrite(table).Add(result).Rows);

    static async Task<int> WriteAsync(ResultTables tables, IMarketResult[] results, CancellationToken cancel)
    {
        int written = 0;
        foreach (var chunk in results.Chunk(500)) written += (await tables.WriteAsync(chunk, [], cancel)).Values.Sum();
        return written;
    }

    /// <summary>What every fold makes of a simulated market.</summary>
    static async Task<IMarketResult[]> ResultsAsync()
    {
        DateTimeOffset open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
        Dictionary<(string Fold, string Root), IFold> folds = [];
        List<IMarketResult> results = [];
        await foreach (var beat in SimulatedBeats.ReadAsync(new(Roots: ["SPY", "TSLA"], From: open, Until: open.AddMinutes(Minutes), QuotesPerSecond: 40, TradesPerSecond: 8, Speed: double.PositiveInfinity)))
        {
            foreach (var fact in beat.Facts)
            {
                var (kind, root, session) = Contract.ParseStreamId(fact.Stamp.Stream);
                foreach (var spec in Folds.All.Where(spec => spec.Inputs.Contains(kind)))
                {
                    if (!folds.TryGetValue((spec.Name, root), out var fold)) folds[(spec.Name, root)] = fold = spec.Create(root, session, new FoldSettings());
                    results.AddRange(fold.Apply(fact));
                }
            }
        }

        return [.. results];
    }

    static async Task<int> WriteAsync(GexTable table, GexRow[] rows, CancellationToken cancel)
    {
        int written = 0;
        foreach (var chunk in rows.Chunk(1_000)) written += await table.WriteAsync(chunk, [], [], cancel);
        return written;
    }

    static GexRow Row(int second, int expiration) => new(
        new DateTimeOffset(2026, 1, 16, 14, 30, 0, TimeSpan.Zero).AddSeconds(second), "SPY", string.Create(CultureInfo.InvariantCulture, $"2026-02-{expiration:00}"),
        455.7, 456, 460, 450, 1e9, 458, 452, Trades, Strikes, 10, 100);

    static readonly string Strikes = $"[{string.Join(", ", Enumerable.Range(0, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"[{400 + i}.0, {i * 12345.678}, {i}]")))}]";

    static readonly string Trades =
        $"[{string.Join(", ", Enumerable.Range(0, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $$"""{"root": "SPY", "strike": {{400 + i}}.0, "size": {{i}}, "price": 1.5}""")))}]";
}
