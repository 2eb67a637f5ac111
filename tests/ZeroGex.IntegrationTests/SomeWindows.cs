using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests;

/// <summary>Windows of one print, a second apart, each with a sum of its own.</summary>
static class SomeWindows
{
    static readonly DateTimeOffset Start = new(2025, 7, 18, 15, 30, 0, TimeSpan.Zero);

    public static GexCalculated At(string root, int second)
    {
        var ladder = new GexLadder { Sum = second, MajorPositive = 455, MajorNegative = 455, Strikes = [new(455, second, 1)] };
        return new GexCalculated
        {
            Root = root,
            Expiration = new DateOnly(2025, 7, 18),
            Session = new DateOnly(2025, 7, 18),
            Start = Start.AddSeconds(second - 1),
            End = Start.AddSeconds(second),
            Spot = 455.73,
            TradeCount = 1,
            Volume = 1,
            NaiveWindow = ladder,
            NaiveDay = ladder,
            DealerSignedWindow = ladder,
            DealerSignedDay = ladder,
            AggressorShareWindow = 1,
            AggressorShareDay = 1,
            Model = new GexModel("", 0.025, 0, "", "", "", 1, []),
            Trades = [new(new(new DateOnly(2025, 7, 18), 455, OptionRight.Call), Start, 1, 1, 455.73, 1)],
        };
    }
}
