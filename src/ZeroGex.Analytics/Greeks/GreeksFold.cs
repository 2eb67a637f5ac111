using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Greeks;

/// <summary>Folds one root's session into volatilities and greeks of every contract, an expiration a message.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class GreeksFold(string root, DateOnly session, ChainSettings settings)
    : BookFold(root, session, settings, asksSpot: true, settings.GreeksEvery)
{
    readonly ChainModel _model = ChainModels.Of(settings, "Black–Scholes–Merton, European; vega, vanna and vomma per 0.01, rho per 1 %, theta and charm per day"
        + (settings.Style == PricingStyle.American ? "; American gammas by Andersen, Lake and Offengenden" : ""), settings.GreeksEvery);

    private protected override void Answer(in Instant at, ReadOnlySpan<bool> isDue, List<IMarketResult> answers)
    {
        Values.Evaluate(Book, at.Micros);
        if (Settings.Style == PricingStyle.American) Values.EvaluateAmerican();
        for (int i = 0; i < Values.Expirations.Length; i++) answers.Add(Expiration(i, at));
    }

    GreeksCalculated Expiration(int number, in Instant at)
    {
        (DateOnly date, _, int first, int count) = Values.Expirations[number];
        var rows = new ChainColumns(Values, Book, [.. Enumerable.Range(first, count)]);
        return new GreeksCalculated
        {
            Root = Root,
            Session = Session,
            Time = at.Time,
            Expiration = date,
            Spot = Values.Spot,
            Forward = Values.Forwards[number],
            Years = Values.YearsOf[number],
            Strike = rows.Of(Values.Strike),
            Right = rows.Of((in entry) => entry.Contract.Right),
            Bid = rows.Of((in entry) => entry.Bid),
            Ask = rows.Of((in entry) => entry.Ask),
            Last = rows.Of((in entry) => entry.Last),
            Volume = rows.Of((in entry) => entry.Volume),
            OpenInterest = rows.Of((in entry) => entry.OpenInterest),
            Volatility = rows.Of(Values.Volatility),
            Source = rows.Sources(true)!,
            Reason = rows.Reasons(),
            Delta = rows.Of(Values.Delta),
            Gamma = rows.Of(Values.Gamma),
            Theta = rows.Of(Values.Theta, ChainColumns.Days),
            Vega = rows.Of(Values.Vega, ChainColumns.Points),
            Rho = rows.Of(Values.Rho, ChainColumns.Points),
            Vanna = rows.Of(Values.Vanna, ChainColumns.Points),
            Charm = rows.Of(Values.Charm, ChainColumns.Days),
            Vomma = rows.Of(Values.Vomma, ChainColumns.Points * ChainColumns.Points),
            AmericanGamma = Settings.Style == PricingStyle.American ? rows.Numbers(Values.AmericanGamma) : [],
            Model = _model with { ImpliedForwards = Values.ImpliedForwards([number]), OpenInterestDate = Book.OpenInterestDate, Contracts = count, Used = count, Volatilities = rows.BySource() },
            Incomplete = at.IsIncomplete,
        };
    }
}
