using System.Globalization;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Backtest;

/// <summary>Does what it is told at the n-th result, and notes what it saw.</summary>
public sealed class Scripted(params Action<Desk>[] script) : IStrategy
{
    public List<(DateTimeOffset Now, double Spot, long Position)> Seen { get; } = [];

    public void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
    {
        Seen.Add((desk.Now, desk.Spot, desk.Position));
        if (Seen.Count <= script.Length) script[Seen.Count - 1](desk);
    }
}

/// <summary>Trades on everything that it can see, to and fro; another seed trades otherwise on the same sight.</summary>
/// <param name="quantity">A lot.</param>
/// <param name="withOptions">Trades the window's busiest contract too.</param>
public class Restless(int seed = 1, long quantity = 10, bool withOptions = true) : IStrategy
{
    /// <summary>Everything it saw and did, to the last bit.</summary>
    public List<string> Diary { get; } = [];

    public void OnResult(GexCalculated window, GexLadder ladder, Desk desk) => Act(
        string.Create(CultureInfo.InvariantCulture, $"window {window.End:O} {window.Expiration:O} {ladder.Sum:R} {ladder.ZeroGamma:R}"), window.Trades.MaxBy(trade => trade.Size)!.Contract, desk);

    protected void Act(string result, OptionContract option, Desk desk)
    {
        string sight = string.Create(CultureInfo.InvariantCulture,
            $"{result} | {desk.Now:O} {desk.Spot:R} {desk.Position} {desk.AveragePrice:R} {desk.Cash:R} {desk.Equity:R} {desk.PositionIn(option)} {desk.MarketIn(option)} {string.Join(' ', desk.Pending)}");

        // What it does depends on the market alone, so that more or fewer lots do not change it.
        int dice = Math.Abs(HashCode(string.Create(CultureInfo.InvariantCulture, $"{seed} {result} {desk.Spot:R}")));
        switch (dice % (withOptions ? 8 : 5))
        {
            case 0: desk.Buy(quantity, "up, \"I say\""); break;
            case 1: desk.Sell(2 * quantity); break;
            case 2: desk.Target(0, "flat"); break;
            case 3: desk.Target(3 * quantity); desk.Target(-quantity); break;
            case 5: desk.Buy(option, quantity); break;
            case 6: desk.Sell(option, 3 * quantity); break;
            case 7: desk.Target(option, 0); break;
        }

        Diary.Add($"{sight} -> {string.Join(' ', desk.Pending)}");
    }

    static int HashCode(string text) => text.Aggregate(17, (hash, letter) => unchecked(hash * 31 + letter));
}

/// <summary>The same on chains, too.</summary>
public sealed class RestlessOnChains : Restless, IStrategy
{
    public void OnChain(ChainGexCalculated chain, Desk desk) => Act(
        string.Create(CultureInfo.InvariantCulture, $"chain {chain.Time:O} {chain.Scope} {chain.Weight} {chain.CallWall:R} {chain.PutWall:R} {chain.Flip:R} {chain.Regime} {chain.Gamma.Gross:R} {string.Join(' ', chain.Profile)}"),
        SomeFacts.Call, desk);
}

/// <summary>Hears of chains and of nothing else; notes what it hears, and does what it is told.</summary>
public sealed class ChainsOnly(Action<Desk>? order = null) : IStrategy
{
    public List<(DateTimeOffset Now, DateTimeOffset Time, ChainScope Scope, ChainWeight Weight)> Seen { get; } = [];

    public void OnChain(ChainGexCalculated chain, Desk desk)
    {
        Seen.Add((desk.Now, chain.Time, chain.Scope, chain.Weight));
        order?.Invoke(desk);
    }
}

/// <summary>Hears of nothing.</summary>
public sealed class Deaf : IStrategy;

/// <summary>Fails at its third result.</summary>
public sealed class Failing : IStrategy
{
    int _results;

    public void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
    {
        if (++_results == 3) throw new InvalidOperationException("no more");
    }
}
