using System.Runtime.InteropServices;
using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// One root's day as columns, in the order of play: minute by minute, within a minute by expiration, strike and right.
/// </summary>
/// <remarks>
/// The aggressor of a print follows Lee and Ready, "Inferring Trade Direction from Intraday Data", Journal of Finance 46 (1991): against the
/// middle of the two-sided quote in force before the print's minute, else up or down from the contract's print before, else unknown.
/// Spot is the underlying's close as known by then. Before its first bar a quote has none and a print takes that bar's open. Where the day
/// has no underlying file, spot is the forward of the nearest expiration by put-call parity at the strike where call and put are closest.
/// </remarks>
sealed class LeanDay
{
    const int Minute = 60_000;
    const int Minutes = 24 * 60;

    static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>LEAN keeps index files in the time of the index's exchange, Cboe in Chicago.</summary>
    static readonly TimeZoneInfo Chicago = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    readonly List<OptionContract> _contracts = [];
    readonly Dictionary<OptionContract, int> _indices = [];
    readonly string _symbol;
    readonly DateTimeOffset _midnight;
    readonly DateOnly _openInterestDate;
    readonly UnderlyingBar?[] _bars = new UnderlyingBar?[Minutes + 2];
    readonly double[] _spots = new double[Minutes + 2];
    Rows<QuoteRow> _quotes = Rows<QuoteRow>.None;
    Rows<TradeRow> _trades = Rows<TradeRow>.None;
    Rows<InterestRow> _interest = Rows<InterestRow>.None;
    double _firstOpen;

    LeanDay(LeanFiles files, ISessionCalendar sessions)
    {
        _symbol = files.Symbol;
        _midnight = Midnight(files.Date, NewYork);
        _openInterestDate = DayBefore(files.Date, sessions);
    }

    /// <summary>The first minute that makes anything known; a minute is counted by its end, from midnight in New York.</summary>
    public int FirstMinute { get; private set; }

    /// <summary>The last minute that makes anything known.</summary>
    public int LastMinute { get; private set; } = -1;

    /// <summary>Reads a day whole.</summary>
    public static LeanDay Read(LeanFiles files, ISessionCalendar sessions, Refusals refusals, CancellationToken cancel)
    {
        var day = new LeanDay(files, sessions);
        if (files.Underlying is not null) day.ReadBars(new LeanRows(files.Underlying, refusals, cancel), files);
        if (files.Quotes is not null) day.ReadQuotes(new LeanRows(files.Quotes, refusals, cancel));
        if (files.Trades is not null) day.ReadTrades(new LeanRows(files.Trades, refusals, cancel));
        if (files.OpenInterest is not null) day.ReadOpenInterest(new LeanRows(files.OpenInterest, refusals, cancel));
        day.Infer(hasBars: files.Underlying is not null);
        day.RefuseWithoutSpot(files, refusals);

        while (day.FirstMinute <= Minutes && !day.HasAnything(day.FirstMinute)) day.FirstMinute++;
        day.LastMinute = Minutes + 1;
        while (day.LastMinute >= day.FirstMinute && !day.HasAnything(day.LastMinute)) day.LastMinute--;
        return day;
    }

    /// <summary>The instant a minute ends, UTC.</summary>
    public DateTimeOffset EndOf(int minute) => _midnight.AddMinutes(minute);

    /// <summary>True when the minute's end makes anything known.</summary>
    public bool HasAnything(int minute) =>
        _bars[minute] is not null || !_quotes.Of(minute).IsEmpty || !_trades.Of(minute).IsEmpty || !_interest.Of(minute).IsEmpty;

    /// <summary>Everything that a minute's end makes known.</summary>
    public void Fill(int minute, RootFacts facts)
    {
        var end = EndOf(minute);
        long micros = end.ToUnixTimeMilliseconds() * 1000;
        double spot = _spots[minute];

        var quotes = _quotes.Of(minute);
        facts.Quotes.EnsureCapacity(quotes.Length);
        foreach (ref readonly var row in quotes)
            facts.Quotes.Add(new OptionQuote(_contracts[row.Contract], micros, row.Bid / 10_000.0, row.Ask / 10_000.0, row.BidSize, row.AskSize, spot));

        double tradeSpot = SpotOfPrints(minute);
        foreach (ref readonly var row in _trades.Of(minute))
            if (tradeSpot > 0) facts.Trades.Add(new OptionTrade(_contracts[row.Contract], end, row.Price / 10_000.0, row.Size, tradeSpot, row.Aggressor));

        foreach (ref readonly var row in _interest.Of(minute)) facts.Chain.Add(new ChainRow(_contracts[row.Contract], row.OpenInterest));
        if (facts.Chain.Count > 0) facts.OpenInterestDate = _openInterestDate;

        if (_bars[minute] is { } bar) facts.Bars.Add(bar);
    }

    double SpotOfPrints(int minute) => _spots[minute] > 0 ? _spots[minute] : _firstOpen;

    void ReadBars(LeanRows rows, LeanFiles files)
    {
        int scale = files.IsIndex ? 10_000 : 1;
        var midnight = Midnight(files.Date, files.IsIndex ? Chicago : NewYork);
        rows.ReadUnderlying((_, milliseconds, ref fields) =>
        {
            long open = fields.Price(scale), high = fields.Price(scale), low = fields.Price(scale), close = fields.Price(scale);
            int volume = fields.Count();
            var start = midnight.AddMilliseconds(milliseconds);
            int minute = (int)((start - _midnight).TotalMilliseconds / Minute) + 1;
            if (fields.Fault is not null) rows.Refuse(fields);
            else if (open <= 0 || high <= 0 || low <= 0 || close <= 0) rows.Refuse("price not positive", fields.ToString());
            else if (minute >= _bars.Length) rows.Refuse("time not within a day", fields.ToString());
            else
                _bars[minute] = new UnderlyingBar(
                    _symbol, start, start.AddMilliseconds(Minute), open / 10_000.0, high / 10_000.0, low / 10_000.0, close / 10_000.0, volume, null, null, true);
        });
    }

    void ReadQuotes(LeanRows rows)
    {
        var read = new RowsReader<QuoteRow>();
        rows.ReadOptions((contract, milliseconds, ref fields) =>
        {
            fields.Skip(3);
            long bid = fields.PriceOrNone(1);
            int bidSize = fields.Count();
            fields.Skip(3);
            long ask = fields.PriceOrNone(1);
            int askSize = fields.Count();
            if (fields.Fault is not null) rows.Refuse(fields);
            else read.Add(EndingMinute(milliseconds), new QuoteRow(IndexOf(contract), bid, ask, bidSize, askSize));
        });
        _quotes = read.Sort();
    }

    void ReadTrades(LeanRows rows)
    {
        var read = new RowsReader<TradeRow>();
        rows.ReadOptions((contract, milliseconds, ref fields) =>
        {
            fields.Skip(3);
            long price = fields.Price(1);
            int size = fields.Count();
            if (fields.Fault is not null) rows.Refuse(fields);
            else if (size == 0) rows.Refuse("size not positive", fields.ToString());
            else read.Add(EndingMinute(milliseconds), new TradeRow(IndexOf(contract), price, size));
        });
        _trades = read.Sort();
    }

    /// <summary>Open interest is a fact of its own instant, not a bar: it is known at its time, rounded up to a whole minute.</summary>
    void ReadOpenInterest(LeanRows rows)
    {
        var read = new RowsReader<InterestRow>();
        rows.ReadOptions((contract, milliseconds, ref fields) =>
        {
            int openInterest = fields.Count();
            if (fields.Fault is not null) rows.Refuse(fields);
            else read.Add((milliseconds + Minute - 1) / Minute, new InterestRow(IndexOf(contract), openInterest));
        });
        _interest = read.Sort();
    }

    static int EndingMinute(int milliseconds) => milliseconds / Minute + 1;

    int IndexOf(OptionContract contract)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indices, contract, out bool known);
        if (known) return index;
        index = _contracts.Count;
        _contracts.Add(contract);
        return index;
    }

    /// <summary>Walks through the day once and settles what depends on what came before: spot and aggressors.</summary>
    void Infer(bool hasBars)
    {
        var inForce = new QuoteRow[_contracts.Count];
        long[] lastPrice = new long[_contracts.Count];
        Array.Fill(lastPrice, -1);
        var pairs = hasBars ? [] : NearestPairs();

        double spot = 0;
        for (int minute = 0; minute < _spots.Length; minute++)
        {
            foreach (ref var print in _trades.Of(minute))
            {
                print.Aggressor = Aggressor(print.Price, inForce[print.Contract], lastPrice[print.Contract]);
                lastPrice[print.Contract] = print.Price;
            }

            foreach (ref readonly var quote in _quotes.Of(minute)) inForce[quote.Contract] = quote;

            if (_bars[minute] is { } bar)
            {
                if (_firstOpen == 0) _firstOpen = bar.Open;
                spot = bar.Close;
            }
            else if (!hasBars) spot = ByParity(pairs, inForce) ?? spot;
            _spots[minute] = spot;
        }
    }

    static int Aggressor(long price, in QuoteRow before, long lastPrice)
    {
        if (before is { Bid: > 0, Ask: > 0 } && 2 * price != before.Bid + before.Ask) return Math.Sign(2 * price - before.Bid - before.Ask);
        return lastPrice < 0 ? 0 : Math.Sign(price - lastPrice);
    }

    /// <summary>Calls and puts of the same strike, of the nearest expiration that has such.</summary>
    List<(int Call, int Put)> NearestPairs()
    {
        var pairs =
            from contract in _contracts
            where contract.Right == OptionRight.Call
            let put = contract with { Right = OptionRight.Put }
            where _indices.ContainsKey(put)
            group (_indices[contract], _indices[put]) by contract.Expiration into expiration
            orderby expiration.Key
            select expiration.ToList();
        return pairs.FirstOrDefault() ?? [];
    }

    double? ByParity(List<(int Call, int Put)> pairs, QuoteRow[] inForce)
    {
        double closest = double.PositiveInfinity;
        double? spot = null;
        foreach (var (call, put) in pairs)
        {
            if (inForce[call] is not { Bid: > 0, Ask: > 0 } c || inForce[put] is not { Bid: > 0, Ask: > 0 } p) continue;
            double difference = (c.Bid + c.Ask - p.Bid - p.Ask) / 20_000.0;
            if (Math.Abs(difference) >= closest) continue;
            closest = Math.Abs(difference);
            spot = Prices.OnGrid(_contracts[call].Strike + difference);
        }

        return spot;
    }

    void RefuseWithoutSpot(LeanFiles files, Refusals refusals)
    {
        for (int minute = 0; minute < _spots.Length; minute++)
        {
            if (SpotOfPrints(minute) > 0) continue;
            foreach (ref readonly var print in _trades.Of(minute))
                refusals.Refuse("spot not known", Path.GetFileName(files.Trades)!, $"{_contracts[print.Contract]} at {EndOf(minute):O}");
        }
    }

    static DateTimeOffset Midnight(DateOnly date, TimeZoneInfo zone)
    {
        // The offset at noon: where clocks change, they change at night, and these files hold days.
        var offset = zone.GetUtcOffset(date.ToDateTime(new TimeOnly(12, 0)));
        return new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), offset).ToUniversalTime();
    }

    /// <summary>The last weekday before that the calendar calls a session of its own.</summary>
    static DateOnly DayBefore(DateOnly date, ISessionCalendar sessions)
    {
        var day = date.AddDays(-1);
        while (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || sessions.SessionOf(Midnight(day, NewYork).AddHours(12)) != day) day = day.AddDays(-1);
        return day;
    }

    readonly record struct QuoteRow(int Contract, long Bid, long Ask, int BidSize, int AskSize);

    record struct TradeRow(int Contract, long Price, int Size, int Aggressor = 0);

    readonly record struct InterestRow(int Contract, int OpenInterest);

    /// <summary>Rows grouped by the minute that makes them known.</summary>
    sealed class Rows<T>(T[] rows, int[] starts)
    {
        public static readonly Rows<T> None = new([], new int[Minutes + 3]);

        public Span<T> Of(int minute) => rows.AsSpan(starts[minute]..starts[minute + 1]);
    }

    sealed class RowsReader<T>
    {
        readonly List<(int Minute, T Row)> _rows = [];

        public void Add(int minute, T row) => _rows.Add((minute, row));

        /// <summary>A counting sort: rows of a minute keep the order in which they were read.</summary>
        public Rows<T> Sort()
        {
            int[] starts = new int[Minutes + 3];
            foreach (var (minute, _) in _rows) starts[minute + 1]++;
            for (int i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];

            var sorted = new T[_rows.Count];
            int[] next = [.. starts];
            foreach (var (minute, row) in _rows) sorted[next[minute]++] = row;
            return new Rows<T>(sorted, starts);
        }
    }
}
