using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ZeroGex.Analytics.Pricing;

/// <summary><see cref="BatchGreeks"/> for one width.</summary>
static class GreeksKernel<V, O> where V : struct where O : struct, ILanes<V>
{
    const int Block = 128;

    const int Columns = 11;

    /// <summary>Evaluates every option.</summary>
    public static void Evaluate(in OptionColumns options, in ValueColumns values) => Evaluate(options, values, 0, options.Spot.Length);

    /// <summary>Evaluates the options of a range; one shorter than the width is for a narrower kernel.</summary>
    [SkipLocalsInit]
    public static void Evaluate(in OptionColumns options, in ValueColumns values, int start, int length)
    {
        Debug.Assert(length >= O.Count || length == 0);

        Span<double> area = stackalloc double[Columns * Block + CacheLine.Slack];
        Span<double> work = CacheLine.Begin(area);

        int whole = length / O.Count * O.Count;
        for (int from = 0; from < whole; from += Block) EvaluateBlock(options, values, start + from, Math.Min(Block, whole - from), work);

        // What is left fills no vector: it is evaluated together with options before it, which get the same bits again.
        if (whole < length) EvaluateBlock(options, values, start + length - O.Count, O.Count, work);
    }

    [SkipLocalsInit]
    static void EvaluateBlock(in OptionColumns options, in ValueColumns values, int from, int count, Span<double> work)
    {
        Span<byte> good = stackalloc byte[Block];
        Span<byte> within = stackalloc byte[Block];
        ref double moneyness = ref work[0];
        ref double deviation = ref work[Block];
        ref double spotGrowth = ref work[2 * Block];
        ref double discount = ref work[3 * Block];
        ref double rootTime = ref work[4 * Block];
        ref double near = ref work[5 * Block];
        ref double far = ref work[6 * Block];
        ref double density = ref work[7 * Block];
        ref double difference = ref work[8 * Block];
        ref double bySpot = ref work[9 * Block];
        ref double byDeviation = ref work[10 * Block];

        Enter(options, from, count, ref moneyness, ref deviation, ref spotGrowth, ref discount, ref rootTime, ref bySpot, ref byDeviation, good);

        // Where the results go is fetched before it is written, and in Leave what the next block reads: memory answers while arithmetic goes on.
        ValueColumns results = values.Slice(from, count);
        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            O.Fetch(ref results.Price[0], i);
            O.Fetch(ref results.Delta[0], i);
            O.Fetch(ref results.Gamma[0], i);
            O.Fetch(ref results.Vega[0], i);
            O.Fetch(ref results.Theta[0], i);
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
            O.Fetch(ref results.Rho[0], i);
            O.Fetch(ref results.Vanna[0], i);
            O.Fetch(ref results.Charm[0], i);
            O.Fetch(ref results.Vomma[0], i);
            O.Fetch(ref results.Speed[0], i);
            V x = O.And(O.Load(ref moneyness, i), AbsoluteMask);
            V d = O.NegatedFma(O.Set(0.5), O.Load(ref deviation, i), O.Multiply(x, O.Load(ref byDeviation, i)));
            V square = O.Multiply(d, d);
            V lost = O.Fma(d, d, O.Subtract(O.Set(0), square));
            O.Store(O.Multiply(O.Set(PortableMath.DensityAtZero),
                LaneMath<V, O>.Exp(O.Multiply(O.Set(-0.5), square), O.Multiply(O.Set(-0.5), lost))), ref density, i);
        }

        Leave(options, results, from, count, ref moneyness, ref deviation, ref spotGrowth, ref discount, ref rootTime, ref near, ref far, ref density,
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
        in OptionColumns options, in ValueColumns results, int from, int count, ref double moneyness, ref double deviation, ref double spotGrowth, ref double discount,
        ref double rootTime, ref double near, ref double far, ref double density, ref double difference, ref double bySpot, ref double byDeviation)
    {
        ref bool isCalls = ref Unsafe.AsRef(in options.IsCall[from]);
        ref double spots = ref Unsafe.AsRef(in options.Spot[from]);
        ref double strikes = ref Unsafe.AsRef(in options.Strike[from]);
        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double volatilities = ref Unsafe.AsRef(in options.Volatility[from]);
        ref double rates = ref Unsafe.AsRef(in options.Rate[from]);
        ref double yields = ref Unsafe.AsRef(in options.DividendYield[from]);
        ref double prices = ref results.Price[0];
        ref double deltas = ref results.Delta[0];
        ref double gammas = ref results.Gamma[0];
        ref double vegas = ref results.Vega[0];
        ref double thetas = ref results.Theta[0];
        ref double rhos = ref results.Rho[0];
        ref double vannas = ref results.Vanna[0];
        ref double charms = ref results.Charm[0];
        ref double vommas = ref results.Vomma[0];
        ref double speeds = ref results.Speed[0];

        int next = Math.Min(from + Block, options.Spot.Length - count);
        ref double nextSpots = ref Unsafe.AsRef(in options.Spot[next]);
        ref double nextStrikes = ref Unsafe.AsRef(in options.Strike[next]);
        ref double nextYears = ref Unsafe.AsRef(in options.Years[next]);
        ref double nextVolatilities = ref Unsafe.AsRef(in options.Volatility[next]);
        ref double nextRates = ref Unsafe.AsRef(in options.Rate[next]);
        ref double nextYields = ref Unsafe.AsRef(in options.DividendYield[next]);

        V half = O.Set(0.5);
        V one = O.Set(1);
        V zero = O.Set(0);
        V signBit = O.Set(-0.0);
        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref nextSpots, i);
            O.Fetch(ref nextStrikes, i);
            O.Fetch(ref nextYears, i);
            O.Fetch(ref nextVolatilities, i);
            O.Fetch(ref nextRates, i);
            O.Fetch(ref nextYields, i);
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
