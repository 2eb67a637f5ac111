using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Flow;

/// <summary>What holds of every flow answer, whatever the market does.</summary>
public sealed class FlowLawTests
{
    const long Second = 1_000_000, Minute = 60 * Second, Grace = 250_000;

    static readonly Arbitrary<AggressorRule> Rules = Arb.From(Gen.Elements(Enum.GetValues<AggressorRule>()));
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(60);

    [Fact]
    public void Totals_are_the_sums_of_the_prints_of_their_window() => Prop.ForAll(MarketTape.Any, Rules, (tape, rule) =>
    {
        var answers = Run(tape, rule);
        foreach (long length in (long[])[Second, Minute])
        {
            var expected = Prints(tape, length).GroupBy(print => print.Start).OrderBy(window => window.Key).ToList();
            var windows = answers.Where(flow => (flow.End - flow.Start).Ticks == length * TimeSpan.TicksPerMicrosecond).ToList();
            Assert.Equal(expected.Select(window => window.Key), windows.Select(flow => MarketTape.Micros(flow.Start)));
            foreach (var (flow, prints) in windows.Zip(expected))
            {
                AssertSide(flow.Calls, prints.Where(print => print.Trade.Contract.Right == OptionRight.Call));
                AssertSide(flow.Puts, prints.Where(print => print.Trade.Contract.Right == OptionRight.Put));
                if (rule != AggressorRule.Feed) continue;
                Assert.Equal(
                    (long)prints.Sum(print => print.Trade.Aggressor * print.Trade.Size), flow.Calls.Bought + flow.Puts.Bought - flow.Calls.Sold - flow.Puts.Sold);
                Assert.Equal(
                    prints.Sum(print => (print.Trade.Contract.Right == OptionRight.Call ? 1 : -1) * print.Trade.Aggressor * Cents(print.Trade)), Math.Round(flow.DirectionalPremium * 100));
            }
        }
    }).Check(Runs);

    [Fact]
    public void By_type_by_strike_and_by_expiration_are_the_same_flow() => Prop.ForAll(MarketTape.Any, Rules, (tape, rule) => Assert.All(Run(tape, rule), flow =>
    {
        AssertSum(flow.Calls, [.. flow.Strikes.Select(rung => rung.Calls)]);
        AssertSum(flow.Puts, [.. flow.Strikes.Select(rung => rung.Puts)]);
        AssertSum(flow.Calls, [.. flow.Expirations.Select(rung => rung.Calls)]);
        AssertSum(flow.Puts, [.. flow.Expirations.Select(rung => rung.Puts)]);
        Assert.Equal(flow.Strikes.Select(rung => rung.Strike).Distinct().Order(), flow.Strikes.Select(rung => rung.Strike));
        Assert.Equal(flow.Expirations.Select(rung => rung.Expiration).Distinct().Order(), flow.Expirations.Select(rung => rung.Expiration));
        Assert.Equal(flow.Calls.Contracts - flow.Puts.Contracts, flow.NetContracts);
        Assert.Equal(flow.Calls.Contracts == 0 ? null : (double)flow.Puts.Contracts / flow.Calls.Contracts, flow.PutCallContracts);
    })).Check(Runs);

    [Fact]
    public void Bought_sold_and_unknown_are_all_there_is_and_say_who_told() => Prop.ForAll(MarketTape.Any, Rules, (tape, rule) => Assert.All(Run(tape, rule), flow =>
    {
        long all = flow.Calls.Contracts + flow.Puts.Contracts, told = flow.Calls.Bought + flow.Calls.Sold + flow.Puts.Bought + flow.Puts.Sold;
        Assert.Equal(all, flow.Model.Aggressors.Sum(source => source.Contracts));
        Assert.Equal(all - told, flow.Model.Aggressors.Where(source => source.Source == "unknown").Sum(source => source.Contracts));
        Assert.Equal(1, flow.Model.Aggressors.Sum(source => source.Share), 1e-12);
        string[] asked = ["feed", "quote", "tick"];
        Assert.Equal(string.Join(", ", asked[..((int)rule + 1)]), flow.Model.AggressorRules);
        Assert.Empty(flow.Model.Aggressors.Select(source => source.Source).Except([.. asked[..((int)rule + 1)], "unknown"]));
    })).Check(Runs);

    // What is known of a print's side is never unknown again because more rules are asked, and what the feed says stays.
    [Fact]
    public void More_rules_tell_more() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var byRule = Enum.GetValues<AggressorRule>().Select(rule => Run(tape, rule)).ToList();
        for (int i = 0; i < byRule[0].Count; i++)
        {
            Assert.Single(byRule.Select(answers => answers[i].Model.Aggressors.FirstOrDefault(source => source.Source == "feed").Contracts).Distinct());
            long[] unknown = [.. byRule.Select(answers => answers[i].Model.Aggressors.FirstOrDefault(source => source.Source == "unknown").Contracts)];
            Assert.True(unknown[0] >= unknown[1] && unknown[1] >= unknown[2], string.Join(' ', unknown));
        }
    }).Check(Runs);

    [Fact]
    public void Tempo_is_the_premium_of_the_seconds_that_ended_within_its_time() => Prop.ForAll(MarketTape.Any, Arb.From(Gen.Choose(1, 90)), (tape, seconds) =>
    {
        var answers = Run(tape, AggressorRule.Tick, seconds);
        foreach (var flow in answers)
        {
            var within = answers.Where(other => (other.End - other.Start).TotalSeconds == 1 && other.End <= flow.End && other.End > flow.End.AddSeconds(-seconds)).ToList();
            double Sum(Func<FlowCalculated, double> of) => Math.Round(within.Sum(other => of(other) * 100)) / 100;
            Assert.Equal(
                new FlowTempo(seconds, Sum(other => other.Calls.PremiumBought), Sum(other => other.Calls.PremiumSold), Sum(other => other.Puts.PremiumBought), Sum(other => other.Puts.PremiumSold)),
                flow.Tempo);
        }
    }).Check(Runs);

    [Fact]
    public void Scores_are_the_sums_of_their_parts_and_only_what_stands_out_has_one() => Prop.ForAll(MarketTape.Any, tape => Assert.All(Run(tape, AggressorRule.Tick), flow =>
    {
        Assert.All(flow.SmartMoney, smart =>
        {
            Assert.Equal(smart.Score.Volume + smart.Score.Premium + smart.Score.Volatility + smart.Score.Delta + smart.Score.Expiry, smart.Score.Total);
            Assert.InRange(smart.Score.Total, 0, 10);
            Assert.True(SmartMoney.StandsOut(smart.Contracts, smart.Premium, smart.Volatility, smart.Delta), smart.ToString());
            Assert.Equal(smart.Contract.Expiration.DayNumber - MarketTape.Session.DayNumber, smart.DaysToExpiry);
            Assert.Equal(smart.Contract.Expiration > MarketTape.Session || flow.End < MarketTape.Start.AddMinutes(2.5), smart.Delta is not null); // Settles at 21:00.
            Assert.True(smart.Volatility is null || (smart.Delta is not null && smart.Volatility != new VolatilitySettings().Default), smart.ToString());
        });
        // Nobody is missing of those that stand out by size or premium alone.
        foreach (var strike in flow.Strikes)
        {
            var own = flow.SmartMoney.Where(smart => smart.Contract.Strike == strike.Strike).ToList();
            Assert.True(own.Where(smart => smart.Contract.Right == OptionRight.Call).Sum(smart => smart.Contracts) <= strike.Calls.Contracts);
            if (strike.Calls.Premium >= 50_000 * flow.Expirations.Length) Assert.Contains(own, smart => smart.Contract.Right == OptionRight.Call);
            if (strike.Puts.Contracts >= 50 * flow.Expirations.Length) Assert.Contains(own, smart => smart.Contract.Right == OptionRight.Put);
        }
    })).Check(Runs);

    static List<FlowCalculated> Run(MarketTape tape, AggressorRule rule, int tempo = 60) =>
        [.. MarketTape.Run(
            new FlowFold(MarketTape.Root, MarketTape.Session, new() { LastRule = rule, Tempo = TimeSpan.FromSeconds(tempo) }),
            MarketTape.Interleave(tape.Ended().Streams(FlowFold.Inputs))).Cast<FlowCalculated>()];

    // A late print joins the oldest slice open on its stream's clock before it, and with that its own window if that has not ended by then.
    static IEnumerable<(OptionTrade Trade, long Start)> Prints(MarketTape tape, long length)
    {
        for (int i = 1; i < tape.Beats.Length; i++)
        {
            long open = (MarketTape.Micros(tape.Beats[i - 1].AsOf) - Grace) / Second * Second;
            foreach (OptionTrade trade in tape.Beats[i].Trades)
            {
                long time = MarketTape.Micros(trade.Time), start = time / length * length;
                if (start + length > Math.Max(time / Second * Second, open)) yield return (trade, start);
            }
        }
    }

    static void AssertSide(FlowSide side, IEnumerable<(OptionTrade Trade, long Start)> prints)
    {
        var trades = prints.Select(print => print.Trade).ToList();
        Assert.Equal((trades.Count, trades.Sum(trade => (long)trade.Size), trades.Sum(Cents)), (side.Prints, side.Contracts, Math.Round(side.Premium * 100)));
    }

    static void AssertSum(FlowSide whole, IReadOnlyList<FlowSide> parts)
    {
        Assert.Equal((whole.Prints, whole.Contracts, whole.Bought, whole.Sold), (parts.Sum(part => part.Prints), parts.Sum(part => part.Contracts), parts.Sum(part => part.Bought), parts.Sum(part => part.Sold)));
        foreach (var of in (Func<FlowSide, double>[])[side => side.Premium, side => side.PremiumBought, side => side.PremiumSold])
            Assert.Equal(Math.Round(of(whole) * 100), parts.Sum(part => Math.Round(of(part) * 100)));
    }

    static double Cents(OptionTrade trade) => Math.Round(trade.Price * 10_000) * trade.Size;
}
