using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>One root's expiration and the market it is priced in.</summary>
/// <param name="IsOver">True where it has settled, by the day count's own clock.</param>
/// <param name="Years">By the day count.</param>
/// <param name="Forward">Dollars.</param>
/// <param name="DividendYield">The one asked for, or the one that the implied forward means.</param>
readonly record struct SnapshotExpiration(
    string Root, DateOnly Date, DateTimeOffset Settlement, bool IsOver, double Years, double Forward, double DividendYield, bool IsImplied);

/// <summary>Settlement, time and forward of the expirations of a snapshot.</summary>
static class SnapshotMarket
{
    static readonly ParitySettings Parity = new();

    /// <summary>The rows as a chain lists them: by expiration, root, strike, call before put.</summary>
    public static SnapshotRow[] Sort(ChainSnapshot snapshot)
    {
        SnapshotRow[] rows = [.. snapshot.Rows];
        Array.Sort(rows, static (x, y) =>
        {
            int order = x.Contract.Expiration.CompareTo(y.Contract.Expiration);
            if (order == 0) order = string.CompareOrdinal(x.Root, y.Root);
            if (order == 0) order = x.Contract.Strike.CompareTo(y.Contract.Strike);
            return order == 0 ? x.Contract.Right.CompareTo(y.Contract.Right) : order;
        });
        return rows;
    }

    /// <summary>How many of sorted rows are of the first one's root and expiration.</summary>
    public static int FirstExpiration(ReadOnlySpan<SnapshotRow> rows)
    {
        int count = 0;
        while (count < rows.Length && rows[count].Contract.Expiration == rows[0].Contract.Expiration && rows[count].Root == rows[0].Root) count++;
        return count;
    }

    /// <summary>When an expiration settles, and how long that is.</summary>
    public static (DateTimeOffset Settlement, bool IsOver, double Years) Clock(string root, DateOnly date, DateTimeOffset now, AnalysisSettings settings)
    {
        DateTimeOffset settlement = Settlement.Of(settings.SettlesAtClose ? "" : root, date); // A root without a name settles at the close.
        settlement = settings.DayCount.EndOf(date, settlement);
        return (settlement, settlement <= now, settings.DayCount.Years(now, date, settlement));
    }

    /// <summary>An expiration in its market.</summary>
    /// <param name="rows">Its contracts, all of them, by strike, call before put.</param>
    /// <param name="isQuoted">False takes closing prices where quotes are missing.</param>
    public static SnapshotExpiration Of(ReadOnlySpan<SnapshotRow> rows, DateTimeOffset now, double spot, bool isQuoted, AnalysisSettings settings)
    {
        (string root, DateOnly date) = (rows[0].Root, rows[0].Contract.Expiration);
        (DateTimeOffset settlement, bool isOver, double years) = Clock(root, date, now, settings);
        double dividend = settings.DividendYield;
        double? implied = settings.ImpliesForwards && !isOver ? ImpliedForward(rows, ExerciseTerms.Of(root), spot, years, isQuoted, settings.Rate) : null;
        if (implied is { } forward) dividend = settings.Rate - PortableMath.LogRatio(forward, spot) / years;
        return new(root, date, settlement, isOver, years, spot * PortableMath.Exp((settings.Rate - dividend) * years), dividend, implied is not null);
    }

    /// <summary>The spot that the forward of the nearest expiration means which implies one; null where none does.</summary>
    public static double? ImpliedSpot(ChainSnapshot snapshot, AnalysisSettings settings)
    {
        bool isQuoted = snapshot.IsQuoted;
        ReadOnlySpan<SnapshotRow> rows = Sort(snapshot);
        for (int count; !rows.IsEmpty; rows = rows[count..])
        {
            count = FirstExpiration(rows);
            (_, bool isOver, double years) = Clock(rows[0].Root, rows[0].Contract.Expiration, snapshot.Time, settings);

            // Early exercise cannot be taken out of prices while nobody knows the spot.
            if (!isOver && ImpliedForward(rows[..count], PricingStyle.European, spot: 0, years, isQuoted, settings.Rate) is { } forward)
                return forward * PortableMath.Exp((settings.DividendYield - settings.Rate) * years);
        }

        return null;
    }

    static double? ImpliedForward(ReadOnlySpan<SnapshotRow> rows, PricingStyle exercise, double spot, double years, bool isQuoted, double rate)
    {
        List<double> strikes = [], callBids = [], callAsks = [], putBids = [], putAsks = [];
        for (int i = 0; i < rows.Length - 1; i++)
        {
            ref readonly SnapshotRow call = ref rows[i];
            ref readonly SnapshotRow put = ref rows[i + 1];
            if (call.Contract.Strike != put.Contract.Strike) continue;
            strikes.Add(call.Contract.Strike);
            callBids.Add(isQuoted ? call.Bid : call.Last);
            callAsks.Add(isQuoted ? call.Ask : call.Last);
            putBids.Add(isQuoted ? put.Bid : put.Last);
            putAsks.Add(isQuoted ? put.Ask : put.Last);
        }

        return ParityForward.Imply(new ParityQuotes([.. strikes], [.. callBids], [.. callAsks], [.. putBids], [.. putAsks]), exercise, spot, years, rate, Parity);
    }
}
