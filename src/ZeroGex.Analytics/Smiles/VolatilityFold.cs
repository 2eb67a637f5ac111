using System.Collections.Immutable;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Smiles;

/// <summary>Folds one root's session into smiles and the term structure of volatility.</summary>
/// <remarks>A last price says what volatility was, not what it is: only quotes of two sides, and the feed's own volatility where that is trusted, are in a smile. Not thread-safe.</remarks>
public sealed class VolatilityFold(string root, DateOnly session, ChainSettings settings)
    : BookFold(root, session, settings, asksSpot: true, settings.VolatilityEvery)
{
    const double Quarter = 0.25;
    const string Convention =
        "out-of-the-money side of the forward; at the money linear in ln(K/F); 25-delta linear in spot delta; risk reversal = call − put; butterfly = ½(call + put) − at the money; expected move = S·σ·√T";

    readonly ChainModel _model = ChainModels.Of(settings, Convention, settings.VolatilityEvery);

    private protected override void Answer(in Instant at, ReadOnlySpan<bool> isDue, List<IMarketResult> answers)
    {
        Values.Evaluate(Book, at.Micros);
        var left = new Dictionary<string, int>();
        Span<int> used = stackalloc int[ChainModels.Sources];
        var expirations = new ExpirationVolatility[Values.Expirations.Length];
        for (int i = 0; i < expirations.Length; i++) expirations[i] = Expiration(i, left, used);
        left["expired"] = Book.Expired;
        answers.Add(new VolatilityCalculated
        {
            Root = Root,
            Session = Session,
            Time = at.Time,
            Spot = Values.Spot,
            Expirations = [.. expirations],
            Model = _model with
            {
                ImpliedForwards = Values.ImpliedForwards([.. Enumerable.Range(0, Values.Expirations.Length)]),
                OpenInterestDate = Book.OpenInterestDate,
                Contracts = Values.Count + Book.Expired,
                Used = expirations.Sum(expiration => expiration.Smile.Length),
                LeftOut = ChainModels.LeftOut(left.Select(reason => (reason.Key, reason.Value))),
                Volatilities = ChainModels.BySource(used),
            },
            Incomplete = at.IsIncomplete,
        });
    }

    ExpirationVolatility Expiration(int number, Dictionary<string, int> left, Span<int> used)
    {
        (DateOnly date, _, int first, int count) = Values.Expirations[number];
        double forward = Values.Forwards[number], years = Values.YearsOf[number];
        var points = ImmutableArray.CreateBuilder<SmilePoint>();
        var others = ImmutableArray.CreateBuilder<LeftOutQuote>();
        var quotes = new List<QuotedVolatility>();
        for (int row = first; row < first + count; row++)
        {
            (double strike, bool isCall, VolatilitySource source) = (Values.Strike[row], Values.IsCall[row], Values.Source[row]);
            if (isCall != strike >= forward)
            {
                Count("in the money");
                continue;
            }

            OptionRight right = isCall ? OptionRight.Call : OptionRight.Put;
            if (source is not (VolatilitySource.Feed or VolatilitySource.Mid))
            {
                string reason = Values.Reason[row].ToWords();
                Count(reason);
                others.Add(new(strike, right, reason));
                continue;
            }

            used[(int)source]++;
            points.Add(new(strike, right, PortableMath.LogRatio(strike, forward), Values.Volatility[row], source.ToWord()));
            quotes.Add(new(strike, isCall, Values.Volatility[row], Values.Delta[row]));
        }

        var smile = new Smile(forward, quotes);
        double? money = smile.AtTheForward(), call = smile.AtDelta(OptionRight.Call, Quarter), put = smile.AtDelta(OptionRight.Put, Quarter);
        (double? straddleStrike, double? straddle) = Straddle(first, count, forward);
        return new ExpirationVolatility
        {
            Expiration = date,
            Forward = forward,
            Years = years,
            AtTheMoney = money,
            Call25 = call,
            Put25 = put,
            RiskReversal = call - put,
            Butterfly = 0.5 * (call + put) - money,
            ExpectedMove = Values.Spot * money * Math.Sqrt(years),
            StraddleStrike = straddleStrike,
            Straddle = straddle,
            Smile = points.DrainToImmutable(),
            LeftOut = others.DrainToImmutable(),
        };

        void Count(string reason) => left[reason] = left.GetValueOrDefault(reason) + 1;
    }

    // Rows are by strike, the call before the put.
    (double? Strike, double? Price) Straddle(int first, int count, double forward)
    {
        (double? nearest, double? price) = (null, null);
        for (int row = first; row < first + count - 1; row++)
        {
            if (Values.Strike[row] != Values.Strike[row + 1]) continue;
            ref readonly BookEntry call = ref Book.Entries[Values.Places[row]];
            ref readonly BookEntry put = ref Book.Entries[Values.Places[row + 1]];
            if (!call.IsTwoSided || !put.IsTwoSided || Math.Abs(Values.Strike[row] - forward) >= Math.Abs(nearest - forward ?? double.MaxValue)) continue;
            (nearest, price) = (Values.Strike[row], call.Mid + put.Mid);
        }

        return (nearest, price);
    }
}
