namespace ZeroGex.Analytics.Pricing;

/// <summary>Options, what they are quoted at, and their markets, a column to an input, all of one length; units as in <see cref="OptionInputs"/>.</summary>
/// <param name="isCall">Call or put.</param>
/// <param name="price">Dollars.</param>
/// <param name="spot">Dollars.</param>
/// <param name="strike">Dollars.</param>
/// <param name="years">Time to settlement.</param>
/// <param name="rate">Continuously compounded.</param>
/// <param name="dividendYield">Continuously compounded.</param>
public readonly ref struct QuotedOptions(
    ReadOnlySpan<bool> isCall, ReadOnlySpan<double> price, ReadOnlySpan<double> spot, ReadOnlySpan<double> strike,
    ReadOnlySpan<double> years, ReadOnlySpan<double> rate, ReadOnlySpan<double> dividendYield)
{
    public ReadOnlySpan<bool> IsCall { get; } = isCall;
    public ReadOnlySpan<double> Price { get; } = price;
    public ReadOnlySpan<double> Spot { get; } = spot;
    public ReadOnlySpan<double> Strike { get; } = strike;
    public ReadOnlySpan<double> Years { get; } = years;
    public ReadOnlySpan<double> Rate { get; } = rate;
    public ReadOnlySpan<double> DividendYield { get; } = dividendYield;

    internal bool AreOf(int length) => IsCall.Length == length && Price.Length == length && Spot.Length == length && Strike.Length == length &&
        Years.Length == length && Rate.Length == length && DividendYield.Length == length;
}
