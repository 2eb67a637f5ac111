using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

/// <summary>
/// Bits of what enters hashed results: whoever changes an operation, or runs on a machine that computes one differently, sees it here. A change that is meant puts the new number in.
/// </summary>
public sealed class GoldenBitsTests
{
    static readonly LaneWidth[] Widths = [LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest];

    // From a second to thirty years, with rates below 0, and one in forty that is nonsense.
    [Theory]
    [InlineData(AmericanAccuracy.Fast, 6_000, 9988995539529738382UL)]
    [InlineData(AmericanAccuracy.Precise, 400, 6074094200227984428UL)]
    public void American_options(AmericanAccuracy accuracy, int count, ulong expected)
    {
        var market = new Market(count, seed: 11);
        foreach (LaneWidth width in Widths)
        {
            double[][] v = [.. Enumerable.Range(0, 6).Select(_ => new double[count])];
            var status = new AmericanStatus[count];
            AmericanOption.Evaluate(market.Options, new AmericanColumns(v[0], v[1], v[2], v[3], v[4], v[5], status), accuracy, width);
            ulong hash = Hash([.. v, [.. status.Select(one => (double)one)]]);
            Assert.True(hash == expected, $"{width}: {hash}");
            for (int i = 0; i < count; i++)
            {
                OptionInputs x = market[i];
                double intrinsic = Math.Max(0, x.IsCall ? x.Spot - x.Strike : x.Strike - x.Spot);
                if (status[i] <= AmericanStatus.AtIntrinsic) Assert.True(double.IsFinite(v[0][i]) && v[0][i] >= intrinsic * (1 - 1e-9), $"{x}: {v[0][i]:R}");
                else Assert.True(double.IsNaN(v[0][i]) && double.IsNaN(v[2][i]), $"{x}: {status[i]} {v[0][i]:R}");
            }
        }
    }

    [Fact]
    public void Exposures_and_profiles()
    {
        const int strikes = 400, expirations = 12, count = strikes * expirations * 2;
        var market = new Market(count, seed: 12, strikes, expirations);
        foreach (LaneWidth width in Widths)
        {
            double[][] v = [.. Enumerable.Range(0, 10).Select(_ => new double[count])];
            BatchGreeks.Evaluate(market.Options, new ValueColumns(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]), width);
            var exposure = new ChainExposure(new ChainLayout(market.Strike, market.Expiration, expirations));
            exposure.Add(0, new ExposureColumns(market.IsCall, v[2], v[1], v[6], v[7], market.Weight), 5_000, width);
            double[][] sums = [new double[strikes], new double[strikes], new double[strikes], new double[strikes]];
            exposure.ByStrike(ExposureMeasure.Gamma, new ExposureSums(sums[0], sums[1], sums[2], sums[3]));
            ulong hash = Hash(sums);
            Assert.True(hash == 12204126822449015974UL, $"exposure, {width}: {hash}");

            var profile = new GammaProfile(new());
            profile.Price(new ProfileColumns(market.IsCall, market.Strike, market.Years, market.Volatility, market.Rate, market.Yield, market.Weight), 5_000, width);
            hash = Hash([profile.Exposure.ToArray(), [.. GammaCrossings.Find(profile, width).Crossings]]);
            Assert.True(hash == 13078782097457998168UL, $"profile, {width}: {hash}");
        }
    }

    static ulong Hash(double[][] columns)
    {
        ulong hash = 14695981039346656037;
        foreach (double[] column in columns)
            foreach (double value in column) hash = (hash ^ (double.IsNaN(value) ? 1 : BitConverter.DoubleToUInt64Bits(value))) * 1099511628211;
        return hash;
    }

    /// <summary>Inputs of additions, multiplications and our own exponential alone: the same everywhere.</summary>
    sealed class Market
    {
        public readonly bool[] IsCall;
        public readonly double[] Spot, Strike, Years, Volatility, Rate, Yield, Weight;
        public readonly int[] Expiration;

        public Market(int count, int seed)
            : this(count)
        {
            var random = new Random(seed);
            double[] odd = [double.NaN, double.PositiveInfinity, 0, -1, 1e-310];
            for (int i = 0; i < count; i++)
            {
                IsCall[i] = random.Next(2) == 0;
                Years[i] = PortableMath.Exp(-17.2 + 20.6 * random.NextDouble());
                Volatility[i] = PortableMath.Exp(-3 + 3.5 * random.NextDouble());
                Spot[i] = 100;
                Strike[i] = 100 * PortableMath.Exp((6 * random.NextDouble() - 3) * Math.Min(2, Volatility[i] * Math.Sqrt(Years[i])));
                Rate[i] = 0.12 * random.NextDouble() - 0.02;
                Yield[i] = 0.08 * random.NextDouble() * random.Next(2);
                if (random.Next(40) == 0) new[] { Spot, Strike, Years, Volatility }[random.Next(4)][i] = odd[random.Next(odd.Length)];
            }
        }

        public Market(int count, int seed, int strikes, int expirations)
            : this(count)
        {
            var random = new Random(seed);
            for (int i = 0; i < count; i++)
            {
                int expiration = i / (2 * strikes);
                (IsCall[i], Spot[i], Rate[i], Yield[i], Expiration[i]) = (i % 2 == 0, 5_000, 0.05, 0.01, expiration);
                Strike[i] = 4_000 + 5 * (i / 2 % strikes);
                Years[i] = (1 + 20.0 * expiration * expiration) / 365 / expirations;
                Volatility[i] = 0.1 + 0.3 * random.NextDouble();
                Weight[i] = random.Next(20_000);
            }
        }

        Market(int count) =>
            (IsCall, Expiration, Spot, Strike, Years, Volatility, Rate, Yield, Weight) =
            (new bool[count], new int[count], new double[count], new double[count], new double[count], new double[count], new double[count], new double[count], new double[count]);

        public OptionColumns Options => new(IsCall, Spot, Strike, Years, Volatility, Rate, Yield);

        public OptionInputs this[int i] => new(IsCall[i], Spot[i], Strike[i], Years[i], Volatility[i], Rate[i], Yield[i]);
    }
}
