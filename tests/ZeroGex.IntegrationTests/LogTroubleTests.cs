using Npgsql;
using Xunit;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

/// <summary>An append that fails leaves nothing, and its retry writes everything once.</summary>
public sealed class LogTroubleTests
{
    const string Spy = "trades/SPY/2026-01-16";
    const string Qqq = "trades/QQQ/2026-01-16";
    const string SpyState = "state/SPY/2026-01-16";
    const long Run = 1_768_573_800_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_killed_in_the_middle_leaves_nothing_and_the_retry_works()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 5), Cancel);
        string before = await database.LogFingerprintAsync();
        RecordedMessage[] batch = [.. TradesOf(Spy, Run, 6, 5), .. TradesOf(Qqq, Run, 1, 5)];

        // The append has advanced its streams and drawn its ids when it meets this lock at its first row.
        await using var blocker = await database.Source.OpenConnectionAsync(Cancel);
        await using (var transaction = await blocker.BeginTransactionAsync(Cancel))
        {
            await using NpgsqlCommand hold = new("lock table mt_events in exclusive mode", blocker);
            await hold.ExecuteNonQueryAsync(Cancel);

            var append = log.AppendAsync(batch, Cancel);
            while (await database.ScalarAsync<long>("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock' and query like 'copy mt_events%'
                """) == 0)
            {
                Assert.False(append.IsCompleted, "The append should wait.");
                await Task.Delay(10, Cancel);
            }

            await Assert.ThrowsAnyAsync<NpgsqlException>(() => append);
            await transaction.RollbackAsync(Cancel);
        }

        Assert.Equal(before, await database.LogFingerprintAsync());
        Assert.Equal(new(10, 0), await log.AppendAsync(batch, Cancel));
        Assert.Equal(10, (await log.ReadAsync(Spy)).Count);
        Assert.Equal(15, (await ListAsync(log.ReadAllAsync(0, Cancel))).Count);
    }

    [Fact]
    public async Task A_cancelled_append_leaves_nothing()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await using var blocker = await database.Source.OpenConnectionAsync(Cancel);
        await using var transaction = await blocker.BeginTransactionAsync(Cancel);
        await using NpgsqlCommand hold = new("lock table mt_events in exclusive mode", blocker);
        await hold.ExecuteNonQueryAsync(Cancel);

        using CancellationTokenSource cancel = new();
        var append = log.AppendAsync(TradesOf(Spy, Run, 1, 5), cancel.Token);
        while (await database.ScalarAsync<long>("select count(*) from pg_locks where not granted") == 0) await Task.Delay(10, Cancel);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
        await transaction.RollbackAsync(Cancel);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from mt_streams"));
        Assert.Equal(new(5, 0), await log.AppendAsync(TradesOf(Spy, Run, 1, 5), Cancel));
    }

    // Its rows are sent and not yet committed: then is the longest time in which a caller may want to stop.
    [Fact]
    public async Task An_append_that_waits_for_somebody_elses_row_can_be_cancelled()
    {
        await using var database = await TestDatabase.NewAsync();
        EventLog log = new(database.Source);
        await log.AppendAsync(TradesOf(Spy, Run, 1, 5), Cancel);
        await using (var foreign = await database.Source.OpenConnectionAsync(Cancel))
        await using (var transaction = await foreign.BeginTransactionAsync(Cancel))
        {
            await using NpgsqlCommand insert = new($$"""
                insert into mt_events (seq_id, id, stream_id, version, data, type)
                values (nextval('mt_events_sequence'), gen_random_uuid(), '{{Spy}}', 7, '{}', 'foreign_happened')
                """, foreign);
            await insert.ExecuteNonQueryAsync(Cancel);

            using CancellationTokenSource cancel = new();
            var append = log.AppendAsync(TradesOf(Spy, Run, 6, 5), cancel.Token);
            while (await database.ScalarAsync<long>("select count(*) from pg_locks where not granted") == 0) await Task.Delay(10, Cancel);
            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
            await transaction.RollbackAsync(Cancel);
        }

        Assert.Equal(5, await database.ScalarAsync<long>("select version from mt_streams"));
        Assert.Equal(new(5, 0), await log.AppendAsync(TradesOf(Spy, Run, 6, 5), Cancel));
        Assert.Equal(10, (await log.ReadAsync(Spy)).Count);
    }

    [Fact]
    public async Task A_database_killed_in_the_middle_has_the_batch_once_after_its_restart()
    {
        string folder = Servers.NewFolder();
        RecordedMessage[] first = TradesOf(Spy, Run, 1, 5), second = TradesOf(Spy, Run, 6, 400);
        await using (var server = await Servers.OwnPostgresAsync(folder))
        {
            await using var source = Database.Open(server.ConnectionString);
            await Migrator.MigrateAsync(source, Cancel);
            EventLog log = new(source);
            await log.AppendAsync(first, Cancel);

            // Killed when the rows have begun to arrive: the trigger sleeps at the two hundredth.
            await using (var trigger = source.CreateCommand("""
                create function dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end';
                create trigger dawdle before insert on mt_events for each row when (new.version = 200) execute function dawdle();
                """)) await trigger.ExecuteNonQueryAsync(Cancel);
            var append = log.AppendAsync(second, Cancel);
            await using var asleep = source.CreateCommand("select count(*) from pg_stat_activity where wait_event = 'PgSleep'");
            while ((long)(await asleep.ExecuteScalarAsync(Cancel))! == 0)
            {
                Assert.False(append.IsCompleted, "The append should sleep.");
                await Task.Delay(10, Cancel);
            }

            await server.KillAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => append);
        }

        await using (var server = await Servers.OwnPostgresAsync(folder))
        {
            await using var source = Database.Open(server.ConnectionString);
            await using (var trigger = source.CreateCommand("drop trigger dawdle on mt_events")) await trigger.ExecuteNonQueryAsync(Cancel);
            EventLog log = new(source);
            Assert.Equal(5, (await log.ReadAsync(Spy)).Count);

            Assert.Equal(new(400, 5), await log.AppendAsync([.. first, .. second], Cancel));
            Assert.Equal(new(0, 405), await log.AppendAsync([.. first, .. second], Cancel));
            Assert.Equal(Enumerable.Range(1, 405).Select(i => (long)i), (await log.ReadAsync(Spy)).Select(fact => fact.Stamp.Sequence));
            Assert.Equal(405, (await ListAsync(log.ReadAllAsync(0, Cancel))).Count);
        }
    }

    [Fact]
    public async Task A_full_disk_is_said_and_the_same_batch_goes_in_once_there_is_room()
    {
        var server = await Servers.PostgresAsync();
        await using var disk = await SmallDisk.MountAsync(Servers.NewFolder(), server, megabytes: 14, Cancel);
        await using var source = Database.Open(disk.ConnectionString);
        await Migrator.MigrateAsync(source, Cancel);
        EventLog log = new(source);

        // Noise, which nothing compresses.
        Random random = new(1);
        RecordedMessage[] Batch(int from) => [.. Enumerable.Range(from, 20).Select(i => Recorded(State(SpyState, Run, i, Convert.ToBase64String(Noise(random)))))];
        int written = 0;
        RecordedMessage[] batch = Batch(1);
        PostgresException? full = null;
        while (full is null)
        {
            try
            {
                await log.AppendAsync(batch, Cancel);
                Assert.True((written += batch.Length) < 1_000, "The disk should be full.");
                batch = Batch(written + 1);
            }
            catch (PostgresException error)
            {
                full = error;
            }
        }

        Assert.Equal(PostgresErrorCodes.DiskFull, full.SqlState);
        Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<PostgresException>(() => log.AppendAsync(batch, Cancel)); // Now even a new session may find no room for what it keeps there.

        await disk.GrowAsync(megabytes: 40, Cancel);
        Assert.Equal(new(batch.Length, 0), await log.AppendAsync(batch, Cancel));
        Assert.Equal(new(0, batch.Length), await log.AppendAsync(batch, Cancel));
        Assert.Equal(Enumerable.Range(1, written + batch.Length).Select(i => (long)i), (await log.ReadAsync(SpyState)).Select(fact => fact.Stamp.Sequence));
    }

    static byte[] Noise(Random random)
    {
        byte[] noise = new byte[30_000];
        random.NextBytes(noise);
        return noise;
    }
}
