using System.Collections.Immutable;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Chains;

/// <summary>What the folds of whole chains may be told. Times are rounded up to whole slices.</summary>
public sealed record ChainSettings
{
    /// <summary>How time is cut.</summary>
    public SliceSettings Slices { get; init; } = new();

    /// <summary>With nothing new, every answer is given again after this long, for time itself moves greeks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Exposures of the first scope and weight are answered at most this often.</summary>
    public TimeSpan LevelsEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Exposures of the other scopes and weights are answered at most this often.</summary>
    public TimeSpan ScopesEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Greeks of every contract, and max pain, are answered at most this often.</summary>
    public TimeSpan GreeksEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Smiles and the term structure are answered at most this often.</summary>
    public TimeSpan VolatilityEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The scopes answered, the most wanted one first.</summary>
    public ImmutableArray<ChainScope> Scopes { get; init; } = [ChainScope.All, ChainScope.ZeroDays, ChainScope.Weekly, ChainScope.Monthly];

    /// <summary>The weights answered, the most wanted one first.</summary>
    public ImmutableArray<ChainWeight> Weights { get; init; } = [ChainWeight.OpenInterest, ChainWeight.Volume];

    /// <summary>Continuously compounded risk-free rate.</summary>
    public double Rate { get; init; } = 0.05;

    /// <summary>Continuously compounded dividend yield of the root.</summary>
    public double DividendYield { get; init; }

    /// <summary>American adds a column of its gammas to the greeks; exposures are European gammas whatever it says.</summary>
    public PricingStyle Style { get; init; }

    /// <summary>How the contracts are exercised by their terms: parity is asked of American ones only after early exercise has been taken out of their prices.</summary>
    public PricingStyle Exercise { get; init; }

    /// <summary>True implies each expiration's forward by put–call parity, and takes the dividend yield only where the quotes imply none.</summary>
    public bool ImpliesForwards { get; init; }

    /// <summary>True asks the feed's own volatility first, where it is within the bounds.</summary>
    public bool TrustsFeedVolatility { get; init; }

    /// <summary>What a volatility may be.</summary>
    public VolatilitySettings Volatility { get; init; } = new();

    /// <summary>The spots of the gamma profile.</summary>
    public GammaProfileSettings Grid { get; init; } = new();
}
