using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Feeds;

/// <summary>The simulated market is a function of seed and tick, and one that a trader could believe.</summary>
public sealed class SimulatedFeedTests
{
    static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero); // A Friday.
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static SimulatedFeedSettings Settings(DateTimeOffset from, TimeSpan length) =>
        new(Seed: 7, From: from, Until: from + length, Speed: double.PositiveInfinity);

    static async Task<List<FeedBatch>> Play(SimulatedFeedSettings settings, string? position = null) =>
        await new SimulatedFeed(settings, TimeProvider.System).ReadAsync(position, Cancel).ToListAsync(Cancel);

    // Starts are spread over weeks, so that sessions, expirations and clock changes are crossed.
    [Fact]
    public void Reading_on_from_any_position_gives_the_rest_of_the_uninterrupted_reading() => Prop.ForAll(
        Gen.Choose(0, 60 * 24 * 3600).Two().ToArbitrary(),
        x =>
        {
            var (start, cut) = x;
            var settings = Settings(Open.AddDays(40).AddSeconds(start), TimeSpan.FromSeconds(2)) with { Roots = ["SPXW", "NVDA"], ChainEvery = TimeSpan.FromSeconds(1) };
            var whole = Play(settings).GetAwaiter().GetResult();
            Assert.Equal(40, whole.Count);
            cut %= whole.Count;
            SameBatches.Assert(whole[(cut + 1)..], Play(settings, whole[cut].Position).GetAwaiter().GetResult());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    [Fact]
    public async Task The_market_of_an_instant_does_not_depend_on_when_watching_began()
    {
        var early = await Play(Settings(Open, Minute));
        var late = await Play(Settings(Open + Minute / 2, Minute / 2));

        SameBatches.Assert(early[601..], late[1..]); // The first batch of a reading also lists the chain.
        Assert.Empty(early[600].Roots["SPY"].Chain);
        Assert.NotEmpty(late[0].Roots["SPY"].Chain);
        Assert.Equal(early[600].Roots["SPY"].Quotes, late[0].Roots["SPY"].Quotes);
    }

    [Fact]
    public async Task Another_seed_is_another_market()
    {
        var settings = Settings(Open, TimeSpan.FromSeconds(1));
        var (one, other) = (await Play(settings), await Play(settings with { Seed = 8 }));

        Assert.NotEqual(one[0].Roots["SPY"].Quotes[0].Spot, other[0].Roots["SPY"].Quotes[0].Spot);
        Assert.NotEqual(one[0].Roots["SPY"].Chain, other[0].Roots["SPY"].Chain);
    }

    [Fact]
    public async Task A_root_does_not_notice_which_others_are_simulated()
    {
        var settings = Settings(Open, TimeSpan.FromSeconds(1));
        var (all, one) = (await Play(settings), await Play(settings with { Roots = ["TSLA"] }));

        Assert.Equal(all.SelectMany(x => x.Roots["TSLA"].Quotes), one.SelectMany(x => x.Roots["TSLA"].Quotes));
        Assert.Equal(all.SelectMany(x => x.Roots["TSLA"].Trades), one.SelectMany(x => x.Roots["TSLA"].Trades));
        Assert.All(one, x => Assert.Equal("TSLA", Assert.Single(x.Roots.Keys)));
    }

    [Theory]
    [InlineData("2026-01-16T14:30:00Z")]
    [InlineData("2026-01-16T20:59:30Z")] // Across an expiration.
    [InlineData("2026-03-08T04:59:30Z")] // Across the midnight before clocks change.
    public async Task Quotes_and_prints_can_be_believed(string from)
    {
        var batches = await Play(Settings(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), Minute) with { QuotesPerSecond = 2_000, TradesPerSecond = 40 });
        var listed = new HashSet<(string, OptionContract)>();
        var newest = new Dictionary<(string, OptionContract), OptionQuote>();
        var before = DateTimeOffset.MinValue;

        foreach (var batch in batches)
        {
            Assert.True(batch.AsOf > before);
            foreach (var (root, facts) in batch.Roots)
            {
                foreach (var row in facts.Chain)
                {
                    Assert.True(row.OpenInterest >= 0);
                    listed.Add((root, row.Contract));
                }

                long time = before.ToUnixTimeMilliseconds() * 1000;
                foreach (var quote in facts.Quotes)
                {
                    if (!(quote.Bid >= 0 && quote.Ask > quote.Bid && quote.Spot > 0)) Assert.Fail($"{root} {quote}");
                    if (!(quote.Bid == Prices.OnGrid(quote.Bid) && quote.Ask == Prices.OnGrid(quote.Ask) && quote.Spot == Prices.OnGrid(quote.Spot))) Assert.Fail($"{root} {quote}");
                    if (!(quote.AskSize > 0 && quote.BidSize > 0 == quote.Bid > 0)) Assert.Fail($"{root} {quote}");
                    if (!(quote.TimeMicros >= time && quote.TimeMicros <= batch.AsOf.ToUnixTimeMilliseconds() * 1000)) Assert.Fail($"{root} {quote}");
                    if (!(quote.TimeMicros < Expiry(quote.Contract))) Assert.Fail($"{root} {quote} after its expiration");
                    Assert.Contains((root, quote.Contract), listed);
                    newest[(root, quote.Contract)] = quote;
                    time = quote.TimeMicros;
                }

                var printed = DateTimeOffset.MinValue;
                foreach (var trade in facts.Trades)
                {
                    var quote = newest[(root, trade.Contract)];
                    Assert.InRange(trade.Price, quote.Bid, quote.Ask);
                    if (!(trade.Price > 0 && trade.Size > 0 && trade.Spot == quote.Spot)) Assert.Fail($"{root} {trade}");
                    Assert.Equal(trade.Price == quote.Ask ? 1 : trade.Price == quote.Bid ? -1 : 0, trade.Aggressor);
                    if (!(trade.Time >= printed && trade.Time > before && trade.Time <= batch.AsOf)) Assert.Fail($"{root} {trade}");
                    printed = trade.Time;
                }
            }

            before = batch.AsOf;
        }
    }

    // One tick that quotes every contract, so that prices can be compared at one spot.
    static async Task<List<OptionQuote>> WholeBoard(string root) =>
        [.. (await Play(Settings(Open, Minute) with { Roots = [root], Tick = Minute, QuotesPerSecond = 2_000 })).Single().Roots[root].Quotes];

    [Fact]
    public async Task Puts_and_calls_are_at_parity_within_the_spread()
    {
        var quotes = (await WholeBoard("SPXW")).DistinctBy(x => x.Contract).ToDictionary(x => x.Contract);
        Assert.InRange(quotes.Count, 2_000, 20_000);
        foreach (var call in quotes.Values.Where(x => x.Contract.Right == OptionRight.Call))
        {
            var put = quotes[call.Contract with { Right = OptionRight.Put }];
            double years = (Expiry(call.Contract) - (Open + Minute).ToUnixTimeMilliseconds() * 1000.0) / (365 * 86_400e6);
            double parity = call.Spot * Math.Exp(-0.013 * years) - call.Contract.Strike * Math.Exp(-0.04 * years);
            Assert.True(call.Bid - put.Ask <= parity + 1e-6 && parity - 1e-6 <= call.Ask - put.Bid, $"{call} {put} {parity}");
        }
    }

    [Theory]
    [InlineData("SPXW")]
    [InlineData("SPY")]
    [InlineData("QQQ")]
    [InlineData("TSLA")]
    [InlineData("NVDA")]
    public async Task Nobody_earns_by_buying_one_strike_and_selling_the_next(string root)
    {
        var series = (await WholeBoard(root)).DistinctBy(x => x.Contract).GroupBy(x => (x.Contract.Expiration, x.Contract.Right));
        foreach (var quotes in series)
        {
            var byStrike = quotes.OrderBy(x => x.Contract.Strike).ToList();
            if (quotes.Key.Right == OptionRight.Put) byStrike.Reverse();
            foreach (var (dear, cheap) in byStrike.Zip(byStrike.Skip(1)))
            {
                Assert.True(dear.Ask >= cheap.Bid, $"{dear} {cheap}");
                Assert.True(dear.Bid - cheap.Ask <= Math.Abs(dear.Contract.Strike - cheap.Contract.Strike) + 1e-9, $"{dear} {cheap}");
            }
        }
    }

    [Fact]
    public async Task Rates_are_as_set_on_average()
    {
        var batches = await Play(Settings(Open, 10 * Minute));
        foreach (string root in batches[0].Roots.Keys)
        {
            Assert.InRange(batches.Sum(x => x.Roots[root].Quotes.Count) / 600.0, 0.8 * 400, 1.25 * 400);
            Assert.InRange(batches.Sum(x => x.Roots[root].Trades.Count) / 600.0, 0.5 * 4, 1.8 * 4);
        }
    }

    [Theory]
    [InlineData("SPXW", 0.15)]
    [InlineData("TSLA", 0.55)]
    public async Task The_underlying_moves_as_its_options_say(string root, double volatility)
    {
        var batches = await Play(Settings(Open, TimeSpan.FromDays(30)) with { Roots = [root], Tick = Minute, QuotesPerSecond = 0, TradesPerSecond = 0, ChainEvery = TimeSpan.FromDays(2) });
        double[] closes = [.. batches.Select(x => x.Roots[root].Bars.Single().Close)];

        Assert.InRange(Realized(1), 0.85 * volatility, 1.15 * volatility);
        Assert.InRange(Realized(60), 0.85 * volatility, 1.15 * volatility);
        Assert.InRange(Realized(60 * 8), 0.7 * volatility, 1.35 * volatility);

        double Realized(int minutes)
        {
            double sum = 0;
            int count = 0;
            for (int i = minutes; i < closes.Length; i += minutes, count++) sum += Math.Pow(Math.Log(closes[i] / closes[i - minutes]), 2);
            return Math.Sqrt(sum / count * 365 * 24 * 60 / minutes);
        }
    }

    [Fact]
    public async Task A_minute_bar_holds_the_minutes_spots()
    {
        var batches = await Play(Settings(Open, 2 * Minute));
        foreach (string root in batches[0].Roots.Keys)
        {
            var bars = batches.SelectMany(x => x.Roots[root].Bars.Select(bar => (x.AsOf, Bar: bar))).ToList();
            Assert.Equal([Open + Minute, Open + 2 * Minute], bars.Select(x => x.Bar.End));
            foreach (var (asOf, bar) in bars)
            {
                Assert.Equal(bar.End, asOf);
                var spots = batches.Where(x => x.AsOf > bar.Start && x.AsOf <= bar.End).SelectMany(x => x.Roots[root].Quotes).Select(x => x.Spot).ToList();
                Assert.Equal((spots[0], spots.Max(), spots.Min(), spots[^1]), (bar.Open, bar.High, bar.Low, bar.Close));
                Assert.Equal(bar.Volume, bar.UpVolume + bar.DownVolume);
                Assert.True(bar.Volume > 0 && bar.Symbol == (root == "SPXW" ? "SPX" : root));
            }
        }
    }

    [Fact]
    public async Task The_chain_comes_at_the_start_at_every_session_and_every_quarter_of_an_hour()
    {
        var midnight = new DateTimeOffset(2026, 1, 17, 5, 0, 0, TimeSpan.Zero);
        var batches = await Play(Settings(midnight - 20 * Minute, 40 * Minute) with { Tick = TimeSpan.FromSeconds(1), Roots = ["NVDA"], ChainEvery = TimeSpan.FromMinutes(15) });
        var chains = batches.Where(x => x.Roots["NVDA"].Chain.Count > 0).ToList();

        Assert.Equal([-20 * 60 + 1, -15 * 60, 0, 15 * 60], chains.Select(x => (int)(x.AsOf - midnight).TotalSeconds));
        Assert.Equal([15, 15, 16, 16], chains.Select(x => x.Roots["NVDA"].OpenInterestDate!.Value.Day));

        // What was listed stays listed until it expires.
        Assert.ProperSuperset(
            chains[0].Roots["NVDA"].Chain.Select(x => x.Contract).Where(x => x.Expiration > new DateOnly(2026, 1, 16)).ToHashSet(),
            chains[2].Roots["NVDA"].Chain.Select(x => x.Contract).Append(default).ToHashSet());
    }

    [Fact]
    public async Task Daily_roots_expire_every_trading_day_and_the_others_on_Fridays()
    {
        var first = (await Play(Settings(Open, TimeSpan.FromSeconds(1))))[0];

        DateOnly[] daily = [.. first.Roots["SPY"].Chain.Select(x => x.Contract.Expiration).Distinct()];
        Assert.Equal([16, 20, 21, 22, 23, 26, 27, 28, 29, 30], daily.TakeWhile(x => x.Month == 1).Select(x => x.Day));
        Assert.All(first.Roots["TSLA"].Chain, x => Assert.Equal(DayOfWeek.Friday, x.Contract.Expiration.DayOfWeek));
    }

    [Fact]
    public async Task A_live_market_starts_now_and_goes_on_with_the_clock()
    {
        var clock = new HandClock(Open);
        await using var reader = new SimulatedFeed(new SimulatedFeedSettings(), clock).ReadAsync(null, Cancel).GetAsyncEnumerator(Cancel);

        for (int i = 1; i <= 3; i++)
        {
            var next = reader.MoveNextAsync().AsTask();
            Assert.False(next.IsCompleted);
            clock.Advance(TimeSpan.FromMilliseconds(50));
            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
            Assert.Equal(Open.AddMilliseconds(50 * i), reader.Current.AsOf);
            Assert.Equal(i == 1, reader.Current.Roots["SPY"].Chain.Count > 0);
        }
    }

    [Fact]
    public async Task A_short_absence_is_made_up_for_without_waiting()
    {
        var settings = new SimulatedFeedSettings(Roots: ["SPY"], Tick: TimeSpan.FromSeconds(1));
        string position = PositionAt(Open, settings);
        var clock = new HandClock(Open + 59 * Minute);
        await using var reader = new SimulatedFeed(settings, clock).ReadAsync(position, Cancel).GetAsyncEnumerator(Cancel);

        for (int i = 1; i <= 59 * 60; i++)
        {
            Assert.True(reader.MoveNextAsync().AsTask().IsCompletedSuccessfully, $"Batch {i} waits.");
            Assert.Equal(Open.AddSeconds(i), reader.Current.AsOf);
            Assert.Empty(reader.Current.Roots["SPY"].Notices);
        }

        var next = reader.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    [Fact]
    public async Task A_long_absence_is_named_as_a_gap()
    {
        var settings = new SimulatedFeedSettings(Tick: TimeSpan.FromSeconds(1));
        var now = Open.AddHours(3);
        var clock = new HandClock(now);
        await using var reader = new SimulatedFeed(settings, clock).ReadAsync(PositionAt(Open, settings), Cancel).GetAsyncEnumerator(Cancel);

        Assert.True(reader.MoveNextAsync().AsTask().IsCompletedSuccessfully);
        Assert.Equal(now, reader.Current.AsOf);
        Assert.Equal(5, reader.Current.Roots.Count);
        foreach (var facts in reader.Current.Roots.Values)
        {
            var notice = Assert.Single(facts.Notices);
            Assert.Equal((FeedState.Gap, Open, now.AddSeconds(-1)), (notice.State, notice.From, notice.To));
            Assert.NotEmpty(facts.Chain);
        }

        var next = reader.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    [Fact]
    public async Task A_market_of_another_time_runs_at_its_speed()
    {
        var clock = new HandClock(Open.AddYears(1));
        var settings = Settings(Open, Minute) with { Speed = 60, Tick = TimeSpan.FromSeconds(30) };
        await using var reader = new SimulatedFeed(settings, clock).ReadAsync(null, Cancel).GetAsyncEnumerator(Cancel);

        Assert.True(reader.MoveNextAsync().AsTask().IsCompletedSuccessfully);
        var second = reader.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await second.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        Assert.False(await reader.MoveNextAsync());
    }

    [Fact]
    public void Settings_that_make_no_market_are_refused()
    {
        var good = Settings(Open, Minute);
        SimulatedFeedSettings[] bad =
        [
            good with { Roots = ["GME"] }, good with { Roots = [] }, good with { Roots = ["SPY", "SPY"] }, good with { Tick = TimeSpan.Zero },
            good with { Tick = TimeSpan.FromHours(1) }, good with { Speed = 0 }, good with { Speed = double.NaN }, good with { Until = null },
            good with { QuotesPerSecond = -1 }, good with { TradesPerSecond = double.NaN }, good with { ChainEvery = TimeSpan.Zero },
        ];
        Assert.All(bad, settings => Assert.Throws<ArgumentException>(() => new SimulatedFeed(settings, TimeProvider.System)));
    }

    static string PositionAt(DateTimeOffset instant, SimulatedFeedSettings settings) =>
        ((instant - DateTimeOffset.UnixEpoch) / settings.Tick!.Value).ToString(CultureInfo.InvariantCulture);

    static long Expiry(OptionContract contract)
    {
        var local = contract.Expiration.ToDateTime(new TimeOnly(16, 0));
        return new DateTimeOffset(local, NewYork.GetUtcOffset(local)).ToUnixTimeMilliseconds() * 1000;
    }
}
