using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using ZeroGex.Storage.LogFiles;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests;

public sealed class LogFileTransferTests : IDisposable
{
    const string Spy = "trades/SPY/2026-01-16";
    const string Qqq = "trades/QQQ/2026-01-16";
    const string SpyState = "state/SPY/2026-01-16";
    const long Run = 1_768_573_800_000;

    static readonly DateOnly Friday = new(2026, 1, 16);

    readonly string _folder = Directory.CreateTempSubdirectory("zerogex-log-").FullName;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_session_travels_to_another_log_and_back_without_a_byte_of_difference()
    {
        await using var here = await RecordedAsync();
        await using var there = await TestDatabase.NewAsync();
        var manifest = await ExportAsync(here, "here.zgx");
        Assert.Equal((3, 1_205), (manifest.Streams.Count, manifest.Events));

        Assert.Equal((1_205, 0), await ImportAsync(there, "here.zgx"));
        await ExportAsync(there, "there.zgx");

        Assert.Equal(await File.ReadAllBytesAsync(PathOf("here.zgx"), Cancel), await File.ReadAllBytesAsync(PathOf("there.zgx"), Cancel));
        foreach (string stream in (string[])[Spy, Qqq, SpyState]) AssertSame(await new EventLog(here.Source).ReadAsync(stream), await new EventLog(there.Source).ReadAsync(stream));
        // As if it had been recorded there: the clocks of all streams run with the sequence ids.
        Assert.Equal(0, await there.ScalarAsync<long>("select count(*) from (select timestamp < lag(timestamp) over (order by seq_id) as is_back from mt_events) as events where is_back"));
        Assert.Equal([Spy, Spy + "x"], await here.RowsAsync($"select id from mt_streams where id like '{Spy}%' order by 1")); // What is no session of ours stays at home.
    }

    [Fact]
    public async Task A_second_import_writes_nothing_and_a_half_one_is_completed()
    {
        await using var here = await RecordedAsync();
        await using var there = await TestDatabase.NewAsync();
        await ExportAsync(here, "here.zgx");
        await new EventLog(there.Source).AppendAsync(TradesOf(Spy, Run, 1, 700), Cancel);

        Assert.Equal((505, 700), await ImportAsync(there, "here.zgx"));
        string rows = await RowsAsync(there);
        Assert.Equal((0, 1_205), await ImportAsync(there, "here.zgx"));
        Assert.Equal(rows, await RowsAsync(there));

        // A log that went on since holds all of the file.
        await new EventLog(there.Source).AppendAsync(TradesOf(Spy, Run + 9, 1, 3), Cancel);
        Assert.Equal((0, 1_205), await ImportAsync(there, "here.zgx"));
    }

    [Theory]
    [InlineData("another recording")]
    [InlineData("an earlier recording")]
    [InlineData("an earlier one that goes on as the file does")]
    [InlineData("a later part")]
    [InlineData("another body")]
    [InlineData("archived")]
    public async Task A_log_that_contradicts_the_file_gets_nothing_of_it(string contradiction)
    {
        await using var here = await RecordedAsync();
        await using var there = await TestDatabase.NewAsync();
        await ExportAsync(here, "here.zgx");
        EventLog log = new(there.Source);
        string expected;
        switch (contradiction)
        {
            case "another recording":
                await log.AppendAsync(TradesOf(Spy, Run + 7, 1, 2), Cancel);
                expected = $"{Spy}: the log has events up to run {Run + 7} #2, but not run {Run} #1 of the file";
                break;
            case "an earlier recording":
                await log.AppendAsync(TradesOf(Spy, Run - 7, 1, 2), Cancel);
                expected = $"{Spy}: the log holds run {Run - 7} #1, which the file lacks, and lacks what the file has. They are two recordings";
                break;
            case "an earlier one that goes on as the file does":
                await log.AppendAsync([.. TradesOf(Spy, Run - 7, 1, 2), .. TradesOf(Spy, Run, 1, 3)], Cancel);
                expected = $"{Spy}: the log holds run {Run - 7} #1, which the file lacks";
                break;
            case "a later part":
                await log.AppendAsync(TradesOf(Spy, Run, 5, 6), Cancel);
                expected = $"{Spy}: the log has events up to run {Run} #10, but not run {Run} #1 of the file";
                break;
            case "another body":
                await log.AppendAsync([Recorded(Trades(Spy, Run, 1)), Recorded(Trades(Spy, Run, 2, prints: 3))], Cancel);
                expected = $"{Spy}: run {Run} #2 in the log differs from that in the file";
                break;
            default:
                await log.AppendAsync(TradesOf(Spy, Run, 1, 1), Cancel);
                await new LogSessions(there.Source).ArchiveAsync(Spy, Cancel);
                expected = $"{Spy}: it is archived in the log, and lacks 999 messages of the file";
                break;
        }

        string before = await RowsAsync(there);
        var refused = await Assert.ThrowsAsync<LogFileException>(() => ImportAsync(there, "here.zgx"));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await RowsAsync(there));
    }

    [Fact]
    public async Task An_export_that_fails_leaves_no_file_and_spares_the_old_one()
    {
        await using var here = await RecordedAsync();
        await File.WriteAllTextAsync(PathOf("here.zgx"), "precious", Cancel);
        await Assert.ThrowsAsync<IOException>(() => ExportAsync(here, "here.zgx"));

        await using (FileStream other = new(PathOf("here.zgx.part"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            await Assert.ThrowsAsync<IOException>(() => ExportAsync(here, "here.zgx", overwrite: true));
            Assert.True(File.Exists(other.Name), "The file of an export that is at it was deleted.");
        }

        await here.ExecuteAsync($"delete from mt_events where stream_id = '{Spy}' and version = 500");
        var hole = await Assert.ThrowsAsync<LogFileException>(() => ExportAsync(here, "here.zgx", overwrite: true));
        Assert.Contains($"{Spy}: the log says 1000 events, there are 999", hole.Message, StringComparison.Ordinal);

        await here.ExecuteAsync($"update mt_events set type = 'auctions_observed' where stream_id = '{Spy}' and version = 501");
        var unknown = await Assert.ThrowsAsync<CorruptEventException>(() => ExportAsync(here, "here.zgx", overwrite: true));
        Assert.Equal((Spy, 501), (unknown.Stream, unknown.Version));

        Assert.Equal("precious", await File.ReadAllTextAsync(PathOf("here.zgx"), Cancel));
        Assert.Equal(["here.zgx"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    // SPY 1,000 prints in two runs, QQQ 200, and five states, one with text that jsonb cannot hold; and a stream that is none of ours.
    static async Task<TestDatabase> RecordedAsync()
    {
        var database = await TestDatabase.NewAsync();
        await new EventLog(database.Source).AppendAsync(
            [
                .. TradesOf(Spy, Run, 1, 900), .. TradesOf(Qqq, Run, 1, 200), .. TradesOf(Spy, Run + 100, 1, 99), Recorded(Trades(Spy, Run + 100, 100), Wire.Json),
                .. Enumerable.Range(1, 4).Select(sequence => Recorded(State(SpyState, Run, sequence, "späte Kurse 🙂"))), Recorded(State(SpyState, Run, 5, "before\0after")),
            ], Cancel);
        await database.ExecuteAsync($"insert into mt_streams (id, version) values ('{Spy}x', 0)");
        return database;
    }

    async Task<LogManifest> ExportAsync(TestDatabase database, string name, bool overwrite = false)
    {
        var streams = await new LogSessions(database.Source).StreamsAsync(Friday, Friday, [], Cancel);
        return await LogExport.WriteAsync(new(database.Source) { ThrowOnUnknown = true }, Friday, streams, PathOf(name), overwrite, "1.2.3", null, Cancel);
    }

    async Task<(long Written, long Held)> ImportAsync(TestDatabase database, string name)
    {
        EventLog log = new(database.Source);
        using var file = LogFileReader.Open(File.OpenRead(PathOf(name)));
        file.Verify(null, Cancel);
        var plan = await LogImport.PlanAsync(log, new(database.Source), file, null, Cancel);
        return (await LogImport.WriteAsync(log, file, plan, null, Cancel), plan.Sum(stream => stream.Held));
    }

    string PathOf(string name) => Path.Combine(_folder, name);

    static Task<string> RowsAsync(TestDatabase database) =>
        database.ScalarAsync<string>("select coalesce(string_agg(concat_ws(' ', xmin, seq_id, stream_id, version), ';' order by seq_id), '') from mt_events");
}
