using Microsoft.Extensions.Logging.Abstractions;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;

namespace ZeroGex.Benchmarks;

/// <summary>The simulator through the gateway's pure half.</summary>
static class SimulatedBeats
{
    /// <summary>Every beat of a market that ends, the last one included that only moves the clocks on.</summary>
    public static async IAsyncEnumerable<Beat> ReadAsync(SimulatedFeedSettings settings)
    {
        SimulatedFeed feed = new(settings, TimeProvider.System);
        Stamper stamper = new(new GatewaySettings(), feed.Sessions, run: 1, position: null, new Dictionary<string, StreamState>(), new Refusals("bench", NullLogger.Instance));
        await foreach (var batch in feed.ReadAsync(null, default))
            foreach (var beat in stamper.Add(batch)) yield return beat;
        foreach (var beat in stamper.End()) yield return beat;
    }
}
