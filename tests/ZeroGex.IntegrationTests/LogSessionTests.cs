using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;
using ZeroGex.IntegrationTests.EndToEnd;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>Checking, listing, archiving and deleting sessions.</summary>
public sealed class LogSessionTests
{
    const string Spy = "trades/SPY/2026-01-16";
    const string SpyState = "state/SPY/2026-01-16";
    const string Old = "trades/SPY/2026-01-15";
    const long Run = 1_768_573_800_000;

    static readonly DateTimeOffset Midnight = new(2026, 1, 15, 5, 0, 0, TimeSpan.Zero); // In New York.
    static readonly DateOnly Yesterday = new(2026, 1, 14);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_healthy_stream_has_no_difference_foreign_events_included()
    {
        await using var database = await RecordedAsync();
        await database.ExecuteAsync($$"""
            update mt_streams set version = 21 where id = '{{Spy}}';
            insert into mt_events (seq_id, id, stream_id, version, data, type)
            values (nextval('mt_events_sequence'), gen_random_uuid(), '{{Spy}}', 21, '{}', 'auctions_observed')
            """);

        Assert.Equal(new(Spy, 21, 1, null), await CheckAsync(database, Spy));
        Assert.Equal(new(SpyState, 3, 0, null), await CheckAsync(database, SpyState));
    }

    [Theory]
    [InlineData("delete from mt_events where stream_id = @spy and version = 7", "version 7 is missing: the next is 8")]
    [InlineData("delete from mt_events where stream_id = @spy and version = 20", "the stream says 20 events, there are 19")]
    [InlineData("update mt_streams set version = 19 where id = @spy", "the stream says 19 events, there are 20")]
    [InlineData("update mt_events set seq_id = seq_id + 1000 where stream_id = @spy and version = 7", "version 8 has sequence id")]
    [InlineData("update mt_events set is_archived = true where stream_id = @spy and version = 7", "version 7 is archived, the stream is not")]
    [InlineData("update mt_events set bdata = '\\xffff' where stream_id = @spy and version = 7", "version 7 (trades_observed): trades_observed: ")]
    [InlineData("update mt_events set id = gen_random_uuid() where stream_id = @spy and version = 7", "version 7 (trades_observed): its id is ")]
    [InlineData("update mt_events set timestamp = timestamp + interval '1 microsecond' where stream_id = @spy and version = 7", "version 7 (trades_observed): its timestamp is ")]
    [InlineData("update mt_events set mt_dotnet_type = 'Trades' where stream_id = @spy and version = 7", "version 7 (trades_observed): its mt_dotnet_type is 'Trades'")]
    [InlineData("update mt_events as a set bdata = b.bdata from mt_events as b where a.stream_id = @spy and a.version = 7 and b.stream_id = @old and b.version = 1", "version 7 (trades_observed): its stamp names trades/SPY/2026-01-15")]
    [InlineData("update mt_events as a set bdata = b.bdata, id = b.id, timestamp = b.timestamp from mt_events as b where a.stream_id = @spy and a.version = 7 and b.stream_id = @spy and b.version = 6", "version 7 (trades_observed): run 1768573800000 #6 follows run 1768573800000 #6")]
    [InlineData("update stream_positions set sequence = 19 where stream_id = @spy", "its last event is run 1768573800000 #20, the recorder's position run 1768573800000 #19")]
    [InlineData("delete from stream_positions where stream_id = @spy", "its last event is run 1768573800000 #20, the recorder's position none")]
    public async Task What_was_done_to_a_row_is_found(string sql, string difference)
    {
        await using var database = await RecordedAsync();
        Assert.Equal(1, await database.ExecuteAsync(sql.Replace("@spy", $"'{Spy}'", StringComparison.Ordinal).Replace("@old", $"'{Old}'", StringComparison.Ordinal)));

        var check = await CheckAsync(database, Spy);
        Assert.StartsWith(difference, check.Difference, StringComparison.Ordinal);
        Assert.Null((await CheckAsync(database, SpyState)).Difference);
    }

    // Recorded as they came: the log is whole, the market is not.
    [Fact]
    public async Task Messages_that_never_came_and_clocks_that_went_back_are_found()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        var late = Trades("trades/LATE/2026-01-16", Run, 2);
        await log.AppendAsync([.. TradesOf("trades/HOLE/2026-01-16", Run, 1, 3), .. TradesOf("trades/HOLE/2026-01-16", Run, 6, 2)], Cancel);
        await log.AppendAsync([.. TradesOf("trades/HEAD/2026-01-16", Run, 1, 1), .. TradesOf("trades/HEAD/2026-01-16", Run + 1, 2, 1)], Cancel);
        await log.AppendAsync([.. TradesOf("trades/LATE/2026-01-16", Run, 1, 1), Recorded(late with { Stamp = late.Stamp with { AsOf = Open.AddSeconds(-1) } })], Cancel);

        Assert.Equal($"version 4 (trades_observed): 2 messages are missing before it: run {Run} #4 to #5", (await CheckAsync(database, "trades/HOLE/2026-01-16")).Difference);
        Assert.Equal($"version 2 (trades_observed): 1 messages are missing before it: run {Run + 1} #1 to #1", (await CheckAsync(database, "trades/HEAD/2026-01-16")).Difference);
        Assert.StartsWith("version 2 (trades_observed): its clock is 2026-01-16T14:29:59", (await CheckAsync(database, "trades/LATE/2026-01-16")).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_does_not_belong_to_its_stream_is_found()
    {
        await using var database = await TestDatabase.NewAsync();
        await new EventLog(database.Source).AppendAsync(
            [
                Recorded(State(Spy, Run, 1)), Recorded(Trades(Old, Run, 1) with { Root = "QQQ" }), Recorded(Trades(SpyState, Run, 1)), Recorded(State("state-gex-trades/SPY/2026-01-16", Run, 1)),
            ], Cancel);

        Assert.Equal("version 1 (feed_state_changed): feed_state_changed is not of the kind trades", (await CheckAsync(database, Spy)).Difference);
        Assert.Equal("version 1 (trades_observed): it is of the root QQQ", (await CheckAsync(database, Old)).Difference);
        Assert.Equal("version 1 (trades_observed): trades_observed is not of the kind state", (await CheckAsync(database, SpyState)).Difference);
        Assert.Null((await CheckAsync(database, "state-gex-trades/SPY/2026-01-16")).Difference);
    }

    [Fact]
    public async Task Sessions_are_listed_archived_and_deleted_and_nothing_else_is_touched()
    {
        await using var database = await RecordedAsync(6_000);
        EventLog log = new(database.Source);
        LogSessions sessions = new(database.Source);
        await database.ExecuteAsync("insert into mt_streams (id, version) values ('order-17', 0), ('orders/2026-01-01', 0), ('a/b/c/2026-01-01', 0), ('a/b/2026-01-99', 0), ('a/b/2025-13-45', 0)");

        await Assert.ThrowsAsync<InvalidOperationException>(() => sessions.DeleteAsync(Old, null, Cancel));
        Assert.Equal(6_000, await sessions.ArchiveAsync(Old, Cancel));
        Assert.Equal(0, await sessions.ArchiveAsync(Old, Cancel));

        var listed = await sessions.ListAsync(DateOnly.MinValue, DateOnly.MaxValue, [], Cancel);
        Assert.Equal(
            [(new DateOnly(2026, 1, 15), "SPY", 1, 6_000, 1), (new DateOnly(2026, 1, 16), "SPY", 2, 23, 0)],
            listed.Select(session => (session.Session, session.Root, session.Streams, session.Events, session.Archived)));
        Assert.Equal(StampOf(Old, Run, 6_000).AsOf, listed[0].Last);
        Assert.InRange(listed[0].Bytes, 6_000 * 40, 6_000 * 400);
        Assert.Empty(await sessions.ListAsync(DateOnly.MinValue, DateOnly.MaxValue, ["QQQ"], Cancel));

        // It can still be read, and takes no more.
        Assert.Equal(6_000, (await log.ReadAsync(Old)).Count);
        Assert.Null((await CheckAsync(database, Old)).Difference);
        await Assert.ThrowsAsync<StreamArchivedException>(() => log.AppendAsync(TradesOf(Old, Run + 1, 1, 1), Cancel));

        Assert.Equal(6_000, await sessions.DeleteAsync(Old, null, Cancel));
        Assert.Equal(["a/b/2025-13-45", "a/b/2026-01-99", "a/b/c/2026-01-01", "order-17", "orders/2026-01-01", SpyState, Spy], await database.RowsAsync("""select id from mt_streams order by id collate "C" """));
        Assert.Equal([SpyState, Spy], await database.RowsAsync("""select stream_id from stream_positions order by stream_id collate "C" """));
        Assert.Equal(23, await database.ScalarAsync<long>("select count(*) from mt_events"));
    }

    // A gateway that starts again closes the streams that it left open, archived meanwhile or not.
    [Fact]
    public async Task The_recorder_lets_go_what_an_archived_stream_no_longer_takes_and_records_the_rest()
    {
        await using var database = await RecordedAsync();
        EventLog log = new(database.Source);
        await new LogSessions(database.Source).ArchiveAsync(Old, Cancel);
        LogLines lines = new();
        await using (Recorder recorder = new(log, lines, stopping: default))
        {
            // Its last one once more, which is no loss, and two that are; before, between and after those of another stream.
            RecordedMessage[] messages = [.. TradesOf(Old, Run, 1, 2), .. TradesOf(Spy, Run, 21, 1), .. TradesOf(Old, Run, 3, 1), .. TradesOf(Spy, Run, 22, 1)];
            await Task.WhenAll(messages.Select(message => recorder.AddAsync(new(message, default, Cancel), isQueuedEnough: false)));
        }

        Assert.Equal(22, (await log.ReadAsync(Spy)).Count);
        Assert.Single(await log.ReadAsync(Old));
        Assert.Equal(2, lines.Lines.Sum(line => int.Parse(Regex.Match(line, $"^{Old} is archived: ([0-9]+) new messages of it were not recorded$").Groups[1].Value, CultureInfo.InvariantCulture)));
    }

    // The spool remembers the streams that a run left open, and the next one closes them: those that the log still takes more of.
    [Theory]
    [InlineData("kept", 4)]
    [InlineData("archived", 0)]
    [InlineData("pruned", null)]
    public async Task A_session_is_closed_by_the_next_start_of_its_feed_and_does_not_come_back_when_it_is_gone(string session, int? closed)
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        LogSessions sessions = new(database.Source);
        string spool = Servers.NewFolder();
        LogLines lines = new();
        await PlayAsync(Midnight);
        var old = await sessions.StreamsAsync(Yesterday, Yesterday, [], Cancel);
        Assert.Equal(5, old.Count);
        foreach (var stream in old)
        {
            if (session is not "kept") await sessions.ArchiveAsync(stream.Stream, Cancel);
            if (session is "pruned") await sessions.DeleteAsync(stream.Stream, null, Cancel);
        }

        await PlayAsync(Midnight.AddSeconds(5));

        var now = await sessions.StreamsAsync(Yesterday, Yesterday, [], Cancel);
        Assert.Equal(closed, now.Count == 0 ? null : (int)(now.Sum(stream => stream.Events) - old.Sum(stream => stream.Events)));
        Assert.Empty(lines.Lines);
        var next = await sessions.StreamsAsync(Yesterday.AddDays(1), Yesterday.AddDays(1), [], Cancel);
        Assert.Equal(5, next.Count);
        foreach (var stream in next) Assert.Null((await CheckAsync(database, stream.Stream)).Difference);

        // It returns when the spool is empty, which it is when the log has all that the gateway said.
        async Task PlayAsync(DateTimeOffset until)
        {
            await using Recorder recorder = new(log, lines, stopping: default) { Patience = TimeSpan.FromMilliseconds(100) };
            await using DatabaseLease lease = new(database.ConnectionString, NullLogger<DatabaseLease>.Instance);
            using var spooled = Spool.Open(spool, new());
            SimulatedFeed feed = new(new(Roots: ["SPY"], From: Midnight.AddSeconds(-10), Until: until, QuotesPerSecond: 20, TradesPerSecond: 3, Speed: double.PositiveInfinity), TimeProvider.System);
            Gateway gateway = new(
                feed, spooled, lease, new Refusals("test", NullLogger.Instance), new(),
                (message, cancel) => recorder.AddAsync(new(new(message.Stamp, Contract.Of(message.Type), Wire.Preferred(message.Type), message.Body), message.Previous, cancel), isQueuedEnough: true),
                log.PositionsAsync, sessions.TakingAsync, TimeProvider.System, NullLogger<Gateway>.Instance);
            Assert.True(await gateway.RunAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        }
    }

    [Fact]
    public async Task An_append_that_is_under_way_when_its_stream_is_archived_either_came_before_or_is_refused()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 1), Cancel);

        var archive = Task.Run(async () =>
        {
            while (await database.ScalarAsync<long>("select count(*) from mt_events") < 20) await Task.Delay(1, Cancel);
            return await new LogSessions(database.Source).ArchiveAsync(Spy, Cancel);
        }, Cancel);
        int sequence = 2;
        var refused = await Assert.ThrowsAsync<StreamArchivedException>(async () =>
        {
            for (; ; sequence++) await log.AppendAsync(TradesOf(Spy, Run, sequence, 1), Cancel);
        });

        Assert.Contains("is archived", refused.Message, StringComparison.Ordinal);
        Assert.Equal(sequence - 1, await archive);
        Assert.Equal(new(Spy, sequence - 1, 0, null), await CheckAsync(database, Spy));
    }

    [Fact]
    public async Task The_commands_say_what_they_did_and_how_it_went()
    {
        await using var here = await RecordedAsync(6_000);
        await using var there = await TestDatabase.NewAsync();
        string file = Path.Combine(Servers.NewFolder(), "friday.zgx");

        Assert.Equal((0, "session,root,streams,events"), Start(await RunAsync(here, "list")));
        Assert.Equal((0, "friday.zgx: 2 streams, 23 messages"), Start(await RunAsync(here, "export", "--date", "2026-01-16", "--out", file)));
        Assert.Equal((2, "zerogex: friday.zgx exists. Say --force if it is to be replaced."), Start(await RunAsync(here, "export", "--date", "2026-01-16", "--out", file)));
        Assert.Equal((0, "23 messages would be appended; 0 messages of 2026-01-16 were there already."), Start(await RunAsync(there, "import", file, "--dry-run")));
        Assert.Equal((0, "23 messages appended; 0 messages of 2026-01-16 were there already."), Start(await RunAsync(there, "import", file)));
        Assert.Equal((0, "Nothing to append: all 23 messages of 2026-01-16 were there already."), Start(await RunAsync(there, "import", file)));
        Assert.Equal((0, "2026-01-16: 2 streams, 23 events, no difference."), Start(await RunAsync(there, "verify", "--date", "2026-01-16")));

        byte[] bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        Assert.Equal((7, "zerogex: friday.zgx: its messages are as the manifest says, but"), Start(await RunAsync(there, "verify", file)));
        await here.ExecuteAsync($"update mt_events set bdata = '\\xff' where stream_id = '{Spy}' and version = 3");
        var (code, said) = await RunAsync(here, "verify", "--date", "2026-01-16");
        Assert.Equal(7, code);
        Assert.Contains($"zerogex: {Spy}: version 3 (trades_observed): ", said, StringComparison.Ordinal);

        Assert.Equal((2, "zerogex: trades/SPY/2026-01-15 is not archived. First: zerogex log archive --before 2026-01-16"), Start(await RunAsync(here, "prune", "--before", "2026-01-16", "--yes")));
        Assert.Equal((0, "1 stream archived with 6,000 events; 0 streams before."), Start(await RunAsync(here, "archive", "--before", "2026-01-16")));
        Assert.Equal((0, "1 stream deleted with 6,000 events."), Start(await RunAsync(here, "prune", "--before", "2026-01-16", "--yes")));

        static (int Code, string Said) Start((int Code, string Said) run) =>
            (run.Code, ((string[])["session,root,streams,events", "friday.zgx: 2 streams, 23 messages", "zerogex: friday.zgx: its messages are as the manifest says, but"])
                .FirstOrDefault(start => run.Said.StartsWith(start, StringComparison.Ordinal)) ?? run.Said.Trim());
    }

    static Task<StreamCheck> CheckAsync(TestDatabase database, string stream) => new LogCheck(database.Source).CheckAsync(stream, null, Cancel);

    static async Task<TestDatabase> RecordedAsync(int old = 1)
    {
        var database = await TestDatabase.NewAsync();
        await new EventLog(database.Source).AppendAsync(
            [.. TradesOf(Old, Run, 1, old), .. TradesOf(Spy, Run, 1, 20), .. Enumerable.Range(1, 3).Select(sequence => Recorded(State(SpyState, Run, sequence)))], Cancel);
        return database;
    }

    static async Task<(int Code, string Said)> RunAsync(TestDatabase database, params string[] arguments)
    {
        NpgsqlConnectionStringBuilder settings = new(database.ConnectionString);
        Dictionary<string, string> environment = new()
        {
            ["DB_HOST"] = settings.Host!,
            ["DB_PORT"] = $"{settings.Port}",
            ["DB_NAME"] = settings.Database!,
            ["DB_USER"] = settings.Username!,
            ["DB_PASSWORD"] = settings.Password ?? "",
            ["ZEROGEX_HOME"] = Servers.NewFolder(),
        };
        await using var process = ZeroGexProcess.Start("log", environment, ["log", .. arguments]);
        Assert.NotNull(await process.ExitAsync(TimeSpan.FromMinutes(1)));
        return (process.ExitCode, process.Output);
    }

    // What was logged.
    sealed class LogLines : ILogger<Recorder>
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
