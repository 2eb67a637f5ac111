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
