namespace ZeroGex.Analytics.Pricing;

/// <summary>Quotes of one expiration's European calls and puts, a column to an input, all of one length; dollars, strikes in any order, each once.</summary>
public readonly ref struct ParityQuotes(
    ReadOnlySpan<double> strike, ReadOnlySpan<double> callBid, ReadOnlySpan<double> callAsk, ReadOnlySpan<double> putBid, ReadOnlySpan<double> putAsk)
{
    public ReadOnlySpan<double> Strike { get; } = strike;
    public ReadOnlySpan<double> CallBid { get; } = callBid;
    public ReadOnlySpan<double> CallAsk { get; } = callAsk;
    public ReadOnlySpan<double> PutBid { get; } = putBid;
    public ReadOnlySpan<double> PutAsk { get; } = putAsk;
}

/// <summary>How a forward is implied.</summary>
public sealed record ParitySettings
{
    /// <summary>The strikes nearest to the forward that are fitted, 3 or more.</summary>
    public int MostStrikes { get; init; } = 24;

    /// <summary>Fewer strikes give no answer; 3 or more.</summary>
    public int FewestStrikes { get; init; } = 3;

    /// <summary>
    /// True takes the discount factor as given. False fits it too, which says something only months before settlement: the spread of a quote over the
    /// width of the strikes is its error.
    /// </summary>
    public bool HasFixedDiscount { get; init; } = true;
}

/// <summary>Whether quotes imply a forward, and why not.</summary>
public enum ParityStatus : byte
{
    /// <summary>They do.</summary>
    Ok,

    /// <summary>Too few strikes are quoted on both sides and agree with each other.</summary>
    TooFewStrikes,

    /// <summary>The discount factor that fits is below ½ or above 1½: the quotes do not belong together.</summary>
    ImplausibleDiscount,

    /// <summary>The forward that fits is not greater than 0.</summary>
    ImplausibleForward,
}

/// <summary>Strikes that were not fitted, by reason.</summary>
/// <param name="NotFinite">A quote or the strike is no number, or the strike not greater than 0.</param>
/// <param name="OneSided">A bid or an ask of the call or the put is missing: 0 or less.</param>
/// <param name="Crossed">An ask is below its bid.</param>
/// <param name="FarFromTheMoney">Farther from the forward than as many as are fitted; of American options also where a price has no volatility.</param>
/// <param name="Outlier">Off the others' line by more than its own spreads allow: stale, most often.</param>
public readonly record struct ParityLeftOut(int NotFinite, int OneSided, int Crossed, int FarFromTheMoney, int Outlier);

/// <summary>A forward implied by put–call parity.</summary>
/// <param name="Status">Whether there is one.</param>
/// <param name="Forward">Dollars; meaningful only where <paramref name="Status"/> is <see cref="ParityStatus.Ok"/>, as is all that follows.</param>
/// <param name="Discount">What a dollar at settlement is worth today.</param>
/// <param name="Used">Strikes fitted.</param>
/// <param name="LeftOut">Strikes not fitted, by reason.</param>
/// <param name="ResidualSpread">Dollars: 1.4826 times the median distance of C − P from the line, a standard deviation where errors are normal.</param>
public readonly record struct ParityForwardResult(ParityStatus Status, double Forward, double Discount, int Used, ParityLeftOut LeftOut, double ResidualSpread);

/// <summary>The forward of an expiration from put–call parity, C − P = D·(F − K) (Hull, "Options, Futures, and Other Derivatives", 9th ed., section 17.3), of mid prices near the money.</summary>
/// <remarks>
/// <para>
/// Bad quotes are screened first: strikes without a bid and an ask on both sides, and crossed ones. The median of K + (C − P)/D over the others says which strikes are
/// near the money. Over these, the start is the median of the same (discount given) or repeated medians (Siegel, "Robust Regression Using Repeated Medians", Biometrika 69,
/// 1982), both of which stand up to nearly half the strikes being wrong. Strikes farther from that line than their own half-spreads together and three
/// residual spreads are outliers. The rest is fitted by least squares, weighted by one over spread squared.
/// </para>
/// <para>
/// The parity of American options is an inequality, and holds only for prices that early exercise has been taken out of: <see cref="ImplyAmerican"/>. Allocates a few
/// arrays of the number of strikes.
/// </para>
/// </remarks>
public static class ParityForward
{
    const double NormalDeviation = 1.4826; // Of a median absolute deviation.
    const int Passes = 4;
    const int AmericanRounds = 3; // Each leaves some tenth of the error of the one before.

    /// <summary>Implies the forward of one expiration of European options.</summary>
    /// <param name="quotes">All strikes that are quoted.</param>
    /// <param name="discount">What a dollar at settlement is worth today; only a start where <see cref="ParitySettings.HasFixedDiscount"/> is false. Greater than 0.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="ArgumentException">The columns differ in length, or discount or a setting makes no sense.</exception>
    public static ParityForwardResult Imply(in ParityQuotes quotes, double discount, ParitySettings settings)
    {
        if (!(discount > 0 && double.IsFinite(discount))) throw new ArgumentException($"A discount of {discount} is not greater than 0 and finite.", nameof(discount));
        return Fit(Screen(quotes, settings, out ParityLeftOut leftOut), leftOut, discount, settings);
    }

    /// <summary>Implies the forward of one expiration by its contracts' terms, with the discount that a rate means: <see cref="ImplyAmerican"/>, or as they stand.</summary>
    /// <inheritdoc cref="ImplyAmerican"/>
    /// <param name="exercise">How the contracts are exercised by their terms.</param>
    /// <returns>The forward, dollars; null where the quotes imply none.</returns>
    public static double? Imply(in ParityQuotes quotes, PricingStyle exercise, double spot, double years, double rate, ParitySettings settings)
    {
        ParityForwardResult result = exercise == PricingStyle.American
            ? ImplyAmerican(quotes, spot, years, rate, settings)
            : Imply(quotes, PortableMath.Exp(-rate * years), settings);
        return result.Status == ParityStatus.Ok ? result.Forward : null;
    }

    /// <summary>
    /// Implies the forward of one expiration of American options: parity of the European options that have the volatilities of the American prices, converted with the yield that the last forward
    /// implies, q = r − ln(F/S)/T; the first forward is that of the prices as they are. Some thirty American prices are calculated for each strike fitted.
    /// </summary>
    /// <param name="quotes">All strikes that are quoted.</param>
    /// <param name="spot">Dollars, greater than 0.</param>
    /// <param name="years">Time to settlement, greater than 0.</param>
    /// <param name="rate">Continuously compounded; it also discounts.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="ArgumentException">The columns differ in length, spot, time or a setting makes no sense, or the discount would be fitted.</exception>
    public static ParityForwardResult ImplyAmerican(in ParityQuotes quotes, double spot, double years, double rate, ParitySettings settings)
    {
        if (!(spot > 0 && years > 0 && double.IsFinite(spot + years + rate))) throw new ArgumentException($"Spot {spot}, {years} years, rate {rate}: greater than 0, and finite.", nameof(spot));
        if (!settings.HasFixedDiscount) throw new ArgumentException("Early exercise is worth what rates make it worth: the discount is given.", nameof(settings));

        double discount = PortableMath.Exp(-rate * years);
        Pair[] good = Screen(quotes, settings, out ParityLeftOut leftOut);
        ParityForwardResult result = Fit(good, leftOut, discount, settings);
        for (int round = 0; round < AmericanRounds && result.Status == ParityStatus.Ok; round++)
        {
            Pair[] european = WithoutExercise(Nearest(good, result.Forward, settings.MostStrikes), spot, years, rate, rate - PortableMath.LogRatio(result.Forward, spot) / years);
            result = Fit(european, leftOut with { FarFromTheMoney = good.Length - european.Length }, discount, settings);
        }

        return result;
    }

    // The same strikes at European prices, but for those that have none.
    static Pair[] WithoutExercise(Pair[] pairs, double spot, double years, double rate, double dividendYield)
    {
        int n = pairs.Length;
        var isCall = new bool[2 * n];
        double[] price = new double[2 * n], strike = new double[2 * n], volatility = new double[2 * n], european = new double[2 * n], gamma = new double[2 * n];
        var status = new VolatilityStatus[2 * n];
        for (int i = 0; i < n; i++)
        {
            isCall[i] = true;
            (strike[i], strike[n + i], price[i], price[n + i]) = (pairs[i].Strike, pairs[i].Strike, pairs[i].Call, pairs[i].Put);
        }

        double[] Same(double value) => [.. Enumerable.Repeat(value, 2 * n)];
        AmericanVolatility.ToEuropean(new QuotedOptions(isCall, price, Same(spot), strike, Same(years), Same(rate), Same(dividendYield)), volatility, european, gamma, status);
        return [.. Enumerable.Range(0, n).Where(i => status[i] == VolatilityStatus.Ok && status[n + i] == VolatilityStatus.Ok).Select(i => pairs[i] with { Call = european[i], Put = european[n + i] })];
    }

    static ParityForwardResult Fit(Pair[] good, ParityLeftOut leftOut, double discount, ParitySettings settings)
    {
        if (good.Length < settings.FewestStrikes) return new(ParityStatus.TooFewStrikes, 0, 0, 0, leftOut, 0);

        // Twice: the first median may be of strikes far from the money, where a discount that is a little off weighs more.
        Pair[] near = Nearest(good, Centre(good, discount), settings.MostStrikes);
        near = Nearest(good, Centre(near, discount), settings.MostStrikes);
        leftOut = leftOut with { FarFromTheMoney = leftOut.FarFromTheMoney + good.Length - near.Length };

        Line line = settings.HasFixedDiscount ? new(Centre(near, discount), discount) : RepeatedMedians(near);
        if (line.Fault(settings) is { } fault) return new(fault, 0, 0, 0, leftOut, 0);

        Pair[] inliers = near;
        for (int pass = 0; pass < Passes; pass++)
        {
            double spread = ResidualSpread(near, line);
            inliers = Array.FindAll(near, pair => Math.Abs(line.Residual(pair)) <= Math.Max(pair.Width, 3 * spread));
            if (inliers.Length < settings.FewestStrikes) break;
            line = LeastSquares(inliers, settings.HasFixedDiscount ? discount : null);
            if (line.Fault(settings) is { } still) return new(still, 0, 0, 0, leftOut, 0);
        }

        leftOut = leftOut with { Outlier = near.Length - inliers.Length };
        return inliers.Length < settings.FewestStrikes
            ? new(ParityStatus.TooFewStrikes, 0, 0, 0, leftOut, 0)
            : new(ParityStatus.Ok, line.Forward, line.Discount, inliers.Length, leftOut, ResidualSpread(inliers, line));
    }

    static Pair[] Screen(in ParityQuotes quotes, ParitySettings settings, out ParityLeftOut leftOut)
    {
        int n = quotes.Strike.Length;
        if (quotes.CallBid.Length != n || quotes.CallAsk.Length != n || quotes.PutBid.Length != n || quotes.PutAsk.Length != n)
            throw new ArgumentException("All columns have one length.", nameof(quotes));
        if (settings.FewestStrikes < 3 || settings.MostStrikes < settings.FewestStrikes) throw new ArgumentException($"{settings}: 3 ≤ fewest ≤ most strikes.", nameof(settings));

        var good = new List<Pair>(quotes.Strike.Length);
        (int notFinite, int oneSided, int crossed) = (0, 0, 0);
        for (int i = 0; i < quotes.Strike.Length; i++)
        {
            double strike = quotes.Strike[i];
            (double callBid, double callAsk, double putBid, double putAsk) = (quotes.CallBid[i], quotes.CallAsk[i], quotes.PutBid[i], quotes.PutAsk[i]);
            if (!double.IsFinite(strike + callBid + callAsk + putBid + putAsk) || !(strike > 0)) notFinite++;
            else if (!(callBid > 0 && callAsk > 0 && putBid > 0 && putAsk > 0)) oneSided++;
            else if (callAsk < callBid || putAsk < putBid) crossed++;
            else good.Add(new(strike, 0.5 * (callBid + callAsk), 0.5 * (putBid + putAsk), 0.5 * (callAsk - callBid + (putAsk - putBid))));
        }

        leftOut = new(notFinite, oneSided, crossed, 0, 0);
        return [.. good];
    }

    static double Centre(Pair[] pairs, double discount) => Median([.. pairs.Select(pair => pair.Strike + pair.Difference / discount)]);

    static Pair[] Nearest(Pair[] pairs, double forward, int most) =>
        [.. pairs.OrderBy(pair => Math.Abs(pair.Strike - forward)).ThenBy(pair => pair.Strike).Take(most)];

    static Line RepeatedMedians(Pair[] pairs)
    {
        double slope = Median([.. pairs.Select(one => Median([.. pairs.Where(other => other.Strike != one.Strike)
            .Select(other => (other.Difference - one.Difference) / (other.Strike - one.Strike))]))]);
        return new(Centre(pairs, -slope), -slope);
    }

    static Line LeastSquares(Pair[] pairs, double? discount)
    {
        // A quote without a spread is not known to be exact: none weighs more than ten times the median.
        double least = Median([.. pairs.Select(pair => pair.Width)]) / Math.Sqrt(10);
        double[] weights = [.. pairs.Select(pair => least > 0 ? 1 / (Math.Max(pair.Width, least) * Math.Max(pair.Width, least)) : 1)];
        double total = 0, strike = 0, difference = 0;
        for (int i = 0; i < pairs.Length; i++)
        {
            total += weights[i];
            strike += weights[i] * pairs[i].Strike;
            difference += weights[i] * pairs[i].Difference;
        }

        (strike, difference) = (strike / total, difference / total);
        if (discount is { } given) return new(strike + difference / given, given);

        double square = 0, product = 0;
        for (int i = 0; i < pairs.Length; i++)
        {
            double apart = pairs[i].Strike - strike;
            square += weights[i] * apart * apart;
            product += weights[i] * apart * (pairs[i].Difference - difference);
        }

        double fitted = -product / square;
        return new(strike + difference / fitted, fitted);
    }

    static double ResidualSpread(Pair[] pairs, Line line) => NormalDeviation * Median([.. pairs.Select(pair => Math.Abs(line.Residual(pair)))]);

    static double Median(double[] values)
    {
        if (values.Length == 0) return double.NaN;
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
    }

    /// <param name="Strike">Dollars.</param>
    /// <param name="Call">Mid, dollars.</param>
    /// <param name="Put">Mid, dollars.</param>
    /// <param name="Width">Half the call's spread and half the put's: how far the truth may be from the difference.</param>
    readonly record struct Pair(double Strike, double Call, double Put, double Width)
    {
        public double Difference => Call - Put;
    }

    readonly record struct Line(double Forward, double Discount)
    {
        public ParityStatus? Fault(ParitySettings settings) =>
            !settings.HasFixedDiscount && Discount is not (>= 0.5 and <= 1.5) ? ParityStatus.ImplausibleDiscount
            : Forward > 0 && double.IsFinite(Forward) ? null : ParityStatus.ImplausibleForward;

        public double Residual(Pair pair) => pair.Difference - Discount * (Forward - pair.Strike);
    }
}
