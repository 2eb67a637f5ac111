using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZeroGex.Analytics.Pricing;

/// <summary>Implied volatilities and the greeks at them in one pass: a block of options stays in the first-level cache between the two.</summary>
/// <remarks>Forward and discount factor of neighbours with the same time, rate and yield are computed once. Errors are those of <see cref="BatchVolatility"/> and <see cref="BatchGreeks"/>.</remarks>
public static class QuotedGreeks
{
    const int Block = 256;

    /// <summary>Evaluates every option, portably: the same bits everywhere.</summary>
    /// <param name="options">What is quoted, and at what.</param>
    /// <param name="volatility">Fractions; 0 where the status is not <see cref="VolatilityStatus.Ok"/>.</param>
    /// <param name="status">Whether there is a volatility.</param>
    /// <param name="values">Where prices and greeks go; not numbers where there is no volatility.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Evaluate(
        in QuotedOptions options, Span<double> volatility, Span<VolatilityStatus> status, in ValueColumns values, LaneWidth width = LaneWidth.Widest) =>
        Evaluate(options, volatility, status, values, isFast: false, default, width);

    /// <summary>Evaluates every option with <see cref="BatchVolatility.SolveFast"/>.</summary>
    /// <param name="options">What is quoted, and at what.</param>
    /// <param name="volatility">Fractions; 0 where the status is not <see cref="VolatilityStatus.Ok"/>. May be the span that <paramref name="previous"/> is.</param>
    /// <param name="status">Whether there is a volatility.</param>
    /// <param name="values">Where prices and greeks go; not numbers where there is no volatility.</param>
    /// <param name="previous">Volatilities a moment ago, to start from; empty: a cold start.</param>
    /// <param name="width">How many lanes.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void EvaluateFast(
        in QuotedOptions options, Span<double> volatility, Span<VolatilityStatus> status, in ValueColumns values, ReadOnlySpan<double> previous = default,
        LaneWidth width = LaneWidth.Widest) =>
        Evaluate(options, volatility, status, values, isFast: true, previous, width);

    [SkipLocalsInit]
    static void Evaluate(
        in QuotedOptions options, Span<double> volatility, Span<VolatilityStatus> status, in ValueColumns values, bool isFast, ReadOnlySpan<double> previous,
        LaneWidth width)
    {
        int length = options.Price.Length;
        if (!options.AreOf(length) || volatility.Length != length || status.Length != length || (previous.Length != length && !previous.IsEmpty))
            throw new ArgumentException("All columns have one length.", nameof(options));

        var atVolatility = new OptionColumns(options.IsCall, options.Spot, options.Strike, options.Years, volatility, options.Rate, options.DividendYield);
        BatchGreeks.Check(atVolatility, values);
        Span<double> forward = stackalloc double[Block];
        Span<double> discount = stackalloc double[Block];
        for (int from = 0; from < length; from += Block)
        {
            int count = Math.Min(Block, length - from);
            Markets(options, from, forward[..count], discount[..count], width);
            var priced = new PricedOptions(options.IsCall.Slice(from, count), options.Price.Slice(from, count), forward[..count],
                options.Strike.Slice(from, count), options.Years.Slice(from, count), discount[..count]);
            if (isFast)
                BatchVolatility.SolveFast(priced, volatility.Slice(from, count), status.Slice(from, count), previous.IsEmpty ? default : previous.Slice(from, count), width);
            else
                BatchVolatility.Solve(priced, volatility.Slice(from, count), status.Slice(from, count), width);

            BatchGreeks.Evaluate(atVolatility, values, from, count, width);
        }
    }

    static void Markets(in QuotedOptions options, int from, Span<double> forward, Span<double> discount, LaneWidth width)
    {
        switch (LaneWidths.For(width, forward.Length))
        {
            case LaneWidth.Eight:
                Markets<Vector512<double>, EightLanes>(options, from, forward, discount);
                break;
            case LaneWidth.Four:
                Markets<Vector256<double>, FourLanes>(options, from, forward, discount);
                break;
            default:
                Markets<double, OneLane>(options, from, forward, discount);
                break;
        }
    }

    static void Markets<V, O>(in QuotedOptions options, int from, Span<double> forward, Span<double> discount) where V : struct where O : struct, ILanes<V>
    {
        ref double spots = ref Unsafe.AsRef(in options.Spot[from]);
        ref double years = ref Unsafe.AsRef(in options.Years[from]);
        ref double rates = ref Unsafe.AsRef(in options.Rate[from]);
        ref double yields = ref Unsafe.AsRef(in options.DividendYield[from]);
        V lastTime = O.Set(0), lastRate = O.Set(0), lastYield = O.Set(0), growth = O.Set(1), factor = O.Set(1);
        for (int group = 0; group < forward.Length; group += O.Count)
        {
            int i = Math.Min(group, forward.Length - O.Count); // The last vector may begin within the one before.
            V time = O.Load(ref years, i);
            V rate = O.Load(ref rates, i);
            V dividend = O.Load(ref yields, i);
            if (!(O.AreEqual(time, lastTime) && O.AreEqual(rate, lastRate) && O.AreEqual(dividend, lastYield)))
            {
                (lastTime, lastRate, lastYield) = (time, rate, dividend);
                growth = LaneMath<V, O>.BoundedExp(O.Multiply(O.Subtract(rate, dividend), time));
                factor = LaneMath<V, O>.BoundedExp(O.Multiply(O.Subtract(O.Set(0), rate), time));
            }

            O.Store(O.Multiply(O.Load(ref spots, i), growth), ref forward[0], i);
            O.Store(factor, ref discount[0], i);
        }
    }
}
