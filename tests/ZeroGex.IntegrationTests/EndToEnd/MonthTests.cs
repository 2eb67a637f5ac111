using System.Globalization;
using Xunit;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>What runs for weeks holds what the day needs, and no more.</summary>
public sealed class MonthTests
{
    const int Days = 30, Settling = 7;

    // Sessions open and close, contracts are listed and expire; one process does everything, all folds included. As fast as it can, so that what waits is part of it.
    [Fact]
    [Trait("tier", "long")]
    public async Task Memory_is_flat_over_a_simulated_month()
    {
        await using var site = await Site.EmbeddedAsync();
        foreach (string often in (string[])["ANALYTICS_INTERVAL", "SCOPES_INTERVAL", "VOLATILITY_INTERVAL", "GREEKS_INTERVAL"]) site.Set(often, "1800");
        var from = new DateTimeOffset(2026, 1, 5, 5, 0, 0, TimeSpan.Zero); // Midnight in New York.
        var process = site.Start(
            "all", "--feed", "simulated", "--symbol", "SPY", "--quotes", "0.005", "--trades", "0.005", "--tick", "60",
            "--from", Played.Instant(from), "--until", Played.Instant(from.AddDays(Days)), "--speed", "max", "--until-end");

        Dictionary<long, double> least = []; // Megabytes of the heap as the last collection left it, by session: what lies between collections is noise.
        while (!process.HasExited)
        {
            try
            {
                long session = await site.CountAsync("select count(*) from mt_streams where starts_with(id, 'trades/')");
                double heap = (await process.MetricAsync("dotnet_gc_last_collection_heap_size") - await process.MetricAsync("dotnet_gc_last_collection_heap_fragmentation")) / 1e6;
                if (heap > 0) least[session] = Math.Min(least.GetValueOrDefault(session, double.PositiveInfinity), heap);
            }
            catch (Exception error) when (error is Npgsql.NpgsqlException or HttpRequestException)
            {
                // Not there yet, or not any more.
            }

            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        await site.ExitsWellAsync("all");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", least.OrderBy(day => day.Key).Select(day => string.Create(CultureInfo.InvariantCulture, $"{day.Key}: {day.Value:0.0} MB"))));
        double early = Median(Settling, 2 * Settling), late = Median(Days - Settling, Days);
        Assert.True(late < 1.2 * early + 2, $"{early:0.0} MB in the second week, {late:0.0} MB in the last.");

        double Median(int first, int last)
        {
            double[] days = [.. least.Where(day => day.Key > first && day.Key <= last).Select(day => day.Value).Order()];
            Assert.True(days.Length >= Settling / 2, $"{days.Length} of the sessions {first + 1} to {last} were seen.");
            return days[days.Length / 2];
        }
    }
}
