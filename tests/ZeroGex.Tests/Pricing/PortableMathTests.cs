using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class PortableMathTests
{
    static readonly Random Seeded = new(20260116);

    [Fact]
    public void Exponential_is_within_one_ulp_of_the_platforms()
    {
        for (int i = 0; i < 400_000; i++)
        {
            double x = i % 2 == 0 ? Seeded.NextDouble() * 1400 - 700 : Seeded.NextDouble() * 2 - 1;
            AssertUlps(Math.Exp(x), PortableMath.Exp(x), 1, x);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(-746, 0)]
    [InlineData(710, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(-745.13, 4.9406564584124654e-324)]
    [InlineData(709.782712893384, 1.7976931348622732e308)]
    [InlineData(-708.3964185322641, 2.2250738585072626e-308)]
    [InlineData(-720, 2.0322308024242933e-313)]
    public void Exponential_keeps_its_edges(double x, double expected) => AssertUlps(expected, PortableMath.Exp(x), 1, x);

    [Fact]
    public void Logarithm_is_within_one_ulp_of_the_platforms()
    {
        for (int i = 0; i < 400_000; i++)
        {
            double x = (i % 3) switch
            {
                0 => Math.Exp(Seeded.NextDouble() * 1400 - 700),
                1 => 0.5 + Seeded.NextDouble() * 1.5,
                _ => 1 + (Seeded.NextDouble() - 0.5) * 1e-6,
            };
            AssertUlps(Math.Log(x), PortableMath.Log(x), 1, x);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, double.NegativeInfinity)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(4.9406564584124654e-324, -744.4400719213812)]
    public void Logarithm_keeps_its_edges(double x, double expected) => AssertUlps(expected, PortableMath.Log(x), 1, x);

    // Abramowitz & Stegun, tables 26.1 (15 decimals, pp. 966-972) and 26.2 (-log10 Q, p. 972).
    [Theory]
    [InlineData(0.0, 0.500000000000000)]
    [InlineData(0.5, 0.691462461274013)]
    [InlineData(1.0, 0.841344746068543)]
    [InlineData(2.0, 0.977249868051821)]
    [InlineData(3.0, 0.998650101968370)]
    public void Distribution_agrees_with_Abramowitz_and_Stegun(double x, double expected) =>
        Assert.Equal(expected, PortableMath.Cumulative(x), 0.6e-15);

    [Theory]
    [InlineData(5, 6.54265)]
    [InlineData(10, 23.11805)]
    [InlineData(20, 88.56010)]
    [InlineData(30, 197.30921)]
    public void Lower_tail_agrees_with_Abramowitz_and_Stegun(double x, double minusLog10) =>
        Assert.Equal(minusLog10, -Math.Log10(PortableMath.Cumulative(-x)), 0.6e-5);

    // The body in 28 decimal digits: Φ(x) − ½ = φ(x)·(x + x³/3 + x⁵/15 + ...), hence M(u) = √(π/2)·e^(u²/2) − Σ.
    [Fact]
    public void Mills_ratio_agrees_with_its_series_in_decimal_arithmetic()
    {
        const decimal RootHalfPi = 1.2533141373155002512078826424m;
        for (decimal u = 0; u <= 3.5m; u += 0.0078125m)
        {
            decimal term = u, sum = u, exponential = 1, power = 1;
            for (int n = 1; n < 120; n++)
            {
                term *= u * u / (2 * n + 1);
                sum += term;
                power *= u * u / 2 / n;
                exponential += power;
            }

            AssertRelative((double)(RootHalfPi * exponential - sum), PortableMath.Mills((double)u), 6e-16, (double)u);
        }
    }

    // Laplace's continued fraction M(u) = 1/(u + 1/(u + 2/(u + ...))) in decimal arithmetic.
    [Fact]
    public void Mills_ratio_agrees_with_its_continued_fraction_in_decimal_arithmetic()
    {
        for (decimal u = 3; u <= 60; u += 0.03125m)
        {
            decimal fraction = u;
            for (int n = 400; n > 0; n--) fraction = u + n / fraction;
            AssertRelative((double)(1 / fraction), PortableMath.Mills((double)u), 6e-16, (double)u);
        }
    }

    [Fact]
    public void Distribution_and_its_mirror_add_up_to_one()
    {
        for (double x = -8; x <= 8; x += 0.0009765625)
            Assert.Equal(1, PortableMath.Cumulative(x) + PortableMath.Cumulative(-x), 2.3e-16);
    }

    // Golden bits: whoever changes an operation, or runs on a machine that computes one differently, sees it here.
    [Fact]
    public void Bits_are_the_same_everywhere()
    {
        ulong hash = 14695981039346656037;
        for (int i = 1; i <= 20_000; i++)
        {
            double x = i * 0.0123456789;
            foreach (double value in new[] { PortableMath.Exp(-x), PortableMath.Log(x), PortableMath.Cumulative(3 - 0.1 * x), PortableMath.Mills(x) })
                hash = (hash ^ BitConverter.DoubleToUInt64Bits(value)) * 1099511628211;
        }

        Assert.Equal(3340986014987026211UL, hash);
    }

    internal static void AssertRelative(double expected, double actual, double tolerance, object inputs) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected),
            $"{inputs}: expected {expected:R}, was {actual:R}, relative error {actual / expected - 1:E2} above {tolerance:E2}");

    static void AssertUlps(double expected, double actual, int ulps, double x)
    {
        if (expected.Equals(actual)) return;
        long distance = Math.Abs(BitConverter.DoubleToInt64Bits(expected) - BitConverter.DoubleToInt64Bits(actual));
        Assert.True(distance <= ulps, $"x = {x:R}: expected {expected:R}, was {actual:R}, {distance} ulp apart");
    }
}
