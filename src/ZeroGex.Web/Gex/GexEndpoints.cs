using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using ZeroGex.Storage;

namespace ZeroGex.Web.Gex;

/// <summary>Traded gamma over HTTP: the newest, the recent, and what closes from now on.</summary>
static class GexEndpoints
{
    const int DefaultLimit = 500;
    const int MaxLimit = 5_000;

    static readonly string[] Measures = [GexMeasure.NaiveWindow, GexMeasure.NaiveDay, GexMeasure.DealerSignedWindow, GexMeasure.DealerSignedDay];

    public static void MapGex(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/gex", async (GexTable table, CancellationToken cancel) => TypedResults.Json(await table.LatestTradedAsync(null, cancel), WebJson.Options));
        app.MapGet("/api/gex/live", (LiveGex live, CancellationToken cancel) => Live(null, live, cancel));
        app.MapGet("/api/gex/{root}", LatestAsync);
        app.MapGet("/api/gex/{root}/windows", WindowsAsync);
        app.MapGet("/api/gex/{root}/live", Live);
    }

    static async Task<Results<JsonHttpResult<IReadOnlyList<TradedGexRow>>, NotFound<string>>> LatestAsync(string root, GexTable table, CancellationToken cancel) =>
        await table.LatestTradedAsync(root, cancel) is { Count: > 0 } rows ? TypedResults.Json(rows, WebJson.Options) : TypedResults.NotFound($"No window of {root} has closed.");

    /// <summary>Windows after an instant, oldest first. A full answer ends between two instants, so that asking again after its last row loses nothing.</summary>
    static async Task<Results<JsonHttpResult<IReadOnlyList<TradedGexRow>>, BadRequest<string>>> WindowsAsync(
        string root, string? since, int? limit, string? measure, GexTable table, CancellationToken cancel)
    {
        if (!DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var after))
            return TypedResults.BadRequest($"since: '{since}' is not an instant such as 2026-01-16T14:30:00Z.");
        int most = limit ?? DefaultLimit;
        if (most is < 1 or > MaxLimit) return TypedResults.BadRequest($"limit: {most} is not from 1 to {MaxLimit}.");
        measure ??= GexMeasure.NaiveDay;
        if (!Measures.Contains(measure)) return TypedResults.BadRequest($"measure: there are {string.Join(", ", Measures)}.");

        var rows = await table.TradedSinceAsync(root, measure, after, most + 1, cancel);
        if (rows.Count <= most) return TypedResults.Json(rows, WebJson.Options);
        IReadOnlyList<TradedGexRow> whole = [.. rows.TakeWhile(row => row.Time < rows[^1].Time)];
        return whole.Count > 0 ? TypedResults.Json(whole, WebJson.Options) : TypedResults.BadRequest($"limit: one window of {root} has more than {most} rows.");
    }

    static Results<ServerSentEventsResult<string>, StatusCodeHttpResult> Live(string? root, LiveGex live, CancellationToken cancel) =>
        live.IsFull ? TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable) : TypedResults.ServerSentEvents(live.WatchAsync(root, cancel));
}
