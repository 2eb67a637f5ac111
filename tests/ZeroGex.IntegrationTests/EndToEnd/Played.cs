using System.Collections.Concurrent;
using System.Globalization;
using Xunit;
using ZeroGex.Tests;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>A feed that plays the same facts every time, at any speed, and what an undisturbed run of it leaves behind.</summary>
sealed record Played(string Name, string[] Arguments, string Speed)
{
    static readonly ConcurrentDictionary<string, Lazy<Task<Recording>>> Undisturbed = new();

    static readonly DateTimeOffset Midnight = new(2026, 1, 15, 5, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A whole real day: 275,552 quotes and 958 prints of 2,192 contracts.</summary>
    public static Played Goog => new("goog", ["--feed", "lean", "--path", SharedFiles.Data("lean"), "--symbol", "GOOG", "--date", "2015-12-24"], "max");

    /// <summary>So many seconds of the simulated market around midnight in New York, where a session ends; they take a twentieth of that to play.</summary>
    public static Played Simulated(int seconds) => new(
        $"simulated-{seconds}",
        [
            "--feed", "simulated", "--symbol", "SPY", "TSLA", "--quotes", "40", "--trades", "6",
            "--from", Instant(Midnight.AddSeconds(-seconds / 2)), "--until", Instant(Midnight.AddSeconds(seconds - seconds / 2)),
        ],
        "20");

    /// <summary>Arguments of a process with the role <c>feed</c> that ends with the feed.</summary>
    public string[] UntilEnd => [.. Arguments, "--speed", Speed, "--until-end"];

    public Played AtFullSpeed => this with { Speed = "max" };

    /// <summary>What one process leaves behind that nobody disturbs. Made once a run.</summary>
    public async Task<Recording> UndisturbedAsync()
    {
        try
        {
            return await Undisturbed.GetOrAdd(Name, _ => new(PlayAsync)).Value;
        }
        catch
        {
            Undisturbed.TryRemove(Name, out _); // One failure is one red test, not a dozen.
            throw;
        }
    }

    // The process ends by itself, with the feed, so what it has left must be whole; a second hand says what that is.
    async Task<Recording> PlayAsync()
    {
        await using var site = await Site.EmbeddedAsync();
        site.Start("all", [.. Arguments, "--speed", "max", "--until-end"]);
        await site.ExitsWellAsync("all");
        Assert.Equal(await Recording.FoldAsync(site.Database, Cancel), await Recording.DayRowsAsync(site.Database, Cancel));
        Assert.Equal(await Recording.LastResultsAsync(site.Database, Cancel), await Recording.LastRowsAsync(site.Database, Cancel));
        var recording = await Recording.ReadAsync(site, Cancel);
        Assert.Empty(recording.Holes);
        Assert.NotEqual(0, recording.Prints);
        return recording;
    }

    /// <summary>As the program reads it.</summary>
    public static string Instant(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
