using System.Runtime.Intrinsics;

namespace ZeroGex.Analytics.Pricing;

/// <summary>How finely an exercise boundary is resolved.</summary>
public enum AmericanAccuracy
{
    /// <summary>
    /// Within 0.01 volatility points on the reference rows, where a point is worth more than 1e-4 of spot: up to two years, some 10 % to 100 %, a yield that does not exceed the rate by
    /// far. Beyond that more: 0.1 points were seen at 190 %, 0.4 to 0.8 at seventeen years and more, where <see cref="Precise"/> is the one to take.
    /// </summary>
    Fast,

    /// <summary>Within 2e-7 of spot, some ten times slower.</summary>
    Precise,
}

/// <summary>What a price of an American option stands for.</summary>
public enum AmericanStatus
{
    /// <summary>Worth holding.</summary>
    Ok,

    /// <summary>Worth most when exercised now: the price is the intrinsic value, delta is 1 for a call and −1 for a put, and the other greeks are 0.</summary>
    AtIntrinsic,

    /// <summary>
    /// Rate and yield are so far below 0 (a put: q &lt; r &lt; 0, a call: r &lt; q &lt; 0) that holding pays both far in and near the money: exercise lies between
    /// two boundaries, which this method does not find. <see cref="DividendGrid"/> prices such options.
    /// </summary>
    TwoBoundaries,

    /// <summary>The carry is so large beside the volatility, about (r − q)·√T above 4·σ, that the boundary was not found.</summary>
    NotSolved,

    /// <summary>Something is not a number, not finite or not positive, or a rate or yield times time exceeds 50.</summary>
    InvalidInput,
}

/// <summary>One American option's price and sensitivities, units as in <see cref="OptionValue"/>; NaN unless <see cref="HasValue"/>.</summary>
public readonly record struct AmericanValue(AmericanStatus Status, double Price, double Delta, double Gamma, double Vega, double Theta, double Rho)
{
    /// <summary>Whether the numbers are numbers.</summary>
    public bool HasValue => Status <= AmericanStatus.AtIntrinsic;
}

/// <summary>Where American prices and greeks go, a column to an output, all of one length, or all but price and status empty; units as in <see cref="OptionValue"/>.</summary>
public readonly ref struct AmericanColumns
{
    /// <summary>For prices alone.</summary>
    public AmericanColumns(Span<double> price, Span<AmericanStatus> status)
    {
        Price = price;
        Status = status;
    }

    public AmericanColumns(
        Span<double> price, Span<double> delta, Span<double> gamma, Span<double> vega, Span<double> theta, Span<double> rho, Span<AmericanStatus> status)
    {
        Price = price;
        Delta = delta;
        Gamma = gamma;
        Vega = vega;
        Theta = theta;
        Rho = rho;
        Status = status;
        HasGreeks = true;
    }

    public Span<double> Price { get; }
    public Span<double> Delta { get; }
    public Span<double> Gamma { get; }
    public Span<double> Vega { get; }
    public Span<double> Theta { get; }
    public Span<double> Rho { get; }
    public Span<AmericanStatus> Status { get; }

    /// <summary>Whether there are columns for greeks.</summary>
    public bool HasGreeks { get; }

    internal bool AreOf(int length) => Price.Length == length && Status.Length == length && (!HasGreeks ||
        (Delta.Length == length && Gamma.Length == length && Vega.Length == length && Theta.Length == length && Rho.Length == length));

    internal void Set(int i, in AmericanValue value)
    {
        Price[i] = value.Price;
        Status[i] = value.Status;
        if (!HasGreeks) return;
        Delta[i] = value.Delta;
        Gamma[i] = value.Gamma;
        Vega[i] = value.Vega;
        Theta[i] = value.Theta;
        Rho[i] = value.Rho;
    }
}

/// <summary>
/// American options on an underlying with a continuous dividend yield, the same bits whatever the width, the batch and the place in it.
/// </summary>
/// <remarks>
/// <para>After Andersen, Lake and Offengenden, "High-performance American option pricing", Journal of Computational Finance 20(1), 2016. A put is worth its European
/// twin plus what exercise earns below the boundary B: interest on the strike less dividends (Kim 1990). B solves the fixed point
/// B = K·e^(−(r−q)τ)·N(τ,B)/D(τ,B) in the paper's form A, which smooth pasting gives, with ln(B/X)² a polynomial in √τ. A call is a put with spot and strike, and
/// rate and yield, exchanged (McDonald and Schroder 1998).</para>
/// <para>Three things differ from the paper. Nodes are improved in the order of time, each seeing its predecessors' newest values, with Newton's slope in the node alone: an error shrinks some
/// fifty times a sweep. Integrals run over the angle of √u and √(τ − u), smooth at both ends, so that four points do. And the seed is an explicit exponential, not a search.
/// See <see cref="AmericanScheme"/>.</para>
/// <para>Prices come out between intrinsic value and the sum of European price and premium. Delta and gamma are derivatives of the premium's integral, theta is
/// what the pricing equation leaves, vega and rho are central differences of the premium over a thousandth. Within a premium of 1e-9 strikes early exercise is left out. Where the carry is large beside the
/// volatility, |(r − q)·√T/σ − σ√T/2| above 2, or a boundary has not settled, an option is solved again with more nodes, one at a time, in a fraction of a millisecond.</para>
/// </remarks>
public static class AmericanOption
{
    /// <summary>Prices every option, with greeks where <paramref name="values"/> has columns for them; allocates nothing.</summary>
    /// <param name="options">What to price: units as in <see cref="OptionInputs"/>.</param>
    /// <param name="values">Where results go; NaN where the status is neither <see cref="AmericanStatus.Ok"/> nor <see cref="AmericanStatus.AtIntrinsic"/>.</param>
    /// <param name="accuracy">Changes speed and error.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Evaluate(
        in OptionColumns options, in AmericanColumns values, AmericanAccuracy accuracy = AmericanAccuracy.Fast, LaneWidth width = LaneWidth.Widest)
    {
        int n = options.Spot.Length;
        if (!options.AreOf(n) || !values.AreOf(n))
            throw new ArgumentException("All columns have one length.", nameof(options));

        AmericanScheme scheme = accuracy == AmericanAccuracy.Fast ? AmericanScheme.Fast : AmericanScheme.Precise;
        switch (LaneWidths.Of(width))
        {
            case LaneWidth.Eight:
                AmericanBatch<Vector512<double>, EightLanes>.Evaluate(scheme, options, values);
                break;
            case LaneWidth.Four:
                AmericanBatch<Vector256<double>, FourLanes>.Evaluate(scheme, options, values);
                break;
            default:
                AmericanBatch<double, OneLane>.Evaluate(scheme, options, values);
                break;
        }
    }

    /// <summary>Price and greeks of one option, with the bits that a batch gives it.</summary>
    public static AmericanValue Evaluate(in OptionInputs option, AmericanAccuracy accuracy = AmericanAccuracy.Fast)
    {
        (bool isCall, double spot, double strike, double years, double volatility, double rate, double dividendYield) = option;
        double price = 0, delta = 0, gamma = 0, vega = 0, theta = 0, rho = 0;
        AmericanStatus status = AmericanStatus.Ok;
        Evaluate(
            new OptionColumns(new(in isCall), new(in spot), new(in strike), new(in years), new(in volatility), new(in rate), new(in dividendYield)),
            new AmericanColumns(new(ref price), new(ref delta), new(ref gamma), new(ref vega), new(ref theta), new(ref rho), new(ref status)),
            accuracy, LaneWidth.Scalar);
        return new(status, price, delta, gamma, vega, theta, rho);
    }

    /// <summary>The price of one option alone, NaN where there is none.</summary>
    public static double Price(in OptionInputs option, AmericanAccuracy accuracy = AmericanAccuracy.Fast)
    {
        (bool isCall, double spot, double strike, double years, double volatility, double rate, double dividendYield) = option;
        double price = 0;
        AmericanStatus status = AmericanStatus.Ok;
        Evaluate(
            new OptionColumns(new(in isCall), new(in spot), new(in strike), new(in years), new(in volatility), new(in rate), new(in dividendYield)),
            new AmericanColumns(new(ref price), new(ref status)), accuracy, LaneWidth.Scalar);
        return price;
    }
}
