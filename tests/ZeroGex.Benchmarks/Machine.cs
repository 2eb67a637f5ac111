using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>What the processor could do at best, and how near the fast solver comes: over one core's issue of vector operations, and over two cores.</summary>
static class Machine
{
    // Arithmetic of the loops over eight options, counted in the compiler's output (DOTNET_JitDisasm='Enter FinishMoneyness Seed Step4 Leave').
    const int OperationsOfFast = 268;

    // What a thread takes at a time: so little that both end together, so much that taking costs nothing.
    const int Piece = 10_000;

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("machine takes no arguments.");
            return 2;
        }

        if (!Avx512F.IsSupported)
        {
            Console.WriteLine("Without AVX-512 there is nothing to compare the count of operations with.");
            return 0;
        }

        OptionSet set = OptionSet.Chain();
        Action<int, int> solve = set.Fast(LaneWidth.Eight);
        Action<int> multiplyAdds = _ => { for (int i = 0; i < 100; i++) MultiplyAdds(); };
        Action<int> inCache = piece => { for (int i = 0; i < 4_000; i++) solve(piece * 400_000, 512); }; // Far apart: no line of memory is written by both.
        Action<int> fromMemory = piece => solve(piece * Piece, Piece);
        double fma = double.PositiveInfinity, division = double.PositiveInfinity, hot = double.PositiveInfinity;
        Cores loop = new(), cached = new(), whole = new();
        for (int round = 0; round < 40; round++)
        {
            fma = Math.Min(fma, Time(MultiplyAdds) / (12 * 20_000));
            division = Math.Min(division, Time(Divisions) / (12 * 2_000));
            hot = Math.Min(hot, Time(() => { for (int i = 0; i < 20; i++) solve(500_000, 512); }) / (20 * 512));
            loop = loop.Best(multiplyAdds, 2);
            cached = cached.Best(inCache, 2);
            whole = whole.Best(fromMemory, OptionSet.Count / Piece);
        }

        double bound = OperationsOfFast * fma / 8;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {ProcessorName()}, the fastest of 40 turns each.
            512-bit fused multiply-add, 12 chains side by side   {fma:F3} ns
            512-bit division, 12 chains side by side             {division:F2} ns
            fast IV, {OperationsOfFast} vector operations for 8 options        {bound:F2} ns an option at best, if nothing but their issue takes time
            fast IV, 512 options in the first-level cache        {hot:F2} ns an option: {bound / hot:P0} of that
            fast IV, a million options, one thread               {whole.One / OptionSet.Count:F2} ns an option
            fast IV, a million options, two threads              {whole.Two / OptionSet.Count:F2} ns an option: {whole.One / whole.Two:F2} times one
            fast IV, 512 options in cache each, two threads      {cached.One / cached.Two:F2} times one
            the multiply-adds alone, two threads                 {loop.One / loop.Two:F2} times one: what this machine's second core adds to code that shares nothing
            """));
        return 0;
    }

    /// <summary>The least time, in nanoseconds, that some pieces of work took on one thread and on two.</summary>
    readonly record struct Cores(double One, double Two)
    {
        public Cores() : this(double.PositiveInfinity, double.PositiveInfinity)
        {
        }

        public Cores Best(Action<int> work, int pieces)
        {
            double one = Time(() => { for (int piece = 0; piece < pieces; piece++) work(piece); });
            int next = -1;
            using Barrier start = new(2);
            Thread other = new(Take);
            other.Start();
            start.SignalAndWait();
            double two = Time(() =>
            {
                TakeAll();
                other.Join();
            });
            return new(Math.Min(One, one), Math.Min(Two, two));

            void Take()
            {
                start.SignalAndWait();
                TakeAll();
            }

            void TakeAll()
            {
                for (int piece; (piece = Interlocked.Increment(ref next)) < pieces;) work(piece);
            }
        }
    }

    public static string ProcessorName()
    {
        const string Information = "/proc/cpuinfo";
        string[] lines = File.Exists(Information) ? File.ReadAllLines(Information) : [];
        string? Says(string name) => lines.FirstOrDefault(line => line.Split(':')[0].Trim() == name)?.Split(':', 2)[1].Trim();

        // Hosts hide the name, and not what decides.
        return Says("model name") is { } name ? $"{name} (family {Says("cpu family")}, model {Says("model")})" : "Processor unknown";
    }

    static double Time(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    static double s_sink;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyAdds()
    {
        Vector512<double> m = Vector512.Create(0.999), n = Vector512.Create(0.001);
        Vector512<double> a = n, b = n, c = n, d = n, e = n, f = n, g = n, h = n, i = n, j = n, k = n, l = n;
        for (int count = 0; count < 20_000; count++)
        {
            a = Vector512.FusedMultiplyAdd(a, m, n); b = Vector512.FusedMultiplyAdd(b, m, n); c = Vector512.FusedMultiplyAdd(c, m, n);
            d = Vector512.FusedMultiplyAdd(d, m, n); e = Vector512.FusedMultiplyAdd(e, m, n); f = Vector512.FusedMultiplyAdd(f, m, n);
            g = Vector512.FusedMultiplyAdd(g, m, n); h = Vector512.FusedMultiplyAdd(h, m, n); i = Vector512.FusedMultiplyAdd(i, m, n);
            j = Vector512.FusedMultiplyAdd(j, m, n); k = Vector512.FusedMultiplyAdd(k, m, n); l = Vector512.FusedMultiplyAdd(l, m, n);
        }

        s_sink = Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Divisions()
    {
        Vector512<double> m = Vector512.Create(1.001), n = Vector512.Create(1.5);
        Vector512<double> a = n, b = n, c = n, d = n, e = n, f = n, g = n, h = n, i = n, j = n, k = n, l = n;
        for (int count = 0; count < 2_000; count++)
        {
            a = m / a; b = m / b; c = m / c; d = m / d; e = m / e; f = m / f; g = m / g; h = m / h; i = m / i; j = m / j; k = m / k; l = m / l;
        }

        s_sink = Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
