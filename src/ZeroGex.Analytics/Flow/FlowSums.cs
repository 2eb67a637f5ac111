using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Flow;

/// <summary>Prints of one right added up. Premium is counted in whole cents, so that sums are exact and in no order.</summary>
struct FlowTally
{
    long _prints, _contracts, _bought, _sold;
    double _cents, _centsBought, _centsSold;

    public void Add(int size, double cents, int side)
    {
        _prints++;
        _contracts += size;
        _cents += cents;
        if (side > 0) (_bought, _centsBought) = (_bought + size, _centsBought + cents);
        if (side < 0) (_sold, _centsSold) = (_sold + size, _centsSold + cents);
    }

    public void Add(in FlowTally other)
    {
        _prints += other._prints;
        _contracts += other._contracts;
        _bought += other._bought;
        _sold += other._sold;
        _cents += other._cents;
        _centsBought += other._centsBought;
        _centsSold += other._centsSold;
    }

    public readonly FlowSide Read() => new(_prints, _contracts, _bought, _sold, _cents / 100, _centsBought / 100, _centsSold / 100);
}

/// <summary>Calls beside puts.</summary>
struct FlowPair
{
    public FlowTally Calls, Puts;

    public void Add(OptionRight right, in FlowTally tally)
    {
        if (right == OptionRight.Call) Calls.Add(tally);
        else Puts.Add(tally);
    }
}

/// <summary>The prints of one open window of a length, by contract. Times are Unix microseconds.</summary>
sealed class FlowSums(long length)
{
    readonly Dictionary<OptionContract, FlowTally> _contracts = [];
    readonly long[] _told = new long[Enum.GetValues<AggressorRule>().Length + 1]; // By rule; the last is of what nobody can tell.

    /// <summary>The window's first instant; meaningless while it is empty.</summary>
    public long Start { get; private set; }

    /// <summary>Its end.</summary>
    public long End => Start + length;

    /// <summary>True when it has prints and ends by then.</summary>
    public bool IsDue(long now) => _contracts.Count > 0 && End <= now;

    /// <summary>Adds a print, unless the window of its time has ended by now.</summary>
    public void Add(OptionTrade trade, Aggression told, long time, long now)
    {
        long start = Slices.FloorDivide(time, length) * length;
        if (start + length <= now) return;
        Start = start;
        ref FlowTally tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_contracts, trade.Contract, out _);
        tally.Add(trade.Size, FlowBook.Units(trade.Price) * trade.Size, told.Side);
        _told[told.Side == 0 ? ^1 : (int)told.Rule] += trade.Size;
    }

    /// <summary>All calls and all puts.</summary>
    public FlowPair Total()
    {
        FlowPair pair = default;
        foreach (var (contract, tally) in _contracts) pair.Add(contract.Right, tally);
        return pair;
    }

    /// <summary>Calls and puts by whatever contracts have in common, ascending.</summary>
    public SortedDictionary<TKey, FlowPair> By<TKey>(Func<OptionContract, TKey> key) where TKey : notnull
    {
        SortedDictionary<TKey, FlowPair> pairs = [];
        foreach (var (contract, tally) in _contracts)
        {
            FlowPair pair = pairs.GetValueOrDefault(key(contract));
            pair.Add(contract.Right, tally);
            pairs[key(contract)] = pair;
        }

        return pairs;
    }

    /// <summary>The contracts that traded, by expiration, strike, call before put.</summary>
    public IEnumerable<(OptionContract Contract, FlowSide Flow)> Contracts() =>
        _contracts.OrderBy(pair => (pair.Key.Expiration, pair.Key.Strike, pair.Key.Right)).Select(pair => (pair.Key, pair.Value.Read()));

    /// <summary>Contracts by what told their side; what told none is left out.</summary>
    public ImmutableArray<AggressorVolume> Told()
    {
        double all = _told.Sum();
        return [.. _told.Select((contracts, rule) => new AggressorVolume(rule == _told.Length - 1 ? "unknown" : ((AggressorRule)rule).ToWord(), contracts, contracts / all)).Where(told => told.Contracts > 0)];
    }

    /// <summary>Empties it for the next window.</summary>
    public void Clear()
    {
        _contracts.Clear();
        Array.Clear(_told);
    }
}

/// <summary>Rules in words.</summary>
static class AggressorRules
{
    static readonly string[] Words = ["feed", "quote", "tick"];

    public static string ToWord(this AggressorRule rule) => Words[(int)rule];

    /// <summary>All that are asked, in order.</summary>
    public static string UpTo(AggressorRule last) => string.Join(", ", Words[..((int)last + 1)]);
}
