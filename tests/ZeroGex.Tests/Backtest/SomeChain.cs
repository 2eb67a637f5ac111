using ZeroGex.Contracts;

namespace ZeroGex.Tests.Backtest;

/// <summary>The exposure of a chain by hand.</summary>
static class SomeChain
{
    public static ChainGexCalculated Of(
        DateTimeOffset time, double? call = null, double? put = null, ChainScope scope = ChainScope.All, ChainWeight weight = ChainWeight.OpenInterest, bool incomplete = false) => new()
    {
        Root = SomeFacts.Root,
        Session = SomeFacts.Session,
        Time = time,
        Scope = scope,
        Weight = weight,
        Spot = 100,
        Gamma = new(2, -1, 1, 3),
        Delta = default,
        Vanna = default,
        Charm = default,
        CallWall = call,
        PutWall = put,
        Regime = 1,
        Model = new ChainModel
        {
            Convention = "by hand",
            Rate = 0.05,
            DividendYield = 0,
            ForwardSource = "none",
            DayCount = "none",
            VolatilitySource = "none",
            LowestVolatility = 0.01,
            HighestVolatility = 5,
            DefaultVolatility = 0.2,
            SliceSeconds = 1,
            GraceSeconds = 0.25,
            IntervalSeconds = 60,
            EverySeconds = 1,
            EngineVersion = "0",
            Contracts = 10,
            Used = 5,
        },
        Incomplete = incomplete,
    };
}
