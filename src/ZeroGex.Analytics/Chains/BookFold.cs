using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;

namespace ZeroGex.Analytics.Chains;

/// <summary>
/// Folds one root's quotes, prints and chain facts of one session into a book of its contracts, and has answers made of it: at most as often as the settings say when
/// something has changed, and now and then when nothing has.
/// </summary>
/// <remarks>Not thread-safe. What comes when, and what is late, is the business of <see cref="Slices"/>.</remarks>
public abstract class BookFold : IFold, ISliced
{
    readonly Slices _slices;
    readonly Cadence[] _cadences;
    readonly bool[] _isDue;
    readonly bool _asksSpot;
    bool _hasChanged;

    /// <param name="asksSpot">True when nothing can be said while the underlying's price is unknown.</param>
    /// <param name="every">The least time between two answers of a sort.</param>
    private protected BookFold(string root, DateOnly session, ChainSettings settings, bool asksSpot, params ReadOnlySpan<TimeSpan> every)
    {
        (Root, Session, Settings, _asksSpot) = (root, session, settings, asksSpot);
        _slices = new Slices(root, session, Inputs, settings.Slices);
        _cadences = new Cadence[every.Length];
        for (int i = 0; i < every.Length; i++) _cadences[i] = Cadence.OfChain(session, every[i], settings);
        _isDue = new bool[every.Length];
        Book = new ChainBook(root, session, settings.TrustsFeedVolatility);
        Values = new ChainValues(settings);
    }

    /// <summary>The kinds of streams it reads.</summary>
    public static IReadOnlyList<string> Inputs { get; } = ["chain", "quotes", "trades"];

    /// <inheritdoc/>
    public DateTimeOffset Through => _slices.Through;

    /// <inheritdoc/>
    public long Late => _slices.Late;

    /// <inheritdoc/>
    public long Lost => _slices.Lost;

    private protected string Root { get; }

    private protected DateOnly Session { get; }

    private protected ChainSettings Settings { get; }

    private protected ChainBook Book { get; }

    private protected ChainValues Values { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IMarketResult> Apply(IMarketFact fact) => _slices.Apply(fact, this);

    void ISliced.Take(IMarketFact fact, int row, long time) => _hasChanged |= Book.Take(fact, row, time);

    void ISliced.Pass(long end, List<IMarketResult> answers)
    {
        if (_hasChanged && (Book.Spot > 0 || !_asksSpot))
        {
            _hasChanged = false;
            foreach (Cadence cadence in _cadences) cadence.Change(end);
        }

        while (NextDue() is var due && due <= end)
        {
            for (int i = 0; i < _cadences.Length; i++) _isDue[i] = _cadences[i].IsAnswered(due);
            Book.Forget(due);
            Arrange();
            if (Values.Count > 0) Answer(new Instant(due, Slices.TimeOf(due), _slices.IsIncomplete(due)), _isDue, answers);
        }
    }

    long NextDue()
    {
        long next = long.MaxValue;
        foreach (Cadence cadence in _cadences) next = Math.Min(next, cadence.Due);
        return next;
    }

    /// <summary>Puts the book's contracts into rows of the values.</summary>
    private protected virtual void Arrange() => Values.Arrange(Book);

    /// <summary>Makes the answers that are due, with rows arranged and not evaluated.</summary>
    /// <param name="isDue">Of each sort, in the order of the constructor's.</param>
    private protected abstract void Answer(in Instant at, ReadOnlySpan<bool> isDue, List<IMarketResult> answers);

    /// <summary>When an answer is made.</summary>
    /// <param name="Micros">Unix microseconds.</param>
    /// <param name="IsIncomplete">True when facts before it are missing for good.</param>
    private protected readonly record struct Instant(long Micros, DateTimeOffset Time, bool IsIncomplete);
}
