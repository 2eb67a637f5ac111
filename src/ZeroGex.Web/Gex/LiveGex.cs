using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using MassTransit;
using Microsoft.Extensions.Hosting;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Web.Gex;

/// <summary>
/// Hands closed windows and alerts from the bus to whoever watches, each watcher with a short queue of its own that loses its oldest:
/// a slow browser never slows the bus.
/// </summary>
public sealed class LiveGex(TimeProvider time, IHostApplicationLifetime lifetime) : IConsumer<GexCalculated>, IConsumer<AlertRaised>, IConsumer<AlertResolved>
{
    /// <summary>Watchers at most; one more is turned away.</summary>
    public const int MaxWatchers = 1_000;

    /// <summary>Windows and alerts that wait for a watcher at most.</summary>
    public const int MaxWaiting = 256;

    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<Watcher, byte> _watchers = new();

    /// <summary>True when there are as many watchers as there may be.</summary>
    public bool IsFull => _watchers.Count >= MaxWatchers;

    public Task Consume(ConsumeContext<GexCalculated> context)
    {
        Show(context.Message);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<AlertRaised> context)
    {
        Show(context.Message);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<AlertResolved> context)
    {
        Show(context.Message);
        return Task.CompletedTask;
    }

    /// <summary>Gives a window to its watchers; never waits.</summary>
    public void Show(GexCalculated window) => Show(window.Root, "gex", () => GexMeasure.RowsOf(window));

    /// <summary>Gives an alert to its watchers; never waits.</summary>
    public void Show(AlertRaised alert) => Show(alert.Root, "alert", () => AlertRow.Of(alert));

    /// <summary>Gives the end of an alert to its watchers; never waits.</summary>
    public void Show(AlertResolved alert) => Show(alert.Root, "alert", () => AlertRow.Of(alert));

    // The same rows that the tables will hold, written once for all.
    void Show<TRow>(string root, string eventType, Func<TRow> row)
    {
        var watchers = _watchers.Keys.Where(watcher => watcher.Root is null || watcher.Root == root).ToList();
        if (watchers.Count == 0) return;

        SseItem<string> item = new(JsonSerializer.Serialize(row(), WebJson.Options), eventType);
        foreach (var watcher in watchers) watcher.Windows.Writer.TryWrite(item);
    }

    /// <summary>
    /// From now on, each closed window as a <c>gex</c> event (a JSON array of its measures, rows as the API has them), each alert raised or resolved as an <c>alert</c> event
    /// (a row as the API has it), and at once and every five seconds a <c>heartbeat</c> with this server's time. Ends with the process.
    /// </summary>
    /// <param name="root">Null for all.</param>
    public async IAsyncEnumerable<SseItem<string>> WatchAsync(string? root, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, lifetime.ApplicationStopping);
        Watcher watcher = new(root);
        _watchers.TryAdd(watcher, 0);
        try
        {
            var ready = watcher.Windows.Reader.WaitToReadAsync(either.Token).AsTask();
            var beat = Task.CompletedTask;
            while (!either.IsCancellationRequested)
            {
                if (beat.IsCompleted)
                {
                    yield return new SseItem<string>(JsonSerializer.Serialize(new { time = time.GetUtcNow() }, WebJson.Options), "heartbeat");
                    beat = Task.Delay(Heartbeat, time, either.Token);
                }

                await Task.WhenAny(ready, beat);
                if (!ready.IsCompletedSuccessfully) continue;
                while (watcher.Windows.Reader.TryRead(out var item)) yield return item;
                ready = watcher.Windows.Reader.WaitToReadAsync(either.Token).AsTask();
            }
        }
        finally
        {
            _watchers.TryRemove(watcher, out _);
            await either.CancelAsync(); // The waits above end with their watcher.
        }
    }

    sealed class Watcher(string? root)
    {
        public readonly string? Root = root;
        public readonly Channel<SseItem<string>> Windows = Channel.CreateBounded<SseItem<string>>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });
    }
}
