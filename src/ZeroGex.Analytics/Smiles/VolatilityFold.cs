using System.Collections.Immutable;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Smiles;

/// <summary>
/// Folds one root's quotes, prints and chain facts of one session into smiles and the term structure: at most as often as the settings say when something has changed, and
/// now and then when nothing has.
/// </summary>
/// <remarks>A last price says what volatility was, not what it is: only quotes of two sides, and the feed's own volatility where that is trusted, are in a smile. Not thread-safe.</remarks>
public sealed class VolatilityFold : IFold, ISliced
{
    const double Quarter = 0.25;
    const string Convention =
        "out-of-the-money side of the forward; at the money linear in ln(K/F); 25-delta linear in spot delta; risk reversal = call − put; butterfly = ½(call + put) − at the money; expected move = S·σ·√T";

    readonly string _root;
    readonly DateOnly _session;
    readonly Slices _slices;
    readonly ChainBook _book;
    readonly ChainValues _values;
    readonly Cadence _cadence;
    readonly ChainModel _model;
    bool _hasChanged;

    public VolatilityFold(string root, DateOnly session, ChainSettings settings)
    {
        (_root, _session) = (root, session);
        _slices = new Slices(root, Inputs, settings.Slices);
        _book = new ChainBook(root);
        _values = new ChainValues(settings);
        _cadence = Cadence.OfChain(settings.VolatilityEvery, settings);
        _model = ChainModels.Of(settings, Convention);
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
        if (_hasChanged && _book.Spot > 0) // Nothing can be said before.
        {
            _hasChanged = false;
            _cadence.Change(end);
        }

        while (_cadence.Due is var due && due <= end)
        {
            _cadence.IsAnswered(due);
            if (Answer(due) is { } answer) answers.Add(answer);
        }
    }

    VolatilityCalculated? Answer(long now)
    {
        _book.Forget(now);
        _values.Arrange(_book);
        if (_values.Count == 0) return null;
        _values.Evaluate(_book, now);

        var left = new Dictionary<string, int>();
        Span<int> used = stackalloc int[ChainModels.Sources];
        var expirations = new ExpirationVolatility[_values.Expirations.Length];
        for (int i = 0; i < expirations.Length; i++) expirations[i] = Expiration(i, left, used);
        left["expired"] = _book.Expired;
        return new VolatilityCalculated
        {
            Root = _root,
            Session = _session,
            Time = Slices.TimeOf(now),
            Spot = _values.Spot,
            Expirations = [.. expirations],
            Model = _model with
            {
                OpenInterestDate = _book.OpenInterestDate,
                Contracts = _values.Count + _book.Expired,
                Used = expirations.Sum(expiration => expiration.Smile.Length),
                LeftOut = ChainModels.LeftOut(left.Select(reason => (reason.Key, reason.Value))),
                Volatilities = ChainModels.BySource(used),
            },
            Incomplete = _slices.IsIncomplete(now),
        };
    }

    ExpirationVolatility Expiration(int number, Dictionary<string, int> left, Span<int> used)
    {
        (DateOnly date, _, int first, int count) = _values.Expirations[number];
        double forward = _values.Forwards[number], years = _values.YearsOf[number];
        var points = ImmutableArray.CreateBuilder<SmilePoint>();
        var others = ImmutableArray.CreateBuilder<LeftOutQuote>();
        var quotes = new List<QuotedVolatility>();
        for (int row = first; row < first + count; row++)
        {
            (double strike, bool isCall, VolatilitySource source) = (_values.Strike[row], _values.IsCall[row], _values.Source[row]);
            if (isCall != strike >= forward)
            {
                Count("in the money");
                continue;
            }

            OptionRight right = isCall ? OptionRight.Call : OptionRight.Put;
            if (source is not (VolatilitySource.Feed or VolatilitySource.Mid))
            {
                string reason = _values.Reason[row].ToWords();
                Count(reason);
                others.Add(new(strike, right, reason));
                continue;
            }

            used[(int)source]++;
            points.Add(new(strike, right, PortableMath.LogRatio(strike, forward), _values.Volatility[row], source.ToWord()));
            quotes.Add(new(strike, isCall, _values.Volatility[row], _values.Delta[row]));
        }

        var smile = new Smile(forward, quotes);
        double? money = smile.AtTheForward(), call = smile.AtDelta(OptionRight.Call, Quarter), put = smile.AtDelta(OptionRight.Put, Quarter);
        (double? straddleStrike, double? straddle) = Straddle(first, count, forward);
        return new ExpirationVolatility
        {
            Expiration = date,
            Forward = forward,
            Years = years,
            AtTheMoney = money,
            Call25 = call,
            Put25 = put,
            RiskReversal = call - put,
            Butterfly = 0.5 * (call + put) - money,
            ExpectedMove = _values.Spot * money * Math.Sqrt(years),
            StraddleStrike = straddleStrike,
            Straddle = straddle,
            Smile = points.DrainToImmutable(),
            LeftOut = others.DrainToImmutable(),
        };

        void Count(string reason) => left[reason] = left.GetValueOrDefault(reason) + 1;
    }

    // Rows are by strike, the call before the put.
    (double? Strike, double? Price) Straddle(int first, int count, double forward)
    {
        (double? nearest, double? price) = (null, null);
        for (int row = first; row < first + count - 1; row++)
        {
            if (_values.Strike[row] != _values.Strike[row + 1]) continue;
            ref readonly BookEntry call = ref _book.Entries[_values.Places[row]];
            ref readonly BookEntry put = ref _book.Entries[_values.Places[row + 1]];
            if (!call.IsTwoSided || !put.IsTwoSided || Math.Abs(_values.Strike[row] - forward) >= Math.Abs(nearest - forward ?? double.MaxValue)) continue;
            (nearest, price) = (_values.Strike[row], call.Mid + put.Mid);
        }

        return (nearest, price);
    }
}
