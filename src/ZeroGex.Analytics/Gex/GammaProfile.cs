using System.Runtime.Intrinsics;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary>European contracts of one underlying, a column to an input, all of one length; units as in <see cref="OptionInputs"/>.</summary>
/// <param name="volatility">Of each contract, and kept as spot moves (sticky strike).</param>
/// <param name="weight">Contracts: open interest, volume, or any other count.</param>
public readonly ref struct ProfileColumns(
    ReadOnlySpan<bool> isCall, ReadOnlySpan<double> strike, ReadOnlySpan<double> years, ReadOnlySpan<double> volatility,
    ReadOnlySpan<double> rate, ReadOnlySpan<double> dividendYield, ReadOnlySpan<double> weight)
{
    public ReadOnlySpan<bool> IsCall { get; } = isCall;
    public ReadOnlySpan<double> Strike { get; } = strike;
    public ReadOnlySpan<double> Years { get; } = years;
    public ReadOnlySpan<double> Volatility { get; } = volatility;
    public ReadOnlySpan<double> Rate { get; } = rate;
    public ReadOnlySpan<double> DividendYield { get; } = dividendYield;
    public ReadOnlySpan<double> Weight { get; } = weight;
}

/// <summary>
/// Net gamma exposure of a chain, in dollars per 1 % move, as a function of spot: on a grid in one pass, and exactly at any spot. Calls plus, puts
/// minus; volatility stays with the strike. The same bits whatever the width and however many threads share the blocks.
/// </summary>
/// <remarks>
/// <para>
/// A contract's exposure at spot x is ±w·100·x²·0.01·γ(x) = ±w·e^(−qT)/s·x·φ(d₁(x)), s = σ√T. On a logarithmic grid d₁ is an arithmetic sequence of step
/// δ = h/s, and around any of its points φ(d + iδ) = φ(d)·e^(−δd·i)·e^(−δ²i²/2): powers of one exponential times factors that depend on the contract
/// alone. Every 16 points d, φ and e^(−δd) are computed afresh, so that a contract's relative error stays below 3e-15 of its peak. A contract whose d₁ is more
/// than 10 beyond all 16 points is skipped there: it would add less than 2e-22 of its peak. Contracts of δ above 3 (minutes to settlement) are priced point
/// by point within the same reach.
/// </para>
/// <para>
/// Sums have a fixed order: blocks of 1,024 contracts, in each block eight interleaved sums whatever the width. Not thread-safe, but for
/// <see cref="PriceBlock"/> of different blocks. Buffers are kept, so that pricing the next chain of the same size allocates nothing.
/// </para>
/// </remarks>
public sealed class GammaProfile
{
    internal const int Segment = 16;
    internal const int Lanes = 8;
    internal const int Block = 1024;
    internal const double Reach = 10;
    internal const double LongestStep = 3;

    readonly double[] _spotFactors;
    readonly double[] _offsets;
    readonly double[] _spots;
    readonly double[] _exposure;
    double[] _partial = [];

    // Contracts that count, gathered: A = ±w·e^(−qT)·φ(0)/s, d₁ at spot, 1/s. Those of long steps apart.
    internal double[] Scale = [], Moneyness = [], Inverse = [];
    internal double[] LongScale = [], LongMoneyness = [], LongInverse = [];
    internal int Count, LongCount;

    // Where GammaCrossings works.
    internal readonly List<(double U, double Net)> Samples = [];
    internal readonly List<(int Cell, double U, double Dollars)> Peaks = [];
    internal readonly List<(double Distance, int From, int To)> Cells = [];

    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public GammaProfile(GammaProfileSettings settings)
    {
        if (settings.Points is < 161 or > GammaProfileSettings.MostPoints || !(settings.Low > 0) || !(settings.High > settings.Low) || !double.IsFinite(settings.High))
            throw new ArgumentException($"{settings}: 161 to {GammaProfileSettings.MostPoints} points, 0 < low < high.", nameof(settings));

        double low = PortableMath.Log(settings.Low);
        Step = PortableMath.LogRatio(settings.High, settings.Low) / (settings.Points - 1);
        Padded = (settings.Points + Segment - 1) / Segment * Segment;
        _spotFactors = new double[settings.Points];
        for (int j = 0; j < settings.Points; j++) _spotFactors[j] = PortableMath.Exp(low + j * Step);
        _offsets = new double[Padded / Segment];
        for (int m = 0; m < _offsets.Length; m++) _offsets[m] = low + (m * Segment + Segment / 2) * Step;
        _spots = new double[settings.Points];
        _exposure = new double[settings.Points];
    }

    /// <summary>ln of the ratio of neighbouring spots.</summary>
    internal double Step { get; }

    internal int Padded { get; }

    /// <summary>ln of the point in the middle of each segment to spot.</summary>
    internal ReadOnlySpan<double> Offsets => _offsets;

    /// <summary>Dollars: where the underlying is.</summary>
    public double Spot { get; private set; }

    /// <summary>The grid, dollars, ascending.</summary>
    public ReadOnlySpan<double> Spots => _spots;

    /// <summary>Net exposure at each of <see cref="Spots"/>, dollars per 1 % move.</summary>
    public ReadOnlySpan<double> Exposure => _exposure;

    /// <summary>Contracts with a weight that cannot be priced: an input is not finite, or not greater than 0 where it must be.</summary>
    public int LeftOut { get; private set; }

    /// <summary>How many blocks of contracts there are to price.</summary>
    public int Blocks => Math.Max(1, (Count + Block - 1) / Block);

    /// <summary>Prices a chain on the grid.</summary>
    /// <param name="chain">The contracts; those of weight 0 cost nothing.</param>
    /// <param name="spot">Dollars, greater than 0.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    /// <exception cref="ArgumentException">The columns differ in length, or spot is not greater than 0 and finite.</exception>
    public void Price(in ProfileColumns chain, double spot, LaneWidth width = LaneWidth.Widest)
    {
        Load(chain, spot, width);
        for (int block = 0; block < Blocks; block++) PriceBlock(block, width);
        Complete();
    }

    /// <summary>Takes a chain in. What follows is <see cref="PriceBlock"/> of every block, in any order and on any thread, then <see cref="Complete"/>.</summary>
    /// <inheritdoc cref="Price"/>
    public void Load(in ProfileColumns chain, double spot, LaneWidth width = LaneWidth.Widest)
    {
        int n = chain.Strike.Length;
        if (chain.IsCall.Length != n || chain.Years.Length != n || chain.Volatility.Length != n || chain.Rate.Length != n || chain.DividendYield.Length != n || chain.Weight.Length != n)
            throw new ArgumentException("All columns have one length.", nameof(chain));
        if (!(spot > 1e-60 && spot < 1e60)) throw new ArgumentException($"A spot of {spot} is not greater than 0 and finite.", nameof(spot));

        int padded = (n + Lanes) / Lanes * Lanes; // One more than n, for gathering writes ahead.
        if (Scale.Length < padded)
            (Scale, Moneyness, Inverse, LongScale, LongMoneyness, LongInverse) =
                (new double[padded], new double[padded], new double[padded], new double[padded], new double[padded], new double[padded]);
        Spot = spot;
        for (int j = 0; j < _spots.Length; j++) _spots[j] = spot * _spotFactors[j];
        LeftOut = LaneWidths.Of(width) switch
        {
            LaneWidth.Eight => ProfileKernel<Vector512<double>, EightLanes>.Load(this, chain, spot),
            LaneWidth.Four => ProfileKernel<Vector256<double>, FourLanes>.Load(this, chain, spot),
            _ => ProfileKernel<double, OneLane>.Load(this, chain, spot),
        };

        for (int i = Count; i % Lanes != 0; i++) (Scale[i], Moneyness[i], Inverse[i]) = (0, 0, 1);
        if (_partial.Length < Blocks * Padded) _partial = new double[Blocks * Padded];
    }

    /// <summary>Prices one block on the grid.</summary>
    /// <param name="block">From 0, below <see cref="Blocks"/>.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    public void PriceBlock(int block, LaneWidth width = LaneWidth.Widest)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)Blocks, nameof(block));
        Span<double> sums = _partial.AsSpan(block * Padded, Padded);
        int from = block * Block;
        int count = Math.Min(Block, (Count - from + Lanes - 1) / Lanes * Lanes);
        switch (LaneWidths.Of(width))
        {
            case LaneWidth.Eight:
                ProfileKernel<Vector512<double>, EightLanes>.Price(this, from, count, sums);
                break;
            case LaneWidth.Four:
                ProfileKernel<Vector256<double>, FourLanes>.Price(this, from, count, sums);
                break;
            default:
                ProfileKernel<double, OneLane>.Price(this, from, count, sums);
                break;
        }
    }

    /// <summary>Sums the blocks, in their order, into <see cref="Exposure"/>.</summary>
    public void Complete()
    {
        Array.Clear(_exposure);
        for (int block = 0; block < Blocks; block++)
        {
            ReadOnlySpan<double> sums = _partial.AsSpan(block * Padded, _exposure.Length);
            for (int j = 0; j < _exposure.Length; j++) _exposure[j] += sums[j];
        }

        for (int i = 0; i < LongCount; i++) AddLong(LongScale[i], LongMoneyness[i], LongInverse[i]);
        for (int j = 0; j < _exposure.Length; j++) _exposure[j] *= _spots[j];
    }

    // Minutes before settlement a contract counts at a point or two.
    void AddLong(double scale, double moneyness, double inverse)
    {
        double low = PortableMath.Log(_spotFactors[0]);
        double first = Math.Ceiling(((-Reach - moneyness) / inverse - low) / Step);
        double last = Math.Floor(((Reach - moneyness) / inverse - low) / Step);
        if (!(first < _exposure.Length && last >= 0)) return;
        for (int j = (int)Math.Max(0, first); j <= Math.Min(last, _exposure.Length - 1); j++)
            _exposure[j] += scale * Bell(Math.FusedMultiplyAdd(low + j * Step, inverse, moneyness));
    }

    /// <summary>Net exposure exactly at a spot: each contract's own density, none skipped.</summary>
    /// <param name="spot">Dollars, greater than 0.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    public double At(double spot, LaneWidth width = LaneWidth.Widest) => AtLog(PortableMath.LogRatio(spot, Spot), out _, width);

    /// <summary>Net exposure at spot·e^<paramref name="u"/>, and its derivative with respect to u.</summary>
    internal double AtLog(double u, out double slope, LaneWidth width)
    {
        (double sum, double change) = LaneWidths.Of(width) switch
        {
            LaneWidth.Eight => ProfileKernel<Vector512<double>, EightLanes>.At(this, u),
            LaneWidth.Four => ProfileKernel<Vector256<double>, FourLanes>.At(this, u),
            _ => ProfileKernel<double, OneLane>.At(this, u),
        };

        for (int i = 0; i < LongCount; i++)
        {
            double d = Math.FusedMultiplyAdd(u, LongInverse[i], LongMoneyness[i]);
            double one = LongScale[i] * Bell(d);
            sum += one;
            change += one * Math.FusedMultiplyAdd(-d, LongInverse[i], 1);
        }

        double spot = Spot * PortableMath.Exp(u);
        slope = change * spot;
        return sum * spot;
    }

    // φ(d)/φ(0)
    static double Bell(double d)
    {
        double square = d * d;
        return square > 1400 ? 0 : PortableMath.Exp(-0.5 * square) * Math.FusedMultiplyAdd(-0.5, Math.FusedMultiplyAdd(d, d, -square), 1);
    }
}
