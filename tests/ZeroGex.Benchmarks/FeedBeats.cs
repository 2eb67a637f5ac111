using Microsoft.Extensions.Logging.Abstractions;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;

namespace ZeroGex.Benchmarks;

/// <summary>A feed through the gateway's pure half.</summary>
static class FeedBeats
{
    /// <summary>Every beat of a feed that ends, the last one included that only moves the clocks on.</summary>
    public static async IAsyncEnumerable<Beat> ReadAsync(IMarketFeed feed, ISessionCalendar sessions, Refusals refusals)
    {
        Stamper stamper = new(new GatewaySettings(), sessions, run: 1, position: null, new Dictionary<string, StreamState>(), refusals);
        await foreach (var batch in feed.ReadAsync(null, default))
            foreach (var beat in stamper.Add(batch)) yield return beat;
        foreach (var beat in stamper.End()) yield return beat;
    }
}

/// <summary>The simulator through the gateway's pure half.</summary>
static class SimulatedBeats
{
    /// <summary>Every beat of a market that ends.</summary>
    public static IAsyncEnumerable<Beat> ReadAsync(SimulatedFeedSettings settings)
    {
        SimulatedFeed feed = new(settings, TimeProvider.System);
        return FeedBeats.ReadAsync(feed, feed.Sessions, new Refusals("bench", NullLogger.Instance));
    }
}
