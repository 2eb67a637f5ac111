using System.Collections.Immutable;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Contracts;
using ZeroGex.Tests.Gex;

namespace ZeroGex.Tests.Snapshots;

public sealed class SnapshotLawTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 15, 19, 0, 0, TimeSpan.Zero); // Thursday, 14:00 New York.

    [Fact]
    public void The_order_of_rows_does_not_matter() => Check((chain, settings, seed) =>
    {
        SnapshotRow[] rows = [.. chain.Rows];
        new Random(seed).Shuffle(rows);
        Assert.Equal(Text(ChainAnalysis.Of(chain, settings)), Text(ChainAnalysis.Of(chain with { Rows = [.. rows] }, settings)));
    });

    [Fact]
    public void Every_contract_is_used_or_left_out_for_a_reason() => Check((chain, settings, _) =>
    {
        ChainCoverage coverage = ChainAnalysis.Of(chain, settings).Coverage;
        Assert.Equal(chain.Rows.Length, coverage.Used + coverage.LeftOut.Sum(count => count.Contracts));
        Assert.Equal(coverage.Used, coverage.Volatilities.Sum(count => count.Contracts));
        Assert.All(coverage.LeftOut, count => Assert.True(count.Contracts > 0));
    });

    [Fact]
    public void Roots_and_kinds_of_expirations_add_up() => Check((chain, settings, _) =>
    {
        ChainReport all = ChainAnalysis.Of(chain, settings);
        double tolerance = 1e-9 * all.Levels.Gamma.Gross + 1e-6;
        Assert.Equal(all.Levels.Gamma.Net, new[] { "SPX", "SPXW" }.Sum(root => ChainAnalysis.Of(chain, settings with { Root = root }).Levels.Gamma.Net), tolerance);
        Assert.Equal(all.Levels.Gamma.Net, new[] { ChainScope.Weekly, ChainScope.Monthly }.Sum(scope => ChainAnalysis.Of(chain, settings with { Scope = scope }).Levels.Gamma.Net), tolerance);
        foreach (ChainLevels scope in all.Scopes) // As a part of all, and asked for alone.
            Assert.Equal(Text(ChainAnalysis.Of(chain, settings with { Scope = scope.Scope }).Levels), Text(scope));
    });

    // Leaving out by a switch is leaving out of the file.
    [Fact]
    public void What_is_left_out_might_as_well_not_be_there() => Check((chain, settings, _) =>
    {
        settings = settings with { ImpliesForwards = false }; // Parity looks at all strikes, also those that are not summed.
        foreach ((AnalysisSettings narrow, Func<SnapshotRow, bool> isIn) in ((AnalysisSettings, Func<SnapshotRow, bool>)[])[
            (settings with { StrikesWithin = 0.05 }, row => Math.Abs(row.Contract.Strike - chain.Spot) <= 0.05 * chain.Spot),
            (settings with { Days = 3 }, row => settings.DayCount.EndOf(row.Contract.Expiration, Settlement.Of(row.Root, row.Contract.Expiration)) - Now <= TimeSpan.FromDays(3)),
            (settings with { Root = "SPXW" }, row => row.Root == "SPXW")])
        {
            ChainReport one = ChainAnalysis.Of(chain, narrow, hasDetails: false), other = ChainAnalysis.Of(chain with { Rows = [.. chain.Rows.Where(isIn)] }, settings, hasDetails: false);
            Assert.Equal(Text(other.Levels), Text(one.Levels));
            Assert.Equal(other.Pooled, one.Pooled);
            Assert.Equal(other.Coverage.Used, one.Coverage.Used);
        }
    });

    [Fact]
    public void Dollars_per_dollar_are_those_per_percent_times_100_over_spot_and_no_level_moves() => Check((chain, settings, _) =>
    {
        ChainLevels percent = ChainAnalysis.Of(chain, settings with { Unit = ExposureUnit.Percent }).Levels, dollar = ChainAnalysis.Of(chain, settings with { Unit = ExposureUnit.Dollar }).Levels;
        Assert.Equal(percent.Gamma.Net * 100 / chain.Spot, dollar.Gamma.Net, 1e-12 * percent.Gamma.Gross + 1e-9);
        Assert.Equal(percent.ProfileAtSpot * 100 / chain.Spot, dollar.ProfileAtSpot, 1e-12 * percent.Gamma.Gross + 1e-9);
        Assert.Equal((percent.Flip, percent.CallWall, percent.PutWall, percent.Regime), (dollar.Flip, dollar.CallWall, dollar.PutWall, dollar.Regime));
        Assert.Equal(percent.Delta, dollar.Delta);
    });

    [Fact]
    public void First_and_nearest_are_what_they_are_called() => Check((chain, settings, _) =>
    {
        settings = settings with { Flip = FlipRule.Profile };
        ChainLevels first = ChainAnalysis.Of(chain, settings with { Crossing = CrossingChoice.First }).Levels, nearest = ChainAnalysis.Of(chain, settings with { Crossing = CrossingChoice.Nearest }).Levels;
        Assert.Equal(first.Crossings, nearest.Crossings);
        Assert.Equal(first.Crossings.Order(), first.Crossings);
        Assert.Equal(first.Crossings.Select(crossing => (double?)crossing).FirstOrDefault(), first.Flip);
        Assert.Equal(first.Crossings.Select(crossing => (double?)crossing).MinBy(crossing => Math.Abs(crossing!.Value - chain.Spot)), nearest.Flip);
    });

    // Fine straight lines end where refining does.
    [Fact]
    public void A_fine_grid_of_straight_lines_finds_the_refined_crossings() => Check((chain, settings, _) =>
    {
        settings = new() { Volatility = VolatilityChoice.FeedOnly, DayCount = DayCount.Business252, Rate = settings.Rate }; // No contract is narrower than the grid, and none alone.
        ChainLevels refined = ChainAnalysis.Of(chain, settings with { Grid = new() }, hasDetails: false).Levels;
        ChainLevels lines = ChainAnalysis.Of(chain, settings with { Grid = new(Points: 1_001, IsInterpolated: true) }, hasDetails: false).Levels;
        foreach (double crossing in lines.Crossings) Assert.Contains(refined.Crossings, other => Math.Abs(other - crossing) < 1e-3 * crossing);
    });

    [Fact]
    public void Vendor_gammas_are_summed_as_they_stand() => Check((chain, settings, _) =>
    {
        ChainReport report = ChainAnalysis.Of(chain, AnalysisSettings.VendorGamma);
        double expected = chain.Rows.Sum(row => (row.Contract.Right == OptionRight.Call ? 1 : -1) * row.Gamma * (row.OpenInterest ?? 0) * chain.Spot * chain.Spot);
        Assert.Equal(expected, report.Levels.Gamma.Net, 1e-9 * report.Levels.Gamma.Gross + 1e-6);
        Assert.Equal(chain.Rows.Count(row => row.OpenInterest is not null), report.Coverage.Used);
        Assert.Equal(chain.Rows.Count(row => row.OpenInterest is not null && row.Volatility == 0), report.Coverage.Volatilities.Where(count => count.What == "none").Sum(count => count.Contracts));
    });

    // A print of each contract that traded, all of one second, through the fold that keeps the predecessor's arithmetic.
    [Fact]
    public void The_convention_legacy_platform_is_the_legacy_measure_of_the_day_as_one_window() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        ChainSnapshot any = Some(seed);
        ChainSnapshot chain = any with { Rows = [.. any.Rows.Where(row => row.Root == "SPXW" && row.Contract.Expiration == new DateOnly(2026, 1, 16) && row.Last > 0)] };
        ImmutableArray<OptionTrade> prints = [.. chain.Rows.Where(row => row.Volume > 0).Select(row => new OptionTrade(row.Contract, Now, row.Last, (int)row.Volume, chain.Spot, 0))];
        if (prints.Length == 0) return;

        var tape = new Tape("SPXW", new DateOnly(2026, 1, 15), [new Beat(Now, []), new Beat(Now.AddSeconds(2), prints)]);
        GexLadder window = Assert.Single(tape.Ended().Run()).NaiveWindow!;
        ChainReport report = ChainAnalysis.Of(chain, AnalysisSettings.LegacyPlatform);
        Assert.Equal(window.Sum, report.Levels.Gamma.Net, 1e-9 * report.Levels.Gamma.Gross + 1e-6);
        Assert.Equal(window.Strikes.Select(rung => rung.Strike), report.Strikes.Select(rung => rung.Strike));
        foreach ((StrikeGex rung, StrikeExposure strike) in window.Strikes.Zip(report.Strikes)) Assert.Equal(rung.Gex, strike.Net, 1e-9 * Math.Abs(rung.Gex) + 1e-6);
        Assert.Equal((window.MajorPositive, window.MinorPositive, window.MajorNegative, window.MinorNegative),
            (report.Levels.Ladder.MajorPositive, report.Levels.Ladder.MinorPositive, report.Levels.Ladder.MajorNegative, report.Levels.Ladder.MinorNegative));
        Assert.Equal(window.ZeroGamma!.Value, report.Levels.Flip!.Value, 1e-6);
    }).QuickCheckThrowOnFailure();

    // gex.md: γ·OI·100·S²·0.01, put minus; time by the count; volatility by the choice.
    [Theory]
    [InlineData(VolatilityChoice.Solved, DayCount.Calendar365, 0.25)]
    [InlineData(VolatilityChoice.Feed, DayCount.Business252, 0.31)]
    [InlineData(VolatilityChoice.FeedOnly, DayCount.Weekdays262, 0.31)]
    [InlineData(VolatilityChoice.LastOnly, DayCount.Legacy262, 0.4)]
    public void One_contract_has_the_dollars_of_the_formula(VolatilityChoice choice, DayCount count, double volatility)
    {
        var contract = new OptionContract(new DateOnly(2026, 2, 6), 5_100, OptionRight.Put);
        double years = count.Years(Now, contract.Expiration, Settlement.Of("SPXW", contract.Expiration));
        double Price(double at) => BlackScholes.Evaluate(new OptionInputs(false, 5_000, 5_100, years, at, 0.03, 0.01)).Price;
        double mid = Price(0.25);
        var chain = new ChainSnapshot { Source = "", Time = Now, Spot = 5_000, Rows = [new("SPXW", contract, mid - 0.5, mid + 0.5, Price(0.4), 7, 300, 0.31, 0, 0)] };
        ChainReport report = ChainAnalysis.Of(chain, new() { Volatility = choice, DayCount = count, Rate = 0.03, DividendYield = 0.01 });
        OptionValue value = BlackScholes.Evaluate(new OptionInputs(false, 5_000, 5_100, years, volatility, 0.03, 0.01));
        Assert.Equal(-value.Gamma * 300 * 100 * 5_000 * 5_000 * 0.01, report.Levels.Gamma.Net, 1e-9 * Math.Abs(report.Levels.Gamma.Net));
        Assert.Equal(value.Delta * 300 * 100 * 5_000, report.Levels.Delta.Net, 1e-9 * Math.Abs(report.Levels.Delta.Net));
        Assert.Equal((5_100.0, (double?)null, -1), (report.Levels.PutWall, report.Levels.CallWall, report.Levels.Regime));
        Assert.Equal(5_100, report.Expirations[0].MaxPain.Strike);
        Assert.Null(report.Levels.Flip);
    }

    [Fact]
    public void Gammas_are_rounded_where_asked_for()
    {
        var contract = new OptionContract(new DateOnly(2026, 2, 6), 5_000, OptionRight.Call);
        var chain = new ChainSnapshot { Source = "", Time = Now, Spot = 5_000, Rows = [new("SPXW", contract, 0, 0, 0, 0, 10, 0.2, 0.5, 0.00123456)] };
        double Net(int? decimals) => ChainAnalysis.Of(chain, new() { Gamma = GammaChoice.Vendor, GammaDecimals = decimals }).Levels.Gamma.Net / (10 * 5_000.0 * 5_000);
        Assert.Equal([0.00123456, 0.0012, 0.001235, 0], new[] { Net(null), Net(4), Net(6), Net(2) }.Select(gamma => Math.Round(gamma, 12)));
    }

    static void Check(Action<ChainSnapshot, AnalysisSettings, int> law) => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new Random(seed);
        var settings = new AnalysisSettings
        {
            DayCount = Enum.GetValues<DayCount>()[random.Next(4)],
            Rate = random.Next(3) * 0.02,
            ImpliesForwards = random.Next(2) == 0,
            Volatility = Enum.GetValues<VolatilityChoice>()[random.Next(4)],
            LeavesOutDefaults = random.Next(2) == 0,
            Gamma = Enum.GetValues<GammaChoice>()[random.Next(2)],
            KeepsExpired = random.Next(2) == 0,
            Weight = Enum.GetValues<ChainWeight>()[random.Next(2)],
            Unit = Enum.GetValues<ExposureUnit>()[random.Next(2)],
            Flip = Enum.GetValues<FlipRule>()[random.Next(2)],
            Crossing = Enum.GetValues<CrossingChoice>()[random.Next(2)],
            HasLegacyLevels = random.Next(4) == 0,
        };
        law(Some(seed), settings, seed);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    /// <summary>A small chain of two roots with all that real files have: settled rows, no quotes, crossed quotes, no volatilities, gammas without one, unknown open interest.</summary>
    static ChainSnapshot Some(int seed)
    {
        var random = new Random(seed);
        double spot = 4_950 + random.Next(10_000) / 100.0;
        var rows = ImmutableArray.CreateBuilder<SnapshotRow>();
        foreach (DateOnly date in (DateOnly[])[new(2026, 1, 14), new(2026, 1, 15), new(2026, 1, 16), new(2026, 2, 6), new(2026, 3, 20)])
            foreach (string root in (string[])[.. date.Day is 16 or 20 ? ["SPX"] : Array.Empty<string>(), "SPXW"])
                for (int i = -4; i <= 4; i++)
                    foreach (OptionRight right in Enum.GetValues<OptionRight>())
                    {
                        if (random.Next(10) == 0) continue;
                        double strike = 5_000 + 100 * i;
                        double years = Math.Max(1e-5, (Settlement.Of(root, date) - Now).TotalDays / 365), volatility = 0.1 + 0.3 * random.NextDouble();
                        double price = BlackScholes.Evaluate(new OptionInputs(right == OptionRight.Call, spot, strike, years, volatility, 0.04)).Price;
                        (double bid, double ask) = random.Next(5) switch { 0 => (0, 0), 1 => (price + 0.2, price), _ => (Math.Max(0, price - 0.1), price + 0.1) };
                        double gamma = Math.Round(BlackScholes.Gamma(new OptionInputs(true, spot, strike, years, volatility, 0.04)), 4);
                        rows.Add(new(root, new(date, strike, right), bid, ask, random.Next(4) == 0 ? 0 : Math.Round(price, 2), random.Next(3) == 0 ? 0 : random.Next(5_000),
                            random.Next(8) == 0 ? null : random.Next(20_000), random.Next(4) == 0 ? 0 : volatility, right == OptionRight.Call ? 0.5 : -0.5, gamma));
                    }

        return new ChainSnapshot { Source = "", Time = Now, Spot = spot, Rows = rows.ToImmutable() };
    }

    static string Text<T>(T report) => JsonSerializer.Serialize(report);
}
