using FsCheck;
using FsCheck.Fluent;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using ZeroGex.Storage.LogFiles;
using ZeroGex.Tests.Contracts;

namespace ZeroGex.Tests.Storage;

/// <summary>Recorded sessions made from a seed: several streams, runs and encodings, ordered as a log file wants them.</summary>
static class SomeLog
{
    public static readonly DateOnly Session = new(2026, 1, 16);

    static readonly Contract[] Facts = [.. Contract.All.Where(contract => contract.Kind is not null)];

    /// <summary>Up to sixty messages in up to six streams.</summary>
    public static Arbitrary<RecordedMessage[]> Any { get; } = Arb.From(
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from count in Gen.Choose(0, 60)
        from streams in Gen.Choose(1, 6)
        select Make(seed, count, streams));

    public static RecordedMessage[] Make(int seed, int count, int streams)
    {
        Random random = new(seed);
        (string Id, StreamPosition Last)[] ends = [.. Enumerable.Range(0, streams).Select(i => ($"{Facts[i % Facts.Length].Kind}/R{i}/2026-01-16", default(StreamPosition)))];
        List<RecordedMessage> messages = [];
        for (int i = 0; i < count; i++)
        {
            ref var end = ref ends[random.Next(streams)];
            end.Last = random.Next(5) == 0 ? new(end.Last.Run + 1 + random.Next(9), 1) : new(end.Last.Run, end.Last.Sequence + 1 + random.Next(2));
            var contract = Facts[Array.IndexOf(ends, end) % Facts.Length];
            var stamp = new Stamp(end.Id, end.Last.Run, end.Last.Sequence, DateTimeOffset.UnixEpoch.AddSeconds(1_768_573_800 + i));
            var fact = Stamped((IMarketFact)new SomeMessages.Case(contract, random.Next(), random.Next(4)).Message, stamp);
            string encoding = contract.IsPacked && random.Next(4) > 0 ? Wire.Packed : Wire.Json; // Now and then the other encoding.
            messages.Add(new(stamp, contract, encoding, Wire.Encode(fact, encoding)));
        }

        return [.. messages.OrderBy(message => message.Stamp.Stream, StringComparer.Ordinal)];
    }

    /// <summary>A log file of these messages.</summary>
    public static byte[] File(IEnumerable<RecordedMessage> messages)
    {
        using MemoryStream file = new();
        using (LogFileWriter writer = new(file, Session, "1.2.3"))
        {
            foreach (var message in messages) writer.Add(message);
            writer.Complete();
        }

        return file.ToArray();
    }

    /// <summary>What a message is, comparable.</summary>
    public static (Stamp Stamp, string Alias, string ContentType, string Body) Text(RecordedMessage message) =>
        (message.Stamp, message.Contract.Alias, message.ContentType, Convert.ToHexString(message.Body.Span));

    static string RootOf(Stamp stamp) => Contract.ParseStreamId(stamp.Stream).Root;

    static IMarketFact Stamped(IMarketFact fact, Stamp stamp) => fact switch
    {
        QuotesObserved quotes => quotes with { Stamp = stamp, Root = RootOf(stamp) },
        TradesObserved trades => trades with { Stamp = stamp, Root = RootOf(stamp) },
        ChainObserved chain => chain with { Stamp = stamp, Root = RootOf(stamp) },
        BarsObserved bars => bars with { Stamp = stamp, Root = RootOf(stamp) },
        FeedStateChanged state => state with { Stamp = stamp, Root = RootOf(stamp) },
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, "Teach this to stamp one."),
    };
}
