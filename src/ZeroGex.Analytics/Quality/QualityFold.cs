using System.Collections.Immutable;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Quality;

/// <summary>Folds everything of one root and session into what its data is worth, minute by minute: from the minute of the first row to an hour after the last, within trading hours to their end.</summary>
/// <remarks>
/// A row counts in the minute in which it is applied: its own, or for a late one that of the oldest slice open. Lost messages count in the minute that was open when they
/// should have come. Not thread-safe.
/// </remarks>
public sealed class QualityFold : IFold, ISliced
{
    const long Minute = 60_000_000;
    const long Patience = 60 * Minute; // After that silence outside trading hours has been told of often enough: a paused feed may jump over days.

    readonly string _root;
    readonly DateOnly _session;
    readonly QualitySettings _settings;
    readonly Slices _slices;
    readonly ChainBook _book;
    readonly ChainValues _values;
    readonly TradingHours _hours;
    readonly InputTally[] _inputs;
    readonly QuoteTally _quotes = new();
    readonly QualityModel _model;
    readonly long _staleAfter;
    long _now = long.MinValue;
    long _lastNews = long.MinValue;
    long _due = long.MaxValue; // End of the minute in the making.

    public QualityFold(string root, DateOnly session, ChainSettings chain, QualitySettings settings)
    {
        (_root, _session, _settings) = (root, session, settings);
        _slices = new Slices(root, session, Inputs, chain.Slices);
        _book = new ChainBook(root, session, chain.TrustsFeedVolatility);
        _values = new ChainValues(chain);
        _hours = TradingHours.Of(session);
        _inputs = [.. Inputs.Select(kind => new InputTally(kind, new Gaps(root, session)))];
        _staleAfter = settings.StaleAfter.Ticks / TimeSpan.TicksPerMicrosecond;
        ChainModel model = ChainModels.Of(chain, "");
        _model = new(
            settings.StaleAfter.TotalSeconds, model.SliceSeconds, model.GraceSeconds, Engine.Version,
            model.Rate, model.DividendYield, model.ForwardSource, model.VolatilitySource, model.LowestVolatility, model.HighestVolatility, model.DefaultVolatility, QualityLimits.Say(settings));
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
        string kind = Contract.Of(fact.GetType()).Kind!;
        Notice();
        TallyOf(kind).Take(time);
        if (fact is QuotesObserved quotes) _quotes.Take(quotes, row);
        _book.Take(fact, row, time);
    }

    void ISliced.Miss(string kind, Missed missed)
    {
        Notice();
        TallyOf(kind).Miss(missed);
    }

    void ISliced.Pass(long end, List<IMarketResult> answers)
    {
        _now = end;
        for (; _due <= end; _due = After(_due)) answers.Add(Close(_due));
    }

    // The end of the minute after one; of a silent night that of the first after the bell.
    long After(long due)
    {
        long next = due + Minute;
        if (next <= _lastNews + Patience || _hours.Close == DateTimeOffset.MaxValue) return next <= _lastNews + Patience ? next : long.MaxValue;
        next = Math.Max(next, Slices.Micros(_hours.Open) + Minute);
        return next <= Slices.Micros(_hours.Close) ? next : long.MaxValue;
    }

    // Something of the slice that begins now.
    void Notice()
    {
        _lastNews = _now;
        _due = Math.Min(_due, (Slices.FloorDivide(_now, Minute) + 1) * Minute);
    }

    InputTally TallyOf(string kind)
    {
        foreach (InputTally input in _inputs)
            if (input.Kind == kind) return input;
        throw new ArgumentException($"{kind} are no input of this fold.", nameof(kind));
    }

    QualityCalculated Close(long now)
    {
        _book.Forget(now);
        _values.Arrange(_book);
        ImmutableArray<ContractCount> volatilities = [];
        double? staleGreeks = null;
        if (_book.Spot > 0 && _values.Count > 0)
        {
            _values.Evaluate(_book, now);
            volatilities = new ChainColumns(_values, _book, [.. Enumerable.Range(0, _values.Count)]).BySource();
            staleGreeks = ContractCensus.StaleGreeks(_book, _values);
        }

        DateTimeOffset end = Slices.TimeOf(now);
        bool isOpen = end > _hours.Open && end <= _hours.Close;
        ImmutableArray<InputQuality> inputs = [.. _inputs.Select(input => input.Close(now))];
        QuoteQuality quotes = _quotes.Close();
        ContractQuality contracts = ContractCensus.Of(_book, _values, now, _staleAfter);
        ImmutableArray<QualityFinding> findings = [.. Judge(inputs, isOpen ? (end - _hours.Open).TotalSeconds : 0), .. Judge(quotes), .. Judge(contracts, volatilities, staleGreeks, isOpen)];
        return new QualityCalculated
        {
            Root = _root,
            Session = _session,
            Start = end.AddMinutes(-1),
            End = end,
            State = findings.Select(finding => finding.State).DefaultIfEmpty().Max(),
            IsOpen = isOpen,
            Inputs = inputs,
            Quotes = quotes,
            Contracts = contracts,
            Volatilities = volatilities,
            Findings = findings,
            Model = _model,
            Incomplete = _slices.IsIncomplete(now),
        };
    }

    IEnumerable<QualityFinding> Judge(ImmutableArray<InputQuality> inputs, double openSeconds) =>
        inputs.Select(input => Find(QualityIssue.Gap, input.Kind, input.Lost, _settings.Gap))
            .Concat(inputs.Select(input => Find(QualityIssue.Missed, input.Kind, input.MissedSeconds, _settings.Missed)))
            .Concat(inputs.Where(input => input.Rows > 0).Select(input => Find(QualityIssue.Late, input.Kind, (double)input.Late / input.Rows, _settings.Late)))
            .Concat(inputs.Where(input => input.SilentSeconds is not null)
                .Select(input => Find(QualityIssue.Stale, input.Kind, Math.Min(input.SilentSeconds!.Value, openSeconds), _settings.Silence(input.Kind))));

    IEnumerable<QualityFinding> Judge(QuoteQuality quotes)
    {
        if (quotes.Rows == 0) yield break;
        yield return Find(QualityIssue.Crossed, null, (double)quotes.Crossed / quotes.Rows, _settings.Crossed);
        yield return Find(QualityIssue.Locked, null, (double)quotes.Locked / quotes.Rows, _settings.Locked);
        yield return Find(QualityIssue.OneSided, null, (double)quotes.OneSided / quotes.Rows, _settings.OneSided);
        yield return Find(QualityIssue.NoSize, null, (double)quotes.WithoutSize / quotes.Rows, _settings.NoSize);
    }

    IEnumerable<QualityFinding> Judge(ContractQuality contracts, ImmutableArray<ContractCount> volatilities, double? staleGreeks, bool isOpen)
    {
        if (contracts.Known == 0) yield break;
        double known = contracts.Known;
        if (isOpen) yield return Find(QualityIssue.StaleQuotes, null, contracts.Stale / known, _settings.StaleQuotes);
        if (isOpen && staleGreeks is { } share) yield return Find(QualityIssue.StaleGreeks, null, share, _settings.StaleGreeks);
        yield return Find(QualityIssue.NoOpenInterest, null, contracts.WithoutOpenInterest / known, _settings.NoOpenInterest);
        yield return Find(QualityIssue.NotQuoted, null, (contracts.Known - contracts.Quoted) / known, _settings.NotQuoted);
        if (volatilities.IsEmpty) yield break;
        int unsolved = volatilities.Where(source => source.What == VolatilitySource.Default.ToWord()).Sum(source => source.Contracts);
        yield return Find(QualityIssue.Unsolved, null, unsolved / known, _settings.Unsolved);
    }

    static QualityFinding Find(QualityIssue issue, string? input, double value, QualityLimit limit) => new(issue, input, limit.Judge(value), value, limit.Warning, limit.Bad);
}
