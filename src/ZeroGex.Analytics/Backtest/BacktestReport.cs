using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>What came of a backtest. Dollars are exact decimals. Equity − capital = realised + unrealised − fees.</summary>
public sealed record BacktestReport
{
    /// <summary>The option root.</summary>
    public required string Root { get; init; }

    /// <summary>The strategy's type.</summary>
    public required string Strategy { get; init; }

    /// <summary>Which ladder it was shown, and what trading cost.</summary>
    public required BacktestSettings Settings { get; init; }

    /// <summary>The clock of the first fact, UTC; null when there was none.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The clock of the last fact, UTC.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Sessions with facts.</summary>
    public required int Sessions { get; init; }

    /// <summary>Results that were shown, windows and chains.</summary>
    public required int Results { get; init; }

    /// <summary>Those of them that are chains.</summary>
    public required int ChainResults { get; init; }

    /// <summary>Windows without the ladder that was asked for; they were not shown.</summary>
    public required int WithoutLadder { get; init; }

    /// <summary>Results that lack messages which are lost for good.</summary>
    public required int Incomplete { get; init; }

    /// <summary>The models that made the windows, priced volume aside; more than one when settings changed between stored results.</summary>
    public required ImmutableArray<GexModel> Models { get; init; }

    /// <summary>Share (0–1) of the windows' volume for which a volatility exists.</summary>
    public required double PricedVolumeShare { get; init; }

    /// <summary>The models that made the chains, without what differs from one to the next: counts of contracts, the date of the open interest, how often.</summary>
    public required ImmutableArray<ChainModel> ChainModels { get; init; }

    /// <summary>Share (0–1) of the contracts that are in the chains' sums by open interest: 0 where the feed knows none.</summary>
    public required double UsedContractShare { get; init; }

    /// <summary>Every fill, in order.</summary>
    public required ImmutableArray<Fill> Fills { get; init; }

    /// <summary>Orders still waiting at the end.</summary>
    public required ImmutableArray<Order> Unfilled { get; init; }

    /// <summary>Orders on options that settled before they were quoted.</summary>
    public required ImmutableArray<Order> Lapsed { get; init; }

    /// <summary>What is still held, at the last known prices.</summary>
    public required ImmutableArray<OpenPosition> Positions { get; init; }

    /// <summary>Dollars won on what was closed, fees aside.</summary>
    public required decimal Realised { get; init; }

    /// <summary>Dollars won on what is still held.</summary>
    public required decimal Unrealised { get; init; }

    /// <summary>Dollars.</summary>
    public required decimal Fees { get; init; }

    /// <summary>Dollars at the end: cash, and positions at the last known prices.</summary>
    public required decimal Equity { get; init; }

    /// <summary>The deepest fall of the equity below its peak, dollars, looked at after every message.</summary>
    public required decimal MaxDrawdown { get; init; }

    /// <summary>That fall as a share of the peak it fell from.</summary>
    public required decimal MaxDrawdownShare { get; init; }

    /// <summary>Ways from flat to flat, or through it, in one instrument.</summary>
    public required int RoundTrips { get; init; }

    /// <summary>Those that won more than their fees.</summary>
    public required int Winners { get; init; }

    /// <summary>Share (0–1) of round trips that won; null when there was none.</summary>
    public double? HitRate => RoundTrips > 0 ? (double)Winners / RoundTrips : null;

    /// <summary>Share (0–1) of the recorded time with a position.</summary>
    public required double TimeInMarket { get; init; }

    /// <summary>Mean over the recorded time of the shares held, without their sign.</summary>
    public required decimal AverageShares { get; init; }

    /// <summary>Mean over the recorded time of the positions' values without their signs, dollars.</summary>
    public required decimal AverageGross { get; init; }

    /// <summary>Of the sessions' gains, for a year of 252 sessions; null for fewer than 20 sessions.</summary>
    public double? Sharpe { get; init; }

    /// <summary>SHA-256 of <see cref="FillsCsv"/> in UTF-8: two runs with equal hashes traded alike.</summary>
    public string FillsHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FillsCsv())));

    /// <summary>The fills as CSV with a header, one a line.</summary>
    public string FillsCsv()
    {
        StringBuilder text = new("time,placed,instrument,side,quantity,price,fee,realised,why\n");
        foreach (Fill fill in Fills)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Instant(fill.Time)},{Instant(fill.Order.Placed)},{fill.Order.Instrument.Name(Root)},")
                .Append(CultureInfo.InvariantCulture, $"{(fill.Order.Quantity > 0 ? "buy" : "sell")},{Math.Abs(fill.Order.Quantity)},{fill.Price:0.####},{fill.Fee:0.######},{fill.Realised:0.####},")
                .Append(Quoted(fill.Order.Why)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>An instant as all machine formats here write it, to the microsecond.</summary>
    public static string Instant(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    internal static BacktestReport Of(
        string root, IStrategy strategy, BacktestSettings settings, DateTimeOffset? first, DateTimeOffset last, ResultTally results, Book book, Prices prices, Curve curve)
    {
        var trips = book.Holdings.Values.SelectMany(holding => holding.Trips).ToList();
        ImmutableArray<OpenPosition> positions =
        [
            .. book.Holdings.Where(entry => entry.Value.Quantity != 0).Select(entry =>
            {
                decimal mark = Valuation.MarkOf(entry.Key, entry.Value, prices);
                return new OpenPosition(entry.Key, entry.Value.Quantity, entry.Value.AveragePrice, mark, entry.Value.Unrealised(mark));
            }),
        ];
        return new BacktestReport
        {
            Root = root,
            Strategy = strategy.GetType().FullName!,
            Settings = settings,
            From = first,
            To = first is null ? null : last,
            Sessions = curve.Sessions,
            Results = results.Shown,
            ChainResults = results.Chains,
            WithoutLadder = results.WithoutLadder,
            Incomplete = results.Incomplete,
            Models = [.. results.Models],
            PricedVolumeShare = results.PricedVolumeShare,
            ChainModels = [.. results.ChainModels],
            UsedContractShare = results.UsedContractShare,
            Fills = [.. book.Fills],
            Unfilled = [.. book.Pending],
            Lapsed = [.. book.Lapsed],
            Positions = positions,
            Realised = book.Holdings.Values.Sum(holding => holding.Realised),
            Unrealised = positions.Sum(position => position.Unrealised),
            Fees = book.Fees,
            Equity = Valuation.Equity(book, prices),
            MaxDrawdown = curve.Drawdown,
            MaxDrawdownShare = curve.DrawdownShare,
            RoundTrips = trips.Count,
            Winners = trips.Count(trip => trip > 0),
            TimeInMarket = curve.TimeInMarket,
            AverageShares = curve.AverageShares,
            AverageGross = curve.AverageGross,
            Sharpe = curve.Sharpe(),
        };
    }

    static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>What is held at the end.</summary>
/// <param name="Instrument">What.</param>
/// <param name="Quantity">Shares or contracts; negative is short.</param>
/// <param name="AveragePrice">Mean price of the open lots, dollars a share.</param>
/// <param name="Mark">The last known price, dollars a share; of an option the middle of its market.</param>
/// <param name="Unrealised">Dollars that closing at the mark would win.</param>
public sealed record OpenPosition(Instrument Instrument, long Quantity, decimal AveragePrice, decimal Mark, decimal Unrealised);

/// <summary>Which results there were, and what made them.</summary>
sealed class ResultTally
{
    double _volume, _priced;
    long _contracts, _used;

    public int Shown { get; private set; }

    public int Chains { get; private set; }

    public int WithoutLadder { get; private set; }

    public int Incomplete { get; private set; }

    public List<GexModel> Models { get; } = [];

    public double PricedVolumeShare => _volume > 0 ? _priced / _volume : 0;

    public List<ChainModel> ChainModels { get; } = [];

    public double UsedContractShare => _contracts > 0 ? (double)_used / _contracts : 0;

    public void Add(GexCalculated window, bool isShown)
    {
        if (isShown) Shown++;
        else WithoutLadder++;
        if (window.Incomplete) Incomplete++;
        _volume += window.Volume;
        _priced += window.Volume * window.Model.PricedVolumeShare;
        GexModel model = window.Model with { PricedVolumeShare = 1, LeftOut = [] };
        if (!Models.Contains(model)) Models.Add(model);
    }

    public void Add(ChainGexCalculated chain)
    {
        Shown++;
        Chains++;
        if (chain.Incomplete) Incomplete++;
        if (chain.Weight == ChainWeight.OpenInterest) // What was traded is known of every contract.
        {
            _contracts += chain.Model.Contracts;
            _used += chain.Model.Used;
        }

        ChainModel model = chain.Model with { OpenInterestDate = null, EverySeconds = null, Contracts = 0, Used = 0, LeftOut = [], Volatilities = [] };
        if (!ChainModels.Contains(model)) ChainModels.Add(model);
    }
}
