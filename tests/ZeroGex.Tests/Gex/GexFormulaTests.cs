using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gex;

/// <summary>The figures of a window: worked examples, and independent implementations written from the text.</summary>
public sealed class GexFormulaTests
{
    static readonly DateOnly Session = new(2026, 1, 14);
    static readonly DateOnly Expiration = new(2026, 1, 16);
    static readonly DateTimeOffset Morning = new(2026, 1, 14, 20, 30, 45, TimeSpan.Zero); // 15:30:45 in New York

    // Worked in 40-digit arithmetic (mpmath): bisected volatility, closed-form gamma.
    [Fact]
    public void Window_of_four_prints_has_the_worked_figures()
    {
        GexCalculated result = Assert.Single(Window(
            Print(true, 455, 3.10, 455.73, 10, 1, 250),
            Print(false, 450, 1.20, 455.73, 20, -1, 500),
            Print(true, 455, 3.20, 455.73, 5, 0, 750),
            Print(true, 455, 3.15, 455.80, 8, -1, 900)));

        GexLadder legacy = result.NaiveWindow!;
        Ladder(legacy, (450, -33727.0970650381, 20), (455, 61018.1947474848, 23));
        Near(27291.0976824468, legacy.Sum);
        Near(452.763691813943, legacy.ZeroGamma);
        Assert.Equal((455, 450, 450, 455), (legacy.MajorPositive, legacy.MinorPositive, legacy.MajorNegative, legacy.MinorNegative));

        GexLadder naive = result.NaiveDay;
        Ladder(naive, (450, -152932.684011564, 20), (455, 281202.218633692, 23));
        Near(128269.534622128, naive.Sum);
        Near(452.719265245392, naive.ZeroGamma);
        Assert.Equal((455, null, 450, null), (naive.MajorPositive, naive.MinorPositive, naive.MajorNegative, naive.MinorNegative));

        GexLadder dealer = result.DealerSignedWindow;
        Ladder(dealer, (450, 152932.684011564, 20), (455, -25230.6324350365, 23));
        Near(127702.051576527, dealer.Sum);
        Assert.Null(dealer.ZeroGamma);
        Assert.Equal((450, null, 455, null), (dealer.MajorPositive, dealer.MinorPositive, dealer.MajorNegative, dealer.MinorNegative));
        Assert.Equivalent(dealer, result.DealerSignedDay, strict: true);

        Assert.Equal((455.73, 4, 43L), (result.Spot, result.TradeCount, result.Volume));
        Assert.Equal(38.0 / 43, result.AggressorShareWindow);
        Assert.Equal(38.0 / 43, result.AggressorShareDay);
        Assert.Equal((Morning, Morning.AddSeconds(1)), (result.Start, result.End));
        Assert.Equal(("SPY", Expiration, Session), (result.Root, result.Expiration, result.Session));
        Assert.Equal((0.05, 0.0, 1.0), (result.Model.Rate, result.Model.DividendYield, result.Model.PricedVolumeShare));
        Assert.Empty(result.Model.LeftOut);
        Assert.Contains("rate 0.025", result.Model.Convention, StringComparison.Ordinal);
    }

    [Fact]
    public void Single_strike_has_equal_majors_and_no_minors()
    {
        GexLadder legacy = Assert.Single(Window(Print(false, 450, 1.20, 455.73, 20, 0))).NaiveWindow!;
        Assert.Equal((450, 450, 0, 0, 455.73),
            (legacy.MajorPositive, legacy.MajorNegative, legacy.MinorPositive, legacy.MinorNegative, legacy.ZeroGamma));
    }

    [Fact]
    public void Print_below_intrinsic_contributes_nothing_but_its_volume()
    {
        GexCalculated result = Assert.Single(Window(Print(true, 440, 15, 455.73, 7, 1), Print(true, 455, 3.10, 455.73, 10, 1)));
        Assert.Equal(new StrikeGex(440, 0, 7), result.NaiveWindow!.Strikes[0]);
        Assert.Equal(new StrikeGex(440, 0, 7), result.NaiveDay.Strikes[0]);
        Assert.Equal(new StrikeGex(440, 0, 7), result.DealerSignedWindow.Strikes[0]);
        Assert.Equal([new("below intrinsic", 7), new("legacy: below intrinsic", 7)], result.Model.LeftOut);
        Assert.Equal(10.0 / 17, result.Model.PricedVolumeShare);
        Assert.Null(result.NaiveDay.MajorNegative);
        Assert.Equal(440, result.NaiveWindow.MajorNegative);
    }

    [Fact]
    public void Aggressors_nobody_knows_leave_a_dealer_ladder_of_zeros()
    {
        GexCalculated result = Assert.Single(Window(Print(true, 455, 3.10, 455.73, 10, 0)));
        Assert.Equal([new StrikeGex(455, 0, 10)], result.DealerSignedWindow.Strikes);
        Assert.Null(result.DealerSignedWindow.MajorPositive);
        Assert.Null(result.DealerSignedWindow.MajorNegative);
        Assert.Equal(0, result.AggressorShareWindow);
        Assert.False(double.IsNegative(result.DealerSignedWindow.Sum));
    }

    // The legacy clock ends at 16:00 on the date itself; a window that starts then has no legacy figures, and one minute is the least canonical time.
    [Theory]
    [InlineData("2026-01-16T20:59:59Z", true, true)]
    [InlineData("2026-01-16T21:00:00Z", false, false)]
    [InlineData("2026-01-16T21:10:00Z", false, false)]
    public void Expired_prints_are_left_out(string time, bool hasLegacy, bool isPriced)
    {
        DateTimeOffset start = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        GexCalculated result = Assert.Single(Window(Print(true, 455, 0.9, 455.73, 10, 1) with { Time = start }));
        Assert.Equal(hasLegacy, result.NaiveWindow is not null);
        Assert.Equal(isPriced ? [] : [new LeftOutVolume("expired", 10)], result.Model.LeftOut);
        if (isPriced) Near(Exposure(Print(true, 455, 0.9, 455.73, 10, 1), 1 / 525_600.0), result.NaiveDay.Sum);
        else Assert.Equal(0, result.NaiveDay.Sum);
    }

    [Fact]
    public void Half_day_settles_at_one()
    {
        var expiration = new DateOnly(2024, 12, 24);
        OptionTrade trade = Print(true, 455, 3.10, 455.73, 10, 1) with
        {
            Contract = new OptionContract(expiration, 455, OptionRight.Call),
            Time = new DateTimeOffset(2024, 12, 24, 17, 0, 0, TimeSpan.Zero),
        };
        GexCalculated half = Assert.Single(Window(new GexSettings(), [trade]));
        Near(Exposure(trade, 1 / 8760.0), half.NaiveDay.Sum);

        // The legacy clock knows no half days: an hour after the close it still runs.
        GexCalculated after = Assert.Single(Window(new GexSettings(), [trade with { Time = trade.Time.AddHours(2) }]));
        Assert.Equal([new("expired", 10)], after.Model.LeftOut);
        Assert.NotNull(after.NaiveWindow);
    }

    [Fact]
    public void Settings_reach_the_figures_they_name()
    {
        OptionTrade trade = Print(true, 455, 3.10, 455.73, 10, 1);
        GexCalculated standard = Assert.Single(Window(trade));
        GexCalculated rate = Assert.Single(Window(new GexSettings { Rate = 0.01 }, [trade]));
        GexCalculated inferred = Assert.Single(Window(new GexSettings { InferredRate = 0.01 }, [trade]));
        GexCalculated dividend = Assert.Single(Window(new GexSettings { DividendYield = 0.02 }, [trade]));
        GexCalculated interval = Assert.Single(Window(new GexSettings { Interval = TimeSpan.FromSeconds(5) }, [trade]));

        Assert.Equal((false, true), (standard.NaiveDay.Sum == rate.NaiveDay.Sum, standard.NaiveWindow!.Sum == rate.NaiveWindow!.Sum));
        Assert.Equal((true, false), (standard.NaiveDay.Sum == inferred.NaiveDay.Sum, standard.NaiveWindow.Sum == inferred.NaiveWindow!.Sum));
        Assert.Equal((false, true), (standard.NaiveDay.Sum == dividend.NaiveDay.Sum, standard.NaiveWindow.Sum == dividend.NaiveWindow!.Sum));
        Assert.Equal((Morning, Morning.AddSeconds(5)), (interval.Start, interval.End));
        Assert.Equal((0.01, 0.02), (rate.Model.Rate, dividend.Model.DividendYield));
        Assert.Contains("rate 0.01,", inferred.Model.Convention, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(249, false)]
    [InlineData(250, true)]
    public void Window_takes_prints_until_the_grace_is_over(int millisecondsAfterEnd, bool isLate)
    {
        Tape tape = new("SPY", Session, []);
        GexAggregator fold = tape.Fold();
        fold.Apply(tape.Message(new Beat(Morning.AddSeconds(1).AddMilliseconds(millisecondsAfterEnd), []), 1, 1));
        var answers = fold.Apply(tape.Message(new Beat(Morning.AddSeconds(9), [Print(true, 455, 3.10, 455.73, 10, 1)]), 1, 2));
        Assert.Equal(isLate ? (0, 1) : (1, 0), (answers.Count, (int)fold.LatePrints));
    }

    // The legacy figures by a second hand: pooled, volatility by bisection, gamma by the predecessor's own difference of a cent.
    [Fact]
    public void Legacy_figures_agree_with_a_plain_implementation() => Prop.ForAll(Tape.Any, LegacyAgrees).QuickCheckThrowOnFailure();

    [Fact]
    public void Real_legacy_figures_agree_with_a_plain_implementation()
    {
        LegacyAgrees(Tape.Goog());
        Tape aapl = Tape.Aapl();
        LegacyAgrees(aapl with { Beats = [.. aapl.Beats.Where((_, i) => i % 8 == 0)] });
    }

    static void LegacyAgrees(Tape tape)
    {
        foreach (GexCalculated result in tape.Ended().Run())
        {
            double years = LegacyFigures.Years(result.Expiration, result.Start);
            if (years <= 0)
            {
                Assert.Null(result.NaiveWindow);
                continue;
            }

            var expected = LegacyFigures.Ladder(result.Trades.Select(t => (t.Contract.Strike, t.Contract.Right == OptionRight.Call, t.Spot, t.Price, t.Size)), years);
            GexLadder actual = result.NaiveWindow!;
            Assert.Equal(expected.Keys, actual.Strikes.Select(rung => rung.Strike));
            Assert.All(actual.Strikes, rung => LegacyFigures.Agree(expected, rung.Strike, rung.Gex, rung.Volume, result));
        }
    }

    // Levels by a second hand, over all ladders: sort by exposure, accumulate by strike.
    [Fact]
    public void Levels_are_those_of_the_ladder() => Prop.ForAll(Tape.Any, LevelsAgree).QuickCheckThrowOnFailure();

    [Fact]
    public void Real_levels_are_those_of_the_ladder() => LevelsAgree(Tape.Goog());

    static void LevelsAgree(Tape tape)
    {
        foreach (GexCalculated result in tape.Ended().Run())
        {
            if (result.NaiveWindow is { } legacy) Check(legacy, isLegacy: true, result.Spot);
            Check(result.NaiveDay, isLegacy: false, result.Spot);
            Check(result.DealerSignedDay, isLegacy: false, result.Spot);
            Check(result.DealerSignedWindow, isLegacy: false, result.Spot);
        }

        static void Check(GexLadder ladder, bool isLegacy, double spot)
        {
            var sorted = ladder.Strikes.OrderByDescending(rung => rung.Gex).ThenBy(rung => rung.Strike).ToList();
            Assert.Equal(ladder.Strikes.OrderBy(rung => rung.Strike), ladder.Strikes);
            Assert.Equal(Level(0, 1), ladder.MajorPositive);
            Assert.Equal(Level(1, 1), ladder.MinorPositive);
            Assert.Equal(Level(sorted.Count - 1, -1), ladder.MajorNegative);
            Assert.Equal(Level(sorted.Count - 2, -1), ladder.MinorNegative);

            double[] running = new double[sorted.Count];
            for (int i = 0; i < running.Length; i++) running[i] = (i > 0 ? running[i - 1] : 0) + ladder.Strikes[i].Gex;
            Assert.Equal(running[^1], ladder.Sum);

            double? crossing = null;
            for (int i = 1; i < running.Length && crossing is null; i++)
            {
                bool changes = isLegacy
                    ? Math.Sign(running[i]) != Math.Sign(running[i - 1])
                    : running.Take(i).LastOrDefault(sum => sum != 0) is var last && Math.Sign(last) * Math.Sign(running[i]) < 0;
                if (changes)
                {
                    crossing = ladder.Strikes[i - 1].Strike -
                        running[i - 1] * (ladder.Strikes[i].Strike - ladder.Strikes[i - 1].Strike) / (running[i] - running[i - 1]);
                }
            }

            if (!running.Any(sum => sum > 0) || !running.Any(sum => sum < 0)) crossing = null;
            Assert.Equal(isLegacy ? crossing ?? spot : crossing, ladder.ZeroGamma);

            double? Level(int i, int sign)
            {
                if (i < 0 || i >= sorted.Count) return isLegacy ? 0 : null;
                return isLegacy || sorted[i].Gex * sign > 0 ? sorted[i].Strike : null;
            }
        }
    }

    // A call at the money for a cent an hour before its settlement has a volatility of 0.2 %, and the gamma of a hundred others. What it is worth to the predecessor is unchanged.
    [Fact]
    public void A_volatility_beyond_the_bounds_is_none_and_its_print_is_left_out()
    {
        OptionTrade fair = Print(true, 455, 3.10, 455.73, 10, 1), least = Print(true, 455.75, 0.5, 455.73, 10, 1) with { Time = Settlement.Of("SPY", Expiration).AddHours(-1) };
        least = least with { Price = BlackScholes.Evaluate(new OptionInputs(true, 455.73, 455.75, 1.0 / 8_760, 0.005, 0.05)).Price };
        OptionTrade most = least with { Price = BlackScholes.Evaluate(new OptionInputs(true, 455.73, 455.75, 1.0 / 8_760, 6, 0.05)).Price };
        GexCalculated low = Assert.Single(Window(least)), high = Assert.Single(Window(most));
        Assert.Equal((0, 0, 0), (low.NaiveDay.Sum, high.NaiveDay.Sum, low.DealerSignedWindow.Sum));
        Assert.Equal(new("below IV_MIN", 10), low.Model.LeftOut.Single(IsCanonical));
        Assert.Equal(new("above IV_MAX", 10), high.Model.LeftOut.Single(IsCanonical));
        Assert.NotEqual(0, high.NaiveWindow!.Sum);
        Assert.NotEqual(0, Assert.Single(Window(new GexSettings { Volatility = new() { Lowest = 0.001, Highest = 10 } }, [least])).NaiveDay.Sum);
        Assert.Equal((0.01, 5.0), (Assert.Single(Window(fair)).Model.LowestVolatility, Assert.Single(Window(fair)).Model.HighestVolatility));

        static bool IsCanonical(LeftOutVolume left) => !left.Reason.StartsWith("legacy", StringComparison.Ordinal);
    }

    // The canonical figures straight from the kernel: the day is the sum of the windows answered so far.
    [Fact]
    public void Canonical_figures_are_the_kernels() => Prop.ForAll(Tape.Any, CanonicalAgrees).QuickCheckThrowOnFailure();

    [Fact]
    public void Real_canonical_figures_are_the_kernels() => CanonicalAgrees(Tape.Goog());

    static void CanonicalAgrees(Tape tape)
    {
        foreach (var results in tape.Ended().Run().GroupBy(result => result.Expiration))
        {
            DateTimeOffset settlement = Settlement.Of(tape.Root, results.Key);
            SortedDictionary<double, double> naive = [], dealer = [];
            double volume = 0, known = 0;
            foreach (GexCalculated result in results)
            {
                var window = new SortedDictionary<double, double>();
                double priced = 0;
                foreach (OptionTrade trade in result.Trades)
                {
                    double years = (settlement - trade.Time).TotalSeconds / 31_536_000;
                    double dollars = years > 0 ? Exposure(trade, Math.Max(years, 60.0 / 31_536_000)) : 0;
                    if (dollars != 0) priced += trade.Size;
                    Sum(naive, trade, trade.Contract.Right == OptionRight.Call ? dollars : -dollars);
                    Sum(dealer, trade, -trade.Aggressor * dollars);
                    Sum(window, trade, -trade.Aggressor * dollars);
                    volume += trade.Size;
                    known += trade.Aggressor == 0 ? 0 : trade.Size;
                }

                Same(naive, result.NaiveDay);
                Same(dealer, result.DealerSignedDay);
                Same(window, result.DealerSignedWindow);
                Assert.Equal(volume, result.NaiveDay.Strikes.Sum(rung => (double)rung.Volume));
                Assert.Equal(known / volume, result.AggressorShareDay, 1e-12);
                Assert.Equal(result.Trades.Sum(t => t.Aggressor == 0 ? 0.0 : t.Size) / result.Volume, result.AggressorShareWindow, 1e-12);
                Assert.Equal(priced / result.Volume, result.Model.PricedVolumeShare, 1e-12);
                Assert.Equal(result.Volume - priced, result.Model.LeftOut.Where(o => !o.Reason.StartsWith("legacy", StringComparison.Ordinal)).Sum(o => (double)o.Volume));
            }
        }

        static void Sum(SortedDictionary<double, double> ladder, OptionTrade trade, double dollars) =>
            ladder[trade.Contract.Strike] = ladder.GetValueOrDefault(trade.Contract.Strike) + dollars;

        static void Same(SortedDictionary<double, double> expected, GexLadder actual)
        {
            Assert.Equal(expected.Keys, actual.Strikes.Select(rung => rung.Strike));
            double scale = expected.Values.Max(Math.Abs);
            Assert.All(actual.Strikes, rung => Assert.Equal(expected[rung.Strike], rung.Gex, 1e-12 * scale));
        }
    }

    // γ·size·100·S²·0.01 at the volatility of the print's own price; 0 when it has none, or one that is none: below 1 %, above 500 %.
    static double Exposure(OptionTrade trade, double years)
    {
        bool isCall = trade.Contract.Right == OptionRight.Call;
        double strike = trade.Contract.Strike;
        var volatility = BatchVolatility.Solve(new PricedOption(isCall, trade.Price, trade.Spot, strike, years, 0.05));
        if (!volatility.IsOk || volatility.Volatility is < 0.01 or > 5) return 0;
        double gamma = BlackScholes.Evaluate(new OptionInputs(isCall, trade.Spot, strike, years, volatility.Volatility, 0.05)).Gamma;
        return gamma * trade.Size * 100 * trade.Spot * trade.Spot * 0.01;
    }

    static OptionTrade Print(bool isCall, double strike, double price, double spot, int size, int aggressor, int milliseconds = 0) => new(
        new OptionContract(Expiration, strike, isCall ? OptionRight.Call : OptionRight.Put),
        Morning.AddMilliseconds(milliseconds), price, size, spot, aggressor);

    static List<GexCalculated> Window(params OptionTrade[] trades) => Window(new GexSettings(), trades);

    static List<GexCalculated> Window(GexSettings settings, OptionTrade[] trades)
    {
        DateTimeOffset asOf = trades.Max(trade => trade.Time);
        return new Tape("SPY", Session, [new Beat(asOf, [.. trades])]).Ended().Run(settings);
    }

    static void Ladder(GexLadder actual, params (double Strike, double Gex, long Volume)[] expected)
    {
        Assert.Equal(expected.Select(rung => (rung.Strike, rung.Volume)), actual.Strikes.Select(rung => (rung.Strike, rung.Volume)));
        foreach (var (rung, (_, gex, _)) in actual.Strikes.Zip(expected)) Near(gex, rung.Gex);
    }

    static void Near(double expected, double? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected, actual.Value, 1e-12 * Math.Abs(expected));
    }
}
