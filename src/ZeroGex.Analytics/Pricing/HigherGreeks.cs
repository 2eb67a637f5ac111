using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZeroGex.Analytics.Pricing;

/// <summary>How gamma and vega themselves move.</summary>
/// <param name="Zomma">Gamma per 1.00 of volatility.</param>
/// <param name="Color">Gamma per year that passes.</param>
/// <param name="Veta">Vega per year that passes.</param>
public readonly record struct HigherValue(double Zomma, double Color, double Veta);

/// <summary>Three more sensitivities, for who asks for them: how gamma and vega themselves move. The same bits whatever the width, the batch and the place in it.</summary>
/// <remarks>
/// From ln γ and ln vega, differentiated (Haug, "The Complete Guide to Option Pricing Formulas", 2nd ed., chapter 2). With b = r − q and
/// h = q + d1·(b/(σ√T) − d2/(2T)): color is γ·(h + 1/(2T)), veta is vega·(h − 1/(2T)), zomma is γ·(d1·d2 − 1)/σ.
/// Errors are some 1e-15 of the larger part of the bracket. Not numbers where gamma and vega are none.
/// </remarks>
public static class HigherGreeks
{
    /// <summary>Zomma, color and veta of every option.</summary>
    /// <param name="options">What to evaluate.</param>
    /// <param name="gamma">Delta per dollar of spot, from <see cref="BatchGreeks"/>.</param>
    /// <param name="vega">Dollars per 1.00 of volatility, from <see cref="BatchGreeks"/>.</param>
    /// <param name="zomma">Gamma per 1.00 of volatility.</param>
    /// <param name="color">Gamma per year that passes.</param>
    /// <param name="veta">Vega per year that passes.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Evaluate(
        in OptionColumns options, ReadOnlySpan<double> gamma, ReadOnlySpan<double> vega, Span<double> zomma, Span<double> color, Span<double> veta,
        LaneWidth width = LaneWidth.Widest)
    {
        int n = options.Spot.Length;
        if (!options.AreOf(n) || gamma.Length != n || vega.Length != n || zomma.Length != n || color.Length != n || veta.Length != n)
            throw new ArgumentException("All columns have one length.", nameof(options));

        switch (LaneWidths.For(width, n))
        {
            case LaneWidth.Eight:
                Evaluate<Vector512<double>, EightLanes>(options, gamma, vega, zomma, color, veta);
                break;
            case LaneWidth.Four:
                Evaluate<Vector256<double>, FourLanes>(options, gamma, vega, zomma, color, veta);
                break;
            default:
                Evaluate<double, OneLane>(options, gamma, vega, zomma, color, veta);
                break;
        }
    }

    /// <summary>Zomma, color and veta of one option.</summary>
    public static HigherValue Evaluate(in OptionInputs x)
    {
        OptionValue value = BlackScholes.Evaluate(x);
        return Evaluate(x, value.Gamma, value.Vega);
    }

    static HigherValue Evaluate(in OptionInputs x, double gamma, double vega)
    {
        double carry = x.Rate - x.DividendYield;
        double s = x.Volatility * Math.Sqrt(x.Years);
        double ratio = BlackScholes.ForwardMoneyness(x.Spot, x.Strike, x.Years, x.Rate, x.DividendYield) / s;
        (double d1, double d2, double half) = (ratio + 0.5 * s, ratio - 0.5 * s, 0.5 / x.Years);
        double h = x.DividendYield + d1 * (carry / s - d2 * half);
        return new(gamma * (d1 * d2 - 1) / x.Volatility, gamma * (h + half), vega * (h - half));
    }

    static void Evaluate<V, O>(
        in OptionColumns options, ReadOnlySpan<double> gamma, ReadOnlySpan<double> vega, Span<double> zomma, Span<double> color, Span<double> veta)
        where V : struct where O : struct, ILanes<V>
    {
        if (options.Spot.IsEmpty) return;
        ref double spots = ref Unsafe.AsRef(in options.Spot[0]);
        ref double strikes = ref Unsafe.AsRef(in options.Strike[0]);
        ref double years = ref Unsafe.AsRef(in options.Years[0]);
        ref double volatilities = ref Unsafe.AsRef(in options.Volatility[0]);
        ref double rates = ref Unsafe.AsRef(in options.Rate[0]);
        ref double yields = ref Unsafe.AsRef(in options.DividendYield[0]);
        ref double gammas = ref Unsafe.AsRef(in gamma[0]);
        ref double vegas = ref Unsafe.AsRef(in vega[0]);

        V one = O.Set(1);
        V leastNormal = O.Set(2.2250738585072014E-308);
        for (int group = 0; group < gamma.Length; group += O.Count)
        {
            int i = Math.Min(group, gamma.Length - O.Count); // The last vector may begin within the one before.
            V time = O.Load(ref years, i);
            V volatility = O.Load(ref volatilities, i);
            V dividend = O.Load(ref yields, i);
            V carry = O.Subtract(O.Load(ref rates, i), dividend);
            V spot = O.Load(ref spots, i);
            V strike = O.Load(ref strikes, i);
            V s = O.Multiply(volatility, O.SquareRoot(time));
            V byDeviation = O.Divide(one, s);
            V ratio = O.Multiply(O.Fma(carry, time, LaneMath<V, O>.LogRatio(spot, strike)), byDeviation);
            V d1 = O.Fma(O.Set(0.5), s, ratio);
            V d2 = O.NegatedFma(O.Set(0.5), s, ratio);
            V half = O.Divide(O.Set(0.5), time);
            V h = O.Fma(d1, O.NegatedFma(d2, half, O.Multiply(carry, byDeviation)), dividend);

            V g = O.Load(ref gammas, i);
            O.Store(O.Multiply(g, O.Divide(O.Subtract(O.Multiply(d1, d2), one), volatility)), ref zomma[0], i);
            O.Store(O.Multiply(g, O.Add(h, half)), ref color[0], i);
            O.Store(O.Multiply(O.Load(ref vegas, i), O.Subtract(h, half)), ref veta[0], i);

            // The logarithm above is that of normal numbers.
            uint odd = O.Bits(O.Or(O.Less(spot, leastNormal), O.Less(strike, leastNormal)));
            for (; odd != 0; odd &= odd - 1)
            {
                int at = i + BitOperations.TrailingZeroCount(odd);
                var x = new OptionInputs(options.IsCall[at], options.Spot[at], options.Strike[at], options.Years[at], options.Volatility[at], options.Rate[at], options.DividendYield[at]);
                (zomma[at], color[at], veta[at]) = x.Spot > 0 && x.Strike > 0 ? Evaluate(x, gamma[at], vega[at]) : new HigherValue(double.NaN, double.NaN, double.NaN);
            }
        }
    }
}
