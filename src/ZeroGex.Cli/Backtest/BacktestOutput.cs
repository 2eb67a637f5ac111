using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Analytics.Backtest;

namespace ZeroGex.Cli;

/// <summary>A backtest's report for eyes and for pipes.</summary>
static class BacktestOutput
{
    const int ShownTrades = 20;

    public const string EquityHeader = "time,spot,position,cash,equity";

    public static string Line(EquityPoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"{BacktestReport.Instant(point.Time)},{point.Spot:0.####},{point.Position},{point.Cash:0.######},{point.Equity:0.######}");

    public static void Write(BacktestReport report, string format)
    {
        switch (format)
        {
            case "json":
                Console.WriteLine(Json(report));
                break;
            case "csv":
                Console.WriteLine(string.Join(',', Figures(report).Select(figure => figure.Name)));
                Console.WriteLine(string.Join(',', Figures(report).Select(figure => figure.Value)));
                break;
            default:
                WriteTables(report);
                break;
        }
    }

    static IEnumerable<(string Name, string Value)> Figures(BacktestReport x) =>
    [
        ("root", x.Root), ("strategy", x.Strategy), ("measure", NameOf(x.Settings.Measure)), ("from", Time(x.From)), ("to", Time(x.To)), ("sessions", Text(x.Sessions)), ("results", Text(x.Results)), ("chain_results", Text(x.ChainResults)),
        ("incomplete", Text(x.Incomplete)), ("capital", Text(x.Settings.Capital)), ("equity", Text(x.Equity)), ("realised", Text(x.Realised)), ("unrealised", Text(x.Unrealised)), ("fees", Text(x.Fees)),
        ("max_drawdown", Text(x.MaxDrawdown)), ("max_drawdown_share", Text(Math.Round(x.MaxDrawdownShare, 8))), ("fills", Text(x.Fills.Length)), ("round_trips", Text(x.RoundTrips)), ("winners", Text(x.Winners)), ("hit_rate", Text(x.HitRate)),
        ("time_in_market", Text(x.TimeInMarket)), ("average_shares", Text(Math.Round(x.AverageShares, 4))), ("average_gross", Text(Math.Round(x.AverageGross, 4))), ("sharpe", Text(x.Sharpe)),
        ("unfilled", Text(x.Unfilled.Length)), ("open_positions", Text(x.Positions.Length)), ("fills_sha256", x.FillsHash),
    ];

    static string Json(BacktestReport x) => JsonSerializer.Serialize(new
    {
        root = x.Root,
        strategy = x.Strategy,
        measure = NameOf(x.Settings.Measure),
        from = Time(x.From),
        to = Time(x.To),
        sessions = x.Sessions,
        results = x.Results,
        chainResults = x.ChainResults,
        withoutLadder = x.WithoutLadder,
        incomplete = x.Incomplete,
        costs = new { capital = x.Settings.Capital, feePerShare = x.Settings.FeePerShare, feePerContract = x.Settings.FeePerContract, slippage = x.Settings.Slippage, latencyMs = x.Settings.Latency.TotalMilliseconds },
        equity = x.Equity,
        realised = x.Realised,
        unrealised = x.Unrealised,
        fees = x.Fees,
        maxDrawdown = x.MaxDrawdown,
        maxDrawdownShare = Math.Round(x.MaxDrawdownShare, 8),
        roundTrips = x.RoundTrips,
        winners = x.Winners,
        hitRate = x.HitRate,
        timeInMarket = x.TimeInMarket,
        averageShares = Math.Round(x.AverageShares, 4),
        averageGross = Math.Round(x.AverageGross, 4),
        sharpe = x.Sharpe,
        models = x.Models.Select(model => new { convention = model.Convention, rate = model.Rate, dividendYield = model.DividendYield, dayCount = model.DayCount, volatilitySource = model.VolatilitySource, engineVersion = model.EngineVersion }),
        pricedVolumeShare = x.PricedVolumeShare,
        chainModels = x.ChainModels.Select(model => new { convention = model.Convention, rate = model.Rate, dividendYield = model.DividendYield, forwardSource = model.ForwardSource, dayCount = model.DayCount, volatilitySource = model.VolatilitySource, engineVersion = model.EngineVersion }),
        usedContractShare = x.UsedContractShare,
        positions = x.Positions.Select(position => new { instrument = position.Instrument.Name(x.Root), quantity = position.Quantity, averagePrice = Math.Round(position.AveragePrice, 4), mark = position.Mark, unrealised = position.Unrealised }),
        unfilled = x.Unfilled.Select(order => new { instrument = order.Instrument.Name(x.Root), quantity = order.Quantity, placed = Time(order.Placed), why = order.Why }),
        lapsed = x.Lapsed.Select(order => new { instrument = order.Instrument.Name(x.Root), quantity = order.Quantity, placed = Time(order.Placed), why = order.Why }),
        fillsSha256 = x.FillsHash,
        fills = x.Fills.Select(fill => new { time = Time(fill.Time), placed = Time(fill.Order.Placed), instrument = fill.Order.Instrument.Name(x.Root), quantity = fill.Order.Quantity, price = fill.Price, fee = fill.Fee, realised = fill.Realised, why = fill.Order.Why }),
    });

    static void WriteTables(BacktestReport x)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
        var trades = new Table().RoundedBorder().AddColumns(Plain("Time (UTC)"), Plain("What"), Right("Quantity"), Right("Price"), Right("Fee"), Right("Realised"), Plain("Why"));
        foreach (var fill in x.Fills.Take(ShownTrades))
            trades.AddRow(fill.Time.UtcDateTime.ToString("MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture), fill.Order.Instrument.Name(x.Root), fill.Order.Quantity.ToString("+0;-0", CultureInfo.InvariantCulture), Text(fill.Price), Dollars(fill.Fee), fill.Realised == 0 ? "" : Signed(fill.Realised), Markup.Escape(fill.Order.Why));
        Console.WriteLine($"{x.Root} · {x.Strategy} · {Heard(x)}");
        if (x.Fills.Length > 0) AnsiConsole.Write(trades);
        if (x.Fills.Length > ShownTrades) Console.WriteLine($"... and {x.Fills.Length - ShownTrades} more; --trades FILE writes them all.");

        var sums = new Table().RoundedBorder().HideHeaders().AddColumns(Plain(""), Right(""), new TableColumn(""));
        sums.AddRow("Results shown", Text(x.Results), $"{x.Sessions} session{(x.Sessions == 1 ? "" : "s")}, {Time(x.From)} to {Time(x.To)}{(x.ChainResults > 0 && x.ChainResults < x.Results ? $", {x.ChainResults} of the chain" : "")}{(x.Incomplete > 0 ? $", {x.Incomplete} incomplete" : "")}{(x.WithoutLadder > 0 ? $"; {x.WithoutLadder} more lack this ladder" : "")}");
        sums.AddRow("Profit and loss $", Signed(x.Equity - x.Settings.Capital), $"realised {Signed(x.Realised)}, unrealised {Signed(x.Unrealised)}, fees {Signed(-x.Fees)}; capital {Dollars(x.Settings.Capital)}");
        sums.AddRow("Max drawdown $", Dollars(x.MaxDrawdown), $"{Percent((double)x.MaxDrawdownShare)} of the peak before");
        sums.AddRow("Hit rate", x.HitRate is { } rate ? Percent(rate) : "–", $"{x.Winners} of {x.RoundTrips} round trips won, fees included; {x.Fills.Length} fills");
        sums.AddRow("Exposure", Percent(x.TimeInMarket), string.Create(CultureInfo.InvariantCulture, $"of the recorded time; on average {x.AverageShares:0.#} shares, {Dollars(x.AverageGross)} $ at work"));
        sums.AddRow("Sharpe", x.Sharpe is { } sharpe ? sharpe.ToString("0.00", CultureInfo.InvariantCulture) : "–", x.Sharpe is null ? "says nothing for fewer than 20 sessions" : "of the sessions' gains, a year of 252");
        sums.AddRow("Costs", "", string.Create(CultureInfo.InvariantCulture, $"slippage {x.Settings.Slippage} and fee {x.Settings.FeePerShare} $ a share, {x.Settings.FeePerContract} $ a contract; latency {x.Settings.Latency.TotalMilliseconds} ms"));
        foreach (var position in x.Positions)
            sums.AddRow("Still held", Text(position.Quantity), Markup.Escape($"{position.Instrument.Name(x.Root)} at {Text(Math.Round(position.AveragePrice, 4))}, last known price {Text(position.Mark)}: valued, not closed"));
        if (x.Unfilled.Length + x.Lapsed.Length > 0) sums.AddRow("Unfilled", Text(x.Unfilled.Length + x.Lapsed.Length), $"{x.Unfilled.Length} still wait, {x.Lapsed.Length} on options that settled first");
        AnsiConsole.Write(sums);
        foreach (var model in x.Models)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Model: {model.Convention}; r {model.Rate}, q {model.DividendYield}; {model.DayCount}; {model.VolatilitySource}; engine {model.EngineVersion}; {x.PricedVolumeShare * 100:0.0} % of volume priced"));
        foreach (var model in x.ChainModels)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Model of the chain: {model.Convention}; r {model.Rate}, q {model.DividendYield}; forwards by {model.ForwardSource}; {model.DayCount}; {model.VolatilitySource}; engine {model.EngineVersion}; {x.UsedContractShare * 100:0.0} % of contracts in the sums by open interest"));
        Console.WriteLine($"Fills' SHA-256: {x.FillsHash}");
    }

    // The measure says nothing to a strategy that hears of chains alone.
    static string Heard(BacktestReport x) => x.ChainResults == 0 ? NameOf(x.Settings.Measure) : x.ChainResults == x.Results ? "chain" : $"{NameOf(x.Settings.Measure)} and chain";

    static string NameOf(Measure measure) => JsonNamingPolicy.SnakeCaseLower.ConvertName(measure.ToString());

    static TableColumn Plain(string header) => new TableColumn(header).NoWrap();

    static TableColumn Right(string header) => new TableColumn(header).RightAligned().NoWrap();

    static string Time(DateTimeOffset? time) => time is { } instant ? BacktestReport.Instant(instant) : "";

    static string Text(IFormattable? value) => value switch
    {
        null => "",
        decimal money => money.ToString("0.########", CultureInfo.InvariantCulture),
        _ => value.ToString(null, CultureInfo.InvariantCulture),
    };

    static string Dollars(decimal value) => value.ToString("#,0.00", CultureInfo.InvariantCulture);

    static string Signed(decimal value) => value.ToString("+#,0.00;-#,0.00;0.00", CultureInfo.InvariantCulture);

    static string Percent(double share) => (share * 100).ToString("0.0 '%'", CultureInfo.InvariantCulture);
}
