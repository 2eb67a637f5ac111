using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Flow;

/// <summary>Premium of the windows that ended within a time before now. Times are Unix microseconds.</summary>
sealed class TempoWindow(long length)
{
    readonly Queue<(long End, FlowPair Flow)> _windows = new();

    /// <summary>How far it looks back, microseconds.</summary>
    public long Length => length;

    /// <summary>Adds a window that has ended.</summary>
    public void Add(long end, in FlowPair flow) => _windows.Enqueue((end, flow));

    /// <summary>What ended within the time before now.</summary>
    public FlowTempo Read(long now)
    {
        while (_windows.TryPeek(out var oldest) && oldest.End <= now - length) _windows.Dequeue();
        FlowPair sum = default;
        foreach (var (_, flow) in _windows)
        {
            sum.Calls.Add(flow.Calls);
            sum.Puts.Add(flow.Puts);
        }

        (FlowSide calls, FlowSide puts) = (sum.Calls.Read(), sum.Puts.Read());
        return new(length / 1e6, calls.PremiumBought, calls.PremiumSold, puts.PremiumBought, puts.PremiumSold);
    }
}
