using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Backtest;

/// <summary>Keeps to one expiration a session: the nearest one seen in it so far, or the one that is given.</summary>
public sealed class NearestExpiration(DateOnly? given = null)
{
    DateOnly _session, _nearest;

    /// <summary>True when a window is of that expiration.</summary>
    public bool Is(GexCalculated window)
    {
        if (given is { } expiration) return window.Expiration == expiration;
        if (window.Session != _session) (_session, _nearest) = (window.Session, DateOnly.MaxValue);
        if (window.Expiration < _nearest) _nearest = window.Expiration;
        return window.Expiration == _nearest;
    }
}
