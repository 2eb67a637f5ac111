using System.Buffers;
using ZeroGex.Analytics.Chains;

namespace ZeroGex.Analytics.MaxPain;

/// <summary>The listed strike at which settlement would pay holders least.</summary>
/// <param name="Strike">Dollars.</param>
/// <param name="Dollars">What calls and puts would pay there: Σ open interest·100·intrinsic value.</param>
public readonly record struct MaxPainResult(double Strike, double Dollars);

/// <summary>Max pain per expiration, and pooled over expirations; exact, so that neither order nor size of a batch matters.</summary>
/// <remarks>
/// What is paid is convex and piecewise linear in the settlement price, with kinks at the strikes: one walk over ascending strikes with running sums finds the least, O(n).
/// Strikes are counted in 0.0001 dollars, to which they are rounded, and contracts in whole numbers; nothing else is rounded. Of equal strikes the lowest is taken.
/// </remarks>
public static class MaxPainStrike
{
    const double TicksPerDollar = 10_000;
    const double HighestStrike = 1e11;
    const int ContractSize = 100;

    /// <summary>Finds the strike for one set of strikes.</summary>
    /// <param name="strikes">Dollars, 0 to 1e11, ascending; all of them are candidates, also where nobody holds anything.</param>
    /// <param name="calls">Open interest of the calls of each strike, 0 or more.</param>
    /// <param name="puts">Open interest of the puts of each strike, 0 or more.</param>
    /// <returns>Null where there is no open interest.</returns>
    /// <exception cref="ArgumentException">The columns differ in length, strikes are out of order or range, or an open interest is negative.</exception>
    public static MaxPainResult? Find(ReadOnlySpan<double> strikes, ReadOnlySpan<long> calls, ReadOnlySpan<long> puts)
    {
        int n = strikes.Length;
        if (calls.Length != n || puts.Length != n) throw new ArgumentException("All columns have one length.", nameof(strikes));

        Int128 held = 0;
        Int128 putsAbove = 0;
        Int128 paid = 0; // At a price of 0 puts alone are paid.
        for (int i = 0; i < n; i++)
        {
            if (!(strikes[i] is >= 0 and <= HighestStrike) || (i > 0 && strikes[i] < strikes[i - 1])) throw new ArgumentException($"Strike {i} is {strikes[i]}: 0 to 1e11, ascending.", nameof(strikes));
            if (calls[i] < 0 || puts[i] < 0) throw new ArgumentException($"An open interest of strike {i} is negative.", nameof(calls));
            held += (Int128)calls[i] + puts[i];
            putsAbove += puts[i];
            paid += (Int128)puts[i] * Ticks(strikes[i]);
        }

        if (held == 0) return null;

        Int128 callsBelow = 0;
        Int128 least = 0;
        int at = -1;
        long price = 0;
        for (int i = 0; i < n; i++)
        {
            long next = Ticks(strikes[i]);
            paid += (callsBelow - putsAbove) * (next - price);
            price = next;
            callsBelow += calls[i];
            putsAbove -= puts[i];
            if (at < 0 || paid < least) (least, at) = (paid, i);
        }

        return new(strikes[at], (double)(least * ContractSize) / TicksPerDollar);
    }

    /// <summary>Finds the strike of every expiration of a chain.</summary>
    /// <param name="layout">Where the contracts are.</param>
    /// <param name="isCall">Of each contract.</param>
    /// <param name="openInterest">Of each contract, 0 or more.</param>
    /// <param name="byExpiration">Where the results go, as many as the layout has expirations.</param>
    /// <returns>Pooled: the open interest of all expirations as if they settled at one price. A curiosity, to be labelled so.</returns>
    /// <exception cref="ArgumentException">The columns do not fit the layout, or an open interest is negative.</exception>
    public static MaxPainResult? Find(ChainLayout layout, ReadOnlySpan<bool> isCall, ReadOnlySpan<long> openInterest, Span<MaxPainResult?> byExpiration)
    {
        if (isCall.Length != layout.Contracts || openInterest.Length != layout.Contracts || byExpiration.Length != layout.Expirations)
            throw new ArgumentException("A column to each contract, a result to each expiration.", nameof(layout));

        int count = layout.StrikeOfCell.Length, pooled = layout.Strikes.Length;
        long[] rented = ArrayPool<long>.Shared.Rent(2 * (count + pooled));
        double[] strikes = ArrayPool<double>.Shared.Rent(count);
        Span<long> work = rented.AsSpan(0, 2 * (count + pooled));
        work.Clear();
        try
        {
            return Find(layout, isCall, openInterest, byExpiration, strikes.AsSpan(0, count), work[..count], work.Slice(count, count), work.Slice(2 * count, pooled), work[(2 * count + pooled)..]);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(rented);
            ArrayPool<double>.Shared.Return(strikes);
        }
    }

    // The work areas: strikes, calls and puts of the cells, and calls and puts of all expirations by strike, which are 0.
    static MaxPainResult? Find(
        ChainLayout layout, ReadOnlySpan<bool> isCall, ReadOnlySpan<long> openInterest, Span<MaxPainResult?> byExpiration,
        Span<double> strikes, Span<long> calls, Span<long> puts, Span<long> allCalls, Span<long> allPuts)
    {
        ReadOnlySpan<int> cells = layout.Cells;
        ReadOnlySpan<int> strikeOfCell = layout.StrikeOfCell;
        ReadOnlySpan<int> expirationOfCell = layout.ExpirationOfCell;
        for (int i = 0; i < cells.Length; i++)
        {
            if (openInterest[i] < 0) throw new ArgumentException($"The open interest of contract {i} is negative.", nameof(openInterest));
            if (isCall[i]) calls[cells[i]] += openInterest[i];
            else puts[cells[i]] += openInterest[i];
        }

        for (int cell = 0; cell < strikes.Length; cell++)
        {
            strikes[cell] = layout.Strikes[strikeOfCell[cell]];
            allCalls[strikeOfCell[cell]] += calls[cell];
            allPuts[strikeOfCell[cell]] += puts[cell];
        }

        byExpiration.Clear();
        for (int from = 0, to; from < strikes.Length; from = to)
        {
            for (to = from + 1; to < strikes.Length && expirationOfCell[to] == expirationOfCell[from]; to++) { }
            byExpiration[expirationOfCell[from]] = Find(strikes[from..to], calls[from..to], puts[from..to]);
        }

        return Find(layout.Strikes, allCalls, allPuts);
    }

    static long Ticks(double strike) => (long)Math.Round(strike * TicksPerDollar);
}
