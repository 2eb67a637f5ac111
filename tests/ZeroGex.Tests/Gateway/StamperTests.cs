using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gateway;

public sealed class StamperTests
{
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
    static readonly OptionContract Call = new(new DateOnly(2026, 1, 16), 100, OptionRight.Call);
    static readonly Dictionary<string, StreamState> Nothing = [];

    [Fact]
    public void Sequences_have_no_holes_and_time_never_runs_backwards() => Prop.ForAll(Batches, batches =>
    {
        var facts = Stamp(batches, new GatewaySettings { MaxRows = 3 });
        foreach (var stream in facts.GroupBy(fact => fact.Stamp.Stream))
        {
            Assert.Equal(Enumerable.Range(1, stream.Count()).Select(n => (long)n), stream.Select(fact => fact.Stamp.Sequence));
            Assert.Equal(stream.Select(fact => fact.Stamp.AsOf).Order(), stream.Select(fact => fact.Stamp.AsOf));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_row_travels_once_and_in_order() => Prop.ForAll(Batches, batches =>
    {
        var sent = batches.SelectMany(batch => batch.Roots.Values).SelectMany(facts => facts.Trades).ToList();
        var stamped = Stamp(batches, new GatewaySettings { MaxRows = 3 }).OfType<TradesObserved>().SelectMany(message => message.Trades).ToList();
        Assert.Equal(sent, stamped);
    }).QuickCheckThrowOnFailure();

    // A killed gateway starts again at a beat it had spooled: the rows after it must be cut as if nothing had happened.
    [Fact]
    public void Resuming_at_any_beat_cuts_the_rest_the_same() => Prop.ForAll(Batches, batches =>
    {
        var settings = new GatewaySettings();
        var whole = Beats(batches, settings, null, Nothing);
        for (int kill = 1; kill < whole.Count; kill++)
        {
            var position = whole[kill - 1].Position;
            var open = whole.Take(kill).SelectMany(beat => beat.Facts).GroupBy(fact => fact.Stamp.Stream)
                .ToDictionary(stream => stream.Key, stream => new StreamState(stream.Last().Stamp.Position(), stream.Last().Stamp.AsOf));
            var rest = Beats(batches.Where(batch => long.Parse(batch.Position) > long.Parse(position)), settings, position, open);
            Assert.Equal(Rows(whole.Skip(kill)), Rows(rest));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Earlier_pieces_of_a_beat_carry_the_clock_of_their_predecessor()
    {
        var facts = Stamp([Batch(0, 1), Batch(50, 7)], new GatewaySettings { MaxRows = 3 }).OfType<TradesObserved>().Where(message => message.Trades.Length > 0).ToList();
        Assert.Equal([Open, Open, Open, Open.AddMilliseconds(50)], facts.Select(message => message.Stamp.AsOf));
    }

    // Whatever the order of its rows: with the first row's time, the rest would come late to windows that the first piece closed.
    [Fact]
    public void The_first_piece_of_a_stream_carries_the_earliest_time_of_its_beat()
    {
        var batch = new FeedBatch(Open.AddMilliseconds(50), "1");
        double[] seconds = [0.04, 0.03, 0.02, -2, 0.01];
        batch.For("SPY").Trades.AddRange(seconds.Select(second => Trade(Open.AddSeconds(second))));
        batch.For("SPY").Quotes.AddRange(seconds.Select(second => Quote(Open.AddSeconds(second))));
        batch.For("SPY").Bars.AddRange(seconds.Select(second => Bar(Open.AddMinutes(second < 0 ? -1 : 0))));
        foreach (var stream in Stamp([batch], new GatewaySettings { MaxRows = 3 }).GroupBy(fact => fact.Stamp.Stream.Split('/')[0]).Where(stream => stream.Key is not ("chain" or "state")))
            Assert.Equal([stream.Key == "bars" ? Open.AddMinutes(-1) : Open.AddSeconds(-2), batch.AsOf], stream.Take(2).Select(fact => fact.Stamp.AsOf));
    }

    // Its stamps tell when it was heard before, which another gateway run would tell otherwise.
    [Fact]
    public void Every_piece_of_a_chain_says_when_it_was_seen()
    {
        var batch = new FeedBatch(Open.AddSeconds(7.2), "2");
        batch.For("SPY").Chain.AddRange(Enumerable.Range(1, 7).Select(i => new ChainRow(new OptionContract(new DateOnly(2026, 1, 16), i, OptionRight.Call), i)));
        var pieces = Stamp([Batch(0, 1), batch], new GatewaySettings { MaxRows = 3 }).OfType<ChainObserved>().Where(message => message.Rows.Length > 0).ToList();
        Assert.Equal([Open, Open, batch.AsOf], pieces.Select(message => message.Stamp.AsOf));
        Assert.All(pieces, message => Assert.Equal(batch.AsOf, message.Time));
    }

    [Fact]
    public void An_idle_stream_says_so_once_a_second()
    {
        var batches = Enumerable.Range(0, 101).Select(i => Batch(i * 50, i == 0 ? 1 : 0)).ToList();
        var beats = Stamp(batches, new GatewaySettings()).OfType<TradesObserved>().Where(message => message.Trades.IsEmpty).ToList();
        Assert.Equal(5 + 1, beats.Count); // Five seconds, and the closing one at the end.
    }

    // Folds of several inputs wait for the clock of each kind, also of those that a feed has nothing of.
    [Fact]
    public void Every_root_has_all_four_streams_and_each_says_once_a_second_that_it_is_there()
    {
        var beats = Beats(Enumerable.Range(0, 101).Select(i => Batch(i * 50, 1)), new GatewaySettings(), null, Nothing);
        foreach (string kind in (string[])["quotes", "chain", "bars"])
        {
            var facts = beats.SelectMany(beat => beat.Facts).Where(fact => fact.Stamp.Stream.StartsWith($"{kind}/SPY/", StringComparison.Ordinal)).ToList();
            Assert.Equal(1 + 5 + 1, facts.Count); // At once, five seconds, and the closing one at the end.
            Assert.Equal(beats[0].AsOf, facts[0].Stamp.AsOf);
            Assert.Equal(beats[^1].AsOf, facts[^1].Stamp.AsOf);
        }
    }

    [Fact]
    public void A_print_far_ahead_of_the_clock_is_refused()
    {
        var batch = new FeedBatch(Open, "1");
        batch.For("SPY").Trades.AddRange([Trade(Open.AddSeconds(5)), Trade(Open.AddSeconds(5.1))]);
        var refusals = new Refusals("test", NullLogger.Instance);
        var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 1, null, Nothing, refusals);
        var facts = stamper.Add(batch).Concat(stamper.End()).SelectMany(beat => beat.Facts).OfType<TradesObserved>();
        Assert.Equal(1, facts.Sum(message => message.Trades.Length));
        Assert.Equal(1, refusals.ByReason["ahead of the clock"]);
    }

    [Fact]
    public void A_quote_far_ahead_of_the_clock_or_of_no_time_at_all_is_refused()
    {
        var batch = new FeedBatch(Open, "1");
        var good = Quote(Open.AddSeconds(5));
        batch.For("SPY").Quotes.AddRange([good, Quote(Open.AddSeconds(5.1)), Quote(DateTimeOffset.MaxValue), good with { TimeMicros = long.MaxValue }, good with { TimeMicros = long.MinValue }]);
        var refusals = new Refusals("test", NullLogger.Instance);
        var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 1, null, Nothing, refusals);
        var facts = stamper.Add(batch).Concat(stamper.End()).SelectMany(beat => beat.Facts).OfType<QuotesObserved>();
        Assert.Equal([good.TimeMicros], facts.SelectMany(message => message.Time));
        Assert.Equal((2, 2), (refusals.ByReason["ahead of the clock"], refusals.ByReason["not a quote"]));
    }

    [Fact]
    public void A_new_session_opens_new_streams_and_the_old_ones_move_on_until_their_windows_are_closed()
    {
        var midnight = new DateTimeOffset(2026, 1, 17, 5, 0, 0, TimeSpan.Zero); // New York.
        var batches = new List<FeedBatch>();
        for (int i = -2; i < 80; i++)
        {
            var batch = new FeedBatch(midnight.AddMilliseconds(i * 50), i.ToString());
            if (i is -2 or 0) batch.For("SPY").Trades.Add(Trade(midnight.AddMilliseconds(i * 50 - 20)));
            batches.Add(batch);
        }

        var facts = Stamp(batches, new GatewaySettings()).OfType<TradesObserved>().ToList();
        var old = facts.Where(message => message.Stamp.Stream == "trades/SPY/2026-01-16").ToList();
        Assert.Equal(2, old.Sum(message => message.Trades.Length)); // The print that came after midnight happened before it.
        Assert.True(old[^1].Stamp.AsOf >= midnight.AddSeconds(1.25), $"the old stream ends at {old[^1].Stamp.AsOf:O}");
        Assert.Contains(facts, message => message.Stamp.Stream == "trades/SPY/2026-01-17");
    }

    // A fold reads one stream or several, and never that of the feed's state: what is missed travels with what is read.
    [Fact]
    public void Every_stream_says_once_and_at_once_what_the_feed_missed()
    {
        var batch = Batch(410, 7);
        batch.For("SPY").Notices.Add(new(FeedState.Gap, "overrun", Open.AddMilliseconds(100), Open.AddMilliseconds(300)));
        var facts = Stamp([Batch(0, 1), batch, Batch(460, 1), Batch(3_000, 1)], new GatewaySettings { MaxRows = 3 });
        foreach (string kind in (string[])["bars", "chain", "quotes", "trades"])
        {
            var said = Assert.Single(facts, fact => fact.Gap is not null && KindOf(fact) == kind);
            Assert.Equal(new FeedGap(Open.AddMilliseconds(100), Open.AddMilliseconds(300)), said.Gap);
            Assert.Equal(kind == "trades" ? Open : Open.AddMilliseconds(410), said.Stamp.AsOf); // The first piece of the beat.
        }

        Assert.Equal(["bars", "chain", "quotes", "state", "trades"], facts.Where(fact => fact.Stamp.AsOf == Open.AddMilliseconds(410)).Select(KindOf).Distinct().Order());
    }

    [Fact]
    public void A_lost_connection_is_a_gap_that_goes_on_until_it_is_back_also_in_the_next_session()
    {
        var midnight = new DateTimeOffset(2026, 1, 17, 5, 0, 0, TimeSpan.Zero); // New York.
        FeedBatch[] batches = [Of(-60, 1), Of(-30, 0, FeedState.Disconnected), Of(-10, 0), Of(10, 0), Of(20, 0, FeedState.Reconnected), Of(90, 1)];
        var gaps = Stamp(batches, new GatewaySettings()).Where(fact => KindOf(fact) == "quotes" && fact.Gap is not null).Select(fact => (fact.Stamp.Stream[^10..], fact.Stamp.AsOf, fact.Gap!.From, fact.Gap.To));
        Assert.Equal(
            [
                ("2026-01-16", At(-30), At(-30), null), ("2026-01-17", At(10), At(-30), null), ("2026-01-17", At(20), At(-30), At(20)),
            ],
            gaps);

        DateTimeOffset At(int second) => midnight.AddSeconds(second);

        FeedBatch Of(int second, int trades, FeedState? change = null)
        {
            var batch = new FeedBatch(At(second), second.ToString());
            for (int i = 0; i < trades; i++) batch.For("SPY").Trades.Add(Trade(At(second)));
            if (change is { } state) batch.For("SPY").Notices.Add(new(state, "the wire"));
            return batch;
        }
    }

    [Fact]
    public void What_happens_in_one_beat_is_one_gap()
    {
        var batch = Batch(1_000, 0);
        batch.For("SPY").Notices.AddRange(
            [new(FeedState.Gap, "overrun", Open.AddMilliseconds(100), Open.AddMilliseconds(200)), new(FeedState.Disconnected, "gone", Open.AddMilliseconds(400)), new(FeedState.Reconnected, "back"), new(FeedState.Gap, "missed", Open.AddMilliseconds(400), Open.AddMilliseconds(900))]);
        var gap = Stamp([Batch(0, 1), batch], new GatewaySettings()).Single(fact => KindOf(fact) == "trades" && fact.Gap is not null).Gap;
        Assert.Equal(new FeedGap(Open.AddMilliseconds(100), Open.AddMilliseconds(1_000)), gap);
    }

    [Fact]
    public void The_gateway_says_when_a_feed_begins_falls_silent_comes_back_rolls_over_and_ends()
    {
        // The bell of that Friday is at 14:30 UTC, and so Open; the session ends at midnight in New York.
        var settings = new GatewaySettings { StaleAfter = TimeSpan.FromSeconds(20) };
        List<FeedBatch> batches = [Batch(-60_000, 1), Batch(-31_000, 0), .. Enumerable.Range(0, 50).Select(second => Batch(second * 1_000, second is 25 or 26 ? 1 : 0)), Batch(60_000_000, 1)];
        var states = Stamp(batches, settings).OfType<FeedStateChanged>().Select(said => (said.State, Second(said.Stamp.AsOf), Second(said.From), Second(said.To))).ToList();
        Assert.Equal(
            [
                (FeedState.Started, -60, -60, null), (FeedState.Stale, 20, 0, null), (FeedState.Fresh, 25, -60, 25), (FeedState.Stale, 46, 26, null),
                (FeedState.Rollover, 60_000, 60_000, null), (FeedState.Fresh, 60_000, 26, 60_000), (FeedState.Ended, 60_002, 60_000, null),
            ],
            states);
        Assert.DoesNotContain(Stamp(batches, settings).OfType<FeedStateChanged>(), said => said.State is null);

        double? Second(DateTimeOffset? time) => (time - Open)?.TotalSeconds;
    }

    // A root that is dead while others live is told of again in every session.
    [Fact]
    public void Silence_is_told_of_once_a_session()
    {
        var days = Enumerable.Range(0, 5).SelectMany(day => Enumerable.Range(0, 10).Select(minute => Open.AddDays(day).AddMinutes(minute)));
        var stamper = new Stamper(new GatewaySettings(), new NyseCalendar(), 1, null, Nothing, new Refusals("test", NullLogger.Instance));
        List<IMarketFact> facts = [];
        foreach (var (time, i) in days.Select((time, i) => (time, i)))
        {
            var batch = new FeedBatch(time, $"{i}");
            batch.For("SPY").Trades.Add(Trade(time));
            if (i < 2) batch.For("DEAD").Trades.Add(Trade(time));
            facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        }

        // From Friday over a weekend and Martin Luther King Day to Tuesday.
        Assert.Equal(
            ["state/DEAD/2026-01-16", "state/DEAD/2026-01-20"],
            facts.OfType<FeedStateChanged>().Where(said => said is { State: FeedState.Stale, Root: "DEAD" }).Select(said => said.Stamp.Stream));
        Assert.DoesNotContain(facts.OfType<FeedStateChanged>(), said => said is { State: FeedState.Stale, Root: "SPY" });
    }

    // While the old streams linger; later a quote is what is known of its contract, and a bar belongs nowhere.
    [Fact]
    public void Rows_of_a_session_that_is_over_go_to_its_streams()
    {
        var evening = new DateTimeOffset(2026, 1, 17, 1, 0, 0, TimeSpan.Zero); // 20:00 in New York: Tuesday's session begins.
        var refusals = new Refusals("test", NullLogger.Instance);
        var stamper = new Stamper(new GatewaySettings(), new NyseCalendar(), 1, null, Nothing, refusals);
        List<IMarketFact> facts = [];
        foreach (int second in (int[])[-10, 5, 600])
        {
            var batch = new FeedBatch(evening.AddSeconds(second), $"{second}");
            foreach (double before in (double[])[-30, second])
            {
                batch.For("SPY").Quotes.Add(Quote(evening.AddSeconds(before)));
                batch.For("SPY").Trades.Add(Trade(evening.AddSeconds(before)));
            }

            batch.For("SPY").Bars.AddRange([Bar(evening.AddMinutes(-1)), Bar(evening.AddMinutes(Math.Floor(second / 60.0)))]);
            facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        }

        var rows = facts.Select(fact => (fact.Stamp.Stream, Second: (fact.Stamp.AsOf - evening).TotalSeconds, Rows: fact switch
        {
            QuotesObserved quotes => quotes.Time.Length, TradesObserved trades => trades.Trades.Length, BarsObserved bars => bars.Bars.Length, _ => 0,
        })).Where(said => said.Rows > 0).ToList();
        foreach (string kind in (string[])["quotes", "trades", "bars"])
            Assert.Equal(
                [($"{kind}/SPY/2026-01-16", -10, 2), ($"{kind}/SPY/2026-01-16", 5, 1), ($"{kind}/SPY/2026-01-20", 5, 1), ($"{kind}/SPY/2026-01-20", 600, kind == "bars" ? 1 : 2)],
                rows.Where(said => said.Stream.StartsWith(kind, StringComparison.Ordinal)).Select(said => (said.Stream, (int)said.Second, said.Rows)));
        Assert.Equal(1, refusals.ByReason["of a session that is over"]);
    }

    [Fact]
    public void Bars_that_no_fold_could_use_are_refused_and_the_others_are_not()
    {
        var refusals = new Refusals("test", NullLogger.Instance);
        var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 1, null, Nothing, refusals);
        var batch = new FeedBatch(Open.AddMinutes(2), "1");
        UnderlyingBar good = Bar(Open);
        batch.For("SPY").Bars.AddRange(
        [
            good with { Open = 0 }, good with { Open = 0, High = 0, Low = 0, Close = 0 }, good with { High = 98 }, good with { Low = 100.5 }, good with { Close = double.NaN },
            good with { End = good.End.AddSeconds(1) }, good with { End = Open.AddMinutes(5) }, good with { Start = Open.AddSeconds(1), End = Open.AddSeconds(61) },
            good, Bar(Open.AddMinutes(2)), Bar(Open.AddMinutes(3)), Bar(Open.AddDays(3)),
        ]);
        var bars = stamper.Add(batch).Concat(stamper.End()).SelectMany(beat => beat.Facts).OfType<BarsObserved>().SelectMany(message => message.Bars);
        Assert.Equal([good, Bar(Open.AddMinutes(2))], bars); // One that is still growing ends later than now.
        Assert.Equal((8, 2), (refusals.ByReason["not a bar"], refusals.ByReason["ahead of the clock"]));
    }

    // A 0 that a feed says replaces what was known; what a feed cannot say replaces nothing. Neither depends on the rows that share a message.
    [Fact]
    public void What_a_feed_knows_is_a_column_also_where_all_of_it_is_0()
    {
        var batch = new FeedBatch(Open.AddSeconds(1), "1");
        batch.For("SPY").Quotes.AddRange([Quote(Open) with { Volume = 0 }, Quote(Open) with { Volume = 0 }]);
        batch.For("QQQ").Quotes.AddRange([Quote(Open) with { Last = 0, Volatility = 0 }]);
        var said = Stamp([batch], new GatewaySettings()).OfType<QuotesObserved>().Where(message => message.Time.Length > 0).ToDictionary(message => message.Root);
        Assert.Equal((0, 2, 0), (said["SPY"].Last.Length, said["SPY"].Volume.Length, said["SPY"].Volatility.Length));
        Assert.Equal((1, 0, 1), (said["QQQ"].Last.Length, said["QQQ"].Volume.Length, said["QQQ"].Volatility.Length));
    }

    [Fact]
    public void A_market_that_is_closed_is_not_stale()
    {
        var close = new DateTimeOffset(2026, 1, 16, 21, 0, 0, TimeSpan.Zero);
        var states = Stamp([Batch(0, 1), .. Enumerable.Range(0, 60).Select(i => Batch((int)(close - Open).TotalMilliseconds + i * 60_000, i == 0 ? 1 : 0))], new GatewaySettings()).OfType<FeedStateChanged>();
        Assert.Equal([FeedState.Started, FeedState.Ended], states.Select(said => said.State!.Value));
    }

    static string KindOf(IMarketFact fact) => fact.Stamp.Stream.Split('/')[0];

    // Sessions that the log has let go since the run before: their streams were left open, and nothing is left to be closed.
    [Fact]
    public void A_stream_that_is_gone_is_closed_only_when_it_went_on()
    {
        string[] ids = [.. ((string[])["bars", "chain", "quotes", "trades"]).Select(kind => $"{kind}/SPY/2026-01-16")];
        var open = ids.ToDictionary(id => id, _ => new StreamState(new(1, 9), Open));

        Assert.Equal(4, Closed([], []).Count);
        Assert.Empty(Closed(ids, []));
        Assert.Equal(["trades/SPY/2026-01-16"], Closed(ids[..3], [Batch(86_400_000, 1)]));
        Assert.Empty(Closed(ids, [Batch(86_400_000, 1)]));
        Assert.Equal(ids, Closed(ids, [Batch(1_000, 1), Batch(86_400_000, 1)]).Order());

        List<string> Closed(string[] gone, FeedBatch[] batches)
        {
            var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 2, null, open, new Refusals("test", NullLogger.Instance), gone: gone.ToHashSet());
            return [.. batches.SelectMany(stamper.Add).Concat(stamper.End()).SelectMany(beat => beat.Facts).Where(fact => fact.Stamp.AsOf > Open.AddSeconds(1) && ids.Contains(fact.Stamp.Stream)).Select(fact => fact.Stamp.Stream)];
        }
    }

    [Fact]
    public void A_feed_of_whole_minutes_is_published_at_once()
    {
        var stamper = new Stamper(new GatewaySettings(), new AlwaysOpen(), 1, null, Nothing, new Refusals("test", NullLogger.Instance));
        Assert.Single(stamper.Add(Batch(0, 1)));
    }

    static Arbitrary<List<FeedBatch>> Batches { get; } = (
        from steps in Gen.ListOf(Gen.Zip(Gen.Choose(0, 400), Gen.Choose(0, 9)))
        select Build(steps)).ToArbitrary();

    static List<FeedBatch> Build(IEnumerable<(int Step, int Trades)> steps)
    {
        var batches = new List<FeedBatch>();
        int millis = 0;
        foreach (var (step, trades) in steps) batches.Add(Batch(millis += step, trades, batches.Count + 1));
        return batches;
    }

    static FeedBatch Batch(int millis, int trades, long? position = null)
    {
        var batch = new FeedBatch(Open.AddMilliseconds(millis), (position ?? millis).ToString());
        for (int i = 0; i < trades; i++) batch.For("SPY").Trades.Add(Trade(Open.AddMilliseconds(millis), size: i + 1));
        return batch;
    }

    static UnderlyingBar Bar(DateTimeOffset start) => new("SPY", start, start.AddMinutes(1), 100, 101, 99, 100, 1, 1, 0, false);

    static OptionTrade Trade(DateTimeOffset time, int size = 1) => new(Call, time, 1.5, size, 100, 1);

    static OptionQuote Quote(DateTimeOffset time) => new(Call, (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, 1.4, 1.6, 1, 1, 100);

    static List<IMarketFact> Stamp(IEnumerable<FeedBatch> batches, GatewaySettings settings) => [.. Beats(batches, settings, null, Nothing).SelectMany(beat => beat.Facts)];

    static List<Beat> Beats(IEnumerable<FeedBatch> batches, GatewaySettings settings, string? position, IReadOnlyDictionary<string, StreamState> open)
    {
        var stamper = new Stamper(settings, new AlwaysOpen(), 1, position, open, new Refusals("test", NullLogger.Instance));
        var beats = new List<Beat>();
        foreach (var batch in batches) beats.AddRange(stamper.Add(batch));
        beats.AddRange(stamper.End());
        return beats;
    }

    /// <summary>What the folds see: rows and the clock that each message of rows carries.</summary>
    static List<string> Rows(IEnumerable<Beat> beats) =>
        [.. beats.SelectMany(beat => beat.Facts).OfType<TradesObserved>().Where(message => message.Trades.Length > 0).Select(message => $"{message.Stamp.AsOf:O}: {string.Join(", ", message.Trades)}")];
}
