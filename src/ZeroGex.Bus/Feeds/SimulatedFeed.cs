using System.Globalization;
using System.Runtime.CompilerServices;
using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>What market to simulate, when, and how fast.</summary>
/// <param name="Seed">The same seed gives the same market.</param>
/// <param name="Roots">Some of SPXW, SPY, QQQ, TSLA and NVDA; null is all of them.</param>
/// <param name="From">Where market time starts; null is now.</param>
/// <param name="Until">Where it ends; null is never.</param>
/// <param name="QuotesPerSecond">Quotes of a root in a second of market time, on average.</param>
/// <param name="TradesPerSecond">Prints of a root in a second of market time, on average.</param>
/// <param name="Tick">Market time to a batch, from a millisecond to a minute; null is 50 ms. A position holds for the tick it was made with.</param>
/// <param name="Speed">Market time to wall time; infinity is as fast as it can be made, and needs <paramref name="Until"/>.</param>
/// <param name="MaxCatchUp">How long an absence is made up for when the market runs from now; null is an hour. After a longer one a gap is said.</param>
/// <param name="ChainEvery">How often all open interest is said again within a session; null is 15 minutes.</param>
public sealed record SimulatedFeedSettings(
    long Seed = 1,
    IReadOnlyList<string>? Roots = null,
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null,
    double QuotesPerSecond = 400,
    double TradesPerSecond = 4,
    TimeSpan? Tick = null,
    double Speed = 1,
    TimeSpan? MaxCatchUp = null,
    TimeSpan? ChainEvery = null);

/// <summary>
/// A market made of arithmetic: five roots that quote, print, list and expire around the clock. The batch of a tick depends on the seed and
/// the tick alone, so reading on from any position costs nothing and gives what an uninterrupted reading would have given.
/// </summary>
/// <remarks>The position is the tick's number, counted from 1970. A batch holds what happened after the tick before it, up to its own instant.</remarks>
public sealed class SimulatedFeed : IMarketFeed
{
    readonly SimulatedFeedSettings _settings;
    readonly TimeProvider _time;
    readonly IReadOnlyList<string> _roots;
    readonly TimeSpan _tick, _maxCatchUp, _chainEvery;

    public SimulatedFeed(SimulatedFeedSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _roots = settings.Roots ?? [.. SimulatedMarketProfile.Roots.Keys];
        _tick = settings.Tick ?? TimeSpan.FromMilliseconds(50);
        _maxCatchUp = settings.MaxCatchUp ?? TimeSpan.FromHours(1);
        _chainEvery = settings.ChainEvery ?? TimeSpan.FromMinutes(15);

        foreach (string root in _roots)
            if (!SimulatedMarketProfile.Roots.ContainsKey(root))
                throw new ArgumentException($"There is no simulated {root}; there are {string.Join(", ", SimulatedMarketProfile.Roots.Keys)}.", nameof(settings));
        if (_roots.Count == 0 || _roots.Distinct().Count() != _roots.Count) throw new ArgumentException("Roots must be given once each.", nameof(settings));
        if (_tick < TimeSpan.FromMilliseconds(1) || _tick > TimeSpan.FromMinutes(1) || _tick.Ticks % TimeSpan.TicksPerMicrosecond != 0)
            throw new ArgumentException($"Tick must be whole microseconds from a millisecond to a minute, not {_tick}.", nameof(settings));
        if (!(settings.Speed > 0)) throw new ArgumentException($"Speed must be greater than 0, not {settings.Speed}.", nameof(settings));
        if (double.IsInfinity(settings.Speed) && settings.Until is null) throw new ArgumentException("Unlimited speed needs Until.", nameof(settings));
        if (settings.QuotesPerSecond is not (>= 0 and <= 1e7) || settings.TradesPerSecond is not (>= 0 and <= 1e5))
            throw new ArgumentException("Rates must be from 0 to 10,000,000 quotes and 100,000 prints a second.", nameof(settings));
        if (_chainEvery < _tick) throw new ArgumentException("ChainEvery must not be shorter than a tick.", nameof(settings));
    }

    /// <inheritdoc/>
    public string Name => "simulated";

    /// <inheritdoc/>
    public bool CanResume => true;

    /// <inheritdoc/>
    public ISessionCalendar Sessions { get; } = new AlwaysOpen();

    /// <inheritdoc/>
    public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
    {
        var markets = _roots.Select(root => new SimulatedMarket(_settings.Seed, root, _tick, _settings.QuotesPerSecond, _settings.TradesPerSecond)).ToList();
        var wallStart = _time.GetUtcNow();
        long tick = position is null ? TickUpTo(_settings.From ?? wallStart) : TickOf(position);
        long last = _settings.Until is { } until ? TickUpTo(until) : long.MaxValue;
        long? first = position is null ? tick + 1 : null;

        // A live market runs with the clock; one of another time, or one that is ahead of the clock, runs on from where it stands.
        bool isLive = _settings.From is null;
        var marketStart = isLive && wallStart >= InstantOf(tick) ? wallStart : InstantOf(tick + 1);

        while (tick < last)
        {
            tick++;
            FeedNotice? gap = null;
            if (!double.IsPositiveInfinity(_settings.Speed))
            {
                while (WaitFor(tick) is var wait && wait > TimeSpan.Zero) await Task.Delay(PacedFeed.Wait(wait), _time, cancel);
                if (isLive && -WaitFor(tick) * _settings.Speed > _maxCatchUp)
                {
                    var missed = InstantOf(tick - 1);
                    first = tick = TickUpTo(MarketNow());
                    gap = new FeedNotice(FeedState.Gap, $"Away for longer than {_maxCatchUp}; the market went on without being seen.", missed, InstantOf(tick - 1));
                    if (tick > last) yield break;
                }
            }

            cancel.ThrowIfCancellationRequested();
            yield return Batch(markets, tick, isFirst: tick == first, gap);
        }

        DateTimeOffset MarketNow() => marketStart + (_time.GetUtcNow() - wallStart) * _settings.Speed;
        TimeSpan WaitFor(long next) => (InstantOf(next) - MarketNow()) / _settings.Speed;
    }

    FeedBatch Batch(List<SimulatedMarket> markets, long tick, bool isFirst, FeedNotice? gap)
    {
        var batch = new FeedBatch(InstantOf(tick), tick.ToString(CultureInfo.InvariantCulture));
        bool withChain = isFirst || tick * _tick.Ticks / _chainEvery.Ticks != (tick - 1) * _tick.Ticks / _chainEvery.Ticks;
        foreach (var market in markets)
        {
            var facts = batch.For(market.Root);
            if (gap is not null) facts.Notices.Add(gap);
            market.Fill(tick, facts, withChain || market.StartsSession(tick));
        }

        return batch;
    }

    DateTimeOffset InstantOf(long tick) => DateTimeOffset.UnixEpoch + tick * _tick;

    /// <summary>The last tick at or before an instant.</summary>
    long TickUpTo(DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks / _tick.Ticks;

    static long TickOf(string position) => long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out long tick)
        ? tick
        : throw new FormatException($"'{position}' is not a position of this feed; it is a whole number of ticks.");
}
