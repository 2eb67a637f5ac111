namespace ZeroGex.Analytics.Market;

/// <summary>Which trading session an instant belongs to. Overnight, weekends and holidays belong to the next session.</summary>
public interface ISessionCalendar
{
    /// <summary>The session date of an instant.</summary>
    DateOnly SessionOf(DateTimeOffset instant);
}

/// <summary>A market that never closes: a session is a calendar day of the exchange's zone (New York).</summary>
public sealed class AlwaysOpen : ISessionCalendar
{
    static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <inheritdoc/>
    public DateOnly SessionOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, NewYork).DateTime);
}
