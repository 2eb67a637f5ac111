using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Bridges;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// The legacy Redis channel of prints. Redis keeps nothing, so nothing can be resumed: what was published while the connection was away,
/// or faster than it could be taken, is named as a gap.
/// </summary>
/// <remarks>
/// Before its first print the feed knows neither its clock (live, or somebody replaying an old day) nor any root, and yields nothing.
/// </remarks>
/// <param name="capacity">Messages that may wait to be read.</param>
public sealed class RedisFeed(
    RedisSettings settings, ISessionCalendar sessions, Refusals refusals, ILogger logger, TimeProvider time, int capacity = 1 << 17) : IMarketFeed
{
    const int MessagesPerBatch = 10_000;
    const int MaxRoots = 4_096;

    static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(40);

    // Among the messages, where the connection was lost and where it was back.
    static readonly byte[] Gone = [], Back = new byte[1];

    readonly Channel<byte[]> _messages = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(capacity) { SingleReader = true });
    readonly ChannelClock _clock = new(settings.IdleAdvance);
    readonly HashSet<string> _roots = new(StringComparer.Ordinal);
    long _overflow;
    DateTimeOffset? _lostSince;

    /// <inheritdoc/>
    public string Name => "redis";

    /// <inheritdoc/>
    public bool CanResume => false;

    /// <inheritdoc/>
    public ISessionCalendar Sessions => sessions;

    /// <summary>Messages read so far, refused ones included.</summary>
    public long Received { get; private set; }

    /// <summary>Messages that wait to be read.</summary>
    public int Waiting => _messages.Reader.Count;

    /// <inheritdoc/>
    public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var redis = await RedisConnection.ConnectAsync(settings, logger);
        redis.Lost += () => Put(Gone);
        redis.Restored += () => Put(Back);
        await redis.SubscribeAsync(settings.TradesChannel, Put);

        Task<bool>? arrival = null;
        while (!cancel.IsCancellationRequested)
        {
            arrival ??= _messages.Reader.WaitToReadAsync(cancel).AsTask();
            if (!arrival.IsCompleted) await Task.WhenAny(arrival, Task.Delay(Beat, time, cancel));
            if (arrival.IsCompleted)
            {
                await arrival;
                arrival = null;
            }

            if (Take(_messages.Reader) is { } batch) yield return batch;
        }
    }

    void Put(byte[] message)
    {
        if (!_messages.Writer.TryWrite(message)) Interlocked.Increment(ref _overflow);
    }

    /// <summary>What has come since the last batch; null before the first print.</summary>
    FeedBatch? Take(ChannelReader<byte[]> messages)
    {
        var before = _clock.AsOf;
        var wall = time.GetUtcNow(); // Taken first: whatever came before it is read below, unless messages are left over.
        var prints = new List<LegacyTrade>();
        var notices = new List<FeedNotice>();
        int count = 0;
        while (count < MessagesPerBatch && messages.TryRead(out byte[]? message))
        {
            if (message == Gone || message == Back)
            {
                if (message == Gone) Lose(notices, wall);
                else Find(notices, wall);
                continue;
            }

            count++;
            if (Parse(message) is { } print)
            {
                // What comes after the connection was gone tells that it is back, and on a clock that prints alone move, how long it was away.
                if (_lostSince is { } since && print.Trade.Time > since) Find(notices, since, print.Trade.Time);
                prints.Add(print);
            }
        }

        Received += count;
        if (count > 0) Telemetry.LegacyPrintsReceived.Add(count);
        long lost = Interlocked.Exchange(ref _overflow, 0);
        for (long i = 0; i < lost; i++) refusals.Refuse("overflow", settings.TradesChannel, $"more than {capacity} messages waited");

        if (_clock.Read(wall, isBehind: count == MessagesPerBatch) is not { } now) return null;

        var batch = new FeedBatch(now, Received.ToString(CultureInfo.InvariantCulture));
        foreach (var print in prints) batch.For(print.Root).Trades.Add(print.Trade);
        if (lost > 0) notices.Add(new FeedNotice(FeedState.Gap, $"{lost} prints came faster than they could be taken", before ?? now, now));
        if (notices.Count > 0)
            foreach (string root in _roots) batch.For(root).Notices.AddRange(notices);
        return batch;
    }

    void Lose(List<FeedNotice> notices, DateTimeOffset wall)
    {
        if (_clock.Read(wall, isBehind: true) is not { } now) return; // Nobody has heard of a root yet.
        _lostSince ??= now;
        notices.Add(new FeedNotice(FeedState.Disconnected, $"Redis at {settings.Host}:{settings.Port} is gone", now));
    }

    void Find(List<FeedNotice> notices, DateTimeOffset wall)
    {
        if (_clock.AsOf is null) return;
        notices.Add(new FeedNotice(FeedState.Reconnected, $"Redis at {settings.Host}:{settings.Port} is back"));
        if (_lostSince is { } since && _clock.IsLive(wall)) Find(notices, since, wall);
    }

    void Find(List<FeedNotice> notices, DateTimeOffset since, DateTimeOffset until)
    {
        notices.Add(new FeedNotice(FeedState.Gap, "prints published meanwhile are lost", since, until));
        _lostSince = null;
    }

    LegacyTrade? Parse(byte[] message)
    {
        if (!LegacyTrade.TryParse(message, out var print, out var refusal)) return Refuse(refusal.Reason, refusal.Detail);
        if (!_roots.Contains(print.Root) && _roots.Count >= MaxRoots) return Refuse("too many roots", print.Root);
        if (!_clock.Accept(print.Trade.Time, time.GetUtcNow())) return Refuse("ahead of the clock", $"{print.Root} at {print.Trade.Time:O}");

        _roots.Add(print.Root);
        return print;

        LegacyTrade? Refuse(string reason, string detail)
        {
            refusals.Refuse(reason, settings.TradesChannel, detail);
            return null;
        }
    }
}

/// <summary>
/// The clock of a channel that carries live prints today and a replayed day tomorrow. While the newest print is within a minute of the
/// wall clock it is live, and the time is the wall clock's; otherwise the time is the newest print's, and after a second of silence runs
/// on by at most the idle advance, so that the last windows close. While prints still wait to be read it is the newest print's too, so that they are
/// not late on arrival. It never runs backwards.
/// </summary>
/// <param name="idleAdvance">A window, its grace, and a heartbeat that may have come just before they were over.</param>
public sealed class ChannelClock(TimeSpan idleAdvance)
{
    static readonly TimeSpan LiveWithin = TimeSpan.FromSeconds(60);
    static readonly TimeSpan MaxAhead = TimeSpan.FromSeconds(5);

    // A replay at natural speed stumbles; its clock must not run ahead of the prints still to come.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    DateTimeOffset? _newest;
    DateTimeOffset _newestCame;

    /// <summary>The time last read, UTC to the microsecond; null before the first print.</summary>
    public DateTimeOffset? AsOf { get; private set; }

    /// <summary>True while the newest print is within a minute of the wall clock.</summary>
    public bool IsLive(DateTimeOffset wall) => wall - _newest < LiveWithin;

    /// <summary>Takes note of a print; false when it is more than five seconds ahead of the wall clock.</summary>
    public bool Accept(DateTimeOffset print, DateTimeOffset wall)
    {
        if (print > wall + MaxAhead) return false;
        if (_newest is null || print > _newest) _newest = print;
        _newestCame = wall;
        return true;
    }

    /// <summary>The time now.</summary>
    /// <param name="isBehind">True while messages still wait to be read.</param>
    public DateTimeOffset? Read(DateTimeOffset wall, bool isBehind = false)
    {
        if (_newest is not { } newest) return null;

        var time =
            isBehind ? (newest < wall ? newest : wall)
            : IsLive(wall) ? wall
            : newest + Clamp(wall - _newestCame - Patience);
        time = new DateTimeOffset(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        return AsOf = AsOf is { } last && last > time ? last : time;
    }

    TimeSpan Clamp(TimeSpan idle) => idle < TimeSpan.Zero ? TimeSpan.Zero : idle > idleAdvance ? idleAdvance : idle;
}
