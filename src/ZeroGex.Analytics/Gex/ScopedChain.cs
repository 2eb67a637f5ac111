using System.Collections.Immutable;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>The expirations of a chain within one scope: their rows side by side, and the sums over them.</summary>
/// <remarks>Good for as long as the rows of its <see cref="ChainValues"/> stay.</remarks>
sealed class ScopedChain
{
    const string Convention = "γ·contracts·100·S²·0.01 per 1 %, calls +, puts −; European";

    readonly ChainModel _model;
    readonly ChainScope _scope;
    readonly ChainValues _values;
    readonly int[] _expirations; // Their numbers within the values.
    readonly int _rows;
    readonly ChainLayout _layout;
    readonly ChainExposure _exposure;
    readonly bool[] _isCall;
    readonly double[] _weight;
    readonly double[][] _buffers;

    public ScopedChain(ChainSettings settings, ChainScope scope, DateOnly session, ChainValues values)
    {
        (_scope, _values) = (scope, values);
        _model = ChainModels.Of(settings, Convention) with { Grid = new(settings.Grid.Points, settings.Grid.Low, settings.Grid.High) };
        _expirations = [.. Enumerable.Range(0, values.Expirations.Length).Where(i => IsIn(scope, session, values.Expirations[i].Date))];
        _rows = _expirations.Sum(i => values.Expirations[i].Count);
        _buffers = [.. Enumerable.Range(0, 9).Select(_ => new double[_rows])];
        (_isCall, _weight) = (new bool[_rows], new double[_rows]);
        Gather(values.IsCall, _isCall);
        Gather(values.Strike, _buffers[0]);
        _layout = _rows == values.Count ? values.Layout : Layout();
        _exposure = new ChainExposure(_layout);
    }

    /// <summary>True for an expiration within a scope.</summary>
    public static bool IsIn(ChainScope scope, DateOnly session, DateOnly expiration) => scope switch
    {
        ChainScope.ZeroDays => NyseCalendar.OnOrBefore(expiration) == session,
        ChainScope.Weekly => !Settlement.IsMonthly(expiration),
        ChainScope.Monthly => Settlement.IsMonthly(expiration),
        _ => true,
    };

    /// <summary>Sums and levels of one weight at the values' instant; null when the scope has no contracts, or more dollars than exact sums hold.</summary>
    public ChainGexCalculated? Calculate(string root, DateOnly session, DateTimeOffset time, ChainWeight weight, TimeSpan every, ChainBook book, GammaProfile profile, bool isIncomplete)
    {
        if (_rows == 0) return null;
        Span<int> bySource = stackalloc int[ChainModels.Sources];
        int unknown = Weigh(weight, book, bySource);
        ReadOnlySpan<double> strike = _buffers[0];
        ReadOnlySpan<double> gamma = Gather(_values.Gamma, _buffers[1]), delta = Gather(_values.Delta, _buffers[2]);
        ReadOnlySpan<double> vanna = Gather(_values.Vanna, _buffers[3]), charm = Gather(_values.Charm, _buffers[4]);
        ReadOnlySpan<double> years = Gather(_values.Years, _buffers[5]), volatility = Gather(_values.Volatility, _buffers[6]);
        ReadOnlySpan<double> rate = Gather(_values.Rate, _buffers[7]), dividend = Gather(_values.DividendYield, _buffers[8]);

        _exposure.Clear();
        _exposure.Add(0, new ExposureColumns(_isCall, gamma, delta, vanna, charm, _weight), _values.Spot);
        double[][] byStrike = Columns(_layout.Strikes.Length), byExpiration = Columns(_layout.Expirations);
        try
        {
            _exposure.ByStrike(ExposureMeasure.Gamma, Sums(byStrike));
        }
        catch (OverflowException)
        {
            return null; // Counts that no market has; the next chain facts put them right.
        }

        _exposure.ByExpiration(ExposureMeasure.Gamma, Sums(byExpiration));
        GammaLevels levels = GammaLevels.Of(_layout.Strikes, Sums(byStrike));
        profile.Price(new ProfileColumns(_isCall, strike, years, volatility, rate, dividend, _weight), _values.Spot);
        GammaFlip flip = GammaCrossings.Find(profile);

        int tooMuch = (int)_exposure.LeftOut;
        int expired = _scope == ChainScope.All ? book.Expired : 0;
        return new ChainGexCalculated
        {
            Root = root,
            Session = session,
            Time = time,
            Scope = _scope,
            Weight = weight,
            Spot = _values.Spot,
            Gamma = Total(ExposureMeasure.Gamma),
            Delta = Total(ExposureMeasure.Delta),
            Vanna = Total(ExposureMeasure.Vanna),
            Charm = Total(ExposureMeasure.Charm),
            MaxGamma = levels.MaxGamma,
            CallWall = levels.CallWall,
            PutWall = levels.PutWall,
            Flip = flip.Flip,
            Crossings = [.. flip.Crossings],
            Regime = flip.Regime,
            Strikes = Strikes(byStrike),
            Expirations = Expirations(byExpiration),
            ProfileSpots = [.. profile.Spots],
            Profile = [.. profile.Exposure],
            Model = _model with
            {
                EverySeconds = every.TotalSeconds,
                ImpliedForwards = _values.ImpliedForwards(_expirations),
                OpenInterestDate = book.OpenInterestDate,
                Contracts = _rows + expired,
                Used = _rows - unknown - tooMuch,
                LeftOut = ChainModels.LeftOut(("expired", expired), ("exposure out of range", tooMuch), ("open interest unknown", unknown)),
                Volatilities = ChainModels.BySource(bySource),
            },
            Incomplete = isIncomplete,
        };
    }

    ChainLayout Layout()
    {
        var expirationOfRow = new int[_rows];
        for (int i = 0, row = 0; i < _expirations.Length; i++)
        {
            int count = _values.Expirations[_expirations[i]].Count;
            expirationOfRow.AsSpan(row, count).Fill(i);
            row += count;
        }

        return new ChainLayout(_buffers[0], expirationOfRow, _expirations.Length);
    }

    // Weights of the rows; those unknown are 0, and counted.
    int Weigh(ChainWeight weight, ChainBook book, Span<int> bySource)
    {
        int unknown = 0, row = 0;
        foreach (int expiration in _expirations)
        {
            (_, _, int first, int count) = _values.Expirations[expiration];
            for (int i = first; i < first + count; i++, row++)
            {
                ref readonly BookEntry entry = ref book.Entries[_values.Places[i]];
                long? contracts = weight == ChainWeight.OpenInterest ? entry.OpenInterest : entry.Volume;
                _weight[row] = contracts ?? 0;
                if (contracts is null) unknown++;
                else bySource[(int)_values.Source[i]]++;
            }
        }

        return unknown;
    }

    ReadOnlySpan<T> Gather<T>(ReadOnlySpan<T> column, T[] buffer)
    {
        if (_rows == column.Length) column.CopyTo(buffer);
        else
            for (int i = 0, row = 0; i < _expirations.Length; i++)
            {
                (_, _, int first, int count) = _values.Expirations[_expirations[i]];
                column.Slice(first, count).CopyTo(buffer.AsSpan(row));
                row += count;
            }

        return buffer;
    }

    ExposureTotal Total(ExposureMeasure measure)
    {
        ExposureSum sum = _exposure.Total(measure);
        return new(sum.Call, sum.Put, sum.Net, sum.Gross);
    }

    ImmutableArray<StrikeExposure> Strikes(double[][] sums)
    {
        var rows = new StrikeExposure[_layout.Strikes.Length];
        for (int i = 0; i < rows.Length; i++) rows[i] = new(_layout.Strikes[i], sums[0][i], sums[1][i], sums[2][i], sums[3][i]);
        return [.. rows];
    }

    ImmutableArray<DatedExposure> Expirations(double[][] sums)
    {
        var rows = new DatedExposure[_expirations.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new(_values.Expirations[_expirations[i]].Date, _values.Forwards[_expirations[i]], sums[0][i], sums[1][i], sums[2][i], sums[3][i]);
        return [.. rows];
    }

    static double[][] Columns(int length) => [new double[length], new double[length], new double[length], new double[length]];

    static ExposureSums Sums(double[][] columns) => new(columns[0], columns[1], columns[2], columns[3]);
}
