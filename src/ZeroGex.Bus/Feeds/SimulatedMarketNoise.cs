using System.Numerics;

namespace ZeroGex.Bus.Feeds;

/// <summary>Randomness by place instead of by turn: a number depends on its key and counter alone, so any instant can be had first.</summary>
static class SimulatedMarketNoise
{
    /// <summary>The shortest and the longest period of <see cref="Walk"/>: a quarter of a second, and 97 days.</summary>
    const double Shortest = 0.25;
    const int Octaves = 26;

    /// <summary>The variance that one second adds to the sum of octaves of amplitude sqrt(period); a test holds it to that.</summary>
    const double VariancePerSecond = 5.1;

    /// <summary>SplitMix64's finalizer (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>The random bits at a counter.</summary>
    public static ulong At(ulong key, ulong counter) => Mix(key + counter * 0x9E3779B97F4A7C15);

    /// <summary>A key of its own for a name, under a seed.</summary>
    public static ulong Key(long seed, string name)
    {
        ulong hash = 0xCBF29CE484222325; // FNV-1a
        foreach (char letter in name) hash = (hash ^ letter) * 0x100000001B3;
        return At(hash, (ulong)seed);
    }

    /// <summary>Strictly between 0 and 1.</summary>
    public static double Unit(ulong bits) => ((bits >> 12) + 0.5) * (1.0 / (1L << 52));

    /// <summary>Nearly standard normal: the sum of four uniform numbers.</summary>
    public static double Normal(ulong bits)
    {
        double sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return (sum - 2 * 65_535.0) * (1.7320508075688772 / 65_536);
    }

    /// <summary>
    /// A path that looks Brownian from a second to months, and strays no further: smooth value noise at every octave of time, with an
    /// amplitude that grows with the root of the period.
    /// </summary>
    /// <returns>In units of a day's standard deviation.</returns>
    public static double Walk(ulong key, long micros)
    {
        double seconds = micros * 1e-6;
        double sum = 0, period = Shortest;
        for (int octave = 0; octave < Octaves; octave++, period *= 2)
            sum += Math.Sqrt(period) * Value(key + (ulong)octave, seconds / period);
        return sum / Math.Sqrt(VariancePerSecond * 86_400);
    }

    /// <summary>A mood that comes and goes over a period (and its halves, down to an eighth); mean 0, standard deviation about 1.</summary>
    public static double Mood(ulong key, long micros, double periodSeconds)
    {
        double turn = micros * 1e-6 / periodSeconds;
        return 0.67 * (Value(key, turn) + 0.7 * Value(key + 1, 2 * turn) + 0.5 * Value(key + 2, 4 * turn) + 0.35 * Value(key + 3, 8 * turn)) / 0.81;
    }

    /// <summary>Random values at whole numbers, joined smoothly.</summary>
    static double Value(ulong key, double x)
    {
        double cell = Math.Floor(x), f = x - cell;
        ulong counter = BitOperations.RotateLeft((ulong)(long)cell, 8);
        double left = Normal(At(key, counter)), right = Normal(At(key, BitOperations.RotateLeft((ulong)(long)cell + 1, 8)));
        return left + (right - left) * f * f * (3 - 2 * f);
    }
}
