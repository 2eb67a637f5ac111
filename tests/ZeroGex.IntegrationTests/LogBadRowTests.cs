using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>What the log does with rows that are not what they should be: it says which, and makes nothing of them.</summary>
public sealed class LogBadRowTests
{
    const string Spy = "trades/SPY/2026-01-16";
    const string Qqq = "trades/QQQ/2026-01-16";
    const string SpyState = "state/SPY/2026-01-16";
    const long Run = 1_768_573_800_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_corrupt_payload_is_named()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync([.. TradesOf(Spy, Run, 1, 3), Recorded(State(SpyState, Run, 1))], Cancel);
        await database.ExecuteAsync("update mt_events set bdata = '\\xffffffff' where type = 'trades_observed' and version = 2");
        await database.ExecuteAsync("""update mt_events set data = '{"root": 7}' where type = 'feed_state_changed'""");

        var packed = await Assert.ThrowsAsync<CorruptEventException>(() => log.ReadAsync(Spy));
        Assert.Equal((Spy, 2), (packed.Stream, packed.Version));
        Assert.Contains(Spy, packed.Message, StringComparison.Ordinal);

        var json = await Assert.ThrowsAsync<CorruptEventException>(() => log.ReadAsync(SpyState));
        Assert.Equal((SpyState, 1), (json.Stream, json.Version));

        await Assert.ThrowsAsync<CorruptEventException>(() => ListAsync(log.ReadAllAsync(0, Cancel)));
        Assert.Single(await log.ReadAsync(Spy, default, new(Run, 2)));
    }

    [Fact]
    public async Task An_unknown_alias_is_skipped_and_counted_or_refused()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 2), Cancel);
        await database.AppendForeignAsync(Spy, "auction_observed");
        await log.AppendAsync(TradesOf(Spy, Run, 3, 2), Cancel);

        Assert.Equal([1, 2, 3, 4], (await log.ReadAsync(Spy)).Select(fact => fact.Stamp.Sequence));
        Assert.Equal(1, log.UnknownSkipped);
        Assert.Equal([3, 4], (await log.ReadAsync(Spy, new(Run, 2))).Select(fact => fact.Stamp.Sequence));

        EventLog strict = new(database.Source) { ThrowOnUnknown = true };
        Assert.Equal(3, (await Assert.ThrowsAsync<CorruptEventException>(() => strict.ReadAsync(Spy))).Version);

        var all = await ListAsync(log.ReadAllAsync(0, Cancel));
        Assert.Equal([1, 2, 3, 4, 5], all.Select(row => row.Version));
        Assert.Null(all[2].Fact);
        Assert.Equal("auction_observed", all[2].Alias);
    }

    // jsonb refuses the NUL escape; a message that can never be recorded would stop the recorder for ever.
    [Fact]
    public async Task Text_that_jsonb_cannot_hold_is_recorded_all_the_same()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        var fact = State(SpyState, Run, 1, "before\0after");

        await log.AppendAsync([Recorded(fact)], Cancel);

        AssertSame([fact], await log.ReadAsync(SpyState));
    }

    [Fact]
    public async Task An_archived_stream_takes_no_more_and_is_still_read()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 1), Cancel);
        await log.AppendAsync(TradesOf(Qqq, Run, 1, 1), Cancel);
        await database.ExecuteAsync($"update mt_streams set is_archived = true where id = '{Spy}'");
        string before = await database.LogFingerprintAsync();

        var refused = await Assert.ThrowsAsync<StreamArchivedException>(() => log.AppendAsync([.. TradesOf(Qqq, Run, 2, 1), .. TradesOf(Spy, Run, 2, 1)], Cancel));

        Assert.Equal($"Stream {Spy} is archived: it takes no more events.", refused.Message);
        Assert.Equal(before, await database.LogFingerprintAsync());
        Assert.Single(await log.ReadAsync(Spy));
        Assert.Equal([Qqq, Spy], await log.StreamsAsync("trades", Cancel));
        Assert.Equal([Qqq], await log.StreamsAsync("trades", withArchived: false, Cancel));
    }

    // contracts/CHANGELOG.md: packed readers pass over fields that they do not know, JSON readers of this project refuse them.
    [Fact]
    public async Task A_newer_contract_is_read_where_it_can_be_and_named_where_it_cannot()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        IMarketFact fact = Trades(Spy, Run, 1);
        byte[] newer = [.. Wire.Encode(fact, Wire.Packed), 0xFA, 0x3E, 3, 1, 2, 3]; // Field 1007, three bytes.
        await log.AppendAsync([Recorded(fact) with { Body = newer }, Recorded(State(SpyState, Run, 1)), Recorded(State(SpyState, Run, 2))], Cancel);
        await database.ExecuteAsync("""update mt_events set data = data || '{"severity": "high"}' where type = 'feed_state_changed' and version = 2""");

        AssertSame([fact], await log.ReadAsync(Spy));
        await foreach (var message in log.ReadRecordedAsync(Spy, default, null, Cancel)) Assert.Equal(newer, message.Body.ToArray());

        var refused = await Assert.ThrowsAsync<CorruptEventException>(() => log.ReadAsync(SpyState));
        Assert.Equal((SpyState, 2), (refused.Stream, refused.Version));
        Assert.Contains("severity", refused.Message, StringComparison.Ordinal);
        Assert.Single(await log.ReadAsync(SpyState, default, new(Run, 2)));

        // Undecoded it is handed on, as whoever keeps the bytes wants it; decoding it says the same.
        var newest = await log.ReadRecordedAsync(SpyState, new(Run, 1), null, Cancel).SingleAsync(Cancel);
        Assert.Contains("severity", Assert.Throws<FormatException>(() => newest.Decode()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_rows_are_counted_or_refused()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source) { ThrowOnMissing = true }, lenient = new(database.Source);
        (int From, int To)[] holes = [(1, 1), (5, 5), (64, 65), (70, 900), (999, 1_000), (1, 1_000)];
        foreach (var (from, to) in holes)
        {
            string stream = $"trades/SPY{from}to{to}/2026-01-16";
            await log.AppendAsync(TradesOf(stream, Run, 1, 1_000), Cancel);
            await database.ExecuteAsync($"delete from mt_events where stream_id = '{stream}' and version between {from} and {to}");

            List<long> read = [];
            var missed = await Assert.ThrowsAsync<CorruptEventException>(async () =>
            {
                await foreach (var fact in log.ReadStreamAsync(stream, default, null, Cancel)) read.Add(fact.Stamp.Sequence);
            });

            string which = from == to ? $"Event {from}" : $"Events {from} to {to}";
            Assert.StartsWith($"{which} of stream {stream} cannot be read: the log has lost ", missed.Message, StringComparison.Ordinal);
            Assert.Equal((stream, from), (missed.Stream, missed.Version));
            Assert.Equal(Enumerable.Range(1, from - 1).Select(i => (long)i), read);

            long missing = lenient.Missing;
            Assert.Equal(
                Enumerable.Range(1, 1_000).Where(i => i < from || i > to).Select(i => (long)i),
                (await lenient.ReadAsync(stream)).Select(fact => fact.Stamp.Sequence));
            Assert.Equal(to - from + 1, lenient.Missing - missing);
        }

        Assert.Equal(994, (await log.ReadAsync("trades/SPY5to5/2026-01-16", new(Run, 6))).Count);
    }

    // A hole in the stamps is a lost message, which the fold that reads them counts: the log keeps what it was given.
    [Fact]
    public async Task A_hole_in_the_stamps_and_a_clock_that_goes_back_are_kept_as_they_were()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        (long Run, long Sequence, int Seconds)[] stamps = [(5, 1, 10), (5, 2, 7), (5, 6, 8), (9, 1, 2), (9, 2, 2), (9, 3, 1)];
        IMarketFact[] facts =
        [
            .. stamps.Select(at => Trades(Spy, at.Run, at.Sequence) with { Stamp = new(Spy, at.Run, at.Sequence, Open.AddSeconds(at.Seconds)) }),
        ];

        Assert.Equal(new(6, 0), await log.AppendAsync([.. facts.Select(fact => Recorded(fact))], Cancel));

        AssertSame(facts, await log.ReadAsync(Spy));
        AssertSame(facts[2..4], await log.ReadAsync(Spy, new(5, 3), new(9, 2)));
        AssertSame(facts, (await ListAsync(log.ReadAllAsync(0, Cancel))).Select(row => row.Fact!));
        Assert.Equal([1, 2, 3, 4, 5, 6], (await ListAsync(log.ReadAllAsync(0, Cancel))).Select(row => row.Version));

        // An older run, as after a clock went back and was not noticed, is no news: the caller is told how much it was.
        Assert.Equal(new(1, 2), await log.AppendAsync([.. TradesOf(Spy, 8, 1, 2), Recorded(Trades(Spy, 10, 1))], Cancel));
        Assert.Equal(7, (await log.ReadAsync(Spy)).Count);
    }

    [Fact]
    public async Task Progress_of_foreign_daemons_is_left_alone()
    {
        await using var database = await TestDatabase.NewAsync();
        await database.ExecuteAsync("insert into mt_event_progression values ('HighWaterMark', 41, '2026-01-02'), ('Trades:All', 17, '2026-01-03')");
        const string Rows = "select xmin, * from mt_event_progression order by name";
        var before = await database.RowsAsync(Rows);
        EventLog log = new(database.Source);

        await Migrator.MigrateAsync(database.Source, Cancel);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 20), Cancel);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 20), Cancel);
        Assert.Equal(20, (await log.ReadAsync(Spy)).Count);
        Assert.Equal(20, (await ListAsync(log.ReadAllAsync(0, Cancel))).Count);

        Assert.Equal(2, before.Count);
        Assert.Equal(before, await database.RowsAsync(Rows));
    }
}
