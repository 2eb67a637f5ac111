using System.Collections.Immutable;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>The contracts of a snapshot that the choices leave in, a row a contract: by expiration, root, strike, call before put; and their greeks.</summary>
/// <remarks>Portable kernels only, and the ladder of <see cref="VolatilityLadder"/>: by default the bits of <see cref="BookFold"/>.</remarks>
sealed class SnapshotValues
{
    const string None = "none";

    readonly AnalysisSettings _settings;
    readonly DateOnly _session;
    readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, int> _sources = new(StringComparer.Ordinal);
    double _atDefault;

    public SnapshotValues(ChainSnapshot snapshot, AnalysisSettings settings, double spot, DateOnly session)
    {
        (_settings, _session, Spot) = (settings, session, spot);
        bool isQuoted = snapshot.IsQuoted;
        var rows = new List<SnapshotRow>(snapshot.Rows.Length);
        var volatilities = new List<double>(snapshot.Rows.Length);
        var expirationOf = new List<int>(snapshot.Rows.Length);
        var expirations = new List<SnapshotExpiration>();
        ReadOnlySpan<SnapshotRow> rest = SnapshotMarket.Sort(snapshot);
        for (int count; !rest.IsEmpty; rest = rest[count..])
        {
            count = SnapshotMarket.FirstExpiration(rest);
            SnapshotExpiration expiration = SnapshotMarket.Of(rest[..count], snapshot.Time, spot, isQuoted, settings);
            int before = rows.Count;
            foreach (ref readonly SnapshotRow row in rest[..count])
            {
                double volatility = 0;
                if ((WhyNot(expiration, snapshot.Time) ?? WhyNot(row) ?? WhyNot(row, expiration, out volatility)) is { } reason)
                {
                    _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;
                    continue;
                }

                rows.Add(row);
                volatilities.Add(volatility);
                expirationOf.Add(expirations.Count);
            }

            if (rows.Count > before) expirations.Add(expiration);
        }

        (Rows, Volatility, ExpirationOf, Expirations) = ([.. rows], [.. volatilities], [.. expirationOf], [.. expirations]);
        Evaluate();
    }

    public double Spot { get; }

    /// <summary>Expirations that have rows, by date and root.</summary>
    public SnapshotExpiration[] Expirations { get; }

    public SnapshotRow[] Rows { get; }

    /// <summary>Of each row: the number of its expiration.</summary>
    public int[] ExpirationOf { get; }

    /// <summary>Of each row; 0 where it has none: then it has no gamma but the vendor's.</summary>
    public double[] Volatility { get; }

    public bool[] IsCall { get; private set; } = [];
    public double[] Strike { get; private set; } = [];
    public double[] Years { get; private set; } = [];
    public double[] Rate { get; private set; } = [];
    public double[] DividendYield { get; private set; } = [];

    /// <summary>Greeks in natural units (<see cref="OptionValue"/>); gamma and delta may be the vendor's.</summary>
    public double[] Gamma { get; private set; } = [];
    public double[] Delta { get; private set; } = [];
    public double[] Vanna { get; private set; } = [];
    public double[] Charm { get; private set; } = [];

    /// <summary>Contracts that each row stands for.</summary>
    public double[] Weight { get; private set; } = [];

    /// <summary>Rows that are not in, by reason.</summary>
    public ImmutableArray<ContractCount> LeftOut => [.. _leftOut.Select(count => new ContractCount(count.Key, count.Value))];

    /// <summary>Rows by the source of their volatility.</summary>
    public ImmutableArray<ContractCount> Sources => [.. _sources.Select(count => new ContractCount(count.Key, count.Value))];

    /// <summary>Share of all weight that is priced at the default volatility; null where nothing weighs.</summary>
    public double? DefaultShare => Weight.Sum() is > 0 and var all ? _atDefault / all : null;

    /// <summary>What a row weighs; null where that is unknown.</summary>
    public static long? WeightOf(in SnapshotRow row, ChainWeight weight) => weight == ChainWeight.Volume ? row.Volume : row.OpenInterest;

    string? WhyNot(in SnapshotExpiration expiration, DateTimeOffset now) =>
        _settings.Root is { } root && expiration.Root != root ? "another root"
        : expiration.IsOver && (!_settings.KeepsExpired || expiration.Years <= 0) ? "expired"
        : !ScopedChain.IsIn(_settings.Scope, _session, expiration.Date) ? "another scope"
        : _settings.Days is { } days && expiration.Settlement - now > TimeSpan.FromDays(days) ? "too far away in time"
        : null;

    string? WhyNot(in SnapshotRow row) =>
        _settings.StrikesWithin is { } within && Math.Abs(row.Contract.Strike - Spot) > within * Spot ? "too far from spot"
        : WeightOf(row, _settings.Weight) is not { } weight ? "open interest unknown"
        : _settings.HasLegacyLevels && weight == 0 ? "not traded" // The predecessor heard of nothing else.
        : null;

    string? WhyNot(in SnapshotRow row, in SnapshotExpiration expiration, out double volatility)
    {
        string source = Choose(row, expiration, out volatility);
        if (source == None && _settings is { Gamma: GammaChoice.Computed, HasLegacyLevels: false }) return "no volatility";
        _sources[source] = _sources.GetValueOrDefault(source) + 1;
        if (source == VolatilitySource.Default.ToWord()) _atDefault += WeightOf(row, _settings.Weight)!.Value;
        return null;
    }

    string Choose(in SnapshotRow row, in SnapshotExpiration expiration, out double volatility)
    {
        volatility = 0;
        if (_settings.Volatility == VolatilityChoice.FeedOnly)
        {
            volatility = row.Volatility;
            return volatility > 0 ? VolatilitySource.Feed.ToWord() : None;
        }

        bool isLast = _settings.Volatility == VolatilityChoice.LastOnly;
        ChosenVolatility chosen = VolatilityLadder.Choose(
            new QuotedOption(row.Contract.Right == OptionRight.Call, Spot, row.Contract.Strike, expiration.Years, _settings.Rate, expiration.DividendYield,
                _settings.Volatility == VolatilityChoice.Feed ? row.Volatility : 0, isLast ? 0 : row.Bid, isLast ? 0 : row.Ask, row.Last),
            _settings.Bounds);
        if (chosen.Source == VolatilitySource.Default && (isLast || _settings.LeavesOutDefaults)) return None;
        volatility = chosen.Volatility;
        return chosen.Source.ToWord();
    }

    void Evaluate()
    {
        int n = Rows.Length;
        IsCall = [.. Rows.Select(row => row.Contract.Right == OptionRight.Call)];
        Strike = [.. Rows.Select(row => row.Contract.Strike)];
        Years = [.. ExpirationOf.Select(number => Expirations[number].Years)];
        DividendYield = [.. ExpirationOf.Select(number => Expirations[number].DividendYield)];
        Weight = [.. Rows.Select(row => (double)WeightOf(row, _settings.Weight)!.Value)];
        (Rate, Gamma, Delta, Vanna, Charm) = (new double[n], new double[n], new double[n], new double[n], new double[n]);
        Array.Fill(Rate, _settings.Rate);
        var spot = new double[n];
        Array.Fill(spot, Spot);
        double[] Unasked() => new double[n];
        BatchGreeks.Evaluate(
            new OptionColumns(IsCall, spot, Strike, Years, Volatility, Rate, DividendYield),
            new ValueColumns(Unasked(), Delta, Gamma, Unasked(), Unasked(), Unasked(), Vanna, Charm, Unasked(), Unasked()));

        for (int i = 0; i < n; i++)
        {
            if (!(Volatility[i] > 0)) (Delta[i], Gamma[i], Vanna[i], Charm[i]) = (0, 0, 0, 0);
            if (_settings.Gamma == GammaChoice.Vendor) (Delta[i], Gamma[i]) = (Rows[i].Delta, Rows[i].Gamma);
            if (_settings.GammaDecimals is { } decimals) Gamma[i] = Math.Round(Gamma[i], decimals, MidpointRounding.AwayFromZero);
        }
    }
}
