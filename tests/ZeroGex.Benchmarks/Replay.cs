using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Bus.Replay;
using ZeroGex.Cli.Servers;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using EventLog = ZeroGex.Storage.EventLog;

namespace ZeroGex.Benchmarks;

/// <summary>A recorded session from disk to results, stage by stage, on a PostgreSQL of its own.</summary>
static class Replay
{
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
    static readonly ReplayRange Day = ReplayRange.Parse("2026-01-16", "2026-01-16");

    static readonly DateOnly GoogDay = new(2015, 12, 24);

    /// <param name="arguments">Minutes of market to record (390 is a session), quotes and prints a second and root, and a folder of LEAN's data with GOOG's 24 December 2015 in it.</param>
    public static int Run(string[] arguments) => RunAsync(arguments).GetAwaiter().GetResult();

    static async Task<int> RunAsync(string[] arguments)
    {
        var day = Day;
        double minutes = Number(0, 30), quotes = Number(1, 171), prints = Number(2, 4);
        string folder = Directory.CreateTempSubdirectory("zerogex-replay-").FullName;
        try
        {
            await using var postgres = await PrivatePostgres.StartAsync(folder, settings: ["max_wal_size=4GB"]);
            await using var database = Database.Open(postgres.ConnectionString);
            await Migrator.MigrateAsync(database, default);
            var log = new EventLog(database);

            Console.WriteLine($"{Machine.ProcessorName()}, {Environment.ProcessorCount} logical processors shared with PostgreSQL, .NET {Environment.Version}.");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A simulated session of 5 roots, {minutes:0} minutes, {quotes:0.#} quotes and {prints:0.#} prints a second and root. Each stage does all that stands above it, but for what it replaces.\n"));
            var (rows, trades) = await RecordAsync(log, SimulatedBeats.ReadAsync(new(From: Open, Until: Open.AddMinutes(minutes), QuotesPerSecond: quotes, TradesPerSecond: prints, Speed: double.PositiveInfinity)));

            await TimeAsync("read quotes and prints, undecoded", rows, async () => await EachAsync(["quotes", "trades"], (_, _) => { }, decode: false));
            await TimeAsync("read quotes and prints, decoded", rows, async () => await EachAsync(["quotes", "trades"], (_, _) => { }, decode: true));
            await TimeAsync("read prints, decoded", trades, async () => await EachAsync(["trades"], (_, _) => { }, decode: true));
            Dictionary<string, IFold> folds = new(StringComparer.Ordinal), again = new(StringComparer.Ordinal);
            await TimeAsync("... through the gex fold", trades, async () => await EachAsync(["trades"], (stream, fact) => FoldOf(folds, stream).Apply(fact), decode: true));
            await TimeAsync("all of them decoded, prints through it", rows, async () => await EachAsync(["quotes", "trades"], (stream, fact) =>
            {
                if (fact is TradesObserved) FoldOf(again, stream).Apply(fact);
            }, decode: true));
            await TimeAsync("replay: fold, hash, one thread", trades, () => ReplayAsync(new Nowhere(), 1));
            await TimeAsync("replay: fold, hash, two threads", trades, () => ReplayAsync(new Nowhere(), 2));
            await TimeAsync("replay into files, two threads", trades, () => ReplayAsync(new FolderSink(Path.Combine(folder, "results")), 2));
            var runs = new ReplayRuns(database);
            await runs.BeginAsync("bench", "{}", default);
            await using var tables = ReplayRuns.Open(postgres.ConnectionString, "bench");
            await TimeAsync("replay into a schema, two threads", trades, () => ReplayAsync(new SchemaSink("bench", runs, new ResultTables(tables)), 2));
            await TimeAsync("chain fold instead, hash, two threads", rows, () => ReplayAsync(new Nowhere(), 2, Folds.Chain));
            await TimeAsync("every fold, hash, two threads", rows, () => ReplayAsync(new Nowhere(), 2, [.. Folds.All]));
            if (arguments.Length <= 3) return 0;

            Console.WriteLine("\nGOOG, 24 December 2015, a quote bar a second and contract.\n");
            var refusals = new Refusals("bench", NullLogger.Instance);
            (rows, trades) = await RecordAsync(log, FeedBeats.ReadAsync(new LeanFeed(new LeanFeedSettings(arguments[3], "GOOG", [GoogDay]), new NyseCalendar(), refusals), new NyseCalendar(), refusals));
            day = new ReplayRange(GoogDay, GoogDay, null, null);
            await TimeAsync("replay: gex fold, hash, one thread", rows, () => ReplayAsync(new Nowhere(), 1));
            await TimeAsync("replay: every fold, hash, one thread", rows, () => ReplayAsync(new Nowhere(), 1, [.. Folds.All]));
            return 0;

            async Task EachAsync(string[] kinds, Action<string, IMarketFact> use, bool decode)
            {
                foreach (var span in await log.SpansAsync(kinds, default))
                    await foreach (var message in log.ReadRecordedAsync(span.Stream, default, null, default))
                        if (decode) use(span.Stream, (IMarketFact)Wire.Decode(message.Contract.Type, message.ContentType, message.Body));
            }

            async Task ReplayAsync(IReplaySink sink, int threads, params FoldSpec[] asked)
            {
                var replayer = new Replayer(log, new ReplayQuestion(day, [], asked.Length == 0 ? [Folds.Gex.Name] : [.. asked.Select(fold => fold.Name)], new FoldSettings()), sink, echo: null, clock: null, threads);
                var manifest = await replayer.RunAsync("bench", "bench", await replayer.UnitsAsync(default), default);
                Console.Write(string.Create(CultureInfo.InvariantCulture, $"{manifest.Results,9:#,0} results, {manifest.OutputHash[..12]}  "));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        async Task TimeAsync(string what, long count, Func<Task> run)
        {
            var process = Process.GetCurrentProcess();
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            await run();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            process.Refresh();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-40} {seconds,8:0.00} s {count / seconds,14:#,0} rows/s {(process.TotalProcessorTime - before).TotalSeconds,8:0.00} s of our CPU"));
        }

        double Number(int at, double otherwise) => arguments.Length > at ? double.Parse(arguments[at], CultureInfo.InvariantCulture) : otherwise;
    }

    static IFold FoldOf(Dictionary<string, IFold> folds, string stream)
    {
        if (folds.TryGetValue(stream, out var known)) return known;
        var (_, root, session) = Contract.ParseStreamId(stream);
        return folds[stream] = Folds.Gex.Create(root, session, new FoldSettings());
    }

    /// <summary>A market into the log, as the recorder would have.</summary>
    static async Task<(long Rows, long Trades)> RecordAsync(EventLog log, IAsyncEnumerable<Beat> market)
    {
        long rows = 0, trades = 0, bytes = 0;
        long start = Stopwatch.GetTimestamp();
        var batch = new List<RecordedMessage>();
        await foreach (var beat in market) await AddAsync(beat);
        await log.AppendAsync(batch, default);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recorded {rows:#,0} quotes and {trades:#,0} prints, {bytes / 1e6:0} MB of bodies, in {seconds:0.0} s\n"));
        return (rows + trades, trades);

        async Task AddAsync(Beat beat)
        {
            foreach (var fact in beat.Facts)
            {
                string type = Wire.Preferred(fact.GetType());
                var message = new RecordedMessage(fact.Stamp, Contract.Of(fact.GetType()), type, Wire.Encode(fact, type));
                batch.Add(message);
                bytes += message.Body.Length;
                rows += fact is QuotesObserved q ? q.Time.Length : 0;
                trades += fact is TradesObserved t ? t.Trades.Length : 0;
            }

            if (batch.Count < 4096) return;
            await log.AppendAsync(batch, default);
            batch.Clear();
        }
    }

    sealed class Nowhere : IReplaySink, IUnitSink
    {
        public Task<IReadOnlyList<UnitOutcome>> FinishedAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<UnitOutcome>>([]);

        public Task<IUnitSink> OpenAsync(string root, DateOnly session, CancellationToken cancel) => Task.FromResult<IUnitSink>(this);

        public Task EndAsync(ReplayManifest manifest, CancellationToken cancel) => Task.CompletedTask;

        public Task WriteAsync(IReadOnlyList<IMarketResult> results, CancellationToken cancel) => Task.CompletedTask;

        public Task FinishAsync(UnitOutcome outcome, CancellationToken cancel) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
