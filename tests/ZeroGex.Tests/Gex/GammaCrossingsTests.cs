using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Gex;

public sealed class GammaCrossingsTests
{
    // Two densities of one width are equal where ln(w₁/w₂) = (d² − d'²)/2; d − d' is constant, so that this is linear in ln x.
    [Fact]
    public void A_call_and_a_put_of_one_expiration_balance_where_their_densities_do() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new System.Random(seed);
        double years = 0.01 + 0.5 * random.NextDouble(), volatility = 0.1 + 0.4 * random.NextDouble(), rate = 0.05 * random.NextDouble();
        var call = new ProfiledContract(true, 95 + 15 * random.NextDouble(), years, volatility, random.Next(500, 1_500), rate);
        var put = new ProfiledContract(false, call.Strike * (random.Next(2) == 0 ? 0.93 : 1.07), years, volatility, random.Next(500, 1_500), rate);
        double s = call.Deviation;
        double apart = Math.Log(put.Strike / call.Strike) / s;
        double middle = Math.Log(call.Weight / put.Weight) / apart;
        double expected = Math.Sqrt(call.Strike * put.Strike) * Math.Exp(s * middle - rate * years - 0.5 * s * s);

        GammaFlip flip = Find([call, put], 100, out GammaProfile profile);
        if (expected is < 80 or > 120)
        {
            Assert.Null(flip.Flip);
            return;
        }

        Assert.Single(flip.Crossings);
        Assert.Equal(flip.Crossings[0], flip.Flip);
        Assert.True(Math.Abs(flip.Flip!.Value / expected - 1) < 1e-12, $"{call} {put}: {flip.Flip:R} is not {expected:R}");
        Assert.Equal(Math.Sign(profile.At(100)), flip.Regime);
        Assert.Equal(100 > expected == call.Strike > put.Strike ? 1 : -1, flip.Regime);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Calls_alone_never_flip()
    {
        GammaFlip flip = Find([new(true, 100, 0.1, 0.2, 10), new(true, 110, 0.01, 0.2, 10)], 100, out _);
        Assert.Null(flip.Flip);
        Assert.Empty(flip.Crossings);
        Assert.Equal(1, flip.Regime);
        Assert.True(flip.NetAtSpot > 0);
    }

    [Fact]
    public void An_empty_chain_has_no_regime()
    {
        GammaFlip flip = Find([], 100, out _);
        Assert.Equal(new GammaFlip(null, 0, 0, flip.Crossings), flip);
        Assert.Empty(flip.Crossings);
    }

    [Fact]
    public void All_crossings_are_reported_and_the_flip_is_the_one_nearest_to_spot()
    {
        ProfiledContract[] chain = [new(false, 85, 0.01, 0.2, 10), new(true, 92, 0.01, 0.2, 10), new(false, 101, 0.01, 0.2, 10), new(true, 110, 0.01, 0.2, 10)];
        GammaFlip flip = Find(chain, 100, out GammaProfile profile);
        Assert.Equal(3, flip.Crossings.Count);
        Assert.Equal(flip.Crossings.Order(), flip.Crossings);
        Assert.Equal(flip.Crossings.MinBy(x => Math.Abs(x - 100)), flip.Flip);
        Assert.All(flip.Crossings, x => Assert.True(profile.At(x * (1 - 1e-9)) < 0 != profile.At(x * (1 + 1e-9)) < 0, $"{x:R}"));
        Assert.Equal(-1, flip.Regime);
    }

    // A narrow put under a wide call of the same strike digs a hole; its depth decides how far the two crossings are apart: less than a step of the grid.
    [Theory]
    [InlineData(0.90)]
    [InlineData(0.30)]
    [InlineData(0.05)]
    public void Two_crossings_between_two_points_of_the_grid_are_found(double steps)
    {
        foreach (double shift in new[] { 0.0, 0.2, 0.5, 0.8 })
        {
            double step = Math.Log(1.5) / 207;
            double strike = 80 * Math.Exp((100 + shift) * step);
            var wide = new ProfiledContract(true, strike, 0.04, 0.3, 1_000, 0.5 * 0.3 * 0.3, 0);
            var narrow = new ProfiledContract(false, strike, 0.04, 0.06, 0, 0.5 * 0.06 * 0.06, 0);

            // With these rates d₁ = ln(x/K)/s + s, so that the ratio of the two is the same at either side of the strike.
            double half = 0.5 * steps * step;
            double Density(ProfiledContract c, double log) => PortableMath.Density(log / c.Deviation + c.Deviation) / c.Deviation;
            narrow = narrow with { Weight = wide.Weight * Density(wide, half) / Density(narrow, half) };

            GammaFlip flip = Find([wide, narrow], 100, out _);
            Assert.True(flip.Crossings.Count == 2, $"{shift}: {string.Join(' ', flip.Crossings)}");
            Assert.Equal(strike * Math.Exp(-half), flip.Crossings[0], 1e-9 * strike);
            Assert.Equal(strike * Math.Exp(half), flip.Crossings[1], 1e-9 * strike);
        }
    }

    [Fact]
    public void A_profile_that_nearly_touches_zero_has_no_crossing()
    {
        var wide = new ProfiledContract(true, 100, 0.04, 0.3, 1_000);
        var narrow = new ProfiledContract(false, 100, 0.04, 0.06, 199.9 * 0.995);
        GammaFlip flip = Find([wide, narrow], 100, out GammaProfile profile);
        Assert.Empty(flip.Crossings);
        Assert.InRange(profile.At(100), 0, 0.02 * wide.Exposure(100));
    }

    // Where every contract is far, the grid holds zeros; a change of sign across them counts once.
    [Fact]
    public void A_desert_between_put_and_call_holds_one_crossing()
    {
        GammaFlip flip = Find([new(false, 90, 1e-5, 0.2, 10), new(true, 110, 1e-5, 0.2, 10)], 100, out GammaProfile profile);
        Assert.Contains(0.0, profile.Exposure.ToArray());
        Assert.Single(flip.Crossings);
        Assert.InRange(flip.Flip!.Value, 90, 110);
    }

    // A wide and a narrow contract of one peak, whose scales have the same bits: their difference is 0 there to the last one, and of one sign all around.
    [Theory]
    [InlineData(208, 104, true)]
    [InlineData(208, 104, false)]
    [InlineData(208, 8, true)]
    [InlineData(208, 8, false)]
    [InlineData(169, 168, true)] // The last point of the grid.
    [InlineData(169, 168, false)]
    public void A_profile_that_is_zero_at_one_point_and_of_one_sign_around_it_has_no_crossing(int points, int at, bool isAbove)
    {
        double peak = SpotsOf(points)[at];
        ProfiledContract Peaking(bool isCall, double volatility, double weight) => new(isCall, peak * Math.Exp(0.5 * volatility * volatility * 0.04), 0.04, volatility, weight);
        GammaFlip flip = Find([Peaking(isAbove, 0.3, 1_000), Peaking(!isAbove, 0.3 / 4, 250)], 100, out GammaProfile profile, points);
        Assert.Equal(0, profile.Exposure[at]);
        for (int j = 0; j < points; j++) Assert.True(j == at || Math.Sign(profile.Exposure[j]) == (isAbove ? 1 : -1), $"{profile.Spots[j]:R}: {profile.Exposure[j]:R}");
        Assert.Empty(flip.Crossings);
        Assert.Null(flip.Flip);
        Assert.Equal(isAbove ? 1 : -1, flip.Regime);
    }

    // A billionth of a deviation to either side of the point: neither density has lost a bit there, and each is the larger on its own side.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_crossing_on_a_point_of_the_grid_is_found_once(bool isCallBelow)
    {
        foreach ((int points, int at) in new[] { (208, 104), (208, 8), (208, 200), (169, 168) })
        {
            double middle = SpotsOf(points)[at] * Math.Exp(0.5 * 0.06 * 0.06), off = 1e-9 * 0.06;
            GammaFlip flip = Find([new(isCallBelow, middle * (1 - off), 0.04, 0.3, 1_000), new(!isCallBelow, middle * (1 + off), 0.04, 0.3, 1_000)], 100, out GammaProfile profile, points);
            Assert.Equal(0, profile.Exposure[at]);
            Assert.Equal(profile.Spots[at] > 100 == isCallBelow ? 1 : -1, flip.Regime);
            if (at == points - 1)
            {
                Assert.Empty(flip.Crossings); // What lies behind the last point is not seen.
                continue;
            }

            Assert.Equal(profile.Spots[at], Assert.Single(flip.Crossings), 1e-6 * profile.Spots[at]);
            Assert.Equal(flip.Crossings[0], flip.Flip);
        }
    }

    // Five minutes before settlement: between and beyond these strikes nothing reaches.
    [Fact]
    public void A_run_of_zeros_is_no_crossing_where_it_begins_nor_where_it_ends()
    {
        static ProfiledContract Narrow(bool isCall, double strike) => new(isCall, strike, 1e-5, 0.2, 10);

        GammaFlip alike = Find([Narrow(true, 90), Narrow(true, 110)], 100, out GammaProfile profile);
        Assert.Equal((0.0, 0.0, 0.0), (profile.Exposure[0], profile.Exposure[^1], profile.At(100)));
        Assert.Equal(new GammaFlip(null, 0, 0, alike.Crossings), alike); // Spot itself is in the desert.
        Assert.Empty(alike.Crossings);

        GammaFlip puts = Find([Narrow(false, 90), Narrow(false, 110)], 100, out _);
        Assert.Empty(puts.Crossings);

        GammaFlip thrice = Find([Narrow(true, 85), Narrow(true, 92), Narrow(false, 100), Narrow(false, 107), Narrow(true, 115)], 100, out profile);
        Assert.Equal((0.0, 0.0), (profile.Exposure[0], profile.Exposure[^1]));
        Assert.Equal(2, thrice.Crossings.Count);
        Assert.InRange(thrice.Crossings[0], 92, 100);
        Assert.InRange(thrice.Crossings[1], 107, 115);
        Assert.Equal(-1, thrice.Regime);
    }

    [Fact]
    public void Calls_and_puts_that_cancel_to_the_last_bit_have_neither_crossing_nor_regime()
    {
        ProfiledContract[] calls = [.. Enumerable.Range(0, 9).Select(i => new ProfiledContract(true, 88 + 3 * i, i == 4 ? 1e-5 : 0.02 * (i + 1), 0.15 + 0.01 * i, 100 + i, 0.03))];
        GammaFlip flip = Find([.. calls.SelectMany(call => new[] { call, call with { IsCall = false } })], 100, out GammaProfile profile);
        Assert.All(profile.Exposure.ToArray(), net => Assert.Equal(0, net));
        Assert.Equal(new GammaFlip(null, 0, 0, flip.Crossings), flip);
        Assert.Empty(flip.Crossings);
    }

    [Theory]
    [MemberData(nameof(RealChain.Files), MemberType = typeof(RealChain))]
    public void Every_crossing_of_a_real_chain_is_one_of_the_sum_over_its_contracts(string file)
    {
        RealChain chain = RealChain.Read(file);
        int n = chain.Strike.Count;
        double[] rates = [.. Enumerable.Repeat(RealChain.Rate, n)];
        var profile = new GammaProfile(new());
        profile.Price(new ProfileColumns(chain.IsCall.ToArray(), chain.Strike.ToArray(), chain.Years.ToArray(), chain.Volatility.ToArray(), rates, new double[n], chain.Weight), chain.Spot);
        GammaFlip flip = GammaCrossings.Find(profile);

        (double Net, double Gross) Direct(double spot)
        {
            double net = 0, gross = 0;
            for (int i = 0; i < n; i++)
            {
                if (chain.OpenInterest[i] == 0 || !(chain.Volatility[i] > 0)) continue;
                double dollars = BlackScholes.Gamma(new OptionInputs(chain.IsCall[i], spot, chain.Strike[i], chain.Years[i], chain.Volatility[i], RealChain.Rate)) *
                    chain.OpenInterest[i] * 100 * spot * spot * 0.01;
                net += chain.IsCall[i] ? dollars : -dollars;
                gross += dollars;
            }

            return (net, gross);
        }

        (double atSpot, double gross) = Direct(chain.Spot);
        Assert.True(Math.Abs(flip.NetAtSpot - atSpot) <= 1e-12 * gross, $"{flip.NetAtSpot:R} is not {atSpot:R}");
        for (int j = 0; j < profile.Spots.Length; j++)
        {
            (double net, double all) = Direct(profile.Spots[j]);
            Assert.True(Math.Abs(profile.Exposure[j] - net) <= 1e-12 * all, $"{profile.Spots[j]:R}: {profile.Exposure[j]:R} is not {net:R}");
        }

        Assert.NotEmpty(flip.Crossings);
        Assert.All(flip.Crossings, x => Assert.True(Direct(x * (1 - 1e-9)).Net < 0 != Direct(x * (1 + 1e-9)).Net < 0, $"{x:R}"));
        var signs = Enumerable.Range(0, 1_001).Select(i => chain.Spot * (0.8 + 0.0004 * i)).Select(x => (X: x, Sign: Math.Sign(Direct(x).Net))).ToList();
        int changes = signs.Zip(signs.Skip(1)).Count(pair => pair.First.Sign != pair.Second.Sign);
        Assert.True(changes == flip.Crossings.Count, string.Join(' ', flip.Crossings) + " | " + string.Join(' ', signs.Zip(signs.Skip(1)).Where(pair => pair.First.Sign != pair.Second.Sign).Select(pair => $"{pair.First.X:0.00}:{pair.Second.Sign}")));
        TestContext.Current.SendDiagnosticMessage($"{file}: spot {chain.Spot}, flip {flip.Flip:0.00}, {n} contracts, net {flip.NetAtSpot / 1e9:0.000} bn, {flip.Crossings.Count} crossings");
    }

    static double[] SpotsOf(int points)
    {
        Find([], 100, out GammaProfile profile, points);
        return profile.Spots.ToArray();
    }

    static GammaFlip Find(ProfiledContract[] chain, double spot, out GammaProfile profile, int points = 208)
    {
        profile = new GammaProfile(new() { Points = points });
        GammaProfileTests.Price(profile, chain, spot);
        return GammaCrossings.Find(profile);
    }
}
