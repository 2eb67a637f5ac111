using System.Runtime.Intrinsics;

namespace ZeroGex.Analytics.Pricing;

/// <summary>European options and their markets, a column to an input, all of one length; units as in <see cref="OptionInputs"/>.</summary>
public readonly ref struct OptionColumns(
    ReadOnlySpan<bool> isCall, ReadOnlySpan<double> spot, ReadOnlySpan<double> strike, ReadOnlySpan<double> years,
    ReadOnlySpan<double> volatility, ReadOnlySpan<double> rate, ReadOnlySpan<double> dividendYield)
{
    public ReadOnlySpan<bool> IsCall { get; } = isCall;
    public ReadOnlySpan<double> Spot { get; } = spot;
    public ReadOnlySpan<double> Strike { get; } = strike;
    public ReadOnlySpan<double> Years { get; } = years;
    public ReadOnlySpan<double> Volatility { get; } = volatility;
    public ReadOnlySpan<double> Rate { get; } = rate;
    public ReadOnlySpan<double> DividendYield { get; } = dividendYield;

    internal bool AreOf(int length) => IsCall.Length == length && Spot.Length == length && Strike.Length == length && Years.Length == length &&
        Volatility.Length == length && Rate.Length == length && DividendYield.Length == length;
}

/// <summary>Where prices and greeks go, a column to an output, all of one length; units as in <see cref="OptionValue"/>, speed is gamma per dollar of spot.</summary>
public readonly ref struct ValueColumns(
    Span<double> price, Span<double> delta, Span<double> gamma, Span<double> vega, Span<double> theta,
    Span<double> rho, Span<double> vanna, Span<double> charm, Span<double> vomma, Span<double> speed)
{
    public Span<double> Price { get; } = price;
    public Span<double> Delta { get; } = delta;
    public Span<double> Gamma { get; } = gamma;
    public Span<double> Vega { get; } = vega;
    public Span<double> Theta { get; } = theta;
    public Span<double> Rho { get; } = rho;
    public Span<double> Vanna { get; } = vanna;
    public Span<double> Charm { get; } = charm;
    public Span<double> Vomma { get; } = vomma;
    public Span<double> Speed { get; } = speed;

    internal ValueColumns Slice(int from, int count) => new(
        Price.Slice(from, count), Delta.Slice(from, count), Gamma.Slice(from, count), Vega.Slice(from, count), Theta.Slice(from, count),
        Rho.Slice(from, count), Vanna.Slice(from, count), Charm.Slice(from, count), Vomma.Slice(from, count), Speed.Slice(from, count));
}

/// <summary>Prices and greeks of many European options after Black, Scholes and Merton: the same bits whatever the processor, the width, the batch and the place in it.</summary>
/// <remarks>
/// With a = |ln(F/K)|/s, s = σ√T, d = a − s/2, e = a + s/2, both normal probabilities are φ times a Mills ratio, and φ(e) = φ(d)·e^(−|ln(F/K)|): one exponential
/// and one rational function serve the price and all greeks (Hull, "Options, Futures, and Other Derivatives", 9th ed., chapters 15, 17 and 19; Haug, "The Complete Guide to Option Pricing
/// Formulas", 2nd ed., chapter 2). Errors are some 1e-15 of the price or greek, and where it is a difference that nearly cancels, of its larger part. Where that
/// function ends, beyond 19 deviations or where s exceeds 2a + 1.5, <see cref="BlackScholes"/> takes over. An option whose spot, strike, time or volatility is not greater than 0,
/// or that has an input that is not finite, gets NaN in every column.
/// </remarks>
public static class BatchGreeks
{
    /// <summary>Evaluates every option.</summary>
    /// <param name="options">What to evaluate.</param>
    /// <param name="values">Where the results go.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Evaluate(in OptionColumns options, in ValueColumns values, LaneWidth width = LaneWidth.Widest)
    {
        Check(options, values);
        Evaluate(options, values, 0, options.Spot.Length, width);
    }

    /// <summary>Evaluates the options of a range of columns that have one length.</summary>
    internal static void Evaluate(in OptionColumns options, in ValueColumns values, int from, int count, LaneWidth width)
    {
        switch (LaneWidths.For(width, count))
        {
            case LaneWidth.Eight:
                GreeksKernel<Vector512<double>, EightLanes>.Evaluate(options, values, from, count);
                break;
            case LaneWidth.Four:
                GreeksKernel<Vector256<double>, FourLanes>.Evaluate(options, values, from, count);
                break;
            default:
                GreeksKernel<double, OneLane>.Evaluate(options, values, from, count);
                break;
        }
    }

    internal static void Check(in OptionColumns options, in ValueColumns values)
    {
        int n = options.Spot.Length;
        if (!options.AreOf(n) || values.Price.Length != n || values.Delta.Length != n ||
            values.Gamma.Length != n || values.Vega.Length != n || values.Theta.Length != n || values.Rho.Length != n ||
            values.Vanna.Length != n || values.Charm.Length != n || values.Vomma.Length != n || values.Speed.Length != n)
            throw new ArgumentException("All columns have one length.", nameof(options));
    }

    internal static void EvaluateSlowly(in OptionColumns options, in ValueColumns values, int i)
    {
        var x = new OptionInputs(options.IsCall[i], options.Spot[i], options.Strike[i], options.Years[i], options.Volatility[i], options.Rate[i], options.DividendYield[i]);
        bool isValid = x.Spot > 0 && x.Strike > 0 && x.Years > 0 && x.Volatility > 0 &&
            double.IsFinite(x.Spot + x.Strike + x.Years + x.Volatility + x.Rate + x.DividendYield);
        OptionValue v = isValid ? BlackScholes.Evaluate(x) : new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        values.Price[i] = v.Price;
        values.Delta[i] = v.Delta;
        values.Gamma[i] = v.Gamma;
        values.Vega[i] = v.Vega;
        values.Theta[i] = v.Theta;
        values.Rho[i] = v.Rho;
        values.Vanna[i] = v.Vanna;
        values.Charm[i] = v.Charm;
        values.Vomma[i] = v.Vomma;
        values.Speed[i] = v.Speed;
    }
}
