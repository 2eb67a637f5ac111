using System.Collections.Immutable;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Streams;

/// <summary>Facts written by hand, message by message, and what a fold says to them. Seconds count from the start.</summary>
sealed class Script(IFold fold, DateTimeOffset start)
{
    readonly Dictionary<string, long> _sequences = [];
    readonly IReadOnlyList<string> _inputs = Folds.All.Single(spec => spec.Create(MarketTape.Root, MarketTape.Session, new()).GetType() == fold.GetType()).Inputs;

    public IFold Fold => fold;

    /// <summary>Everything answered so far.</summary>
    public List<IMarketResult> Answers { get; } = [];

    public IEnumerable<T> Said<T>() => Answers.OfType<T>();

    public DateTimeOffset At(double second) => start.AddSeconds(second);

    /// <summary>Heartbeats on all four streams.</summary>
    public Script Beat(double second) => Quotes(second).Trades(second).Chain(second).Bars(second);

    public Script Quotes(double second, params ImmutableArray<Quote> rows) => Say(MarketTape.Quotes(Stamp("quotes", second), rows));

    public Script Trades(double second, params ImmutableArray<OptionTrade> rows) => Say(new TradesObserved { Stamp = Stamp("trades", second), Root = MarketTape.Root, Trades = rows });

    public Script Chain(double second, params ImmutableArray<ChainRow> rows) =>
        Say(new ChainObserved { Stamp = Stamp("chain", second), Root = MarketTape.Root, OpenInterestDate = MarketTape.Session.AddDays(-1), Rows = rows });

    public Script Bars(double second, params ImmutableArray<UnderlyingBar> rows) => Say(new BarsObserved { Stamp = Stamp("bars", second), Root = MarketTape.Root, Bars = rows });

    /// <summary>Heartbeats that say what the feed missed.</summary>
    public Script Gap(double second, FeedGap gap) =>
        Say(MarketTape.Quotes(Stamp("quotes", second), []) with { Gap = gap })
            .Say(new TradesObserved { Stamp = Stamp("trades", second), Root = MarketTape.Root, Gap = gap })
            .Say(new ChainObserved { Stamp = Stamp("chain", second), Root = MarketTape.Root, Gap = gap })
            .Say(new BarsObserved { Stamp = Stamp("bars", second), Root = MarketTape.Root, Gap = gap });

    /// <summary>A message of a kind is lost.</summary>
    public Script Lose(string kind)
    {
        _sequences[kind] = _sequences.GetValueOrDefault(kind) + 1;
        return this;
    }

    public Quote Quote(OptionContract contract, double second, double bid, double ask, double spot = 450, double last = 0, long? volume = null, double? volatility = null) =>
        new(contract, At(second), bid, ask, spot, last, volume, Volatility: volatility);

    Script Say(IMarketFact fact)
    {
        string kind = Contract.ParseStreamId(fact.Stamp.Stream).Kind;
        if (_inputs.Contains(kind)) Answers.AddRange(fold.Apply(fact));
        return this;
    }

    Stamp Stamp(string kind, double second)
    {
        long sequence = _sequences[kind] = _sequences.GetValueOrDefault(kind) + 1;
        return new(Contract.StreamId(kind, MarketTape.Root, MarketTape.Session), 1, sequence, At(second));
    }
}
