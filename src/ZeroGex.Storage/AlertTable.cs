using System.Text.Json;
using Npgsql;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>An alert raised or resolved: a row of <c>alerts</c>, behind <c>alert_history</c>, which has one of each alert.</summary>
/// <param name="Time">When, UTC, in the clock of the facts.</param>
/// <param name="Root">The option root.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Event"><c>raised</c> or <c>resolved</c>.</param>
/// <param name="Id">The alert's id, the same for both.</param>
/// <param name="Session">The session date of its streams.</param>
/// <param name="Severity"><c>info</c>, <c>warning</c> or <c>critical</c>.</param>
/// <param name="Metric">What was looked at.</param>
/// <param name="Operator">How.</param>
/// <param name="Scope">Of which expirations, or of which input.</param>
/// <param name="Value">The figure, in the unit of the metric; null when there was none.</param>
/// <param name="Threshold">What it was compared with.</param>
/// <param name="Level">The level that it speaks of, dollars; null when it speaks of none.</param>
/// <param name="Spot">The underlying's price, dollars; null when it does not matter.</param>
/// <param name="Text">For people, in a sentence.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">The rest of the rule, and how its figures were made, a JSON object; null in rows of before it was said.</param>
public sealed record AlertRow(
    DateTimeOffset Time, string Root, string Rule, string Event, string Id, DateOnly Session, string Severity, string Metric, string Operator, string Scope,
    double? Value, double Threshold, double? Level, double? Spot, string Text, bool Incomplete, [Json(Except = "engineVersion")] string? Model)
{
    /// <summary>An alert as its row.</summary>
    public static AlertRow Of(AlertRaised alert) => new(
        alert.Time, alert.Root, alert.Rule, "raised", alert.Id, alert.Session, Word(alert.Severity), alert.Metric, alert.Operator, alert.Scope,
        alert.Value, alert.Threshold, alert.Level, alert.Spot, alert.Text, alert.Incomplete, alert.Model is { } model ? RowJson.Of(model) : null);

    /// <summary>Its end as a row.</summary>
    public static AlertRow Of(AlertResolved alert) => new(
        alert.Time, alert.Root, alert.Rule, "resolved", alert.Id, alert.Session, Word(alert.Severity), alert.Metric, alert.Operator, alert.Scope,
        alert.Value, alert.Threshold, alert.Level, alert.Spot, alert.Text, alert.Incomplete, alert.Model is { } model ? RowJson.Of(model) : null);

    static string Word(AlertSeverity severity) => JsonNamingPolicy.SnakeCaseLower.ConvertName(severity.ToString());
}

/// <summary>Reads alerts. They are written with all other results, and can be made again from the event log.</summary>
public sealed class AlertTable(NpgsqlDataSource database)
{
    /// <summary>The most rows one query answers with.</summary>
    public const int MaxRows = 10_000;

    /// <summary>The newest rows, the newest first.</summary>
    /// <param name="root">Null for all.</param>
    /// <param name="since">Not before this instant; null for all.</param>
    /// <param name="isActive">True for what has been raised and not resolved, within its root's newest session.</param>
    public Task<IReadOnlyList<AlertRow>> NewestAsync(string? root, DateTimeOffset? since, bool isActive, int limit, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxRows);
        // A session begins with nothing raised: what an older one has left raised is history.
        string active = !isActive ? "" : """
            and event = 'raised'
            and not exists (select from alerts over where over.id = alert.id and over.root = alert.root and over.event = 'resolved')
            and session = (select max(newest.session) from alerts newest where newest.root = alert.root)
            """;
        return Tables.Alerts.ReadAsync(
            database, $"select {Tables.Alerts.SelectList} from alerts alert where ($1 is null or root = $1) and ($2::timestamptz is null or time >= $2::timestamptz) {active} order by time desc, root, rule, event desc limit $3",
            [root, since?.UtcDateTime, limit], cancel);
    }
}
