using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ZeroGex.Storage;

namespace ZeroGex.Web;

/// <summary>What a process answers over HTTP: that it lives, and with the role <c>web</c> what the tables hold.</summary>
public static class WebRegistration
{
    public static void AddZeroGexWeb(this IServiceCollection services) =>
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase);

    public static void MapZeroGexWeb(this IEndpointRouteBuilder app, IReadOnlySet<string> roles)
    {
        app.MapGet("/health", () => TypedResults.Ok(new Health("ok", [.. roles.Order()])));
        if (!roles.Contains("web")) return;
        app.MapGet("/api/gex/{root}", LatestAsync);
    }

    static async Task<Results<Ok<IReadOnlyList<TradedGexRow>>, NotFound>> LatestAsync(string root, GexTable table, CancellationToken cancel) =>
        await table.LatestTradedAsync(root, cancel) is { Count: > 0 } rows ? TypedResults.Ok(rows) : TypedResults.NotFound();

    sealed record Health(string Status, IReadOnlyList<string> Roles);
}
