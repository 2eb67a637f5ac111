// zerogex backtest --strategy samples/strategies/Fade.cs --symbol SPY --from 2026-01-16 --param shares=50 --param near=0.5
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;

/// <summary>Sells at the call wall, buys at the put wall, holds nothing in between. Only what expires today is looked at.</summary>
public sealed class Fade(int shares = 100) : IStrategy
{
    /// <summary>Dollars from a wall that count as being there.</summary>
    public double Near { get; set; } = 0.25;

    public void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
    {
        if (window.Expiration != window.Session) return;

        // A wall that is not there is null, and nothing compares to null.
        if (desk.Spot >= ladder.MajorPositive - Near) desk.Target(-shares, $"call wall {ladder.MajorPositive}");
        else if (desk.Spot <= ladder.MajorNegative + Near) desk.Target(shares, $"put wall {ladder.MajorNegative}");
        else desk.Target(0, "between the walls");
    }
}
