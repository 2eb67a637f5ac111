using System.Collections.Immutable;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Bars;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Greeks;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Quality;
using ZeroGex.Analytics.Smiles;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Streams;

/// <summary>
/// One fold over one root's session: facts in, results out. Time comes only from the facts, so that a replay gives the same answers as living through them.
/// </summary>
/// <remarks>
/// Not thread-safe. Each input comes in the order of its stamps; inputs may overtake each other, and neither that nor where facts were cut into messages
/// changes the answers, only which call gives them. The newest message of an input delivered again is answered again; an older one is not answered.
/// </remarks>
public interface IFold
{
    /// <summary>Applies the next fact of an input and answers with the results that it completes, in the order of their time.</summary>
    IReadOnlyList<IMarketResult> Apply(IMarketFact fact);

    /// <summary>
    /// Everything that ends by then has been answered; nothing has while it is <see cref="DateTimeOffset.MinValue"/>. Answers are given only as it moves on, which is what a
    /// restart asks: what was answered before is not said again.
    /// </summary>
    DateTimeOffset Through { get; }

    /// <summary>Rows that came after their window or slice had closed. No window holds them; what is known of a contract may still take them in.</summary>
    long Late { get; }

    /// <summary>Messages that are missing for good between those applied.</summary>
    long Lost { get; }
}

/// <summary>A kind of fold: its name, what it reads, and how one is started.</summary>
/// <param name="Name">The role, the queue and the name in the table of marks.</param>
/// <param name="Inputs">The kinds of streams it reads, for example <c>trades</c>.</param>
/// <param name="Create">A fresh fold for a root and session.</param>
public sealed record FoldSpec(string Name, IReadOnlyList<string> Inputs, Func<string, DateOnly, FoldSettings, IFold> Create);

/// <summary>What the folds may be told.</summary>
public sealed record FoldSettings
{
    /// <summary>For traded exposure.</summary>
    public GexSettings Gex { get; init; } = new();

    /// <summary>For whole chains, their volatilities, and the greeks of their minutes.</summary>
    public ChainSettings Chain { get; init; } = new();

    /// <summary>For flow.</summary>
    public FlowSettings Flow { get; init; } = new();

    /// <summary>What is thought of data.</summary>
    public QualitySettings Quality { get; init; } = new();

    /// <summary>The rules of alerts.</summary>
    public AlertSettings Alerts { get; init; } = new();

    /// <summary>Continuously compounded dividend yields by root; of any other root it is what the settings above say.</summary>
    public ImmutableSortedDictionary<string, double> DividendYields { get; init; } = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>The roots whose greeks have American gammas beside the European ones; <see cref="Listed"/> among them means those that are American by their terms.</summary>
    public ImmutableSortedSet<string> AmericanRoots { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>In the place of roots: by what is listed (<see cref="ExerciseTerms"/>).</summary>
    public const string Listed = "listed";

    /// <summary>The longest that any fold waits after the end of what it answers.</summary>
    public TimeSpan LongestGrace => new[] { Gex.Grace, Chain.Slices.Grace, Flow.Slices.Grace }.Max();

    /// <summary>What the folds of a root are told.</summary>
    public FoldSettings For(string root)
    {
        PricingStyle exercise = ExerciseTerms.Of(root);
        var told = this with { Chain = Chain with { Exercise = exercise } };
        if (DividendYields.TryGetValue(root, out double yield))
            told = told with { Gex = Gex with { DividendYield = yield }, Chain = told.Chain with { DividendYield = yield }, Flow = Flow with { DividendYield = yield } };
        if (AmericanRoots.Contains(root) || (AmericanRoots.Contains(Listed) && exercise == PricingStyle.American))
            told = told with { Chain = told.Chain with { Style = PricingStyle.American } };
        return told;
    }
}

/// <summary>Every fold there is. Live roles, replay and rebuilds all run these.</summary>
public static class Folds
{
    /// <summary>Quotes, prints and open interest to volatilities and greeks of every contract.</summary>
    public static FoldSpec Greeks { get; } = new("greeks", BookFold.Inputs, (root, session, settings) => new GreeksFold(root, session, settings.For(root).Chain));

    /// <summary>Quotes, prints and open interest to the exposures of the chain.</summary>
    public static FoldSpec Chain { get; } = new("chain", BookFold.Inputs, (root, session, settings) => new ChainFold(root, session, settings.For(root).Chain));

    /// <summary>Quotes, prints and open interest to max pain and put/call ratios.</summary>
    public static FoldSpec MaxPain { get; } = new("max-pain", BookFold.Inputs, (root, session, settings) => new MaxPainFold(root, session, settings.For(root).Chain));

    /// <summary>Everything of a root to one-minute bars of the underlying and rows of its options.</summary>
    public static FoldSpec Bars { get; } = new("bars", BarsFold.Inputs, (root, session, settings) => new BarsFold(root, session, settings.For(root).Chain));

    /// <summary>Prints to traded gamma exposure, a window and expiration at a time.</summary>
    public static FoldSpec Gex { get; } = new("gex", ["trades"], (root, session, settings) => new GexAggregator(root, session, settings.For(root).Gex));

    /// <summary>Prints, quotes and vendor bars to flow: what was bought and sold, by strike and expiration, and what stands out.</summary>
    public static FoldSpec Flow { get; } = new("flow", FlowFold.Inputs, (root, session, settings) => new FlowFold(root, session, settings.For(root).Flow));

    /// <summary>Quotes, prints and open interest to smiles and the term structure of volatility.</summary>
    public static FoldSpec Volatility { get; } = new("volatility", BookFold.Inputs, (root, session, settings) => new VolatilityFold(root, session, settings.For(root).Chain));

    /// <summary>Everything of a root to what its data is worth, minute by minute.</summary>
    public static FoldSpec Quality { get; } = new("quality", QualityFold.Inputs, (root, session, settings) => new QualityFold(root, session, settings.For(root).Chain, settings.Quality));

    /// <summary>Everything of a root to what rules find in it.</summary>
    public static FoldSpec Alerts { get; } = new("alerts", AlertsFold.Inputs, (root, session, settings) => new AlertsFold(root, session, settings.For(root)));

    /// <summary>All of them, in the order of their names.</summary>
    public static IReadOnlyList<FoldSpec> All { get; } = [Alerts, Bars, Chain, Flow, Gex, Greeks, MaxPain, Quality, Volatility];
}
