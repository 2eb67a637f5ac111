using ZeroGex.Analytics.Gex;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>Crossings of a gamma profile, refined or as coarse grids give them.</summary>
static class ProfileReading
{
    /// <summary>Prices the contracts and finds the crossings.</summary>
    /// <param name="points">The profile where it was sampled: spots, dollars, ascending, and net exposure, dollars per 1 % move.</param>
    public static GammaFlip Read(in ProfileColumns contracts, double spot, SpotGrid grid, CrossingChoice choice, out ProfilePoint[] points)
    {
        GammaFlip flip;
        if (grid.IsInterpolated)
        {
            var profile = new GammaProfile(new());
            profile.Load(contracts, spot);
            double net = profile.At(spot);
            points = new ProfilePoint[grid.Points];
            for (int i = 0; i < points.Length; i++)
            {
                double at = spot * (grid.Low + i * (grid.High - grid.Low) / (grid.Points - 1));
                points[i] = new(at, profile.At(at));
            }

            flip = new(null, Math.Sign(net), net, Interpolated(points));
        }
        else
        {
            var profile = new GammaProfile(new() { Points = grid.Points, Low = grid.Low, High = grid.High });
            profile.Price(contracts, spot);
            flip = GammaCrossings.Find(profile);
            points = new ProfilePoint[profile.Spots.Length];
            for (int i = 0; i < points.Length; i++) points[i] = new(profile.Spots[i], profile.Exposure[i]);
        }

        return flip with { Flip = Choose(flip.Crossings, spot, choice) };
    }

    static double? Choose(IReadOnlyList<double> crossings, double spot, CrossingChoice choice)
    {
        double? chosen = null;
        foreach (double crossing in crossings)
            if (chosen is not { } one || (choice == CrossingChoice.Nearest && Math.Abs(crossing - spot) < Math.Abs(one - spot))) chosen = crossing;
        return chosen;
    }

    // Straight lines between samples. One that is exactly zero is passed over; several side by side are out of reach of every contract, and nothing is known of what lies between their neighbours.
    static List<double> Interpolated(ProfilePoint[] points)
    {
        var crossings = new List<double>();
        ProfilePoint before = default;
        bool wasZero = false;
        foreach (ProfilePoint point in points)
        {
            bool isZero = point.Net == 0;
            if (isZero && wasZero) before = default;
            wasZero = isZero;
            if (isZero) continue;
            if (before.Net != 0 && Math.Sign(before.Net) != Math.Sign(point.Net)) crossings.Add(point.Spot - (point.Spot - before.Spot) * point.Net / (point.Net - before.Net));
            before = point;
        }

        return crossings;
    }
}
