using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using ZeroGex.Storage;

namespace ZeroGex.Web.Alerts;

/// <summary>Alerts over HTTP: what was raised and resolved, the newest first. New ones come with <c>/api/gex/live</c>.</summary>
static class AlertEndpoints
{
    const int DefaultLimit = 200;
    const int MaxLimit = 5_000;

    public static void MapAlerts(this IEndpointRouteBuilder app) => app.MapGet("/api/alerts", NewestAsync);

    static async Task<Results<JsonHttpResult<IReadOnlyList<AlertRow>>, BadRequest<string>>> NewestAsync(
        string? root, string? since, bool? active, int? limit, AlertTable table, CancellationToken cancel)
    {
        DateTimeOffset? after = null;
        if (since is not null)
        {
            if (!DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant))
                return TypedResults.BadRequest($"since: '{since}' is not an instant such as 2026-01-16T14:30:00Z.");
            after = instant;
        }

        int most = limit ?? DefaultLimit;
        if (most is < 1 or > MaxLimit) return TypedResults.BadRequest($"limit: {most} is not from 1 to {MaxLimit}.");
        return TypedResults.Json(await table.NewestAsync(root, after, active ?? false, most, cancel), WebJson.Options);
    }
}
