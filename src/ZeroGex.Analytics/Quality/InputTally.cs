using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Quality;

/// <summary>What comes of one input: counts of the minute in the making, what its feed says that it missed, and when its last row was. Times are Unix microseconds.</summary>
sealed class InputTally(string kind, Gaps gaps)
{
    const long Minute = 60_000_000;
    const double MicrosPerSecond = 1e6;

    long _rows, _late, _lost;
    long? _last;

    public string Kind => kind;

    public void Take(long time)
    {
        _rows++;
        _last = Math.Max(_last ?? time, time);
    }

    public void Miss(Missed missed)
    {
        (_late, _lost) = (_late + missed.Late, _lost + missed.Lost);
        foreach (FeedGap gap in missed.Gaps) gaps.Add(gap);
    }

    /// <summary>The minute that ends now, and nothing yet of the next.</summary>
    public InputQuality Close(long now)
    {
        InputQuality minute = new(kind, _rows, _late, _lost, _last is { } last ? Math.Max(0, now - last) / MicrosPerSecond : null, gaps.Within(now - Minute, now) / MicrosPerSecond);
        gaps.Forget(now);
        (_rows, _late, _lost) = (0, 0, 0);
        return minute;
    }
}
