using System.Collections.Immutable;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Streams;

/// <summary>What one beat of a gateway saw of one root.</summary>
sealed record MarketBeat(
    DateTimeOffset AsOf, ImmutableArray<Quote> Quotes, ImmutableArray<OptionTrade> Trades, ImmutableArray<ChainRow> Chain, ImmutableArray<UnderlyingBar> Bars, FeedGap? Gap = null);

/// <summary>A row of a quotes message.</summary>
readonly record struct Quote(OptionContract Contract, DateTimeOffset Time, double Bid, double Ask, double Spot, double Last, long? Volume, int BidSize = 1, int AskSize = 1, double? Volatility = null);

/// <summary>The four streams of one root and session, as a gateway would publish them.</summary>
/// <param name="Beats">The first one has no rows.</param>
sealed record MarketTape(ImmutableArray<MarketBeat> Beats)
{
    public const string Root = "SPY";
    public static readonly DateOnly Session = new(2026, 1, 16);
    public static readonly DateTimeOffset Start = new(2026, 1, 16, 20, 57, 30, TimeSpan.Zero);
    public static readonly string[] Kinds = ["quotes", "trades", "chain", "bars"];

    /// <summary>Small markets around the close of an expiration, with rows out of order, late and early; silent and busy beats.</summary>
    public static Arbitrary<MarketTape> Any { get; } = Arb.From(
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from beats in Gen.Choose(0, 25)
        select Make(new Random(seed), beats),
        tape => Enumerable.Range(1, tape.Beats.Length - 1).Select(i => new MarketTape(tape.Beats.RemoveAt(i))));

    /// <summary>The tape and heartbeats that close every slice and minute.</summary>
    public MarketTape Ended(double minutes = 4) => new(Beats.Add(new(Beats[^1].AsOf.AddMinutes(minutes), [], [], [], [])));

    /// <summary>The tape of a feed that misses something now and then: a time before the beat, or everything until it says otherwise.</summary>
    public MarketTape WithGaps(int seed)
    {
        var random = new Random(seed);
        return new([.. Beats.Select((beat, i) => i == 0 || random.Next(5) > 0 ? beat : beat with { Gap = Gap(beat.AsOf) })]);

        FeedGap Gap(DateTimeOffset asOf)
        {
            DateTimeOffset from = asOf.AddMilliseconds(-random.Next(12_000));
            return new(from, random.Next(3) == 0 ? null : from.AddTicks(random.NextInt64((asOf - from).Ticks + 1)));
        }
    }

    /// <summary>The messages of some kinds, stream after stream.</summary>
    /// <param name="chainBeats">Seeds heartbeats between the messages of the chain; null leaves them out.</param>
    public IReadOnlyList<List<IMarketFact>> Streams(IEnumerable<string> kinds, int? cut = null, long run = 1, int? chainBeats = null)
    {
        var random = cut is { } seed ? new Random(seed) : null;
        return [.. kinds.Select(kind => Stream(kind, random, run, kind == "chain" && chainBeats is { } other ? new Random(other) : null))];
    }

    /// <summary>Streams laid into each other: in the order of their clocks, or anyhow.</summary>
    public static List<IMarketFact> Interleave(IReadOnlyList<List<IMarketFact>> streams, int? seed = null)
    {
        if (seed is null) return [.. streams.SelectMany(stream => stream).OrderBy(fact => fact.Stamp.AsOf)];
        var random = new Random(seed.Value);
        var next = new int[streams.Count];
        var merged = new List<IMarketFact>();
        while (Enumerable.Range(0, next.Length).Where(i => next[i] < streams[i].Count).ToArray() is { Length: > 0 } left)
        {
            int from = left[random.Next(left.Length)];
            for (int burst = random.Next(1, 8); burst > 0 && next[from] < streams[from].Count; burst--) merged.Add(streams[from][next[from]++]);
        }

        return merged;
    }

    public static List<IMarketResult> Run(IFold fold, IEnumerable<IMarketFact> facts) => [.. facts.SelectMany(fold.Apply)];

    /// <summary>Equal texts are equal bits: numbers are written in their shortest form that reads back as the same double.</summary>
    public static string Text(IEnumerable<object> answers) =>
        string.Join('\n', answers.Select(answer => $"{answer.GetType().Name} {JsonSerializer.Serialize(answer, answer.GetType(), ContractJson.Options)}"));

    List<IMarketFact> Stream(string kind, Random? cut, long run, Random? heartbeats)
    {
        var facts = new List<IMarketFact>();
        for (int i = 0; i < Beats.Length; i++)
        {
            MarketBeat beat = Beats[i];
            int rows = kind switch { "quotes" => beat.Quotes.Length, "trades" => beat.Trades.Length, "chain" => beat.Chain.Length, _ => beat.Bars.Length };
            int from = 0;
            FeedGap? gap = beat.Gap; // Its first piece says it.
            for (long span = i == 0 ? 0 : (beat.AsOf - Beats[i - 1].AsOf).Ticks, at = 0; heartbeats is not null && at < span && heartbeats.Next(2) > 0; at += heartbeats.NextInt64(1, span + 1))
                facts.Add(Message(kind, run, facts.Count + 1, beat, Beats[i - 1].AsOf.AddTicks(at), 0, 0));

            // A piece carries the AsOf of the beat before, the last piece its beat's own.
            while (cut is not null && i > 0 && cut.Next(3) > 0)
            {
                int size = cut.Next(Math.Min(4, rows - from + 1));
                facts.Add(Message(kind, run, facts.Count + 1, beat, facts.Count == 0 ? Beats[i - 1].AsOf : facts[^1].Stamp.AsOf, from, size, gap));
                (from, gap) = (from + size, null);
            }

            facts.Add(Message(kind, run, facts.Count + 1, beat, beat.AsOf, from, rows - from, gap));
        }

        return facts;
    }

    static IMarketFact Message(string kind, long run, long sequence, MarketBeat beat, DateTimeOffset asOf, int from, int count, FeedGap? gap = null)
    {
        var stamp = new Stamp(Contract.StreamId(kind, Root, Session), run, sequence, asOf);
        return kind switch
        {
            "quotes" => Quotes(stamp, beat.Quotes.Slice(from, count)) with { Gap = gap },
            "trades" => new TradesObserved { Stamp = stamp, Root = Root, Gap = gap, Trades = beat.Trades.Slice(from, count) },
            "chain" => new ChainObserved { Stamp = stamp, Root = Root, Gap = gap, OpenInterestDate = Session.AddDays(-1), Time = beat.AsOf, Rows = beat.Chain.Slice(from, count) },
            _ => new BarsObserved { Stamp = stamp, Root = Root, Gap = gap, Bars = beat.Bars.Slice(from, count) },
        };
    }

    public static QuotesObserved Quotes(Stamp stamp, ImmutableArray<Quote> rows) => new()
    {
        Stamp = stamp,
        Root = Root,
        Contracts = [.. rows.Select(row => row.Contract).Distinct()],
        Contract = [.. rows.Select(row => rows.Select(other => other.Contract).Distinct().ToList().IndexOf(row.Contract))],
        Time = [.. rows.Select(row => Micros(row.Time))],
        Bid = [.. rows.Select(row => row.Bid)],
        Ask = [.. rows.Select(row => row.Ask)],
        BidSize = [.. rows.Select(row => row.BidSize)],
        AskSize = [.. rows.Select(row => row.AskSize)],
        Spot = [.. rows.Select(row => row.Spot)],
        Last = [.. rows.Select(row => row.Last)],
        Volume = rows.Any(row => row.Volume is not null) ? [.. rows.Select(row => row.Volume ?? 0)] : [],
        Volatility = rows.Any(row => row.Volatility is not null) ? [.. rows.Select(row => row.Volatility ?? 0)] : [],
    };

    public static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    static MarketTape Make(Random random, int count)
    {
        DateTimeOffset asOf = Start.AddMilliseconds(random.Next(1_000));
        List<MarketBeat> beats = [new(asOf, [], [], [], [])];
        for (int i = 0; i < count; i++)
        {
            asOf = asOf.AddMilliseconds(random.Next(4) == 0 ? random.Next(20_000) : random.Next(900));
            bool isSilent = random.Next(4) == 0;
            beats.Add(new(
                asOf, isSilent ? [] : Many(random, 6, () => AnyQuote(random, asOf)), random.Next(2) == 0 ? [] : Many(random, 3, () => AnyTrade(random, asOf)),
                random.Next(3) > 0 ? [] : Many(random, 6, () => AnyRow(random)), random.Next(4) > 0 ? [] : Many(random, 2, () => AnyBar(random, asOf))));
        }

        return new([.. beats]);
    }

    static ImmutableArray<T> Many<T>(Random random, int most, Func<T> make) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => make())];

    static OptionContract AnyContract(Random random) => new(Session.AddDays(random.Next(3) switch { 0 => 0, 1 => 7, _ => 35 }), 445 + 5 * random.Next(4), (OptionRight)random.Next(2));

    // Mostly a little behind the clock of the beat, sometimes far behind, sometimes ahead.
    static DateTimeOffset Time(Random random, DateTimeOffset asOf) =>
        asOf.AddMicroseconds(-1_000L * (random.Next(6) == 0 ? random.Next(-1_500, 9_000) : random.Next(-100, 700)));

    static double Spot(Random random) => random.Next(8) == 0 ? 0 : 450 + random.Next(-8, 9) / 4.0;

    static Quote AnyQuote(Random random, DateTimeOffset asOf)
    {
        double bid = random.Next(0, 1_200) / 100.0;
        return new(AnyContract(random), Time(random, asOf), bid, random.Next(6) == 0 ? 0 : bid + random.Next(0, 40) / 100.0, Spot(random), random.Next(4) == 0 ? 0 : bid, random.Next(400), random.Next(9), random.Next(9));
    }

    static OptionTrade AnyTrade(Random random, DateTimeOffset asOf) =>
        new(AnyContract(random), Time(random, asOf), random.Next(1, 900) / 100.0, random.Next(1, 90), Math.Max(1, Spot(random)) is 1 ? 450 : Spot(random) is > 0 and var spot ? spot : 451, random.Next(-1, 2));

    static ChainRow AnyRow(Random random) => new(
        AnyContract(random), random.Next(5) == 0 ? null : random.Next(5_000), random.Next(2) == 0 ? null : random.Next(400), random.Next(2) == 0 ? null : random.Next(900) / 100.0);

    static UnderlyingBar AnyBar(Random random, DateTimeOffset asOf)
    {
        DateTimeOffset start = new DateTimeOffset(asOf.UtcTicks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero).AddMinutes(-random.Next(3));
        double price = 450 + random.Next(9) / 4.0;
        return new(Root, start, start.AddMinutes(random.Next(9) == 0 ? 2 : 1), price, price + 1, price - 1, price + 0.5, random.Next(9_000), random.Next(4_000), random.Next(4_000), random.Next(2) == 0);
    }

    public override string ToString() => string.Join('\n', Beats.Select(beat =>
        $"{beat.AsOf:HH:mm:ss.ffffff} quotes [{string.Join("; ", beat.Quotes)}] trades [{string.Join("; ", beat.Trades)}] chain [{string.Join("; ", beat.Chain)}] bars [{string.Join("; ", beat.Bars)}] {beat.Gap}"));
}
