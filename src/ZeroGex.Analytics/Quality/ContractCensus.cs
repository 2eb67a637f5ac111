using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Quality;

/// <summary>Counts the contracts of a book as they stand.</summary>
static class ContractCensus
{
    const double Tolerance = 0.1;

    /// <param name="now">Unix microseconds.</param>
    /// <param name="staleAfter">Microseconds without a quote.</param>
    public static ContractQuality Of(ChainBook book, ChainValues values, long now, long staleAfter)
    {
        int quoted = 0, stale = 0, withoutOpenInterest = 0;
        foreach (ref readonly BookEntry entry in book.Entries)
        {
            if (IsQuoted(entry)) quoted++;
            if (entry.OpenInterest is null) withoutOpenInterest++;
        }

        foreach (ChainExpiration expiration in values.Expirations)
            foreach (bool isCall in (ReadOnlySpan<bool>)[true, false])
                stale += StaleOf(expiration, isCall);
        return new(book.Entries.Length, quoted, stale, withoutOpenInterest);

        // A contract is stale when it alone is: the next strikes on both sides, or on the one side that there is, have been quoted lately.
        int StaleOf(ChainExpiration expiration, bool isCall)
        {
            int count = 0;
            bool? before = null, here = null; // Whether the last two strikes are fresh; null where there is none.
            bool isCandidate = false;
            for (int row = expiration.First; row < expiration.First + expiration.Count; row++)
            {
                if (values.IsCall[row] != isCall) continue;
                ref readonly BookEntry entry = ref book.Entries[values.Places[row]];
                bool isFresh = IsQuoted(entry) && now - entry.QuoteTime < staleAfter;
                if (isCandidate && before != false && isFresh) count++;
                (before, here, isCandidate) = (here, isFresh, IsQuoted(entry) && !isFresh);
            }

            return isCandidate && before == true ? count + 1 : count;
        }
    }

    /// <summary>The share of contracts whose vendor's volatility the quote has left behind; null where there is none to look at. In the money little is said by volatility, and an American option is another.</summary>
    /// <param name="values">As evaluated now.</param>
    public static double? StaleGreeks(ChainBook book, ChainValues values)
    {
        (int seen, int stale) = (0, 0);
        for (int number = 0; number < values.Expirations.Length; number++)
        {
            (_, _, int first, int count) = values.Expirations[number];
            if (!(values.YearsOf[number] > 0)) continue;
            for (int row = first; row < first + count; row++)
            {
                ref readonly BookEntry entry = ref book.Entries[values.Places[row]];
                bool isCall = values.IsCall[row];
                if (!(entry.FeedVolatility > 0) || !entry.IsTwoSided || isCall != values.Strike[row] >= values.Forwards[number]) continue;
                seen++;
                if (Worth(row, isCall, entry.FeedVolatility * (1 - Tolerance)) > entry.Ask || Worth(row, isCall, entry.FeedVolatility * (1 + Tolerance)) < entry.Bid) stale++;
            }
        }

        return seen == 0 ? null : (double)stale / seen;

        double Worth(int row, bool isCall, double volatility) =>
            BlackScholes.Evaluate(new OptionInputs(isCall, values.Spot, values.Strike[row], values.Years[row], volatility, values.Rate[row], values.DividendYield[row])).Price;
    }

    static bool IsQuoted(in BookEntry entry) => entry.QuoteTime != long.MinValue;
}
