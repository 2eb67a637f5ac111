using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Replay;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.Replay.RecordedMarket;

namespace ZeroGex.IntegrationTests.Replay;

/// <summary>The same question has the same answer, whoever asks it, however often, and nothing live notices.</summary>
public sealed class ReplayLawTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_does_not_depend_on_threads_cuts_or_the_database()
    {
        await using var coarse = await TestDatabase.NewAsync();
        await using var fine = await TestDatabase.NewAsync();
        await RecordAsync(coarse);
        await RecordAsync(fine, maxRows: 2, run: 77);

        var one = await RunAsync(coarse, "one", WholeQuestion(), threads: 1);
        var many = await RunAsync(coarse, "many", WholeQuestion(), threads: 4);
        var cut = await RunAsync(fine, "cut", WholeQuestion(), threads: 2);

        Assert.True(one.Results > 300, $"{one.Results} results");
        Assert.All(one.Units, unit => Assert.All(unit.Folds, fold => Assert.True(fold is { Results: > 0, Lost: 0 }, $"{unit.Root}: {fold}")));
        Assert.Equal((one.Results, one.OutputHash, one.InputHash), (many.Results, many.OutputHash, many.InputHash));
        Assert.Equal((one.Results, one.OutputHash), (cut.Results, cut.OutputHash));
        Assert.NotEqual(one.InputHash, cut.InputHash);
        Assert.True(cut.Events > one.Events * 1.1, $"{cut.Events} and {one.Events} events");
        Assert.All(await Comparison.FindAsync(coarse.Source, "one", "many", Cancel), difference => Assert.True(difference is { IsNone: true, Equal: > 0 }, difference.ToString()));
    }

    [Fact]
    public async Task Another_question_has_another_answer_and_a_part_of_it_is_that_part()
    {
        await using var database = await TestDatabase.NewAsync();
        await RecordAsync(database);
        var whole = await RunAsync(database, "whole", Question());
        var other = await RunAsync(database, "other", Question(settings: new FoldSettings { Gex = new GexSettings { Rate = 0.03 } }));
        var minute = await RunAsync(database, "minute", Question("2026-01-16T14:30:20Z", "2026-01-16T14:30:50Z", roots: "SPY"));

        Assert.NotEqual(whole.OutputHash, other.OutputHash);
        Assert.Contains(await Comparison.FindAsync(database.Source, "whole", "other", Cancel), difference => difference is { Table: "traded_gex", Changed: > 0, First: not null });
        Assert.Equal("SPY", Assert.Single(minute.Units).Root);

        // The day measures include what came before the span.
        const string Span = "root = 'SPY' and time >= '2026-01-16T14:30:20Z' and time < '2026-01-16T14:30:50Z'";
        var part = await TableDifference.FindAsync(database.Source, "traded_gex", new("replay_whole", Span), new("replay_minute"), Cancel);
        Assert.True(part is { IsNone: true, Equal: > 50 }, part.ToString());
        Assert.Equal(part.Equal, 4 * minute.Results);
    }

    [Fact]
    public async Task Interrupted_run_goes_on_where_it_was_and_ends_with_the_same_hash()
    {
        await using var database = await TestDatabase.NewAsync();
        var log = await RecordAsync(database);
        var whole = await RunAsync(database, "whole", Question(), threads: 1);

        var runs = new ReplayRuns(database.Source);
        await runs.BeginAsync("cut", Question().Text(), Cancel);
        await using var tables = ReplayRuns.Open(database.ConnectionString, "cut");
        using var interrupt = new CancellationTokenSource();
        var sink = new StopsAfterOne(new SchemaSink("cut", runs, new ResultTables(tables)), interrupt);
        var first = new Replayer(log, Question(), sink, echo: null, clock: null, threads: 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first.RunAsync("cut", "test", await first.UnitsAsync(Cancel), interrupt.Token));
        Assert.Single(await runs.UnitsAsync("cut", Cancel));
        Assert.Null((await runs.FindAsync("cut", Cancel))!.Manifest);

        var other = new Replayer(log, Question(), new SchemaSink("cut", runs, new ResultTables(tables)), echo: null, clock: null, threads: 1);
        Assert.Contains("of two engines", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await other.RunAsync("cut", "another", await other.UnitsAsync(Cancel), Cancel))).Message, StringComparison.Ordinal);

        var second = new Replayer(log, Question(), new SchemaSink("cut", runs, new ResultTables(tables)), echo: null, clock: null, threads: 1);
        var manifest = await second.RunAsync("cut", "test", await second.UnitsAsync(Cancel), Cancel);

        Assert.Equal((whole.OutputHash, whole.InputHash, whole.Results), (manifest.OutputHash, manifest.InputHash, manifest.Results));
        Assert.Equal((second.Progress.Total, whole.Units[0].Events), (second.Progress.Events, second.Progress.Skipped));
        Assert.All(await Comparison.FindAsync(database.Source, "whole", "cut", Cancel), difference => Assert.True(difference.IsNone, difference.ToString()));
        Assert.Equal("done", (await runs.FindAsync("cut", Cancel))!.Status);
    }

    [Fact]
    public async Task Nothing_live_is_touched_and_a_removed_run_leaves_nothing()
    {
        await using var database = await TestDatabase.NewAsync();
        await RecordAsync(database);
        const string Everything = "select relname || ' ' || (xpath('/row/c/text()', query_to_xml(format('select count(*) c, max(xmin::text::bigint) from %I', relname), false, true, '')))[1]::text from pg_stat_user_tables where schemaname = 'public' and relname !~ '^replay_' order by relname";
        var before = await database.RowsAsync(Everything);

        await RunAsync(database, "aside", Question());

        Assert.Equal(before, await database.RowsAsync(Everything));
        Assert.True(await database.ScalarAsync<long>("select count(*) from replay_aside.traded_gex") > 300);
        await using (var tables = ReplayRuns.Open(database.ConnectionString, "aside"))
        {
            await using var command = tables.CreateCommand("select count(*) from mt_events"); // What the run's schema lacks is not found elsewhere.
            Assert.Equal("42P01", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteScalarAsync(Cancel))).SqlState);
        }

        // Its views read its own tables.
        Assert.Equal("0|0", Assert.Single(await database.RowsAsync("select (select count(*) from replay_aside.gex_levels), (select count(*) from replay_aside.greeks_latest)")));
        string[] views = [.. await database.RowsAsync("select viewname from pg_views where schemaname = 'replay_aside' order by 1")];
        Assert.Subset(views.ToHashSet(), new HashSet<string> { "gex_by_strike", "gex_calculations", "gex_grid", "gex_levels", "greeks_latest", "max_pain", "option_flow", "smart_money_flow", "volatility_smile" });
        Assert.DoesNotContain("data_quality_log", views);
        Assert.Empty(await database.RowsAsync("select viewname from pg_views where schemaname = 'replay_aside' and definition like '%public.%_%' and definition ~ 'public\\.(chain|option|underlying|flow|gex|greeks|traded)'"));

        var runs = new ReplayRuns(database.Source);
        await runs.RemoveAsync("aside", Cancel);
        Assert.Empty(await runs.ListAsync(Cancel));
        Assert.Empty(await database.RowsAsync("select nspname from pg_namespace where nspname like 'replay%'"));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from replay_units"));
    }

    [Fact]
    public async Task Files_say_what_the_schema_says()
    {
        await using var database = await TestDatabase.NewAsync();
        var log = await RecordAsync(database);
        var stored = await RunAsync(database, "stored", Question());
        string folder = Servers.NewFolder();
        var replayer = new Replayer(log, Question(), new FolderSink(folder), echo: null, clock: null, threads: 2);
        var written = await replayer.RunAsync("files", "test", await replayer.UnitsAsync(Cancel), Cancel);

        Assert.Equal(stored.OutputHash, written.OutputHash);
        var results = Directory.GetFiles(Path.Combine(folder, "gex_calculated")).SelectMany(File.ReadLines).Select(line => JsonSerializer.Deserialize<GexCalculated>(line, ContractJson.Options)!).ToList();
        Assert.Equal(stored.Results, results.Count);
        Assert.Equal(
            await database.RowsAsync("select root || ' ' || expiration || ' ' || sum::text from replay_stored.traded_gex where measure = 'naive_day' order by root, expiration, time"),
            results.OrderBy(result => result.Root, StringComparer.Ordinal).ThenBy(result => result.Expiration).ThenBy(result => result.End)
                .Select(result => FormattableString.Invariant($"{result.Root} {result.Expiration:yyyy-MM-dd} {result.NaiveDay.Sum:R}").Replace("E+", "e+", StringComparison.Ordinal)));
        var manifest = JsonSerializer.Deserialize<ReplayManifest>(await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"), Cancel), ReplayJson.Options)!;
        Assert.Equal(written.OutputHash, manifest.OutputHash);
        Assert.Empty(Directory.GetFiles(folder, "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Gap_of_the_log_is_counted_and_marks_what_it_touches()
    {
        await using var full = await TestDatabase.NewAsync();
        await using var lacking = await TestDatabase.NewAsync();
        await RecordAsync(full);
        await RecordAsync(lacking, lost: fact => fact is TradesObserved { Root: "SPY", Stamp.Sequence: 200 });

        var whole = await RunAsync(full, "whole", Question());
        var holed = await RunAsync(lacking, "holed", Question());

        Assert.Equal((0, 1), (whole.Missing, holed.Missing));
        Assert.Equal(1, holed.Units.Single(unit => unit.Root == "SPY").Folds.Sum(fold => fold.Lost));
        Assert.True(await lacking.ScalarAsync<bool>("select bool_or(incomplete) from replay_holed.traded_gex where root = 'SPY'"));
        Assert.False(await lacking.ScalarAsync<bool>("select bool_or(incomplete) from replay_holed.traded_gex where root <> 'SPY'"));
        Assert.NotEqual(whole.OutputHash, holed.OutputHash);
        Assert.Equal((0, 0), (holed.Deleted, holed.Unknown)); // It never was in the log.

        // What somebody has deleted leaves no gap to be seen where nothing follows it.
        await full.ExecuteAsync("delete from mt_events where stream_id = 'trades/SPY/2026-01-16' and version > (select max(version) - 30 from mt_events where stream_id = 'trades/SPY/2026-01-16')");
        await full.ExecuteAsync("delete from mt_events where stream_id = 'trades/QQQ/2026-01-16' and version = 7");
        await full.ExecuteAsync("update mt_events set type = 'from_tomorrow' where stream_id = 'trades/QQQ/2026-01-16' and version = 9");
        var shorter = await RunAsync(full, "shorter", Question());
        Assert.Equal((2, 31, 1), (shorter.Missing, shorter.Deleted, shorter.Unknown)); // QQQ's two lie between others.
    }

    [Fact]
    public async Task Over_the_bus_every_fact_and_result_is_heard_once_in_order_and_never_on_the_live_host()
    {
        await using var database = await TestDatabase.NewAsync();
        var log = await RecordAsync(database);
        Uri live = await Servers.NewVirtualHostAsync(), rehearsal = await Servers.NewVirtualHostAsync();
        var settings = SettingsOf(live);
        await using var connection = await new ConnectionFactory { Uri = rehearsal }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        await channel.QueueDeclareAsync("mine", durable: false, exclusive: true, autoDelete: true, cancellationToken: Cancel);
        foreach (var type in new[] { typeof(TradesObserved), typeof(GexCalculated) })
        {
            await channel.ExchangeDeclareAsync(Topology.Exchange(type), ExchangeType.Fanout, durable: true, cancellationToken: Cancel);
            await channel.QueueBindAsync("mine", Topology.Exchange(type), "", cancellationToken: Cancel);
        }

        var heard = new System.Collections.Concurrent.ConcurrentQueue<object>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var type = delivery.Exchange == Topology.Exchange(typeof(GexCalculated)) ? typeof(GexCalculated) : typeof(TradesObserved);
            heard.Enqueue(Wire.Decode(type, delivery.BasicProperties.ContentType!, delivery.Body.ToArray()));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync("mine", autoAck: true, consumer, Cancel);

        await Assert.ThrowsAsync<ArgumentException>(() => BusEcho.OpenAsync(settings, settings.RabbitVirtualHost, Cancel));
        ReplayManifest manifest;
        await using (var echo = await BusEcho.OpenAsync(settings, rehearsal.AbsolutePath[1..], Cancel))
        {
            var replayer = new Replayer(log, Question(), new FolderSink(Servers.NewFolder()), echo, clock: null, threads: 2);
            manifest = await replayer.RunAsync("bus", "test", await replayer.UnitsAsync(Cancel), Cancel);
        }

        await Wait.ForAsync(() => heard.Count >= manifest.Events + manifest.Results, $"{manifest.Events + manifest.Results} messages");
        foreach (string root in new[] { "SPY", "QQQ", "NVDA" })
        {
            // What is heard, folded as it comes, gives the results that are heard.
            var fold = new GexAggregator(root, new DateOnly(2026, 1, 16), new GexSettings());
            var own = heard.OfType<TradesObserved>().Where(fact => fact.Root == root).SelectMany(fold.Apply).ToList();
            Assert.Equal(0, fold.LostMessages);
            Assert.Equal(own.Select(Text), heard.OfType<GexCalculated>().Where(result => result.Root == root).Select(Text));
        }

        Assert.Equal((manifest.Events, manifest.Results), (heard.OfType<TradesObserved>().Count(), heard.OfType<GexCalculated>().Count()));

        static string Text(GexCalculated result) => JsonSerializer.Serialize(result, ContractJson.Options);
    }

    static BusSettings SettingsOf(Uri broker) => new()
    {
        RabbitHost = broker.Host,
        RabbitPort = broker.Port,
        RabbitUser = Uri.UnescapeDataString(broker.UserInfo.Split(':')[0]),
        RabbitPassword = Uri.UnescapeDataString(broker.UserInfo.Split(':')[1]),
        RabbitVirtualHost = Uri.UnescapeDataString(broker.AbsolutePath[1..]),
    };

    static async Task<ReplayManifest> RunAsync(TestDatabase database, string name, ReplayQuestion question, int threads = 2)
    {
        var runs = new ReplayRuns(database.Source);
        await runs.BeginAsync(name, question.Text(), Cancel);
        await using var tables = ReplayRuns.Open(database.ConnectionString, name);
        var replayer = new Replayer(new EventLog(database.Source), question, new SchemaSink(name, runs, new ResultTables(tables)), echo: null, clock: null, threads);
        return await replayer.RunAsync(name, "test", await replayer.UnitsAsync(Cancel), Cancel);
    }

    /// <summary>Interrupts the run right after its first unit is whole.</summary>
    sealed class StopsAfterOne(IReplaySink inner, CancellationTokenSource interrupt) : IReplaySink
    {
        public Task<IReadOnlyList<UnitOutcome>> FinishedAsync(CancellationToken cancel) => inner.FinishedAsync(cancel);

        public async Task<IUnitSink> OpenAsync(string root, DateOnly session, CancellationToken cancel) => new Unit(await inner.OpenAsync(root, session, cancel), interrupt);

        public Task EndAsync(ReplayManifest manifest, CancellationToken cancel) => inner.EndAsync(manifest, cancel);

        sealed class Unit(IUnitSink inner, CancellationTokenSource interrupt) : IUnitSink
        {
            public Task WriteAsync(IReadOnlyList<IMarketResult> results, CancellationToken cancel) => inner.WriteAsync(results, cancel);

            public async Task FinishAsync(UnitOutcome outcome, CancellationToken cancel)
            {
                await inner.FinishAsync(outcome, cancel);
                await interrupt.CancelAsync();
            }

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
