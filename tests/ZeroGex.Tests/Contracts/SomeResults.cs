using System.Collections.Immutable;
using ZeroGex.Contracts;
using static ZeroGex.Tests.Contracts.SomeMessages;

namespace ZeroGex.Tests.Contracts;

/// <summary>Lawful results of whole chains and minutes, for <see cref="SomeMessages"/>.</summary>
static class SomeResults
{
    public static object? Make(Type type, Random random, int rows) =>
        type == typeof(GreeksCalculated) ? Greeks(random, rows) :
        type == typeof(ChainGexCalculated) ? Chain(random, rows) :
        type == typeof(MaxPainCalculated) ? Pain(random, rows) :
        type == typeof(BarClosed) ? Bar(random) :
        type == typeof(OptionMinuteClosed) ? Minute(random, rows) :
        type == typeof(FlowCalculated) ? Flow(random, rows) :
        type == typeof(VolatilityCalculated) ? Volatility(random, rows) :
        type == typeof(QualityCalculated) ? Quality(random, rows) :
        type == typeof(AlertRaised) ? Raised(random) :
        type == typeof(AlertResolved) ? Resolved(random) : null;

    static GreeksCalculated Greeks(Random random, int rows) => new()
    {
        Root = Text(random), Session = Date(random), Time = Time(random), Expiration = Date(random), Spot = Price(random), Forward = Price(random), Years = random.NextDouble(),
        Strike = Prices(random, rows), Right = Rights(random, rows), Bid = Prices(random, rows), Ask = Prices(random, rows), Last = Prices(random, rows),
        Volume = Many(rows, () => Count(random)), OpenInterest = Many(rows, () => Maybe(random, () => Count(random))), Volatility = Figures(random, rows),
        Source = Many(rows, () => Text(random)), Reason = Many(rows, () => random.Next(2) == 0 ? null : Text(random)), Delta = Figures(random, rows),
        Gamma = Figures(random, rows), Theta = Figures(random, rows), Vega = Figures(random, rows), Rho = Figures(random, rows), Vanna = Figures(random, rows),
        Charm = Figures(random, rows), Vomma = Figures(random, rows), AmericanGamma = random.Next(2) == 0 ? [] : Many(rows, () => Maybe(random, () => Price(random))), Model = Model(random), Incomplete = random.Next(2) == 0,
    };

    static ChainGexCalculated Chain(Random random, int rows) => new()
    {
        Root = Text(random), Session = Date(random), Time = Time(random), Scope = (ChainScope)random.Next(4), Weight = (ChainWeight)random.Next(2), Spot = Price(random),
        Gamma = Total(random), Delta = Total(random), Vanna = Total(random), Charm = Total(random),
        MaxGamma = Maybe(random, () => Price(random)), CallWall = Maybe(random, () => Price(random)), PutWall = Maybe(random, () => Price(random)),
        Flip = Maybe(random, () => Price(random)), Crossings = Prices(random, random.Next(4)), Regime = random.Next(-1, 2),
        Strikes = Many(rows, () => new StrikeExposure(Price(random), Exposure(random), Exposure(random), Exposure(random), Exposure(random))),
        Expirations = Many(rows, () => new DatedExposure(Date(random), Price(random), Exposure(random), Exposure(random), Exposure(random), Exposure(random))),
        ProfileSpots = Prices(random, rows), Profile = Figures(random, rows), Model = Model(random), Incomplete = random.Next(2) == 0,
    };

    static MaxPainCalculated Pain(Random random, int rows) => new()
    {
        Root = Text(random), Session = Date(random), Time = Time(random), Spot = Maybe(random, () => Price(random)),
        Expirations = Many(rows, () => new ExpirationMaxPain(Date(random), Figure(random))), Pooled = Figure(random), Model = Model(random), Incomplete = random.Next(2) == 0,
    };

    static MaxPainFigures Figure(Random random) => new(
        Maybe(random, () => Price(random)), Maybe(random, () => Exposure(random)), Count(random), Count(random), Count(random), Count(random),
        Maybe(random, () => Exposure(random)), Maybe(random, () => Exposure(random)));

    static BarClosed Bar(Random random)
    {
        var start = Time(random);
        return new()
        {
            Root = Text(random), Symbol = Text(random), Session = Date(random), Start = start, End = start, Open = Price(random), High = Price(random), Low = Price(random),
            Close = Price(random), Volume = Maybe(random, () => Count(random)), UpVolume = Maybe(random, () => Count(random)), DownVolume = Maybe(random, () => Count(random)),
            Model = new(Text(random), random.NextDouble(), random.NextDouble(), Text(random)), Incomplete = random.Next(2) == 0,
        };
    }

    static OptionMinuteClosed Minute(Random random, int rows)
    {
        var start = Time(random);
        return new()
        {
            Root = Text(random), Session = Date(random), Start = start, End = start, Expiration = Date(random), Spot = Maybe(random, () => Price(random)),
            Strike = Prices(random, rows), Right = Rights(random, rows), Last = Prices(random, rows), Bid = Prices(random, rows), Ask = Prices(random, rows),
            Volume = Many(rows, () => Count(random)), OpenInterest = Many(rows, () => Maybe(random, () => Count(random))), Volatility = Perhaps(random, rows),
            Source = Many(rows, () => random.Next(2) == 0 ? null : Text(random)), Delta = Perhaps(random, rows), Gamma = Perhaps(random, rows), Theta = Perhaps(random, rows),
            Vega = Perhaps(random, rows), Model = Model(random), Incomplete = random.Next(2) == 0,
        };
    }

    static FlowCalculated Flow(Random random, int rows)
    {
        var start = Time(random);
        return new()
        {
            Root = Text(random), Session = Date(random), Start = start, End = start, Spot = Price(random), Calls = Side(random), Puts = Side(random), NetContracts = random.Next(),
            NetPremium = Exposure(random), DirectionalPremium = Exposure(random), PutCallContracts = Maybe(random, () => Exposure(random)), PutCallPremium = Maybe(random, () => Exposure(random)),
            Strikes = Many(rows, () => new StrikeFlow(Price(random), Side(random), Side(random))), Expirations = Many(rows, () => new DatedFlow(Date(random), Side(random), Side(random))),
            Tempo = new(random.NextDouble(), Exposure(random), Exposure(random), Exposure(random), Exposure(random)),
            SmartMoney = Many(rows, () => new SmartMoneyFlow(
                Option(random), Count(random), Count(random), Count(random), Exposure(random), Maybe(random, () => Exposure(random)), Maybe(random, () => Exposure(random)), random.Next(),
                new(random.Next(), random.Next(), random.Next(), random.Next(), random.Next(), random.Next()))),
            Pressure = random.Next(2) == 0 ? null : new(Time(random), Count(random), Count(random), random.NextDouble(), Text(random), Exposure(random)),
            Model = new()
            {
                Convention = Text(random), AggressorRules = Text(random), Aggressors = Many(random.Next(4), () => new AggressorVolume(Text(random), Count(random), random.NextDouble())),
                Rate = random.NextDouble(), DividendYield = -random.NextDouble(), ForwardSource = random.Next(2) == 0 ? null : Text(random), DayCount = Text(random), VolatilitySource = Text(random), LowestVolatility = random.NextDouble(),
                HighestVolatility = random.NextDouble(), DefaultVolatility = random.NextDouble(), SliceSeconds = random.NextDouble(), GraceSeconds = random.NextDouble(),
                WindowSeconds = random.NextDouble(), TempoSeconds = random.Next(2) == 0 ? null : random.NextDouble(), EngineVersion = Text(random),
            },
            Incomplete = random.Next(2) == 0,
        };
    }

    static VolatilityCalculated Volatility(Random random, int rows) => new()
    {
        Root = Text(random), Session = Date(random), Time = Time(random), Spot = Price(random), Model = Model(random), Incomplete = random.Next(2) == 0,
        Expirations = Many(Math.Min(rows, 5), () => new ExpirationVolatility
        {
            Expiration = Date(random), Forward = Price(random), Years = random.NextDouble(), AtTheMoney = Maybe(random, () => random.NextDouble()), Call25 = Maybe(random, () => random.NextDouble()),
            Put25 = Maybe(random, () => random.NextDouble()), RiskReversal = Maybe(random, () => -random.NextDouble()), Butterfly = Maybe(random, () => random.NextDouble()),
            ExpectedMove = Maybe(random, () => Price(random)), StraddleStrike = Maybe(random, () => Price(random)), Straddle = Maybe(random, () => Price(random)),
            Smile = Many(rows, () => new SmilePoint(Price(random), (OptionRight)random.Next(2), -random.NextDouble(), random.NextDouble(), Text(random))),
            LeftOut = Many(rows, () => new LeftOutQuote(Price(random), (OptionRight)random.Next(2), Text(random))),
        }),
    };

    static FlowSide Side(Random random)
    {
        (long bought, long sold) = (random.Next(), random.Next());
        return new(random.Next(), bought + sold + random.Next(), bought, sold, Exposure(random), Exposure(random), Exposure(random));
    }

    static QualityCalculated Quality(Random random, int rows)
    {
        var start = Time(random);
        return new()
        {
            Root = Text(random), Session = Date(random), Start = start, End = start, State = (QualityState)random.Next(3), IsOpen = random.Next(2) == 0,
            Inputs = Many(rows % 5, () => new InputQuality(Text(random), Count(random), Count(random), Count(random), Maybe(random, () => Price(random)), random.Next(61))),
            Quotes = new(Count(random), Count(random), Count(random), Count(random), Count(random), Count(random)),
            Contracts = new(random.Next(), random.Next(), random.Next(), random.Next()), Volatilities = Counts(random),
            Findings = Many(rows % 16, () => new QualityFinding(
                (QualityIssue)random.Next(12), random.Next(2) == 0 ? null : Text(random), (QualityState)random.Next(3), Price(random), Maybe(random, () => Price(random)), Maybe(random, () => Price(random)))),
            Model = random.Next(2) == 0 ? new(random.NextDouble(), random.NextDouble(), random.NextDouble(), Text(random))
                : new(random.NextDouble(), random.NextDouble(), random.NextDouble(), Text(random), random.NextDouble(), random.NextDouble(), Text(random), Text(random), random.NextDouble(), random.NextDouble(), random.NextDouble(), Text(random)),
            Incomplete = random.Next(2) == 0,
        };
    }

    static AlertRaised Raised(Random random) => new()
    {
        Id = Text(random), Rule = Text(random), Root = Text(random), Session = Date(random), Time = Time(random), Metric = Text(random), Operator = Text(random), Scope = Text(random),
        Severity = (AlertSeverity)random.Next(3), Value = Exposure(random), Threshold = Exposure(random), Level = Maybe(random, () => Price(random)),
        Spot = Maybe(random, () => Price(random)), Text = Text(random), Incomplete = random.Next(2) == 0, Model = AlertModel(random),
    };

    static AlertResolved Resolved(Random random)
    {
        var raised = Time(random);
        return new()
        {
            Id = Text(random), Rule = Text(random), Root = Text(random), Session = Date(random), RaisedAt = raised, Time = raised, Metric = Text(random), Operator = Text(random),
            Scope = Text(random), Severity = (AlertSeverity)random.Next(3), Value = Maybe(random, () => Exposure(random)), Threshold = Exposure(random),
            Level = Maybe(random, () => Price(random)), Spot = Maybe(random, () => Price(random)), Text = Text(random), Incomplete = random.Next(2) == 0, Model = AlertModel(random),
        };
    }

    static AlertModel? AlertModel(Random random) => random.Next(4) == 0 ? null : new()
    {
        Symbol = Text(random), Level = random.Next(2) == 0 ? null : Text(random), Weight = random.Next(2) == 0 ? null : Text(random), Hysteresis = Maybe(random, () => Price(random)),
        CooldownSeconds = Price(random), Rules = Text(random), Rate = random.NextDouble(), DividendYield = random.NextDouble(), ForwardSource = random.Next(2) == 0 ? null : Text(random),
        VolatilitySource = Text(random), LowestVolatility = random.NextDouble(), HighestVolatility = random.NextDouble(), DefaultVolatility = random.NextDouble(),
        AggressorRules = random.Next(2) == 0 ? null : Text(random), Limits = random.Next(2) == 0 ? null : Text(random), StaleAfterSeconds = Maybe(random, () => Price(random)),
        SliceSeconds = random.NextDouble(), GraceSeconds = random.NextDouble(), EngineVersion = Text(random),
    };

    static ChainModel Model(Random random) => new()
    {
        Convention = Text(random), Rate = random.NextDouble(), DividendYield = -random.NextDouble(), ForwardSource = Text(random), ImpliedForwards = Many(random.Next(3), () => Date(random)), DayCount = Text(random),
        VolatilitySource = Text(random), LowestVolatility = random.NextDouble(), HighestVolatility = random.NextDouble(), DefaultVolatility = random.NextDouble(),
        OpenInterestDate = Maybe(random, () => Date(random)), SliceSeconds = random.NextDouble(), GraceSeconds = random.NextDouble(), IntervalSeconds = random.NextDouble(),
        EverySeconds = random.Next(2) == 0 ? null : random.NextDouble(),
        Grid = random.Next(2) == 0 ? null : new(random.Next(), random.NextDouble(), random.NextDouble()), EngineVersion = Text(random),
        Contracts = random.Next(), Used = random.Next(), LeftOut = Counts(random), Volatilities = Counts(random),
    };

    static ImmutableArray<ContractCount> Counts(Random random) => Many(random.Next(3), () => new ContractCount(Text(random), random.Next()));

    static ExposureTotal Total(Random random) => new(Exposure(random), Exposure(random), Exposure(random), Exposure(random));

    static ImmutableArray<double> Prices(Random random, int rows) => Many(rows, () => Price(random));

    static ImmutableArray<double> Figures(Random random, int rows) => Many(rows, () => Exposure(random));

    static ImmutableArray<double?> Perhaps(Random random, int rows) => Many(rows, () => Maybe(random, () => Exposure(random)));

    static ImmutableArray<OptionRight> Rights(Random random, int rows) => Many(rows, () => (OptionRight)random.Next(2));
}
