using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ZeroGex.Analytics.Pricing;

/// <summary><see cref="BatchVolatility"/> for one width and one way to divide.</summary>
/// <remarks>
/// A block of options goes through many short loops, with columns in between that stay in the first-level cache. The chain of dependent operations in each loop is short
/// enough for the processor to look several vectors ahead: one long loop fills its scheduler (97 places on Skylake) with operations that wait for each other, and takes
/// half as long again.
/// </remarks>
static class VolatilityKernel<V, O, D> where V : struct where O : struct, ILanes<V> where D : struct, IDivision<V>
{
    // In the money, a time value below this fraction of forward and strike is lost in the last bits of the price.
    internal const double LeastTimeValue = 1e-15;

    // A Newton step this small, relative, leaves an error below 1e-16 after the step of fourth order.
    const double SmallStep = 1.0 / 1536;

    const int Block = 128;
    const int MoreSteps = 3;

    // The columns of a block. Where two have one place the first is done with when the second begins.
    const int Twin = 0 * Block, Bound = 1 * Block, Moneyness = 2 * Block, Deviation = 3 * Block, Distance = 4 * Block;
    const int Total = 5 * Block, Near = Total;
    const int Mean = 6 * Block, Far = Mean;
    const int Top = 7 * Block, Y = Top, Above = Top;
    const int Bottom = 8 * Block, W = Bottom, Below = Bottom;
    const int Numerator = 9 * Block, Ratio = Numerator, Width = Numerator, Step = Numerator;
    const int Denominator = 10 * Block, Slope = Denominator;
    const int Exponent = 11 * Block;
    const int Product = 12 * Block, Inverse = Product;
    const int Columns = 13;

    /// <summary>Solves every option; a batch shorter than the width is for a narrower kernel.</summary>
    /// <param name="start">Volatilities to start from, or none.</param>
    [SkipLocalsInit]
    public static void Solve(in PricedOptions options, ReadOnlySpan<double> start, Span<double> volatility, Span<VolatilityStatus> status)
    {
        int length = options.Price.Length;
        Debug.Assert(length >= O.Count);

        Span<double> work = stackalloc double[Columns * Block + CacheLine.Slack];
        ref double columns = ref CacheLine.Begin(work)[0];
        Span<double> pendingColumns = stackalloc double[Pending.Columns * Block];
        Span<int> pendingIndex = stackalloc int[Block];
        var pending = new Pending(pendingColumns, pendingIndex);

        int whole = length / O.Count * O.Count;
        for (int from = 0; from < whole; from += Block)
            SolveBlock(options, start, from, Math.Min(Block, whole - from), ref columns, volatility, status, ref pending);

        // What is left fills no vector: it is solved together with options before it, which get the same bits again.
        if (whole < length) SolveBlock(options, start, length - O.Count, O.Count, ref columns, volatility, status, ref pending);
        pending.Flush(options, volatility, status);
    }

    /// <summary>One vector of options, with the bits that a block gives it, in one piece: where there is but one, columns only cost. The mask is set where there is a volatility.</summary>
    public static V Solve(V isCall, V price, V forward, V strike, V time, V discount, out V volatility)
    {
        V isGood = ToTwin(isCall, price, forward, strike, time, discount, out V high, out V low, out V twin, out V bound, out V total, out V mean);
        V x = LaneMath<V, O>.LogRatio<D>(high, low);
        SeedCoordinates(total, mean, SeedWidth(total, twin), out V y, out V w);
        V s = SeedDeviation(y, w);
        V isDone = StepOnce(x, twin, bound, s, out V above, out V below);
        V byRoot = D.ReciprocalRoot(time);
        volatility = Move(O.Multiply(s, byRoot), above, below);
        if (O.Bits(O.And(isGood, isDone)) == O.Bits(isGood)) return isGood;

        V isDoneLater = StepOn(x, twin, bound, ref s);
        volatility = O.Select(isDone, volatility, O.Multiply(s, byRoot));
        return O.And(isGood, O.Or(isDone, isDoneLater));
    }

    [SkipLocalsInit]
    static void SolveBlock(
        in PricedOptions options, ReadOnlySpan<double> start, int from, int count, ref double columns, Span<double> volatility, Span<VolatilityStatus> status,
        ref Pending pending)
    {
        Span<byte> good = stackalloc byte[Block];
        Span<byte> done = stackalloc byte[Block];
        Enter(options, from, count, ref columns, good);
        FinishMoneyness(count, ref columns);
        if (start.IsEmpty) Seed(count, ref columns);
        else SeedFrom(start, options.Years, from, count, ref columns);
        Step4(count, ref columns, done, new Ahead(options, volatility, Math.Min(from + Block, volatility.Length - count)));
        if (!start.IsEmpty && CountBits(done, count) * 4 < count * 3)
        {
            // The market has moved on: what one step does not reach takes more steps than the cold start's seed costs.
            SolveBlock(options, [], from, count, ref columns, volatility, status, ref pending);
            return;
        }

        Leave(options.Years, volatility, from, count, ref columns);

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
                else pending.Add(options, index, ref columns, i + lane, volatility, status);
            }
        }
    }

    static int CountBits(Span<byte> masks, int count)
    {
        int bits = 0;
        for (int group = 0; group < count / O.Count; group++) bits += BitOperations.PopCount(masks[group]);
        return bits;
    }

    static void SolveSlowly(in PricedOptions options, int i, Span<double> volatility, Span<VolatilityStatus> status) =>
        status[i] = BatchVolatility.SolveSlowly(options.IsCall[i], options.Price[i], options.Forward[i], options.Strike[i], options.Years[i],
            options.Discount[i], out volatility[i]);

    // The twin's price, its bound, the twin plus |F − K| and the mean of F and K for the seed; ln of the larger over the smaller, begun.
    static void Enter(in PricedOptions options, int from, int count, ref double columns, Span<byte> good)
    {
        ref bool isCalls = ref Unsafe.AsRef(in options.IsCall[from]);
        ref double prices = ref Unsafe.AsRef(in options.Price[from]);
        ref double forwards = ref Unsafe.AsRef(in options.Forward[from]);
        ref double strikes = ref Unsafe.AsRef(in options.Strike[from]);
        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double discounts = ref Unsafe.AsRef(in options.Discount[from]);

        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            V price = O.Load(ref prices, i);
            V forward = O.Load(ref forwards, i);
            V strike = O.Load(ref strikes, i);
            V time = O.Load(ref years, i);
            V discount = O.Load(ref discounts, i);

            V isGood = ToTwin(O.LoadIsCall(ref isCalls, i), price, forward, strike, time, discount,
                out V high, out V low, out V value, out V limit, out V total, out V mean);
            good[group] = (byte)O.Bits(isGood);

            LaneMath<V, O>.ReduceRatio(high, low, out V numerator, out V denominator, out V exponent);
            O.Store(numerator, ref columns, Numerator + i);
            O.Store(denominator, ref columns, Denominator + i);
            O.Store(exponent, ref columns, Exponent + i);
            O.Store(value, ref columns, Twin + i);
            O.Store(limit, ref columns, Bound + i);
            O.Store(total, ref columns, Total + i);
            O.Store(mean, ref columns, Mean + i);
        }
    }

    /// <summary>
    /// The out-of-the-money twin: larger and smaller of forward and strike, its price, the bound of that, the price plus |F − K| and the mean of F and K for the seed.
    /// The mask is set where all of it can be worked with; what lies outside is for the scalar solver.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ToTwin(
        V isCall, V price, V forward, V strike, V time, V discount, out V high, out V low, out V value, out V limit, out V total, out V mean)
    {
        // Far from where a product or a bit pattern could overflow.
        V tiny = O.Set(1e-80);
        V huge = O.Set(1e80);

        V isAbove = O.Less(strike, forward);
        high = O.Select(isAbove, forward, strike); // One that is not a number comes through, which the larger and the smaller might hide.
        low = O.Select(isAbove, strike, forward);
        V isOut = O.Xor(isCall, isAbove); // In the money, or at it: then there is nothing to take away.
        V gap = O.Subtract(high, low);
        V least = O.Multiply(discount, O.Add(high, low));
        value = O.Select(isOut, price, O.NegatedFma(discount, gap, price));
        limit = O.Multiply(discount, low);

        // A time that is not a number shows in the range, any other in the limits.
        V isGood = O.And(O.Less(tiny, O.Min(O.Min(low, discount), time)), O.Less(O.Max(O.Max(high, discount), time), huge));
        isGood = O.And(isGood, O.And(O.Less(O.Multiply(least, O.Select(isOut, O.Set(1e-200), O.Set(LeastTimeValue))), value), O.Less(value, limit)));
        total = O.Fma(discount, gap, value);
        mean = O.Multiply(O.Set(0.5), least);
        return isGood;
    }

    // x = |ln(F/K)|.
    static void FinishMoneyness(int count, ref double columns)
    {
        for (int i = 0; i < count; i += O.Count)
            O.Store(D.Divide(O.Load(ref columns, Numerator + i), O.Load(ref columns, Denominator + i)), ref columns, Ratio + i);
        for (int i = 0; i < count; i += O.Count)
            O.Store(LaneMath<V, O>.LogOfReduced(O.Load(ref columns, Ratio + i), O.Load(ref columns, Exponent + i)), ref columns, Moneyness + i);
    }

    // The deviation to start from.
    static void Seed(int count, ref double columns)
    {
        for (int i = 0; i < count; i += O.Count)
            O.Store(SeedWidth(O.Load(ref columns, Total + i), O.Load(ref columns, Twin + i)), ref columns, Width + i);

        for (int i = 0; i < count; i += O.Count)
        {
            SeedCoordinates(O.Load(ref columns, Total + i), O.Load(ref columns, Mean + i), O.Load(ref columns, Width + i), out V y, out V w);
            O.Store(y, ref columns, Y + i);
            O.Store(w, ref columns, W + i);
        }

        for (int i = 0; i < count; i += O.Count)
            O.Store(SeedDeviation(O.Load(ref columns, Y + i), O.Load(ref columns, W + i)), ref columns, Deviation + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V SeedWidth(V total, V twin) => O.Add(O.Set(3), D.RoughLog2Ratio(total, twin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SeedCoordinates(V total, V mean, V width, out V y, out V w)
    {
        const double Slope = 6.318042149790328, Zero = -1.106014049930109;
        V inverse = D.RoughReciprocal(O.Multiply(width, mean));
        y = O.Multiply(total, O.Multiply(width, inverse));
        w = O.Fma(O.Multiply(mean, inverse), O.Set(Slope), O.Set(Zero));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V SeedDeviation(V y, V w)
    {
        const double S00 = 1.1441576002514986, S01 = 1.3898962209731107, S02 = 0.1531684147519942, S03 = -0.280952629875189,
            S04 = 0.06747484804586118, S05 = 0.07158183600488158, S06 = -0.03690444509709191, S07 = 0.010725758870243143,
            S08 = -0.01165717352443408;
        const double S10 = 0.13391060441991343, S11 = 0.22373955690831687, S12 = 0.13188956242604, S13 = 0.08720885075749432,
            S14 = 0.11601269081786887, S15 = 0.027990112847821404, S16 = -0.06353490257965914, S17 = -0.031217857984531215;
        const double S20 = 0.01688119713097172, S21 = 0.05121160164310794, S22 = 0.11447177398708325, S23 = 0.16622901101536777,
            S24 = 0.12605140935652837, S25 = 0.038588171435156866;
        const double S30 = 0.013624788557374898, S31 = 0.03150788018085154, S32 = 0.025838080561446625, S33 = 0.007431898617264764;


        V z = O.Multiply(y, y);
        V s0 = O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w,
            O.Set(S08), O.Set(S07)), O.Set(S06)), O.Set(S05)), O.Set(S04)), O.Set(S03)), O.Set(S02)), O.Set(S01)), O.Set(S00));
        V s1 = O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w,
            O.Set(S17), O.Set(S16)), O.Set(S15)), O.Set(S14)), O.Set(S13)), O.Set(S12)), O.Set(S11)), O.Set(S10));
        V s2 = O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Fma(w, O.Set(S25), O.Set(S24)), O.Set(S23)), O.Set(S22)), O.Set(S21)), O.Set(S20));
        V s3 = O.Fma(w, O.Fma(w, O.Fma(w, O.Set(S33), O.Set(S32)), O.Set(S31)), O.Set(S30));
        return O.Multiply(y, O.Fma(z, O.Fma(z, O.Fma(z, s3, s2), s1), s0));
    }

    // The deviation of the volatility before; one that is none makes a step that is not small.
    static void SeedFrom(ReadOnlySpan<double> start, ReadOnlySpan<double> years, int from, int count, ref double columns)
    {
        ref double starts = ref Unsafe.AsRef(in start[from]);
        ref double nextStarts = ref Unsafe.AsRef(in start[Math.Min(from + Block, start.Length - count)]);
        ref double times = ref Unsafe.AsRef(in years[from]);
        V lastTime = O.Set(0);
        V root = O.Set(0);
        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref nextStarts, i);
            V time = O.Load(ref times, i);
            if (!O.AreEqual(time, lastTime)) (lastTime, root) = (time, O.SquareRoot(time));
            O.Store(O.Multiply(O.Load(ref starts, i), root), ref columns, Deviation + i);
        }
    }

    /// <summary>
    /// The columns of the block to come. Every loop of a step has one of them fetched, a line a vector, so that memory answers while arithmetic goes on; all of them
    /// at once are more lines than a core can wait for.
    /// </summary>
    readonly ref struct Ahead(in PricedOptions options, Span<double> volatility, int from)
    {
        public readonly ref double Price = ref Unsafe.AsRef(in options.Price[from]);
        public readonly ref double Forward = ref Unsafe.AsRef(in options.Forward[from]);
        public readonly ref double Strike = ref Unsafe.AsRef(in options.Strike[from]);
        public readonly ref double Years = ref Unsafe.AsRef(in options.Years[from]);
        public readonly ref double Discount = ref Unsafe.AsRef(in options.Discount[from]);
        public readonly ref double Volatility = ref volatility[from];
    }

    // One step of fourth order, loop by loop.
    static void Step4(int count, ref double columns, Span<byte> done, in Ahead ahead)
    {
        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref ahead.Price, i);
            V s = O.Load(ref columns, Deviation + i);
            V a = D.Divide(O.Load(ref columns, Moneyness + i), s);
            LaneMath<V, O>.Ends(a, s, out V near, out V far);
            O.Store(a, ref columns, Distance + i);
            O.Store(near, ref columns, Near + i);
            O.Store(far, ref columns, Far + i);
        }

        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref ahead.Forward, i);
            LaneMath<V, O>.MillsDifference(O.Load(ref columns, Near + i), O.Load(ref columns, Far + i), O.Load(ref columns, Deviation + i), out V n, out V q);
            O.Store(n, ref columns, Top + i);
            O.Store(q, ref columns, Bottom + i);
        }

        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref ahead.Strike, i);
            V n = O.Load(ref columns, Top + i);
            V q = O.Load(ref columns, Bottom + i);
            Balance(O.Load(ref columns, Deviation + i), O.Load(ref columns, Twin + i), O.Load(ref columns, Bound + i), n, q, out V wanted, out V had);
            LaneMath<V, O>.ReduceRatio(wanted, had, out V numerator, out V denominator, out V exponent);
            O.Store(numerator, ref columns, Numerator + i);
            O.Store(denominator, ref columns, Denominator + i);
            O.Store(exponent, ref columns, Exponent + i);
            O.Store(O.Multiply(n, q), ref columns, Product + i);
        }

        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref ahead.Years, i);
            O.Store(D.Divide(O.Load(ref columns, Numerator + i), O.Load(ref columns, Denominator + i)), ref columns, Ratio + i);
            O.Store(D.RoughReciprocal(O.Load(ref columns, Product + i)), ref columns, Inverse + i);
        }

        for (int i = 0; i < count; i += O.Count)
        {
            O.Fetch(ref ahead.Discount, i);
            V log = LaneMath<V, O>.LogOfReduced(O.Load(ref columns, Ratio + i), O.Load(ref columns, Exponent + i));
            Newton(O.Load(ref columns, Distance + i), O.Load(ref columns, Deviation + i), log, O.Load(ref columns, Top + i), O.Load(ref columns, Bottom + i),
                O.Load(ref columns, Inverse + i), out V h, out V slope);
            O.Store(h, ref columns, Step + i);
            O.Store(slope, ref columns, Slope + i);
        }

        for (int i = 0, group = 0; i < count; i += O.Count, group++)
        {
            O.Fetch(ref ahead.Volatility, i);
            V h = O.Load(ref columns, Step + i);
            Householder(O.Load(ref columns, Distance + i), O.Load(ref columns, Deviation + i), h, O.Load(ref columns, Slope + i), out V above, out V below);
            done[group] = (byte)O.Bits(IsLast(h, O.Load(ref columns, Near + i), O.Load(ref columns, Far + i)));
            O.Store(above, ref columns, Above + i);
            O.Store(below, ref columns, Below + i);
        }
    }

    static void Leave(ReadOnlySpan<double> years, Span<double> volatility, int from, int count, ref double columns)
    {
        ref double times = ref Unsafe.AsRef(in years[from]);
        ref double volatilities = ref volatility[from];
        V lastTime = O.Set(0);
        V byRoot = O.Set(0);
        for (int i = 0; i < count; i += O.Count)
        {
            // A chain comes by expiration: most often the last root serves again.
            V time = O.Load(ref times, i);
            if (!O.AreEqual(time, lastTime)) (lastTime, byRoot) = (time, D.ReciprocalRoot(time));
            O.Store(Move(O.Multiply(O.Load(ref columns, Deviation + i), byRoot), O.Load(ref columns, Above + i), O.Load(ref columns, Below + i)), ref volatilities, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Move(V from, V above, V below) => O.Fma(from, O.Multiply(above, D.RoughReciprocal(below)), from);

    /// <summary>f(s) = ln c(s) − ln c is −d²/2 less the logarithm of <paramref name="wanted"/> over <paramref name="had"/>: c(s) = φ(d)·s·n/q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Balance(V s, V twin, V bound, V n, V q, out V wanted, out V had)
    {
        wanted = O.Multiply(O.Multiply(twin, O.Set(2.5066282746310002)), q);
        had = O.Multiply(bound, O.Multiply(s, n));
    }

    /// <summary>Newton's step relative to s, and the elasticity s·f'(s) = q/n; <paramref name="inverse"/> is 1/(n·q).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Newton(V a, V s, V log, V n, V q, V inverse, out V h, out V slope)
    {
        V d = O.NegatedFma(O.Set(0.5), s, a);
        slope = O.Multiply(O.Multiply(q, q), inverse);
        h = O.Multiply(O.Fma(O.Multiply(O.Set(0.5), d), d, log), O.Multiply(O.Multiply(n, n), inverse));
    }

    /// <summary>Householder's step of fourth order: the change relative to s is <paramref name="above"/> / <paramref name="below"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Householder(V a, V s, V h, V slope, out V above, out V below)
    {
        // Ratios of the derivatives of f to f', times s, s² and s³.
        V t = O.Multiply(O.Set(0.5), s);
        V a2 = O.Multiply(a, a);
        V gap = O.NegatedFma(t, t, a2);
        V r2 = O.Subtract(gap, slope);
        V r2Slope = O.NegatedFma(slope, r2, O.Fma(O.Set(-4), a2, gap));
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
    }

    /// <summary>A mask of the lanes where the step is small enough to be the last, and where the rational function stands for the Mills ratio.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V IsLast(V h, V near, V far) =>
        O.And(O.Less(O.Multiply(h, h), O.Set(SmallStep * SmallStep)), LaneMath<V, O>.AreWithinMills(near, far));

    // More steps, from a deviation that one did not bring home.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static V StepOn(V x, V twin, V bound, ref V s)
    {
        V isDone = O.Set(0);
        for (int step = 0; step < MoreSteps; step++)
        {
            V isLast = StepOnce(x, twin, bound, s, out V above, out V below);

            // A lane that is done stays: its result is that of its own last step.
            s = O.Select(isDone, s, O.Fma(s, D.Divide(above, below), s));
            isDone = O.Or(isDone, isLast);
        }

        return isDone;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V StepOnce(V x, V twin, V bound, V s, out V above, out V below)
    {
        V a = D.Divide(x, s);
        LaneMath<V, O>.Ends(a, s, out V near, out V far);
        LaneMath<V, O>.MillsDifference(near, far, s, out V n, out V q);
        Balance(s, twin, bound, n, q, out V wanted, out V had);
        Newton(a, s, LaneMath<V, O>.LogRatio<D>(wanted, had), n, q, D.RoughReciprocal(O.Multiply(n, q)), out V h, out V slope);
        Householder(a, s, h, slope, out above, out below);
        return IsLast(h, near, far);
    }

    /// <summary>Options whose first step was too long, gathered to fill the lanes again.</summary>
    ref struct Pending(Span<double> columns, Span<int> index)
    {
        public const int Columns = 5;
        const int Years = 4 * Block;

        readonly Span<double> _columns = columns;
        readonly Span<int> _index = index;
        int _count;

        public void Add(in PricedOptions options, int i, ref double from, int at, Span<double> volatility, Span<VolatilityStatus> status)
        {
            if (_count == Block) Flush(options, volatility, status);
            for (int column = 0; column < Years; column += Block) _columns[column + _count] = Unsafe.Add(ref from, column + at);
            _columns[Years + _count] = options.Years[i];
            _index[_count++] = i;
        }

        public void Flush(in PricedOptions options, Span<double> volatility, Span<VolatilityStatus> status)
        {
            if (_count == 0) return;
            int padded = (_count + O.Count - 1) / O.Count * O.Count;
            for (int column = 0; column < Columns * Block; column += Block) _columns.Slice(column + _count, padded - _count).Fill(_columns[column]);

            ref double columns = ref _columns[0];
            for (int i = 0; i < padded; i += O.Count)
            {
                V x = O.Load(ref columns, Moneyness + i);
                V twin = O.Load(ref columns, Twin + i);
                V bound = O.Load(ref columns, Bound + i);
                V s = O.Load(ref columns, Deviation + i);
                V isDone = StepOn(x, twin, bound, ref s);
                O.Store(O.Multiply(s, D.ReciprocalRoot(O.Load(ref columns, Years + i))), ref columns, Deviation + i);
                uint bits = O.Bits(isDone);
                for (int lane = 0; lane < Math.Min(O.Count, _count - i); lane++)
                {
                    int target = _index[i + lane];
                    if ((bits >> lane & 1) == 0) SolveSlowly(options, target, volatility, status);
                    else volatility[target] = _columns[Deviation + i + lane];
                }
            }

            _count = 0;
        }
    }
}
