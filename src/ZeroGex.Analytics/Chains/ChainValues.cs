using System.Collections.Immutable;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Chains;

/// <summary>One expiration of a chain.</summary>
/// <param name="Date">As listed.</param>
/// <param name="Settlement">Unix microseconds.</param>
/// <param name="First">Where its rows begin.</param>
/// <param name="Count">How many rows.</param>
readonly record struct ChainExpiration(DateOnly Date, long Settlement, int First, int Count);

/// <summary>Volatilities by the ladder and greeks of every contract of a book at one instant, a row a contract: by expiration, strike, call before put.</summary>
/// <remarks>Portable kernels only: the same bits everywhere, and those of <see cref="VolatilityLadder"/> for each contract alone. Buffers are kept.</remarks>
sealed class ChainValues(ChainSettings settings)
{
    int _edition = -1;
    int[] _places = [];
    bool[] _isCall = [];
    double[] _strike = [], _years = [], _rate = [], _yield = [], _spot = [], _price = [], _forwardOfRow = [], _discount = [], _volatility = [];
    VolatilityStatus[] _status = [];
    VolatilitySource[] _source = [];
    VolatilityReason[] _reason = [];
    readonly double[][] _values = [.. Enumerable.Repeat<double[]>([], 10)];
    double[] _forwards = [], _yearsOf = [];
    bool[] _isImplied = [];
    readonly List<int> _unsolved = [];
    double[] _americanVolatility = [];
    readonly double[][] _american = [.. Enumerable.Repeat<double[]>([], 6)];
    VolatilityStatus[] _americanSolved = [];
    AmericanStatus[] _americanStatus = [];

    /// <summary>The expirations, ascending.</summary>
    public ChainExpiration[] Expirations { get; private set; } = [];

    /// <summary>Where rows are summed.</summary>
    public ChainLayout Layout { get; private set; } = new([], [], 0);

    /// <summary>The underlying's price, dollars.</summary>
    public double Spot { get; private set; }

    /// <summary>Rows.</summary>
    public int Count => _places.Length;

    /// <summary>Of each row: its place in the book.</summary>
    public ReadOnlySpan<int> Places => _places;

    public ReadOnlySpan<bool> IsCall => _isCall;
    public ReadOnlySpan<double> Strike => _strike;
    public ReadOnlySpan<double> Years => _years;
    public ReadOnlySpan<double> Rate => _rate;
    public ReadOnlySpan<double> DividendYield => _yield;
    public ReadOnlySpan<double> Volatility => _volatility;
    public ReadOnlySpan<VolatilitySource> Source => _source;

    /// <summary>Why the mid price gave no volatility; none where it did or was not asked.</summary>
    public ReadOnlySpan<VolatilityReason> Reason => _reason;

    /// <summary>Greeks in natural units (<see cref="OptionValue"/>); not numbers for what has settled.</summary>
    public ReadOnlySpan<double> Delta => _values[1];
    public ReadOnlySpan<double> Gamma => _values[2];
    public ReadOnlySpan<double> Vega => _values[3];
    public ReadOnlySpan<double> Theta => _values[4];
    public ReadOnlySpan<double> Rho => _values[5];
    public ReadOnlySpan<double> Vanna => _values[6];
    public ReadOnlySpan<double> Charm => _values[7];
    public ReadOnlySpan<double> Vomma => _values[8];

    /// <summary>Gammas with the right to exercise at any time, as the last <see cref="EvaluateAmerican"/> left them; not numbers where there are none.</summary>
    public ReadOnlySpan<double> AmericanGamma => _american[2];

    /// <summary>The forward to each expiration's settlement, dollars.</summary>
    public ReadOnlySpan<double> Forwards => _forwards;

    /// <summary>Time to each expiration's settlement; 0 when it has settled.</summary>
    public ReadOnlySpan<double> YearsOf => _yearsOf;

    /// <summary>Those of some expirations whose forward is implied by parity, and not the yield's.</summary>
    public ImmutableArray<DateOnly> ImpliedForwards(ReadOnlySpan<int> numbers)
    {
        var implied = ImmutableArray.CreateBuilder<DateOnly>();
        foreach (int number in numbers)
            if (_isImplied[number]) implied.Add(Expirations[number].Date);
        return implied.DrainToImmutable();
    }

    /// <summary>Puts the contracts of a book into rows.</summary>
    /// <returns>True when rows have come or gone.</returns>
    public bool Arrange(ChainBook book)
    {
        if (_edition == book.Edition) return false;
        _edition = book.Edition;

        int n = book.Entries.Length;
        var keys = new (DateOnly, double, OptionRight)[n];
        _places = new int[n];
        for (int i = 0; i < n; i++)
        {
            OptionContract contract = book.Entries[i].Contract;
            (keys[i], _places[i]) = ((contract.Expiration, contract.Strike, contract.Right), i);
        }

        Array.Sort(keys, _places);
        (_isCall, _status, _source, _reason) = (new bool[n], new VolatilityStatus[n], new VolatilitySource[n], new VolatilityReason[n]);
        (_strike, _years, _rate, _yield, _spot, _price) = (new double[n], new double[n], new double[n], new double[n], new double[n], new double[n]);
        (_forwardOfRow, _discount, _volatility) = (new double[n], new double[n], new double[n]);
        for (int i = 0; i < _values.Length; i++) _values[i] = new double[n];
        Array.Fill(_rate, settings.Rate);

        var expirations = new List<ChainExpiration>();
        var expirationOfRow = new int[n];
        for (int from = 0, to; from < n; from = to)
        {
            DateOnly date = keys[from].Item1;
            for (to = from; to < n && keys[to].Item1 == date; to++)
                (_strike[to], _isCall[to], expirationOfRow[to]) = (keys[to].Item2, keys[to].Item3 == OptionRight.Call, expirations.Count);
            expirations.Add(new(date, book.SettlementOf(date), from, to - from));
        }

        Expirations = [.. expirations];
        Layout = new ChainLayout(_strike, expirationOfRow, Expirations.Length);
        (_forwards, _yearsOf, _isImplied) = (new double[Expirations.Length], new double[Expirations.Length], new bool[Expirations.Length]);
        return true;
    }

    /// <summary>Chooses volatilities and evaluates greeks of the rows arranged.</summary>
    /// <param name="now">Unix microseconds.</param>
    public void Evaluate(ChainBook book, long now)
    {
        Spot = book.Spot;
        Array.Fill(_spot, Spot);
        for (int i = 0; i < Expirations.Length; i++) Market(book, i, now);

        Span<BookEntry> entries = book.Entries;
        for (int i = 0; i < _places.Length; i++)
        {
            ref readonly BookEntry entry = ref entries[_places[i]];
            _price[i] = entry.IsTwoSided ? entry.Mid : 0;
        }

        BatchVolatility.Solve(new PricedOptions(_isCall, _price, _forwardOfRow, _strike, _years, _discount), _volatility, _status);
        Choose(entries);
        BatchGreeks.Evaluate(
            new OptionColumns(_isCall, _spot, _strike, _years, _volatility, _rate, _yield),
            new ValueColumns(_values[0], _values[1], _values[2], _values[3], _values[4], _values[5], _values[6], _values[7], _values[8], _values[9]));
    }

    /// <summary>American gammas of the rows evaluated last: at the volatility of the mid price as the price of an American option, or the row's own where that has none.</summary>
    public void EvaluateAmerican()
    {
        int n = _places.Length;
        if (_americanVolatility.Length != n)
        {
            (_americanVolatility, _americanSolved, _americanStatus) = (new double[n], new VolatilityStatus[n], new AmericanStatus[n]);
            for (int i = 0; i < _american.Length; i++) _american[i] = new double[n];
        }

        AmericanVolatility.Solve(new QuotedOptions(_isCall, _price, _spot, _strike, _years, _rate, _yield), _americanVolatility, _americanSolved);
        for (int i = 0; i < n; i++)
            if (_americanSolved[i] != VolatilityStatus.Ok || settings.Volatility.Check(_americanVolatility[i]) != VolatilityReason.None) _americanVolatility[i] = _volatility[i];
        AmericanOption.Evaluate(
            new OptionColumns(_isCall, _spot, _strike, _years, _americanVolatility, _rate, _yield),
            new AmericanColumns(_american[0], _american[1], _american[2], _american[3], _american[4], _american[5], _americanStatus));
    }

    // Time, yield, forward and discount factor of an expiration.
    void Market(ChainBook book, int number, long now)
    {
        (_, long settlement, int first, int count) = Expirations[number];
        double years = settlement <= now ? 0 : DayCounts.CalendarYears(settlement - now);
        double discount = PortableMath.Exp(-settings.Rate * years);
        double dividend = settings.DividendYield;
        double? parity = settings.ImpliesForwards && years > 0 ? Implied(book, first, count, years) : null;
        _isImplied[number] = parity is not null;
        if (parity is { } implied) dividend = settings.Rate - PortableMath.LogRatio(implied, Spot) / years;

        double forward = Spot * PortableMath.Exp((settings.Rate - dividend) * years);
        (_yearsOf[number], _forwards[number]) = (years, forward);
        _years.AsSpan(first, count).Fill(years);
        _yield.AsSpan(first, count).Fill(dividend);
        _forwardOfRow.AsSpan(first, count).Fill(forward);
        _discount.AsSpan(first, count).Fill(discount);
    }

    double? Implied(ChainBook book, int first, int count, double years)
    {
        Span<BookEntry> entries = book.Entries;
        List<double> strikes = [], callBids = [], callAsks = [], putBids = [], putAsks = [];
        for (int i = first; i < first + count - 1; i++)
        {
            if (_strike[i] != _strike[i + 1]) continue;
            ref readonly BookEntry call = ref entries[_places[i]];
            ref readonly BookEntry put = ref entries[_places[i + 1]];
            strikes.Add(_strike[i]);
            callBids.Add(call.Bid);
            callAsks.Add(call.Ask);
            putBids.Add(put.Bid);
            putAsks.Add(put.Ask);
        }

        return ParityForward.Imply(new ParityQuotes([.. strikes], [.. callBids], [.. callAsks], [.. putBids], [.. putAsks]), settings.Exercise, Spot, years, settings.Rate, Parity);
    }

    static readonly ParitySettings Parity = new();

    // The ladder: the feed's, if trusted, else the mid's, else the last price's, else the default.
    void Choose(ReadOnlySpan<BookEntry> entries)
    {
        _unsolved.Clear();
        for (int i = 0; i < _places.Length; i++)
        {
            ref readonly BookEntry entry = ref entries[_places[i]];
            _reason[i] = VolatilityReason.None;
            if (settings.TrustsFeedVolatility && settings.Volatility.Check(entry.FeedVolatility) == VolatilityReason.None)
            {
                (_volatility[i], _source[i]) = (entry.FeedVolatility, VolatilitySource.Feed);
                continue;
            }

            VolatilityReason reason = _price[i] == 0 ? VolatilityReasons.OfQuote(entry.Bid, entry.Ask)
                : _status[i] != VolatilityStatus.Ok ? _status[i].ToReason() : settings.Volatility.Check(_volatility[i]);
            _source[i] = VolatilitySource.Mid;
            if (reason == VolatilityReason.None) continue;
            (_volatility[i], _source[i], _reason[i]) = (settings.Volatility.Default, VolatilitySource.Default, reason);
            if (entry.Last > 0) _unsolved.Add(i);
        }

        SolveLast(entries);
    }

    void SolveLast(ReadOnlySpan<BookEntry> entries)
    {
        int n = _unsolved.Count;
        if (n == 0) return;
        var isCall = new bool[n];
        double[] price = new double[n], volatility = new double[n];
        var status = new VolatilityStatus[n];
        for (int i = 0; i < n; i++) (isCall[i], price[i]) = (_isCall[_unsolved[i]], entries[_places[_unsolved[i]]].Last);
        BatchVolatility.Solve(new PricedOptions(isCall, price, Gather(_forwardOfRow), Gather(_strike), Gather(_years), Gather(_discount)), volatility, status);
        for (int i = 0; i < n; i++)
            if (status[i] == VolatilityStatus.Ok && settings.Volatility.Check(volatility[i]) == VolatilityReason.None)
                (_volatility[_unsolved[i]], _source[_unsolved[i]]) = (volatility[i], VolatilitySource.Last);
    }

    double[] Gather(double[] column)
    {
        var gathered = new double[_unsolved.Count];
        for (int i = 0; i < gathered.Length; i++) gathered[i] = column[_unsolved[i]];
        return gathered;
    }
}
