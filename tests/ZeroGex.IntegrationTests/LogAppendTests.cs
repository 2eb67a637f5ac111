using Npgsql;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

public sealed class LogAppendTests
{
    const string Spy = "trades/SPY/2026-01-16";
    const string Qqq = "trades/QQQ/2026-01-16";
    const string SpyState = "state/SPY/2026-01-16";
    const long Run = 1_768_573_800_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_appended_is_read_back_in_order()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        IMarketFact[] spy = [Trades(Spy, Run, 1), Trades(Spy, Run, 2, prints: 0), Trades(Spy, Run, 3, prints: 40), Trades(Spy, Run + 5, 1)];
        IMarketFact[] state = [State(SpyState, Run, 1), State(SpyState, Run, 2, "späte Kurse 🙂 \"quoted\"")];

        var result = await log.AppendAsync(
            [Recorded(spy[0]), Recorded(state[0]), Recorded(spy[1]), Recorded(spy[2], Wire.Json), Recorded(state[1]), Recorded(spy[3])], Cancel);

        Assert.Equal(new(6, 0), result);
        AssertSame(spy, await log.ReadAsync(Spy));
        AssertSame(state, await log.ReadAsync(SpyState));
        Assert.Empty(await log.ReadAsync(Qqq));
        Assert.Equal([Spy], await log.StreamsAsync("trades", Cancel));

        var positions = await log.PositionsAsync([Spy, SpyState, Qqq], Cancel);
        Assert.Equal(new StreamPosition(Run + 5, 1), positions[Spy]);
        Assert.Equal(new StreamPosition(Run, 2), positions[SpyState]);
        Assert.Equal(2, positions.Count);

        var all = await ListAsync(log.ReadAllAsync(0, Cancel));
        AssertSame([spy[0], state[0], spy[1], spy[2], state[1], spy[3]], all.Select(row => row.Fact!));
        Assert.All(all, row => Assert.Equal(row.Fact!.Stamp.AsOf, row.Timestamp));
    }

    [Fact]
    public async Task Rows_say_what_Marten_expects_of_them()
    {
        await using var database = await TestDatabase.NewAsync();
        await new EventLog(database.Source).AppendAsync([Recorded(Trades(Spy, Run, 1)), Recorded(State(SpyState, Run, 1))], Cancel);

        Assert.Equal(
            [
                $"1|{Spy}|1|trades_observed|ZeroGex.Contracts.TradesObserved, ZeroGex.Contracts|*DEFAULT*|False|True|True",
                $"2|{SpyState}|1|feed_state_changed|ZeroGex.Contracts.FeedStateChanged, ZeroGex.Contracts|*DEFAULT*|False|False|False",
            ],
            await database.RowsAsync("""
                select seq_id, stream_id, version, type, mt_dotnet_type, tenant_id, is_archived, data = '{}', bdata is not null
                  from mt_events order by seq_id
                """));
        Assert.Equal(
            [$"{SpyState}||1|*DEFAULT*|False", $"{Spy}||1|*DEFAULT*|False"],
            await database.RowsAsync("""select id, type, version, tenant_id, is_archived from mt_streams order by id collate "C" """));
        Assert.Equal(EventId.Of(StampOf(Spy, Run, 1)), await database.ScalarAsync<Guid>("select id from mt_events where seq_id = 1"));
    }

    [Fact]
    public async Task A_stream_that_is_not_where_it_is_expected_takes_nothing()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        Dictionary<string, long> At(long version) => new() { [Spy] = version };
        await log.AppendAsync(TradesOf(Spy, Run, 1, 3), Cancel, At(0));
        Assert.Equal(new(2, 0), await log.AppendAsync(TradesOf(Spy, Run, 4, 2), Cancel, At(3)));
        Assert.Equal(new(0, 2), await log.AppendAsync(TradesOf(Spy, Run, 4, 2), Cancel, At(3))); // It had come through.
        string written = await database.LogFingerprintAsync();

        var refused = await Assert.ThrowsAsync<StreamVersionException>(() => log.AppendAsync([.. TradesOf(Spy, Run, 6, 1), .. TradesOf("trades/QQQ/2026-01-16", Run, 1, 1)], Cancel, At(3)));
        Assert.Equal((Spy, 3, 5), (refused.Stream, refused.Expected, refused.Actual));
        await Assert.ThrowsAsync<StreamVersionException>(() => log.AppendAsync(TradesOf("trades/QQQ/2026-01-16", Run, 1, 1), Cancel, new Dictionary<string, long> { ["trades/QQQ/2026-01-16"] = 1 }));
        Assert.Equal(written, await database.LogFingerprintAsync());
    }

    // Marten archives without our lock: after we have looked, and before we write.
    [Fact]
    public async Task A_stream_that_is_archived_meanwhile_takes_nothing()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 3), Cancel);

        await using var foreign = await database.Source.OpenConnectionAsync(Cancel);
        await using var transaction = await foreign.BeginTransactionAsync(Cancel);
        await using (var archive = new NpgsqlCommand("update mt_streams set is_archived = true", foreign, transaction)) await archive.ExecuteNonQueryAsync(Cancel);
        var appending = log.AppendAsync(TradesOf(Spy, Run, 4, 1), Cancel);
        await Wait.ForAsync(() => database.ScalarAsync<bool>("select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"), "the append to wait for the stream's row");
        await transaction.CommitAsync(Cancel);

        Assert.Equal(Spy, (await Assert.ThrowsAsync<StreamArchivedException>(() => appending)).Stream);
        Assert.Equal(3, await database.ScalarAsync<long>("select count(*) from mt_events"));
    }

    [Fact]
    public async Task A_redelivery_writes_nothing_whole_or_in_part()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        var batch = TradesOf(Spy, Run, 1, 10);
        await log.AppendAsync(batch, Cancel);
        string written = await database.LogFingerprintAsync();

        Assert.Equal(new(0, 10), await log.AppendAsync(batch, Cancel));
        Assert.Equal(new(0, 3), await log.AppendAsync(batch[4..7], Cancel));
        Assert.Equal(new(0, 1), await log.AppendAsync([Recorded(Trades(Spy, Run - 1, 99))], Cancel));
        Assert.Equal(default, await log.AppendAsync([], Cancel));
        Assert.Equal(written, await database.LogFingerprintAsync());

        var overlap = TradesOf(Spy, Run, 8, 5);
        Assert.Equal(new(2, 8), await log.AppendAsync([.. overlap, .. overlap], Cancel));
        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), (await log.ReadAsync(Spy)).Select(fact => fact.Stamp.Sequence));
    }

    [Fact]
    public async Task A_batch_that_runs_backwards_is_refused_whole()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        var batch = TradesOf(Spy, Run, 1, 3);

        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendAsync([batch[0], batch[2], batch[1]], Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendAsync([batch[0], batch[1] with { ContentType = "text/plain" }], Cancel));

        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from mt_streams"));
        Assert.Equal(new(3, 0), await log.AppendAsync(batch, Cancel));
    }

    [Fact]
    public async Task Racing_recorders_leave_versions_without_holes()
    {
        await using var database = await TestDatabase.NewAsync();
        string[] streams = [.. Enumerable.Range(0, 6).Select(i => $"trades/R{i}/2026-01-16")];
        RecordedMessage[][] batches =
        [
            .. Enumerable.Range(0, 30).Select(batch => streams.SelectMany(stream => TradesOf(stream, Run, 1 + batch * 4, 4)).ToArray()),
        ];

        // Each recorder sees everything, cut and ordered by stream in its own way, as after a hand-over.
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            EventLog log = new(database.Source);
            Random random = new(seed);
            int written = 0;
            foreach (var batch in batches)
            {
                int[] order = [.. streams.Select((_, i) => i)];
                random.Shuffle(order);
                var shuffled = order.SelectMany(i => batch.Where(message => message.Stamp.Stream == streams[i])).ToArray();
                int cut = random.Next(shuffled.Length);
                written += (await log.AppendAsync(shuffled[..cut], Cancel)).Written;
                written += (await log.AppendAsync(shuffled[cut..], Cancel)).Written;
            }

            return written;
        })));

        Assert.Equal(720, results.Sum());
        Assert.Equal(720, await database.ScalarAsync<long>("select count(*) from mt_events"));
        Assert.Equal(0, await database.ScalarAsync<long>("""
            select count(*) from (
                select version, row_number() over (partition by stream_id order by seq_id) as place, id, lag(id) over w as before
                  from mt_events window w as (partition by stream_id order by version)) as events
             where version <> place or id <= before
            """));
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from mt_streams where version <> 120"));

        EventLog reader = new(database.Source);
        foreach (string stream in streams)
            Assert.Equal(Enumerable.Range(1, 120).Select(i => (long)i), (await reader.ReadAsync(stream)).Select(fact => fact.Stamp.Sequence));
    }

    [Fact]
    public async Task Between_two_positions_are_exactly_the_facts_between_them()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        // Two runs, both with holes.
        StreamPosition[] recorded = [new(5, 2), new(5, 3), new(5, 7), new(9, 1), new(9, 4)];
        await log.AppendAsync([.. recorded.Select(at => Recorded(Trades(Spy, at.Run, at.Sequence)))], Cancel);

        StreamPosition[] bounds = [.. from run in (long[])[4, 5, 7, 9, 10] from sequence in (long[])[0, 1, 2, 3, 4, 7, 8] select new StreamPosition(run, sequence)];
        foreach (var after in bounds.Prepend(default))
        {
            foreach (var before in bounds.Cast<StreamPosition?>().Append(null))
            {
                var expected = recorded.Where(at => at > after && (before is null || at < before));
                var actual = (await log.ReadAsync(Spy, after, before)).Select(fact => fact.Stamp.Position());
                Assert.True(expected.SequenceEqual(actual), $"after {after}, before {before}: [{string.Join(", ", actual)}]");
            }
        }
    }

    [Fact]
    public async Task Recorded_messages_are_the_bytes_that_travelled_and_say_the_same_facts()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        RecordedMessage[] sent = [.. TradesOf(Spy, Run, 1, 200), Recorded(Trades(Spy, Run, 201), Wire.Json), .. TradesOf(Spy, Run + 1, 1, 9)];
        await log.AppendAsync(sent, Cancel);
        await database.AppendForeignAsync(Spy, "auction_observed");

        foreach (var (after, before, from, to) in (IEnumerable<(StreamPosition, StreamPosition?, int, int)>)
            [(default, null, 0, 210), (new(Run, 70), new(Run, 72), 70, 71), (new(Run, 199), new(Run + 1, 3), 199, 203), (new(Run + 1, 9), null, 210, 210)])
        {
            List<(string Type, string Body, IMarketFact Fact)> read = [];
            await foreach (var message in log.ReadRecordedAsync(Spy, after, before, Cancel))
            {
                Assert.Equal(message.Stamp, message.Decode().Stamp);
                read.Add((message.ContentType, Convert.ToHexString(message.Body.Span), message.Decode()));
            }

            var expected = sent[from..to];
            AssertSame(expected.Select(message => message.Decode()), read.Select(message => message.Fact));
            Assert.Equal(expected.Select(message => message.ContentType), read.Select(message => message.Type));
            Assert.Equal(
                expected.Where(message => message.ContentType == Wire.Packed).Select(message => Convert.ToHexString(message.Body.Span)),
                read.Where(message => message.Type == Wire.Packed).Select(message => message.Body));
        }

        Assert.Equal(2, log.UnknownSkipped);
    }

    [Fact]
    public async Task A_long_stream_is_read_across_pages_and_entered_anywhere()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 3_000), Cancel);
        await log.AppendAsync(TradesOf(Spy, Run + 1, 1, 500), Cancel);

        Assert.Equal(3_500, (await log.ReadAsync(Spy)).Count);
        Assert.Equal(3_500, (await ListAsync(log.ReadAllAsync(0, Cancel))).Count);
        foreach (int from in (int[])[1, 63, 64, 65, 1_500, 2_999, 3_000])
        {
            var facts = await log.ReadAsync(Spy, new(Run, from));
            Assert.Equal(3_500 - from, facts.Count);
            Assert.Equal(from < 3_000 ? from + 1 : 1, facts[0].Stamp.Sequence);
        }
    }

    [Fact]
    public async Task Tombstones_are_passed_over()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 1), Cancel);
        await database.AppendForeignAsync("mt_tombstone", "tombstone");
        await log.AppendAsync(TradesOf(Spy, Run, 2, 1), Cancel);

        Assert.Equal([1, 3], (await ListAsync(log.ReadAllAsync(0, Cancel))).Select(row => row.SequenceId));
    }
}
