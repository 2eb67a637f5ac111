using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary>Where a gamma profile changes its sign.</summary>
/// <param name="Flip">Dollars: the crossing nearest to spot, of two equally near ones the lower; null when there is none on the grid.</param>
/// <param name="Regime">The sign of the profile at spot: 1, −1, or 0.</param>
/// <param name="NetAtSpot">Net exposure at spot, dollars per 1 % move.</param>
/// <param name="Crossings">All of them, dollars, ascending.</param>
public sealed record GammaFlip(double? Flip, int Regime, double NetAtSpot, IReadOnlyList<double> Crossings);

/// <summary>Zero crossings of a gamma profile: seen on the grid, refined on the exact profile.</summary>
/// <remarks>
/// <para>
/// Every change of sign between neighbouring samples is a bracket; points at which the profile is exactly zero (no contract reaches them)
/// are passed over. Inside a bracket, Newton's method on ln x, kept within it by bisection (Press et al., "Numerical Recipes", 3rd ed., section 9.4),
/// ends when its step is below 1e-14: what remains is the rounding of the sum over its slope.
/// </para>
/// <para>
/// Samples are the points of the grid and, where contracts are too narrow for it (σ√T below two steps: the last hours of an expiration, or a vendor's
/// near-zero volatility), the exact profile at their peaks and halfway between. That is done where together they could outweigh half of what the ends of
/// their step show, nearest to spot first, at most <see cref="MostExtraSamples"/> times.
/// </para>
/// <para>
/// Two crossings between the same two points show no change of sign. Where the profile comes nearest to zero among three points, and a
/// parabola through them comes within a quarter of that distance, the extremum of the exact profile is looked for; if it lies beyond zero, both crossings
/// are reported. A profile that touches zero without crossing has no crossing there.
/// </para>
/// <para>Work areas are the profile's, and kept: nothing is allocated but the answer.</para>
/// </remarks>
public static class GammaCrossings
{
    /// <summary>How often the exact profile is asked for samples beside the grid.</summary>
    public const int MostExtraSamples = 512;

    const int MostSteps = 100;
    const double LastStep = 1e-14;
    const double NarrowStep = 0.5;

    /// <summary>Finds the crossings of a priced profile.</summary>
    /// <param name="profile">After <see cref="GammaProfile.Price"/>.</param>
    /// <param name="width">Changes the speed and nothing else.</param>
    public static GammaFlip Find(GammaProfile profile, LaneWidth width = LaneWidth.Widest)
    {
        double atSpot = profile.AtLog(0, out _, width);
        ReadOnlySpan<double> spots = profile.Spots;
        List<(double U, double Net)> samples = profile.Samples;
        samples.Clear();
        for (int j = 0; j < spots.Length; j++) samples.Add((PortableMath.LogRatio(spots[j], profile.Spot), profile.Exposure[j]));

        var crossings = new List<double>();
        for (int j = 1; j < spots.Length - 1; j++)
            if (ComesNear(samples[j - 1].Net, samples[j].Net, samples[j + 1].Net) && BeyondZero(profile, samples[j - 1].U, samples[j + 1].U, samples[j].Net, width) is { } beyond)
                samples.Add(beyond);
        AddNarrow(profile, samples, width);
        samples.Sort();

        (double U, double Net) last = default;
        foreach ((double U, double Net) sample in samples)
        {
            if (sample.Net == 0) continue;
            if (last.Net != 0 && last.Net < 0 != sample.Net < 0) crossings.Add(Refine(profile, last.U, sample.U, last.Net, sample.Net, width));
            last = sample;
        }

        crossings.Sort();
        double? flip = null;
        foreach (double crossing in crossings)
            if (flip is null || Math.Abs(crossing - profile.Spot) < Math.Abs(flip.Value - profile.Spot)) flip = crossing;
        return new(flip, Math.Sign(atSpot), atSpot, crossings);
    }

    // Samples where contracts narrower than the grid may hide a change of sign. The first Points of the samples are the grid.
    static void AddNarrow(GammaProfile profile, List<(double U, double Net)> samples, LaneWidth width)
    {
        int points = profile.Spots.Length;
        List<(int Cell, double U, double Dollars)> peaks = profile.Peaks;
        peaks.Clear();
        double narrow = NarrowStep / profile.Step;
        for (int i = 0; i < profile.Count; i++)
            if (profile.Inverse[i] > narrow) AddPeak(profile.Scale[i], profile.Moneyness[i], profile.Inverse[i]);
        for (int i = 0; i < profile.LongCount; i++) AddPeak(profile.LongScale[i], profile.LongMoneyness[i], profile.LongInverse[i]);
        if (peaks.Count == 0) return;

        peaks.Sort();
        List<(double Distance, int From, int To)> cells = profile.Cells;
        cells.Clear();
        for (int from = 0, to; from < peaks.Count; from = to)
        {
            int cell = peaks[from].Cell;
            double dollars = 0;
            for (to = from; to < peaks.Count && peaks[to].Cell == cell; to++) dollars += peaks[to].Dollars;
            if (dollars > 0.5 * Math.Min(Math.Abs(samples[cell].Net), Math.Abs(samples[cell + 1].Net))) cells.Add((Math.Abs(samples[cell].U), from, to));
        }

        cells.Sort();
        int left = MostExtraSamples;
        foreach ((_, int from, int to) in cells)
        {
            double before = samples[peaks[from].Cell].U;
            for (int i = from; i < to; i++)
            {
                double u = peaks[i].U;
                if (u - before <= LastStep) continue; // A call and a put of one strike peak together.
                AddSample(0.5 * (before + u));
                AddSample(u);
                before = u;
            }

            AddSample(0.5 * (before + samples[peaks[from].Cell + 1].U));
        }

        void AddPeak(double scale, double moneyness, double inverse)
        {
            double u = -moneyness / inverse;
            double at = Math.Floor((u - samples[0].U) / profile.Step);
            if (at >= 0 && at < points - 1) peaks.Add(((int)at, u, Math.Abs(scale) * profile.Spot * PortableMath.Exp(u)));
        }

        void AddSample(double u)
        {
            if (left-- > 0) samples.Add((u, profile.AtLog(u, out _, width)));
        }
    }

    static double Refine(GammaProfile profile, double low, double high, double atLow, double atHigh, LaneWidth width)
    {
        double u = low + (high - low) * (atLow / (atLow - atHigh)); // The secant's root.
        double before = high - low;
        for (int step = 0; step < MostSteps; step++)
        {
            double value = profile.AtLog(u, out double slope, width);
            if (value == 0) break;
            if (value < 0 == atLow < 0) low = u;
            else high = u;

            double next = u - value / slope;
            bool isSafe = next > low && next < high && Math.Abs(next - u) <= 0.5 * before;
            if (!isSafe && Math.Abs(next - u) <= LastStep) break; // Rounding decides on which side of the end it is.
            if (!isSafe) next = 0.5 * (low + high);
            before = Math.Abs(next - u);
            u = next;
            if (before <= LastStep) break;
        }

        return profile.Spot * PortableMath.Exp(u);
    }

    // Nearest to zero of three of one sign, and likely nearer still between them.
    static bool ComesNear(double left, double middle, double right)
    {
        if (middle == 0) return false;
        double sign = middle < 0 ? -1 : 1;
        (left, middle, right) = (sign * left, sign * middle, sign * right);
        if (!(left >= middle && right > middle)) return false; // Of two equal ones, the second stands for both.
        double curve = left - 2 * middle + right;
        double tilt = right - left;
        return curve > 0 && middle - 0.125 * tilt * tilt / curve < 0.25 * middle;
    }

    // Bisects for the extremum, and stops as soon as it is seen beyond zero.
    static (double U, double Net)? BeyondZero(GammaProfile profile, double low, double high, double net, LaneWidth width)
    {
        for (int step = 0; step < MostSteps && high - low > LastStep; step++)
        {
            double u = 0.5 * (low + high);
            double value = profile.AtLog(u, out double slope, width);
            if (value != 0 && value < 0 != net < 0) return (u, value);
            if (slope < 0 == net < 0) high = u; // It leads away from zero: the extremum is to the left.
            else low = u;
        }

        return null;
    }
}
