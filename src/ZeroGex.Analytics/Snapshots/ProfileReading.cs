using ZeroGex.Analytics.Gex;

namespace ZeroGex.Analytics.Snapshots;

/// <summary>Crossings of a gamma profile, refined or as coarse grids give them.</summary>
static class ProfileReading
{
    /// <summary>Prices the contracts and finds the crossings.</summary>
    public static GammaFlip Read(in ProfileColumns contracts, double spot, SpotGrid grid, CrossingChoice choice)
    {
        GammaFlip flip;
        if (grid.IsInterpolated)
        {
            var profile = new GammaProfile(new());
            profile.Load(contracts, spot);
            double net = profile.At(spot);
            flip = new(null, Math.Sign(net), net, Interpolated(profile, grid));
        }
        else
        {
            var profile = new GammaProfile(new() { Points = grid.Points, Low = grid.Low, High = grid.High });
            profile.Price(contracts, spot);
            flip = GammaCrossings.Find(profile);
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

    // Straight lines between evenly spaced spots. A sample that is exactly zero is the crossing itself, and counts once.
    static List<double> Interpolated(GammaProfile profile, SpotGrid grid)
    {
        var crossings = new List<double>();
        (double spotBefore, double before) = (0, 0);
        for (int i = 0; i < grid.Points; i++)
        {
            double spot = profile.Spot * (grid.Low + i * (grid.High - grid.Low) / (grid.Points - 1));
            double net = profile.At(spot);
            if (i > 0 && before != 0 && Math.Sign(before) != Math.Sign(net)) crossings.Add(spot - (spot - spotBefore) * net / (net - before));
            (spotBefore, before) = (spot, net);
        }

        return crossings;
    }
}
