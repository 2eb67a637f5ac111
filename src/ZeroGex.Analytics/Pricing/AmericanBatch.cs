using System.Numerics;
using System.Runtime.CompilerServices;

namespace ZeroGex.Analytics.Pricing;

/// <summary><see cref="AmericanOption"/> for one width: turns options into puts on a strike of 1 and their premiums into prices and greeks.</summary>
static class AmericanBatch<V, O> where V : struct where O : struct, ILanes<V>
{
    const int Block = 64;

    // Below this many strikes a premium is left out.
    const double LeastPremium = 1e-9;

    // Beyond these the points are too few, or the nodes have not settled.
    const double MostDrift = 2;
    const double MostStep = 0.5;
    const double MostRobustDrift = 30;
    const double MostRobustStep = 0.02;

    // Bumps, relative.
    const double Bump = 1e-3;

    public static void Evaluate(AmericanScheme scheme, in OptionColumns options, in AmericanColumns values)
    {
        int whole = options.Spot.Length / O.Count * O.Count;
        int block = Math.Min(Block, Math.Max(O.Count, whole)); // A single option does not pay for clearing more.
        Span<double> european = stackalloc double[10 * block];
        Span<double> work = stackalloc double[AmericanKernel<V, O>.Work(scheme)];
        for (int from = 0; from < whole; from += block)
        {
            int count = Math.Min(block, whole - from);
            OptionColumns part = Slice(options, from, count);
            ValueColumns twins = Twins(european, block, count);
            GreeksKernel<V, O>.Evaluate(part, twins);
            for (int i = 0; i < count; i += O.Count) EvaluateGroup(scheme, part, twins, Slice(values, from, count), i, work);
        }

        int rest = options.Spot.Length - whole;
        if (rest > 0) EvaluateRest(scheme, options, values, whole, rest);
    }

    // The last few options, with the last one repeated to fill the lanes.
    static void EvaluateRest(AmericanScheme scheme, in OptionColumns options, in AmericanColumns values, int from, int rest)
    {
        Span<bool> isCall = stackalloc bool[8];
        Span<double> x = stackalloc double[6 * 8];
        Span<double> y = stackalloc double[6 * 8];
        Span<AmericanStatus> status = stackalloc AmericanStatus[8];
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

        var full = new OptionColumns(isCall[..n], x[..n], x.Slice(8, n), x.Slice(16, n), x.Slice(24, n), x.Slice(32, n), x.Slice(40, n));
        Evaluate(scheme, full, values.HasGreeks
            ? new AmericanColumns(y[..n], y.Slice(8, n), y.Slice(16, n), y.Slice(24, n), y.Slice(32, n), y.Slice(40, n), status[..n])
            : new AmericanColumns(y[..n], status[..n]));
        for (int lane = 0; lane < rest; lane++)
            values.Set(from + lane, new(status[lane], y[lane], y[8 + lane], y[16 + lane], y[24 + lane], y[32 + lane], y[40 + lane]));
    }

    static OptionColumns Slice(in OptionColumns x, int from, int count) => new(
        x.IsCall.Slice(from, count), x.Spot.Slice(from, count), x.Strike.Slice(from, count), x.Years.Slice(from, count),
        x.Volatility.Slice(from, count), x.Rate.Slice(from, count), x.DividendYield.Slice(from, count));

    static AmericanColumns Slice(in AmericanColumns x, int from, int count) => !x.HasGreeks
        ? new(x.Price.Slice(from, count), x.Status.Slice(from, count))
        : new(x.Price.Slice(from, count), x.Delta.Slice(from, count), x.Gamma.Slice(from, count), x.Vega.Slice(from, count), x.Theta.Slice(from, count),
            x.Rho.Slice(from, count), x.Status.Slice(from, count));

    static ValueColumns Twins(Span<double> x, int block, int n) => new(
        x[..n], x.Slice(block, n), x.Slice(2 * block, n), x.Slice(3 * block, n), x.Slice(4 * block, n),
        x.Slice(5 * block, n), x.Slice(6 * block, n), x.Slice(7 * block, n), x.Slice(8 * block, n), x.Slice(9 * block, n));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] static V Negate(V a) => O.Xor(a, O.Set(-0.0));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static V Within(V low, V x, V high) => O.And(O.Less(low, x), O.Less(x, high));

    static void EvaluateGroup(AmericanScheme scheme, in OptionColumns options, in ValueColumns twins, in AmericanColumns values, int i, Span<double> work)
    {
        V isCall = O.LoadIsCall(ref Unsafe.AsRef(in options.IsCall[0]), i);
        V spot = O.Load(ref Unsafe.AsRef(in options.Spot[0]), i);
        V strike = O.Load(ref Unsafe.AsRef(in options.Strike[0]), i);
        V time = O.Load(ref Unsafe.AsRef(in options.Years[0]), i);
        V volatility = O.Load(ref Unsafe.AsRef(in options.Volatility[0]), i);
        V rate = O.Load(ref Unsafe.AsRef(in options.Rate[0]), i);
        V yield = O.Load(ref Unsafe.AsRef(in options.DividendYield[0]), i);

        V zero = O.Set(0), one = O.Set(1), half = O.Set(0.5), tiny = O.Set(1e-60), huge = O.Set(1e60);
        V rateTime = O.Multiply(rate, time);
        V yieldTime = O.Multiply(yield, time);
        V deviation = O.Multiply(volatility, O.SquareRoot(time));
        V putRate = O.Select(isCall, yieldTime, rateTime);
        V putYield = O.Select(isCall, rateTime, yieldTime);
        V unit = O.Select(isCall, spot, strike);
        V other = O.Select(isCall, strike, spot);

        V isValid = O.And(O.And(Within(tiny, spot, huge), Within(tiny, strike, huge)), O.And(Within(tiny, time, huge), Within(tiny, volatility, huge)));
        isValid = O.And(isValid, O.And(Within(O.Set(-50), rateTime, O.Set(50)), Within(O.Set(-50), yieldTime, O.Set(50))));
        V hasTwo = O.And(O.Less(putRate, zero), O.Less(putYield, putRate));
        V drift = O.NegatedFma(half, deviation, O.Divide(O.Subtract(putRate, putYield), deviation));
        V isEarly = O.And(isValid, O.Or(O.Less(O.Set(LeastPremium), putRate), O.And(O.Less(O.Set(-1e-300), putRate), O.Less(putYield, O.Set(-LeastPremium)))));
        double most = scheme == AmericanScheme.Robust ? MostRobustDrift : MostDrift;
        V isHere = O.And(isEarly, Within(O.Set(-most), drift, O.Set(most)));

        // Lanes that need no boundary, or another, keep the arithmetic quiet.
        deviation = O.Select(isHere, deviation, O.Set(0.2));
        putRate = O.Select(isHere, O.Max(putRate, zero), O.Set(0.01));
        putYield = O.Select(isHere, putYield, zero);
        V ratio = O.Select(isHere, O.Divide(other, unit), one);
        V moneyness = O.Select(isHere, LaneMath<V, O>.LogRatio(other, unit), zero);

        uint here = O.Bits(isHere);
        V premium = zero, slope = zero, curvature = zero, vega = zero, rho = zero, exercised = zero, step = zero;
        if (here != 0)
        {
            var put = new AmericanPut<V>(putRate, putYield, deviation, O.Bits(O.Or(O.Less(putYield, zero), O.Less(zero, putYield))) != 0);
            AmericanKernel<V, O>.Seed(scheme, put, work);
            step = AmericanKernel<V, O>.Solve(scheme, put, scheme.Sweeps, work);
            premium = AmericanKernel<V, O>.Premium(scheme, put, ratio, moneyness, work, values.HasGreeks, out exercised, out slope, out curvature);
            if (values.HasGreeks) Bumps(scheme, put, ratio, moneyness, isCall, work, out vega, out rho);
        }

        V intrinsic = O.Max(O.Select(isCall, O.Subtract(spot, strike), O.Subtract(strike, spot)), zero);
        premium = O.Select(isHere, O.Max(zero, premium), zero);
        exercised = O.And(exercised, isHere);
        V price = O.Max(intrinsic, O.Fma(premium, unit, O.Load(ref twins.Price[0], i)));
        O.Store(O.Select(exercised, intrinsic, price), ref values.Price[0], i);
        if (values.HasGreeks)
        {
            slope = O.Select(isHere, slope, zero);
            curvature = O.Select(isHere, curvature, zero);
            V early = O.Multiply(unit, premium);
            V delta = O.Select(isCall, O.Subtract(premium, slope), O.Divide(O.Multiply(unit, slope), spot));
            V convexity = O.Multiply(unit, curvature);
            V gamma = O.Divide(convexity, O.Multiply(spot, spot));
            V carried = O.NegatedFma(O.Subtract(rate, yield), O.Multiply(spot, delta), O.Multiply(rate, early));
            V theta = O.NegatedFma(O.Multiply(half, O.Multiply(volatility, volatility)), convexity, carried);
            V sureDelta = O.Select(isCall, one, O.Set(-1));
            vega = O.Multiply(O.Select(isHere, vega, zero), O.Multiply(unit, O.SquareRoot(time)));
            rho = O.Multiply(O.Select(isHere, rho, zero), O.Multiply(unit, time));
            O.Store(O.Select(exercised, sureDelta, O.Add(delta, O.Load(ref twins.Delta[0], i))), ref values.Delta[0], i);
            O.Store(O.Select(exercised, zero, O.Add(gamma, O.Load(ref twins.Gamma[0], i))), ref values.Gamma[0], i);
            O.Store(O.Select(exercised, zero, O.Add(theta, O.Load(ref twins.Theta[0], i))), ref values.Theta[0], i);
            O.Store(O.Select(exercised, zero, O.Add(vega, O.Load(ref twins.Vega[0], i))), ref values.Vega[0], i);
            O.Store(O.Select(exercised, zero, O.Add(rho, O.Load(ref twins.Rho[0], i))), ref values.Rho[0], i);
        }

        uint all = (1u << O.Count) - 1;
        uint good = O.Bits(isValid);
        bool isRobust = scheme == AmericanScheme.Robust;
        uint settled = O.Bits(O.Less(step, O.Set(isRobust ? MostRobustStep : MostStep)));
        uint two = O.Bits(hasTwo) & good;
        uint unsettled = O.Bits(isEarly) & ~(here & settled);
        uint exercisedNow = O.Bits(exercised);
        values.Status.Slice(i, O.Count).Clear();
        for (uint odd = ((all & ~good) | two | unsettled | exercisedNow) & all; odd != 0; odd &= odd - 1)
        {
            int lane = BitOperations.TrailingZeroCount(odd);
            uint bit = 1u << lane;
            if ((good & bit) == 0) Refuse(values, i + lane, AmericanStatus.InvalidInput);
            else if ((two & bit) != 0) Refuse(values, i + lane, AmericanStatus.TwoBoundaries);
            else if ((unsettled & bit) == 0) values.Status[i + lane] = AmericanStatus.AtIntrinsic;
            else if (isRobust) Refuse(values, i + lane, AmericanStatus.NotSolved);
            else EvaluateRobustly(options, values, i + lane);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void EvaluateRobustly(in OptionColumns options, in AmericanColumns values, int i) =>
        AmericanBatch<double, OneLane>.Evaluate(AmericanScheme.Robust, AmericanBatch<double, OneLane>.Slice(options, i, 1), AmericanBatch<double, OneLane>.Slice(values, i, 1));

    static void Refuse(in AmericanColumns values, int i, AmericanStatus status) =>
        values.Set(i, new(status, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN));

    // How the premium changes with σ√T and with r·T. Each bumped boundary starts from the last and needs fewer sweeps.
    static void Bumps(AmericanScheme scheme, in AmericanPut<V> put, V ratio, V moneyness, V isCall, Span<double> work, out V byDeviation, out V byRate)
    {
        int sweeps = (scheme.Sweeps + 2) / 2;
        V zero = O.Set(0), bump = O.Set(Bump);
        V move = O.Multiply(put.Deviation, bump);
        V up = Bumped(put with { Deviation = O.Add(put.Deviation, move) }, work);
        V down = Bumped(put with { Deviation = O.Subtract(put.Deviation, move) }, work);
        byDeviation = O.Divide(O.Subtract(up, down), O.Add(move, move));

        // The rate is what a put earns on its strike and what a call, seen as a put, pays on its spot; of a put it never passes below 0.
        V size = O.Select(O.Less(put.Dividend, zero), Negate(put.Dividend), put.Dividend);
        size = O.Multiply(bump, O.Select(isCall, O.Max(size, put.Rate), O.Select(O.Less(O.Set(LeastPremium), put.Rate), put.Rate, size)));
        V high = O.Select(isCall, put.Dividend, put.Rate);
        V low = O.Subtract(high, size);
        high = O.Add(high, size);
        low = O.Select(isCall, low, O.Max(low, zero));
        up = Bumped(put with { Rate = O.Select(isCall, put.Rate, high), Dividend = O.Select(isCall, high, put.Dividend), HasDividend = true }, work);
        down = Bumped(put with { Rate = O.Select(isCall, put.Rate, low), Dividend = O.Select(isCall, low, put.Dividend), HasDividend = true }, work);
        byRate = O.Divide(O.Subtract(up, down), O.Subtract(high, low));

        V Bumped(in AmericanPut<V> bumped, Span<double> work)
        {
            AmericanKernel<V, O>.Solve(scheme, bumped, sweeps, work);
            return AmericanKernel<V, O>.Premium(scheme, bumped, ratio, moneyness, work, out _);
        }
    }
}
