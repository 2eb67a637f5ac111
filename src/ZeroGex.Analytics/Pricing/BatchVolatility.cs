using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZeroGex.Analytics.Pricing;

/// <summary>Prices to imply volatilities from, a column to an input, all of one length.</summary>
/// <param name="isCall">Call or put.</param>
/// <param name="price">Dollars.</param>
/// <param name="forward">Dollars, of the underlying at settlement.</param>
/// <param name="strike">Dollars.</param>
/// <param name="years">Time to settlement.</param>
/// <param name="discount">What a dollar at settlement is worth today.</param>
public readonly ref struct PricedOptions(
    ReadOnlySpan<bool> isCall, ReadOnlySpan<double> price, ReadOnlySpan<double> forward,
    ReadOnlySpan<double> strike, ReadOnlySpan<double> years, ReadOnlySpan<double> discount)
{
    public ReadOnlySpan<bool> IsCall { get; } = isCall;
    public ReadOnlySpan<double> Price { get; } = price;
    public ReadOnlySpan<double> Forward { get; } = forward;
    public ReadOnlySpan<double> Strike { get; } = strike;
    public ReadOnlySpan<double> Years { get; } = years;
    public ReadOnlySpan<double> Discount { get; } = discount;
}

/// <summary>
/// Implied volatilities of many European options, the same bits whatever the width, the batch and the place in it: additions, multiplications,
/// divisions, square roots and explicit fused multiply-adds only.
/// </summary>
/// <remarks>
/// The out-of-the-money twin is solved on a logarithmic scale, as in Jäckel, "Let's Be Rational" (2015). With x = |ln(F/K)|, s = σ√T, a = x/s,
/// t = s/2 and the Mills ratio M, the twin is min(F,K)·φ(a−t)·[M(a−t) − M(a+t)]; the bracket is s times a divided difference of one rational
/// function, so that nothing cancels however small s is. A polynomial seed within 4e-4 takes one Householder step of fourth order, whose fifth
/// power of an error ends below rounding. The size of the step proves the seed; where it is too large, lanes are gathered for more steps, and
/// what is left goes to the bracketed scalar solver. Coefficients: <c>batch_volatility.py</c> beside this file.
/// </remarks>
public static class BatchVolatility
{
    /// <summary>Solves every option; a volatility is 0 where its status is not <see cref="VolatilityStatus.Ok"/>.</summary>
    /// <param name="options">What was traded, and at what.</param>
    /// <param name="volatility">Per square root of a year, fractions.</param>
    /// <param name="status">Whether there is a volatility.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Solve(in PricedOptions options, Span<double> volatility, Span<VolatilityStatus> status, LaneWidth width = LaneWidth.Widest)
    {
        int count = options.Price.Length;
        if (options.IsCall.Length != count || options.Forward.Length != count || options.Strike.Length != count || options.Years.Length != count ||
            options.Discount.Length != count || volatility.Length != count || status.Length != count)
            throw new ArgumentException("All columns have one length.", nameof(options));

        switch (width)
        {
            case LaneWidth.Eight:
            case LaneWidth.Widest when Avx512DQ.IsSupported || Vector512.IsHardwareAccelerated: // Older processors clock down for eight lanes, and still gain.
                VolatilityKernel<Vector512<double>, EightLanes>.Solve(options, volatility, status);
                break;
            case LaneWidth.Four:
            case LaneWidth.Widest when Vector256.IsHardwareAccelerated:
                VolatilityKernel<Vector256<double>, FourLanes>.Solve(options, volatility, status);
                break;
            default:
                VolatilityKernel<double, OneLane>.Solve(options, volatility, status);
                break;
        }
    }

    /// <summary>Solves one option with the bits that a batch gives it.</summary>
    /// <param name="isCall">Call or put.</param>
    /// <param name="price">Dollars.</param>
    /// <param name="forward">Dollars.</param>
    /// <param name="strike">Dollars.</param>
    /// <param name="years">Time to settlement.</param>
    /// <param name="discount">What a dollar at settlement is worth today.</param>
    public static ImpliedVolatilityResult Solve(bool isCall, double price, double forward, double strike, double years, double discount)
    {
        double volatility = 0;
        VolatilityStatus status = VolatilityStatus.Ok;
        VolatilityKernel<double, OneLane>.Solve(
            new PricedOptions(new(in isCall), new(in price), new(in forward), new(in strike), new(in years), new(in discount)),
            new(ref volatility), new(ref status));
        return new(status, volatility);
    }

    // Takes every input, and says what is wrong with those that have no volatility.
    internal static VolatilityStatus SolveSlowly(
        bool isCall, double price, double forward, double strike, double years, double discount, out double volatility)
    {
        volatility = 0;
        if (!(forward > 0 && strike > 0 && years > 0 && price >= 0 && discount > 0) ||
            !double.IsFinite(forward + strike + years + price + discount))
            return VolatilityStatus.InvalidInput;

        double high = Math.Max(forward, strike);
        double low = Math.Min(forward, strike);
        double bound = discount * low;
        double twin = price;
        if (isCall ? forward > strike : forward < strike)
        {
            twin = Math.FusedMultiplyAdd(-discount, high - low, price);
            if (twin > 0 && twin <= VolatilityKernel<double, OneLane>.LeastTimeValue * discount * (high + low)) return VolatilityStatus.NoVega;
        }

        if (!(twin > 0)) return VolatilityStatus.BelowIntrinsic;
        if (!(twin < bound)) return VolatilityStatus.AboveBound;
        double c = twin / bound;
        if (!(c > 0)) return VolatilityStatus.NoVega;
        if (!(c < 1)) return VolatilityStatus.AboveBound;
        volatility = ImpliedVolatility.Deviation(PortableMath.LogRatio(high, low), c, (bound - twin) / bound) / Math.Sqrt(years);
        return VolatilityStatus.Ok;
    }
}

/// <summary><see cref="BatchVolatility"/> for one width.</summary>
static class VolatilityKernel<V, O> where V : struct where O : struct, ILanes<V>
{
    // In the money, a time value below this fraction of forward and strike is lost in the last bits of the price.
    internal const double LeastTimeValue = 1e-15;

    // A Newton step this small, relative, leaves an error below 1e-16 after the step of fourth order.
    const double SmallStep = 1.0 / 1536;

    const int Block = 128;
    const int MoreSteps = 3;

    // Of intermediate results between the short loops over a block, which keep more of the processor busy than a long one.
    const int Columns = 9;

    public static void Solve(in PricedOptions options, Span<double> volatility, Span<VolatilityStatus> status)
    {
        int whole = options.Price.Length / O.Count * O.Count;
        int block = Math.Min(Block, Math.Max(O.Count, whole)); // A single option does not pay for clearing more.
        Span<double> work = stackalloc double[(Columns + 5) * block];
        Span<int> pendingIndex = stackalloc int[block];
        var pending = new Pending(work[(Columns * block)..], pendingIndex);

        for (int from = 0; from < whole; from += block)
            SolveBlock(options, from, Math.Min(block, whole - from), block, work, volatility, status, ref pending);
        pending.Flush(options, volatility, status);

        int rest = options.Price.Length - whole;
        if (rest > 0) SolveRest(options, whole, rest, volatility, status);
    }

    // The last few options, with the last one repeated to fill the lanes.
    static void SolveRest(in PricedOptions options, int from, int rest, Span<double> volatility, Span<VolatilityStatus> status)
    {
        Span<bool> isCall = stackalloc bool[8];
        Span<double> copy = stackalloc double[6 * 8];
        Span<VolatilityStatus> restStatus = stackalloc VolatilityStatus[8];
        for (int lane = 0; lane < O.Count; lane++)
        {
            int i = from + Math.Min(lane, rest - 1);
            isCall[lane] = options.IsCall[i];
            copy[lane] = options.Price[i];
            copy[8 + lane] = options.Forward[i];
            copy[16 + lane] = options.Strike[i];
            copy[24 + lane] = options.Years[i];
            copy[32 + lane] = options.Discount[i];
        }

        int n = O.Count;
        var full = new PricedOptions(isCall[..n], copy[..n], copy.Slice(8, n), copy.Slice(16, n), copy.Slice(24, n), copy.Slice(32, n));
        Solve(full, copy.Slice(40, n), restStatus[..n]);
        copy.Slice(40, rest).CopyTo(volatility[from..]);
        restStatus[..rest].CopyTo(status[from..]);
    }

    static void SolveBlock(
        in PricedOptions options, int from, int count, int block, Span<double> work, Span<double> volatility, Span<VolatilityStatus> status,
        ref Pending pending)
    {
        Span<byte> good = stackalloc byte[block / O.Count];
        Span<byte> done = stackalloc byte[block / O.Count];
        ref double moneyness = ref work[0];
        ref double twin = ref work[block];
        ref double bound = ref work[2 * block];
        ref double deviation = ref work[3 * block];
        ref double distance = ref work[4 * block];
        ref double n = ref work[5 * block];
        ref double q = ref work[6 * block];
        ref double slope = ref n;
        ref double h = ref q;

        Enter(options, from, count, ref moneyness, ref twin, ref bound, ref n, ref q, good);
        Seed(count, ref twin, ref n, ref q, ref deviation);
        for (int i = 0; i < count; i += O.Count)
        {
            V s = O.Load(ref deviation, i);
            V a = O.Divide(O.Load(ref moneyness, i), s);
            MillsDifference(a, s, out V top, out V bottom);
            O.Store(a, ref distance, i);
            O.Store(top, ref n, i);
            O.Store(bottom, ref q, i);
        }

        for (int i = 0; i < count; i += O.Count)
        {
            Newton(O.Load(ref distance, i), O.Load(ref deviation, i), O.Load(ref twin, i), O.Load(ref bound, i), O.Load(ref n, i), O.Load(ref q, i),
                out V step, out V elasticity);
            O.Store(step, ref h, i);
            O.Store(elasticity, ref slope, i);
        }

        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double volatilities = ref volatility[from];
        V lastTime = O.Set(0);
        V root = O.Set(0);
        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            V a = O.Load(ref distance, i);
            V s = O.Load(ref deviation, i);
            V isDone = Householder(a, s, O.Load(ref h, i), O.Load(ref slope, i), out V above, out V below);
            done[group] = (byte)O.Bits(isDone);

            // A chain comes by expiration: most often the last root serves again.
            V time = O.Load(ref years, i);
            if (!O.AreEqual(time, lastTime))
            {
                lastTime = time;
                root = O.SquareRoot(time);
            }

            O.Store(O.Divide(O.Multiply(s, O.Add(below, above)), O.Multiply(below, root)), ref volatilities, i);
        }

        status.Slice(from, count).Clear();
        uint all = (1u << O.Count) - 1;
        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            uint left = all & ~(uint)(good[group] & done[group]);
            for (; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                int index = from + i + lane;
                if ((good[group] >> lane & 1) == 0) SolveSlowly(options, index, volatility, status);
                else pending.Add(options, index, work, i + lane, volatility, status);
            }
        }
    }

    static void SolveSlowly(in PricedOptions options, int i, Span<double> volatility, Span<VolatilityStatus> status) =>
        status[i] = BatchVolatility.SolveSlowly(options.IsCall[i], options.Price[i], options.Forward[i], options.Strike[i], options.Years[i],
            options.Discount[i], out volatility[i]);

    // |ln(F/K)|, the twin's price, its bound, and for the seed the twin plus |F − K| and the mean of F and K.
    static void Enter(
        in PricedOptions options, int from, int count, ref double moneyness, ref double twin, ref double bound, ref double sum, ref double mean,
        Span<byte> good)
    {
        ref bool isCalls = ref Unsafe.AsRef(in options.IsCall[from]);
        ref double prices = ref Unsafe.AsRef(in options.Price[from]);
        ref double forwards = ref Unsafe.AsRef(in options.Forward[from]);
        ref double strikes = ref Unsafe.AsRef(in options.Strike[from]);
        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double discounts = ref Unsafe.AsRef(in options.Discount[from]);

        // Far from where a product or a bit pattern could overflow; what lies outside is for the scalar solver.
        V tiny = O.Set(1e-80);
        V huge = O.Set(1e80);

        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            V price = O.Load(ref prices, i);
            V forward = O.Load(ref forwards, i);
            V strike = O.Load(ref strikes, i);
            V time = O.Load(ref years, i);
            V discount = O.Load(ref discounts, i);

            V isAbove = O.Less(strike, forward);
            V high = O.Select(isAbove, forward, strike);
            V low = O.Select(isAbove, strike, forward);
            V isOut = O.Xor(O.LoadIsCall(ref isCalls, i), isAbove); // In the money, or at it: then there is nothing to take away.
            V gap = O.Subtract(high, low);
            V least = O.Multiply(discount, O.Add(high, low));
            V value = O.Select(isOut, price, O.NegatedFma(discount, gap, price));
            V limit = O.Multiply(discount, low);

            V isGood = O.And(O.Less(tiny, low), O.Less(high, huge));
            isGood = O.And(isGood, O.And(O.Less(tiny, time), O.Less(time, huge)));
            isGood = O.And(isGood, O.And(O.Less(tiny, discount), O.Less(discount, huge)));
            isGood = O.And(isGood, O.And(O.Less(O.Multiply(least, O.Select(isOut, O.Set(1e-200), O.Set(LeastTimeValue))), value), O.Less(value, limit)));
            good[group] = (byte)O.Bits(isGood);

            O.Store(LaneMath<V, O>.LogRatio(high, low), ref moneyness, i);
            O.Store(value, ref twin, i);
            O.Store(limit, ref bound, i);
            O.Store(O.Fma(discount, gap, value), ref sum, i);
            O.Store(O.Multiply(O.Set(0.5), least), ref mean, i);
        }
    }

    // The deviation to start from.
    static void Seed(int count, ref double twin, ref double sum, ref double mean, ref double deviation)
    {
        const double SeedSlope = 6.318042149790328, SeedZero = -1.106014049930109;
        const double S00 = 1.1441576002514986, S01 = 1.3898962209731107, S02 = 0.1531684147519942, S03 = -0.280952629875189,
            S04 = 0.06747484804586118, S05 = 0.07158183600488158, S06 = -0.03690444509709191, S07 = 0.010725758870243143,
            S08 = -0.01165717352443408;
        const double S10 = 0.13391060441991343, S11 = 0.22373955690831687, S12 = 0.13188956242604, S13 = 0.08720885075749432,
            S14 = 0.11601269081786887, S15 = 0.027990112847821404, S16 = -0.06353490257965914, S17 = -0.031217857984531215;
        const double S20 = 0.01688119713097172, S21 = 0.05121160164310794, S22 = 0.11447177398708325, S23 = 0.16622901101536777,
            S24 = 0.12605140935652837, S25 = 0.038588171435156866;
        const double S30 = 0.013624788557374898, S31 = 0.03150788018085154, S32 = 0.025838080561446625, S33 = 0.007431898617264764;

        for (int i = 0; i < count; i += O.Count)
        {
            V total = O.Load(ref sum, i);
            V middle = O.Load(ref mean, i);
            V width = O.Add(O.Set(3), O.Subtract(RoughLog2(total), RoughLog2(O.Load(ref twin, i))));
            V inverse = O.Divide(O.Set(1), O.Multiply(width, middle));
            V y = O.Multiply(total, O.Multiply(width, inverse));
            V w = O.Fma(O.Multiply(middle, inverse), O.Set(SeedSlope), O.Set(SeedZero));
            V z = O.Multiply(y, y);

            V s0 = O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w,
                O.Set(S08), O.Set(S07)), O.Set(S06)), O.Set(S05)), O.Set(S04)), O.Set(S03)), O.Set(S02)), O.Set(S01)), O.Set(S00));
            V s1 = O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w,
                O.Set(S17), O.Set(S16)), O.Set(S15)), O.Set(S14)), O.Set(S13)), O.Set(S12)), O.Set(S11)), O.Set(S10));
            V s2 = O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Set(S25), O.Set(S24)), O.Set(S23)), O.Set(S22)), O.Set(S21)), O.Set(S20));
            V s3 = O.Fma(w, O.Fma(w, O.Fma(w, O.Set(S33), O.Set(S32)), O.Set(S31)), O.Set(S30));
            O.Store(O.Multiply(y, O.Fma(z, O.Fma(z, O.Fma(z, s3, s2), s1), s0)), ref deviation, i);
        }
    }

    /// <summary>Newton's step for f(s) = ln c(s) − ln c, relative to s, and the elasticity s·f'(s).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Newton(V a, V s, V twin, V bound, V n, V q, out V h, out V slope)
    {
        // s·f' = q/n; ln c(s) = ln(s·n/q) − d²/2 − ln √(2π).
        V inverse = O.Divide(O.Set(1), O.Multiply(n, q));
        slope = O.Multiply(O.Multiply(q, q), inverse);
        V d = O.NegatedFma(O.Set(0.5), s, a);
        V log = LaneMath<V, O>.LogRatio(O.Multiply(O.Multiply(twin, O.Set(2.5066282746310002)), q), O.Multiply(bound, O.Multiply(s, n)));
        h = O.Multiply(O.Fma(O.Multiply(O.Set(0.5), d), d, log), O.Multiply(O.Multiply(n, n), inverse));
    }

    /// <summary>
    /// Householder's step of fourth order: the change relative to s is <paramref name="above"/> / <paramref name="below"/>. The mask is set where
    /// the step is small enough to be the last.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Householder(V a, V s, V h, V slope, out V above, out V below)
    {
        // Ratios of the derivatives of f to f', times s, s² and s³.
        V t = O.Multiply(O.Set(0.5), s);
        V a2 = O.Multiply(a, a);
        V t2 = O.Multiply(t, t);
        V r2 = O.Subtract(O.Subtract(a2, t2), slope);
        V r2Slope = O.NegatedFma(slope, r2, O.Fma(O.Set(-3), a2, O.Subtract(O.Set(0), t2)));
        V r2Square = O.Multiply(r2, r2);
        V r3 = O.Add(r2Square, r2Slope);
        V r2Curve = O.NegatedFma(slope, r3, O.Multiply(O.Set(12), a2));
        V r4 = O.Fma(r2, O.Fma(O.Set(3), r2Slope, r2Square), r2Curve);

        V hr2 = O.Multiply(h, r2);
        V h2 = O.Multiply(h, h);
        V h2r3 = O.Multiply(h2, r3);
        above = O.Multiply(h, O.Fma(O.Set(1.0 / 6), h2r3, O.Add(O.Set(1), hr2)));
        below = O.Fma(hr2, O.Fma(O.Set(0.25), hr2, O.Set(1.5)), O.Set(1));
        below = O.Fma(O.Set(1.0 / 3), h2r3, below);
        below = O.Fma(O.Multiply(O.Set(1.0 / 24), h2), O.Multiply(h, r4), below);

        V isSmall = O.And(O.Less(h, O.Set(SmallStep)), O.Less(O.Set(-SmallStep), h));
        return O.And(isSmall, LaneMath<V, O>.IsWithinMills(a, t));
    }

    /// <summary>[M(a − t) − M(a + t)] / s as n/q, with t = s/2: nothing cancels, however small s is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void MillsDifference(V a, V s, out V n, out V q)
    {
        LaneMath<V, O>.Mills(a, s, out V p, out V dp, out V r, out V dr);
        n = O.NegatedFma(dp, r, O.Multiply(p, dr));
        q = O.Multiply(r, O.Fma(s, dr, r));
    }

    // Within 2e-5, for positive normal numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V RoughLog2(V a)
    {
        const double G0 = -2.787926207304043, G1 = 5.047855413441358, G2 = -3.48987855068487, G3 = 1.5894742949757037, G4 = -0.4025133935491493,
            G5 = 0.04300495779188456;
        V mantissa = O.Or(O.And(a, O.Set(BitConverter.Int64BitsToDouble(0x000F_FFFF_FFFF_FFFF))), O.Set(1));
        V exponent = O.Subtract(O.Or(O.ShiftRight52(a), O.Set(4503599627370496.0)), O.Set(4503599627370496.0 + 1023));
        V square = O.Multiply(mantissa, mantissa);
        V low = O.Fma(mantissa, O.Set(G1), O.Set(G0));
        V middle = O.Fma(mantissa, O.Set(G3), O.Set(G2));
        V high = O.Fma(mantissa, O.Set(G5), O.Set(G4));
        return O.Add(exponent, O.Fma(square, O.Fma(square, high, middle), low));
    }

    /// <summary>Options whose first step was too long, gathered to fill the lanes again.</summary>
    ref struct Pending(Span<double> work, Span<int> index)
    {
        readonly Span<double> _work = work;
        readonly Span<int> _index = index;
        readonly int _block = index.Length;
        int _count;

        public void Add(in PricedOptions options, int i, Span<double> from, int at, Span<double> volatility, Span<VolatilityStatus> status)
        {
            if (_count == _block) Flush(options, volatility, status);
            for (int column = 0; column < 4; column++) _work[column * _block + _count] = from[column * _block + at];
            _work[4 * _block + _count] = options.Years[i];
            _index[_count++] = i;
        }

        public void Flush(in PricedOptions options, Span<double> volatility, Span<VolatilityStatus> status)
        {
            if (_count == 0) return;
            int padded = (_count + O.Count - 1) / O.Count * O.Count;
            for (int column = 0; column < 5; column++) _work.Slice(column * _block + _count, padded - _count).Fill(_work[column * _block]);

            for (int i = 0; i < padded; i += O.Count)
            {
                V x = O.Load(ref _work[0], i);
                V twin = O.Load(ref _work[_block], i);
                V bound = O.Load(ref _work[2 * _block], i);
                V s = O.Load(ref _work[3 * _block], i);
                V isDone = O.Set(0);
                for (int step = 0; step < MoreSteps; step++)
                {
                    // A lane that is done stays: its result is that of its own last step.
                    V a = O.Divide(x, s);
                    MillsDifference(a, s, out V n, out V q);
                    Newton(a, s, twin, bound, n, q, out V h, out V slope);
                    V isLast = Householder(a, s, h, slope, out V above, out V below);
                    V next = O.Multiply(s, O.Divide(O.Add(below, above), below));
                    s = O.Select(isDone, s, next);
                    isDone = O.Or(isDone, isLast);
                }

                V root = O.SquareRoot(O.Load(ref _work[4 * _block], i));
                O.Store(O.Divide(s, root), ref _work[3 * _block], i);
                uint bits = O.Bits(isDone);
                for (int lane = 0; lane < Math.Min(O.Count, _count - i); lane++)
                {
                    int target = _index[i + lane];
                    if ((bits >> lane & 1) == 0) SolveSlowly(options, target, volatility, status);
                    else volatility[target] = _work[3 * _block + i + lane];
                }
            }

            _count = 0;
        }
    }
}
