using System.Diagnostics;
using System.Globalization;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>
/// The kernels against QuantLib in one run, taking turns at the same options. QuantLib is an option of the machine (Debian: libquantlib0-dev, g++);
/// where it is missing, so is the comparison.
/// </summary>
static class QuantLib
{
    const int Options = OptionSet.Count;
    const int Piece = 10_000;

    public static int Run(string[] args)
    {
        int rounds = 5;
        if (args.Length > 1 || (args.Length == 1 && (!int.TryParse(args[0], CultureInfo.InvariantCulture, out rounds) || rounds < 1)))
        {
            Console.Error.WriteLine("quantlib takes a number of rounds, at least 1.");
            return 2;
        }

        string? source = Source();
        if (source is null || !File.Exists("/usr/include/ql/quantlib.hpp") || !File.Exists("/usr/bin/g++"))
        {
            Console.WriteLine("QuantLib is not installed: no comparison. On Debian: apt-get install libquantlib0-dev g++");
            return 0;
        }

        string folder = Directory.CreateTempSubdirectory("zerogex-quantlib").FullName;
        try
        {
            string program = Path.Combine(folder, "bench");
            Start("/usr/bin/g++", ["-O3", "-march=native", "-std=c++17", source, "-o", program, "-lQuantLib"]).WaitForExit();
            if (!File.Exists(program))
            {
                Console.Error.WriteLine("bench.cpp could not be built.");
                return 1;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                The {Options:N0} options of each set of `kernels`, one thread, {rounds} rounds, the contenders taking turns at pieces of {Piece:N0}; the mean over pieces of the
                fastest round of each. {Machine.ProcessorName()}. QuantLib {Version()}: blackFormulaImpliedStdDevLiRS to 1e-12, and BlackCalculator's value with five greeks,
                called option by option as its users do. Unsolved: no answer, or one that is off by more than 0.1 %.

                {"set",-6} {"what",-34} {"ns",8} {"times",7} {"unsolved",9} {"worst error",12}
                """));
            foreach (OptionSet set in new[] { OptionSet.Chain(), OptionSet.Wide() }) Compare(set, rounds, program, Path.Combine(folder, set.Name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    static string Version() =>
        File.ReadLines("/usr/include/ql/version.hpp").FirstOrDefault(line => line.StartsWith("#define QL_VERSION ", StringComparison.Ordinal))?.Split('"')[1] ?? "of an unknown version";

    static void Compare(OptionSet set, int rounds, string program, string file)
    {
        using (var stream = File.Create(file)) set.Write(stream, Options);
        using var other = Start(program, [file]);
        long unsolved = 0;
        double worst = 0;
        double Ask(string what, int from)
        {
            other.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {from} {Piece}"));
            string[] answer = other.StandardOutput.ReadLine()!.Split(' ');
            unsolved += long.Parse(answer[1], CultureInfo.InvariantCulture);
            worst = Math.Max(worst, double.Parse(answer[2], CultureInfo.InvariantCulture));
            return double.Parse(answer[0], CultureInfo.InvariantCulture);
        }

        double Time(Action<int, int> run, int from)
        {
            long start = Stopwatch.GetTimestamp();
            run(from, Piece);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }

        (string Name, Func<int, double> Measure)[] contenders =
        [
            ("QuantLib IV", from => Ask("iv", from)),
            ("IV, portable, widest", from => Time(set.Volatilities(LaneWidth.Widest), from)),
            ("IV, fast, widest", from => Time(set.Fast(LaneWidth.Widest), from)),
            ("IV, fast, warm, widest", from => Time(set.Warm(LaneWidth.Widest), from)),
            ("IV, a call an option", from => Time(set.ByCall, from)),
            ("QuantLib value + 5 greeks", from => Ask("greeks", from)),
            ("price + 9 greeks, widest", from => Time(set.Greeks(LaneWidth.Widest), from)),
        ];
        var best = contenders.Select(_ => Enumerable.Repeat(double.PositiveInfinity, Options / Piece).ToArray()).ToArray();
        for (int round = -2; round < rounds; round++)
        {
            unsolved = 0;
            for (int piece = 0; piece < Options / Piece; piece++)
                for (int c = 0; c < contenders.Length; c++)
                {
                    double ns = contenders[c].Measure(piece * Piece);
                    if (round >= 0) best[c][piece] = Math.Min(best[c][piece], ns);
                }
        }

        for (int c = 0; c < contenders.Length; c++)
        {
            double ns = best[c].Sum() / Options;
            double reference = best[c < 5 ? 0 : 5].Sum() / Options;
            string line = string.Create(CultureInfo.InvariantCulture, $"{set.Name,-6} {contenders[c].Name,-34} {ns,8:F1} {reference / ns,7:F1}");
            Console.WriteLine(c == 0 ? line + string.Create(CultureInfo.InvariantCulture, $" {unsolved,9} {worst,12:E1}") : line);
        }

        other.StandardInput.Close();
        other.WaitForExit();
    }

    static string? Source()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "ops", "dev", "bench-quantlib", "bench.cpp") is var path && File.Exists(path)) return path;
        return null;
    }

    static Process Start(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
}
