using System.Runtime.InteropServices;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Benchmarks;

/// <summary>A million European options with known volatilities, and what runs over them.</summary>
sealed class OptionSet(string name)
{
    public const int Count = 1_000_000;
    const int Options = Count;

    readonly bool[] _isCall = new bool[Options];
    readonly double[] _price = new double[Options], _forward = new double[Options], _strike = new double[Options], _years = new double[Options],
        _discount = new double[Options], _rate = new double[Options], _yield = new double[Options], _true = new double[Options], _volatility = new double[Options];
    readonly double[] _before = new double[Options];
    readonly VolatilityStatus[] _status = new VolatilityStatus[Options];
    readonly double[][] _values = [.. Enumerable.Range(0, 10).Select(_ => new double[Options])];

    public string Name => name;

    public static OptionSet Chain()
    {
        var set = new OptionSet("chain");
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

    public static OptionSet Wide()
    {
        var set = new OptionSet("wide");
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

    /// <summary>A count, and columns of doubles: call (1) or put (0), price, forward, strike, years, discount, volatility.</summary>
    public void Write(Stream stream, int count)
    {
        stream.Write(BitConverter.GetBytes((long)count));
        double[] isCall = [.. _isCall.Select(call => call ? 1.0 : 0.0)];
        foreach (double[] column in new[] { isCall, _price, _forward, _strike, _years, _discount, _true }) stream.Write(MemoryMarshal.AsBytes(column.AsSpan(0, count)));
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
