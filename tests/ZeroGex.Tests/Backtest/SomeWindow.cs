using ZeroGex.Contracts;

namespace ZeroGex.Tests.Backtest;

/// <summary>A result by hand.</summary>
static class SomeWindow
{
    public static GexCalculated Ending(
        DateTimeOffset end, double? zeroGamma = null, double? call = null, double? put = null, DateOnly? expiration = null, bool incomplete = false, GexLadder? signedDay = null)
    {
        var ladder = new GexLadder { Sum = 1, ZeroGamma = zeroGamma, MajorPositive = call, MajorNegative = put };
        var none = new GexLadder { Sum = 0 };
        return new GexCalculated
        {
            Root = SomeFacts.Root,
            Expiration = expiration ?? SomeFacts.Session,
            Session = SomeFacts.Session,
            Start = end.AddSeconds(-1),
            End = end,
            Spot = 100,
            TradeCount = 1,
            Volume = 10,
            NaiveDay = ladder,
            DealerSignedWindow = none,
            DealerSignedDay = signedDay ?? none,
            AggressorShareWindow = 1,
            AggressorShareDay = 1,
            Model = new GexModel("by hand", 0.05, 0, "none", "none", "0", 0.5, []),
            Incomplete = incomplete,
        };
    }
}
