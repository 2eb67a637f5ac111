using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>Nanoseconds an option: implied volatilities, and prices with greeks, at every width and against one by one.</summary>
static class Kernels
{
    const int Options = 1_000_000;
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
            {ProcessorName()}, {Environment.ProcessorCount} logical processors, one thread, .NET {Environment.Version},
            {(Avx512DQ.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "neither AVX-512 nor AVX2")}{(Vector512.IsHardwareAccelerated ? "" : ", 512-bit vectors not preferred")}. {rounds} rounds, the contenders taking turns
            at the whole set in pieces of {Piece:N0} options, inputs and outputs from memory. min: the mean over pieces of the fastest round of each; median: of all rounds and pieces.
            hot: the fastest of 200 repetitions of {Hot:N0} options from the middle, in cache.

            """));

        Console.WriteLine($"{"set",-6} {"what",-28} {"min ns",8} {"median",8} {"hot",8} {"unsolved",10} {"worst error",12} {"median error",13}");
        foreach (Set set in new[] { Set.Chain(), Set.Wide() })
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

    static string ProcessorName()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? "Processor unknown" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
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

        public string Row(Set set)
        {
            _all.Sort();
            string times = string.Create(CultureInfo.InvariantCulture, $"{name,-28} {_best.Sum() / Options,8:F2} {_all[_all.Count / 2],8:F2} {MeasureHot(),8:F2}");
            if (!IsSolver) return times;
            for (int from = 0; from < Options; from += Piece) run(from, Math.Min(Piece, Options - from));
            (int unsolved, double worst, double median) = set.Errors();
            return times + string.Create(CultureInfo.InvariantCulture, $" {unsolved,10} {worst,12:E1} {median,13:E1}");
        }
    }

    sealed class Set(string name)
    {
        readonly bool[] _isCall = new bool[Options];
        readonly double[] _price = new double[Options], _forward = new double[Options], _strike = new double[Options], _years = new double[Options],
            _discount = new double[Options], _rate = new double[Options], _yield = new double[Options], _true = new double[Options], _volatility = new double[Options];
        readonly double[] _before = new double[Options];
        readonly VolatilityStatus[] _status = new VolatilityStatus[Options];
        readonly double[][] _values = [.. Enumerable.Range(0, 10).Select(_ => new double[Options])];

        public string Name => name;

        public static Set Chain()
        {
            var set = new Set("chain");
            int i = 0;
            for (int day = 0; i < Options; day = (day + 1) % 61)
            {
                double years = (day + 0.3) / 365;
                double unit = 0.12 * Math.Sqrt(years);
                for (int strike = 1700; strike <= 10_000 && i < Options; strike += 5)
                {
                    double distance = Math.Log(strike / 5000.0) / unit;
                    double volatility = 0.12 + (distance < 0 ? -0.05 : 0.04) * distance;
                    double deviations = Math.Log(strike / 5000.0) / (volatility * Math.Sqrt(years));
                    if (volatility <= 0.6 && deviations is > -7 and < 5) set.Add(i++, 5000, strike, years, volatility, 0.04);
                }
            }

            return set;
        }

        public static Set Wide()
        {
            var set = new Set("wide");
            var random = new Random(1);
            for (int i = 0; i < Options; i++)
            {
                double years = Math.Exp(Math.Log(1 / 365.0) + random.NextDouble() * Math.Log(3650));
                double volatility = 0.02 * Math.Exp(random.NextDouble() * Math.Log(50));
                double forward = Math.Exp(8 * random.NextDouble());
                double strike = forward * Math.Exp((10 * random.NextDouble() - 5) * volatility * Math.Sqrt(years));
                set.Add(i, forward, strike, years, volatility, 0.06 * random.NextDouble());
            }

            return set;
        }

        void Add(int i, double forward, double strike, double years, double volatility, double rate)
        {
            (_isCall[i], _forward[i], _strike[i], _years[i], _true[i], _rate[i], _yield[i]) = (strike > forward, forward, strike, years, volatility, rate, rate);
            _before[i] = volatility * (1 + 5e-4 * Math.Sin(i));
            _discount[i] = Math.Exp(-rate * years);
            _price[i] = _discount[i] * BlackScholes.Evaluate(new OptionInputs(_isCall[i], forward, strike, years, volatility, 0)).Price;
        }

        public Action<int, int> Volatilities(LaneWidth width) => (from, n) => BatchVolatility.Solve(
            new PricedOptions(_isCall.AsSpan(from, n), _price.AsSpan(from, n), _forward.AsSpan(from, n), _strike.AsSpan(from, n), _years.AsSpan(from, n), _discount.AsSpan(from, n)),
            _volatility.AsSpan(from, n), _status.AsSpan(from, n), width);

        public Action<int, int> Fast(LaneWidth width) => (from, n) => BatchVolatility.SolveFast(
            new PricedOptions(_isCall.AsSpan(from, n), _price.AsSpan(from, n), _forward.AsSpan(from, n), _strike.AsSpan(from, n), _years.AsSpan(from, n), _discount.AsSpan(from, n)),
            _volatility.AsSpan(from, n), _status.AsSpan(from, n), width: width);

        // From volatilities that were right a moment ago.
        public Action<int, int> Warm(LaneWidth width) => (from, n) => BatchVolatility.SolveFast(
            new PricedOptions(_isCall.AsSpan(from, n), _price.AsSpan(from, n), _forward.AsSpan(from, n), _strike.AsSpan(from, n), _years.AsSpan(from, n), _discount.AsSpan(from, n)),
            _volatility.AsSpan(from, n), _status.AsSpan(from, n), _before.AsSpan(from, n), width);

        public void ByCall(int from, int count)
        {
            for (int i = from; i < from + count; i++)
            {
                ImpliedVolatilityResult result = BatchVolatility.Solve(_isCall[i], _price[i], _forward[i], _strike[i], _years[i], _discount[i]);
                (_volatility[i], _status[i]) = (result.Volatility, result.Status);
            }
        }

        public void OneByOne(int from, int count)
        {
            for (int i = from; i < from + count; i++)
            {
                ImpliedVolatilityResult result = ImpliedVolatility.Solve(
                    new PricedOption(_isCall[i], _price[i] / _discount[i], _forward[i], _strike[i], _years[i], 0));
                (_volatility[i], _status[i]) = (result.Volatility, result.Status);
            }
        }

        // What most desks begin with: from 20 %, at most 100 steps, until the price is within 1e-5, between 0.1 % and 500 %.
        public void Newton(int from, int count)
        {
            for (int i = from; i < from + count; i++)
            {
                double root = Math.Sqrt(_years[i]);
                double moneyness = Math.Log(_forward[i] / _strike[i]);
                double goal = _price[i] / _discount[i];
                double volatility = 0.2;
                _status[i] = VolatilityStatus.NoVega;
                for (int step = 0; step < 100; step++)
                {
                    double s = volatility * root;
                    double d1 = moneyness / s + 0.5 * s;
                    double sign = _isCall[i] ? 1 : -1;
                    double error = sign * (_forward[i] * Cumulative(sign * d1) - _strike[i] * Cumulative(sign * (d1 - s))) - goal;
                    if (Math.Abs(error) < 1e-5)
                    {
                        _status[i] = VolatilityStatus.Ok;
                        break;
                    }

                    double vega = _forward[i] * Math.Exp(-0.5 * d1 * d1) * PortableMath.DensityAtZero * root;
                    if (vega < 1e-10) break;
                    volatility = Math.Clamp(volatility - error / vega, 0.001, 5);
                }

                _volatility[i] = volatility;
            }
        }

        // Abramowitz & Stegun 26.2.17, within 7.5e-8.
        static double Cumulative(double x)
        {
            double k = 1 / (1 + 0.2316419 * Math.Abs(x));
            double tail = PortableMath.DensityAtZero * Math.Exp(-0.5 * x * x) *
                k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
            return x < 0 ? tail : 1 - tail;
        }

        public Action<int, int> Greeks(LaneWidth width) => (from, n) => BatchGreeks.Evaluate(ToEvaluate(from, n), Values(from, n), width);

        public Action<int, int> Fused(bool isFast) => (from, n) =>
        {
            // Rate and yield are equal here: the spot is the forward.
            var quoted = new QuotedOptions(_isCall.AsSpan(from, n), _price.AsSpan(from, n), _forward.AsSpan(from, n), _strike.AsSpan(from, n), _years.AsSpan(from, n),
                _rate.AsSpan(from, n), _yield.AsSpan(from, n));
            if (isFast) QuotedGreeks.EvaluateFast(quoted, _volatility.AsSpan(from, n), _status.AsSpan(from, n), Values(from, n));
            else QuotedGreeks.Evaluate(quoted, _volatility.AsSpan(from, n), _status.AsSpan(from, n), Values(from, n));
        };

        OptionColumns ToEvaluate(int from, int n) => new(_isCall.AsSpan(from, n), _forward.AsSpan(from, n), _strike.AsSpan(from, n), _years.AsSpan(from, n),
            _true.AsSpan(from, n), _rate.AsSpan(from, n), _yield.AsSpan(from, n));

        ValueColumns Values(int from, int n) => new(_values[0].AsSpan(from, n), _values[1].AsSpan(from, n), _values[2].AsSpan(from, n), _values[3].AsSpan(from, n),
            _values[4].AsSpan(from, n), _values[5].AsSpan(from, n), _values[6].AsSpan(from, n), _values[7].AsSpan(from, n), _values[8].AsSpan(from, n), _values[9].AsSpan(from, n));

        public void GreeksOneByOne(int from, int count)
        {
            for (int i = from; i < from + count; i++)
                _values[0][i] = BlackScholes.Evaluate(new OptionInputs(_isCall[i], _forward[i], _strike[i], _years[i], _true[i], _rate[i], _yield[i])).Vomma;
        }

        // The price's own rounding is in the error: half an ulp of it, through the elasticity of the volatility.
        public (int Unsolved, double Worst, double Median) Errors()
        {
            var errors = new List<double>(Options);
            for (int i = 0; i < Options; i++)
                if (_status[i] == VolatilityStatus.Ok) errors.Add(Math.Abs(_volatility[i] / _true[i] - 1));
            errors.Sort();
            return errors.Count == 0 ? (Options, 0, 0) : (Options - errors.Count, errors[^1], errors[errors.Count / 2]);
        }
    }
}
