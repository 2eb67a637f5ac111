using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Quality;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Quality;

/// <summary>What the fold counts is what anybody counts who looks at the rows one by one.</summary>
public sealed class QualityCountLaws
{
    const long Second = 1_000_000, Minute = 60 * Second, Grace = 250_000;
    static readonly QualitySettings Settings = new() { StaleAfter = TimeSpan.FromSeconds(25) };
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(60);
    static readonly long Close = MarketTape.Micros(new(2026, 1, 16, 21, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Minutes_hold_the_rows_that_a_naive_count_finds_in_them() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var minutes = Run(tape);
        var all = Rows(tape).ToList();
        var naive = all.ToLookup(row => row.Slice / Minute * Minute + Minute);
        Assert.All(naive, minute => Assert.Contains(minutes, answer => MarketTape.Micros(answer.End) == minute.Key));
        Assert.All(minutes, answer =>
        {
            var rows = naive[MarketTape.Micros(answer.End)].ToList();
            Assert.Equal(
                QualityFold.Inputs.Select(kind => (kind, (long)rows.Count(row => row.Kind == kind), (long)rows.Count(row => row.Kind == kind && row.IsLate), 0L)),
                answer.Inputs.Select(input => (input.Kind, input.Rows, input.Late, input.Lost)));
            long end = MarketTape.Micros(answer.End);
            Assert.Equal(
                QualityFold.Inputs.Select(kind => all.Where(row => row.Kind == kind && row.Slice < end).Max(row => (long?)row.Time) is { } last ? (end - last) / 1e6 : (double?)null),
                answer.Inputs.Select(input => input.SilentSeconds));
            Assert.Equal(answer.Findings.Max(finding => finding.State), answer.State);
            var quotes = rows.Where(row => row.Quote is not null).Select(row => row.Quote!.Value).ToList();
            Assert.Equal(
                new QuoteQuality(
                    quotes.Count, Count(quotes, quote => quote.Bid > 0 && quote.Ask > 0 && quote.Bid > quote.Ask), Count(quotes, quote => quote.Bid > 0 && quote.Bid == quote.Ask),
                    Count(quotes, quote => quote.Bid > 0 ^ quote.Ask > 0), Count(quotes, quote => quote.Bid + quote.Ask == 0),
                    Count(quotes, quote => (quote.Bid > 0 && quote.BidSize == 0) || (quote.Ask > 0 && quote.AskSize == 0))),
                answer.Quotes);
        });
    }).Check(Runs);

    [Fact]
    public void Contracts_are_those_that_a_naive_count_finds() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var all = Rows(tape).ToList();
        Assert.All(Run(tape), answer =>
        {
            long end = MarketTape.Micros(answer.End);
            var rows = all.Where(row => row.Contract is not null && row.Slice < end && (row.Contract.Value.Expiration > MarketTape.Session || end < Close)).ToList();
            var known = rows.Select(row => row.Contract!.Value).Distinct().ToList();
            var quoted = rows.Where(row => row.Quote is not null).GroupBy(row => row.Contract!.Value).ToDictionary(group => group.Key, group => group.Max(row => row.Time));
            bool IsFresh(OptionContract contract) => quoted.TryGetValue(contract, out long time) && end - time < 25 * Second;
            int stale = quoted.Keys.Count(contract =>
            {
                var strikes = known.Where(other => other.Expiration == contract.Expiration && other.Right == contract.Right).OrderBy(other => other.Strike).ToList();
                int at = strikes.IndexOf(contract);
                List<OptionContract> beside = [.. strikes[Math.Max(0, at - 1)..Math.Min(strikes.Count, at + 2)].Where(other => other != contract)];
                return !IsFresh(contract) && beside.Count > 0 && beside.TrueForAll(IsFresh);
            });
            int without = known.Count(contract => !rows.Exists(row => row.Contract == contract && row.HasOpenInterest));
            Assert.Equal(new ContractQuality(known.Count, quoted.Count, stale, without), answer.Contracts);
        });
    }).Check(Runs);

    [Fact]
    public void Every_lost_message_is_in_one_minute() => Prop.ForAll(MarketTape.Any, Arb.From(Gen.Choose(0, int.MaxValue - 1)), (tape, seed) =>
    {
        var random = new Random(seed);
        MarketTape ended = tape.Ended().Ended(); // What is lost before a stream's first message counts where that one comes: its minute has to end.
        var streams = ended.Streams(QualityFold.Inputs);
        foreach (var stream in streams) stream.RemoveAll(fact => fact != stream[^1] && fact != stream[^2] && random.Next(5) == 0);
        QualityFold fold = new(MarketTape.Root, MarketTape.Session, new(), Settings);
        var minutes = MarketTape.Run(fold, MarketTape.Interleave(streams, seed)).Cast<QualityCalculated>().ToList();
        Assert.Equal(fold.Lost, minutes.Sum(minute => minute.Inputs.Sum(input => input.Lost)));
        Assert.Equal(streams.Sum(stream => ended.Beats.Length - stream.Count), fold.Lost);
        Assert.Equal(fold.Late, minutes.Sum(minute => minute.Inputs.Sum(input => input.Late)));
    }).Check(Runs);

    // No minute between the first and the last is left out, and none comes twice.
    [Fact]
    public void Minutes_follow_each_other() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var ends = Run(tape).Select(minute => MarketTape.Micros(minute.End)).ToList();
        Assert.All(ends.Zip(ends.Skip(1)), pair => Assert.Equal(Minute, pair.Second - pair.First));
    }).Check(Runs);

    static List<QualityCalculated> Run(MarketTape tape)
    {
        QualityFold fold = new(MarketTape.Root, MarketTape.Session, new(), Settings);
        return [.. MarketTape.Run(fold, MarketTape.Interleave(tape.Ended().Streams(QualityFold.Inputs))).Cast<QualityCalculated>()];
    }

    static long Count(List<Quote> quotes, Func<Quote, bool> isSo) => quotes.Count(isSo);

    // A row is late when the slice of its time had closed on the clock of the beat before; then it counts in the oldest that was open.
    static IEnumerable<Seen> Rows(MarketTape tape)
    {
        for (int i = 1; i < tape.Beats.Length; i++)
        {
            MarketBeat beat = tape.Beats[i];
            long oldest = (MarketTape.Micros(tape.Beats[i - 1].AsOf) - Grace) / Second * Second;
            foreach (Quote quote in beat.Quotes) yield return Of("quotes", MarketTape.Micros(quote.Time), quote.Contract, quote);
            foreach (OptionTrade trade in beat.Trades) yield return Of("trades", MarketTape.Micros(trade.Time), trade.Contract);
            foreach (UnderlyingBar bar in beat.Bars) yield return Of("bars", MarketTape.Micros(bar.End) - 1, null);
            foreach (ChainRow row in beat.Chain) yield return Of("chain", MarketTape.Micros(beat.AsOf) - 1, row.Contract) with { HasOpenInterest = row.OpenInterest is not null };

            Seen Of(string kind, long time, OptionContract? contract, Quote? quote = null) =>
                new(kind, time, Math.Max(oldest, time / Second * Second), time / Second * Second < oldest, contract, quote, false);
        }
    }

    sealed record Seen(string Kind, long Time, long Slice, bool IsLate, OptionContract? Contract, Quote? Quote, bool HasOpenInterest);
}
