namespace ZeroGex.Analytics.Gex;

/// <summary>Strikes that stand out in a chain's gamma exposure; of equal ones the lowest, null where none has the sign its name says.</summary>
/// <param name="MaxGamma">Of the largest net exposure, whatever its sign.</param>
/// <param name="CallWall">Of the largest positive call exposure.</param>
/// <param name="PutWall">Of the largest negative put exposure.</param>
public readonly record struct GammaLevels(double? MaxGamma, double? CallWall, double? PutWall)
{
    /// <summary>Reads the levels off sums by strike.</summary>
    /// <param name="strikes">Dollars, ascending.</param>
    /// <param name="byStrike"><see cref="ExposureMeasure.Gamma"/> by strike.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static GammaLevels Of(ReadOnlySpan<double> strikes, in ExposureSums byStrike)
    {
        if (byStrike.Call.Length != strikes.Length || byStrike.Put.Length != strikes.Length || byStrike.Net.Length != strikes.Length)
            throw new ArgumentException("All columns have one length.", nameof(byStrike));

        (double net, double call, double put) = (0, 0, 0);
        double? maxGamma = null, callWall = null, putWall = null;
        for (int i = 0; i < strikes.Length; i++)
        {
            if (Math.Abs(byStrike.Net[i]) > net) (net, maxGamma) = (Math.Abs(byStrike.Net[i]), strikes[i]);
            if (byStrike.Call[i] > call) (call, callWall) = (byStrike.Call[i], strikes[i]);
            if (byStrike.Put[i] < put) (put, putWall) = (byStrike.Put[i], strikes[i]);
        }

        return new(maxGamma, callWall, putWall);
    }
}
