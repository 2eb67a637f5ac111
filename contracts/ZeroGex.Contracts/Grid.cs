using System.Numerics;
using System.Runtime.InteropServices;

namespace ZeroGex.Contracts;

/// <summary>
/// Decimal fractions as whole numbers. Units are counted in doubles, exactly: <see cref="Rules.MaxPrice"/> keeps them below 2^53.
/// </summary>
static class Grid
{
    /// <summary>Units of a price: 1e-4 dollars.</summary>
    public const double PerDollar = 10_000;

    /// <summary>Units of a volatility: 1e-6.</summary>
    public const double PerVolatility = 1_000_000;

    /// <summary>The nearest unit of each value; no value may be negative.</summary>
    public static void ToUnits(ReadOnlySpan<double> values, double perOne, Span<double> units)
    {
        units = units[..values.Length];
        var from = MemoryMarshal.Cast<double, Vector<double>>(values);
        var to = MemoryMarshal.Cast<double, Vector<double>>(units);
        var half = new Vector<double>(0.5);
        for (int i = 0; i < from.Length; i++) to[i] = Vector.Floor((from[i] * perOne) + half);
        for (int i = from.Length * Vector<double>.Count; i < values.Length; i++) units[i] = Math.Floor((values[i] * perOne) + 0.5);
    }

    public static long ToUnits(double value, double perOne) => (long)Math.Floor((value * perOne) + 0.5);

    /// <summary>Counts <paramref name="units"/> in ticks from now on.</summary>
    public static void Divide(Span<double> units, double tick)
    {
        if (tick == 1) return;
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(units);
        for (int i = 0; i < vectors.Length; i++) vectors[i] /= new Vector<double>(tick);
        for (int i = vectors.Length * Vector<double>.Count; i < units.Length; i++) units[i] /= tick;
    }

    /// <summary>Turns ticks into values in place, with one rounding: (ticks · tick) / perOne.</summary>
    public static void FromTicks(Span<double> ticks, double tick, double perOne)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(ticks);
        for (int i = 0; i < vectors.Length; i++) vectors[i] = vectors[i] * tick / new Vector<double>(perOne);
        for (int i = vectors.Length * Vector<double>.Count; i < ticks.Length; i++) ticks[i] = ticks[i] * tick / perOne;
    }

    /// <summary>The largest common tick size that all values are multiples of: a cent, half a cent, a tenth of a cent or the unit.</summary>
    public static int Tick(ReadOnlySpan<double> units, ReadOnlySpan<double> more = default)
    {
        foreach (int tick in (ReadOnlySpan<int>)[100, 50, 10])
            if (AreMultiples(units, tick) && AreMultiples(more, tick)) return tick;
        return 1;
    }

    static bool AreMultiples(ReadOnlySpan<double> units, double tick)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(units);
        foreach (var vector in vectors)
            if (!Vector.EqualsAll(Vector.Floor(vector / new Vector<double>(tick)) * tick, vector)) return false;
        foreach (double unit in units[(vectors.Length * Vector<double>.Count)..])
            if (Math.Floor(unit / tick) * tick != unit) return false;
        return true;
    }
}
