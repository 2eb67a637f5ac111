using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>How far a file is to be trusted: contracts of each trouble, all roots, whatever was asked of them.</summary>
/// <param name="Expired">Have settled.</param>
/// <param name="ZeroVolatilityWithGamma">Have a vendor's gamma and no vendor's volatility: the gamma cannot be repriced at other spots.</param>
/// <param name="Unquoted">Live, and have no bid, or no ask.</param>
/// <param name="Crossed">Live, and have an ask below the bid.</param>
/// <param name="Shared">Have the strike, date and right of a contract of another root (SPX and SPXW): both count, each with its own settlement.</param>
/// <param name="GammasChecked">Have a vendor's volatility that makes a gamma of at least 0.0005, and more than a day to live.</param>
/// <param name="GammasOff">Of these, have a vendor's gamma more than a tenth, and more than rounding to four decimals, away from it.</param>
public sealed record ChainQuality(int Expired, int ZeroVolatilityWithGamma, int Unquoted, int Crossed, int Shared, int GammasChecked, int GammasOff)
{
    const double LeastGamma = 5e-4;
    const double Rounding = 5e-5;
    const double Tolerance = 0.1;

    /// <summary>The share of checked gammas that contradict their own volatility; null where none could be checked.</summary>
    public double? GammasOffShare => GammasChecked == 0 ? null : (double)GammasOff / GammasChecked;

    /// <summary>Looks at every contract, on the canonical clock.</summary>
    internal static ChainQuality Of(ChainSnapshot snapshot, AnalysisSettings canonical, double spot)
    {
        (int expired, int noVolatility, int unquoted, int crossed, int isChecked, int off) = (0, 0, 0, 0, 0, 0);
        var known = new Dictionary<(string, DateOnly), DateTimeOffset>();
        foreach (SnapshotRow row in snapshot.Rows)
        {
            var key = (row.Root, row.Contract.Expiration);
            if (!known.TryGetValue(key, out DateTimeOffset settlement)) known[key] = settlement = Settlement.Of(row.Root, row.Contract.Expiration);
            if (row is { Volatility: 0, Gamma: not 0 }) noVolatility++;
            if (settlement <= snapshot.Time)
            {
                expired++;
                continue;
            }

            if (!(row.Bid > 0 && row.Ask > 0)) unquoted++;
            else if (row.Ask < row.Bid) crossed++;
            if (settlement - snapshot.Time < TimeSpan.FromDays(1) || canonical.Bounds.Check(row.Volatility) != VolatilityReason.None) continue;

            double years = DayCount.Calendar365.Years(snapshot.Time, row.Contract.Expiration, settlement);
            double gamma = BlackScholes.Gamma(new OptionInputs(true, spot, row.Contract.Strike, years, row.Volatility, canonical.Rate, canonical.DividendYield));
            if (!(gamma >= LeastGamma)) continue;
            isChecked++;
            if (Math.Abs(row.Gamma - gamma) > Tolerance * gamma + Rounding) off++;
        }

        int shared = snapshot.Rows.GroupBy(row => row.Contract).Where(rows => rows.Count() > 1).Sum(rows => rows.Count());
        return new(expired, noVolatility, unquoted, crossed, shared, isChecked, off);
    }
}
