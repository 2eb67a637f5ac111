namespace ZeroGex.Analytics.Pricing;

/// <summary>Volatilities of American options, and the European options that share them; the same bits whatever the width, the batch and the place in it.</summary>
/// <remarks>
/// A right to exercise early is never worth less than nothing, so that the European volatility of an American price is never too low: it is the first guess and the upper end
/// of a bracket. One Newton step with the European vega and secant steps follow, kept inside the bracket; whoever is not done is gathered into the next batch.
/// </remarks>
public static class AmericanVolatility
{
    const int Block = 64;
    const int MostRounds = 80;

    // A volatility is done when its last step was this small, relative; secant steps then have left far less.
    const double SmallStep = 1e-7;
    const double LeastBracket = 1e-13;

    // Of spot and strike together: what a price may miss, for quadratures err that much alike.
    const double LeastValue = 1e-12;

    // For prices that no European option has.
    const double HighestDeviation = 6;

    /// <summary>Solves every option; a volatility is 0 where its status is not <see cref="VolatilityStatus.Ok"/>. Allocates nothing.</summary>
    /// <param name="quotes">What was traded, and at what.</param>
    /// <param name="volatility">Per square root of a year, fractions.</param>
    /// <param name="status">
    /// Whether there is a volatility: <see cref="VolatilityStatus.BelowIntrinsic"/> also where the price is what exercise now pays, which every low volatility
    /// gives, and <see cref="VolatilityStatus.NoVega"/> where <see cref="AmericanOption"/> has no price near the answer.
    /// </param>
    /// <param name="accuracy">Of the prices that are compared.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Solve(
        in QuotedOptions quotes, Span<double> volatility, Span<VolatilityStatus> status, AmericanAccuracy accuracy = AmericanAccuracy.Fast,
        LaneWidth width = LaneWidth.Widest)
    {
        int count = quotes.Price.Length;
        if (!quotes.AreOf(count) || volatility.Length != count || status.Length != count) throw new ArgumentException("All columns have one length.", nameof(quotes));

        Span<bool> isCall = stackalloc bool[Block];
        Span<double> columns = stackalloc double[7 * Block];
        Span<AmericanStatus> priced = stackalloc AmericanStatus[Block];
        Span<Search> searches = stackalloc Search[Block];
        for (int from = 0; from < count; from += Block)
        {
            int open = 0;
            for (int i = from; i < Math.Min(count, from + Block); i++)
            {
                volatility[i] = 0;
                status[i] = Begin(quotes, i, out Search search);
                if (status[i] == VolatilityStatus.Ok) searches[open++] = search;
            }

            for (int round = 0; open > 0; round++)
            {
                for (int k = 0; k < open; k++)
                {
                    int i = searches[k].Index;
                    isCall[k] = quotes.IsCall[i];
                    columns[k] = quotes.Spot[i];
                    columns[Block + k] = quotes.Strike[i];
                    columns[2 * Block + k] = quotes.Years[i];
                    columns[3 * Block + k] = searches[k].Volatility;
                    columns[4 * Block + k] = quotes.Rate[i];
                    columns[5 * Block + k] = quotes.DividendYield[i];
                }

                Span<double> prices = columns.Slice(6 * Block, open);
                AmericanOption.Evaluate(
                    new OptionColumns(isCall[..open], columns[..open], columns.Slice(Block, open), columns.Slice(2 * Block, open), columns.Slice(3 * Block, open),
                        columns.Slice(4 * Block, open), columns.Slice(5 * Block, open)),
                    new AmericanColumns(prices, priced[..open]), accuracy, width);

                int left = 0;
                for (int k = 0; k < open; k++)
                {
                    Search search = searches[k];
                    int i = search.Index;
                    VolatilityStatus? end = round == MostRounds ? VolatilityStatus.NoVega : search.Learn(quotes, prices[k], priced[k]);
                    if (end is null) searches[left++] = search;
                    else if (end is VolatilityStatus.Ok) volatility[i] = search.Volatility;
                    else status[i] = end.Value;
                }

                open = left;
            }
        }
    }

    /// <summary>The volatility of one price, with the bits that a batch gives it.</summary>
    public static ImpliedVolatilityResult Solve(in PricedOption option, AmericanAccuracy accuracy = AmericanAccuracy.Fast)
    {
        (bool isCall, double price, double spot, double strike, double years, double rate, double dividendYield) = option;
        double volatility = 0;
        VolatilityStatus status = VolatilityStatus.Ok;
        Solve(new QuotedOptions(new(in isCall), new(in price), new(in spot), new(in strike), new(in years), new(in rate), new(in dividendYield)),
            new(ref volatility), new(ref status), accuracy, LaneWidth.Scalar);
        return new(status, volatility);
    }

    /// <summary>
    /// De-Americanises: the European option with the volatility of each American price (Carr and Wu, "Stock Options and Credit Default Swaps", Journal of Financial Econometrics 8, 2010, do so
    /// with trees). Parity holds for what comes out, which <see cref="ParityForward.ImplyAmerican"/> makes use of.
    /// </summary>
    /// <param name="quotes">What was traded, and at what.</param>
    /// <param name="volatility">That of the American price, a fraction; 0 where there is none.</param>
    /// <param name="price">Of the European option, dollars; NaN where there is no volatility.</param>
    /// <param name="gamma">Of the European option, delta per dollar of spot; NaN where there is no volatility.</param>
    /// <param name="status">As <see cref="Solve(in QuotedOptions, Span{double}, Span{VolatilityStatus}, AmericanAccuracy, LaneWidth)"/> says.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void ToEuropean(
        in QuotedOptions quotes, Span<double> volatility, Span<double> price, Span<double> gamma, Span<VolatilityStatus> status,
        AmericanAccuracy accuracy = AmericanAccuracy.Fast, LaneWidth width = LaneWidth.Widest)
    {
        int count = quotes.Price.Length;
        if (price.Length != count || gamma.Length != count) throw new ArgumentException("All columns have one length.", nameof(quotes));
        Solve(quotes, volatility, status, accuracy, width);

        // A volatility of 0 comes back as NaN.
        Span<double> values = stackalloc double[10 * Block];
        for (int from = 0; from < count; from += Block)
        {
            int n = Math.Min(Block, count - from);
            BatchGreeks.Evaluate(
                new OptionColumns(quotes.IsCall.Slice(from, n), quotes.Spot.Slice(from, n), quotes.Strike.Slice(from, n), quotes.Years.Slice(from, n),
                    volatility.Slice(from, n), quotes.Rate.Slice(from, n), quotes.DividendYield.Slice(from, n)),
                new ValueColumns(price.Slice(from, n), values[..n], gamma.Slice(from, n), values.Slice(Block, n), values.Slice(2 * Block, n), values.Slice(3 * Block, n),
                    values.Slice(4 * Block, n), values.Slice(5 * Block, n), values.Slice(6 * Block, n), values.Slice(7 * Block, n)), width);
        }
    }

    static VolatilityStatus Begin(in QuotedOptions quotes, int i, out Search search)
    {
        search = default;
        double price = quotes.Price[i], spot = quotes.Spot[i], strike = quotes.Strike[i], years = quotes.Years[i];
        double rateTime = quotes.Rate[i] * years, yieldTime = quotes.DividendYield[i] * years;
        bool isCall = quotes.IsCall[i];
        if (!(spot > 0 && strike > 0 && years > 0 && price >= 0 && Math.Abs(rateTime) < 50 && Math.Abs(yieldTime) < 50) || !double.IsFinite(spot + strike + years + price))
            return VolatilityStatus.InvalidInput;

        double intrinsic = Math.Max(0, isCall ? spot - strike : strike - spot);
        double least = LeastValue * (spot + strike);
        if (!(price - intrinsic > (intrinsic > 0 ? least : 0))) return VolatilityStatus.BelowIntrinsic;

        ImpliedVolatilityResult twin = BatchVolatility.Solve(new PricedOption(isCall, price, spot, strike, years, quotes.Rate[i], quotes.DividendYield[i]));
        if (twin.Status is VolatilityStatus.BelowIntrinsic or VolatilityStatus.InvalidInput) return twin.Status;

        // Where it is worth no more than what it will surely pay at settlement, and that no less than what exercise pays now, every low volatility gives the price.
        if (twin.Status == VolatilityStatus.NoVega && (isCall ? 1 : -1) * (spot * PortableMath.Exp(-yieldTime) - strike * PortableMath.Exp(-rateTime)) >= intrinsic) return VolatilityStatus.NoVega;
        if (twin.Status == VolatilityStatus.AboveBound && price >= (isCall ? Math.Max(1, PortableMath.Exp(-yieldTime)) * spot : Math.Max(1, PortableMath.Exp(-rateTime)) * strike))
            return VolatilityStatus.AboveBound;

        double high = twin.IsOk ? twin.Volatility : HighestDeviation / Math.Sqrt(years);
        search = new Search(i, high, twin.IsOk);
        return VolatilityStatus.Ok;
    }

    /// <summary>One option's bracket and last two points.</summary>
    struct Search(int index, double high, bool isTwin)
    {
        double _low, _high = high, _last, _lastMiss;
        bool _hasLast;

        public readonly int Index => index;

        /// <summary>What to price next, and in the end the answer.</summary>
        public double Volatility { get; private set; } = high;

        /// <summary>Takes in the price at <see cref="Volatility"/> and moves on; null to go on.</summary>
        public VolatilityStatus? Learn(in QuotedOptions quotes, double price, AmericanStatus status)
        {
            // Next to no volatility nothing solves: as if the price were too low, until nothing is left between.
            bool isPriced = status <= AmericanStatus.AtIntrinsic;
            if (!isPriced && status != AmericanStatus.NotSolved) return VolatilityStatus.NoVega;
            double at = Volatility;
            double miss = isPriced ? price - quotes.Price[index] : -quotes.Price[index];
            if (miss == 0) return VolatilityStatus.Ok;

            bool isFirst = !_hasLast && at == _high;
            if (isFirst && miss < 0) return !isPriced ? VolatilityStatus.NoVega : isTwin ? VolatilityStatus.Ok : VolatilityStatus.AboveBound;
            if (miss > 0) _high = at;
            else _low = at;

            double next = isFirst && isTwin ? at - miss / Vega(quotes, at) : _hasLast ? at - miss * (at - _last) / (miss - _lastMiss) : double.NaN;

            // A step this small is the last; a bracket has to close further, for its middle is only somewhere between.
            bool isDone = Math.Abs(next - at) <= SmallStep * at;
            if (isDone) next = Math.Min(Math.Max(next, _low), _high);
            else if (!(next > _low && next < _high))
            {
                next = 0.5 * (_low + _high);
                isDone = _high - _low <= LeastBracket * _high;
            }

            (_last, _lastMiss, _hasLast) = (at, miss, isPriced && status == AmericanStatus.Ok);
            Volatility = next;
            if (isDone) return isPriced ? VolatilityStatus.Ok : VolatilityStatus.NoVega;
            return null;
        }

        readonly double Vega(in QuotedOptions quotes, double volatility) => BlackScholes.Evaluate(new OptionInputs(
            quotes.IsCall[index], quotes.Spot[index], quotes.Strike[index], quotes.Years[index], volatility, quotes.Rate[index], quotes.DividendYield[index])).Vega;
    }
}
