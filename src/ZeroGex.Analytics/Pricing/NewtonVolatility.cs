namespace ZeroGex.Analytics.Pricing;

/// <summary>One step of <see cref="NewtonVolatility"/>.</summary>
/// <param name="Iteration">1, 2, 3 ...</param>
/// <param name="Volatility">What was tried, a fraction.</param>
/// <param name="Price">What the option is worth at it, dollars.</param>
/// <param name="Error">That less the price to be met, dollars.</param>
/// <param name="Vega">Dollars per 1.00 of volatility.</param>
/// <param name="IsBisection">True where Newton's step led out of the bracket, and its middle was tried instead.</param>
public readonly record struct NewtonStep(int Iteration, double Volatility, double Price, double Error, double Vega, bool IsBisection);

/// <summary>Where Newton's method ended.</summary>
/// <param name="Reason">Why there is no volatility.</param>
/// <param name="Volatility">A fraction; 0 where there is none.</param>
/// <param name="Iterations">Steps taken.</param>
public readonly record struct NewtonResult(VolatilityReason Reason, double Volatility, int Iterations);

/// <summary>Implied volatility by Newton–Raphson on the price, the way most desks begin; kept to compare with. The kernels are faster and exact.</summary>
/// <remarks>
/// From 20 %, σ − (price(σ) − price)/vega (Hull, "Options, Futures, and Other Derivatives", 9th ed., section 15.11), until the price is met within a tolerance in dollars. Price is monotonic
/// in σ: every step narrows a bracket that begins at the bounds, and one that would leave it, as where vega has died, is replaced by the middle. The tolerance
/// is the method's weakness: an option of little vega is met by many volatilities, and the error of the answer is tolerance over vega.
/// </remarks>
public static class NewtonVolatility
{
    const double Start = 0.2;

    /// <summary>Solves for the volatility of one price.</summary>
    /// <param name="option">What was traded, and at what.</param>
    /// <param name="settings">Bounds, tolerance, most steps.</param>
    /// <param name="steps">Takes every step, for those who want to watch.</param>
    public static NewtonResult Solve(in PricedOption option, VolatilitySettings settings, ICollection<NewtonStep>? steps = null)
    {
        PricedOption x = option;
        if (!(x.Spot > 0 && x.Strike > 0 && x.Years > 0 && x.Price >= 0) || !double.IsFinite(x.Spot + x.Strike + x.Years + x.Price + x.Rate + x.DividendYield))
            return new(VolatilityReason.InvalidInput, 0, 0);

        double spot = x.Spot * PortableMath.Exp(-x.DividendYield * x.Years);
        double strike = x.Strike * PortableMath.Exp(-x.Rate * x.Years);
        if (x.Price <= Math.Max(0, x.IsCall ? spot - strike : strike - spot)) return new(VolatilityReason.BelowIntrinsic, 0, 0);
        if (x.Price >= (x.IsCall ? spot : strike)) return new(VolatilityReason.AboveBound, 0, 0);

        OptionValue At(double volatility) => BlackScholes.Evaluate(new OptionInputs(x.IsCall, x.Spot, x.Strike, x.Years, volatility, x.Rate, x.DividendYield));
        (double low, double high) = (settings.Lowest, settings.Highest);
        if (At(low).Price - x.Price > settings.Tolerance) return new(VolatilityReason.BelowLowest, 0, 0);
        if (x.Price - At(high).Price > settings.Tolerance) return new(VolatilityReason.AboveHighest, 0, 0);

        double tried = Math.Clamp(Start, low, high);
        bool isBisection = false;
        for (int iteration = 1; iteration <= settings.MaxIterations; iteration++)
        {
            OptionValue value = At(tried);
            double error = value.Price - x.Price;
            steps?.Add(new(iteration, tried, value.Price, error, value.Vega, isBisection));
            if (Math.Abs(error) <= settings.Tolerance) return new(VolatilityReason.None, tried, iteration);
            if (error > 0) high = tried;
            else low = tried;

            double next = tried - error / value.Vega;
            isBisection = !(next > low && next < high);
            tried = isBisection ? 0.5 * (low + high) : next;
        }

        return new(VolatilityReason.NotConverged, 0, settings.MaxIterations);
    }
}
