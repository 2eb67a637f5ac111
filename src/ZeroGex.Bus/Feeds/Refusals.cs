using Microsoft.Extensions.Logging;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// Where the edge refuses bad rows: each is counted by reason and logged with its place (the first few of each reason in full), and
/// never stops the feed.
/// </summary>
public sealed partial class Refusals(string feed, ILogger logger)
{
    const int LoggedPerReason = 20;

    readonly Dictionary<string, long> _byReason = new(StringComparer.Ordinal);
    readonly Lock _gate = new();

    /// <summary>Rows refused so far, all reasons together.</summary>
    public long Total
    {
        get { lock (_gate) return _byReason.Values.Sum(); }
    }

    /// <summary>Rows refused so far, by reason.</summary>
    public IReadOnlyDictionary<string, long> ByReason
    {
        get { lock (_gate) return new Dictionary<string, long>(_byReason, StringComparer.Ordinal); }
    }

    /// <summary>Refuses one row.</summary>
    /// <param name="reason">A short, fixed phrase (a metric label): <c>size not positive</c>.</param>
    /// <param name="place">File and line, or channel.</param>
    /// <param name="detail">What was wrong with this row.</param>
    public void Refuse(string reason, string place, string detail)
    {
        long count;
        lock (_gate) count = _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;
        Telemetry.RowsRefused.Add(1, new("feed", feed), new("reason", reason));
        if (count <= LoggedPerReason) LogRefused(logger, feed, place, reason, detail);
        if (count == LoggedPerReason) LogMuted(logger, feed, reason);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Feed} refused a row at {Place}: {Reason} ({Detail})")]
    static partial void LogRefused(ILogger logger, string feed, string place, string reason, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Feed}: further rows refused for '{Reason}' are counted, not logged")]
    static partial void LogMuted(ILogger logger, string feed, string reason);
}
