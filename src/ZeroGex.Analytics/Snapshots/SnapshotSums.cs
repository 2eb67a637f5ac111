using System.Collections.Immutable;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>Exposures of some rows of a snapshot, and what is read off them.</summary>
sealed class SnapshotSums
{
    readonly SnapshotValues _values;
    readonly AnalysisSettings _settings;
    readonly int[] _rows;
    readonly ChainLayout _layout;
    readonly ChainExposure _exposure;
    readonly bool[] _isCall;
    readonly double[] _weight;
    readonly double _perUnit;
    readonly double[][] _byStrike;

    /// <param name="rows">Their numbers within the values, ascending.</param>
    public SnapshotSums(SnapshotValues values, AnalysisSettings settings, int[] rows)
    {
        (_values, _settings, _rows) = (values, settings, rows);
        _perUnit = settings.Unit == ExposureUnit.Percent ? 1 : 100 / values.Spot; // S²·0.01 against S.
        (_isCall, _weight) = (Of(values.IsCall), Of(values.Weight));
        _layout = new ChainLayout(Of(values.Strike), Of(values.ExpirationOf), values.Expirations.Length);
        _exposure = new ChainExposure(_layout);
        _exposure.Add(0, new ExposureColumns(_isCall, Of(values.Gamma), Of(values.Delta), Of(values.Vanna), Of(values.Charm), _weight), values.Spot);
        _byStrike = Columns(_layout.Strikes.Length);
        _exposure.ByStrike(ExposureMeasure.Gamma, Sums(_byStrike));
    }

    /// <summary>Rows of more dollars than exact sums hold.</summary>
    public int TooMuch => (int)_exposure.LeftOut;

    /// <summary>Sums and levels.</summary>
    /// <param name="points">The gamma profile where it was sampled, in the report's unit.</param>
    public ChainLevels Levels(ChainScope scope, out ProfilePoint[] points)
    {
        GammaLevels levels = GammaLevels.Of(_layout.Strikes, Sums(_byStrike));
        LadderLevels ladder = Ladder(_layout.Strikes, _byStrike[2]);
        GammaFlip profile = ProfileReading.Read(
            new ProfileColumns(_isCall, Of(_values.Strike), Of(_values.Years), Of(_values.Volatility), Of(_values.Rate), Of(_values.DividendYield), _weight),
            _values.Spot, _settings.Grid, _settings.Crossing, out points);
        foreach (ref ProfilePoint point in points.AsSpan()) point = point with { Net = point.Net * _perUnit };
        return new ChainLevels
        {
            Scope = scope,
            Contracts = _rows.Length - TooMuch,
            Gamma = Total(ExposureMeasure.Gamma, _perUnit),
            Delta = Total(ExposureMeasure.Delta),
            Vanna = Total(ExposureMeasure.Vanna),
            Charm = Total(ExposureMeasure.Charm),
            Flip = _settings.Flip == FlipRule.Cumulative ? ladder.ZeroGamma : profile.Flip,
            Crossings = [.. profile.Crossings],
            Regime = profile.Regime,
            ProfileAtSpot = profile.NetAtSpot * _perUnit,
            CallWall = levels.CallWall,
            PutWall = levels.PutWall,
            MaxGamma = levels.MaxGamma,
            Ladder = ladder,
        };
    }

    /// <summary>By strike.</summary>
    public ImmutableArray<StrikeExposure> Strikes()
    {
        var strikes = new StrikeExposure[_layout.Strikes.Length];
        for (int i = 0; i < strikes.Length; i++)
            strikes[i] = new(_layout.Strikes[i], _byStrike[0][i] * _perUnit, _byStrike[1][i] * _perUnit, _byStrike[2][i] * _perUnit, _byStrike[3][i] * _perUnit);
        return [.. strikes];
    }

    /// <summary>By strike of each expiration; of rows that are all rows of the values.</summary>
    public ImmutableArray<CellExposure> Cells()
    {
        double[][] sums = Columns(_layout.StrikeOfCell.Length);
        _exposure.ByCell(ExposureMeasure.Gamma, Sums(sums));
        var cells = new CellExposure[sums[0].Length];
        for (int i = 0; i < cells.Length; i++)
        {
            SnapshotExpiration expiration = _values.Expirations[_layout.ExpirationOfCell[i]];
            cells[i] = new(expiration.Root, expiration.Date, _layout.Strikes[_layout.StrikeOfCell[i]], sums[0][i] * _perUnit, sums[1][i] * _perUnit, sums[2][i] * _perUnit, sums[3][i] * _perUnit);
        }

        return [.. cells];
    }

    /// <summary>By expiration; of rows that are all rows of the values.</summary>
    public ImmutableArray<ExpirationReport> Expirations()
    {
        double[][] sums = Columns(_layout.Expirations), cells = Columns(_layout.StrikeOfCell.Length);
        _exposure.ByExpiration(ExposureMeasure.Gamma, Sums(sums));
        _exposure.ByCell(ExposureMeasure.Gamma, Sums(cells));
        var pains = new MaxPainResult?[_layout.Expirations];
        long[] held = Held();
        MaxPainStrike.Find(_layout, _isCall, held, pains);

        var reports = ImmutableArray.CreateBuilder<ExpirationReport>(_layout.Expirations);
        for (int number = 0, row = 0, cell = 0; number < _layout.Expirations; number++)
        {
            (int firstRow, int firstCell) = (row, cell);
            while (row < _rows.Length && _values.ExpirationOf[row] == number) row++;
            while (cell < _layout.ExpirationOfCell.Length && _layout.ExpirationOfCell[cell] == number) cell++;

            var strikes = new double[cell - firstCell];
            for (int i = 0; i < strikes.Length; i++) strikes[i] = _layout.Strikes[_layout.StrikeOfCell[firstCell + i]];
            double[][] ofCells = [.. cells.Select(column => column[firstCell..cell])];
            GammaLevels levels = GammaLevels.Of(strikes, Sums(ofCells));
            SnapshotExpiration expiration = _values.Expirations[number];
            reports.Add(new(
                expiration.Root, expiration.Date, expiration.Settlement, expiration.Years, expiration.Forward, expiration.IsImplied, row - firstRow,
                new(sums[0][number] * _perUnit, sums[1][number] * _perUnit, sums[2][number] * _perUnit, sums[3][number] * _perUnit),
                levels.CallWall, levels.PutWall, Ladder(strikes, ofCells[2]).ZeroGamma, Figures(pains[number], firstRow, row)));
        }

        return reports.DrainToImmutable();
    }

    /// <summary>Max pain as if all settled at one price.</summary>
    public MaxPainFigures Pooled() => Figures(MaxPainStrike.Find(_layout, _isCall, Held(), new MaxPainResult?[_layout.Expirations]), 0, _rows.Length);

    long[] Held() => [.. _rows.Select(row => SnapshotValues.WeightOf(_values.Rows[row], _settings.Weight)!.Value)];

    MaxPainFigures Figures(MaxPainResult? pain, int from, int to)
    {
        SnapshotRow[] rows = [.. _rows[from..to].Select(row => _values.Rows[row])];
        return PainFigures.Of(pain, _isCall.AsSpan(from..to), [.. rows.Select(row => row.OpenInterest ?? 0)], [.. rows.Select(row => row.Volume)]);
    }

    LadderLevels Ladder(ReadOnlySpan<double> strikes, double[] net)
    {
        var ladder = new StrikeLadder();
        for (int i = 0; i < strikes.Length; i++) ladder.Add(strikes[i], net[i], 0);
        GexLadder levels = _settings.HasLegacyLevels ? ladder.ToLegacy(_values.Spot) : ladder.ToCanonical();
        return new(levels.ZeroGamma, levels.MajorPositive, levels.MinorPositive, levels.MajorNegative, levels.MinorNegative);
    }

    ExposureTotal Total(ExposureMeasure measure, double factor = 1)
    {
        ExposureSum sum = _exposure.Total(measure);
        return new(sum.Call * factor, sum.Put * factor, sum.Net * factor, sum.Gross * factor);
    }

    T[] Of<T>(T[] column)
    {
        if (_rows.Length == column.Length) return column;
        var gathered = new T[_rows.Length];
        for (int i = 0; i < gathered.Length; i++) gathered[i] = column[_rows[i]];
        return gathered;
    }

    static double[][] Columns(int length) => [new double[length], new double[length], new double[length], new double[length]];

    static ExposureSums Sums(double[][] columns) => new(columns[0], columns[1], columns[2], columns[3]);
}
