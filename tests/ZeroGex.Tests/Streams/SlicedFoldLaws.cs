using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using ZeroGex.Tests.Alerts;

namespace ZeroGex.Tests.Streams;

/// <summary>The laws of folds over several inputs, for each of them.</summary>
public sealed class SlicedFoldLaws
{
    static readonly Arbitrary<int> Seeds = Arb.From(Gen.Choose(0, int.MaxValue - 1));
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(30);

    // Answers often, so that their order and their hours matter; one profile is enough for the law.
    static readonly FoldSettings Settings = new()
    {
        Chain = new()
        {
            ScopesEvery = TimeSpan.FromSeconds(3), GreeksEvery = TimeSpan.FromSeconds(5), Interval = TimeSpan.FromSeconds(20), Grid = new() { Points = 161 },
            Scopes = [ChainScope.All, ChainScope.ZeroDays], Weights = [ChainWeight.OpenInterest, ChainWeight.Volume], Style = PricingStyle.American,
        },
        Alerts = new() { Rules = SomeRules.Nervous },
    };

    public static TheoryData<string> Names => [.. Folds.All.Where(fold => fold.Inputs.Count > 1).Select(fold => fold.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_does_not_depend_on_where_streams_are_cut_nor_on_how_they_overtake_each_other(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        tape = tape.WithGaps(seed);
        var (fold, other) = (Start(name), Start(name));
        string[] kinds = [.. Folds.All.Single(spec => spec.Name == name).Inputs];
        string expected = MarketTape.Text(MarketTape.Run(fold, MarketTape.Interleave(tape.Ended().Streams(kinds))));
        string answers = MarketTape.Text(MarketTape.Run(other, MarketTape.Interleave(tape.Ended().Streams(kinds, cut: seed), seed)));
        Assert.Equal(expected, answers);
        Assert.Equal((fold.Late, fold.Lost), (other.Late, other.Lost));
    }).Check(Runs);

    // They come at other times after a restart of the gateway.
    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_does_not_depend_on_the_heartbeats_of_the_chain(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        var (fold, other) = (Start(name), Start(name));
        string[] kinds = [.. Folds.All.Single(spec => spec.Name == name).Inputs];
        string expected = MarketTape.Text(MarketTape.Run(fold, MarketTape.Interleave(tape.Ended().Streams(kinds))));
        string answers = MarketTape.Text(MarketTape.Run(other, MarketTape.Interleave(tape.Ended().Streams(kinds, cut: seed, chainBeats: seed), seed)));
        Assert.Equal(expected, answers);
    }).Check(Runs);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_delivered_again_is_answered_again_or_not_at_all_and_changes_nothing(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        tape = tape.WithGaps(seed);
        var random = new Random(seed);
        var facts = Facts(name, tape, seed);
        var (fold, other) = (Start(name), Start(name));
        var newest = new Dictionary<string, (IMarketFact Fact, string Answer)>();
        List<IMarketResult> answers = [];
        foreach (IMarketFact fact in facts)
        {
            var answer = other.Apply(fact);
            answers.AddRange(answer);
            newest[fact.Stamp.Stream] = (fact, MarketTape.Text(answer));
            if (random.Next(2) == 0) continue;
            foreach (var (again, said) in newest.Values) Assert.Equal(said, MarketTape.Text(other.Apply(again)));
            IMarketFact any = facts[random.Next(facts.IndexOf(fact) + 1)];
            if (newest[any.Stamp.Stream].Fact != any) Assert.Empty(other.Apply(any));
        }

        Assert.Equal(MarketTape.Text(MarketTape.Run(fold, facts)), MarketTape.Text(answers));
        Assert.Equal((fold.Late, fold.Lost), (other.Late, other.Lost));
    }).Check(Runs);

    [Theory]
    [MemberData(nameof(Names))]
    public void New_run_goes_on_where_the_old_one_ended_also_when_its_clock_is_set_back(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        tape = tape.WithGaps(seed);
        var random = new Random(seed);
        var (fold, other) = (Start(name), Start(name));
        var streams = tape.Ended().Streams(Folds.All.Single(spec => spec.Name == name).Inputs);
        var restarted = streams.Select(stream =>
        {
            int at = random.Next(1, stream.Count + 1);
            return stream.Select((fact, i) => i < at ? fact : Restamp(fact, fact.Stamp with { Run = 9, Sequence = i - at + 1 })).ToList();
        }).ToList();
        Assert.Equal(MarketTape.Text(MarketTape.Run(fold, MarketTape.Interleave(streams, seed))), MarketTape.Text(MarketTape.Run(other, MarketTape.Interleave(restarted, seed))));
        Assert.Equal(0, other.Lost);

        // Whatever it then says, no moment is answered twice and none out of order.
        var back = streams.Select(stream => stream.Select((fact, i) => i < stream.Count - 1 ? fact : Restamp(fact, fact.Stamp with { Run = 9, Sequence = 1, AsOf = MarketTape.Start })).ToList()).ToList();
        var times = MarketTape.Run(Start(name), MarketTape.Interleave([.. back.Select((stream, i) => stream.Append(Restamp(streams[i][^1], streams[i][^1].Stamp with { Run = 9, Sequence = 2 })).ToList())], seed));
        Assert.Equal(MarketTape.Text(MarketTape.Run(Start(name), MarketTape.Interleave(streams, seed))), MarketTape.Text(times));
    }).Check(Runs);

    [Theory]
    [MemberData(nameof(Names))]
    public void Fold_started_from_a_replay_answers_as_if_it_had_never_stopped(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        tape = tape.WithGaps(seed);
        var facts = Facts(name, tape, seed);
        int stop = seed % (facts.Count + 1);
        IFold fold = Start(name), restarted = Start(name);
        MarketTape.Run(fold, facts[..stop]);

        // The log has stream after stream, and what was not acknowledged comes again.
        MarketTape.Run(restarted, facts[..stop].OrderBy(fact => fact.Stamp.Stream));
        if (stop > 0) restarted.Apply(facts[stop - 1]);
        Assert.Equal(MarketTape.Text(MarketTape.Run(fold, facts[stop..])), MarketTape.Text(MarketTape.Run(restarted, facts[stop..])));
    }).Check(Runs);

    // A hole marks what could have had rows in it and, of what is remembered, what came after, nothing before, however the other inputs overtake.
    [Theory]
    [MemberData(nameof(Names))]
    public void Hole_is_counted_and_marks_what_it_may_have_touched(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        var streams = tape.Ended().Streams(Folds.All.Single(spec => spec.Name == name).Inputs);
        if (streams[0].Count < 4) return;
        int broken = seed % streams.Count, hole = 1 + seed / 7 % (streams[0].Count - 2);
        var before = streams[broken][hole - 1].Stamp.AsOf;
        streams[broken].RemoveAt(hole);
        long to = MarketTape.Micros(streams[broken][hole].Stamp.AsOf) + 5_000_000; // No row was further ahead of its clock.

        IFold fold = Start(name), other = Start(name);
        var answers = MarketTape.Run(fold, MarketTape.Interleave(streams));
        Assert.Equal(1, fold.Lost);
        // The oldest slice that was open on the input's clock.
        long from = (MarketTape.Micros(before) - 250_000) / 1_000_000 * 1_000_000;
        Assert.All(answers, answer => Assert.Equal(MarketTape.Micros(answer.Time) > from && to > BeginOf(answer), IsIncomplete(answer)));
        Assert.Equal(MarketTape.Text(answers), MarketTape.Text(MarketTape.Run(other, MarketTape.Interleave(streams, seed))));
    }).Check(Runs);

    // What a feed says that it missed marks what it touches and, of what is remembered, all from there on, as far as it was open when it said so: what is answered is answered.
    [Theory]
    [MemberData(nameof(Names))]
    public void Gap_marks_what_came_after_its_beginning_and_nothing_that_was_closed(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
    {
        var beats = tape.Ended().Beats;
        int at = 1 + seed % (beats.Length - 1);
        DateTimeOffset from = beats[at].AsOf.AddMilliseconds(-1 - seed / 31 % 9_000), close = new(2026, 1, 16, 21, 0, 0, TimeSpan.Zero);
        var streams = new MarketTape(beats.SetItem(at, beats[at] with { Gap = new(from, beats[at].AsOf) })).Streams(Folds.All.Single(spec => spec.Name == name).Inputs);

        var answers = MarketTape.Run(Start(name), MarketTape.Interleave(streams));
        long open = (MarketTape.Micros(beats[at - 1].AsOf) - 250_000) / 1_000_000 * 1_000_000;
        long marked = from >= close ? long.MaxValue : Math.Max(MarketTape.Micros(from), open);
        Assert.All(answers, answer => Assert.Equal(MarketTape.Micros(answer.Time) > marked && MarketTape.Micros(beats[at].AsOf) > BeginOf(answer), IsIncomplete(answer)));
    }).Check(Runs);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_answer_may_travel(string name) => Prop.ForAll(MarketTape.Any, Seeds, (tape, seed) =>
        Assert.All(MarketTape.Run(Start(name), Facts(name, tape, seed)), answer => Assert.Null(Wire.Fault(answer)))).Check(Runs);

    [Theory]
    [MemberData(nameof(Names))]
    public void Foreign_facts_are_errors_and_change_nothing(string name)
    {
        IFold fold = Start(name);
        var fact = new TradesObserved { Stamp = new("trades/QQQ/2026-01-16", 1, 5, MarketTape.Start), Root = "QQQ" };
        Assert.Throws<ArgumentException>(() => fold.Apply(fact));
        Assert.Throws<ArgumentException>(() => fold.Apply(new FeedStateChanged { Stamp = new("state/SPY/2026-01-16", 1, 5, MarketTape.Start), Root = "SPY" }));
        Assert.Equal(0, fold.Lost);
    }

    static IFold Start(string name) => Folds.All.Single(spec => spec.Name == name).Create(MarketTape.Root, MarketTape.Session, Settings);

    static List<IMarketFact> Facts(string name, MarketTape tape, int seed) =>
        MarketTape.Interleave(tape.Ended().Streams(Folds.All.Single(spec => spec.Name == name).Inputs), seed);

    static IMarketFact Restamp(IMarketFact fact, Stamp stamp) => fact switch
    {
        QuotesObserved quotes => quotes with { Stamp = stamp },
        TradesObserved trades => trades with { Stamp = stamp },
        ChainObserved chain => chain with { Stamp = stamp },
        BarsObserved bars => bars with { Stamp = stamp },
        _ => throw new ArgumentException(fact.GetType().Name),
    };

    // What an answer is of: a bar is its minute, flow looks back a minute for its tempo, anything else remembers all of its session.
    static long BeginOf(IMarketResult answer) => answer switch
    {
        BarClosed bar => MarketTape.Micros(bar.Start),
        FlowCalculated flow => MarketTape.Micros(flow.End) - 60_000_000,
        _ => long.MinValue,
    };

    static bool IsIncomplete(object answer) => answer switch
    {
        ChainGexCalculated gex => gex.Incomplete,
        GreeksCalculated greeks => greeks.Incomplete,
        MaxPainCalculated pain => pain.Incomplete,
        BarClosed bar => bar.Incomplete,
        OptionMinuteClosed minute => minute.Incomplete,
        FlowCalculated flow => flow.Incomplete,
        VolatilityCalculated volatility => volatility.Incomplete,
        QualityCalculated quality => quality.Incomplete,
        AlertRaised raised => raised.Incomplete,
        AlertResolved resolved => resolved.Incomplete,
        _ => throw new ArgumentException(answer.GetType().Name),
    };
}
