using System.Runtime.Intrinsics;

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
/// Implied volatilities of many European options, in two families. <see cref="Solve(in PricedOptions, Span{double}, Span{VolatilityStatus}, LaneWidth)"/> is portable:
/// the same bits whatever the processor, the width, the batch and the place in it, from additions, multiplications, divisions, square roots and explicit fused
/// multiply-adds only. <see cref="SolveFast"/> takes the processor's estimates of reciprocals and starts from known volatilities; its answers are as exact, and may differ
/// in the last bits.
/// </summary>
/// <remarks>
/// The out-of-the-money twin is solved on a logarithmic scale, as in Jäckel, "Let's Be Rational" (2015). With x = |ln(F/K)|, s = σ√T, a = x/s,
/// t = s/2 and the Mills ratio M, the twin is min(F,K)·φ(a−t)·[M(a−t) − M(a+t)]; the bracket is s times a divided difference of one rational
/// function, so that nothing cancels however small s is. A polynomial seed within 4e-4 takes one Householder step of fourth order, whose fifth
/// power of an error ends below rounding. The size of the step proves the seed; where it is too large, lanes are gathered for more steps, and
/// what is left goes to the bracketed scalar solver.
/// An answer is within ε·(16 + max(|a − t|, 1)·max(a, 1)) of itself, ε = 2⁻⁵², times e^(s²/8) where s exceeds 2: the second term is what half a unit in the last place of
/// the price is worth, the worst seen is two thirds of it. Coefficients: <c>batch_volatility.py</c> beside this file.
/// </remarks>
public static class BatchVolatility
{
    /// <summary>Solves every option, portably; a volatility is 0 where its status is not <see cref="VolatilityStatus.Ok"/>.</summary>
    /// <param name="options">What was traded, and at what.</param>
    /// <param name="volatility">Per square root of a year, fractions.</param>
    /// <param name="status">Whether there is a volatility.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Solve(in PricedOptions options, Span<double> volatility, Span<VolatilityStatus> status, LaneWidth width = LaneWidth.Widest)
    {
        Check(options, default, volatility, status);
        SolveExactly(options, [], volatility, status, width);
    }

    /// <summary>Solves every option, fast: as near to the truth as, and within the error stated above of, what <see cref="Solve(in PricedOptions, Span{double}, Span{VolatilityStatus}, LaneWidth)"/> answers.</summary>
    /// <param name="options">What was traded, and at what.</param>
    /// <param name="volatility">Per square root of a year, fractions. May be the span that <paramref name="previous"/> is.</param>
    /// <param name="status">Whether there is a volatility.</param>
    /// <param name="previous">Volatilities of the same options a moment ago, to start from; 0 or not a number where unknown. Empty: a cold start.</param>
    /// <param name="width">How many lanes.</param>
    /// <remarks>A block of options most of whose volatilities moved by more than 0.07 % of themselves is solved anew; previous volatilities then cost, and gain nothing.</remarks>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void SolveFast(
        in PricedOptions options, Span<double> volatility, Span<VolatilityStatus> status, ReadOnlySpan<double> previous = default, LaneWidth width = LaneWidth.Widest)
    {
        Check(options, previous, volatility, status);

        // Four lanes are divided in half the time of eight: estimates gain them nothing.
        if (EstimatedDivision.IsSupported && LaneWidths.For(width, options.Price.Length) == LaneWidth.Eight)
            VolatilityKernel<Vector512<double>, EightLanes, EstimatedDivision>.Solve(options, previous, volatility, status);
        else
            SolveExactly(options, previous, volatility, status, width);
    }

    static void SolveExactly(in PricedOptions options, ReadOnlySpan<double> start, Span<double> volatility, Span<VolatilityStatus> status, LaneWidth width)
    {
        switch (LaneWidths.For(width, options.Price.Length))
        {
            case LaneWidth.Eight:
                VolatilityKernel<Vector512<double>, EightLanes, ExactDivision<Vector512<double>, EightLanes>>.Solve(options, start, volatility, status);
                break;
            case LaneWidth.Four:
                VolatilityKernel<Vector256<double>, FourLanes, ExactDivision<Vector256<double>, FourLanes>>.Solve(options, start, volatility, status);
                break;
            default:
                VolatilityKernel<double, OneLane, ExactDivision<double, OneLane>>.Solve(options, start, volatility, status);
                break;
        }
    }

    /// <summary>Solves one option in its market with the bits that a batch gives it.</summary>
    public static ImpliedVolatilityResult Solve(in PricedOption x) => Solve(
        x.IsCall, x.Price, x.Spot * PortableMath.Exp((x.Rate - x.DividendYield) * x.Years), x.Strike, x.Years, PortableMath.Exp(-x.Rate * x.Years));

    /// <summary>Solves one option with the bits that a batch gives it.</summary>
    /// <param name="isCall">Call or put.</param>
    /// <param name="price">Dollars.</param>
    /// <param name="forward">Dollars.</param>
    /// <param name="strike">Dollars.</param>
    /// <param name="years">Time to settlement.</param>
    /// <param name="discount">What a dollar at settlement is worth today.</param>
    public static ImpliedVolatilityResult Solve(bool isCall, double price, double forward, double strike, double years, double discount)
    {
        double isSolved = VolatilityKernel<double, OneLane, ExactDivision<double, OneLane>>.Solve(
            OneLane.LoadIsCall(ref isCall, 0), price, forward, strike, years, discount, out double volatility);
        if (OneLane.Bits(isSolved) != 0) return new(VolatilityStatus.Ok, volatility);
        VolatilityStatus status = SolveSlowly(isCall, price, forward, strike, years, discount, out volatility);
        return new(status, volatility);
    }

    static void Check(in PricedOptions options, ReadOnlySpan<double> previous, Span<double> volatility, Span<VolatilityStatus> status)
    {
        int count = options.Price.Length;
        if (options.IsCall.Length != count || options.Forward.Length != count || options.Strike.Length != count || options.Years.Length != count ||
            options.Discount.Length != count || volatility.Length != count || status.Length != count || (previous.Length != count && !previous.IsEmpty))
            throw new ArgumentException("All columns have one length.", nameof(options));
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
            if (twin > 0 && twin <= VolatilityKernel<double, OneLane, ExactDivision<double, OneLane>>.LeastTimeValue * discount * (high + low)) return VolatilityStatus.NoVega;
        }

        if (!(twin > 0)) return VolatilityStatus.BelowIntrinsic;
        if (!(twin < bound)) return VolatilityStatus.AboveBound;
        double c = twin / bound;
        if (!(c > 0)) return VolatilityStatus.NoVega;
        if (!(c < 1)) return VolatilityStatus.AboveBound;
        double solved = ImpliedVolatility.Deviation(PortableMath.LogRatio(high, low), c, (bound - twin) / bound) / Math.Sqrt(years);
        if (!double.IsFinite(solved)) return VolatilityStatus.InvalidInput;
        volatility = solved;
        return VolatilityStatus.Ok;
    }
}
