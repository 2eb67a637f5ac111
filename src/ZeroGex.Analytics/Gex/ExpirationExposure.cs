using System.Globalization;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>The exposure traded in one expiration since the session began: the arithmetic, window by window in the order in which they close.</summary>
/// <remarks>
/// Canonical figures price each print by itself: γ at the volatility of its own price and the time from its own instant to settlement, dollars per
/// 1 % move. The legacy figure pools prints of equal strike, right and spot and counts time from the window's start in a year of 262 days, dollars per $1 move.
/// </remarks>
sealed class ExpirationExposure
{
    const double ContractSize = 100;
    const double TicksPerYear = 365.0 * TimeSpan.TicksPerDay;
    const double TicksPerLegacyYear = 262.0 * TimeSpan.TicksPerDay;

    static readonly string EngineVersion = Streams.Engine.Version;

    static readonly TimeOnly LegacyClose = new(16, 0); // The predecessor knew no half days.

    readonly string _root;
    readonly DateOnly _session;
    readonly DateOnly _expiration;
    readonly GexSettings _settings;
    readonly DateTimeOffset _settlement;
    readonly DateTimeOffset _legacyExpiry;
    readonly StrikeLadder _naiveDay = new();
    readonly StrikeLadder _dealerDay = new();
    readonly GexModel _model;
    long _volume;
    long _knownVolume;

    public ExpirationExposure(string root, DateOnly session, DateOnly expiration, GexSettings settings)
    {
        _root = root;
        _session = session;
        _expiration = expiration;
        _settings = settings;
        _settlement = Settlement.Of(root, expiration);
        _legacyExpiry = NewYork.At(expiration, LegacyClose);
        _model = new GexModel(
            Convention: "canonical: γ·size·100·S²·0.01 per 1 %, naive calls + puts −, dealer −aggressor; " +
                string.Create(CultureInfo.InvariantCulture, $"legacy: γ·size·100·S per $1, calls + puts −, rate {settings.InferredRate}, dividend yield 0"),
            Rate: settings.Rate,
            DividendYield: settings.DividendYield,
            DayCount: "canonical: calendar seconds from print to settlement / 365 d, at least 1 min; legacy: from window start to 16:00 New York / 262 d",
            VolatilitySource: "canonical: print price; legacy: mean print price by strike, right and spot",
            EngineVersion: EngineVersion,
            PricedVolumeShare: 0,
            LeftOut: [],
            LegacyRate: settings.InferredRate,
            IntervalSeconds: settings.Interval.TotalSeconds,
            GraceSeconds: settings.Grace.TotalSeconds,
            LowestVolatility: settings.Volatility.Lowest,
            HighestVolatility: settings.Volatility.Highest);
    }

    /// <summary>Adds a window's prints, in order of arrival, to the day, and answers with both.</summary>
    public GexCalculated Close(DateTimeOffset start, DateTimeOffset end, List<OptionTrade> trades)
    {
        var leftOut = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var dealerWindow = new StrikeLadder();
        long volume = 0;
        long knownVolume = 0;
        long pricedVolume = 0;

        foreach (OptionTrade trade in trades)
        {
            double dollars = 0;
            if (CanonicalGamma(trade, out string reason) is { } gamma)
            {
                dollars = gamma * trade.Size * ContractSize * trade.Spot * trade.Spot * 0.01;
                pricedVolume += trade.Size;
            }
            else
            {
                LeaveOut(leftOut, reason, trade.Size);
            }

            double strike = trade.Contract.Strike;
            double dealer = trade.Aggressor == 0 ? 0 : -trade.Aggressor * dollars;
            _naiveDay.Add(strike, Signed(trade.Contract.Right, dollars), trade.Size);
            _dealerDay.Add(strike, dealer, trade.Size);
            dealerWindow.Add(strike, dealer, trade.Size);
            volume += trade.Size;
            if (trade.Aggressor != 0) knownVolume += trade.Size;
        }

        _volume += volume;
        _knownVolume += knownVolume;
        GexLadder? naiveWindow = LegacyWindow(start, trades, leftOut);
        return new GexCalculated
        {
            Root = _root,
            Expiration = _expiration,
            Session = _session,
            Start = start,
            End = end,
            Spot = trades[0].Spot,
            TradeCount = trades.Count,
            Volume = volume,
            NaiveWindow = naiveWindow,
            NaiveDay = _naiveDay.ToCanonical(),
            DealerSignedWindow = dealerWindow.ToCanonical(),
            DealerSignedDay = _dealerDay.ToCanonical(),
            AggressorShareWindow = (double)knownVolume / volume,
            AggressorShareDay = (double)_knownVolume / _volume,
            Model = _model with
            {
                PricedVolumeShare = (double)pricedVolume / volume,
                LeftOut = [.. leftOut.Select(entry => new LeftOutVolume(entry.Key, entry.Value))],
            },
            Trades = [.. trades],
        };
    }

    double? CanonicalGamma(OptionTrade trade, out string reason)
    {
        long ticksLeft = _settlement.UtcTicks - trade.Time.UtcTicks;
        if (ticksLeft <= 0)
        {
            reason = "expired";
            return null;
        }

        double years = Math.Max(ticksLeft, TimeSpan.TicksPerMinute) / TicksPerYear;
        return Gamma(trade.Contract, trade.Price, trade.Spot, years, _settings.Rate, _settings.DividendYield, _settings.Volatility, out reason);
    }

    /// <summary>The legacy measure of a window on its own; null when its clock has run out.</summary>
    GexLadder? LegacyWindow(DateTimeOffset start, List<OptionTrade> trades, SortedDictionary<string, long> leftOut)
    {
        double years = (_legacyExpiry.UtcTicks - start.UtcTicks) / TicksPerLegacyYear;
        if (years <= 0) return null;

        var ladder = new StrikeLadder();
        var groups = trades
            .GroupBy(trade => (trade.Contract.Strike, trade.Contract.Right, trade.Spot))
            .OrderBy(group => group.Key.Strike).ThenBy(group => group.Key.Right).ThenBy(group => group.Key.Spot);
        foreach (var group in groups)
        {
            (double strike, OptionRight right, double spot) = group.Key;
            long size = 0;
            double prices = 0;
            int count = 0;
            foreach (OptionTrade trade in group)
            {
                size += trade.Size;
                prices += trade.Price;
                count++;
            }

            double dollars = 0;
            var contract = new OptionContract(_expiration, strike, right);
            if (Gamma(contract, prices / count, spot, years, _settings.InferredRate, 0, null, out string reason) is { } gamma)
                dollars = gamma * size * spot * ContractSize;
            else
                LeaveOut(leftOut, $"legacy: {reason}", size);

            ladder.Add(strike, Signed(right, dollars), size);
        }

        return ladder.ToLegacy(trades[0].Spot);
    }

    static double? Gamma(OptionContract contract, double price, double spot, double years, double rate, double dividendYield, VolatilitySettings? bounds, out string reason)
    {
        bool isCall = contract.Right == OptionRight.Call;
        var volatility = BatchVolatility.Solve(new PricedOption(isCall, price, spot, contract.Strike, years, rate, dividendYield));
        VolatilityReason none = volatility.IsOk ? bounds?.Check(volatility.Volatility) ?? VolatilityReason.None : volatility.Status.ToReason();
        reason = none.ToWords();
        return none == VolatilityReason.None
            ? BlackScholes.Gamma(new OptionInputs(isCall, spot, contract.Strike, years, volatility.Volatility, rate, dividendYield))
            : null;
    }

    // Zero stays +0, so that equal answers are equal texts.
    static double Signed(OptionRight right, double dollars) => right == OptionRight.Call || dollars == 0 ? dollars : -dollars;

    static void LeaveOut(SortedDictionary<string, long> leftOut, string reason, long volume) =>
        leftOut[reason] = leftOut.GetValueOrDefault(reason) + volume;
}
