using System.Text;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>Small facts for the storage tests, and what makes two of them the same.</summary>
static class StorageFacts
{
    public static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    public static Stamp StampOf(string stream, long run, long sequence) =>
        new(stream, run, sequence, Open.AddSeconds(run % 1000).AddMilliseconds(50 * sequence));

    public static TradesObserved Trades(string stream, long run, long sequence, int prints = 2) => new()
    {
        Stamp = StampOf(stream, run, sequence),
        Root = stream.Split('/')[1],
        Trades =
        [
            .. Enumerable.Range(0, prints).Select(i => new OptionTrade(
                new(new(2026, 1, 16), 400 + i, i % 2 == 0 ? OptionRight.Call : OptionRight.Put),
                Open.AddMilliseconds(sequence), 1.25 + i, 1 + i, 455.73, i % 3 - 1)),
        ],
    };

    public static FeedStateChanged State(string stream, long run, long sequence, string detail = "a hole of 3 messages") => new()
    {
        Stamp = StampOf(stream, run, sequence),
        Root = stream.Split('/')[1],
        State = FeedState.Gap,
        Detail = detail,
        From = Open,
        To = Open.AddSeconds(1),
    };

    public static RecordedMessage Recorded(IMarketFact fact, string? contentType = null)
    {
        contentType ??= Wire.Preferred(fact.GetType());
        return new(fact.Stamp, Contract.Of(fact.GetType()), contentType, Wire.Encode(fact, contentType));
    }

    public static RecordedMessage[] TradesOf(string stream, long run, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(sequence => Recorded(Trades(stream, run, sequence)))];

    // Columns are arrays, which records compare by reference: their JSON says whether they are equal.
    public static string Text(IMarketFact fact) => Encoding.UTF8.GetString(Wire.Encode(fact, Wire.Json));

    public static void AssertSame(IEnumerable<IMarketFact> expected, IEnumerable<IMarketFact> actual) =>
        Assert.Equal(expected.Select(Text), actual.Select(Text));

    public static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> source)
    {
        List<T> items = [];
        await foreach (var item in source) items.Add(item);
        return items;
    }

    public static Task<List<IMarketFact>> ReadAsync(this EventLog log, string stream, StreamPosition after = default, StreamPosition? before = null) =>
        ListAsync(log.ReadStreamAsync(stream, after, before, TestContext.Current.CancellationToken));

    // Row versions included: not even an update to the same values has happened.
    public static Task<string> LogFingerprintAsync(this TestDatabase database) => database.ScalarAsync<string>("""
        select concat(
            (select string_agg(concat_ws(' ', xmin, seq_id, stream_id, version), ';' order by seq_id) from mt_events),
            (select string_agg(concat_ws(' ', xmin, id, version), ';' order by id) from mt_streams),
            (select string_agg(concat_ws(' ', xmin, stream_id, run, sequence), ';' order by stream_id) from stream_positions))
        """);

    public static Task<int> AppendForeignAsync(this TestDatabase database, string stream, string alias) => database.ExecuteAsync($$"""
        insert into mt_streams as stream (id, version) values ('{{stream}}', 1)
            on conflict (id) do update set version = stream.version + 1;
        insert into mt_events (seq_id, id, stream_id, version, data, type)
        select nextval('mt_events_sequence'), '01890000-0000-7000-8000-000000000001', id, version, '{}', '{{alias}}'
          from mt_streams where id = '{{stream}}'
        """);
}
