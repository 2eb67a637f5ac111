using System.Globalization;

namespace ZeroGex.Bus.Replay;

/// <summary>Which results are wanted: those of whole sessions, or those of a span of time. Either way the facts are read from the session's beginning.</summary>
/// <param name="First">First session that is looked at.</param>
/// <param name="Last">Last session that is looked at, itself included.</param>
/// <param name="From">First instant of the results, UTC; null for all of the sessions.</param>
/// <param name="To">End of the results, UTC, exclusive; null for all of the sessions.</param>
public sealed record ReplayRange(DateOnly First, DateOnly Last, DateTimeOffset? From, DateTimeOffset? To)
{
    const int LongestWeekend = 5; // Days that an instant may lie before its session.

    /// <summary>A name for a run over this range: letters, digits and underscores.</summary>
    public string Name => From is { } from
        ? string.Create(CultureInfo.InvariantCulture, $"{from:yyyyMMdd't'HHmmss}_{To:yyyyMMdd't'HHmmss}")
        : First == Last ? First.ToString("yyyyMMdd", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{First:yyyyMMdd}_{Last:yyyyMMdd}");

    /// <summary>Reads two sessions (<c>2026-01-16</c>) or two instants (<c>2026-01-16T14:30:00Z</c>; without a zone it is UTC).</summary>
    /// <exception cref="FormatException">They are neither, or end before they begin; the message says it for people.</exception>
    public static ReplayRange Parse(string from, string to)
    {
        if (IsDate(from, out var first) && IsDate(to, out var last))
            return first <= last ? new(first, last, null, null) : throw new FormatException($"{to} is before {from}.");

        DateTimeOffset start = Instant(from), end = Instant(to);
        if (start >= end) throw new FormatException($"{to} is not after {from}.");
        return new(DateOnly.FromDateTime(start.UtcDateTime).AddDays(-1), DateOnly.FromDateTime(end.UtcDateTime).AddDays(LongestWeekend), start, end);
    }

    /// <summary>Reads an instant.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DateTimeOffset Instant(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) && !IsDate(text, out _) ? instant
        : throw new FormatException($"'{text}' is no instant; write one such as 2026-01-16T14:30:00Z, or sessions on both sides, such as 2026-01-16.");

    /// <summary>True for results of this time.</summary>
    public bool Has(DateTimeOffset time) => (From is null || time >= From) && (To is null || time < To);

    /// <summary>True when facts from one instant to another, of one session, may give such results.</summary>
    public bool Touches(DateOnly session, DateTimeOffset first, DateTimeOffset last) =>
        session >= First && session <= Last && (From is null || last >= From) && (To is null || first < To);

    static bool IsDate(string text, out DateOnly date) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
}
