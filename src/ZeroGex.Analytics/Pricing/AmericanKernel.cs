using System.Runtime.CompilerServices;

namespace ZeroGex.Analytics.Pricing;

/// <summary>
/// A put on a strike of 1 that expires after a time of 1, for each lane: what <see cref="AmericanOption"/> turns every option into. A boundary B is kept as
/// g = ln(B/X)/v, X where it starts at settlement, with v = σ√T.
/// </summary>
/// <param name="Rate">r·T.</param>
/// <param name="Dividend">q·T.</param>
/// <param name="Deviation">v.</param>
/// <param name="HasDividend">Whether any lane has one; a lane without gets the same bits either way.</param>
readonly record struct AmericanPut<V>(V Rate, V Dividend, V Deviation, bool HasDividend);

/// <summary>Exercise boundary and premium for one width: <see cref="AmericanOption"/> says how, with the sources.</summary>
static class AmericanKernel<V, O> where V : struct where O : struct, ILanes<V>
{
    // Before the first steps the slope may come out anywhere; beyond this it would throw a node away.
    const double SteepestSlope = 0.45;

    /// <summary>Doubles that a boundary needs.</summary>
    public static int Work(AmericanScheme scheme) => O.Count * scheme.Nodes * (6 + scheme.Points);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] static V Negate(V a) => O.Xor(a, O.Set(-0.0));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static V Log(V a) => LaneMath<V, O>.LogRatio(a, O.Set(1));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static V Bell(V d) => LaneNormal<V, O>.Exp(O.Multiply(O.Multiply(O.Set(-0.5), d), d));

    // ln X: where holding earns what exercise earns, r·K = q·S, or the strike.
    static V LogTop(in AmericanPut<V> put)
    {
        V one = O.Set(1);
        return Log(O.Min(one, O.Select(O.Less(O.Set(0), put.Dividend), O.Divide(put.Rate, put.Dividend), one)));
    }

    /// <summary>
    /// A boundary to start from: the one that rises exponentially from the perpetual option's (Bjerksund and Stensland 1993, by McDonald and
    /// Schroder's symmetry), some per cent off.
    /// </summary>
    public static void Seed(AmericanScheme scheme, in AmericanPut<V> put, Span<double> work)
    {
        ref double g = ref work[0];
        ref double square = ref work[scheme.Nodes * O.Count];
        V zero = O.Set(0), one = O.Set(1), half = O.Set(0.5), two = O.Set(2);
        V inverse = O.Divide(one, put.Deviation);
        V start = O.Multiply(LogTop(put), inverse);
        V growth = O.Subtract(put.Dividend, put.Rate);
        V byVariance = O.Multiply(inverse, inverse);
        V off = O.Subtract(O.Multiply(growth, byVariance), half);
        V beta = O.Subtract(O.SquareRoot(O.Max(O.Fma(O.Multiply(two, put.Dividend), byVariance, O.Multiply(off, off)), zero)), off);
        V near = O.Select(O.Less(zero, put.Dividend), O.Max(one, O.Divide(put.Dividend, put.Rate)), one);
        V gap = O.Max(O.Subtract(O.Divide(beta, O.Max(O.Subtract(beta, one), O.Set(1e-8))), near), O.Set(1e-12));
        V scale = O.Divide(O.Set(-1), O.Multiply(gap, near));
        for (int i = 0; i < scheme.Nodes; i++)
        {
            double x = scheme.Root[i];
            V spread = O.Multiply(O.Set(2 * x), put.Deviation);
            V way = O.Max(O.Fma(growth, O.Set(x * x), spread), O.Multiply(O.Set(0.25), spread));
            V level = O.Fma(gap, O.Subtract(one, LaneNormal<V, O>.Exp(O.Multiply(way, scale))), near);
            V value = O.Min(zero, O.Subtract(O.Multiply(Negate(Log(level)), inverse), start));
            O.Store(value, ref g, i * O.Count);
            O.Store(O.Multiply(value, value), ref square, i * O.Count);
        }
    }

    /// <summary>Improves the boundary in <paramref name="work"/> and returns the largest last step, in units of v.</summary>
    public static V Solve(AmericanScheme scheme, in AmericanPut<V> put, int sweeps, Span<double> work)
    {
        int n = scheme.Nodes;
        ref double growth = ref work[6 * n * O.Count];
        if (put.HasDividend)
        {
            ref double row = ref scheme.Rows[0];
            for (int i = 0; i < n * scheme.Points; i++, row = ref Unsafe.Add(ref row, scheme.Stride))
                O.Store(LaneNormal<V, O>.Exp(O.Multiply(put.Dividend, O.Set(Unsafe.Add(ref row, 2)))), ref growth, i * O.Count);
        }

        V logTop = LogTop(put);
        V worst = O.Set(0);
        for (int sweep = 0; sweep < sweeps; sweep++) worst = Sweep(scheme, put, logTop, work);
        return worst;
    }

    // Nodes in the order of time: each sees what those before it have just become.
    static V Sweep(AmericanScheme scheme, in AmericanPut<V> put, V logTop, Span<double> work)
    {
        int n = scheme.Nodes, points = scheme.Points, stride = scheme.Stride;
        ref double g = ref work[0];
        ref double square = ref work[n * O.Count];
        ref double numerators = ref work[2 * n * O.Count];
        ref double denominators = ref work[3 * n * O.Count];
        ref double numeratorSlopes = ref work[4 * n * O.Count];
        ref double denominatorSlopes = ref work[5 * n * O.Count];
        ref double growth = ref work[6 * n * O.Count];
        V zero = O.Set(0), one = O.Set(1), half = O.Set(0.5);
        V rate = put.Rate, dividend = put.Dividend, deviation = put.Deviation;
        bool hasDividend = put.HasDividend;
        V inverse = O.Divide(one, deviation);
        V start = O.Multiply(logTop, inverse);
        V carry = O.Subtract(rate, dividend);
        V drift = O.NegatedFma(half, deviation, O.Multiply(carry, inverse));

        for (int i = 0; i < n; i++)
        {
            double x = scheme.Root[i];
            V minus = O.Fma(drift, O.Set(x), O.Multiply(O.Add(O.Load(ref g, i * O.Count), start), O.Set(1 / x)));
            V plus = O.Fma(deviation, O.Set(x), minus);
            V bellMinus = O.Multiply(Bell(minus), O.Set(1 / x));
            V bell = Bell(plus);
            V bellPlus = O.Multiply(bell, O.Set(1 / x));
            V slope = O.Multiply(minus, O.Set(-1 / x));
            O.Store(bellMinus, ref numerators, i * O.Count);
            O.Store(O.Fma(deviation, LaneNormal<V, O>.Cumulative(plus, bell), bellPlus), ref denominators, i * O.Count);
            O.Store(O.Multiply(slope, bellMinus), ref numeratorSlopes, i * O.Count);
            O.Store(O.Multiply(slope, bellPlus), ref denominatorSlopes, i * O.Count);
        }

        V worst = zero;
        V minusRate = Negate(rate), minusDividend = Negate(dividend);
        ref double row = ref scheme.Rows[0];
        for (int i = 0, at = 0; i < n; i++)
        {
            double x = scheme.Root[i];
            V own = O.Load(ref g, i * O.Count);
            V sum = zero, sumSlope = zero, sumDividend = zero, sumDividendSlope = zero;
            for (int k = 0; k < points; k++, at += O.Count, row = ref Unsafe.Add(ref row, stride))
            {
                V rootTime = O.Set(row);
                V minus = O.Fma(drift, rootTime, O.Multiply(O.Add(own, Boundary(ref row, ref square, n)), O.Set(Unsafe.Add(ref row, 1))));
                V weight = O.Set(Unsafe.Add(ref row, 3));
                V slopeWeight = O.Set(Unsafe.Add(ref row, 4));
                V bell = LaneNormal<V, O>.Exp(O.Fma(O.Multiply(O.Set(-0.5), minus), minus, O.Multiply(rate, O.Set(Unsafe.Add(ref row, 2)))));
                sum = O.Fma(weight, bell, sum);
                sumSlope = O.Fma(slopeWeight, O.Multiply(minus, bell), sumSlope);
                if (!hasDividend) continue;

                V timeDeviation = O.Multiply(deviation, rootTime);
                V plus = O.Add(minus, timeDeviation);
                V grown = O.Load(ref growth, at);
                bell = Bell(plus);
                V cumulative = LaneNormal<V, O>.Cumulative(plus, bell);
                sumDividend = O.Fma(O.Multiply(weight, grown), O.Fma(timeDeviation, cumulative, bell), sumDividend);
                sumDividendSlope = O.Fma(O.Multiply(slopeWeight, grown), O.Multiply(minus, bell), sumDividendSlope);
            }

            V numerator = O.Fma(rate, sum, O.Load(ref numerators, i * O.Count));
            V denominator = O.Fma(dividend, sumDividend, O.Load(ref denominators, i * O.Count));
            V numeratorSlope = O.Fma(minusRate, sumSlope, O.Load(ref numeratorSlopes, i * O.Count));
            V denominatorSlope = O.Fma(minusDividend, sumDividendSlope, O.Load(ref denominatorSlopes, i * O.Count));

            // Newton's step for g = (ln(N/D) − (r − q)τ − ln X)/v, the slope being that of N/D in this node alone.
            V target = O.Subtract(LaneMath<V, O>.LogRatio(numerator, denominator), O.Fma(carry, O.Set(x * x), logTop));
            V miss = O.Fma(target, inverse, Negate(own));
            V scale = O.Multiply(O.Multiply(numerator, denominator), deviation);
            V slope = O.NegatedFma(denominatorSlope, numerator, O.Multiply(numeratorSlope, denominator));
            V step = O.Divide(O.Multiply(miss, scale), O.Max(O.Multiply(O.Set(1 - SteepestSlope), scale), O.Subtract(scale, slope)));
            V next = O.Min(zero, O.Add(own, step));
            worst = O.Max(worst, O.And(step, O.Set(BitConverter.Int64BitsToDouble(long.MaxValue))));
            O.Store(next, ref g, i * O.Count);
            O.Store(O.Multiply(next, next), ref square, i * O.Count);
        }

        return worst;
    }

    // −g at a point: the interpolated square may fall below 0 next to settlement.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Boundary(ref double row, ref double square, int nodes)
    {
        V sum = O.Multiply(O.Set(Unsafe.Add(ref row, AmericanScheme.Head)), O.Load(ref square, 0));
        for (int j = 1; j < nodes; j++) sum = O.Fma(O.Set(Unsafe.Add(ref row, AmericanScheme.Head + j)), O.Load(ref square, j * O.Count), sum);
        return O.SquareRoot(O.Max(O.Set(0), sum));
    }

    /// <summary>What the right to exercise early is worth, in strikes, given the boundary in <paramref name="work"/>.</summary>
    /// <param name="ratio">S/K.</param>
    /// <param name="moneyness">ln(S/K).</param>
    /// <param name="exercised">A mask of the lanes below the boundary.</param>
    public static V Premium(AmericanScheme scheme, in AmericanPut<V> put, V ratio, V moneyness, Span<double> work, out V exercised) =>
        Premium(scheme, put, ratio, moneyness, work, false, out exercised, out _, out _);

    /// <param name="slope">S times the premium's first derivative by S.</param>
    /// <param name="curvature">S² times its second derivative.</param>
    public static V Premium(
        AmericanScheme scheme, in AmericanPut<V> put, V ratio, V moneyness, Span<double> work, bool hasGreeks, out V exercised, out V slope, out V curvature)
    {
        int n = scheme.Nodes;
        ref double square = ref work[n * O.Count];
        V zero = O.Set(0), one = O.Set(1), half = O.Set(0.5);
        V rate = put.Rate, dividend = put.Dividend, deviation = put.Deviation;
        V minusRate = Negate(rate), minusDividend = Negate(dividend), spotDividend = O.Multiply(ratio, dividend);
        V inverse = O.Divide(one, deviation);
        V drift = O.NegatedFma(half, deviation, O.Multiply(O.Subtract(rate, dividend), inverse));
        V distance = O.Multiply(O.Subtract(moneyness, LogTop(put)), inverse);
        exercised = O.Xor(O.Less(O.Load(ref work[0], (n - 1) * O.Count), distance), O.Set(BitConverter.Int64BitsToDouble(-1)));

        V premium = zero;
        slope = zero;
        curvature = zero;
        ref double row = ref scheme.PremiumRows[0];
        for (int k = 0; k < scheme.PremiumPoints; k++, row = ref Unsafe.Add(ref row, scheme.Stride))
        {
            // The row's u is the time before settlement: what remains of it, from today on, is 1 − u.
            V rootTime = O.Set(row);
            V time = O.Set(row * row);
            V byRoot = O.Set(Unsafe.Add(ref row, 1));
            V weight = O.Set(Unsafe.Add(ref row, 5) / LaneNormal<V, O>.RootTwoPi);
            V minus = O.Fma(drift, rootTime, O.Multiply(O.Add(distance, Boundary(ref row, ref square, n)), byRoot));
            V bell = Bell(minus);
            V interest = O.Multiply(O.Multiply(rate, weight), LaneNormal<V, O>.Exp(O.Multiply(minusRate, time)));
            premium = O.Fma(interest, LaneNormal<V, O>.Cumulative(Negate(minus), bell), premium);

            V flow = O.Multiply(interest, bell);
            V lost = zero;
            if (put.HasDividend)
            {
                V plus = O.Fma(deviation, rootTime, minus);
                bell = Bell(plus);
                V dividends = O.Multiply(O.Multiply(spotDividend, weight), LaneNormal<V, O>.Exp(O.Multiply(minusDividend, time)));
                V held = O.Multiply(dividends, LaneNormal<V, O>.Cumulative(Negate(plus), bell));
                premium = O.Subtract(premium, held);
                lost = O.Multiply(dividends, bell);
                flow = O.Subtract(flow, lost);
                slope = O.Subtract(slope, held);
            }

            if (!hasGreeks) continue;
            V byDeviation = O.Multiply(inverse, byRoot);
            slope = O.NegatedFma(flow, byDeviation, slope);
            curvature = O.Fma(O.Fma(flow, O.Fma(minus, byDeviation, one), lost), byDeviation, curvature);
        }

        return premium;
    }
}
