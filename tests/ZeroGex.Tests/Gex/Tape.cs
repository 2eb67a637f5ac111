using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ZeroGex.Analytics.Gex;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gex;

/// <summary>What a gateway would publish: the prints of one root, beat by beat.</summary>
/// <param name="Root">The root.</param>
/// <param name="Session">The session date.</param>
/// <param name="Beats">The first one is a heartbeat before every print.</param>
sealed record Tape(string Root, DateOnly Session, ImmutableArray<Beat> Beats)
{
    static readonly DateTimeOffset Start = new(2026, 1, 16, 20, 56, 30, TimeSpan.Zero);

    public int Prints => Beats.Sum(beat => beat.Trades.Length);

    /// <summary>The beats as messages of one run.</summary>
    public ImmutableArray<TradesObserved> Messages(long run = 1) => Messages(Beats, run);

    public ImmutableArray<TradesObserved> Messages(IEnumerable<Beat> beats, long run = 1, long first = 1) =>
        [.. beats.Select((beat, i) => Message(beat, run, first + i))];

    public TradesObserved Message(Beat beat, long run, long sequence) => new()
    {
        Stamp = new Stamp(Contract.StreamId("trades", Root, Session), run, sequence, beat.AsOf),
        Root = Root,
        Gap = beat.Gap,
        Trades = beat.Trades,
    };

    /// <summary>The same facts cut elsewhere: a piece carries the AsOf of the beat before, the last piece its beat's own.</summary>
    public Tape Cut(int seed)
    {
        var random = new Random(seed);
        List<Beat> pieces = [Beats[0]];
        for (int i = 1; i < Beats.Length; i++)
        {
            var (asOf, trades, gap) = Beats[i];
            int from = 0;
            while (random.Next(3) > 0)
            {
                int size = random.Next(Math.Min(4, trades.Length - from + 1));
                pieces.Add(new Beat(Beats[i - 1].AsOf, trades.Slice(from, size), gap));
                (from, gap) = (from + size, null);
            }

            pieces.Add(new Beat(asOf, trades[from..], gap));
        }

        return this with { Beats = [.. pieces] };
    }

    /// <summary>The tape of a feed that misses something now and then: a time before the beat, or everything until it says otherwise.</summary>
    public Tape WithGaps(int seed)
    {
        var random = new Random(seed);
        return this with { Beats = [Beats[0], .. Beats.Skip(1).Select(beat => random.Next(4) > 0 ? beat : beat with { Gap = Gap(beat.AsOf) })] };

        FeedGap Gap(DateTimeOffset asOf)
        {
            DateTimeOffset from = asOf.AddMilliseconds(-1 - random.Next(9_000));
            return new(from, random.Next(3) == 0 ? null : from.AddMilliseconds(random.Next(1, (int)(asOf - from).TotalMilliseconds + 1)));
        }
    }

    public GexAggregator Fold(GexSettings? settings = null) => new(Root, Session, settings ?? new GexSettings());

    public List<GexCalculated> Run(GexSettings? settings = null) => [.. Run(Fold(settings), Messages())];

    public static List<GexCalculated> Run(GexAggregator fold, IEnumerable<TradesObserved> messages) => [.. messages.SelectMany(fold.Apply)];

    /// <summary>Equal texts are equal bits: numbers are written in their shortest form that reads back as the same double.</summary>
    public static string Text(IEnumerable<GexCalculated> results) => string.Join('\n', results.Select(result => JsonSerializer.Serialize(result)));

    /// <summary>The tape and a heartbeat that closes every window.</summary>
    public Tape Ended() => this with { Beats = Beats.Add(new Beat(Beats[^1].AsOf.AddDays(1), [])) };

    public override string ToString() => $"{Root} {Session:O}:\n" + string.Join('\n', Beats.Select(beat =>
        $"{beat.AsOf:HH:mm:ss.ffffff} " + string.Join("; ", beat.Trades.Select(t =>
            $"{t.Time:HH:mm:ss.ffffff} {t.Contract.Expiration:MM-dd} {t.Contract.Strike} {t.Contract.Right} {t.Size}@{t.Price} S={t.Spot} {t.Aggressor:+0;-0;0}")) + $" {beat.Gap}"));

    /// <summary>
    /// Small markets around the close of an expiration: prints out of order, late, early, expired, below intrinsic, of unknown aggressor,
    /// several spots to a strike; silent and busy beats.
    /// </summary>
    public static Arbitrary<Tape> Any { get; } = Arb.From(
        Beat.Any.ArrayOf().Select(Build),
        tape => Shrink(tape.Beats));

    static Tape Build(Beat.Plan[] plans)
    {
        DateTimeOffset asOf = Start;
        List<Beat> beats = [new(asOf, [])];
        foreach (Beat.Plan plan in plans)
        {
            asOf = asOf.AddMilliseconds(plan.Advance);
            beats.Add(new Beat(asOf, [.. plan.Prints.Select(print => print.At(asOf))]));
        }

        return new Tape("SPY", new DateOnly(2026, 1, 16), [.. beats]);
    }

    static IEnumerable<Tape> Shrink(ImmutableArray<Beat> beats)
    {
        for (int i = 1; i < beats.Length; i++)
            yield return new Tape("SPY", new DateOnly(2026, 1, 16), beats.RemoveAt(i));
        for (int i = 1; i < beats.Length; i++)
        {
            for (int j = 0; j < beats[i].Trades.Length; j++)
                yield return new Tape("SPY", new DateOnly(2026, 1, 16), beats.SetItem(i, beats[i] with { Trades = beats[i].Trades.RemoveAt(j) }));
        }
    }

    /// <summary>A real day in the legacy format; the clock runs 100 ms behind the newest print and jumps with it.</summary>
    public static Tape Real(string file, string root, DateOnly session, int beat = 40)
    {
        var trades = File.ReadLines(SharedFiles.Data(Path.Combine("inferred_trades", file))).Select(Parse).ToArray();
        DateTimeOffset asOf = trades.Min(trade => trade.Time);
        List<Beat> beats = [new(asOf, [])];
        foreach (OptionTrade[] chunk in trades.Chunk(beat))
        {
            DateTimeOffset newest = chunk.Max(trade => trade.Time).AddMilliseconds(100);
            if (newest > asOf) asOf = newest;
            beats.Add(new Beat(asOf, [.. chunk]));
        }

        return new Tape(root, session, [.. beats]);
    }

    public static Tape Goog() => Real("GOOG_2015-12-24_inferred_trades.ndjson", "GOOG", new DateOnly(2015, 12, 24));

    public static Tape Aapl() => Real("AAPL_2014-06-06_inferred_trades.ndjson", "AAPL", new DateOnly(2014, 6, 6));

    static OptionTrade Parse(string line)
    {
        JsonElement json = JsonElement.Parse(line);
        return new OptionTrade(
            new OptionContract(
                DateOnly.ParseExact(json.GetProperty("expiration").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture),
                json.GetProperty("strike").GetDouble(),
                json.GetProperty("right").GetString() == "C" ? OptionRight.Call : OptionRight.Put),
            json.GetProperty("trade_datetime").GetDateTimeOffset().ToUniversalTime(),
            json.GetProperty("price").GetDouble(),
            json.GetProperty("size").GetInt32(),
            json.GetProperty("spot").GetDouble(),
            json.GetProperty("aggressor").GetInt32());
    }
}

/// <summary>One message's content.</summary>
sealed record Beat(DateTimeOffset AsOf, ImmutableArray<OptionTrade> Trades, FeedGap? Gap = null)
{
    public sealed record Plan(int Advance, Print[] Prints);

    public sealed record Print(int Lag, bool IsNear, int Strike, bool IsCall, int Size, int Price, int Spot, int Aggressor)
    {
        public OptionTrade At(DateTimeOffset asOf) => new(
            new OptionContract(new DateOnly(2026, 1, IsNear ? 16 : 23), Strike, IsCall ? OptionRight.Call : OptionRight.Put),
            asOf.AddMicroseconds(-Lag * 1000L),
            Math.Round(Price / 100.0, 2),
            Size,
            450 + Spot / 4.0,
            Aggressor);
    }

    static Gen<Print> AnyPrint { get; } =
        from lag in Gen.Frequency((8, Gen.Choose(-200, 700)), (2, Gen.Choose(700, 5000)))
        from isNear in Gen.Elements(true, false)
        from strike in Gen.Elements(440, 445, 449, 450, 451, 455, 460)
        from isCall in Gen.Elements(true, false)
        from size in Gen.Choose(1, 500)
        from price in Gen.Frequency((6, Gen.Choose(1, 400)), (2, Gen.Choose(400, 1500)), (1, Gen.Elements(0, 50_000)))
        from spot in Gen.Choose(-1, 1)
        from aggressor in Gen.Choose(-1, 1)
        select new Print(lag, isNear, strike, isCall, size, price, spot, aggressor);

    public static Gen<Plan> Any { get; } =
        from advance in Gen.Frequency((6, Gen.Choose(0, 400)), (3, Gen.Choose(400, 3000)), (1, Gen.Choose(3000, 60_000)))
        from count in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 9)))
        from prints in AnyPrint.ArrayOf(count)
        select new Plan(advance, prints);
}
