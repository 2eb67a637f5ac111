using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Flow;

/// <summary>
/// Folds one root's prints of one session into flow, a minute and a shorter window at a time, with the quotes that tell who wanted them and the vendor's bars of the underlying.
/// A window is answered when time has passed its end.
/// </summary>
/// <remarks>
/// A print that comes when its slice is closed joins its minute while that is open, and nothing else. At one time prints come before quotes: a quote of the same microsecond may
/// already be the answer to the print. Not thread-safe.
/// </remarks>
public sealed class FlowFold : IFold, ISliced
{
    const long Minute = 60_000_000;
    const string Convention = "premium = price·size·100; net = calls − puts; directional = calls bought + puts sold − calls sold − puts bought";

    readonly string _root;
    readonly DateOnly _session;
    readonly Slices _slices;
    readonly FlowBook _book;
    readonly BuyingPressure _pressure = new();
    readonly FlowSums _window, _minute = new(Minute);
    readonly TempoWindow _tempo;
    readonly FlowModel _model;
    long _now = long.MinValue;

    /// <exception cref="ArgumentException">Windows are no whole slices, a minute is not two or more windows, or the tempo is not a window or more.</exception>
    public FlowFold(string root, DateOnly session, FlowSettings settings)
    {
        long slice = settings.Slices.Length.Ticks, window = settings.Window.Ticks;
        if (window <= 0 || window % slice != 0 || TimeSpan.TicksPerMinute % window != 0 || window == TimeSpan.TicksPerMinute)
            throw new ArgumentException($"Windows of {settings.Window} are no whole slices, or a minute is not two or more of them.", nameof(settings));
        if (settings.Tempo < settings.Window || settings.Tempo.Ticks % window != 0) throw new ArgumentException($"A tempo of {settings.Tempo} is not one or more whole windows.", nameof(settings));

        (_root, _session) = (root, session);
        _slices = new Slices(root, session, Inputs, settings.Slices);
        _book = new FlowBook(root, settings);
        _window = new FlowSums(window / TimeSpan.TicksPerMicrosecond);
        _tempo = new TempoWindow(settings.Tempo.Ticks / TimeSpan.TicksPerMicrosecond);
        _model = new FlowModel
        {
            Convention = Convention,
            AggressorRules = AggressorRules.UpTo(settings.LastRule),
            Rate = settings.Rate,
            DividendYield = settings.DividendYield,
            ForwardSource = "dividend yield",
            DayCount = "calendar seconds to settlement / 365 d, at least 1 min",
            VolatilitySource = ChainModels.Asked(settings.TrustsFeedVolatility),
            LowestVolatility = settings.Volatility.Lowest,
            HighestVolatility = settings.Volatility.Highest,
            DefaultVolatility = settings.Volatility.Default,
            SliceSeconds = settings.Slices.Length.TotalSeconds,
            GraceSeconds = settings.Slices.Grace.TotalSeconds,
            WindowSeconds = settings.Window.TotalSeconds,
            TempoSeconds = settings.Tempo.TotalSeconds,
            EngineVersion = Engine.Version,
        };
    }

    /// <summary>The kinds of streams it reads.</summary>
    public static IReadOnlyList<string> Inputs { get; } = ["trades", "quotes", "bars"];

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
            case TradesObserved trades:
                OptionTrade trade = trades.Trades[row];
                Aggression told = _book.Take(trade, time);
                _window.Add(trade, told, time, _now);
                _minute.Add(trade, told, time, _now);
                break;
            case QuotesObserved quotes:
                _book.Take(quotes, row, time);
                break;
            case BarsObserved bars:
                _pressure.Take(bars.Bars[row]);
                break;
        }
    }

    void ISliced.Pass(long end, List<IMarketResult> answers)
    {
        _now = end;
        if (_window.IsDue(end))
        {
            _tempo.Add(_window.End, _window.Total());
            answers.Add(Close(_window));
        }

        if (_minute.IsDue(end)) answers.Add(Close(_minute));
    }

    FlowCalculated Close(FlowSums sums)
    {
        FlowPair total = sums.Total();
        (FlowSide calls, FlowSide puts) = (total.Calls.Read(), total.Puts.Read());
        var answer = new FlowCalculated
        {
            Root = _root,
            Session = _session,
            Start = Slices.TimeOf(sums.Start),
            End = Slices.TimeOf(sums.End),
            Spot = _book.Spot,
            Calls = calls,
            Puts = puts,
            NetContracts = calls.Contracts - puts.Contracts,
            NetPremium = calls.Premium - puts.Premium,
            DirectionalPremium = calls.PremiumBought - calls.PremiumSold - puts.PremiumBought + puts.PremiumSold,
            PutCallContracts = calls.Contracts == 0 ? null : (double)puts.Contracts / calls.Contracts,
            PutCallPremium = calls.Premium == 0 ? null : puts.Premium / calls.Premium,
            Strikes = [.. sums.By(contract => contract.Strike).Select(pair => new StrikeFlow(pair.Key, pair.Value.Calls.Read(), pair.Value.Puts.Read()))],
            Expirations = [.. sums.By(contract => contract.Expiration).Select(pair => new DatedFlow(pair.Key, pair.Value.Calls.Read(), pair.Value.Puts.Read()))],
            Tempo = _tempo.Read(sums.End),
            SmartMoney = [.. sums.Contracts().Select(traded => StandsOut(traded.Contract, traded.Flow, sums.End)).OfType<SmartMoneyFlow>()],
            Pressure = _pressure.Read(),
            Model = _model with { Aggressors = sums.Told() },
            Incomplete = _slices.IsIncomplete(Math.Min(sums.Start, sums.End - _tempo.Length), sums.End),
        };
        sums.Clear();
        return answer;
    }

    SmartMoneyFlow? StandsOut(OptionContract contract, FlowSide flow, long now)
    {
        (double? volatility, double? delta) = _book.ValueOf(contract, now);
        if (!SmartMoney.StandsOut(flow.Contracts, flow.Premium, volatility, delta)) return null;
        int days = contract.Expiration.DayNumber - _session.DayNumber;
        return new(contract, flow.Contracts, flow.Bought, flow.Sold, flow.Premium, volatility, delta, days, SmartMoney.Score(flow.Contracts, flow.Premium, volatility, delta, days));
    }
}
