namespace ZeroGex.Analytics.Chains;

/// <summary>
/// Where each contract of a chain is summed: its strike, its expiration, and the cell in which both meet. Made once for a set of contracts,
/// O(n log n), and good for as long as the set stays; what changes with every quote is summed over it in O(n).
/// </summary>
/// <remarks>Immutable, and so safe to share between threads.</remarks>
public sealed class ChainLayout
{
    readonly double[] _strikes;
    readonly int[] _cells;
    readonly int[] _strikeOfCell;
    readonly int[] _expirationOfCell;

    /// <param name="strike">Dollars, finite, one a contract, in any order; several contracts may share one.</param>
    /// <param name="expiration">The number of each contract's expiration, 0 or more and below <paramref name="expirations"/>.</param>
    /// <param name="expirations">How many expirations there are.</param>
    /// <exception cref="ArgumentException">The columns differ in length, a strike is not finite, or an expiration has no such number.</exception>
    public ChainLayout(ReadOnlySpan<double> strike, ReadOnlySpan<int> expiration, int expirations)
    {
        int n = strike.Length;
        if (expiration.Length != n) throw new ArgumentException("All columns have one length.", nameof(expiration));
        for (int i = 0; i < n; i++)
        {
            if (!double.IsFinite(strike[i])) throw new ArgumentException($"Strike {i} is not finite.", nameof(strike));
            if ((uint)expiration[i] >= (uint)expirations) throw new ArgumentException($"Contract {i} is of expiration {expiration[i]}, of {expirations}.", nameof(expiration));
        }

        var keys = new (int Expiration, double Strike)[n];
        var order = new int[n];
        for (int i = 0; i < n; i++) (keys[i], order[i]) = ((expiration[i], strike[i] + 0.0), i);
        Array.Sort(keys, order);

        double[] sorted = strike.ToArray();
        Array.Sort(sorted);
        _strikes = Distinct(sorted);

        _cells = new int[n];
        var strikeOfCell = new List<int>(n);
        var expirationOfCell = new List<int>(n);
        for (int i = 0; i < n; i++)
        {
            if (i == 0 || keys[i] != keys[i - 1])
            {
                strikeOfCell.Add(Array.BinarySearch(_strikes, keys[i].Strike));
                expirationOfCell.Add(keys[i].Expiration);
            }

            _cells[order[i]] = strikeOfCell.Count - 1;
        }

        _strikeOfCell = [.. strikeOfCell];
        _expirationOfCell = [.. expirationOfCell];
        Expirations = expirations;
    }

    /// <summary>How many contracts.</summary>
    public int Contracts => _cells.Length;

    /// <summary>How many expirations.</summary>
    public int Expirations { get; }

    /// <summary>All strikes, dollars, ascending, each once.</summary>
    public ReadOnlySpan<double> Strikes => _strikes;

    /// <summary>The cell of each contract. Cells are the strikes of each expiration that are listed: by expiration, then strike, ascending.</summary>
    public ReadOnlySpan<int> Cells => _cells;

    /// <summary>Where in <see cref="Strikes"/> each cell's strike is.</summary>
    public ReadOnlySpan<int> StrikeOfCell => _strikeOfCell;

    /// <summary>The expiration of each cell.</summary>
    public ReadOnlySpan<int> ExpirationOfCell => _expirationOfCell;

    static double[] Distinct(double[] sorted)
    {
        int count = 0;
        foreach (double strike in sorted)
            if (count == 0 || strike != sorted[count - 1]) sorted[count++] = strike + 0.0; // A strike has no negative zero.
        return sorted[..count];
    }
}
