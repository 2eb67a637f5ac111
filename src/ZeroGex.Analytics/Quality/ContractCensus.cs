using ZeroGex.Analytics.Chains;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Quality;

/// <summary>Counts the contracts of a book as they stand.</summary>
static class ContractCensus
{
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

    static bool IsQuoted(in BookEntry entry) => entry.QuoteTime != long.MinValue;
}
