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
        Charm = Figures(random, rows), Vomma = Figures(random, rows), Model = Model(random), Incomplete = random.Next(2) == 0,
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

    static QualityCalculated Quality(Random random, int rows)
    {
        var start = Time(random);
        return new()
        {
            Root = Text(random), Session = Date(random), Start = start, End = start, State = (QualityState)random.Next(3), IsOpen = random.Next(2) == 0,
            Inputs = Many(rows % 5, () => new InputQuality(Text(random), Count(random), Count(random), Count(random), Maybe(random, () => Price(random)))),
            Quotes = new(Count(random), Count(random), Count(random), Count(random), Count(random), Count(random)),
            Contracts = new(random.Next(), random.Next(), random.Next(), random.Next()), Volatilities = Counts(random),
            Findings = Many(rows % 16, () => new QualityFinding(
                (QualityIssue)random.Next(11), random.Next(2) == 0 ? null : Text(random), (QualityState)random.Next(3), Price(random), Maybe(random, () => Price(random)), Maybe(random, () => Price(random)))),
            Model = new(random.NextDouble(), random.NextDouble(), random.NextDouble(), Text(random)), Incomplete = random.Next(2) == 0,
        };
    }

    static AlertRaised Raised(Random random) => new()
    {
        Id = Text(random), Rule = Text(random), Root = Text(random), Session = Date(random), Time = Time(random), Metric = Text(random), Operator = Text(random), Scope = Text(random),
        Severity = (AlertSeverity)random.Next(3), Value = Exposure(random), Threshold = Exposure(random), Level = Maybe(random, () => Price(random)),
        Spot = Maybe(random, () => Price(random)), Text = Text(random), Incomplete = random.Next(2) == 0,
    };

    static AlertResolved Resolved(Random random)
    {
        var raised = Time(random);
        return new()
        {
            Id = Text(random), Rule = Text(random), Root = Text(random), Session = Date(random), RaisedAt = raised, Time = raised, Metric = Text(random), Operator = Text(random),
            Scope = Text(random), Severity = (AlertSeverity)random.Next(3), Value = Maybe(random, () => Exposure(random)), Threshold = Exposure(random),
            Level = Maybe(random, () => Price(random)), Spot = Maybe(random, () => Price(random)), Text = Text(random), Incomplete = random.Next(2) == 0,
        };
    }

    static ChainModel Model(Random random) => new()
    {
        Convention = Text(random), Rate = random.NextDouble(), DividendYield = -random.NextDouble(), ForwardSource = Text(random), DayCount = Text(random),
        VolatilitySource = Text(random), LowestVolatility = random.NextDouble(), HighestVolatility = random.NextDouble(), DefaultVolatility = random.NextDouble(),
        OpenInterestDate = Maybe(random, () => Date(random)), SliceSeconds = random.NextDouble(), GraceSeconds = random.NextDouble(), IntervalSeconds = random.NextDouble(),
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
