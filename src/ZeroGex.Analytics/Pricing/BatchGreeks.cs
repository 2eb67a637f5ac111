using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZeroGex.Analytics.Pricing;

/// <summary>European options and their markets, a column to an input, all of one length; units as in <see cref="OptionInputs"/>.</summary>
public readonly ref struct OptionColumns(
    ReadOnlySpan<bool> isCall, ReadOnlySpan<double> spot, ReadOnlySpan<double> strike, ReadOnlySpan<double> years,
    ReadOnlySpan<double> volatility, ReadOnlySpan<double> rate, ReadOnlySpan<double> dividendYield)
{
    public ReadOnlySpan<bool> IsCall { get; } = isCall;
    public ReadOnlySpan<double> Spot { get; } = spot;
    public ReadOnlySpan<double> Strike { get; } = strike;
    public ReadOnlySpan<double> Years { get; } = years;
    public ReadOnlySpan<double> Volatility { get; } = volatility;
    public ReadOnlySpan<double> Rate { get; } = rate;
    public ReadOnlySpan<double> DividendYield { get; } = dividendYield;
}

/// <summary>Where prices and greeks go, a column to an output, all of one length; units as in <see cref="OptionValue"/>, speed is gamma per dollar of spot.</summary>
public readonly ref struct ValueColumns(
    Span<double> price, Span<double> delta, Span<double> gamma, Span<double> vega, Span<double> theta,
    Span<double> rho, Span<double> vanna, Span<double> charm, Span<double> vomma, Span<double> speed)
{
    public Span<double> Price { get; } = price;
    public Span<double> Delta { get; } = delta;
    public Span<double> Gamma { get; } = gamma;
    public Span<double> Vega { get; } = vega;
    public Span<double> Theta { get; } = theta;
    public Span<double> Rho { get; } = rho;
    public Span<double> Vanna { get; } = vanna;
    public Span<double> Charm { get; } = charm;
    public Span<double> Vomma { get; } = vomma;
    public Span<double> Speed { get; } = speed;
}

/// <summary>Prices and greeks of many European options after Black, Scholes and Merton, the same bits whatever the width, the batch and the place in it.</summary>
/// <remarks>
/// With a = |ln(F/K)|/s, s = σ√T, d = a − s/2, e = a + s/2, both normal probabilities are φ times a Mills ratio, and φ(e) = φ(d)·e^(−|ln(F/K)|): one exponential
/// and one rational function serve the price and all greeks (Hull, "Options, Futures, and Other Derivatives", 9th ed., chapters 15, 17 and 19). Where that
/// function ends, beyond 19 deviations or where s exceeds 2a + 1.5, <see cref="BlackScholes"/> takes over. An option whose spot, strike, time or volatility is not greater than 0,
/// or that has an input that is not finite, gets NaN in every column.
/// </remarks>
public static class BatchGreeks
{
    /// <summary>Evaluates every option.</summary>
    /// <param name="options">What to evaluate.</param>
    /// <param name="values">Where the results go.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Evaluate(in OptionColumns options, in ValueColumns values, LaneWidth width = LaneWidth.Widest)
    {
        int n = options.Spot.Length;
        if (options.IsCall.Length != n || options.Strike.Length != n || options.Years.Length != n || options.Volatility.Length != n ||
            options.Rate.Length != n || options.DividendYield.Length != n || values.Price.Length != n || values.Delta.Length != n ||
            values.Gamma.Length != n || values.Vega.Length != n || values.Theta.Length != n || values.Rho.Length != n ||
            values.Vanna.Length != n || values.Charm.Length != n || values.Vomma.Length != n || values.Speed.Length != n)
            throw new ArgumentException("All columns have one length.", nameof(options));

        switch (width)
        {
            case LaneWidth.Eight:
            case LaneWidth.Widest when Vector512.IsHardwareAccelerated:
                GreeksKernel<Vector512<double>, EightLanes>.Evaluate(options, values);
                break;
            case LaneWidth.Four:
            case LaneWidth.Widest when Vector256.IsHardwareAccelerated:
                GreeksKernel<Vector256<double>, FourLanes>.Evaluate(options, values);
                break;
            default:
                GreeksKernel<double, OneLane>.Evaluate(options, values);
                break;
        }
    }

    internal static void EvaluateSlowly(in OptionColumns options, in ValueColumns values, int i)
    {
        var x = new OptionInputs(options.IsCall[i], options.Spot[i], options.Strike[i], options.Years[i], options.Volatility[i], options.Rate[i], options.DividendYield[i]);
        bool isValid = x.Spot > 0 && x.Strike > 0 && x.Years > 0 && x.Volatility > 0 &&
            double.IsFinite(x.Spot + x.Strike + x.Years + x.Volatility + x.Rate + x.DividendYield);
        OptionValue v = isValid ? BlackScholes.Evaluate(x) : new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        values.Price[i] = v.Price;
        values.Delta[i] = v.Delta;
        values.Gamma[i] = v.Gamma;
        values.Vega[i] = v.Vega;
        values.Theta[i] = v.Theta;
        values.Rho[i] = v.Rho;
        values.Vanna[i] = v.Vanna;
        values.Charm[i] = v.Charm;
        values.Vomma[i] = v.Vomma;
        values.Speed[i] = isValid ? BlackScholes.Speed(x, v.Gamma) : double.NaN;
    }
}

/// <summary><see cref="BatchGreeks"/> for one width.</summary>
static class GreeksKernel<V, O> where V : struct where O : struct, ILanes<V>
{
    const int Block = 128;

    public static void Evaluate(in OptionColumns options, in ValueColumns values)
    {
        int whole = options.Spot.Length / O.Count * O.Count;
        int block = Math.Min(Block, Math.Max(O.Count, whole)); // A single option does not pay for clearing more.
        Span<double> work = stackalloc double[11 * block];
        for (int from = 0; from < whole; from += block) EvaluateBlock(options, values, from, Math.Min(block, whole - from), block, work);

        int rest = options.Spot.Length - whole;
        if (rest > 0) EvaluateRest(options, values, whole, rest);
    }

    // The last few options, with the last one repeated to fill the lanes.
    static void EvaluateRest(in OptionColumns options, in ValueColumns values, int from, int rest)
    {
        Span<bool> isCall = stackalloc bool[8];
        Span<double> x = stackalloc double[6 * 8];
        Span<double> y = stackalloc double[10 * 8];
        int n = O.Count;
        for (int lane = 0; lane < n; lane++)
        {
            int i = from + Math.Min(lane, rest - 1);
            isCall[lane] = options.IsCall[i];
            x[lane] = options.Spot[i];
            x[8 + lane] = options.Strike[i];
            x[16 + lane] = options.Years[i];
            x[24 + lane] = options.Volatility[i];
            x[32 + lane] = options.Rate[i];
            x[40 + lane] = options.DividendYield[i];
        }

        Evaluate(
            new OptionColumns(isCall[..n], x[..n], x.Slice(8, n), x.Slice(16, n), x.Slice(24, n), x.Slice(32, n), x.Slice(40, n)),
            new ValueColumns(y[..n], y.Slice(8, n), y.Slice(16, n), y.Slice(24, n), y.Slice(32, n), y.Slice(40, n), y.Slice(48, n), y.Slice(56, n), y.Slice(64, n), y.Slice(72, n)));
        y[..rest].CopyTo(values.Price[from..]);
        y.Slice(8, rest).CopyTo(values.Delta[from..]);
        y.Slice(16, rest).CopyTo(values.Gamma[from..]);
        y.Slice(24, rest).CopyTo(values.Vega[from..]);
        y.Slice(32, rest).CopyTo(values.Theta[from..]);
        y.Slice(40, rest).CopyTo(values.Rho[from..]);
        y.Slice(48, rest).CopyTo(values.Vanna[from..]);
        y.Slice(56, rest).CopyTo(values.Charm[from..]);
        y.Slice(64, rest).CopyTo(values.Vomma[from..]);
        y.Slice(72, rest).CopyTo(values.Speed[from..]);
    }

    static void EvaluateBlock(in OptionColumns options, in ValueColumns values, int from, int count, int block, Span<double> work)
    {
        Span<byte> good = stackalloc byte[block / O.Count];
        Span<byte> within = stackalloc byte[block / O.Count];
        ref double moneyness = ref work[0];
        ref double deviation = ref work[block];
        ref double spotGrowth = ref work[2 * block];
        ref double discount = ref work[3 * block];
        ref double rootTime = ref work[4 * block];
        ref double near = ref work[5 * block];
        ref double far = ref work[6 * block];
        ref double density = ref work[7 * block];
        ref double difference = ref work[8 * block];
        ref double bySpot = ref work[9 * block];
        ref double byDeviation = ref work[10 * block];

        Enter(options, from, count, ref moneyness, ref deviation, ref spotGrowth, ref discount, ref rootTime, ref bySpot, ref byDeviation, good);
        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            V x = O.Load(ref moneyness, i);
            V s = O.Load(ref deviation, i);
            V a = O.Multiply(O.And(x, AbsoluteMask), O.Load(ref byDeviation, i));
            V t = O.Multiply(O.Set(0.5), s);
            within[group] = (byte)O.Bits(LaneMath<V, O>.IsWithinMills(a, t));

            LaneMath<V, O>.Ends(a, s, out V nearEnd, out V farEnd);
            LaneMath<V, O>.Mills(nearEnd, farEnd, out V p, out V dp, out V r, out V dr);
            V pFar = O.Fma(s, dp, p);
            V rFar = O.Fma(s, dr, r);
            V inverse = O.Divide(O.Set(1), O.Multiply(r, rFar));
            O.Store(O.Multiply(O.Multiply(p, rFar), inverse), ref near, i);
            O.Store(O.Multiply(O.Multiply(pFar, r), inverse), ref far, i);
            O.Store(O.Multiply(O.Multiply(s, O.NegatedFma(dp, r, O.Multiply(p, dr))), inverse), ref difference, i);
        }

        for (int i = 0; i < count; i += O.Count)
        {
            V x = O.And(O.Load(ref moneyness, i), AbsoluteMask);
            V d = O.NegatedFma(O.Set(0.5), O.Load(ref deviation, i), O.Multiply(x, O.Load(ref byDeviation, i)));
            V square = O.Multiply(d, d);
            V lost = O.Fma(d, d, O.Subtract(O.Set(0), square));
            O.Store(O.Multiply(O.Set(PortableMath.DensityAtZero),
                LaneMath<V, O>.Exp(O.Multiply(O.Set(-0.5), square), O.Multiply(O.Set(-0.5), lost))), ref density, i);
        }

        Leave(options, values, from, count, ref moneyness, ref deviation, ref spotGrowth, ref discount, ref rootTime, ref near, ref far, ref density,
            ref difference, ref bySpot, ref byDeviation);

        uint all = (1u << O.Count) - 1;
        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            uint left = all & ~(uint)(good[group] & within[group]);
            for (; left != 0; left &= left - 1) BatchGreeks.EvaluateSlowly(options, values, from + i + BitOperations.TrailingZeroCount(left));
        }
    }

    static V AbsoluteMask => O.Set(BitConverter.Int64BitsToDouble(long.MaxValue));

    static void Enter(
        in OptionColumns options, int from, int count, ref double moneyness, ref double deviation, ref double spotGrowth, ref double discount, ref double rootTime,
        ref double bySpot, ref double byDeviation, Span<byte> good)
    {
        ref double spots = ref Unsafe.AsRef(in options.Spot[from]);
        ref double strikes = ref Unsafe.AsRef(in options.Strike[from]);
        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double volatilities = ref Unsafe.AsRef(in options.Volatility[from]);
        ref double rates = ref Unsafe.AsRef(in options.Rate[from]);
        ref double yields = ref Unsafe.AsRef(in options.DividendYield[from]);

        V tiny = O.Set(1e-60);
        V huge = O.Set(1e60);
        V most = O.Set(600);
        V least = O.Set(-600);
        V zero = O.Set(0);
        V lastTime = zero, lastRate = zero, lastYield = zero, root = zero, growth = O.Set(1), factor = O.Set(1);

        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            V spot = O.Load(ref spots, i);
            V strike = O.Load(ref strikes, i);
            V time = O.Load(ref years, i);
            V volatility = O.Load(ref volatilities, i);
            V rate = O.Load(ref rates, i);
            V dividend = O.Load(ref yields, i);

            // A chain comes by expiration: most often what time alone decides serves again.
            if (!(O.AreEqual(time, lastTime) && O.AreEqual(rate, lastRate) && O.AreEqual(dividend, lastYield)))
            {
                (lastTime, lastRate, lastYield) = (time, rate, dividend);
                root = O.SquareRoot(time);
                growth = LaneMath<V, O>.Exp(O.Multiply(O.Subtract(zero, dividend), time), zero);
                factor = LaneMath<V, O>.Exp(O.Multiply(O.Subtract(zero, rate), time), zero);
            }

            V rateTime = O.Multiply(rate, time);
            V yieldTime = O.Multiply(dividend, time);
            V isGood = O.And(O.And(O.Less(tiny, spot), O.Less(spot, huge)), O.And(O.Less(tiny, strike), O.Less(strike, huge)));
            isGood = O.And(isGood, O.And(O.And(O.Less(tiny, time), O.Less(time, huge)), O.And(O.Less(tiny, volatility), O.Less(volatility, huge))));
            isGood = O.And(isGood, O.And(O.And(O.Less(least, rateTime), O.Less(rateTime, most)), O.And(O.Less(least, yieldTime), O.Less(yieldTime, most))));
            good[group] = (byte)O.Bits(isGood);

            V s = O.Multiply(volatility, root);
            V inverse = O.Divide(O.Set(1), O.Multiply(spot, s));
            O.Store(O.Fma(O.Subtract(rate, dividend), time, LaneMath<V, O>.LogRatio(spot, strike)), ref moneyness, i);
            O.Store(s, ref deviation, i);
            O.Store(growth, ref spotGrowth, i);
            O.Store(factor, ref discount, i);
            O.Store(root, ref rootTime, i);
            O.Store(O.Multiply(s, inverse), ref bySpot, i);
            O.Store(O.Multiply(spot, inverse), ref byDeviation, i);
        }
    }

    static void Leave(
        in OptionColumns options, in ValueColumns values, int from, int count, ref double moneyness, ref double deviation, ref double spotGrowth, ref double discount,
        ref double rootTime, ref double near, ref double far, ref double density, ref double difference, ref double bySpot, ref double byDeviation)
    {
        ref bool isCalls = ref Unsafe.AsRef(in options.IsCall[from]);
        ref double spots = ref Unsafe.AsRef(in options.Spot[from]);
        ref double strikes = ref Unsafe.AsRef(in options.Strike[from]);
        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double volatilities = ref Unsafe.AsRef(in options.Volatility[from]);
        ref double rates = ref Unsafe.AsRef(in options.Rate[from]);
        ref double yields = ref Unsafe.AsRef(in options.DividendYield[from]);
        ref double prices = ref values.Price[from];
        ref double deltas = ref values.Delta[from];
        ref double gammas = ref values.Gamma[from];
        ref double vegas = ref values.Vega[from];
        ref double thetas = ref values.Theta[from];
        ref double rhos = ref values.Rho[from];
        ref double vannas = ref values.Vanna[from];
        ref double charms = ref values.Charm[from];
        ref double vommas = ref values.Vomma[from];
        ref double speeds = ref values.Speed[from];

        V half = O.Set(0.5);
        V one = O.Set(1);
        V zero = O.Set(0);
        V signBit = O.Set(-0.0);
        for (int i = 0; i < count; i += O.Count)
        {
            V x = O.Load(ref moneyness, i);
            V s = O.Load(ref deviation, i);
            V root = O.Load(ref rootTime, i);
            V growth = O.Load(ref spotGrowth, i);
            V inverseSpot = O.Load(ref bySpot, i);
            V inverseDeviation = O.Load(ref byDeviation, i);
            V isCall = O.LoadIsCall(ref isCalls, i);
            V spot = O.Multiply(O.Load(ref spots, i), growth);
            V strike = O.Multiply(O.Load(ref strikes, i), O.Load(ref discount, i));

            // The density at e from that at d: their ratio is that of the smaller leg to the larger.
            V isAbove = O.Less(zero, x);
            V high = O.Select(isAbove, spot, strike);
            V low = O.Select(isAbove, strike, spot);
            V densityNear = O.Load(ref density, i);
            V densityFar = O.Multiply(densityNear, O.Divide(low, high));
            V pNear = O.Multiply(densityNear, O.Load(ref near, i));
            V pFar = O.Multiply(densityFar, O.Load(ref far, i));
            V density1 = O.Select(isAbove, densityFar, densityNear);
            V n1 = O.Select(isAbove, pFar, pNear);
            V n2 = O.Select(isAbove, pNear, pFar);
            V isOut = O.Xor(isCall, isAbove);
            n1 = O.Select(isOut, n1, O.Subtract(one, n1));
            n2 = O.Select(isOut, n2, O.Subtract(one, n2));

            V twin = O.Multiply(low, O.Multiply(densityNear, O.Load(ref difference, i)));
            O.Store(O.Add(twin, O.Select(isOut, zero, O.Subtract(high, low))), ref prices, i);

            V sign = O.Select(isCall, zero, signBit);
            n1 = O.Xor(n1, sign);
            n2 = O.Xor(n2, sign);
            V time = O.Load(ref years, i);
            V volatility = O.Load(ref volatilities, i);
            V rate = O.Load(ref rates, i);
            V dividend = O.Load(ref yields, i);
            V ratio = O.Multiply(x, inverseDeviation);
            V d1 = O.Fma(half, s, ratio);
            V d2 = O.NegatedFma(half, s, ratio);

            V spotDensity = O.Multiply(growth, density1);
            V vega = O.Multiply(O.Multiply(spot, density1), root);
            V gamma = O.Multiply(spotDensity, O.Multiply(inverseSpot, inverseDeviation));
            V byRoot = O.Multiply(volatility, inverseDeviation);
            V strike2 = O.Multiply(strike, n2);
            V delta = O.Multiply(growth, n1);
            V slope = O.Multiply(d2, O.Multiply(root, inverseDeviation));
            O.Store(delta, ref deltas, i);
            O.Store(gamma, ref gammas, i);
            O.Store(vega, ref vegas, i);
            O.Store(O.Multiply(time, strike2), ref rhos, i);

            V carried = O.NegatedFma(rate, strike2, O.Multiply(dividend, O.Multiply(spot, n1)));
            V decay = O.Multiply(O.Multiply(half, O.Multiply(spot, density1)), O.Multiply(volatility, byRoot));
            O.Store(O.Subtract(carried, decay), ref thetas, i);
            O.Store(O.Subtract(zero, O.Multiply(spotDensity, slope)), ref vannas, i);
            V drift = O.NegatedFma(O.Multiply(half, d2), O.Multiply(byRoot, byRoot), O.Multiply(O.Subtract(rate, dividend), inverseDeviation));
            O.Store(O.NegatedFma(spotDensity, drift, O.Multiply(dividend, delta)), ref charms, i);
            O.Store(O.Multiply(O.Multiply(vega, d1), slope), ref vommas, i);
            O.Store(O.Multiply(O.Multiply(gamma, inverseSpot), O.Subtract(zero, O.Fma(d1, inverseDeviation, one))), ref speeds, i);
        }
    }
}
