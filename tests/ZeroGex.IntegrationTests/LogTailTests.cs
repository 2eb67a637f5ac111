using System.Collections.Concurrent;
using Npgsql;
using Xunit;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>A reader of the whole log never steps over an event that is still to come, whoever writes it.</summary>
public sealed class LogTailTests
{
    const int Foreigners = 6;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Tail_reads_every_event_in_order_under_foreign_writers(int seed)
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var careful = Task.Run(() => Tail(async after => [.. (await ListAsync(log.ReadAllAsync(after, Cancel))).Select(row => row.SequenceId)], done.Token), Cancel);
        var naive = Task.Run(() => Tail(after => NaiveRead(database, after), done.Token), Cancel);

        var foreign = Enumerable.Range(0, Foreigners).Select(writer => Task.Run(() => WriteAsync(database, writer, new Random(seed * 100 + writer)), Cancel));
        var own = Task.Run(async () =>
        {
            for (int i = 0; i < 40; i++) await log.AppendAsync(TradesOf($"trades/T{i % 3}/2026-01-16", 7, 1 + i / 3, 1), Cancel);
        }, Cancel);
        await Task.WhenAll([.. foreign, own]);
        await done.CancelAsync();

        var committed = (await database.RowsAsync("select seq_id from mt_events order by seq_id")).Select(long.Parse).ToArray();
        Assert.Equal(committed, await careful);

        // The test is worth something only if the obvious reader fails it.
        int lost = committed.Length - (await naive).Count;
        TestContext.Current.TestOutputHelper?.WriteLine($"{committed.Length} events; a naive tail loses {lost}.");
        Assert.True(lost > 0, $"A naive tail read all {committed.Length} events: the writers did not overlap.");
    }

    [Fact]
    public async Task A_gap_holds_while_its_transaction_lives_and_closes_when_it_commits()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await using var slow = await Writer.BeginAsync(database);
        await slow.DrawAsync(); // 1, drawn and not yet inserted: there is no row and perhaps no transaction id to see.
        await using (var quick = await Writer.BeginAsync(database)) await quick.CommitAsync(await quick.InsertAsync(await quick.DrawAsync()));

        Assert.Empty(await Ids(log));
        Assert.Empty(await Ids(log));
        await slow.CommitAsync(await slow.InsertAsync(1));
        Assert.Equal([1, 2], await Ids(log));
    }

    [Fact]
    public async Task A_rolled_back_gap_is_passed_although_new_writers_never_cease()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await using (var failed = await Writer.BeginAsync(database)) await failed.DrawAsync(); // 1, rolled back
        await using var first = await Writer.BeginAsync(database);
        await first.InsertAsync(await first.DrawAsync()); // 2
        await using (var quick = await Writer.BeginAsync(database)) await quick.CommitAsync(await quick.InsertAsync(await quick.DrawAsync())); // 3

        Assert.Empty(await Ids(log));
        await using var second = await Writer.BeginAsync(database);
        await second.DrawAsync(); // 4: there is a writer at every moment
        await first.CommitAsync();

        Assert.Equal([2, 3], await Ids(log));
    }

    [Fact]
    public async Task A_prepared_transaction_holds_although_no_session_owns_it()
    {
        await using var database = await TestDatabase.NewAsync();
        Assert.SkipWhen(await database.ScalarAsync<string>("show max_prepared_transactions") == "0", "The server prepares no transactions.");
        EventLog log = new(database.Source);
        await using (var prepared = await Writer.BeginAsync(database))
        {
            await prepared.InsertAsync(await prepared.DrawAsync());
            await prepared.PrepareAsync("later");
        }

        await log.AppendAsync(TradesOf("trades/SPY/2026-01-16", 7, 1, 1), Cancel);
        Assert.Empty(await Ids(log));
        await database.ExecuteAsync("commit prepared 'later'");
        Assert.Equal([1, 2], await Ids(log));
    }

    [Fact]
    public async Task Open_transactions_that_write_elsewhere_hold_nobody_up()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await using (var failed = await Writer.BeginAsync(database)) await failed.DrawAsync();
        await log.AppendAsync(TradesOf("trades/SPY/2026-01-16", 7, 1, 1), Cancel);
        await using var idle = await database.Source.OpenConnectionAsync(Cancel);
        await using var transaction = await idle.BeginTransactionAsync(Cancel);
        await using NpgsqlCommand elsewhere = new("insert into consumer_progress values ('c', 's', 1, 1)", idle);
        await elsewhere.ExecuteNonQueryAsync(Cancel);

        Assert.Equal([2], await Ids(log));
    }

    static Task<List<long>> Ids(EventLog log) => Task.Run(async () => (await ListAsync(log.ReadAllAsync(0, Cancel))).Select(row => row.SequenceId).ToList());

    static async Task<List<long>> Tail(Func<long, Task<List<long>>> read, CancellationToken done)
    {
        List<long> seen = [];
        bool isLast;
        do
        {
            isLast = done.IsCancellationRequested; // One more round after the writers have ended.
            seen.AddRange(await read(seen.Count == 0 ? 0 : seen[^1]));
        }
        while (!isLast);
        return seen;
    }

    static async Task<List<long>> NaiveRead(TestDatabase database, long after) =>
        [.. (await database.RowsAsync($"select seq_id from mt_events where seq_id > {after} order by seq_id")).Select(long.Parse)];

    // Foreign writers take no lock of ours, dawdle between drawing, inserting and committing, change their minds, and are shot down.
    static async Task WriteAsync(TestDatabase database, int number, Random random)
    {
        for (int i = 0; i < 25; i++)
        {
            await using var writer = await Writer.BeginAsync(database, $"foreign-{number}");
            List<long> drawn = [];
            for (int k = random.Next(1, 4); k > 0; k--) drawn.Add(await writer.DrawAsync());
            if (random.Next(2) == 0) await Task.Delay(random.Next(6));
            if (random.Next(12) == 0)
            {
                await writer.KillAsync(database);
                continue;
            }

            foreach (long id in drawn) await writer.InsertAsync(id);
            if (random.Next(2) == 0) await Task.Delay(random.Next(6));
            if (random.Next(12) == 0) await writer.KillAsync(database);
            else if (random.Next(5) > 0) await writer.CommitAsync();
        }
    }

    sealed class Writer : IAsyncDisposable
    {
        static readonly ConcurrentDictionary<string, long> Versions = [];

        readonly NpgsqlConnection _connection;
        readonly NpgsqlTransaction _transaction;
        readonly string _stream;

        Writer(NpgsqlConnection connection, NpgsqlTransaction transaction, string stream) =>
            (_connection, _transaction, _stream) = (connection, transaction, stream);

        public static async Task<Writer> BeginAsync(TestDatabase database, string stream = "foreign")
        {
            await database.ExecuteAsync($"insert into mt_streams (id, version) values ('{stream}', 0) on conflict do nothing");
            var connection = await database.Source.OpenConnectionAsync(Cancel);
            return new(connection, await connection.BeginTransactionAsync(Cancel), stream);
        }

        public async Task<long> DrawAsync() => (long)(await ScalarAsync("select nextval('mt_events_sequence')"))!;

        public async Task<long> InsertAsync(long id)
        {
            long version = Versions.AddOrUpdate(_stream, 1, (_, last) => last + 1);
            await ScalarAsync($$"""
                insert into mt_events (seq_id, id, stream_id, version, data, type)
                values ({{id}}, gen_random_uuid(), '{{_stream}}', {{version}}, '{}', 'foreign_happened')
                """);
            return id;
        }

        public Task CommitAsync(long _ = 0) => _transaction.CommitAsync(Cancel);

        public Task<object?> PrepareAsync(string name) => ScalarAsync($"prepare transaction '{name}'");

        public async Task KillAsync(TestDatabase database)
        {
            Assert.True(await database.ScalarAsync<bool>($"select pg_terminate_backend({_connection.ProcessID})"));
            await Assert.ThrowsAnyAsync<NpgsqlException>(async () =>
            {
                while (true) await ScalarAsync("select 1"); // The signal may take a moment.
            });
        }

        public async ValueTask DisposeAsync()
        {
            await _transaction.DisposeAsync(); // Rolls back unless committed.
            await _connection.DisposeAsync();
        }

        async Task<object?> ScalarAsync(string sql)
        {
            await using NpgsqlCommand command = new(sql, _connection, _transaction);
            return await command.ExecuteScalarAsync(Cancel);
        }
    }
}
