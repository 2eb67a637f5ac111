using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary><see cref="GammaProfile"/> for one width. Sums always run in eight interleaved lanes, so that narrower vectors take several turns at them.</summary>
static class ProfileKernel<V, O> where V : struct where O : struct, ILanes<V>
{
    const int Segment = GammaProfile.Segment;
    const int Half = Segment / 2;
    const int Lanes = GammaProfile.Lanes;

    /// <summary>Gathers the contracts that count; answers with the number of those that have a weight and cannot be priced.</summary>
    public static int Load(GammaProfile profile, in ProfileColumns chain, double spot)
    {
        (profile.Count, profile.LongCount) = (0, 0);
        int n = chain.Strike.Length;
        int whole = n / O.Count * O.Count;
        int leftOut = LoadRun(profile, chain, spot, 0, whole);
        return leftOut + ProfileKernel<double, OneLane>.LoadRun(profile, chain, spot, whole, n);
    }

    internal static int LoadRun(GammaProfile profile, in ProfileColumns chain, double spot, int from, int to)
    {
        if (from == to) return 0;
        ref bool isCalls = ref MemoryMarshal.GetReference(chain.IsCall);
        ref double strikes = ref MemoryMarshal.GetReference(chain.Strike);
        ref double times = ref MemoryMarshal.GetReference(chain.Years);
        ref double volatilities = ref MemoryMarshal.GetReference(chain.Volatility);
        ref double rates = ref MemoryMarshal.GetReference(chain.Rate);
        ref double yields = ref MemoryMarshal.GetReference(chain.DividendYield);
        ref double weights = ref MemoryMarshal.GetReference(chain.Weight);

        Span<double> scales = stackalloc double[Lanes];
        Span<double> moneynesses = stackalloc double[Lanes];
        Span<double> inverses = stackalloc double[Lanes];
        V zero = O.Set(0);
        V tiny = O.Set(1e-60);
        V huge = O.Set(1e60);
        V most = O.Set(600);
        V least = O.Set(-600);
        V longest = O.Set(GammaProfile.LongestStep / profile.Step);
        V lastTime = zero, lastYield = zero, root = zero, growth = O.Set(1);
        int count = profile.Count;
        int leftOut = 0;
        uint lanes = (uint)((1UL << O.Count) - 1);
        ref double toScale = ref MemoryMarshal.GetArrayDataReference(profile.Scale);
        ref double toMoneyness = ref MemoryMarshal.GetArrayDataReference(profile.Moneyness);
        ref double toInverse = ref MemoryMarshal.GetArrayDataReference(profile.Inverse);
        for (int i = from; i < to; i += O.Count)
        {
            V weight = O.Load(ref weights, i);
            uint weighs = O.Bits(O.Or(O.Less(zero, weight), O.Less(weight, zero)));
            uint isNumber = O.Bits(O.And(O.Less(O.Set(-1e60), weight), O.Less(weight, huge)));
            if ((weighs | ~isNumber & lanes) == 0) continue;

            V strike = O.Load(ref strikes, i);
            V time = O.Load(ref times, i);
            V volatility = O.Load(ref volatilities, i);
            V dividend = O.Load(ref yields, i);
            V rate = O.Load(ref rates, i);
            if (!(O.AreEqual(time, lastTime) && O.AreEqual(dividend, lastYield)))
            {
                (lastTime, lastYield) = (time, dividend);
                root = O.SquareRoot(time);
                growth = LaneMath<V, O>.Exp(O.Multiply(O.Subtract(zero, dividend), time), zero);
            }

            V isGood = O.And(O.And(O.Less(tiny, strike), O.Less(strike, huge)), O.And(O.Less(tiny, time), O.Less(time, huge)));
            V yieldTime = O.Multiply(dividend, time);
            V carry = O.Multiply(O.Subtract(rate, dividend), time);
            isGood = O.And(isGood, O.And(O.Less(tiny, volatility), O.Less(volatility, huge)));
            isGood = O.And(isGood, O.And(O.And(O.Less(least, carry), O.Less(carry, most)), O.And(O.Less(least, yieldTime), O.Less(yieldTime, most))));

            V s = O.Multiply(volatility, root);
            V inverse = O.Divide(O.Set(1), s);
            V x = O.Fma(O.Subtract(rate, dividend), time, LaneMath<V, O>.LogRatio(O.Set(spot), strike));
            V d = O.Fma(x, inverse, O.Multiply(O.Set(0.5), s));
            V scale = O.Multiply(O.Multiply(O.Multiply(weight, growth), inverse), O.Set(PortableMath.DensityAtZero));
            scale = O.Xor(scale, O.Select(O.LoadIsCall(ref isCalls, i), zero, O.Set(-0.0)));
            O.Store(scale, ref scales[0], 0);
            O.Store(d, ref moneynesses[0], 0);
            O.Store(inverse, ref inverses[0], 0);

            uint good = O.Bits(isGood) & isNumber;
            uint isShort = O.Bits(O.Less(inverse, longest));
            leftOut += BitOperations.PopCount((weighs | ~isNumber) & ~good & lanes);
            good &= weighs;
            if ((good & ~isShort) == 0)
            {
                // All go to one place, those that do not count are written over.
                for (int lane = 0; lane < O.Count; lane++)
                {
                    Unsafe.Add(ref toScale, count) = scales[lane];
                    Unsafe.Add(ref toMoneyness, count) = moneynesses[lane];
                    Unsafe.Add(ref toInverse, count) = inverses[lane];
                    count += (int)(good >> lane & 1);
                }

                continue;
            }

            for (; good != 0; good &= good - 1)
            {
                int lane = BitOperations.TrailingZeroCount(good);
                if ((isShort >> lane & 1) != 0)
                {
                    (profile.Scale[count], profile.Moneyness[count], profile.Inverse[count]) = (scales[lane], moneynesses[lane], inverses[lane]);
                    count++;
                }
                else
                {
                    int at = profile.LongCount++;
                    (profile.LongScale[at], profile.LongMoneyness[at], profile.LongInverse[at]) = (scales[lane], moneynesses[lane], inverses[lane]);
                }
            }
        }

        profile.Count = count;
        return leftOut;
    }

    /// <summary>Σ A·φ(d₁)/φ(0) of some contracts at every point of the grid.</summary>
    public static void Price(GammaProfile profile, int from, int count, Span<double> sums)
    {
        Span<double> lanes = stackalloc double[Lanes * profile.Padded];
        for (int i = 0; i < count; i += Lanes)
            for (int sub = 0; sub < Lanes; sub += O.Count) AddGroup(profile, from + i + sub, ref lanes[sub]);

        for (int j = 0; j < sums.Length; j++) sums[j] = Sum(lanes.Slice(Lanes * j, Lanes));
    }

    static void AddGroup(GammaProfile profile, int i, ref double lanes)
    {
        V scale = O.Load(ref profile.Scale[i], 0);
        V moneyness = O.Load(ref profile.Moneyness[i], 0);
        V inverse = O.Load(ref profile.Inverse[i], 0);
        V step = O.Multiply(inverse, O.Set(profile.Step));
        V back = O.Subtract(O.Set(0), step);
        V reach = O.Fma(O.Set(Half), step, O.Set(GammaProfile.Reach));

        // e^(−δ²i²/2)
        V square = O.Multiply(step, step);
        V lost = O.Fma(step, step, O.Subtract(O.Set(0), square));
        V k1 = Factor(1, square, lost);
        V k2 = Factor(2, square, lost);
        V k3 = Factor(3, square, lost);
        V k4 = Factor(4, square, lost);
        V k5 = Factor(5, square, lost);
        V k6 = Factor(6, square, lost);
        V k7 = Factor(7, square, lost);
        V k8 = Factor(8, square, lost);

        ReadOnlySpan<double> offsets = profile.Offsets;
        for (int m = 0; m < offsets.Length; m++)
        {
            V d = O.Fma(O.Set(offsets[m]), inverse, moneyness);
            V isNear = O.And(O.Less(d, reach), O.Less(O.Subtract(O.Set(0), reach), d));
            if (O.Bits(isNear) == 0) continue;

            V dSquare = O.Multiply(d, d);
            V dLost = O.Fma(d, d, O.Subtract(O.Set(0), dSquare));
            V middle = O.Multiply(scale, LaneMath<V, O>.Exp(O.Multiply(O.Set(-0.5), dSquare), O.Multiply(O.Set(-0.5), dLost)));
            V x = O.Multiply(back, d);
            V up = LaneMath<V, O>.Exp(x, O.Fma(back, d, O.Subtract(O.Set(0), x)));
            middle = O.And(isNear, middle);
            up = O.Select(isNear, up, O.Set(1));
            V down = O.Divide(O.Set(1), up);

            ref double at = ref Unsafe.Add(ref lanes, (m * Segment + Half) * Lanes);
            V up2 = O.Multiply(up, up);
            V up4 = O.Multiply(up2, up2);
            V down2 = O.Multiply(down, down);
            V down4 = O.Multiply(down2, down2);
            V u1 = O.Multiply(middle, up);
            V u2 = O.Multiply(middle, up2);
            V u3 = O.Multiply(u1, up2);
            V u4 = O.Multiply(middle, up4);
            V w1 = O.Multiply(middle, down);
            V w2 = O.Multiply(middle, down2);
            V w3 = O.Multiply(w1, down2);
            V w4 = O.Multiply(middle, down4);
            Accumulate(ref at, -8, O.Multiply(w4, down4), k8);
            Accumulate(ref at, -7, O.Multiply(w3, down4), k7);
            Accumulate(ref at, -6, O.Multiply(w2, down4), k6);
            Accumulate(ref at, -5, O.Multiply(w1, down4), k5);
            Accumulate(ref at, -4, w4, k4);
            Accumulate(ref at, -3, w3, k3);
            Accumulate(ref at, -2, w2, k2);
            Accumulate(ref at, -1, w1, k1);
            O.Store(O.Add(O.Load(ref at, 0), middle), ref at, 0);
            Accumulate(ref at, 1, u1, k1);
            Accumulate(ref at, 2, u2, k2);
            Accumulate(ref at, 3, u3, k3);
            Accumulate(ref at, 4, u4, k4);
            Accumulate(ref at, 5, O.Multiply(u1, up4), k5);
            Accumulate(ref at, 6, O.Multiply(u2, up4), k6);
            Accumulate(ref at, 7, O.Multiply(u3, up4), k7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Accumulate(ref double at, int i, V power, V factor) => O.Store(O.Fma(power, factor, O.Load(ref at, i * Lanes)), ref at, i * Lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Factor(double i, V square, V lost)
    {
        V half = O.Set(-0.5 * i * i);
        V x = O.Multiply(half, square);
        return LaneMath<V, O>.Exp(x, O.Fma(half, lost, O.Fma(half, square, O.Subtract(O.Set(0), x))));
    }

    /// <summary>Σ A·φ(d₁)/φ(0) at spot·e^u, and Σ A·φ(d₁)/φ(0)·(1 − d₁/s).</summary>
    public static (double Sum, double Change) At(GammaProfile profile, double u)
    {
        Span<double> sums = stackalloc double[Lanes];
        Span<double> changes = stackalloc double[Lanes];
        V log = O.Set(u);
        V farthest = O.Set(37);
        double sum = 0, change = 0;
        for (int from = 0; from < profile.Count; from += GammaProfile.Block)
        {
            sums.Clear();
            changes.Clear();
            int to = Math.Min(profile.Count, from + GammaProfile.Block);
            for (int sub = 0; sub < Lanes; sub += O.Count)
            {
                V subSum = O.Set(0), subChange = O.Set(0);
                for (int i = from + sub; i < to + sub; i += Lanes)
                {
                    V inverse = O.Load(ref profile.Inverse[i], 0);
                    V d = O.Fma(log, inverse, O.Load(ref profile.Moneyness[i], 0));
                    V isNear = O.And(O.Less(d, farthest), O.Less(O.Subtract(O.Set(0), farthest), d));
                    V square = O.Multiply(d, d);
                    V lost = O.Fma(d, d, O.Subtract(O.Set(0), square));
                    V one = O.Multiply(O.Load(ref profile.Scale[i], 0), LaneMath<V, O>.Exp(O.Multiply(O.Set(-0.5), square), O.Multiply(O.Set(-0.5), lost)));
                    one = O.And(isNear, one);
                    subSum = O.Add(subSum, one);
                    subChange = O.Fma(one, O.Select(isNear, O.NegatedFma(d, inverse, O.Set(1)), O.Set(0)), subChange);
                }

                O.Store(subSum, ref sums[sub], 0);
                O.Store(subChange, ref changes[sub], 0);
            }

            sum += Sum(sums);
            change += Sum(changes);
        }

        return (sum, change);
    }

    static double Sum(ReadOnlySpan<double> x) => x[0] + x[1] + (x[2] + x[3]) + (x[4] + x[5] + (x[6] + x[7]));
}
