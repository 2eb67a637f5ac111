using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ZeroGex.Web.Health;

/// <summary>What a process says of itself.</summary>
/// <param name="Status"><c>ok</c>, or the reasons why not.</param>
/// <param name="Roles">What it runs.</param>
/// <param name="Parts">What it looked at: the database, the bus, the feed where it runs one.</param>
public sealed record HealthReport(string Status, IReadOnlyList<string> Roles, IReadOnlyDictionary<string, string> Parts);

static class HealthEndpoint
{
    /// <summary>200 when this process can do its work, 503 with the reason when it cannot. That it answers at all says that it lives.</summary>
    public static async Task<JsonHttpResult<HealthReport>> AskAsync(HealthCheckService checks, IReadOnlySet<string> roles, CancellationToken cancel)
    {
        var report = await checks.CheckHealthAsync(cancel);
        var ill = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy).Select(entry => $"{entry.Key}: {Words(entry.Value)}").ToList();
        HealthReport answer = new(
            ill.Count == 0 ? "ok" : string.Join("; ", ill), [.. roles.Order(StringComparer.Ordinal)], report.Entries.ToDictionary(entry => entry.Key, entry => Words(entry.Value)));
        return TypedResults.Json(answer, WebJson.Options, statusCode: ill.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    static string Words(HealthReportEntry entry) => entry.Description ?? entry.Exception?.Message ?? entry.Status.ToString();
}
