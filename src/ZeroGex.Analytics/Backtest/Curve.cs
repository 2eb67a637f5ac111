namespace ZeroGex.Analytics.Backtest;

/// <summary>The equity over time: its peak, its deepest fall, and how much of the recorded time was spent in the market.</summary>
/// <remarks>One point a message. What lies between two sessions counts as no time.</remarks>
sealed class Curve(decimal capital)
{
    /// <summary>Fewer sessions say nothing about a ratio of mean to deviation.</summary>
    const int LeastSessions = 20;

    readonly List<decimal> _closes = [capital];
    DateOnly _session;
    DateTimeOffset _last;
    TimeSpan _recorded, _inMarket;
    decimal _peak = capital, _equity = capital, _gross, _shareTicks, _grossTicks;
    long _shares;
    bool _isInMarket;

    public int Sessions { get; private set; }

    public decimal Drawdown { get; private set; }

    public decimal DrawdownShare { get; private set; }

    public double TimeInMarket => _recorded > TimeSpan.Zero ? _inMarket / _recorded : 0;

    public decimal AverageShares => _recorded > TimeSpan.Zero ? _shareTicks / _recorded.Ticks : 0;

    public decimal AverageGross => _recorded > TimeSpan.Zero ? _grossTicks / _recorded.Ticks : 0;

    /// <summary>Time passes with what was held so far.</summary>
    public void Advance(DateOnly session, DateTimeOffset now)
    {
        if (Sessions == 0 || session != _session)
        {
            if (Sessions > 0) _closes.Add(_equity);
            Sessions++;
            _session = session;
        }
        else
        {
            TimeSpan passed = now - _last;
            _recorded += passed;
            if (_isInMarket) _inMarket += passed;
            _shareTicks += (decimal)passed.Ticks * Math.Abs(_shares);
            _grossTicks += passed.Ticks * _gross;
        }

        _last = now;
    }

    /// <param name="gross">Dollars of all positions without their signs.</param>
    /// <param name="shares">Of the underlying.</param>
    public void Mark(decimal equity, decimal gross, long shares, bool isInMarket)
    {
        (_equity, _gross, _shares, _isInMarket) = (equity, gross, shares, isInMarket);
        if (equity > _peak) _peak = equity;
        if (_peak - equity <= Drawdown) return;
        Drawdown = _peak - equity;
        DrawdownShare = _peak > 0 ? Drawdown / _peak : 0;
    }

    /// <summary>Mean over deviation of the sessions' gains, for a year of 252 sessions; null for fewer than 20 sessions or without any deviation.</summary>
    public double? Sharpe()
    {
        decimal[] closes = [.. _closes, _equity];
        double[] gains = [.. closes.Skip(1).Zip(closes, (after, before) => (double)(after - before))];
        if (gains.Length < LeastSessions) return null;
        double mean = gains.Average();
        double variance = gains.Sum(gain => (gain - mean) * (gain - mean)) / (gains.Length - 1);
        return variance > 0 ? mean / Math.Sqrt(variance) * Math.Sqrt(252) : null;
    }
}
