using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Tests.Gex;

namespace ZeroGex.Tests.MaxPain;

public sealed class MaxPainTests
{
    // At 95 the put of 100 pays 10·5; at 100 nothing pays but the call of 95, 2·5; at 105 calls pay 2·10 + 3·5.
    [Fact]
    public void Settlement_pays_least_at_max_pain() =>
        Assert.Equal(new MaxPainResult(100, 2 * 5 * 100), MaxPainStrike.Find([95, 100, 105], [2, 3, 0], [0, 10, 0]));

    // Few strikes and small counts, so that ties are common.
    [Fact]
    public void It_is_the_strike_that_trying_all_of_them_finds() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new System.Random(seed);
        double[] strikes = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(1, 60) * (random.Next(3) == 0 ? 0.5 : 2.5)).Order()];
        int most = random.Next(2) == 0 ? 3 : 50_000;
        long[] calls = [.. strikes.Select(_ => (long)random.Next(most))], puts = [.. strikes.Select(_ => (long)random.Next(most))];
        decimal Pain(int at) => strikes.Select((strike, i) => 100m * ((calls[i] * Math.Max(0, (decimal)strikes[at] - (decimal)strike)) + (puts[i] * Math.Max(0, (decimal)strike - (decimal)strikes[at])))).Sum();

        MaxPainResult? result = MaxPainStrike.Find(strikes, calls, puts);
        if (calls.Sum() + puts.Sum() == 0)
        {
            Assert.Null(result);
            return;
        }

        int best = Enumerable.Range(0, strikes.Length).MinBy(Pain);
        Assert.True(result == new MaxPainResult(strikes[best], (double)Pain(best)), $"{seed}: {result} is not {strikes[best]} with {Pain(best)}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_equal_strikes_the_lower_is_taken()
    {
        Assert.Equal(95, MaxPainStrike.Find([95, 100, 105], [7, 0, 0], [0, 0, 7])!.Value.Strike);
        Assert.Equal(90, MaxPainStrike.Find([90, 100], [5, 5], [0, 0])!.Value.Strike);
        Assert.Equal(100, MaxPainStrike.Find([90, 100, 110], [0, 0, 0], [5, 5, 0])!.Value.Strike);
    }

    [Fact]
    public void Nobody_holding_anything_is_no_pain()
    {
        Assert.Null(MaxPainStrike.Find([], [], []));
        Assert.Null(MaxPainStrike.Find([100, 105], [0, 0], [0, 0]));
    }

    // Sums that a double would round: the two strikes differ by one contract among 2^60.
    [Fact]
    public void Nothing_is_rounded()
    {
        const long Many = 1L << 60;
        Assert.Equal(100.0001, MaxPainStrike.Find([100, 100.0001], [Many, 0], [0, Many + 1])!.Value.Strike);
        Assert.Equal(100, MaxPainStrike.Find([100, 100.0001], [Many + 1, 0], [0, Many])!.Value.Strike);
    }

    [Fact]
    public void What_is_no_ladder_is_refused()
    {
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100, 95], [1, 1], [1, 1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([double.NaN], [1], [1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100], [-1], [1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100], [1], []));
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    [InlineData(100_000_000_000.0001)]
    public void Strike_out_of_range_is_refused_wherever_it_stands(double strike)
    {
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([strike], [1], [1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([strike, 100], [0, 1], [0, 1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100, strike], [1, 0], [1, 0]));
    }

    [Fact]
    public void Strikes_reach_from_nothing_to_their_highest_and_may_be_listed_twice()
    {
        Assert.Equal(new MaxPainResult(0, 0), MaxPainStrike.Find([0], [1], [1]));
        Assert.Equal(new MaxPainResult(0, 2e13), MaxPainStrike.Find([0, 1e11], [3, 0], [0, 2]));
        Assert.Equal(new MaxPainResult(100, 2 * 5 * 100), MaxPainStrike.Find([95, 100, 100, 105], [2, 1, 2, 0], [0, 10, 0, 0]));
    }

    [Fact]
    public void Columns_of_other_lengths_and_negative_open_interest_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100, 105], [1], [1, 1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100, 105], [1, 1], [1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100], [1, 1], [1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100], [1], [1, 1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([], [1], []));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100, 105], [1, -1], [1, 1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find([100, 105], [1, 1], [long.MinValue, 1]));
    }

    [Fact]
    public void A_chain_that_does_not_fit_its_layout_is_refused()
    {
        var layout = new ChainLayout([100, 100, 105], [0, 0, 1], 2);
        var results = new MaxPainResult?[2];
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find(layout, [true, false], [1, 1, 1], results));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find(layout, [true, false, true], [1, 1], results));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find(layout, [true, false, true], [1, 1, 1], new MaxPainResult?[1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find(layout, [true, false, true], [1, 1, 1], new MaxPainResult?[3]));

        // Also where the other of the strike would make up for it.
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find(new ChainLayout([100, 100], [0, 0], 1), [true, true], [2, -1], new MaxPainResult?[1]));
        Assert.Throws<ArgumentException>(() => MaxPainStrike.Find(layout, [true, false, true], [1, 1, -1], results));
    }

    // Results are those of this chain alone: an expiration that nobody holds anything of, or that lists nothing, has none, whatever stood there.
    [Fact]
    public void Expiration_that_nobody_holds_has_no_strike()
    {
        MaxPainResult?[] results = [.. Enumerable.Repeat<MaxPainResult?>(new(1, 1), 4)];
        var layout = new ChainLayout([110, 100, 100, 90, 105], [0, 0, 0, 1, 3], 4);
        Assert.Equal(new MaxPainResult(105, 5 * 5 * 100), MaxPainStrike.Find(layout, [true, true, false, true, false], [0, 5, 6, 0, 7], results));
        Assert.Equal([new MaxPainResult(100, 0), null, null, new MaxPainResult(105, 0)], results);

        Assert.Null(MaxPainStrike.Find(layout, new bool[5], new long[5], results));
        Assert.All(results, Assert.Null);
        Assert.Null(MaxPainStrike.Find(new ChainLayout([], [], 0), [], [], []));
    }

    // Between the call of 95 and the put of 105 every price pays as much: the lower is taken of each expiration, and pooled.
    [Fact]
    public void Of_equal_strikes_of_a_chain_the_lower_is_taken()
    {
        double[] strikes = [105, 100, 95];
        foreach (int[] order in new int[][] { [0, 1, 2], [2, 1, 0], [1, 0, 2] })
        {
            int[] rows = [.. order, .. order.Select(i => i + 3)];
            var layout = new ChainLayout([.. rows.Select(row => strikes[row % 3])], [.. rows.Select(row => row / 3)], 2);
            var results = new MaxPainResult?[2];
            long[] held = [4, 0, 4, 1, 0, 1];
            MaxPainResult? pooled = MaxPainStrike.Find(layout, [.. rows.Select(row => row % 3 == 2)], [.. rows.Select(row => held[row])], results);
            Assert.Equal([new MaxPainResult(95, 4 * 10 * 100), new MaxPainResult(95, 1 * 10 * 100), new MaxPainResult(95, 5 * 10 * 100)], [.. results, pooled]);
        }
    }

    [Theory]
    [MemberData(nameof(RealChain.Files), MemberType = typeof(RealChain))]
    public void Every_expiration_of_a_real_chain_has_the_strike_that_trying_all_finds(string file)
    {
        RealChain chain = RealChain.Read(file);
        var layout = new ChainLayout(chain.Strike.ToArray(), chain.Expiration.ToArray(), chain.Expirations.Count);
        var results = new MaxPainResult?[layout.Expirations];
        MaxPainResult? pooled = MaxPainStrike.Find(layout, chain.IsCall.ToArray(), chain.OpenInterest.ToArray(), results);

        var contracts = Enumerable.Range(0, chain.Strike.Count).Select(i => (Expiration: chain.Expiration[i], Strike: (decimal)chain.Strike[i], IsCall: chain.IsCall[i], Interest: chain.OpenInterest[i])).ToList();
        for (int expiration = 0; expiration <= results.Length; expiration++)
        {
            var own = contracts.Where(c => expiration == results.Length || c.Expiration == expiration).ToList();
            MaxPainResult? result = expiration == results.Length ? pooled : results[expiration];
            if (own.Sum(c => c.Interest) == 0)
            {
                Assert.Null(result);
                continue;
            }

            var held = own.Where(c => c.Interest > 0).ToList();
            var (strike, pain) = own.Select(c => c.Strike).Distinct().Order()
                .Select(price => (price, held.Sum(c => 100 * c.Interest * Math.Max(0, c.IsCall ? price - c.Strike : c.Strike - price)))).MinBy(x => x.Item2);
            Assert.Equal(new MaxPainResult((double)strike, (double)pain), result);
        }
    }
}
