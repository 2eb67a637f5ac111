using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>A real day through the real program, in both layouts.</summary>
public sealed class WholeDayTests
{
    const int Quotes = 275_552, Prints = 958;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_process_that_ends_with_its_feed_has_recorded_and_folded_the_whole_day()
    {
        var day = await Played.Goog.UndisturbedAsync();
        Assert.Equal((Quotes, Prints), (day.Quotes, day.Prints));
    }

    [Fact]
    [Trait("tier", "long")]
    public async Task Process_a_role_leaves_the_same_rows_as_one_process()
    {
        var expected = await Played.Goog.UndisturbedAsync();
        await using var redis = await Servers.OwnRedisAsync();
        await using var site = await Site.DistributedAsync();
        site.UseRedis(redis);
        site.StartConsumers();
        await site.UntilAsync(() => site.Running.Values.All(entry => entry.Process.Output.Contains("zerogex runs", StringComparison.Ordinal)), () => "the consumers");
        var idle = site.Running.Values.ToDictionary(entry => entry.Process, entry => entry.Process.ProcessorTime);

        var clock = Stopwatch.StartNew();
        var feed = site.Start("feed", Played.Goog.UntilEnd);
        await site.ExitsWellAsync("feed");
        var published = clock.Elapsed;
        await site.UntilAsMuchAsAsync(expected);
        var recorded = clock.Elapsed;

        string processors = string.Join(", ", idle.Keys.Append(feed).Select(process => Invariant(
            $"{process.Name} {(process.ProcessorTime - idle.GetValueOrDefault(process)).TotalMicroseconds / Quotes:0.0}")));
        TestContext.Current.TestOutputHelper?.WriteLine(Invariant(
            $"{Quotes} quotes from a cold start of the feed: published in {published.TotalSeconds:0.0} s ({Quotes / published.TotalSeconds:0} a second), in log and tables after {recorded.TotalSeconds:0.0} s. Processor time, µs a quote: {processors}."));

        await site.StopAsync();
        (await Recording.ReadAsync(site, Cancel)).AssertSameAs(expected, () => site.Outputs);
    }

    // A message that is published before its queue is bound is confirmed by the broker, and gone.
    [Fact]
    public async Task Feed_that_ended_before_anybody_listened_is_read_whole()
    {
        var played = Played.Simulated(120).AtFullSpeed;
        var expected = await played.UndisturbedAsync();
        await using var site = await Site.DistributedAsync();
        site.Start("feed", played.UntilEnd);
        await site.ExitsWellAsync("feed");
        Assert.Equal(0, await site.EventsAsync());

        site.StartAllFolds();
        await site.UntilAsMuchAsAsync(expected);
        await site.StopAsync();
        (await Recording.ReadAsync(site, Cancel)).AssertSameAs(expected, () => site.Outputs);
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
