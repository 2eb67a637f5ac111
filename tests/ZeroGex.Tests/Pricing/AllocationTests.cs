using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class AllocationTests
{
    const int Count = 333; // Fills neither a block nor a vector.

    static readonly bool[] IsCall = [.. Enumerable.Range(0, Count).Select(i => i % 2 == 0)];
    static readonly double[] Spot = [.. Enumerable.Repeat(100.0, Count)];
    static readonly double[] Strike = [.. Enumerable.Range(0, Count).Select(i => 80 + i * 40.0 / Count)];
    static readonly double[] Years = [.. Enumerable.Range(0, Count).Select(i => 0.02 + i / 100 * 0.1)];
    static readonly double[] Rate = [.. Enumerable.Repeat(0.04, Count)];
    static readonly double[] Yield = [.. Enumerable.Repeat(0.01, Count)];
    static readonly double[] Sigma = [.. Enumerable.Repeat(0.25, Count)];
    static readonly double[] Discount = [.. Years.Select(t => Math.Exp(-0.04 * t))];
    static readonly double[] Price = [.. Enumerable.Range(0, Count).Select(i => BlackScholes.Evaluate(new OptionInputs(IsCall[i], 100, Strike[i], Years[i], 0.25, 0.04, 0.01)).Price)];
    static readonly double[] Answer = new double[Count];
    static readonly VolatilityStatus[] Status = new VolatilityStatus[Count];
    static readonly double[][] Values = [.. Enumerable.Range(0, 10).Select(_ => new double[Count])];
    static readonly AmericanStatus[] Priced = new AmericanStatus[Count];

    static readonly ChainLayout Layout = new(Strike, [.. Enumerable.Range(0, Count).Select(i => i / 100)], 4);
    static readonly ChainExposure Exposure = new(Layout);
    static readonly GammaProfile Profile = new(new());
    static readonly long[] Held = [.. Enumerable.Range(0, Count).Select(i => (long)i)];
    static readonly MaxPainResult?[] Pains = new MaxPainResult?[4];

    public static TheoryData<string> Kernels => [.. Runs.Keys];

    static readonly Dictionary<string, Action> Runs = new(StringComparer.Ordinal)
    {
        ["volatility, portable"] = () => BatchVolatility.Solve(new PricedOptions(IsCall, Price, Spot, Strike, Years, Discount), Answer, Status),
        ["volatility, fast"] = () => BatchVolatility.SolveFast(new PricedOptions(IsCall, Price, Spot, Strike, Years, Discount), Answer, Status),
        ["volatility, warm"] = () => BatchVolatility.SolveFast(new PricedOptions(IsCall, Price, Spot, Strike, Years, Discount), Answer, Status, Sigma),
        ["one volatility"] = () => Answer[0] = BatchVolatility.Solve(true, 5, 100, 101, 0.2, 0.99).Volatility,
        ["greeks"] = () => BatchGreeks.Evaluate(Options, Columns),
        ["higher greeks"] = () => HigherGreeks.Evaluate(Options, Values[2], Values[3], Values[7], Values[8], Values[9]),
        ["quoted greeks"] = () => QuotedGreeks.Evaluate(Quotes, Answer, Status, Columns),
        ["American prices"] = () => AmericanOption.Evaluate(Options, new AmericanColumns(Values[0], Priced)),
        ["exposures"] = () => Exposure.Add(0, new ExposureColumns(IsCall, Sigma, Rate, Yield, Years, Spot), 100),
        ["max pain"] = () => MaxPainStrike.Find(Layout, IsCall, Held, Pains),
        ["gamma profile"] = () => Profile.Price(new ProfileColumns(IsCall, Strike, Years, Sigma, Rate, Yield, Spot), 100),
        ["American volatilities"] = () => AmericanVolatility.Solve(Quotes, Answer, Status),
    };

    static OptionColumns Options => new(IsCall, Spot, Strike, Years, Sigma, Rate, Yield);

    static QuotedOptions Quotes => new(IsCall, Price, Spot, Strike, Years, Rate, Yield);

    static ValueColumns Columns => new(Values[0], Values[1], Values[2], Values[3], Values[4], Values[5], Values[6], Values[7], Values[8], Values[9]);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernels_allocate_nothing(string kernel)
    {
        Action run = Runs[kernel];
        run(); // What is compiled and initialised the first time is not the kernel's.
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++) run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
