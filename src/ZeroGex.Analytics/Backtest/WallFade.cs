using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>
/// Fades the chain's walls: sells when the price comes to the call wall and buys when it comes to the put wall, and is flat again half-way back, or where a wall
/// has gone.
/// </summary>
/// <param name="shares">How many.</param>
/// <param name="band">How near to a wall is at the wall, as a fraction of the price.</param>
/// <param name="scope">Of which expirations.</param>
/// <param name="weight">By contracts open, or traded today.</param>
/// <param name="until">New York time from which it only goes flat; never when left out.</param>
public sealed class WallFade(
    long shares = 100, double band = 0.0005, ChainScope scope = ChainScope.All, ChainWeight weight = ChainWeight.OpenInterest, TimeOnly? until = null) : IStrategy
{
    /// <inheritdoc/>
    public void OnChain(ChainGexCalculated chain, Desk desk)
    {
        if (chain.Scope != scope || chain.Weight != weight) return;
        if (Clock.IsPast(desk, until)) desk.Target(0, "time is up");
        else if (chain is not { CallWall: { } call, PutWall: { } put } || put >= call) desk.Target(0, "no walls to both sides");
        else if (desk.Spot >= call * (1 - band)) desk.Target(-shares, string.Create(CultureInfo.InvariantCulture, $"at the call wall {call}"));
        else if (desk.Spot <= put * (1 + band)) desk.Target(shares, string.Create(CultureInfo.InvariantCulture, $"at the put wall {put}"));
        else if (Math.Sign(desk.Position) * (desk.Spot - (put + call) / 2) >= 0) desk.Target(0, "half-way back");
    }
}
