using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;
using ZeroGex.IntegrationTests.Replay;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>
/// A fold on a queue that loses, repeats and forgets, beside a log that has everything: its answers are those of a fold that never stopped.
/// </summary>
public sealed class FoldRefillTests
{
    const string Stream = "trades/SPY/2026-01-16";
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
    static readonly RefillSettings Impatient = new(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(10));
    static readonly RefillSettings Patient = new(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(10));

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Holes_restarts_redeliveries_and_failing_publishes_do_not_change_the_answers(int seed)
    {
        var random = new Random(seed);
        return DisturbAsync(Folds.Gex, Facts(random, count: 150, runs: 3), random);
    }

    // Several streams, each with holes of its own.
    [Theory]
    [InlineData("chain")]
    [InlineData("bars")]
    public async Task Folds_of_several_inputs_are_as_undisturbed(string name)
    {
        var spec = Folds.All.Single(fold => fold.Name == name);
        var facts = (await RecordedMarket.FactsAsync(beat: 3_000)).Where(fact => fact.Root == "SPY" && spec.Inputs.Contains(Contract.ParseStreamId(fact.Stamp.Stream).Kind)).ToList();
        await DisturbAsync(spec, facts, new Random(5));
    }

    static async Task DisturbAsync(FoldSpec spec, IReadOnlyList<IMarketFact> facts, Random random)
    {
        await using var world = await World.OpenAsync(spec);
        var last = facts.GroupBy(fact => fact.Stamp.Stream).Select(stream => stream.Last()).ToHashSet();

        var published = new List<string>();
        var stored = new HashSet<string>();
        ProgressMark? mark = null;
        FoldRunner? fold = null;
        int recorded = 0;

        for (int i = 0; i < facts.Count; i++)
        {
            // The recorder reads the same messages from a queue of its own: ahead of the fold, level with it, or behind it for a while.
            int target = Math.Min(facts.Count, i + 1 + random.Next(20));
            if (target > recorded) await world.RecordAsync(facts.Take(recorded..target));
            recorded = Math.Max(recorded, target);

            bool isDropped = !last.Contains(facts[i]) && random.Next(4) == 0; // The bounded queue drops its oldest.
            if (isDropped) continue;
            if (fold is null || random.Next(facts.Count / 6) == 0) fold = world.Fold(Publish, Patient); // A crash: all memory is gone.
            await fold.HandleAsync(facts[i], Cancel);
            if (random.Next(5) == 0) await fold.HandleAsync(facts[random.Next(i + 1)], Cancel); // The broker delivers again.
            if (mark is { } answered && random.Next(3) == 0) await world.Table.WriteAsync([], [], [answered], Cancel);
        }

        var expected = Answers(spec, facts);
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Count, expected.Distinct().Count());
        Assert.Equal(expected, published.Distinct());
        Assert.True(stored.SetEquals(expected), "an answer differs between its publications");

        Task Publish(Answer answer, CancellationToken cancel)
        {
            if (random.Next(spec == Folds.Gex ? 10 : 100) == 0) throw new IOException("the broker is away"); // Each time costs a moment more, and a chain has many answers at once.
            string text = Text(answer.Value);
            published.Add(text);
            stored.Add(text);
            mark = answer.Mark ?? mark;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task What_the_tables_have_is_replayed_silently_and_the_rest_aloud()
    {
        var facts = Facts(new Random(7), count: 100, runs: 1);
        await using var world = await World.OpenAsync();
        await world.RecordAsync(facts);
        await world.Table.WriteAsync([], [], [new ProgressMark("gex", FoldMark.Stream("SPY", new(2026, 1, 16)), FoldMark.Of(facts[59].Stamp.AsOf - new GexSettings().Grace))], Cancel);

        var published = new List<string>();
        var fold = world.Fold((answer, _) => Add(published, answer), Patient);
        await fold.HandleAsync(facts[^1], Cancel);

        var silent = Answers(Folds.Gex, facts.Take(60));
        Assert.Equal(Answers(Folds.Gex, facts).Skip(silent.Count), published);
    }

    [Fact]
    public async Task Ended_session_is_answered_at_start_and_looked_at_no_more()
    {
        var facts = (await RecordedMarket.FactsAsync(beat: 3_000)).Where(fact => fact.Root == "SPY").ToList();
        await using var world = await World.OpenAsync(Folds.Chain);
        await world.RecordAsync(facts);
        var expected = Answers(Folds.Chain, facts);

        var published = new List<string>();
        var marks = new List<ProgressMark>();
        Assert.Equal(expected, await SaidAsync(Keep));
        await world.Table.WriteAsync([], [], marks, Cancel);
        Assert.Empty(await SaidAsync(Keep)); // All of it is in the tables; and now that is written down.
        Assert.Equal(["answers/SPY/2026-01-16", "chain/SPY/2026-01-16", "quotes/SPY/2026-01-16", "trades/SPY/2026-01-16"], (await world.Marks.ReadAsync("chain", Cancel)).Keys.Order());

        async Task<List<string>> SaidAsync(Func<Answer, CancellationToken, Task> publish)
        {
            published.Clear();
            using var fold = world.Fold(publish, Patient);
            await fold.CatchUpAsync(3, Cancel);
            return [.. published];
        }

        Task Keep(Answer answer, CancellationToken cancel)
        {
            if (answer.Mark is { } mark) marks.Add(mark);
            return Add(published, answer);
        }
    }

    // Its rows would pile up for as long as the others go on.
    [Fact]
    public async Task Fold_that_one_input_keeps_waiting_is_put_aside_and_made_again()
    {
        var facts = (await RecordedMarket.FactsAsync(beat: 3_000)).Where(fact => fact is { Root: "SPY" } and (QuotesObserved or TradesObserved or ChainObserved)).ToList();
        await using var world = await World.OpenAsync(Folds.Chain);
        var held = facts.OfType<TradesObserved>().Skip(5).ToList<IMarketFact>();
        await world.RecordAsync(facts.Except(held));

        var published = new List<string>();
        using var fold = world.Fold((answer, _) => Add(published, answer), Patient with { Longest = TimeSpan.FromMilliseconds(20) });
        foreach (var fact in facts.Except(held)) await fold.HandleAsync(fact, Cancel);
        int before = published.Count;
        await world.RecordAsync(held);
        foreach (var fact in held) await fold.HandleAsync(fact, Cancel);

        var expected = Answers(Folds.Chain, facts);
        Assert.InRange(before, 1, expected.Count / 2);
        Assert.Equal(expected, published);
    }

    [Fact]
    public async Task What_the_log_lacks_too_marks_the_windows_it_touches()
    {
        var facts = Facts(new Random(8), count: 100, runs: 1);
        await using var world = await World.OpenAsync();
        await world.RecordAsync([.. facts[..40], .. facts[45..]]);

        var published = new List<GexCalculated>();
        var fold = world.Fold((answer, _) =>
        {
            published.Add((GexCalculated)answer.Value);
            return Task.CompletedTask;
        }, Impatient);
        foreach (var fact in facts[45..]) await fold.HandleAsync(fact, Cancel);

        Assert.Contains(published, window => window.Incomplete);
        Assert.DoesNotContain(published, window => window.Incomplete && window.End <= facts[39].Stamp.AsOf);
        Assert.All(published.Where(window => window.Start >= facts[39].Stamp.AsOf && window.Start < facts[45].Stamp.AsOf), window => Assert.True(window.Incomplete));
    }

    // Once in the middle of what is replayed, once before the delivery.
    [Fact]
    public async Task Every_loss_is_said_on_a_stream_of_its_own_until_the_log_knows_it()
    {
        var facts = Facts(new Random(10), count: 100, runs: 2);
        await using var world = await World.OpenAsync();
        await world.RecordAsync([.. facts[..20], .. facts[25..52], .. facts[53..60], .. facts[63..]]);

        var first = await LossesAsync(world, facts[63], facts[64]);
        Assert.Equal(
            [
                (new StreamPosition(1, 1), 5, facts[19].Stamp.AsOf, facts[25].Stamp.AsOf),
                (new StreamPosition(2, 1), 1, facts[51].Stamp.AsOf, facts[53].Stamp.AsOf),
                (new StreamPosition(2, 2), 3, facts[59].Stamp.AsOf, facts[63].Stamp.AsOf),
            ],
            first.Select(loss => (loss.Fact.Stamp.Position(), (int)loss.Messages, loss.Fact.From!.Value, loss.Fact.To!.Value)));
        Assert.All(first, loss => Assert.Equal(("state-gex-trades/SPY/2026-01-16", "SPY", FeedState.Gap, loss.Fact.Stamp.AsOf), (loss.Fact.Stamp.Stream, loss.Fact.Root, loss.Fact.State!.Value, loss.Fact.To!.Value)));
        Assert.Equal([default, new StreamPosition(1, 1), new StreamPosition(2, 1)], first.Select(loss => loss.Previous));
        Assert.Equal("gex lost 5 messages of trades/SPY/2026-01-16, run 1 #21 to #25", first[0].Fact.Detail);

        Assert.Equal(first, await LossesAsync(world, facts[^1])); // A restart before the log has them: the same stamps.
        await world.RecordAsync(first);
        Assert.Empty(await LossesAsync(world, facts[^1])); // And after.

        await world.RecordAsync([facts[^1] with { Stamp = facts[^1].Stamp with { Sequence = 53 } }]);
        var last = Assert.Single(await LossesAsync(world, facts[^1] with { Stamp = facts[^1].Stamp with { Sequence = 53 } }));
        Assert.Equal((new StreamPosition(2, 3), 2), (last.Fact.Stamp.Position(), last.Messages));
    }

    [Fact]
    public async Task Loss_that_cannot_be_said_holds_the_delivery()
    {
        var facts = Facts(new Random(11), count: 20, runs: 1);
        await using var world = await World.OpenAsync();
        await world.RecordAsync(facts[10..]);

        int attempts = 0, answers = 0;
        var fold = world.Fold((_, _) => Task.FromResult(answers++), Patient, (_, _) => ++attempts < 3 ? throw new IOException("the broker is away") : Task.CompletedTask);
        await fold.HandleAsync(facts[^1], Cancel);
        Assert.Equal(3, attempts);
        Assert.NotEqual(0, answers);
    }

    /// <summary>What a fresh fold says when these are delivered.</summary>
    static async Task<List<Loss>> LossesAsync(World world, params TradesObserved[] deliveries)
    {
        var losses = new List<Loss>();
        using var fold = world.Fold((_, _) => Task.CompletedTask, Impatient, (loss, _) =>
        {
            losses.Add(loss);
            return Task.CompletedTask;
        });
        foreach (var fact in deliveries) await fold.HandleAsync(fact, Cancel);
        return losses;
    }

    [Fact]
    public async Task A_fold_waits_for_a_recorder_that_is_behind()
    {
        var facts = Facts(new Random(9), count: 60, runs: 1);
        await using var world = await World.OpenAsync();
        var published = new List<string>();
        var fold = world.Fold((answer, _) => Add(published, answer), Patient);

        var handling = fold.HandleAsync(facts[^1], Cancel);
        await world.RecordAsync(facts[..30]);
        Assert.NotSame(handling, await Task.WhenAny(handling, Task.Delay(200, Cancel)));
        await world.RecordAsync(facts[30..]);
        await handling.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(Answers(Folds.Gex, facts), published);
    }

    static Task Add(List<string> published, Answer answer)
    {
        published.Add(Text(answer.Value));
        return Task.CompletedTask;
    }

    static List<string> Answers(FoldSpec spec, IEnumerable<IMarketFact> facts)
    {
        var fold = spec.Create("SPY", new DateOnly(2026, 1, 16), new FoldSettings());
        return [.. facts.Where(fact => spec.Inputs.Contains(Contract.ParseStreamId(fact.Stamp.Stream).Kind)).SelectMany(fold.Apply).Select(Text)];
    }

    static string Text(IMarketResult result) => JsonSerializer.Serialize(result, result.GetType(), ContractJson.Options);

    static List<TradesObserved> Facts(Random random, int count, int runs)
    {
        var facts = new List<TradesObserved>();
        var asOf = Open;
        for (int i = 0; i < count; i++)
        {
            asOf = asOf.AddMilliseconds(random.Next(50, 400));
            int run = i * runs / count + 1;
            long sequence = facts.Count > 0 && facts[^1].Stamp.Run == run ? facts[^1].Stamp.Sequence + 1 : 1;
            var trades = Enumerable.Range(0, random.Next(5)).Select(_ => new OptionTrade(
                new OptionContract(new DateOnly(2026, 1, random.Next(16, 19)), 95 + random.Next(10), (OptionRight)random.Next(2)),
                asOf.AddMilliseconds(-random.Next(100)), Prices.OnGrid(0.5 + random.Next(2_000) / 100.0), random.Next(1, 50), Prices.OnGrid(100 + random.Next(-100, 100) / 100.0), random.Next(-1, 2)));
            facts.Add(new TradesObserved { Stamp = new Stamp(Stream, run, sequence, asOf), Root = "SPY", Trades = [.. trades] });
        }

        return facts;
    }

    /// <summary>A migrated database with a log, marks and tables.</summary>
    sealed class World(NpgsqlDataSource database, FoldSpec spec) : IAsyncDisposable
    {
        readonly EventLog _log = new(database);

        public GexTable Table { get; } = new(database);

        public ProgressTable Marks { get; } = new(database);

        public static async Task<World> OpenAsync(FoldSpec? spec = null)
        {
            var database = Database.Open(await Servers.NewDatabaseAsync());
            await Migrator.MigrateAsync(database, Cancel);
            return new World(database, spec ?? Folds.Gex);
        }

        public Task<AppendResult> RecordAsync(IEnumerable<IMarketFact> facts) => _log.AppendAsync([.. facts.Select(fact => StorageFacts.Recorded(fact))], Cancel);

        public Task<AppendResult> RecordAsync(IEnumerable<Loss> losses) => RecordAsync(losses.Select(loss => loss.Fact));

        public FoldRunner Fold(Func<Answer, CancellationToken, Task> publish, RefillSettings patience, Func<Loss, CancellationToken, Task>? report = null) => new(
            spec, new FoldSettings(), publish, report ?? ((_, _) => Task.CompletedTask), _log, Marks, patience, TimeProvider.System, NullLogger.Instance, CancellationToken.None);

        public ValueTask DisposeAsync() => database.DisposeAsync();
    }
}
