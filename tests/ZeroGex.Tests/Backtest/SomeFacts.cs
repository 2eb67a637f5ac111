using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Backtest;

/// <summary>One root's facts as a log would give them, and a backtest through them.</summary>
static class SomeFacts
{
    public const string Root = "SPY";

    public static readonly DateOnly Session = new(2026, 1, 16);

    public static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    public static readonly OptionContract Call = new(Session, 100, OptionRight.Call), Put = new(Session, 100, OptionRight.Put);

    public static DateTimeOffset At(double seconds) => Open.AddMicroseconds(Math.Round(seconds * 1e6));

    public static Stamp StampAt(string kind, DateTimeOffset asOf, DateOnly? session = null) =>
        new(Contract.StreamId(kind, Root, session ?? Session), 1, 1, asOf);

    /// <summary>Quotes of one message: when the market quoted, in seconds since the open, the spot, and an option's market.</summary>
    public static QuotesObserved Quotes(DateTimeOffset asOf, params (double Second, double Spot, OptionContract Contract, double Bid, double Ask)[] rows) => new()
    {
        Stamp = StampAt("quotes", asOf, DateOnly.FromDateTime(asOf.UtcDateTime)),
        Root = Root,
        Contracts = [.. rows.Select(row => row.Contract).Distinct()],
        Contract = [.. rows.Select(row => rows.Select(one => one.Contract).Distinct().ToList().IndexOf(row.Contract))],
        Time = [.. rows.Select(row => (At(row.Second) - DateTimeOffset.UnixEpoch).Ticks / 10)],
        Spot = [.. rows.Select(row => row.Spot)],
        Bid = [.. rows.Select(row => row.Bid)],
        Ask = [.. rows.Select(row => row.Ask)],
        BidSize = [.. rows.Select(_ => 1)],
        AskSize = [.. rows.Select(_ => 1)],
    };

    public static QuotesObserved Quotes(double asOf, params (double Second, double Spot)[] rows) =>
        Quotes(At(asOf), [.. rows.Select(row => (row.Second, row.Spot, Call, 1.0, 1.1))]);

    public static TradesObserved Trades(double asOf, params OptionTrade[] trades) => new() { Stamp = StampAt("trades", At(asOf)), Root = Root, Trades = [.. trades] };

    /// <summary>Open interest; without rows a heartbeat.</summary>
    public static ChainObserved Chain(double asOf, params (OptionContract Contract, long OpenInterest)[] rows) => new()
    {
        Stamp = StampAt("chain", At(asOf)),
        Root = Root,
        Time = rows.Length > 0 ? At(asOf) : null,
        Rows = [.. rows.Select(row => new ChainRow(row.Contract, row.OpenInterest))],
    };

    public static OptionTrade Print(double second, double spot, OptionContract? contract = null, int size = 10, double price = 1.05) =>
        new(contract ?? Call, At(second), price, size, spot, 1);

    /// <summary>The same, with sequences as a gateway counts them.</summary>
    public static ImmutableArray<IMarketFact> Counted(IEnumerable<IMarketFact> facts)
    {
        Dictionary<string, long> last = [];
        return [.. facts.Select(fact =>
        {
            var stamp = fact.Stamp with { Sequence = last[fact.Stamp.Stream] = last.GetValueOrDefault(fact.Stamp.Stream) + 1 };
            return (IMarketFact)(fact switch
            {
                QuotesObserved quotes => quotes with { Stamp = stamp },
                TradesObserved trades => trades with { Stamp = stamp },
                ChainObserved chain => chain with { Stamp = stamp },
                _ => ((BarsObserved)fact) with { Stamp = stamp },
            });
        })];
    }

    public static BacktestReport Run(IEnumerable<IMarketFact> facts, IStrategy strategy, BacktestSettings? settings = null)
    {
        var engine = new BacktestEngine(Root, strategy, settings ?? new());
        var folds = new SessionFolds(Root, Session, new FoldSettings(), SessionFolds.HeardBy(strategy));
        foreach (var fact in facts)
        {
            engine.Apply(fact);
            foreach (var result in folds.Apply(fact)) engine.Show(result);
        }

        return engine.Report();
    }

    /// <summary>Half a minute of a small market: open interest, quotes late and early, prints, both expirations, crossed and one-sided options, silence.</summary>
    public static Arbitrary<Tape> Any { get; } = Arb.From(Beat().ArrayOf().Select(Build), Shrink);

    static Gen<PlannedBeat> Beat() =>
        from advance in Gen.Frequency((5, Gen.Choose(1, 400)), (4, Gen.Choose(400, 2_000)))
        from quotes in Quote().ArrayOf().Resize(4)
        from prints in Quote().ArrayOf().Resize(3)
        select new PlannedBeat(advance, quotes, prints);

    static Gen<PlannedQuote> Quote() =>
        from lag in Gen.Frequency((6, Gen.Choose(-50, 400)), (1, Gen.Choose(400, 3_000)))
        from spot in Gen.Frequency((6, Gen.Choose(9_900, 10_100)), (1, Gen.Constant(0)))
        from strike in Gen.Elements(98, 99, 100, 101, 102)
        from isCall in Gen.Elements(true, false)
        from bid in Gen.Choose(0, 300)
        from width in Gen.Frequency((8, Gen.Choose(0, 20)), (1, Gen.Choose(-30, -1)))
        from size in Gen.Choose(1, 300)
        select new PlannedQuote(lag, spot, strike, isCall, bid, Math.Max(0, bid + width), size);

    static Tape Build(PlannedBeat[] beats)
    {
        double now = 0;
        List<IMarketFact> facts = [Trades(0)];
        foreach (var beat in beats)
        {
            now = Math.Round(now + beat.AdvanceMs / 1000.0, 3);
            facts.Add(Chain(now, [.. beat.Quotes.Select(x => (x.Contract, (long)x.Size))]));
            facts.Add(Quotes(At(now), [.. beat.Quotes.Select(x => (now - x.LagMs / 1000.0, x.Spot / 100.0, x.Contract, x.Bid / 100.0, x.Ask / 100.0))]));
            facts.Add(Trades(now, [.. beat.Prints.Select(x => Print(now - x.LagMs / 1000.0, x.Spot == 0 ? 100 : x.Spot / 100.0, x.Contract, x.Size, x.Bid / 100.0))]));
        }

        return new Tape(beats, Counted(facts));
    }

    static IEnumerable<Tape> Shrink(Tape tape) => tape.Beats.Select((_, i) => Build([.. tape.Beats.Take(i), .. tape.Beats.Skip(i + 1)]));

    public sealed record Tape(PlannedBeat[] Beats, ImmutableArray<IMarketFact> Facts)
    {
        public override string ToString() => string.Join('\n', Beats.Select(beat => $"+{beat.AdvanceMs} ms q[{string.Join("; ", (object[])beat.Quotes)}] p[{string.Join("; ", (object[])beat.Prints)}]"));
    }

    public sealed record PlannedBeat(int AdvanceMs, PlannedQuote[] Quotes, PlannedQuote[] Prints);

    public sealed record PlannedQuote(int LagMs, int Spot, int Strike, bool IsCall, int Bid, int Ask, int Size)
    {
        public OptionContract Contract => new(Session.AddDays(Strike % 2 * 7), Strike, IsCall ? OptionRight.Call : OptionRight.Put);
    }
}
