using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Chains;

/// <summary>Some rows of a chain as columns of a message.</summary>
/// <param name="rows">Their numbers within the values.</param>
readonly ref struct ChainColumns(ChainValues values, ChainBook book, ReadOnlySpan<int> rows)
{
    /// <summary>Vega, rho and vanna are stated per volatility point or 1 %.</summary>
    public const double Points = 100;

    /// <summary>Theta and charm are stated per calendar day.</summary>
    public const double Days = 365;

    public delegate T Read<out T>(in BookEntry entry);

    readonly ReadOnlySpan<int> _rows = rows;

    /// <summary>What the book says.</summary>
    public ImmutableArray<T> Of<T>(Read<T> read)
    {
        var column = new T[_rows.Length];
        for (int i = 0; i < column.Length; i++) column[i] = read(book.Entries[values.Places[_rows[i]]]);
        return ImmutableCollectionsMarshal.AsImmutableArray(column);
    }

    /// <summary>What was calculated, in natural units, over <paramref name="divisor"/>.</summary>
    public ImmutableArray<double> Of(ReadOnlySpan<double> calculated, double divisor = 1)
    {
        var column = new double[_rows.Length];
        for (int i = 0; i < column.Length; i++) column[i] = calculated[_rows[i]] / divisor;
        return ImmutableCollectionsMarshal.AsImmutableArray(column);
    }

    /// <summary>As above, or nulls where nothing was calculated.</summary>
    public ImmutableArray<double?> Of(bool isCalculated, ReadOnlySpan<double> calculated, double divisor = 1)
    {
        var column = new double?[_rows.Length];
        for (int i = 0; i < column.Length && isCalculated; i++) column[i] = calculated[_rows[i]] / divisor;
        return ImmutableCollectionsMarshal.AsImmutableArray(column);
    }

    /// <summary>As above, with nulls for what is no number.</summary>
    public ImmutableArray<double?> Numbers(ReadOnlySpan<double> calculated)
    {
        var column = new double?[_rows.Length];
        for (int i = 0; i < column.Length; i++) column[i] = calculated[_rows[i]] is var value && double.IsFinite(value) ? value : null;
        return ImmutableCollectionsMarshal.AsImmutableArray(column);
    }

    /// <summary>Where volatilities come from, or nulls where there are none.</summary>
    public ImmutableArray<string?> Sources(bool isCalculated)
    {
        var column = new string?[_rows.Length];
        for (int i = 0; i < column.Length && isCalculated; i++) column[i] = values.Source[_rows[i]].ToWord();
        return ImmutableCollectionsMarshal.AsImmutableArray(column);
    }

    /// <summary>Why mid prices gave no volatility, in words.</summary>
    public ImmutableArray<string?> Reasons()
    {
        var column = new string?[_rows.Length];
        for (int i = 0; i < column.Length; i++) column[i] = values.Reason[_rows[i]] is var reason && reason != VolatilityReason.None ? reason.ToWords() : null;
        return ImmutableCollectionsMarshal.AsImmutableArray(column);
    }

    /// <summary>Rows by the source of their volatility.</summary>
    public ImmutableArray<ContractCount> BySource()
    {
        Span<int> counts = stackalloc int[ChainModels.Sources];
        foreach (int row in _rows) counts[(int)values.Source[row]]++;
        return ChainModels.BySource(counts);
    }
}
