using ZeroGex.Contracts;

namespace ZeroGex.Analytics.MaxPain;

/// <summary>Max pain beside put/call ratios.</summary>
static class PainFigures
{
    /// <summary>A result with the put/call ratios of its contracts.</summary>
    public static MaxPainFigures Of(MaxPainResult? pain, ReadOnlySpan<bool> isCall, ReadOnlySpan<long> openInterest, ReadOnlySpan<long> volume)
    {
        (long calls, long puts) = Split(isCall, openInterest);
        (long callVolume, long putVolume) = Split(isCall, volume);
        return new(pain?.Strike, pain?.Dollars, calls, puts, callVolume, putVolume, Ratio(puts, calls), Ratio(putVolume, callVolume));
    }

    static (long Calls, long Puts) Split(ReadOnlySpan<bool> isCall, ReadOnlySpan<long> counts)
    {
        long calls = 0, puts = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (isCall[i]) calls += counts[i];
            else puts += counts[i];
        }

        return (calls, puts);
    }

    static double? Ratio(long puts, long calls) => calls == 0 ? null : (double)puts / calls;
}
