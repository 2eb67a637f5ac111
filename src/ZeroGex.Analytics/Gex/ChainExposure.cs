using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary>What is summed over a chain. δ, γ, S, OI (or volume) as usual; contracts are of 100.</summary>
public enum ExposureMeasure
{
    /// <summary>γ·OI·100·S²·0.01, calls plus, puts minus: dollars of delta that dealers long calls and short puts gain per 1 % move.</summary>
    Gamma,

    /// <summary>δ·OI·100·S: dollars, with the sign that δ has.</summary>
    Delta,

    /// <summary>vanna·OI·100·S·0.01: dollars of delta per volatility point, with the sign that vanna has.</summary>
    Vanna,

    /// <summary>charm·OI·100·S/365: dollars of delta per calendar day that passes, with the sign that charm has.</summary>
    Charm,
}

/// <summary>Contracts and their greeks in natural units (<see cref="OptionValue"/>: vanna per 1.00 of volatility, charm per year), a column to an input, all of one length.</summary>
/// <param name="weight">Contracts: open interest, volume, or any other count.</param>
public readonly ref struct ExposureColumns(
    ReadOnlySpan<bool> isCall, ReadOnlySpan<double> gamma, ReadOnlySpan<double> delta, ReadOnlySpan<double> vanna, ReadOnlySpan<double> charm, ReadOnlySpan<double> weight)
{
    public ReadOnlySpan<bool> IsCall { get; } = isCall;
    public ReadOnlySpan<double> Gamma { get; } = gamma;
    public ReadOnlySpan<double> Delta { get; } = delta;
    public ReadOnlySpan<double> Vanna { get; } = vanna;
    public ReadOnlySpan<double> Charm { get; } = charm;
    public ReadOnlySpan<double> Weight { get; } = weight;
}

/// <summary>Where sums go, a column to a sum, all of one length; dollars as <see cref="ExposureMeasure"/> says.</summary>
/// <param name="call">Of calls.</param>
/// <param name="put">Of puts, with their sign.</param>
/// <param name="net">Calls plus puts.</param>
/// <param name="gross">The sum over strikes, expirations and rights without their signs.</param>
public readonly ref struct ExposureSums(Span<double> call, Span<double> put, Span<double> net, Span<double> gross)
{
    public Span<double> Call { get; } = call;
    public Span<double> Put { get; } = put;
    public Span<double> Net { get; } = net;
    public Span<double> Gross { get; } = gross;
}

/// <summary>One sum; dollars as <see cref="ExposureMeasure"/> says.</summary>
/// <param name="Call">Of calls.</param>
/// <param name="Put">Of puts, with their sign.</param>
/// <param name="Net">Calls plus puts.</param>
/// <param name="Gross">The sum over strikes, expirations and rights without their signs.</param>
public readonly record struct ExposureSum(double Call, double Put, double Net, double Gross);

/// <summary>
/// Gamma, delta, vanna and charm exposure of a chain in one pass: by strike, by expiration, by strike and expiration, and in all. The same bits
/// whatever the width, however the contracts are cut into batches, and however many threads share them.
/// </summary>
/// <remarks>
/// <para>
/// A contract's dollars are rounded once, to a multiple of 2⁻²⁸ (4e-9 dollars), and kept as two doubles: a multiple of 16 and a rest within 8. All sums of
/// such parts are exact, and exact sums have no order; a result is rounded once more, when it is read (the idea of Demmel and Nguyen, "Fast Reproducible
/// Floating-Point Summation", ARITH 21, 2013). That holds for 2²² contracts and a gross of 2⁵⁷ dollars.
/// </para>
/// <para>
/// A contract with a greek or a weight that is not finite, or with 2⁴⁶ dollars or more (7e13), is left out of every sum and counted in <see cref="LeftOut"/>.
/// Not thread-safe: an instance a thread, merged with <see cref="Add(ChainExposure)"/>.
/// </para>
/// </remarks>
public sealed class ChainExposure(ChainLayout layout)
{
    internal const int Parts = 2 * Measures;
    const int Measures = 4;
    const double MostGross = 144115188075855872; // 2^57

    readonly double[] _cells = new double[2 * Parts * layout.StrikeOfCell.Length];
    readonly double[] _strikes = new double[3 * Parts * layout.Strikes.Length];
    readonly double[] _expirations = new double[3 * Parts * layout.Expirations];
    readonly double[] _total = new double[3 * Parts];
    bool _isRolledUp;

    /// <summary>Contracts that were left out, since <see cref="Clear"/>.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Forgets everything added.</summary>
    public void Clear()
    {
        Array.Clear(_cells);
        LeftOut = 0;
        _isRolledUp = false;
    }

    /// <summary>Adds a run of the layout's contracts.</summary>
    /// <param name="first">Where in the layout the run begins.</param>
    /// <param name="contracts">The run; at most 2²² contracts in all between two calls of <see cref="Clear"/>.</param>
    /// <param name="spot">Dollars.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length, or reach beyond the layout.</exception>
    public void Add(int first, in ExposureColumns contracts, double spot, LaneWidth width = LaneWidth.Widest)
    {
        int n = contracts.Gamma.Length;
        if (contracts.IsCall.Length != n || contracts.Delta.Length != n || contracts.Vanna.Length != n || contracts.Charm.Length != n || contracts.Weight.Length != n)
            throw new ArgumentException("All columns have one length.", nameof(contracts));
        if (first < 0 || first > layout.Contracts - n) throw new ArgumentException($"{n} contracts from {first} are not in a layout of {layout.Contracts}.", nameof(first));

        _isRolledUp = false;
        ReadOnlySpan<int> cells = layout.Cells.Slice(first, n);
        LeftOut += LaneWidths.Of(width) switch
        {
            LaneWidth.Eight => ExposureKernel<Vector512<double>, EightLanes>.Add(contracts, cells, spot, _cells),
            LaneWidth.Four => ExposureKernel<Vector256<double>, FourLanes>.Add(contracts, cells, spot, _cells),
            _ => ExposureKernel<double, OneLane>.Add(contracts, cells, spot, _cells),
        };
    }

    /// <summary>Adds what another thread has summed over the same layout.</summary>
    /// <exception cref="ArgumentException">The other's layout is another.</exception>
    public void Add(ChainExposure other)
    {
        if (other._cells.Length != _cells.Length || other.Layout != layout) throw new ArgumentException("Only sums over one layout can be added.", nameof(other));
        _isRolledUp = false;
        for (int i = 0; i < _cells.Length; i++) _cells[i] += other._cells[i];
        LeftOut += other.LeftOut;
    }

    ChainLayout Layout => layout;

    /// <summary>By strike and expiration, in the order of the layout's cells.</summary>
    /// <exception cref="ArgumentException">The columns are not of the length of <see cref="ChainLayout.StrikeOfCell"/>.</exception>
    public void ByCell(ExposureMeasure measure, in ExposureSums sums)
    {
        int n = layout.StrikeOfCell.Length;
        Check(sums, n);
        if (n == 0) return;
        ref double call = ref MemoryMarshal.GetArrayDataReference(_cells);
        ref double put = ref Unsafe.Add(ref call, Parts);
        for (int i = 0, at = 2 * (int)measure; i < n; i++, at += 2 * Parts)
        {
            (double callHigh, double callLow) = (Unsafe.Add(ref call, at), Unsafe.Add(ref call, at + 1));
            (double putHigh, double putLow) = (Unsafe.Add(ref put, at), Unsafe.Add(ref put, at + 1));
            (double calls, double puts) = (callHigh + callLow, putHigh + putLow);
            double net = callHigh + putHigh + (callLow + putLow);
            (sums.Call[i], sums.Put[i], sums.Net[i]) = (calls, puts, net);
            sums.Gross[i] = Math.Abs(calls < 0 == puts < 0 ? net : callHigh - putHigh + (callLow - putLow));
        }
    }

    /// <summary>By strike, in the order of <see cref="ChainLayout.Strikes"/>.</summary>
    /// <exception cref="ArgumentException">The columns are not of the length of <see cref="ChainLayout.Strikes"/>.</exception>
    /// <exception cref="OverflowException">The gross of the chain is 2⁵⁷ dollars or more.</exception>
    public void ByStrike(ExposureMeasure measure, in ExposureSums sums)
    {
        Check(sums, layout.Strikes.Length);
        Read(_strikes, measure, sums);
    }

    /// <summary>By expiration, in the order of their numbers.</summary>
    /// <exception cref="ArgumentException">The columns are not of the length of <see cref="ChainLayout.Expirations"/>.</exception>
    /// <exception cref="OverflowException">The gross of the chain is 2⁵⁷ dollars or more.</exception>
    public void ByExpiration(ExposureMeasure measure, in ExposureSums sums)
    {
        Check(sums, layout.Expirations);
        Read(_expirations, measure, sums);
    }

    /// <summary>The whole chain.</summary>
    /// <exception cref="OverflowException">The gross of the chain is 2⁵⁷ dollars or more.</exception>
    public ExposureSum Total(ExposureMeasure measure)
    {
        double call = 0, put = 0, net = 0, gross = 0;
        Read(_total, measure, new ExposureSums(new(ref call), new(ref put), new(ref net), new(ref gross)));
        return new(call, put, net, gross);
    }

    void Read(double[] parts, ExposureMeasure measure, in ExposureSums sums)
    {
        if (!_isRolledUp) RollUp();
        for (int i = 0, at = 2 * (int)measure; i < sums.Call.Length; i++, at += 3 * Parts)
        {
            (double callHigh, double callLow, double putHigh, double putLow) = (parts[at], parts[at + 1], parts[at + Parts], parts[at + Parts + 1]);
            sums.Call[i] = callHigh + callLow;
            sums.Put[i] = putHigh + putLow;
            sums.Net[i] = callHigh + putHigh + (callLow + putLow);
            sums.Gross[i] = parts[at + 2 * Parts] + parts[at + 2 * Parts + 1];
        }
    }

    void RollUp()
    {
        Array.Clear(_strikes);
        Array.Clear(_expirations);
        Array.Clear(_total);
        ReadOnlySpan<int> strikes = layout.StrikeOfCell;
        ReadOnlySpan<int> expirations = layout.ExpirationOfCell;
        for (int cell = 0; cell < strikes.Length; cell++)
        {
            ref double from = ref MemoryMarshal.GetReference(_cells.AsSpan(2 * Parts * cell, 2 * Parts));
            ref double strike = ref MemoryMarshal.GetReference(_strikes.AsSpan(3 * Parts * strikes[cell], 3 * Parts));
            ref double expiration = ref MemoryMarshal.GetReference(_expirations.AsSpan(3 * Parts * expirations[cell], 3 * Parts));
            for (nuint part = 0; part < Parts; part += 4)
            {
                Vector256<double> call = Vector256.LoadUnsafe(ref from, part);
                Vector256<double> put = Vector256.LoadUnsafe(ref from, Parts + part);
                Vector256<double> gross = WithoutSign(call) + WithoutSign(put);
                AddTo(call, ref strike, part);
                AddTo(put, ref strike, Parts + part);
                AddTo(gross, ref strike, 2 * Parts + part);
                AddTo(call, ref expiration, part);
                AddTo(put, ref expiration, Parts + part);
                AddTo(gross, ref expiration, 2 * Parts + part);
            }
        }

        for (int at = 0; at < _expirations.Length; at++) _total[at % (3 * Parts)] += _expirations[at];
        for (int part = 0; part < Parts; part += 2)
            if (!(_total[2 * Parts + part] < MostGross)) throw new OverflowException($"A gross exposure of {_total[2 * Parts + part]:E1} dollars is beyond exact sums.");
        _isRolledUp = true;
    }

    // Two measures, each a high and a low part, which turn together where their sum is negative.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<double> WithoutSign(Vector256<double> parts) =>
        parts ^ ((parts + Vector256.Shuffle(parts, Vector256.Create(1L, 0, 3, 2))) & Vector256.Create(-0.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddTo(Vector256<double> parts, ref double line, nuint at) => (Vector256.LoadUnsafe(ref line, at) + parts).StoreUnsafe(ref line, at);

    static void Check(in ExposureSums sums, int length)
    {
        if (sums.Call.Length != length || sums.Put.Length != length || sums.Net.Length != length || sums.Gross.Length != length)
            throw new ArgumentException($"All columns have a length of {length}.", nameof(sums));
    }
}
