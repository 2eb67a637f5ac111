using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>Milliseconds for everything about one chain: volatilities, greeks, exposures, profile, flip, max pain; at every width.</summary>
static class Chain
{
    const double Spot = 5000;
    const double Rate = 0.045;
    const double Yield = 0.013;

    static readonly string[] Stages = ["volatilities", "greeks", "exposures", "profile", "crossings", "max pain"];

    public static int Run(string[] args)
    {
        int rounds = 60;
        if (args.Length > 1 || (args.Length == 1 && (!int.TryParse(args[0], CultureInfo.InvariantCulture, out rounds) || rounds < 1)))
        {
            Console.Error.WriteLine("chain takes a number of rounds, at least 1.");
            return 2;
        }

        var contracts = new Contracts();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            A generated chain of {contracts.Count:N0} European contracts, calls and puts: spot {Spot}, 46 expirations from 0.3 days to two years, strikes within 5 deviations,
            volatility 12 % at the money rising to 60 % in the wings, prices to 0.0001 dollars, r = 4.5 %, q = 1.3 %, a quarter of the contracts without open interest.
            {Machine.ProcessorName()}, {Environment.ProcessorCount} logical processors, one thread, .NET {Environment.Version},
            {(Avx512DQ.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "neither AVX-512 nor AVX2")}{(Vector512.IsHardwareAccelerated ? "" : ", 512-bit vectors not preferred")}. {rounds} rounds, the widths taking turns. Milliseconds, min and median of all rounds.
            exposures: gamma, delta, vanna and charm, each by strike, by expiration, by both and in all, and the levels. crossings: all of them refined on the exact profile.

            """));

        Console.WriteLine($"{"grid",-6} {"lanes",-6} " + string.Join(' ', Stages.Append("total").Select(stage => $"{stage,17}")));
        foreach (int points in new[] { 161, 208 })
        {
            (string Name, Desk Desk)[] desks =
            [
                ("8", new(contracts, points, LaneWidth.Eight)), ("4", new(contracts, points, LaneWidth.Four)), ("1", new(contracts, points, LaneWidth.Scalar)),
            ];
            for (int round = -5; round < rounds; round++)
                foreach ((_, Desk desk) in desks) desk.Run(keep: round >= 0);
            foreach ((string name, Desk desk) in desks) Console.WriteLine($"{points,-6} {name,-6} {desk.Row()}");
            Console.WriteLine($"       {desks[0].Desk.Said()}");
        }

        return 0;
    }

    /// <summary>What comes from a feed: contracts, prices, open interest.</summary>
    internal sealed class Contracts
    {
        public readonly List<bool> IsCall = [];
        public readonly List<double> Strike = [], Years = [], Price = [], Forward = [], Discount = [];
        public readonly List<int> Expiration = [];
        public readonly List<long> OpenInterest = [];

        public Contracts()
        {
            var random = new Random(1);
            for (int expiration = 0; expiration < Expirations; expiration++)
            {
                double years = (expiration < 30 ? expiration + 0.3 : 30 + (expiration - 29) * (expiration - 29) * 2.73) / 365;
                double forward = Spot * Math.Exp((Rate - Yield) * years);
                double unit = 0.12 * Math.Sqrt(years);
                int step = years < 0.01 ? 5 : years < 0.1 ? 10 : 25;
                for (int strike = 1000; strike <= 10_000; strike += step)
                {
                    double distance = Math.Log(strike / forward) / unit;
                    double volatility = Math.Min(0.6, 0.12 + (distance < 0 ? -0.05 : 0.04) * distance);
                    if (Math.Abs(Math.Log(strike / forward) / (volatility * Math.Sqrt(years))) > 5 || (strike % 50 != 0 && Math.Abs(distance) > 3.3)) continue;
                    foreach (bool isCall in new[] { true, false })
                    {
                        IsCall.Add(isCall);
                        Strike.Add(strike);
                        Years.Add(years);
                        Expiration.Add(expiration);
                        Forward.Add(forward);
                        Discount.Add(Math.Exp(-Rate * years));
                        Price.Add(Math.Round(BlackScholes.Evaluate(new OptionInputs(isCall, Spot, strike, years, volatility, Rate, Yield)).Price, 4));
                        double likely = 3_000 * Math.Exp(-0.5 * distance * distance / 4) * (isCall == distance > 0 ? 1.5 : 0.7) * (strike % 50 == 0 ? 4 : 1);
                        OpenInterest.Add(random.Next(4) == 0 ? 0 : (long)(likely * -Math.Log(1 - random.NextDouble())) + 1);
                    }
                }
            }
        }

        public const int Expirations = 46;

        public int Count => Strike.Count;
    }

    /// <summary>All buffers and one width.</summary>
    sealed class Desk
    {
        readonly bool[] _isCall;
        readonly double[] _strike, _years, _price, _forward, _discount, _spot, _rate, _yield, _weight, _volatility;
        readonly double[][] _values;
        readonly long[] _openInterest;
        readonly VolatilityStatus[] _status;
        readonly ChainLayout _layout;
        readonly ChainExposure _exposure;
        readonly GammaProfile _profile;
        readonly double[][] _byCell, _byStrike, _byExpiration;
        readonly MaxPainResult?[] _pain = new MaxPainResult?[Contracts.Expirations];
        readonly LaneWidth _width;
        readonly List<double[]> _times = [];
        GammaFlip? _flip;
        GammaLevels _levels;
        MaxPainResult? _pooled;

        public Desk(Contracts contracts, int points, LaneWidth width)
        {
            int n = contracts.Count;
            double[] Fill(double value) => [.. Enumerable.Repeat(value, n)];
            static double[][] Columns(int length) => [.. Enumerable.Range(0, 4).Select(_ => new double[length])];
            (_isCall, _strike, _years, _price) = ([.. contracts.IsCall], [.. contracts.Strike], [.. contracts.Years], [.. contracts.Price]);
            (_forward, _discount, _openInterest) = ([.. contracts.Forward], [.. contracts.Discount], [.. contracts.OpenInterest]);
            _weight = [.. contracts.OpenInterest.Select(interest => (double)interest)];
            (_spot, _rate, _yield, _volatility, _status) = (Fill(Spot), Fill(Rate), Fill(Yield), Fill(0), new VolatilityStatus[n]);
            _values = [.. Enumerable.Range(0, 10).Select(_ => Fill(0))];
            _layout = new ChainLayout(_strike, [.. contracts.Expiration], Contracts.Expirations);
            _exposure = new ChainExposure(_layout);
            _profile = new GammaProfile(new() { Points = points });
            (_byCell, _byStrike, _byExpiration) = (Columns(_layout.StrikeOfCell.Length), Columns(_layout.Strikes.Length), Columns(_layout.Expirations));
            _width = width;
        }

        public void Run(bool keep)
        {
            Action[] stages = [Volatilities, Greeks, Exposures, Profile, Crossings, MaxPain];
            var times = new double[stages.Length + 1];
            for (int i = 0; i < stages.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                stages[i]();
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                times[^1] += times[i];
            }

            if (keep) _times.Add(times);
        }

        void Volatilities()
        {
            BatchVolatility.Solve(new PricedOptions(_isCall, _price, _forward, _strike, _years, _discount), _volatility, _status, _width);
        }

        void Greeks() => BatchGreeks.Evaluate(
            new OptionColumns(_isCall, _spot, _strike, _years, _volatility, _rate, _yield),
            new ValueColumns(_values[0], _values[1], _values[2], _values[3], _values[4], _values[5], _values[6], _values[7], _values[8], _values[9]), _width);

        void Exposures()
        {
            _exposure.Clear();
            _exposure.Add(0, new ExposureColumns(_isCall, _values[2], _values[1], _values[6], _values[7], _weight), Spot, _width);
            foreach (ExposureMeasure measure in (ReadOnlySpan<ExposureMeasure>)[ExposureMeasure.Charm, ExposureMeasure.Vanna, ExposureMeasure.Delta, ExposureMeasure.Gamma])
            {
                _exposure.ByCell(measure, Sums(_byCell));
                _exposure.ByExpiration(measure, Sums(_byExpiration));
                _exposure.ByStrike(measure, Sums(_byStrike));
                _exposure.Total(measure);
            }

            _levels = GammaLevels.Of(_layout.Strikes, Sums(_byStrike));
        }

        void Profile() => _profile.Price(new ProfileColumns(_isCall, _strike, _years, _volatility, _rate, _yield, _weight), Spot, _width);

        void Crossings() => _flip = GammaCrossings.Find(_profile, _width);

        void MaxPain() => _pooled = MaxPainStrike.Find(_layout, _isCall, _openInterest, _pain);

        static ExposureSums Sums(double[][] columns) => new(columns[0], columns[1], columns[2], columns[3]);

        public string Row() => string.Join(' ', Enumerable.Range(0, Stages.Length + 1).Select(stage =>
        {
            double[] all = [.. _times.Select(times => times[stage]).Order()];
            return string.Create(CultureInfo.InvariantCulture, $"{all[0],8:F3} {all[all.Length / 2],8:F3}");
        }));

        public string Said() => string.Create(CultureInfo.InvariantCulture,
            $"{_status.Count(status => status != VolatilityStatus.Ok):N0} without volatility, {_exposure.LeftOut:N0} left out of the exposures, {_profile.LeftOut:N0} of the profile; flip {_flip!.Flip:F4} of {_flip.Crossings.Count} crossings, call wall {_levels.CallWall}, put wall {_levels.PutWall}, pooled max pain {_pooled!.Value.Strike}");
    }
}
