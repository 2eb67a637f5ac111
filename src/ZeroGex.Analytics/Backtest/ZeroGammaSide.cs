using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>Trades the side of zero gamma: long above it, short below it, flat where there is none.</summary>
/// <param name="shares">How many.</param>
/// <param name="band">How far beyond zero gamma the price must be to change sides, as a fraction of the price.</param>
/// <param name="expiration">Whose zero gamma; that of the session's nearest expiration when left out.</param>
/// <param name="until">New York time from which it only goes flat; never when left out.</param>
public sealed class ZeroGammaSide(long shares = 100, double band = 0.0005, DateOnly? expiration = null, TimeOnly? until = null) : IStrategy
{
    readonly NearestExpiration _expiration = new(expiration);

    /// <inheritdoc/>
    public void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
    {
        if (!_expiration.Is(window)) return;
        if (Clock.IsPast(desk, until)) desk.Target(0, "time is up");
        else if (ladder.ZeroGamma is not { } zero) desk.Target(0, "no zero gamma");
        else if (desk.Spot > zero * (1 + band)) desk.Target(shares, string.Create(CultureInfo.InvariantCulture, $"above zero gamma {zero:0.00}"));
        else if (desk.Spot < zero * (1 - band)) desk.Target(-shares, string.Create(CultureInfo.InvariantCulture, $"below zero gamma {zero:0.00}"));
    }
}

/// <summary>The time of day of the desk, in New York.</summary>
static class Clock
{
    public static bool IsPast(Desk desk, TimeOnly? until) => until is { } end && TimeOnly.FromDateTime(Analytics.Market.NewYork.LocalOf(desk.Now)) >= end;
}
