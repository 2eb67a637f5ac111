using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Tests.Contracts;
using ZeroGex.Web.Gex;

namespace ZeroGex.Tests.Web;

public sealed class LiveGexTests
{
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    readonly LiveGex _live;

    public LiveGexTests() => _live = new LiveGex(TimeProvider.System, _lifetime);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watcher_gets_what_closes_from_now_on_of_its_root()
    {
        _live.Show(Window("SPY", 1));
        await using var watcher = await WatchAsync("SPY");
        await using var all = await WatchAsync(null);
        _live.Show(Window("QQQ", 2));
        _live.Show(Window("SPY", 3));

        Assert.Equal(3, Second(await NextAsync(watcher)));
        Assert.Equal(2, Second(await NextAsync(all)));
        Assert.Equal(3, Second(await NextAsync(all)));
    }

    [Fact]
    public async Task A_watcher_gets_alerts_of_its_root_as_the_rows_of_their_table()
    {
        AlertRaised raised = GoldenResults.All.OfType<AlertRaised>().Single();
        AlertResolved resolved = GoldenResults.All.OfType<AlertResolved>().Single();
        await using var watcher = await WatchAsync(raised.Root);
        _live.Show(raised with { Root = "QQQ" });
        _live.Show(raised);
        _live.Show(resolved);
        foreach (string said in (string[])["raised", "resolved"])
        {
            Assert.True(await watcher.MoveNextAsync());
            Assert.Equal("alert", watcher.Current.EventType);
            JsonElement row = JsonDocument.Parse(watcher.Current.Data).RootElement;
            Assert.Equal((said, raised.Id, raised.Root), (row.GetProperty("event").GetString(), row.GetProperty("id").GetString(), row.GetProperty("root").GetString()));
        }
    }

    [Fact]
    public async Task A_slow_watcher_loses_its_oldest_windows_and_delays_nobody()
    {
        await using var watcher = await WatchAsync("SPY");
        for (int second = 1; second <= LiveGex.MaxWaiting + 40; second++) _live.Show(Window("SPY", second));

        for (int second = 41; second <= LiveGex.MaxWaiting + 40; second++) Assert.Equal(second, Second(await NextAsync(watcher)));
    }

    [Fact]
    public async Task Watching_ends_with_the_process()
    {
        await using var watcher = await WatchAsync("SPY");
        var next = watcher.MoveNextAsync();
        _lifetime.StopApplication();
        Assert.False(await next);
    }

    /// <summary>Past the first heartbeat, which says that the watcher is known.</summary>
    async Task<IAsyncEnumerator<SseItem<string>>> WatchAsync(string? root)
    {
        var watcher = _live.WatchAsync(root, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await watcher.MoveNextAsync());
        Assert.Equal("heartbeat", watcher.Current.EventType);
        return watcher;
    }

    static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> watcher)
    {
        do Assert.True(await watcher.MoveNextAsync());
        while (watcher.Current.EventType != "gex");
        return watcher.Current;
    }

    static int Second(SseItem<string> item)
    {
        using var rows = JsonDocument.Parse(item.Data);
        Assert.Equal(4, rows.RootElement.GetArrayLength());
        Assert.Equal(JsonValueKind.Array, rows.RootElement[0].GetProperty("strikes").ValueKind);
        return (int)(rows.RootElement[0].GetProperty("time").GetDateTimeOffset() - Open).TotalSeconds;
    }

    static GexCalculated Window(string root, int second)
    {
        GexLadder ladder = new() { Sum = 1, Strikes = [new(455, 1, 100)] };
        return new GexCalculated
        {
            Root = root, Expiration = new(2026, 1, 16), Session = new(2026, 1, 16), Start = Open.AddSeconds(second - 1), End = Open.AddSeconds(second), Spot = 455.73,
            TradeCount = 1, Volume = 100, NaiveWindow = ladder, NaiveDay = ladder, DealerSignedWindow = ladder, DealerSignedDay = ladder,
            AggressorShareWindow = 1, AggressorShareDay = 1, Model = new("c", 0.05, 0, "d", "v", "0.1.0", 1, []),
        };
    }
}
