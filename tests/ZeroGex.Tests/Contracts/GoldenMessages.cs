using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

/// <summary>One ordinary message of every registered type: what the samples say.</summary>
static class GoldenMessages
{
    static readonly DateOnly Friday = new(2026, 1, 16);
    static readonly OptionContract Call = new(Friday, 455, OptionRight.Call);
    static readonly OptionContract Put = new(Friday, 452.5, OptionRight.Put);
    static readonly OptionContract Later = new(Friday.AddDays(7), 460, OptionRight.Call);

    static readonly OptionTrade Print = new(Call, Time(30, 123_456), Price: 1.25, Size: 100, Spot: 455.73, Aggressor: 1);

    public static IReadOnlyList<object> All { get; } =
    [
        new QuotesObserved
        {
            Stamp = Stamp("quotes"),
            Root = "SPY",
            Gap = new(Time(12, 0), Time(13, 500_000)),
            Contracts = [Call, Put, Later],
            Contract = [0, 1, 0, 2],
            Time = [Micros(0), Micros(1_500), Micros(1_500), Micros(20_250)],
            Bid = [1.24, 0.85, 1.25, 0],
            Ask = [1.26, 0.87, 1.28, 2.1],
            BidSize = [12, 340, 7, 0],
            AskSize = [55, 1, 1200, 10],
            Spot = [455.73, 455.735, 455.74, 455.74],
            Last = [1.25, 0.86, 1.25, 0],
            Volume = [10_250, 431, 10_251, 0],
            Volatility = [0.1425, 0.151234, 0.1426, 0],
        },
        new TradesObserved
        {
            Stamp = Stamp("trades"),
            Root = "SPY",
            Trades =
            [
                Print,
                new(Put, Time(30, 130_000), 0.8501, 3, 455.735, -1, Condition: 18),
                new(Call, Time(30, 130_000), 1.26, 1, 455.74, 0, Original: """{"root":"SPY","strike":455.0,"right":"C","note":"kept"}"""),
            ],
        },
        new ChainObserved
        {
            Stamp = Stamp("chain"),
            Root = "SPY",
            Gap = new(Time(12, 0), To: null),
            OpenInterestDate = Friday.AddDays(-1),
            Time = Time(31, 50_000),
            Rows =
            [
                new(Call, OpenInterest: 15_230, Volume: 10_251, Last: 1.25, Volatility: 0.1425, Delta: 0.5123, Gamma: 0.0812345),
                new(Put, OpenInterest: 0, Volatility: 0.1512, Delta: -0.2, Gamma: 0.05),
                new(Later, Last: 2.05),
            ],
        },
        new BarsObserved
        {
            Stamp = Stamp("bars"),
            Root = "SPY",
            Bars =
            [
                new("SPY", Time(0, 0), Time(60, 0), 455.5, 455.9, 455.41, 455.73, 120_000, 70_000, 45_000, IsClosed: true),
                new("SPY", Time(60, 0), Time(120, 0), 455.73, 455.8, 455.7, 455.74, 900, null, null, IsClosed: false),
            ],
        },
        new FeedStateChanged
        {
            Stamp = Stamp("state"),
            Root = "SPY",
            State = FeedState.Gap,
            Detail = "Messages 118 to 121 were lost.",
            From = Time(12, 0),
            To = Time(13, 500_000),
        },
        new GexCalculated
        {
            Root = "SPY",
            Expiration = Friday,
            Session = Friday,
            Start = Time(30, 0),
            End = Time(31, 0),
            Spot = 455.73,
            TradeCount = 1,
            Volume = 100,
            NaiveWindow = Ladder(371_234.5),
            NaiveDay = Ladder(1_691_823.25) with { MajorPositive = 455 },
            DealerSignedWindow = Ladder(-1_691_823.25) with { MajorNegative = 455 },
            DealerSignedDay = Ladder(-1_691_823.25) with { ZeroGamma = 454.25, MajorNegative = 455, MinorNegative = 456 },
            AggressorShareWindow = 1,
            AggressorShareDay = 0.875,
            Model = new(
                "traded: naive per $1, canonical per 1 %", 0.025, 0, "calendar seconds / 365 d (canonical), / 262 d (legacy)", "print price", "0.1.0", 0.97,
                [new("below intrinsic", 3)], 0.025, 1, 0.25, 0.01, 5),
            Incomplete = false,
            WindowIncomplete = false,
            Trades = [Print],
        },
        .. GoldenResults.All,
    ];

    static GexLadder Ladder(double sum) => new() { Sum = sum, Strikes = [new(455, sum, 100)] };

    static Stamp Stamp(string kind) => new(Contract.StreamId(kind, "SPY", Friday), 1_768_570_200_000, 42, Time(31, 50_000));

    static DateTimeOffset Time(int second, int micros) => new DateTimeOffset(2026, 1, 16, 15, 30, 0, TimeSpan.Zero).AddSeconds(second).AddMicroseconds(micros);

    static long Micros(int after) => (Time(30, after) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
