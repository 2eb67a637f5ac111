using ZeroGex.Analytics.Chains;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.MaxPain;

/// <summary>Folds one root's session into max pain and put/call ratios, of each expiration and of all together.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class MaxPainFold(string root, DateOnly session, ChainSettings settings)
    : BookFold(root, session, settings, asksSpot: false, settings.GreeksEvery)
{
    readonly ChainModel _model = ChainModels.Of(settings, "least Σ OI·100·intrinsic, ties to the lower strike; pooled as if all settled at one price", settings.GreeksEvery);

    private protected override void Answer(in Instant at, ReadOnlySpan<bool> isDue, List<IMarketResult> answers)
    {
        var openInterest = new long[Values.Count];
        var volume = new long[Values.Count];
        int unknown = 0;
        for (int i = 0; i < Values.Count; i++)
        {
            ref readonly BookEntry entry = ref Book.Entries[Values.Places[i]];
            openInterest[i] = entry.OpenInterest ?? 0;
            volume[i] = entry.Volume;
            if (entry.OpenInterest is null) unknown++;
        }

        var results = new MaxPainResult?[Values.Layout.Expirations];
        MaxPainResult? pooled = MaxPainStrike.Find(Values.Layout, Values.IsCall, openInterest, results);
        var expirations = new ExpirationMaxPain[results.Length];
        for (int i = 0; i < results.Length; i++)
        {
            (DateOnly date, _, int first, int count) = Values.Expirations[i];
            expirations[i] = new(date, PainFigures.Of(results[i], Values.IsCall.Slice(first, count), openInterest.AsSpan(first, count), volume.AsSpan(first, count)));
        }

        answers.Add(new MaxPainCalculated
        {
            Root = Root,
            Session = Session,
            Time = at.Time,
            Spot = Book.Spot > 0 ? Book.Spot : null,
            Expirations = [.. expirations],
            Pooled = PainFigures.Of(pooled, Values.IsCall, openInterest, volume),
            Model = _model with
            {
                OpenInterestDate = Book.OpenInterestDate,
                Contracts = Values.Count + Book.Expired,
                Used = Values.Count - unknown,
                LeftOut = ChainModels.LeftOut(("expired", Book.Expired), ("open interest unknown", unknown)),
            },
            Incomplete = at.IsIncomplete,
        });
    }
}
