using ZeroGex.Analytics.Chains;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.MaxPain;

/// <summary>Max pain and put/call ratios of every expiration of a chain.</summary>
static class MaxPainReport
{
    const string Convention = "least Σ OI·100·intrinsic, ties to the lower strike; pooled as if all settled at one price";

    /// <summary>Makes the report.</summary>
    public static MaxPainCalculated Of(
        string root, DateOnly session, DateTimeOffset time, ChainSettings settings, ChainValues values, ChainBook book, bool isIncomplete)
    {
        var openInterest = new long[values.Count];
        var volume = new long[values.Count];
        int unknown = 0;
        for (int i = 0; i < values.Count; i++)
        {
            ref readonly BookEntry entry = ref book.Entries[values.Places[i]];
            openInterest[i] = entry.OpenInterest ?? 0;
            volume[i] = entry.Volume;
            if (entry.OpenInterest is null) unknown++;
        }

        var results = new MaxPainResult?[values.Layout.Expirations];
        MaxPainResult? pooled = MaxPainStrike.Find(values.Layout, values.IsCall, openInterest, results);
        var expirations = new ExpirationMaxPain[results.Length];
        for (int i = 0; i < results.Length; i++)
        {
            (DateOnly date, _, int first, int count) = values.Expirations[i];
            expirations[i] = new(date, Figures(results[i], values.IsCall.Slice(first, count), openInterest.AsSpan(first, count), volume.AsSpan(first, count)));
        }

        return new MaxPainCalculated
        {
            Root = root,
            Session = session,
            Time = time,
            Spot = book.Spot > 0 ? book.Spot : null,
            Expirations = [.. expirations],
            Pooled = Figures(pooled, values.IsCall, openInterest, volume),
            Model = ChainModels.Of(settings, Convention, settings.GreeksEvery) with
            {
                OpenInterestDate = book.OpenInterestDate,
                Contracts = values.Count + book.Expired,
                Used = values.Count - unknown,
                LeftOut = ChainModels.LeftOut(("expired", book.Expired), ("open interest unknown", unknown)),
            },
            Incomplete = isIncomplete,
        };
    }

    /// <summary>A result with the put/call ratios of its contracts.</summary>
    public static MaxPainFigures Figures(MaxPainResult? pain, ReadOnlySpan<bool> isCall, ReadOnlySpan<long> openInterest, ReadOnlySpan<long> volume)
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
