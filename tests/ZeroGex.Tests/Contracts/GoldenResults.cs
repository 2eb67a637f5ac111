using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

/// <summary>One ordinary message of each result of a whole chain and of its minutes.</summary>
static class GoldenResults
{
    static readonly DateOnly Friday = new(2026, 1, 16);
    static readonly DateTimeOffset Time = new(2026, 1, 16, 15, 31, 0, TimeSpan.Zero);

    static readonly ChainModel Model = new()
    {
        Convention = "γ·contracts·100·S²·0.01 per 1 %, calls +, puts −; European",
        Rate = 0.05,
        DividendYield = 0.0125,
        ForwardSource = "put–call parity, else dividend yield",
        ImpliedForwards = [Friday],
        DayCount = "calendar seconds to settlement / 365 d, at least 1 min",
        VolatilitySource = "mid, last, default",
        LowestVolatility = 0.01,
        HighestVolatility = 5,
        DefaultVolatility = 0.2,
        OpenInterestDate = Friday.AddDays(-1),
        SliceSeconds = 1,
        GraceSeconds = 0.25,
        IntervalSeconds = 60,
        EverySeconds = 5,
        Grid = new(208, 0.8, 1.2),
        EngineVersion = "0.1.0",
        Contracts = 3,
        Used = 2,
        LeftOut = [new("no open interest", 1)],
        Volatilities = [new("mid", 1), new("default", 1)],
    };

    public static IReadOnlyList<object> All { get; } =
    [
        new GreeksCalculated
        {
            Root = "SPY", Session = Friday, Time = Time, Expiration = Friday, Spot = 455.73, Forward = 455.7325, Years = 0.000625, Model = Model with { Grid = null },
            Strike = [452.5, 455], Right = [OptionRight.Put, OptionRight.Call],
            Bid = [0.85, 0], Ask = [0.87, 1.28], Last = [0.86, 1.25], Volume = [431, 10_251], OpenInterest = [null, 15_230],
            Volatility = [0.1512, 0.2], Source = ["mid", "default"], Reason = [null, "not quoted"],
            Delta = [-0.2, 0.5125], Gamma = [0.05, 0.0812345], Theta = [-1.25, -1.5], Vega = [0.031, 0.045],
            Rho = [-0.0006, 0.0014], Vanna = [0.012, -0.003], Charm = [-0.31, 0.0625], Vomma = [0.0004, 0.00001],
            AmericanGamma = [0.0515, null],
        },
        new ChainGexCalculated
        {
            Root = "SPY", Session = Friday, Time = Time, Scope = ChainScope.ZeroDays, Weight = ChainWeight.OpenInterest, Spot = 455.73,
            Gamma = new(2_569_000_000.5, -1_030_000_000.25, 1_539_000_000.25, 3_599_000_000.75),
            Delta = new(355_000_000, -20_500_000, 334_500_000, 375_500_000), Vanna = new(-1_250_000.5, 620_000, -630_000.5, 1_870_000.5),
            Charm = new(43_000_000, -31_000_000, 12_000_000, 74_000_000),
            MaxGamma = 455, CallWall = 455, PutWall = 452.5, Flip = 453.6875, Crossings = [431.5, 453.6875], Regime = 1,
            Strikes = [new(452.5, 0, -1_030_000_000.25, -1_030_000_000.25, 1_030_000_000.25), new(455, 2_569_000_000.5, 0, 2_569_000_000.5, 2_569_000_000.5)],
            Expirations = [new(Friday, 455.7325, 2_569_000_000.5, -1_030_000_000.25, 1_539_000_000.25, 3_599_000_000.75)],
            ProfileSpots = [364.584, 455.73, 546.876], Profile = [0, 1_539_000_000.25, 125.5], Model = Model with { Grid = new(3, 0.8, 1.2) },
        },
        new MaxPainCalculated
        {
            Root = "SPY", Session = Friday, Time = Time, Spot = 455.73,
            Expirations =
            [
                new(Friday, new(455, 3_810_000, 15_230, 8_120, 10_251, 431, 0.533, 0.042)),
                new(Friday.AddDays(7), new(null, null, 0, 0, 0, 12, null, null)),
            ],
            Pooled = new(455, 3_810_000, 15_230, 8_120, 10_251, 443, 0.533, 0.043),
            Model = Model with { Grid = null, Volatilities = [] }, Incomplete = true,
        },
        new BarClosed
        {
            Root = "SPY", Symbol = "SPY", Session = Friday, Start = Time.AddMinutes(-1), End = Time, Open = 455.5, High = 455.9, Low = 455.41, Close = 455.73,
            Volume = 120_000, UpVolume = 70_000, DownVolume = 45_000, Model = new("vendor bars", 1, 0.25, "0.1.0"),
        },
        new OptionMinuteClosed
        {
            Root = "SPY", Session = Friday, Start = Time.AddMinutes(-1), End = Time, Expiration = Friday, Spot = 455.73, Model = Model with { Grid = null },
            Strike = [452.5, 455], Right = [OptionRight.Put, OptionRight.Call], Last = [0.86, 0], Bid = [0.85, 0], Ask = [0.87, 1.28], Volume = [431, 10_251],
            OpenInterest = [null, 15_230], Volatility = [0.1512, null], Source = ["mid", null], Delta = [-0.2, null], Gamma = [0.05, null], Theta = [-1.25, null], Vega = [0.031, null],
        },
        new VolatilityCalculated
        {
            Root = "SPY", Session = Friday, Time = Time, Spot = 455.73,
            Expirations =
            [
                new()
                {
                    Expiration = Friday.AddDays(7), Forward = 456.2, Years = 0.0198, AtTheMoney = 0.1425, Call25 = 0.1305, Put25 = 0.1645, RiskReversal = -0.034, Butterfly = 0.005, ExpectedMove = 9.14,
                    StraddleStrike = 456, Straddle = 7.31, Smile = [new(450, OptionRight.Put, -0.0137, 0.151, "mid"), new(460, OptionRight.Call, 0.0083, 0.1375, "feed")],
                    LeftOut = [new(480, OptionRight.Call, "not quoted")],
                },
                new() { Expiration = Friday.AddDays(14), Forward = 456.6, Years = 0.039 },
            ],
            Model = Model with { Grid = null },
        },
        new FlowCalculated
        {
            Root = "SPY", Session = Friday, Start = Time.AddMinutes(-1), End = Time, Spot = 455.73,
            Calls = new(12, 640, 560, 60, 80_125.5, 70_000.25, 7_500), Puts = new(3, 40, 0, 25, 3_420, 0, 2_137.5),
            NetContracts = 600, NetPremium = 76_705.5, DirectionalPremium = 64_637.75, PutCallContracts = 0.0625, PutCallPremium = 0.0427,
            Strikes = [new(452.5, new(0, 0, 0, 0, 0, 0, 0), new(3, 40, 0, 25, 3_420, 0, 2_137.5)), new(455, new(12, 640, 560, 60, 80_125.5, 70_000.25, 7_500), new(0, 0, 0, 0, 0, 0, 0))],
            Expirations = [new(Friday, new(12, 640, 560, 60, 80_125.5, 70_000.25, 7_500), new(3, 40, 0, 25, 3_420, 0, 2_137.5))],
            Tempo = new(60, 70_000.25, 7_500, 0, 2_137.5),
            SmartMoney = [new(new(Friday, 455, OptionRight.Call), 640, 560, 60, 80_125.5, 0.1425, 0.5125, 0, new(3, 0, 0, 0, 1, 4))],
            Pressure = new(Time.AddMinutes(-2), 70_000, 45_000, 60.8695652173913, "buying", -4.25),
            Model = new()
            {
                Convention = "premium = price·size·100; net = calls − puts; directional = calls bought + puts sold − calls sold − puts bought", AggressorRules = "feed, quote, tick",
                Aggressors = [new("feed", 510, 0.75), new("quote", 130, 0.19117647058823528), new("tick", 5, 0.007352941176470588), new("unknown", 35, 0.051470588235294115)],
                Rate = 0.05, DividendYield = 0.0125, ForwardSource = "dividend yield", DayCount = "calendar seconds to settlement / 365 d, at least 1 min", VolatilitySource = "mid, last, default",
                LowestVolatility = 0.01, HighestVolatility = 5, DefaultVolatility = 0.2, SliceSeconds = 1, GraceSeconds = 0.25, WindowSeconds = 1, TempoSeconds = 60, EngineVersion = "0.1.0",
            },
        },
        new QualityCalculated
        {
            Root = "SPY", Session = Friday, Start = Time.AddMinutes(-1), End = Time, State = QualityState.Bad, IsOpen = true,
            Inputs = [new("chain", 0, 0, 0, 3_660), new("quotes", 12_400, 3, 2, 0.25, 1.5), new("trades", 310, 0, 0, 1.5), new("bars", 0, 0, 0, null)],
            Quotes = new(12_400, 620, 40, 2_015, 4, 12), Contracts = new(3_512, 3_490, 21, 4), Volatilities = [new("mid", 3_100), new("last", 200), new("default", 212)],
            Findings =
            [
                new(QualityIssue.Gap, "quotes", QualityState.Warning, 2, 1, 10), new(QualityIssue.Stale, "chain", QualityState.Ok, 3_660, null, null),
                new(QualityIssue.Crossed, null, QualityState.Bad, 0.05, 0.01, 0.05), new(QualityIssue.StaleGreeks, null, QualityState.Warning, 0.125, 0.1, 0.5),
            ],
            Model = new(300, 1, 0.25, "0.1.0", 0.05, 0.0125, "dividend yield", "mid, last, default", 0.01, 5, 0.2, "gap 1 10, crossed 0.01 0.05, silent_chain never never"), Incomplete = true,
        },
        new AlertRaised
        {
            Id = "call-wall-near/SPY/2026-01-16T15:31:00Z", Rule = "call-wall-near", Root = "SPY", Session = Friday, Time = Time, Metric = "spot", Operator = "within", Scope = "all",
            Severity = AlertSeverity.Info, Value = -0.16, Threshold = 0.25, Level = 456.5, Spot = 455.73, Text = "SPY: spot 455.73 is 0.16 % below the call wall 456.50", Model = Near,
        },
        new AlertResolved
        {
            Id = "call-wall-near/SPY/2026-01-16T15:31:00Z", Rule = "call-wall-near", Root = "SPY", Session = Friday, RaisedAt = Time, Time = Time.AddSeconds(95), Metric = "spot",
            Operator = "within", Scope = "all", Severity = AlertSeverity.Info, Value = -0.42, Threshold = 0.25, Level = 456.5, Spot = 454.58,
            Text = "SPY: spot 454.58 is 0.42 % below the call wall 456.50", Model = Near,
        },
    ];

    static AlertModel Near => new()
    {
        Symbol = "*", Level = "call_wall", Weight = "open_interest", Hysteresis = 0.15, CooldownSeconds = 900, Rules = "call-wall-near, data-gap", Rate = 0.05, DividendYield = 0.0125, ForwardSource = "dividend yield",
        VolatilitySource = "mid, last, default", LowestVolatility = 0.01, HighestVolatility = 5, DefaultVolatility = 0.2, SliceSeconds = 1, GraceSeconds = 0.25, EngineVersion = "0.1.0",
    };
}
