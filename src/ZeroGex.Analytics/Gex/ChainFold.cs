using ZeroGex.Analytics.MaxPain;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>
/// Folds one root's quotes, prints and chain facts of one session into greeks, chain exposure and max pain: at most once a slice and as the settings say, when something
/// has changed, and now and then when nothing has.
/// </summary>
/// <remarks>Not thread-safe. What comes when, and what is late, is the business of <see cref="Slices"/>.</remarks>
public sealed class ChainFold : IFold, ISliced
{
    readonly string _root;
    readonly DateOnly _session;
    readonly ChainSettings _settings;
    readonly Slices _slices;
    readonly ChainBook _book;
    readonly ChainValues _values;
    readonly GammaProfile _profile;
    readonly Cadence _levels, _others, _greeks, _maxPain;
    readonly ChainModel _greeksModel;
    ScopedChain[] _scopes = [];
    bool _hasChanged;

    public ChainFold(string root, DateOnly session, ChainSettings settings)
    {
        (_root, _session, _settings) = (root, session, settings);
        _slices = new Slices(root, Inputs, settings.Slices);
        _book = new ChainBook(root);
        _values = new ChainValues(settings);
        _profile = new GammaProfile(settings.Grid);
        (_levels, _others) = (Every(settings.LevelsEvery), Every(settings.ScopesEvery));
        (_greeks, _maxPain) = (Every(settings.GreeksEvery), Every(settings.GreeksEvery));
        _greeksModel = ChainModels.Of(settings, "Black–Scholes–Merton, European; vega, vanna and vomma per 0.01, rho per 1 %, theta and charm per day"
            + (settings.Style == PricingStyle.American ? "; American gammas by Andersen, Lake and Offengenden" : ""));

        Cadence Every(TimeSpan time) => Cadence.OfChain(time, settings);
    }

    /// <summary>The kinds of streams it reads.</summary>
    public static IReadOnlyList<string> Inputs { get; } = ["chain", "quotes", "trades"];

    /// <inheritdoc/>
    public DateTimeOffset Through => _slices.Through;

    /// <inheritdoc/>
    public long Late => _slices.Late;

    /// <inheritdoc/>
    public long Lost => _slices.Lost;

    /// <inheritdoc/>
    public IReadOnlyList<IMarketResult> Apply(IMarketFact fact) => _slices.Apply(fact, this);

    void ISliced.Take(IMarketFact fact, int row, long time) => _hasChanged |= _book.Take(fact, row, time);

    void ISliced.Pass(long end, List<IMarketResult> answers)
    {
        if (_hasChanged)
        {
            _hasChanged = false;
            _maxPain.Change(end);
            if (_book.Spot > 0) // Nothing else can be said before.
                foreach (Cadence cadence in (ReadOnlySpan<Cadence>)[_levels, _others, _greeks]) cadence.Change(end);
        }

        while (Math.Min(Math.Min(_levels.Due, _others.Due), Math.Min(_greeks.Due, _maxPain.Due)) is var due && due <= end) Answer(due, answers);
    }

    void Answer(long now, List<IMarketResult> answers)
    {
        bool hasLevels = _levels.IsAnswered(now), hasOthers = _others.IsAnswered(now), hasGreeks = _greeks.IsAnswered(now), hasMaxPain = _maxPain.IsAnswered(now);
        _book.Forget(now);
        if (_values.Arrange(_book)) _scopes = [.. _settings.Scopes.Select(scope => new ScopedChain(_settings, scope, _session, _values))];
        if (_values.Count == 0) return;

        DateTimeOffset time = Slices.TimeOf(now);
        bool isIncomplete = _slices.IsIncomplete(now);
        if (hasLevels || hasOthers || hasGreeks) _values.Evaluate(_book, now);
        if (hasGreeks && _settings.Style == PricingStyle.American) _values.EvaluateAmerican();
        for (int i = 0; i < _scopes.Length; i++)
            for (int j = 0; j < _settings.Weights.Length; j++)
                if ((i + j == 0 ? hasLevels : hasOthers) && _scopes[i].Calculate(_root, _session, time, _settings.Weights[j], _book, _profile, isIncomplete) is { } exposure)
                    answers.Add(exposure);
        for (int i = 0; i < _values.Expirations.Length && hasGreeks; i++) answers.Add(Greeks(i, time, isIncomplete));
        if (hasMaxPain) answers.Add(MaxPainReport.Of(_root, _session, time, _settings, _values, _book, isIncomplete));
    }

    GreeksCalculated Greeks(int number, DateTimeOffset time, bool isIncomplete)
    {
        (DateOnly date, _, int first, int count) = _values.Expirations[number];
        var rows = new ChainColumns(_values, _book, [.. Enumerable.Range(first, count)]);
        return new GreeksCalculated
        {
            Root = _root,
            Session = _session,
            Time = time,
            Expiration = date,
            Spot = _values.Spot,
            Forward = _values.Forwards[number],
            Years = _values.YearsOf[number],
            Strike = rows.Of(_values.Strike),
            Right = rows.Of((in entry) => entry.Contract.Right),
            Bid = rows.Of((in entry) => entry.Bid),
            Ask = rows.Of((in entry) => entry.Ask),
            Last = rows.Of((in entry) => entry.Last),
            Volume = rows.Of((in entry) => entry.Volume),
            OpenInterest = rows.Of((in entry) => entry.OpenInterest),
            Volatility = rows.Of(_values.Volatility),
            Source = rows.Sources(true)!,
            Reason = rows.Reasons(),
            Delta = rows.Of(_values.Delta),
            Gamma = rows.Of(_values.Gamma),
            Theta = rows.Of(_values.Theta, ChainColumns.Days),
            Vega = rows.Of(_values.Vega, ChainColumns.Points),
            Rho = rows.Of(_values.Rho, ChainColumns.Points),
            Vanna = rows.Of(_values.Vanna, ChainColumns.Points),
            Charm = rows.Of(_values.Charm, ChainColumns.Days),
            Vomma = rows.Of(_values.Vomma, ChainColumns.Points * ChainColumns.Points),
            AmericanGamma = _settings.Style == PricingStyle.American ? rows.Numbers(_values.AmericanGamma) : [],
            Model = _greeksModel with { OpenInterestDate = _book.OpenInterestDate, Contracts = count, Used = count, Volatilities = rows.BySource() },
            Incomplete = isIncomplete,
        };
    }
}
