using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Gex;

public sealed class GammaProfileTests
{
    static readonly LaneWidth[] Widths = [LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest];

    [Fact]
    public void Default_grid_spans_twenty_percent_in_steps_of_at_most_a_quarter_percent_of_spot()
    {
        var profile = new GammaProfile(new());
        Price(profile, [new ProfiledContract(true, 100, 0.1, 0.2, 1)], 100);
        Assert.Equal(80, profile.Spots[0], 1e-12);
        Assert.Equal(120, profile.Spots[^1], 1e-12);
        for (int j = 1; j < profile.Spots.Length; j++) Assert.InRange(profile.Spots[j] - profile.Spots[j - 1], 0.1, 0.25);
    }

    // From a minute to three years to settlement, so also where the grid is coarser than a contract is wide.
    [Fact]
    public void Every_point_of_the_grid_is_the_gamma_of_each_contract_priced_there() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new System.Random(seed);
        ProfiledContract x = AnyContract(random);
        var profile = new GammaProfile(new() { Points = random.Next(161, 300) });
        Price(profile, [x], 100);
        double peak = 0;
        for (int i = -60; i <= 60; i++) peak = Math.Max(peak, Math.Abs(x.Exposure(x.Strike * Math.Exp(-x.Carry * x.Years + i * 0.05 * x.Deviation))));
        for (int j = 0; j < profile.Spots.Length; j++)
        {
            double expected = x.Exposure(profile.Spots[j]);
            double conditioning = 1 + 1 / x.Deviation; // How far rounding of spot and strike moves d₁.
            Assert.True(Math.Abs(profile.Exposure[j] - expected) <= 2e-15 * (3 + conditioning) * peak, $"{x} at {profile.Spots[j]:R}: {profile.Exposure[j]:R} is not {expected:R}, peak {peak:R}");
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Relative_error_stays_at_rounding_where_the_density_counts()
    {
        double worst = 0;
        var random = new System.Random(5);
        for (int round = 0; round < 300; round++)
        {
            ProfiledContract x = AnyContract(random) with { Strike = 100, Years = Math.Exp(4 * random.NextDouble() - 4), Rate = 0, Yield = 0 };
            var profile = new GammaProfile(new());
            Price(profile, [x], 100);
            for (int j = 0; j < profile.Spots.Length; j++)
            {
                double expected = x.Exposure(profile.Spots[j]);
                double d = (Math.Log(profile.Spots[j] / x.Strike) / x.Deviation) + 0.5 * x.Deviation;
                if (Math.Abs(d) < 3) worst = Math.Max(worst, Math.Abs(profile.Exposure[j] / expected - 1) / (1 + Math.Abs(d) * (Math.Abs(d) + 1 / x.Deviation)));
            }
        }

        Assert.InRange(worst, 1e-17, 3e-15);
    }

    // Discounted by its yield, which neighbours of one time share or do not; and the other way round.
    [Fact]
    public void Each_contract_has_its_own_yield_and_time()
    {
        var random = new System.Random(9);
        ProfiledContract[] chain = [.. Enumerable.Range(0, 96).Select(i => new ProfiledContract(
            i % 3 != 0, 80 + 40 * random.NextDouble(), i / 8 is 4 or 9 || i % 13 == 7 ? 0.75 : 0.5, 0.2 + 0.1 * random.NextDouble(), random.Next(1, 900), 0.03, i / 8 is 3 or 7 ? 0 : i / 8 is 2 or 6 or 9 || i % 11 == 5 ? 0.06 : 0.01))];
        foreach (LaneWidth width in Widths)
        {
            var profile = new GammaProfile(new());
            Price(profile, chain, 100, width);
            for (int j = 0; j < profile.Spots.Length; j++)
            {
                double[] exposures = [.. chain.Select(x => x.Exposure(profile.Spots[j]))];
                Assert.True(Math.Abs(profile.Exposure[j] - exposures.Sum()) <= 1e-13 * exposures.Sum(Math.Abs), $"{width} at {profile.Spots[j]:R}: {profile.Exposure[j]:R} is not {exposures.Sum():R}");
            }
        }
    }

    // Narrower than a third of a step, so that only a few points see it: the first and the last of the grid as well as any other, also from beyond.
    [Theory]
    [InlineData(2.99)]
    [InlineData(3.01)]
    [InlineData(5)]
    [InlineData(40)]
    public void Contract_narrower_than_the_grid_is_priced_at_every_point_it_reaches(double deviationsPerStep)
    {
        var profile = new GammaProfile(new());
        Price(profile, [], 100);
        double step = Math.Log(1.5) / 207, s = step / deviationsPerStep, years = s / 0.2 * (s / 0.2);
        foreach (double peak in new[] { -1, -0.25, 0, 0.25, 1, 1.5, 103, 103.5, 206, 206.75, 207, 207.25, 208 })
        {
            var x = new ProfiledContract(peak != 1, 80 * Math.Exp(peak * step + 0.5 * s * s), years, 0.2, 10);
            Price(profile, [x], 100);
            double most = Math.Abs(x.Exposure(80 * Math.Exp(peak * step)));
            for (int j = 0; j < profile.Spots.Length; j++)
            {
                double expected = x.Exposure(profile.Spots[j]);
                Assert.True(Math.Abs(profile.Exposure[j] - expected) <= 2e-15 * (4 + 1 / s) * most, $"{peak} at {profile.Spots[j]:R}: {profile.Exposure[j]:R} is not {expected:R}");
            }

            if (peak == Math.Floor(peak) && peak is >= 0 and <= 207) Assert.Equal(1, Math.Abs(profile.Exposure[(int)peak]) / most, 1e-9);
            Assert.Equal(1, Math.Abs(profile.At(80 * Math.Exp(peak * step))) / most, 1e-9);
        }
    }

    [Fact]
    public void Exposure_at_any_spot_is_the_central_difference_of_delta() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new System.Random(seed);
        ProfiledContract[] chain = [.. Enumerable.Range(0, 20).Select(_ => AnyContract(random) with { Years = 0.02 + random.NextDouble() })];
        var profile = new GammaProfile(new());
        Price(profile, chain, 100);
        double x = 80 + 40 * random.NextDouble();
        double h = 1e-4 * x;
        double difference = 0, gross = 0;
        foreach (ProfiledContract c in chain)
        {
            double gamma = (8 * (c.Delta(x + h) - c.Delta(x - h)) - (c.Delta(x + 2 * h) - c.Delta(x - 2 * h))) / (12 * h);
            double dollars = gamma * c.Weight * 100 * x * x * 0.01;
            difference += c.IsCall ? dollars : -dollars;
            gross += Math.Abs(dollars);
        }

        Assert.True(Math.Abs(profile.At(x) - difference) <= 1e-7 * gross, $"{seed}: {profile.At(x):R} is not {difference:R}, gross {gross:R}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Width_and_threads_change_no_bit()
    {
        var random = new System.Random(7);
        ProfiledContract[] chain = [.. Enumerable.Range(0, 4_001).Select(_ => AnyContract(random))];
        for (int i = 0; i < 200; i++) chain[random.Next(chain.Length)] = AnyContract(random) with { Weight = 0 };
        chain[10] = chain[10] with { Years = 0 };
        chain[11] = chain[11] with { Volatility = double.NaN };
        chain[12] = chain[12] with { Strike = double.PositiveInfinity };
        chain[13] = chain[13] with { Weight = double.NaN };
        chain[14] = chain[14] with { Volatility = 0, Weight = 0 };

        var expected = new GammaProfile(new());
        Price(expected, chain, 100, LaneWidth.Scalar);
        Assert.Equal(4, expected.LeftOut);
        foreach (LaneWidth width in Widths)
        {
            var profile = new GammaProfile(new());
            Price(profile, chain, 100, width);
            Same(expected.Exposure, profile.Exposure);
            Assert.Equal(4, profile.LeftOut);
            foreach (double spot in new[] { 60, 93.21, 100, 107.7, 250 })
                Assert.Equal(BitConverter.DoubleToInt64Bits(expected.At(spot, LaneWidth.Scalar)), BitConverter.DoubleToInt64Bits(profile.At(spot, width)));
            GammaFlip a = GammaCrossings.Find(expected, LaneWidth.Scalar), b = GammaCrossings.Find(profile, width);
            Assert.Equal(a.Crossings, b.Crossings);
        }

        for (int threads = 1; threads <= 4; threads++)
        {
            var profile = new GammaProfile(new());
            profile.Load(Columns(chain), 100);
            var workers = Enumerable.Range(0, threads).Select(t => new Thread(() =>
            {
                for (int block = t; block < profile.Blocks; block += threads) profile.PriceBlock(block, Widths[block % Widths.Length]);
            })).ToList();
            workers.ForEach(worker => worker.Start());
            workers.ForEach(worker => worker.Join());
            profile.Complete();
            Same(expected.Exposure, profile.Exposure);
        }
    }

    // A used profile takes a smaller chain and gives what a fresh one gives.
    [Fact]
    public void Nothing_of_the_last_chain_stays()
    {
        var random = new System.Random(8);
        ProfiledContract[] chain = [.. Enumerable.Range(0, 1_300).Select(_ => AnyContract(random))];
        var used = new GammaProfile(new());
        Price(used, chain, 100);
        foreach (int count in new[] { 700, 3, 0, 1_299 })
        {
            var fresh = new GammaProfile(new());
            Price(fresh, chain[..count], 105);
            Price(used, chain[..count], 105);
            Same(fresh.Exposure, used.Exposure);
            Assert.Equal(fresh.At(99), used.At(99));
        }
    }

    [Fact]
    public void Settings_and_columns_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new GammaProfile(new() { Points = 160 }));
        Assert.Throws<ArgumentException>(() => new GammaProfile(new() { Low = 1.3 }));
        Assert.Throws<ArgumentException>(() => new GammaProfile(new() { Low = 0 }));
        var profile = new GammaProfile(new());
        Assert.Throws<ArgumentException>(() => Price(profile, [], double.NaN));
        Assert.Throws<ArgumentException>(() => profile.Price(new ProfileColumns([true], [], [], [], [], [], []), 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => profile.PriceBlock(1));
    }

    internal static void Price(GammaProfile profile, ProfiledContract[] chain, double spot, LaneWidth width = LaneWidth.Widest) => profile.Price(Columns(chain), spot, width);

    static ProfileColumns Columns(ProfiledContract[] chain)
    {
        double[] Input(Func<ProfiledContract, double> of) => [.. chain.Select(of)];
        return new ProfileColumns((bool[])[.. chain.Select(x => x.IsCall)], Input(x => x.Strike), Input(x => x.Years), Input(x => x.Volatility), Input(x => x.Rate), Input(x => x.Yield), Input(x => x.Weight));
    }

    static ProfiledContract AnyContract(System.Random random) => new(
        random.Next(2) == 0, 100 * Math.Exp(0.8 * random.NextDouble() - 0.4), Math.Exp(14.5 * random.NextDouble() - 13.2), 0.05 + 0.9 * random.NextDouble(), random.Next(1, 5_000),
        0.1 * random.NextDouble() - 0.02, 0.04 * random.NextDouble());

    static void Same(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int j = 0; j < expected.Length; j++)
            Assert.True(BitConverter.DoubleToInt64Bits(expected[j]) == BitConverter.DoubleToInt64Bits(actual[j]), $"point {j}: {actual[j]:R} is not {expected[j]:R}");
    }
}

/// <summary>One contract of a chain under test.</summary>
sealed record ProfiledContract(bool IsCall, double Strike, double Years, double Volatility, double Weight, double Rate = 0, double Yield = 0)
{
    public double Deviation => Volatility * Math.Sqrt(Years);
    public double Carry => Rate - Yield;

    public double Exposure(double spot) => (IsCall ? 1 : -1) * BlackScholes.Gamma(Inputs(spot)) * Weight * 100 * spot * spot * 0.01;

    public double Delta(double spot) => BlackScholes.Evaluate(Inputs(spot) with { IsCall = true }).Delta;

    OptionInputs Inputs(double spot) => new(IsCall, spot, Strike, Years, Volatility, Rate, Yield);
}
