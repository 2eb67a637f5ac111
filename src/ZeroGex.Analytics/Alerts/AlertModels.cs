using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Quality;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Alerts;

/// <summary>What alerts say of their rule and of the figures that it looks at.</summary>
static class AlertModels
{
    /// <param name="rules">All that are in force, this one too.</param>
    public static AlertModel Of(AlertRule rule, IEnumerable<AlertRule> rules, FoldSettings settings)
    {
        ChainModel chain = ChainModels.Of(settings.Chain, "");
        FlowSettings flow = settings.Flow;
        return new()
        {
            Symbol = rule.Symbol,
            Level = rule.Level is { } level ? AlertWords.Of(level) : null,
            Weight = rule.IsOfChain ? AlertWords.Of(rule.Weight) : null,
            Hysteresis = rule.Operator == AlertOperator.Moves ? null : rule.Hysteresis,
            CooldownSeconds = rule.Cooldown.TotalSeconds,
            Rules = string.Join(", ", rules.Select(each => each.Name)),
            Rate = rule.IsOfFlow ? flow.Rate : chain.Rate,
            DividendYield = rule.IsOfFlow ? flow.DividendYield : chain.DividendYield,
            ForwardSource = rule.IsOfFlow ? null : chain.ForwardSource,
            VolatilitySource = rule.IsOfFlow ? ChainModels.Asked(flow.TrustsFeedVolatility) : chain.VolatilitySource,
            LowestVolatility = rule.IsOfFlow ? flow.Volatility.Lowest : chain.LowestVolatility,
            HighestVolatility = rule.IsOfFlow ? flow.Volatility.Highest : chain.HighestVolatility,
            DefaultVolatility = rule.IsOfFlow ? flow.Volatility.Default : chain.DefaultVolatility,
            AggressorRules = rule.IsOfFlow ? Flow.AggressorRules.UpTo(flow.LastRule) : null,
            Limits = rule.IsOfData ? QualityLimits.Say(settings.Quality) : null,
            StaleAfterSeconds = rule.IsOfData ? settings.Quality.StaleAfter.TotalSeconds : null,
            SliceSeconds = chain.SliceSeconds,
            GraceSeconds = chain.GraceSeconds,
            EngineVersion = Engine.Version,
        };
    }
}
