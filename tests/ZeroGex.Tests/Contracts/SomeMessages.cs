using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

/// <summary>Lawful messages of every registered type, made from a seed: ordinary, empty and extreme ones.</summary>
static class SomeMessages
{
    /// <summary>A message of any registered type.</summary>
    public static Arbitrary<Case> Any { get; } = Of(Contract.All);

    /// <summary>A message that has a packed form.</summary>
    public static Arbitrary<Case> Packed { get; } = Of(Contract.All.Where(contract => contract.IsPacked));

    static Arbitrary<Case> Of(IEnumerable<Contract> contracts) => Arb.From(
        from contract in Gen.Elements(contracts)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from rows in Gen.Frequency((1, Gen.Constant(0)), (2, Gen.Constant(1)), (6, Gen.Choose(2, 40)), (1, Gen.Choose(200, 400)))
        select new Case(contract, seed, rows));

    /// <summary>What a failed law prints: enough to make the message again.</summary>
    public sealed record Case(Contract Contract, int Seed, int Rows)
    {
        public object Message => Make(Contract.Type, new Random(Seed), Rows);

        public override string ToString() => $"{Contract.Alias}, seed {Seed}, {Rows} rows";
    }

    static object Make(Type type, Random random, int rows)
    {
        if (type == typeof(QuotesObserved)) return Quotes(random, rows);
        if (type == typeof(TradesObserved))
            return new TradesObserved { Stamp = Stamp(random), Root = Text(random), Gap = Gap(random), Trades = Many(rows, () => Trade(random)) };
        if (type == typeof(ChainObserved))
            return new ChainObserved
            {
                Stamp = Stamp(random), Root = Text(random), Gap = Gap(random), OpenInterestDate = Maybe(random, () => Date(random)), Time = Maybe(random, () => Time(random)), Rows = Chain(random, rows),
            };
        if (type == typeof(BarsObserved))
            return new BarsObserved { Stamp = Stamp(random), Root = Text(random), Gap = Gap(random), Bars = Many(rows, () => Bar(random)) };
        if (type == typeof(FeedStateChanged))
            return new FeedStateChanged
            {
                Stamp = Stamp(random),
                Root = Text(random),
                State = Maybe(random, () => (FeedState)random.Next(8)),
                Detail = random.Next(2) == 0 ? null : Text(random),
                From = Maybe(random, () => Time(random)),
                To = Maybe(random, () => Time(random)),
            };
        if (type == typeof(GexCalculated)) return Gex(random, rows);
        if (SomeResults.Make(type, random, rows) is { } result) return result;
        throw new ArgumentOutOfRangeException(nameof(type), type, "Teach this generator to make one.");
    }

    static FeedGap? Gap(Random random)
    {
        DateTimeOffset one = Time(random), other = Time(random);
        return random.Next(4) switch { 0 => null, 1 => new(one, null), _ => one < other ? new(one, other) : new(other, one) };
    }

    static QuotesObserved Quotes(Random random, int rows)
    {
        int contracts = Math.Max(1, random.Next(rows + 1));
        bool wild = random.Next(4) == 0;
        return new()
        {
            Stamp = Stamp(random),
            Root = Text(random),
            Gap = Gap(random),
            Contracts = Many(contracts, () => Option(random)),
            Contract = Many(rows, () => random.Next(contracts)),
            Time = Many(rows, () => Micros(random)),
            Bid = Many(rows, () => wild ? Price(random) : random.Next(10_000) / 100.0),
            Ask = Many(rows, () => wild ? Price(random) : random.Next(10_000) / 100.0),
            BidSize = Many(rows, () => Size(random)),
            AskSize = Many(rows, () => Size(random)),
            Spot = Many(rows, () => Price(random)),
            Last = random.Next(2) == 0 ? [] : Many(rows, () => Price(random)),
            Volume = random.Next(2) == 0 ? [] : Many(rows, () => Count(random)),
            Volatility = random.Next(2) == 0 ? [] : Many(rows, () => random.NextInt64(0, 5_000_000) / 1e6),
        };
    }

    static OptionTrade Trade(Random random) => new(
        Option(random), Time(random), Price(random), Math.Max(1, Size(random)), Math.Max(0.0001, Price(random)), random.Next(-1, 2),
        random.Next(3) == 0 ? random.Next(int.MinValue, int.MaxValue) : 0, random.Next(4) == 0 ? Text(random) : null);

    static ImmutableArray<ChainRow> Chain(Random random, int rows)
    {
        int known = random.Next(64);
        return Many(rows, () => new ChainRow(
            Option(random),
            (known & 1) == 0 ? null : Maybe(random, () => Count(random)),
            (known & 2) == 0 ? null : Maybe(random, () => Count(random)),
            (known & 4) == 0 ? null : Maybe(random, () => Price(random)),
            (known & 8) == 0 ? null : Maybe(random, () => random.Next(50_000_000) / 1e7),
            (known & 16) == 0 ? null : Maybe(random, () => (random.NextDouble() * 2) - 1),
            (known & 32) == 0 ? null : Maybe(random, () => random.Next(10_000_000) / 1e7)));
    }

    static UnderlyingBar Bar(Random random)
    {
        var start = Time(random);
        return new(
            Text(random), start, start < DateTimeOffset.MaxValue.AddDays(-1) ? start.AddMinutes(1) : start,
            Price(random), Price(random), Price(random), Price(random), Count(random),
            Maybe(random, () => Count(random)), Maybe(random, () => Count(random)), random.Next(2) == 0);
    }

    static GexCalculated Gex(Random random, int rows) => new()
    {
        Root = Text(random),
        Expiration = Date(random),
        Session = Date(random),
        Start = Time(random),
        End = Time(random),
        Spot = Price(random),
        TradeCount = rows,
        Volume = Count(random),
        NaiveWindow = random.Next(3) == 0 ? null : Ladder(random, rows),
        NaiveDay = Ladder(random, rows),
        DealerSignedWindow = Ladder(random, rows),
        DealerSignedDay = Ladder(random, rows),
        AggressorShareWindow = random.NextDouble(),
        AggressorShareDay = random.NextDouble(),
        Model = new(
            Text(random), random.NextDouble(), -random.NextDouble(), Text(random), Text(random), Text(random), random.NextDouble(),
            Many(random.Next(3), () => new LeftOutVolume(Text(random), Count(random))), LowestVolatility: Maybe(random, () => random.NextDouble()), HighestVolatility: Maybe(random, () => Price(random))),
        Incomplete = random.Next(2) == 0,
        WindowIncomplete = Maybe(random, () => random.Next(2) == 0),
        Trades = Many(Math.Min(rows, 20), () => Trade(random)),
    };

    static GexLadder Ladder(Random random, int rows) => new()
    {
        Sum = Exposure(random),
        ZeroGamma = Maybe(random, () => Price(random)),
        MajorPositive = Maybe(random, () => Price(random)),
        MinorPositive = Maybe(random, () => Price(random)),
        MajorNegative = Maybe(random, () => Price(random)),
        MinorNegative = Maybe(random, () => Price(random)),
        Strikes = Many(Math.Min(rows, 20), () => new StrikeGex(Price(random), Exposure(random), Count(random))),
    };

    static Stamp Stamp(Random random) => new(
        Text(random), random.Next(4) == 0 ? 0 : random.NextInt64(long.MaxValue), random.Next(4) == 0 ? long.MaxValue : random.NextInt64(1, 100_000),
        Time(random));

    public static OptionContract Option(Random random) => new(
        Date(random),
        random.Next(8) == 0 ? Math.Max(0.0001, Price(random)) : random.Next(1, 2000) * 2.5,
        (OptionRight)random.Next(2));

    public static DateOnly Date(Random random) => random.Next(20) switch
    {
        0 => DateOnly.MinValue,
        1 => DateOnly.MaxValue,
        _ => new DateOnly(2026, 1, 16).AddDays(random.Next(-10_000, 10_000)),
    };

    public static DateTimeOffset Time(Random random) => DateTimeOffset.UnixEpoch.AddTicks(Micros(random) * TimeSpan.TicksPerMicrosecond);

    static long Micros(Random random) => random.Next(40) switch
    {
        0 => -62_135_596_800_000_000,
        1 => 253_402_300_799_999_999,
        2 => 1_768_573_800_000_000,
        _ => 1_768_573_800_000_000 + random.Next(60_000_000),
    };

    public static double Price(Random random) => random.Next(20) switch
    {
        0 => 0,
        1 => 1e11,
        2 => random.NextInt64(1_000_000_000_000_000) / 10_000.0,
        < 8 => random.Next(10_000_000) / 10_000.0,
        < 12 => random.Next(100_000) / 200.0,
        _ => random.Next(100_000) / 100.0,
    };

    public static double Exposure(Random random) => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-5, 15));

    static int Size(Random random) => random.Next(10) switch { 0 => 0, 1 => int.MaxValue, _ => random.Next(5000) };

    public static long Count(Random random) => random.Next(10) switch { 0 => 0, 1 => long.MaxValue, _ => random.Next(100_000) };

    public static string Text(Random random) =>
        random.Next(4) == 0 ? "Δ\"\\\n€𝄞 <&>"[..random.Next(1, 6)] : $"trades/SPY/{random.Next(1000)}";

    public static T? Maybe<T>(Random random, Func<T> make) where T : struct => random.Next(4) == 0 ? null : make();

    public static ImmutableArray<T> Many<T>(int count, Func<T> make) => [.. Enumerable.Range(0, count).Select(_ => make())];
}
