using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>Nanoseconds an option: implied volatilities, and prices with greeks, at every width and against one by one.</summary>
static class Kernels
{
    const int Options = OptionSet.Count;
    const int Piece = 8_192;
    const int Hot = 1_024;

    public static int Run(string[] args)
    {
        int rounds = 9;
        if (args.Length > 2 || (args.Length > 0 && (!int.TryParse(args[0], CultureInfo.InvariantCulture, out rounds) || rounds < 1)))
        {
            Console.Error.WriteLine("kernels takes a number of rounds, at least 1, and a part of the names of the contenders that shall run.");
            return 2;
        }

        string only = args.Length > 1 ? args[1] : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Sets of {Options:N0} European options, out of the money, priced at a known volatility.
            chain: F = 5000, strikes every 5 from 7 deviations below to 5 above (between F/3 and 2F), expirations after 0.3, 1.3, 2.3 ... 60.3 days, one after
                   the other, volatility 12 % at the money rising to 60 % in the wings, r = 4 %.
            wide:  T log-uniform from a day to 10 years, volatility log-uniform from 2 % to 100 %, strikes within 5 deviations, nothing sorted or shared.
            {Machine.ProcessorName()}, {Environment.ProcessorCount} logical processors, one thread, .NET {Environment.Version},
            {(Avx512DQ.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "neither AVX-512 nor AVX2")}{(Vector512.IsHardwareAccelerated ? "" : ", 512-bit vectors not preferred")}. {rounds} rounds, the contenders taking turns
            at the whole set in pieces of {Piece:N0} options, inputs and outputs from memory. min: the mean over pieces of the fastest round of each; median: of all rounds and pieces.
            hot: the fastest of 200 repetitions of {Hot:N0} options from the middle, in cache.

            """));

        Console.WriteLine($"{"set",-6} {"what",-28} {"min ns",8} {"median",8} {"hot",8} {"unsolved",10} {"worst error",12} {"median error",13}");
        foreach (OptionSet set in new[] { OptionSet.Chain(), OptionSet.Wide() })
        {
            Contender[] contenders =
            [
                new("IV, widest", set.Volatilities(LaneWidth.Widest)),
                new("IV, 8 lanes", set.Volatilities(LaneWidth.Eight)),
                new("IV, 4 lanes", set.Volatilities(LaneWidth.Four)),
                new("IV, 1 lane", set.Volatilities(LaneWidth.Scalar)),
                new("IV fast, 8 lanes", set.Fast(LaneWidth.Eight)),
                new("IV fast, 4 lanes", set.Fast(LaneWidth.Four)),
                new("IV fast, warm, 8 lanes", set.Warm(LaneWidth.Eight)),
                new("IV, a call an option", set.ByCall),
                new("IV, scalar solver", set.OneByOne),
                new("IV, Newton (100, 1e-5)", set.Newton),
                new("price + 9 greeks, 8 lanes", set.Greeks(LaneWidth.Eight)) { IsSolver = false },
                new("fused IV + greeks, portable", set.Fused(isFast: false)),
                new("fused IV + greeks, fast", set.Fused(isFast: true)),
                new("price + 9 greeks, 4 lanes", set.Greeks(LaneWidth.Four)) { IsSolver = false },
                new("price + 9 greeks, 1 lane", set.Greeks(LaneWidth.Scalar)) { IsSolver = false },
                new("price + 8 greeks, scalar", set.GreeksOneByOne) { IsSolver = false },
            ];
            contenders = [.. contenders.Where(contender => contender.Name.Contains(only, StringComparison.Ordinal))];

            for (int round = -1; round < rounds; round++)
                foreach (Contender contender in contenders)
                    for (int from = 0; from < Options; from += Piece) contender.Measure(from, Math.Min(Piece, Options - from), round >= 0);

            foreach (Contender contender in contenders) Console.WriteLine($"{set.Name,-6} {contender.Row(set)}");
        }

        return 0;
    }

    sealed class Contender(string name, Action<int, int> run)
    {
        readonly double[] _best = [.. Enumerable.Repeat(double.PositiveInfinity, (Options + Piece - 1) / Piece)];
        readonly List<double> _all = [];

        public string Name => name;

        public bool IsSolver { get; init; } = true;

        public void Measure(int from, int count, bool keep)
        {
            long start = Stopwatch.GetTimestamp();
            run(from, count);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            if (!keep) return;
            _best[from / Piece] = Math.Min(_best[from / Piece], elapsed);
            _all.Add(elapsed / count);
        }

        double MeasureHot()
        {
            double best = double.PositiveInfinity;
            for (int i = 0; i < 200; i++)
            {
                long start = Stopwatch.GetTimestamp();
                run(Options / 2, Hot);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Hot);
            }

            return best;
        }

        public string Row(OptionSet set)
        {
            _all.Sort();
            string times = string.Create(CultureInfo.InvariantCulture, $"{name,-28} {_best.Sum() / Options,8:F2} {_all[_all.Count / 2],8:F2} {MeasureHot(),8:F2}");
            if (!IsSolver) return times;
            for (int from = 0; from < Options; from += Piece) run(from, Math.Min(Piece, Options - from));
            (int unsolved, double worst, double median) = set.Errors();
            return times + string.Create(CultureInfo.InvariantCulture, $" {unsolved,10} {worst,12:E1} {median,13:E1}");
        }
    }
}
