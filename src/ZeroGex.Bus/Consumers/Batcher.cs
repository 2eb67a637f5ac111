using System.Threading.Channels;

namespace ZeroGex.Bus.Consumers;

/// <summary>Gathers what comes message by message into batches: one loop commits everything that has arrived meanwhile.</summary>
/// <param name="maxItems">Items that may wait; who adds more waits.</param>
/// <param name="commit">Commits a batch and completes each item's <see cref="Waiting{T}.Done"/>, now or in a later call. It may be called with no items while items are held back.</param>
public sealed class Batcher<T>(int maxItems, Func<IReadOnlyList<Waiting<T>>, CancellationToken, Task> commit) : IAsyncDisposable
{
    readonly Channel<Waiting<T>> _items = Channel.CreateBounded<Waiting<T>>(new BoundedChannelOptions(maxItems) { SingleReader = true });
    readonly CancellationTokenSource _stopping = new();
    Task _loop = Task.CompletedTask;
    Task<bool>? _more;

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Adds an item and waits until it is committed, or with <paramref name="isQueuedEnough"/> only until it is queued, in order.</summary>
    public async Task AddAsync(T item, bool isQueuedEnough, CancellationToken cancel)
    {
        var waiting = new Waiting<T>(item);
        await _items.Writer.WriteAsync(waiting, cancel);
        if (!isQueuedEnough) await waiting.Done.Task.WaitAsync(cancel);
    }

    /// <summary>Commits what is queued, as far as a few seconds allow.</summary>
    public async ValueTask DisposeAsync()
    {
        _items.Writer.TryComplete();
        _stopping.CancelAfter(TimeSpan.FromSeconds(10));
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    async Task LoopAsync()
    {
        var batch = new List<Waiting<T>>();
        while (await MoreAsync())
        {
            batch.Clear();
            while (batch.Count < maxItems && _items.Reader.TryRead(out var item)) batch.Add(item);
            await commit(batch, _stopping.Token);
        }
    }

    /// <summary>Returns at the latest after a moment, so that what a commit holds back is looked at again.</summary>
    async Task<bool> MoreAsync()
    {
        _more ??= _items.Reader.WaitToReadAsync(_stopping.Token).AsTask();
        await Task.WhenAny(_more, Task.Delay(TimeSpan.FromMilliseconds(50), _stopping.Token));
        if (!_more.IsCompleted) return true;
        bool isOpen = await _more;
        _more = null;
        return isOpen;
    }
}

/// <summary>An item and whoever waits for it.</summary>
public sealed class Waiting<T>(T item)
{
    public T Item { get; } = item;
    public long Since { get; } = Environment.TickCount64;

    /// <summary>How often a commit has held it back.</summary>
    public int HeldBack { get; set; }

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
