using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ZeroGex.Analytics.Bars;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Greeks;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Benchmarks;

/// <summary>The folds of whole chains, messages in and results out: quotes a second, and milliseconds for what each answer costs.</summary>
static class FoldRuns
{
    const string Root = "SPXW";
    const int RowsPerMessage = 500;
    static readonly DateOnly Session = new(2026, 1, 15);
    static readonly DateTimeOffset Start = new(2026, 1, 15, 15, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Never = TimeSpan.FromHours(1);
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static int Run(string[] args)
    {
        int rounds = 40;
        if (args.Length > 1 || (args.Length == 1 && (!int.TryParse(args[0], CultureInfo.InvariantCulture, out rounds) || rounds < 1)))
        {
            Console.Error.WriteLine("folds takes a number of rounds, at least 1.");
            return 2;
        }

        var market = new Market(new Chain.Contracts());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            The chain of the subject `chain`, {market.Contracts.Length:N0} contracts, as messages of {RowsPerMessage} quotes through the folds. {Machine.ProcessorName()}, one thread, .NET {Environment.Version}. {rounds} rounds, min and median.

            """));

        var quiet = new ChainSettings { Interval = Never, LevelsEvery = Never, ScopesEvery = Never, GreeksEvery = Never };
        Rate("chain: quotes taken in", new ChainFold(Root, Session, quiet), market, rounds);
        Rate("bars: quotes taken in", new BarsFold(Root, Session, quiet), market, rounds);

        var levels = quiet with { LevelsEvery = Second };
        Cost("chain: levels of all expirations by open interest", new ChainFold(Root, Session, levels), market, rounds);
        Cost("chain: the same by volume too", new ChainFold(Root, Session, levels with { ScopesEvery = Second, Scopes = [ChainScope.All] }), market, rounds);
        Cost("chain: four scopes by two weights", new ChainFold(Root, Session, levels with { ScopesEvery = Second }), market, rounds);
        Cost("greeks: of all contracts", new GreeksFold(Root, Session, quiet with { GreeksEvery = Second }), market, rounds);
        Cost("max-pain: of all expirations", new MaxPainFold(Root, Session, quiet with { GreeksEvery = Second }), market, rounds);
        Cost("chain: levels with forwards by parity", new ChainFold(Root, Session, levels with { ImpliesForwards = true }), market, rounds);
        return 0;
    }

    static bool IsFor(IFold fold, IMarketFact fact) => fold is not BookFold || fact is not BarsObserved;

    // Quotes of one second, its closing included.
    static void Rate(string what, IFold fold, Market market, int rounds)
    {
        market.Open(fold);
        var seconds = new List<double>();
        int rows = 0;
        for (int round = -3; round < rounds; round++)
        {
            var facts = market.NextSecond(messages: 200);
            rows = facts.OfType<QuotesObserved>().Sum(quotes => quotes.Time.Length);
            long start = Stopwatch.GetTimestamp();
            foreach (IMarketFact fact in facts.Where(fact => IsFor(fold, fact))) fold.Apply(fact);
            if (round >= 0) seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        seconds.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-62} {rows / seconds[0] / 1e6,8:F2} {rows / seconds[seconds.Count / 2] / 1e6,8:F2} million a second"));
    }

    // A second in which a little has changed.
    static void Cost(string what, BookFold fold, Market market, int rounds)
    {
        market.Open(fold);
        var times = new List<double>();
        int answers = 0;
        for (int round = -3; round < rounds; round++)
        {
            var facts = market.NextSecond(messages: 1);
            long start = Stopwatch.GetTimestamp();
            answers = facts.Where(fact => IsFor(fold, fact)).Sum(fact => fold.Apply(fact).Count);
            if (round >= 0) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-62} {times[0],8:F2} {times[times.Count / 2],8:F2} ms, {answers,3} answers; five roots once a second: {0.5 * times[times.Count / 2],5:F2} % of a core"));
    }

    /// <summary>A chain and its gateway.</summary>
    sealed class Market(Chain.Contracts chain)
    {
        static readonly string[] Kinds = ["chain", "quotes", "trades", "bars"];

        readonly Random _random = new(2);
        readonly Dictionary<string, long> _sequences = [];
        int _second;

        public ImmutableArray<OptionContract> Contracts { get; } =
            [.. Enumerable.Range(0, chain.Count).Select(i => new OptionContract(Session.AddDays((int)Math.Ceiling(chain.Years[i] * 365)), chain.Strike[i], chain.IsCall[i] ? OptionRight.Call : OptionRight.Put))];

        /// <summary>A fresh session for a fold: open interest and one quote of everything.</summary>
        public void Open(IFold fold)
        {
            _sequences.Clear();
            _second = 0;
            fold.Apply(new ChainObserved { Stamp = Stamp("chain", 0), Root = Root, OpenInterestDate = Session.AddDays(-1), Rows = [.. Contracts.Select((contract, i) => new ChainRow(contract, chain.OpenInterest[i], chain.OpenInterest[i] / 7))] });
            fold.Apply(Quotes([.. Enumerable.Range(0, Contracts.Length)], 0));
            foreach (IMarketFact fact in NextSecond(1).Where(fact => IsFor(fold, fact))) fold.Apply(fact);
        }

        /// <summary>Messages of the next second, and heartbeats that close it.</summary>
        public List<IMarketFact> NextSecond(int messages)
        {
            var facts = new List<IMarketFact>();
            for (int i = 0; i < messages; i++) facts.Add(Quotes([.. Enumerable.Range(0, RowsPerMessage).Select(_ => _random.Next(Contracts.Length))], (double)i / messages));
            _second++;
            facts.AddRange(Kinds.Select(Heartbeat));
            return facts;
        }

        QuotesObserved Quotes(int[] rows, double fraction)
        {
            DateTimeOffset time = Start.AddSeconds(_second + fraction);
            long micros = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            double move = 1 + 0.002 * (_random.NextDouble() - 0.5);
            int[] contracts = [.. rows.Distinct()];
            var index = contracts.Select((contract, i) => (contract, i)).ToDictionary(pair => pair.contract, pair => pair.i);
            return new QuotesObserved
            {
                Stamp = Stamp("quotes", fraction),
                Root = Root,
                Contracts = [.. contracts.Select(contract => Contracts[contract])],
                Contract = [.. rows.Select(row => index[row])],
                Time = [.. rows.Select((_, i) => micros + i)],
                Bid = [.. rows.Select(row => Math.Round(0.995 * move * chain.Price[row], 2))],
                Ask = [.. rows.Select(row => Math.Round(1.005 * move * chain.Price[row], 2) + 0.01)],
                BidSize = [.. rows.Select(_ => 1)],
                AskSize = [.. rows.Select(_ => 1)],
                Spot = [.. rows.Select(_ => Math.Round(5000 * move, 2))],
            };
        }

        IMarketFact Heartbeat(string kind)
        {
            Stamp stamp = Stamp(kind, 0.3);
            return kind switch
            {
                "chain" => new ChainObserved { Stamp = stamp, Root = Root },
                "quotes" => new QuotesObserved { Stamp = stamp, Root = Root },
                "trades" => new TradesObserved { Stamp = stamp, Root = Root },
                _ => new BarsObserved { Stamp = stamp, Root = Root },
            };
        }

        Stamp Stamp(string kind, double fraction)
        {
            long sequence = _sequences[kind] = _sequences.GetValueOrDefault(kind) + 1;
            return new(Contract.StreamId(kind, Root, Session), 1, sequence, Start.AddSeconds(_second + fraction));
        }
    }
}
