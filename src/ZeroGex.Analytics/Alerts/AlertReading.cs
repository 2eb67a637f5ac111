using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>A minute after one with flow in which nothing was traded.</summary>
/// <param name="Time">Its end.</param>
sealed record QuietMinute(string Root, DateTimeOffset Time) : IMarketResult;

/// <summary>What a result says to a rule. A new source of figures is one more result here, and its fold inside <see cref="AlertsFold"/>.</summary>
/// <param name="Value">The rule's figure; null when there is none at that moment.</param>
/// <param name="Level">The level that it speaks of, dollars.</param>
/// <param name="Spot">The underlying's price, dollars.</param>
readonly record struct AlertReading(double? Value, double? Level, double? Spot)
{
    /// <summary>The figure that a rule looks for; null when the result has nothing to do with it.</summary>
    public static AlertReading? Of(AlertRule rule, IMarketResult result) => result switch
    {
        ChainGexCalculated chain when rule.IsOfChain && rule.Scope == AlertWords.Of(chain.Scope) && rule.Weight == chain.Weight => Of(rule, chain),
        QualityCalculated quality when rule.IsOfData => new(Of(rule, quality), null, null),
        QuietMinute when rule.IsOfFlow => new(0, null, null),
        FlowCalculated flow when rule.IsOfFlow && flow.End - flow.Start == TimeSpan.FromMinutes(1) => Of(flow),
        _ => null,
    };

    static AlertReading Of(FlowCalculated flow)
    {
        double? spot = flow.Spot > 0 ? flow.Spot : null;
        if (flow.SmartMoney.IsDefaultOrEmpty) return new(0, null, spot);
        SmartMoneyFlow first = flow.SmartMoney.MaxBy(traded => traded.Score.Total);
        return new(first.Score.Total, first.Contract.Strike, spot);
    }

    static AlertReading Of(AlertRule rule, ChainGexCalculated chain)
    {
        if (rule.Metric == AlertMetric.NetGex) return new(chain.Gamma.Net, null, chain.Spot);
        double? level = LevelOf(rule.Level ?? rule.Metric, chain);
        if (rule.Metric != AlertMetric.Spot) return new(level, level, chain.Spot);
        return rule.Level is null ? new(chain.Spot, null, chain.Spot) : new((chain.Spot / level - 1) * 100, level, chain.Spot);
    }

    static double? LevelOf(AlertMetric level, ChainGexCalculated chain) => level switch
    {
        AlertMetric.ZeroGamma => chain.Flip,
        AlertMetric.CallWall => chain.CallWall,
        AlertMetric.PutWall => chain.PutWall,
        AlertMetric.MaxGamma => chain.MaxGamma,
        _ => null,
    };

    static double? Of(AlertRule rule, QualityCalculated quality) => rule.Metric switch
    {
        AlertMetric.Quality => (int)quality.State,
        AlertMetric.Gap => InputsOf(rule, quality).Sum(input => input.Lost),
        AlertMetric.Missed => InputsOf(rule, quality).Max(input => (double?)input.MissedSeconds),
        _ => quality.Findings.Where(finding => finding.Issue == QualityIssue.Stale && (rule.Scope == "all" ? IsJudged(finding) : rule.Scope == finding.Input)).Max(finding => (double?)finding.Value),
    };

    static IEnumerable<InputQuality> InputsOf(AlertRule rule, QualityCalculated quality) => quality.Inputs.Where(input => rule.Scope == "all" || rule.Scope == input.Kind);

    // Open interest comes once a day: its silence worries nobody who asks for all.
    static bool IsJudged(QualityFinding finding) => finding.Warning is not null || finding.Bad is not null;
}
