using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>
/// Fades the walls: sells when the price comes to the call wall (the major positive strike) and buys when it comes to the put wall (the major
/// negative strike), and is flat again half-way back, or where a wall has gone.
/// </summary>
/// <param name="shares">How many.</param>
/// <param name="band">How near to a wall is at the wall, as a fraction of the price.</param>
/// <param name="expiration">Whose walls; the session's nearest when left out.</param>
/// <param name="until">New York time from which it only goes flat; never when left out.</param>
public sealed class WallFade(long shares = 100, double band = 0.0005, DateOnly? expiration = null, TimeOnly? until = null) : IStrategy
{
    readonly NearestExpiration _expiration = new(expiration);

    /// <inheritdoc/>
    public void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
    {
        if (!_expiration.Is(window)) return;
        if (Clock.IsPast(desk, until)) desk.Target(0, "time is up");
        else if (ladder is not { MajorPositive: { } call, MajorNegative: { } put } || put >= call) desk.Target(0, "no walls to both sides");
        else if (desk.Spot >= call * (1 - band)) desk.Target(-shares, string.Create(CultureInfo.InvariantCulture, $"at the call wall {call}"));
        else if (desk.Spot <= put * (1 + band)) desk.Target(shares, string.Create(CultureInfo.InvariantCulture, $"at the put wall {put}"));
        else if (Math.Sign(desk.Position) * (desk.Spot - (put + call) / 2) >= 0) desk.Target(0, "half-way back");
    }
}
