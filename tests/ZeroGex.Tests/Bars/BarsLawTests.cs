using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Bars;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Bars;

/// <summary>What holds of minutes, whatever the market does: by a model that has the whole tape before it.</summary>
public sealed class BarsLawTests
{
    const long Second = 1_000_000, Minute = 60 * Second, Grace = 250_000;

    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(100);

    [Fact]
    public void Bar_is_the_vendors_newest_or_else_of_the_prices_that_came_while_its_minute_was_open() => Prop.ForAll(MarketTape.Any, Arb.From(Gen.Elements(1, 500)), (tape, millis) =>
    {
        tape = Coarse(tape, millis);
        var said = Run(tape).OfType<BarClosed>().GroupBy(bar => MarketTape.Micros(bar.Start)).ToDictionary(minute => minute.Key, minute => minute.Last());
        var vendor = Rows(tape, beat => beat.Bars, bar => MarketTape.Micros(bar.End) - 1)
            .Where(row => MarketTape.Micros(row.Row.Start) % Minute == 0 && (row.Row.End - row.Row.Start).TotalMinutes == 1)
            .GroupBy(row => MarketTape.Micros(row.Row.Start)).ToDictionary(minute => minute.Key, minute => minute.Last().Row);
        // Of one time quotes come before prints.
        var spots = Rows(tape, beat => beat.Quotes, quote => MarketTape.Micros(quote.Time)).Select(row => (row.Slice, row.Time, Spot: row.Row.Spot, Kind: 0))
            .Concat(Rows(tape, beat => beat.Trades, trade => MarketTape.Micros(trade.Time)).Select(row => (row.Slice, row.Time, row.Row.Spot, Kind: 1)))
            .Where(row => row.Spot > 0 && row.Time / Minute * Minute + Minute > row.Slice)
            .OrderBy(row => row.Slice).ThenBy(row => row.Time).ThenBy(row => row.Kind)
            .GroupBy(row => row.Time / Minute * Minute).ToDictionary(minute => minute.Key, minute => minute.ToList());

        Assert.Equal(vendor.Keys.Union(spots.Keys).Order(), said.Keys.Order());
        foreach (var (start, bar) in said)
        {
            if (vendor.TryGetValue(start, out UnderlyingBar? told))
            {
                Assert.Equal((told.Open, told.High, told.Low, told.Close), (bar.Open, bar.High, bar.Low, bar.Close));
                Assert.Equal((told.Volume, told.UpVolume, told.DownVolume), (bar.Volume, bar.UpVolume, bar.DownVolume)); // Replaced, and never added.
                continue;
            }

            var prices = spots[start];
            long first = prices.Min(price => price.Time), last = prices.Max(price => price.Time);
            Assert.Equal(
                (prices.First(price => price.Time == first).Spot, prices.Max(price => price.Spot), prices.Min(price => price.Spot), prices.Last(price => price.Time == last).Spot),
                (bar.Open, bar.High, bar.Low, bar.Close));
            Assert.Equal((null, null, null), (bar.Volume, bar.UpVolume, bar.DownVolume));
        }
    }).Check(Runs);

    [Fact]
    public void Contract_has_one_row_a_minute_and_its_volume_never_goes_back() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var rows = Run(tape).OfType<OptionMinuteClosed>().SelectMany(minute => minute.Strike.Select((strike, i) => (
            minute.Start, Contract: new OptionContract(minute.Expiration, strike, minute.Right[i]), Bid: minute.Bid[i], Ask: minute.Ask[i], Volume: minute.Volume[i]))).ToList();
        var quotes = Rows(tape, beat => beat.Quotes, quote => MarketTape.Micros(quote.Time)).OrderBy(row => row.Slice).ThenBy(row => row.Time).ToList();
        foreach (var contract in rows.GroupBy(row => row.Contract))
        {
            Assert.Equal(contract.Select(row => row.Start).Distinct().Order(), contract.Select(row => row.Start));
            Assert.Equal(contract.Select(row => row.Volume).Order(), contract.Select(row => row.Volume));

            // As the newest quote by its own time has left it; of one time the last to come.
            var newest = quotes.Where(row => row.Row.Contract == contract.Key).ToList();
            if (newest.Count == 0) continue;
            Quote quote = newest.Last(row => row.Time == newest.Max(other => other.Time)).Row;
            Assert.Equal((quote.Bid, quote.Ask), (contract.Last().Bid, contract.Last().Ask));
        }
    }).Check(Runs);

    // With the slice in which each is applied: its own, or of what is late the oldest that is open on its input's clock.
    static IEnumerable<(long Slice, long Time, T Row)> Rows<T>(MarketTape tape, Func<MarketBeat, IEnumerable<T>> of, Func<T, long> time)
    {
        var rows = new List<(long Slice, long Time, T Row)>();
        long oldest = long.MinValue;
        foreach (MarketBeat beat in tape.Beats)
        {
            rows.AddRange(of(beat).Select(row => (Math.Max(time(row) / Second * Second, oldest), time(row), row)));
            oldest = (MarketTape.Micros(beat.AsOf) - Grace) / Second * Second;
        }

        return rows.OrderBy(row => row.Slice).ThenBy(row => row.Time);
    }

    // Of a clock that ticks seldom many rows have one time.
    static MarketTape Coarse(MarketTape tape, int millis)
    {
        return new([.. tape.Beats.Select(beat => beat with { Quotes = [.. beat.Quotes.Select(quote => quote with { Time = Ticked(quote.Time) })], Trades = [.. beat.Trades.Select(trade => trade with { Time = Ticked(trade.Time) })] })]);

        DateTimeOffset Ticked(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % (millis * TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }

    static List<IMarketResult> Run(MarketTape tape) =>
        MarketTape.Run(new BarsFold(MarketTape.Root, MarketTape.Session, new()), MarketTape.Interleave(tape.Ended().Streams(BarsFold.Inputs)));
}
