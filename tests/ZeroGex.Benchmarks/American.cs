using System.Diagnostics;
using System.Globalization;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>Nanoseconds an American option at every width and accuracy, and the errors that buys.</summary>
static class American
{
    const int Count = 4_096;
    const int Piece = 256;

    public static int Run(string[] args)
    {
        int rounds = 9;
        if (args.Length > 1 || (args.Length == 1 && (!int.TryParse(args[0], CultureInfo.InvariantCulture, out rounds) || rounds < 1)))
        {
            Console.Error.WriteLine("american takes a number of rounds, at least 1.");
            return 2;
        }

        string? vectors = Vectors();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {Count:N0} American options a set, shuffled, one thread, .NET {Environment.Version}. {rounds} rounds, contenders taking turns in pieces of {Piece}.
            min: the mean over pieces of the fastest round of each; median: of all rounds and pieces.
            chain:   S = 600, r = 4.5 %, q = 1.3 %, calls and puts within 3 deviations, 1 to 400 days, volatility 12 % to 40 %.
            vectors: the reference rows, drawn at random{(vectors is null ? " - not here, left out" : "")}.
            Errors: volatility points where one is worth more than 1e-4 of spot, and dollars per dollar of spot, against the reference rows.

            """));

        Set[] sets = vectors is null ? [Set.Chain()] : [Set.Chain(), Set.Rows(vectors)];
        Console.WriteLine($"{"set",-8} {"what",-34} {"min ns",10} {"median",10} {"worst vol pt",13} {"worst / spot",13}");
        foreach (Set set in sets)
        {
            var contenders = new List<Contender>();
            foreach (AmericanAccuracy accuracy in new[] { AmericanAccuracy.Fast, AmericanAccuracy.Precise })
                foreach (LaneWidth width in new[] { LaneWidth.Eight, LaneWidth.Four, LaneWidth.Scalar })
                {
                    contenders.Add(new($"price, {accuracy}, {width}", set.Prices(accuracy, width)) { Accuracy = accuracy });
                    if (accuracy == AmericanAccuracy.Fast) contenders.Add(new($"price + 5 greeks, {accuracy}, {width}", set.Greeks(accuracy, width)));
                }

            contenders.Add(new("implied volatility, Fast, Eight", set.Volatilities));
            for (int round = -1; round < rounds; round++)
                foreach (Contender contender in contenders)
                    for (int from = 0; from < Count; from += Piece) contender.Measure(from, round >= 0);
            foreach (Contender contender in contenders) Console.WriteLine($"{set.Name,-8} {contender.Row(set)}");
        }

        return 0;
    }

    static string? Vectors()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "ZeroGex.Bus.sln"))) continue;
            string path = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "vectors", "american_vectors.csv"));
            return File.Exists(path) ? path : null;
        }

        return null;
    }

    sealed class Contender(string name, Action<int> run)
    {
        readonly double[] _best = [.. Enumerable.Repeat(double.PositiveInfinity, Count / Piece)];
        readonly List<double> _all = [];

        public AmericanAccuracy? Accuracy { get; init; }

        public void Measure(int from, bool keep)
        {
            long start = Stopwatch.GetTimestamp();
            run(from);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Piece;
            if (!keep) return;
            _best[from / Piece] = Math.Min(_best[from / Piece], elapsed);
            _all.Add(elapsed);
        }

        public string Row(Set set)
        {
            _all.Sort();
            string times = string.Create(CultureInfo.InvariantCulture, $"{name,-34} {_best.Average(),10:F0} {_all[_all.Count / 2],10:F0}");
            if (Accuracy is not { } accuracy || set.Errors(accuracy) is not { } errors) return times;
            return times + string.Create(CultureInfo.InvariantCulture, $" {errors.Points,13:E1} {errors.OfSpot,13:E1}");
        }
    }

    sealed class Set(string name)
    {
        readonly bool[] _isCall = new bool[Count];
        readonly double[] _spot = new double[Count], _strike = new double[Count], _years = new double[Count], _volatility = new double[Count],
            _rate = new double[Count], _yield = new double[Count], _price = new double[Count], _solved = new double[Count];
        readonly double[][] _values = [.. Enumerable.Range(0, 6).Select(_ => new double[Count])];
        readonly AmericanStatus[] _status = new AmericanStatus[Count];
        readonly VolatilityStatus[] _solvedStatus = new VolatilityStatus[Count];
        (OptionInputs Option, double Price, double VegaPerPoint)[] _reference = [];

        public string Name => name;

        public static Set Chain()
        {
            var set = new Set("chain");
            var random = new Random(1);
            for (int i = 0; i < Count; i++)
            {
                double years = random.Next(1, 400) / 365.0, volatility = 0.12 + 0.28 * random.NextDouble();
                set.Add(i, new(random.Next(2) == 0, 600, 600 * Math.Exp((6 * random.NextDouble() - 3) * volatility * Math.Sqrt(years)), years, volatility, 0.045, 0.013));
            }

            return set;
        }

        public static Set Rows(string path)
        {
            string[][] lines = [.. File.ReadLines(path).Select(line => line.Split(','))];
            double Cell(string[] row, string column) => double.Parse(row[Array.IndexOf(lines[0], column)], CultureInfo.InvariantCulture);
            var set = new Set("vectors")
            {
                _reference = [.. lines[1..].Select(row => (
                    new OptionInputs(Cell(row, "cp") > 0, Cell(row, "S"), Cell(row, "K"), Cell(row, "T_years"), Cell(row, "sigma"), Cell(row, "r"), Cell(row, "q")),
                    Cell(row, "price"), Cell(row, "vega_per_volpt")))],
            };
            var random = new Random(1);
            for (int i = 0; i < Count; i++) set.Add(i, set._reference[random.Next(set._reference.Length)].Option);
            return set;
        }

        void Add(int i, OptionInputs x)
        {
            (_isCall[i], _spot[i], _strike[i], _years[i], _volatility[i], _rate[i], _yield[i]) = x;
            _price[i] = AmericanOption.Price(x);
        }

        OptionColumns Options(int from) => new(
            _isCall.AsSpan(from, Piece), _spot.AsSpan(from, Piece), _strike.AsSpan(from, Piece), _years.AsSpan(from, Piece),
            _volatility.AsSpan(from, Piece), _rate.AsSpan(from, Piece), _yield.AsSpan(from, Piece));

        public Action<int> Prices(AmericanAccuracy accuracy, LaneWidth width) => from =>
            AmericanOption.Evaluate(Options(from), new AmericanColumns(_values[0].AsSpan(from, Piece), _status.AsSpan(from, Piece)), accuracy, width);

        public Action<int> Greeks(AmericanAccuracy accuracy, LaneWidth width) => from =>
            AmericanOption.Evaluate(
                Options(from),
                new AmericanColumns(_values[0].AsSpan(from, Piece), _values[1].AsSpan(from, Piece), _values[2].AsSpan(from, Piece), _values[3].AsSpan(from, Piece),
                    _values[4].AsSpan(from, Piece), _values[5].AsSpan(from, Piece), _status.AsSpan(from, Piece)), accuracy, width);

        public void Volatilities(int from) => AmericanVolatility.Solve(
            new QuotedOptions(_isCall.AsSpan(from, Piece), _price.AsSpan(from, Piece), _spot.AsSpan(from, Piece), _strike.AsSpan(from, Piece), _years.AsSpan(from, Piece),
                _rate.AsSpan(from, Piece), _yield.AsSpan(from, Piece)),
            _solved.AsSpan(from, Piece), _solvedStatus.AsSpan(from, Piece), AmericanAccuracy.Fast, LaneWidth.Eight);

        public (double Points, double OfSpot)? Errors(AmericanAccuracy accuracy)
        {
            if (_reference.Length == 0) return null;
            double points = 0, ofSpot = 0;
            foreach ((OptionInputs option, double price, double vega) in _reference)
            {
                double error = Math.Abs(AmericanOption.Price(option, accuracy) - price);
                ofSpot = Math.Max(ofSpot, error / option.Spot);
                if (vega > 1e-4 * option.Spot) points = Math.Max(points, error / vega);
            }

            return (points, ofSpot);
        }
    }
}
