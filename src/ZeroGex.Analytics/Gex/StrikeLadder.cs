using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Gex;

/// <summary>Exposure summed by strike, strikes ascending, and the levels read off it.</summary>
/// <remarks>
/// Levels rank strikes by exposure, highest first, equal ones by ascending strike: positives are the first two, negatives the last two.
/// Sums run over ascending strikes, so that they do not depend on the order of arrival across strikes.
/// </remarks>
sealed class StrikeLadder
{
    readonly List<StrikeGex> _rungs = [];

    public void Add(double strike, double gex, long volume)
    {
        int i = Find(strike);
        if (i < 0)
        {
            _rungs.Insert(~i, new StrikeGex(strike, gex, volume));
            return;
        }

        StrikeGex rung = _rungs[i];
        _rungs[i] = new StrikeGex(strike, rung.Gex + gex, rung.Volume + volume);
    }

    /// <summary>Levels that have the sign their name says, and are null where there is none.</summary>
    public GexLadder ToCanonical()
    {
        (int first, int second, int secondLast, int last) = Rank();
        return new GexLadder
        {
            Sum = Sum(),
            ZeroGamma = Crossing(),
            MajorPositive = Strike(first, sign: 1),
            MinorPositive = Strike(second, sign: 1),
            MajorNegative = Strike(last, sign: -1),
            MinorNegative = Strike(secondLast, sign: -1),
            Strikes = ToArray(),
        };

        double? Strike(int i, int sign) => i >= 0 && _rungs[i].Gex * sign > 0 ? _rungs[i].Strike : null;
    }

    /// <summary>Levels whatever their sign; 0 for a missing minor and the spot for a missing zero gamma.</summary>
    public GexLadder ToLegacy(double spot)
    {
        (int first, int second, int secondLast, int last) = Rank();
        return new GexLadder
        {
            Sum = Sum(),
            ZeroGamma = LegacyCrossing() ?? spot,
            MajorPositive = Strike(first),
            MinorPositive = Strike(second),
            MajorNegative = Strike(last),
            MinorNegative = Strike(secondLast),
            Strikes = ToArray(),
        };

        double Strike(int i) => i >= 0 ? _rungs[i].Strike : 0;
    }

    ImmutableArray<StrikeGex> ToArray() => ImmutableArray.Create<StrikeGex>(CollectionsMarshal.AsSpan(_rungs));

    int Find(double strike)
    {
        int low = 0;
        int high = _rungs.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            double at = _rungs[middle].Strike;
            if (at == strike) return middle;
            if (at < strike) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    (int First, int Second, int SecondLast, int Last) Rank()
    {
        int first = -1, second = -1, secondLast = -1, last = -1;
        for (int i = 0; i < _rungs.Count; i++)
        {
            double gex = _rungs[i].Gex;
            if (first < 0 || gex > _rungs[first].Gex) (first, second) = (i, first);
            else if (second < 0 || gex > _rungs[second].Gex) second = i;

            if (last < 0 || gex <= _rungs[last].Gex) (last, secondLast) = (i, last);
            else if (secondLast < 0 || gex <= _rungs[secondLast].Gex) secondLast = i;
        }

        return (first, second, secondLast, last);
    }

    double Sum()
    {
        double sum = 0;
        foreach (StrikeGex rung in _rungs) sum += rung.Gex;
        return sum;
    }

    // Where the running sum first goes from one sign to the other; a zero in between is the crossing itself.
    double? Crossing()
    {
        double running = 0;
        double before = 0;
        double? zeroAt = null;
        for (int i = 0; i < _rungs.Count; i++)
        {
            running += _rungs[i].Gex;
            if (running == 0)
            {
                zeroAt ??= _rungs[i].Strike;
                continue;
            }

            if (Math.Sign(before) * Math.Sign(running) < 0)
                return zeroAt ?? Interpolate(_rungs[i - 1].Strike, before, _rungs[i].Strike, running);
            before = running;
            zeroAt = null;
        }

        return null;
    }

    // The predecessor's: once both signs occur, the first step from one of −, 0, + to another counts, also the step away from
    // a running sum of 0 (lowest strikes that could not be priced), which puts the crossing at that strike.
    double? LegacyCrossing()
    {
        double running = 0;
        double before = 0;
        double? crossing = null;
        bool hasPositive = false;
        bool hasNegative = false;
        for (int i = 0; i < _rungs.Count; i++)
        {
            running += _rungs[i].Gex;
            hasPositive |= running > 0;
            hasNegative |= running < 0;
            if (i > 0 && crossing is null && Math.Sign(before) != Math.Sign(running))
                crossing = Interpolate(_rungs[i - 1].Strike, before, _rungs[i].Strike, running);
            before = running;
        }

        return hasPositive && hasNegative ? crossing : null;
    }

    static double Interpolate(double strike, double sum, double nextStrike, double nextSum) =>
        strike - sum * (nextStrike - strike) / (nextSum - sum);
}
