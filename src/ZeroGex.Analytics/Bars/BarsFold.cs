using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Bars;

/// <summary>
/// Folds everything of one root and session into minutes: a bar of the underlying, and a row of each option that has changed. A minute is answered when time has passed
/// its end. A vendor's bar that comes later, or again with other figures, is answered again whole.
/// </summary>
/// <remarks>
/// Bars of the vendor that are not of one whole minute are passed over. A price whose minute has been answered enters no bar. Options that have settled keep their rows
/// until the session ends; they have no greeks. Not thread-safe.
/// </remarks>
public sealed class BarsFold : IFold, ISliced
{
    const long Minute = 60_000_000;
    const string Convention = "as it stood at the minute's end; Black–Scholes–Merton, European; vega per 0.01, theta per day";

    readonly string _root;
    readonly DateOnly _session;
    readonly Slices _slices;
    readonly ChainBook _book;
    readonly ChainValues _values;
    readonly ChainModel _rowModel;
    readonly BarModel _barModel;
    readonly SortedDictionary<long, MinuteBar> _open = []; // By the minute's start.
    readonly Dictionary<long, MinuteBar.Figures> _said = [];
    long _now = long.MinValue;
    long? _changedMinute; // The minute in which contracts have changed that have no row yet.
    bool _hasChanged;
    string _symbol; // The root, until the vendor names the underlying (SPX for SPXW): a minute without its bar is the same underlying's.

    public BarsFold(string root, DateOnly session, ChainSettings settings)
    {
        (_root, _session, _symbol) = (root, session, root);
        _slices = new Slices(root, session, Inputs, settings.Slices);
        _book = new ChainBook(root, session, settings.TrustsFeedVolatility);
        _values = new ChainValues(settings);
        _rowModel = ChainModels.Of(settings, Convention);
        _barModel = new("", settings.Slices.Length.TotalSeconds, settings.Slices.Grace.TotalSeconds, Engine.Version);
    }

    /// <summary>The kinds of streams it reads.</summary>
    public static IReadOnlyList<string> Inputs { get; } = ["chain", "quotes", "trades", "bars"];

    /// <inheritdoc/>
    public DateTimeOffset Through => _slices.Through;

    /// <inheritdoc/>
    public long Late => _slices.Late;

    /// <inheritdoc/>
    public long Lost => _slices.Lost;

    /// <inheritdoc/>
    public IReadOnlyList<IMarketResult> Apply(IMarketFact fact) => _slices.Apply(fact, this);

    void ISliced.Take(IMarketFact fact, int row, long time)
    {
        switch (fact)
        {
            case BarsObserved bars:
                Take(bars.Bars[row]);
                return;
            case QuotesObserved quotes:
                Take(quotes.Spot[row], time);
                break;
            case TradesObserved trades:
                Take(trades.Trades[row].Spot, time);
                break;
        }

        _hasChanged |= _book.Take(fact, row, time);
    }

    void ISliced.Pass(long end, List<IMarketResult> answers)
    {
        _now = end;
        if (_hasChanged) _changedMinute ??= StartOf(end - 1);
        _hasChanged = false;
        while (true)
        {
            long bar = _open.Count > 0 ? _open.First().Key : long.MaxValue;
            long rows = _changedMinute ?? long.MaxValue;
            if (Math.Min(bar, rows) > end - Minute) return;
            if (bar <= rows) CloseBar(bar, answers);
            else CloseRows(rows, answers);
        }
    }

    void Take(UnderlyingBar bar)
    {
        long start = Slices.Micros(bar.Start);
        if (start != StartOf(start) || Slices.Micros(bar.End) != start + Minute) return;
        BarOf(start).Vendor = bar;
        _symbol = bar.Symbol;
    }

    void Take(double spot, long time)
    {
        long start = StartOf(time);
        if (spot > 0 && start + Minute > _now) BarOf(start).Take(spot, time);
    }

    MinuteBar BarOf(long start)
    {
        if (!_open.TryGetValue(start, out MinuteBar? bar)) _open.Add(start, bar = new());
        return bar;
    }

    void CloseBar(long start, List<IMarketResult> answers)
    {
        MinuteBar.Figures bar = _open[start].Read(_symbol);
        _open.Remove(start);
        if (_said.TryGetValue(start, out MinuteBar.Figures said) && said == bar) return;
        _said[start] = bar;
        answers.Add(new BarClosed
        {
            Root = _root,
            Symbol = bar.Symbol,
            Session = _session,
            Start = Slices.TimeOf(start),
            End = Slices.TimeOf(start + Minute),
            Open = bar.Open,
            High = bar.High,
            Low = bar.Low,
            Close = bar.Close,
            Volume = bar.Volume,
            UpVolume = bar.UpVolume,
            DownVolume = bar.DownVolume,
            Model = _barModel with { Source = bar.Source },
            Incomplete = _slices.IsIncomplete(start, start + Minute),
        });
    }

    void CloseRows(long start, List<IMarketResult> answers)
    {
        _changedMinute = null;
        _values.Arrange(_book);
        if (_book.Spot > 0) _values.Evaluate(_book, start + Minute);
        for (int i = 0; i < _values.Expirations.Length; i++)
        {
            (_, _, int first, int count) = _values.Expirations[i];
            var changed = new List<int>();
            for (int row = first; row < first + count; row++)
            {
                ref BookEntry entry = ref _book.Entries[_values.Places[row]];
                if (entry.HasChanged) changed.Add(row);
                entry.HasChanged = false;
            }

            if (changed.Count > 0) answers.Add(Rows(i, start, [.. changed]));
        }
    }

    OptionMinuteClosed Rows(int number, long start, ReadOnlySpan<int> changed)
    {
        (DateOnly date, _, _, int count) = _values.Expirations[number];
        bool isCalculated = _book.Spot > 0 && _values.YearsOf[number] > 0;
        var rows = new ChainColumns(_values, _book, changed);
        return new OptionMinuteClosed
        {
            Root = _root,
            Session = _session,
            Start = Slices.TimeOf(start),
            End = Slices.TimeOf(start + Minute),
            Expiration = date,
            Spot = _book.Spot > 0 ? _book.Spot : null,
            Strike = rows.Of(_values.Strike),
            Right = rows.Of((in entry) => entry.Contract.Right),
            Last = rows.Of((in entry) => entry.Last),
            Bid = rows.Of((in entry) => entry.Bid),
            Ask = rows.Of((in entry) => entry.Ask),
            Volume = rows.Of((in entry) => entry.Volume),
            OpenInterest = rows.Of((in entry) => entry.OpenInterest),
            Volatility = rows.Of(isCalculated, _values.Volatility),
            Source = rows.Sources(isCalculated),
            Delta = rows.Of(isCalculated, _values.Delta),
            Gamma = rows.Of(isCalculated, _values.Gamma),
            Theta = rows.Of(isCalculated, _values.Theta, ChainColumns.Days),
            Vega = rows.Of(isCalculated, _values.Vega, ChainColumns.Points),
            Model = _rowModel with
            {
                ImpliedForwards = isCalculated ? _values.ImpliedForwards([number]) : [],
                OpenInterestDate = _book.OpenInterestDate,
                Contracts = count,
                Used = changed.Length,
                LeftOut = ChainModels.LeftOut(("unchanged", count - changed.Length)),
                Volatilities = isCalculated ? rows.BySource() : [],
            },
            Incomplete = _slices.IsIncomplete(start + Minute),
        };
    }

    static long StartOf(long time) => Slices.FloorDivide(time, Minute) * Minute;
}
