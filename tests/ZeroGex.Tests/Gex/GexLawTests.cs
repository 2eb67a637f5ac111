using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gex;

/// <summary>The laws every fold keeps, over generated tapes and over real ones.</summary>
public sealed class GexLawTests
{
    static readonly Arbitrary<int> Seeds = Arb.From(Gen.Choose(0, 1_000_000));

    // The gateway may cut the same prints into messages anywhere; the answer must not notice.
    [Fact]
    public void Answers_do_not_depend_on_where_messages_are_cut() => Prop.ForAll(Tape.Any, Seeds, (tape, seed) =>
    {
        tape = tape.WithGaps(seed);
        Tape cut = tape.Cut(seed);
        Assert.Equal(Tape.Text(tape.Run()), Tape.Text(cut.Run()));
        Assert.Equal(Late(tape), Late(cut));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Real_answers_do_not_depend_on_where_messages_are_cut()
    {
        Tape goog = Tape.Goog().Ended();
        string text = Tape.Text(goog.Run());
        for (int seed = 0; seed < 5; seed++) Assert.Equal(text, Tape.Text(goog.Cut(seed).Run()));

        Tape aapl = Tape.Aapl().Ended();
        Assert.Equal(Tape.Text(aapl.Run()), Tape.Text(aapl.Cut(1).Run()));
    }

    [Fact]
    public void Newest_message_delivered_again_is_answered_again_and_older_ones_are_not() => Prop.ForAll(Tape.Any, Seeds, (tape, seed) =>
    {
        tape = tape.WithGaps(seed);
        var random = new Random(seed);
        GexAggregator fold = tape.Fold();
        List<GexCalculated> answers = [];
        List<TradesObserved> past = [];
        foreach (TradesObserved message in tape.Messages())
        {
            var answer = fold.Apply(message);
            for (int again = random.Next(3); again > 0; again--) Assert.Equal(Tape.Text(answer), Tape.Text(fold.Apply(message)));
            if (past.Count > 0) Assert.Empty(fold.Apply(past[random.Next(past.Count)]));
            Assert.Equal(message.Stamp.Position(), fold.Position);
            Assert.Equal(Tape.Text(answer), Tape.Text(fold.Apply(message)));
            past.Add(message);
            answers.AddRange(answer);
        }

        Assert.Equal(Tape.Text(tape.Run()), Tape.Text(answers));
        Assert.Equal(Late(tape), fold.LatePrints);
        Assert.Equal(0, fold.LostMessages);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_print_is_in_exactly_one_window_or_late() => Prop.ForAll(Tape.Any, LosesNothing).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_real_print_is_in_exactly_one_window()
    {
        foreach (Tape tape in new[] { Tape.Goog(), Tape.Aapl() })
        {
            LosesNothing(tape);
            Assert.Equal(0, Late(tape));
        }
    }

    static void LosesNothing(Tape tape)
    {
        GexAggregator fold = tape.Fold();
        var results = Tape.Run(fold, tape.Ended().Messages());
        Assert.Equal(tape.Prints, results.Sum(result => result.TradeCount) + fold.LatePrints);
        Assert.All(results, result =>
        {
            Assert.Equal(result.TradeCount, result.Trades.Length);
            Assert.Equal(result.Volume, result.Trades.Sum(trade => (long)trade.Size));
            Assert.All(result.Trades, trade => Assert.True(
                trade.Contract.Expiration == result.Expiration && trade.Time >= result.Start && trade.Time < result.End, $"{trade} in {result}"));
        });

        // In order of arrival: what the windows of one expiration hold, side by side, is what arrived, window by window.
        var arrived = tape.Beats.SelectMany(beat => beat.Trades).ToList();
        foreach (GexCalculated result in results)
        {
            var expected = arrived.Where(trade =>
                trade.Contract.Expiration == result.Expiration && trade.Time >= result.Start && trade.Time < result.End).ToList();
            int at = 0;
            foreach (OptionTrade trade in result.Trades)
            {
                while (at < expected.Count && !ReferenceEquals(expected[at], trade)) at++;
                Assert.True(at++ < expected.Count, $"{trade} arrived in another order.");
            }
        }
    }

    [Fact]
    public void Closed_windows_stay_closed_and_answers_are_in_order() => Prop.ForAll(Tape.Any, tape =>
    {
        GexAggregator fold = tape.Fold();
        Dictionary<DateOnly, DateTimeOffset> last = [];
        foreach (TradesObserved message in tape.Messages())
        {
            var answers = fold.Apply(message);
            Assert.Equal(answers.OrderBy(answer => answer.End).ThenBy(answer => answer.Expiration), answers);
            foreach (GexCalculated answer in answers)
            {
                Assert.True(answer.End > last.GetValueOrDefault(answer.Expiration), $"{answer.End:O} reopened");
                Assert.True(message.Stamp.AsOf >= answer.End + TimeSpan.FromMilliseconds(250), $"{answer.End:O} closed early");
                Assert.Equal(0, answer.Start.ToUnixTimeMilliseconds() % 1000);
                last[answer.Expiration] = answer.End;
            }
        }
    }).QuickCheckThrowOnFailure();

    // A window is answered by the very message whose AsOf reaches its end and the grace, not by a later one.
    [Fact]
    public void Windows_close_as_soon_as_the_clock_says() => Prop.ForAll(Tape.Any, tape =>
    {
        GexAggregator fold = tape.Fold();
        int open = 0;
        List<OptionTrade> waiting = [];
        foreach (TradesObserved message in tape.Messages())
        {
            long late = fold.LatePrints;
            var answers = fold.Apply(message);
            open += message.Trades.Length - (int)(fold.LatePrints - late) - answers.Sum(answer => answer.TradeCount);
            waiting.AddRange(message.Trades);
            waiting.RemoveAll(trade => WindowEnd(trade) + TimeSpan.FromMilliseconds(250) <= message.Stamp.AsOf);
            Assert.Equal(waiting.Count, open);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fold_started_from_a_replay_answers_as_if_it_had_never_stopped() => Prop.ForAll(Tape.Any, Seeds, (tape, seed) =>
    {
        var messages = tape.Messages();
        int stop = seed % (messages.Length + 1);
        GexAggregator fold = tape.Fold();
        foreach (TradesObserved message in messages[..stop]) fold.Apply(message);
        string expected = Tape.Text(Tape.Run(fold, messages[stop..]));

        GexAggregator restarted = tape.Fold();
        foreach (TradesObserved message in messages[..stop]) restarted.Apply(message);
        // The broker redelivers what was not acknowledged; the replay has already answered it.
        if (stop > 0) restarted.Apply(messages[stop - 1]);
        Assert.Equal(expected, Tape.Text(Tape.Run(restarted, messages[stop..])));
        Assert.Equal((fold.Position, fold.LatePrints, fold.LostMessages), (restarted.Position, restarted.LatePrints, restarted.LostMessages));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void New_run_goes_on_where_the_old_one_ended() => Prop.ForAll(Tape.Any, Seeds, (tape, seed) =>
    {
        int restart = seed % (tape.Beats.Length + 1);
        ImmutableArray<TradesObserved> messages =
            [.. tape.Messages(tape.Beats[..restart], run: 7), .. tape.Messages(tape.Beats[restart..], run: 9)];
        GexAggregator fold = tape.Fold();
        Assert.Equal(Tape.Text(tape.Run()), Tape.Text(Tape.Run(fold, messages)));
        Assert.Equal(0, fold.LostMessages);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hole_is_counted_and_marks_everything_after_it() => Prop.ForAll(Tape.Any, Seeds, (tape, seed) =>
    {
        var messages = tape.Ended().Messages();
        if (messages.Length < 3) return;

        int hole = 1 + seed % (messages.Length - 2);
        int size = 1 + seed % (messages.Length - 1 - hole);
        GexAggregator fold = tape.Fold();
        var late = new LatePrints();
        foreach (TradesObserved message in messages[..hole])
        {
            late.Add(message);
            Assert.All(fold.Apply(message), result => Assert.Equal((late.Before(result.End), false), (result.Incomplete, result.WindowIncomplete)));
        }

        Assert.Equal(0, fold.LostMessages);
        // A lost message had no print further ahead of its clock than five seconds.
        DateTimeOffset last = messages[hole + size].Stamp.AsOf.AddSeconds(5);
        Assert.All(Tape.Run(fold, messages[(hole + size)..]), result => Assert.Equal((true, result.Start < last), (result.Incomplete, result.WindowIncomplete)));
        Assert.Equal(size, fold.LostMessages);
    }).QuickCheckThrowOnFailure();

    // By trying every millisecond that was missed: of what is open when it is said, the windows in which one lies, and the day from the first one on.
    [Fact]
    public void Gap_marks_the_windows_that_it_touches_and_the_day_after_it() => Prop.ForAll(Tape.Any, Seeds, (tape, seed) =>
    {
        DateTimeOffset close = new(2026, 1, 16, 21, 0, 0, TimeSpan.Zero); // What is missed after it, nobody traded.
        List<(DateTimeOffset From, DateTimeOffset To)> missed = [];
        DateTimeOffset? open = null;
        GexAggregator fold = tape.Fold();
        var late = new LatePrints();
        foreach (TradesObserved message in tape.WithGaps(seed).Ended().Messages())
        {
            late.Add(message);
            if (message.Gap is { } gap)
            {
                if (open is { } since && gap.To is { } ended) missed.Add((since, ended));
                open = gap.To is not null ? null : open < gap.From ? open : gap.From;
                if (gap.To is { } to) missed.Add((gap.From, to));
            }

            List<(DateTimeOffset From, DateTimeOffset To)> known = [.. missed.Append((From: open ?? close, To: DateTimeOffset.MaxValue)).Where(span => span.From < close && span.From < span.To)];
            foreach (GexCalculated answer in fold.Apply(message))
            {
                bool window = known.Exists(span => span.From < answer.End && span.To > answer.Start);
                Assert.Equal((window, known.Exists(span => span.From < answer.End) || late.Before(answer.End)), (answer.WindowIncomplete!.Value, answer.Incomplete));
            }
        }
    }).QuickCheckThrowOnFailure();

    // A second and its grace had passed on the clock of the messages before. Its window has been answered, and the days after it lack it.
    sealed class LatePrints
    {
        DateTimeOffset _clock = DateTimeOffset.MinValue;
        DateTimeOffset _first = DateTimeOffset.MaxValue;

        public void Add(TradesObserved message)
        {
            foreach (OptionTrade trade in message.Trades)
                if (new DateTimeOffset(trade.Time.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero).AddSeconds(1.25) <= _clock && trade.Time < _first) _first = trade.Time;
            if (message.Stamp.AsOf > _clock) _clock = message.Stamp.AsOf;
        }

        public bool Before(DateTimeOffset end) => _first < end;
    }

    // A gateway that was down for the night has missed nothing of what trades by day.
    [Theory]
    [InlineData("SPY", false)]
    [InlineData("SPX", true)]
    public void Gap_of_the_night_marks_only_what_trades_by_night(string root, bool isMarked)
    {
        DateTimeOffset bell = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
        var print = new OptionTrade(new(new(2026, 1, 16), 450, OptionRight.Call), bell.AddSeconds(1), 1, 1, 450, 1);
        Tape tape = new(root, new(2026, 1, 16), [new(bell.AddMinutes(-10), [], new(bell.AddHours(-17), bell.AddMinutes(-10))), new(bell.AddSeconds(1), [print]), new(bell.AddSeconds(9), [])]);
        Assert.Equal((isMarked, false), (tape.Run().Single().Incomplete, tape.Run().Single().WindowIncomplete));

        // It goes on past the bell, and ends there.
        tape = tape with { Beats = tape.Beats.SetItem(0, tape.Beats[0] with { Gap = new(bell.AddHours(-17), null) }).Insert(1, new(bell.AddSeconds(0.5), [], new(bell.AddHours(-17), bell.AddSeconds(0.5)))) };
        Assert.Equal((true, false), (tape.Run().Single().Incomplete, tape.Run().Single().WindowIncomplete));
        tape = tape with { Beats = tape.Beats.SetItem(1, new(bell.AddMinutes(-1), [], new(bell.AddHours(-17), bell.AddMinutes(-1)))) };
        Assert.Equal((isMarked, false), (tape.Run().Single().Incomplete, tape.Run().Single().WindowIncomplete));
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1, 5, 4)]
    [InlineData(2, 1, 0)]
    [InlineData(2, 3, 2)]
    public void First_message_tells_what_is_missing_before_it(long run, long sequence, long lost)
    {
        Tape tape = new("SPY", new DateOnly(2026, 1, 16), []);
        GexAggregator fold = tape.Fold();
        var beat = new Beat(new DateTimeOffset(2026, 1, 16, 15, 0, 0, TimeSpan.Zero), []);
        if (run == 2) fold.Apply(tape.Message(beat, 1, 1));
        fold.Apply(tape.Message(beat, run, sequence));
        Assert.Equal(lost, fold.LostMessages);
    }

    // A gateway that restarts with its clock set back must not reopen windows.
    [Fact]
    public void Clock_set_back_by_a_new_run_reopens_nothing() => Prop.ForAll(Tape.Any, Arb.From(Gen.Choose(0, 10_000)), (tape, back) =>
    {
        GexAggregator fold = tape.Fold();
        var before = Tape.Run(fold, tape.Messages(run: 1));
        var again = tape.Beats.Select(beat => beat with { AsOf = beat.AsOf.AddMilliseconds(-back) });
        var after = Tape.Run(fold, tape.Ended().Messages(again, run: 2));
        var all = before.Concat(after).ToList();
        Assert.Equal(all.Count, all.DistinctBy(result => (result.Expiration, result.End)).Count());
        Assert.Equal(all.OrderBy(result => result.End).ThenBy(result => result.Expiration), all);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Message_of_another_root_is_an_error_and_changes_nothing()
    {
        GexAggregator fold = new("QQQ", new DateOnly(2026, 1, 16), new GexSettings());
        var message = new Tape("SPY", new DateOnly(2026, 1, 16), []).Message(new Beat(DateTimeOffset.UnixEpoch, []), 1, 1);
        Assert.Throws<ArgumentException>(() => fold.Apply(message));
        Assert.Equal(default, fold.Position);
    }

    static long Late(Tape tape)
    {
        GexAggregator fold = tape.Fold();
        Tape.Run(fold, tape.Messages());
        return fold.LatePrints;
    }

    static DateTimeOffset WindowEnd(OptionTrade trade) => DateTimeOffset.FromUnixTimeSeconds(trade.Time.ToUnixTimeSeconds() + 1);
}
