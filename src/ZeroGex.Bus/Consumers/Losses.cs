using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Consumers;

/// <summary>Messages that neither a fold's queue nor the log has.</summary>
/// <param name="Fact">What is said of it on the bus.</param>
/// <param name="Previous">The stamp of the fold's loss before it, so that the recorder does not overtake that one.</param>
/// <param name="Messages">How many are lost.</param>
public sealed record Loss(FeedStateChanged Fact, StreamPosition Previous, long Messages);

/// <summary>
/// The losses that a fold has found in one stream. Only gateways stamp that stream, so the losses have one of their own:
/// <c>state-{fold}-{kind}/{root}/{session date}</c>, the run that of the broken stream, the sequence 1, 2, 3 ... in the order of finding.
/// </summary>
/// <remarks>A hole in the log is found again by every start that replays it. What the log says of it already is not said a second time.</remarks>
sealed class Losses
{
    readonly string _fold;
    readonly string _stream;
    readonly string _own;
    readonly string _root;
    readonly HashSet<string> _said = new(StringComparer.Ordinal);
    StreamPosition _last;

    Losses(string fold, string stream)
    {
        (string kind, _root, var session) = Contract.ParseStreamId(stream);
        _fold = fold;
        _stream = stream;
        _own = Contract.StreamId($"state-{fold}-{kind}", _root, session);
    }

    /// <summary>Goes on where the log stands.</summary>
    public static async Task<Losses> OpenAsync(string fold, string stream, EventLog log, CancellationToken cancel)
    {
        var losses = new Losses(fold, stream);
        await foreach (var fact in log.ReadStreamAsync(losses._own, default, null, cancel)) losses.Remember((FeedStateChanged)fact);
        return losses;
    }

    /// <summary>What is lost before a message that follows another; null when nothing is, or when it has been said.</summary>
    /// <param name="last">The message before; default when there is none.</param>
    /// <param name="from">Its clock.</param>
    /// <param name="next">The message after.</param>
    public Loss? Find(StreamPosition last, DateTimeOffset? from, Stamp next)
    {
        long first = next.Run == last.Run ? last.Sequence + 1 : 1;
        long lost = next.Sequence - first;
        if (lost == 0) return null;

        string detail = $"{_fold} lost {lost} messages of {_stream}, run {next.Run} #{first} to #{next.Sequence - 1}";
        if (_said.Contains(detail)) return null;

        // Never behind what was said: a log that was far behind when a loss was found may show an earlier one later.
        long run = Math.Max(next.Run, _last.Run);
        var stamp = new Stamp(_own, run, run == _last.Run ? _last.Sequence + 1 : 1, next.AsOf);
        var loss = new Loss(new FeedStateChanged { Stamp = stamp, Root = _root, State = FeedState.Gap, Detail = detail, From = from, To = next.AsOf }, _last, lost);
        Remember(loss.Fact);
        return loss;
    }

    void Remember(FeedStateChanged said)
    {
        _said.Add(said.Detail ?? "");
        _last = said.Stamp.Position();
    }
}
