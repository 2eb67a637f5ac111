using System.Text.Json;
using Npgsql;
using Xunit;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary><c>zerogex export</c>, as its users run it.</summary>
public sealed class ExportCommandTests
{
    readonly string _folder = Servers.NewFolder("export");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_part_of_a_table_becomes_a_file()
    {
        string connection = await Servers.NewDatabaseAsync();
        await using var site = await Site.EmbeddedAsync(connection);
        await FillAsync(connection, roots: ["SPY", "QQQ"], seconds: 5);

        string path = Path.Combine(_folder, "part.ndjson");
        string said = await site.RunAsync(0, "export", "traded_gex", "--symbol", "SPY", "--from", "2025-07-18T15:30:02Z", "--to", "2025-07-18T17:30:04+02:00", "--out", path);
        Assert.Contains("traded_gex: 8 rows", said, StringComparison.Ordinal);
        JsonElement[] rows = [.. (await File.ReadAllLinesAsync(path, Cancel)).Select(line => JsonDocument.Parse(line).RootElement)];
        // In the order of the key: time, root, expiration, measure.
        string[] measures = ["dealer_signed_day", "dealer_signed_window", "naive_day", "naive_window"];
        Assert.Equal(
            from second in new[] { 2, 3 } from measure in measures select ($"2025-07-18T15:30:0{second}Z", "SPY", measure),
            rows.Select(row => (row.GetProperty("time").GetString()!, row.GetProperty("root").GetString()!, row.GetProperty("measure").GetString()!)));
        Assert.All(rows, row => Assert.Equal(JsonValueKind.Array, row.GetProperty("strikes").ValueKind));

        said = await site.RunAsync(0, "export", "inferred_gexray3", "--to", "2025-07-18");
        Assert.Equal("time,msg_type,ticker,expiration,spot,zero_gamma,major_pos_vol,major_neg_vol,sum_gex_vol,minor_pos_vol,minor_neg_vol,trades,strikes,trade_count,total_volume,created_at", said.TrimEnd());
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_replay_has_tables_of_its_own()
    {
        string connection = await Servers.NewDatabaseAsync();
        await using var site = await Site.EmbeddedAsync(connection);
        await FillAsync(connection, roots: ["SPY"], seconds: 1);
        await using (var live = NpgsqlDataSource.Create(connection))
        {
            await new ReplayRuns(live).BeginAsync("a", "{}", Cancel);
            await using var command = live.CreateCommand("create view totals as select time, root, sum from traded_gex");
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await using (var replay = ReplayRuns.Open(connection, "a"))
            await new GexTable(replay).WriteAsync([], [.. GexMeasure.RowsOf(SomeWindows.At("QQQ", 7))], [], Cancel);

        string said = await site.RunAsync(0, "export", "traded_gex", "--replay", "a");
        Assert.Equal((5, 4), (said.TrimEnd().Split('\n').Length, said.Split("\n2025-07-18T15:30:07Z,QQQ,").Length - 1));
        Assert.Contains("--replay b: there are a.", await site.RunAsync(2, "export", "traded_gex", "--replay", "b"), StringComparison.Ordinal);
        string there = await site.RunAsync(2, "export", "totals", "--replay", "a");
        Assert.Contains("no result table totals. There are: ", there, StringComparison.Ordinal);
        Assert.All(Tables.All, table => Assert.Contains(table.Name, there, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_exported_is_said_in_words()
    {
        string connection = await Servers.NewDatabaseAsync();
        await using var site = await Site.EmbeddedAsync(connection);
        await FillAsync(connection, roots: ["SPY"], seconds: 1);
        await using (var database = NpgsqlDataSource.Create(connection))
        await using (var command = database.CreateCommand("create view totals as select count(*) as total from traded_gex"))
            await command.ExecuteNonQueryAsync(Cancel);

        // Neither the log nor anything the program keeps for itself.
        string there = await site.RunAsync(2, "export", "mt_events");
        Assert.All([.. Tables.All.Select(table => table.Name), "gex_levels", "totals"], name => Assert.Contains(name, there, StringComparison.Ordinal));
        Assert.All(["mt_streams", "schema_migrations", "stream_positions", "consumer_progress", "replay_runs"], name => Assert.DoesNotContain(name, there, StringComparison.Ordinal));
        Assert.Contains("--from: totals has no column of an instant", await site.RunAsync(2, "export", "totals", "--from", "2026-01-16"), StringComparison.Ordinal);
        Assert.Contains("--symbol: totals has no column of symbols", await site.RunAsync(2, "export", "totals", "--symbol", "SPY"), StringComparison.Ordinal);
        Assert.Contains("--from 16.1.2026: a date like", await site.RunAsync(2, "export", "totals", "--from", "16.1.2026"), StringComparison.Ordinal);
        Assert.Contains("--to has to be later", await site.RunAsync(2, "export", "totals", "--from", "2026-01-17", "--to", "2026-01-16"), StringComparison.Ordinal);
        Assert.Contains("cannot be written", await site.RunAsync(2, "export", "totals", "--out", Path.Combine(_folder, "nowhere", "totals.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_leaves_what_was_there_before()
    {
        string connection = await Servers.NewDatabaseAsync();
        await using var site = await Site.EmbeddedAsync(connection);
        await FillAsync(connection, roots: ["SPY"], seconds: 1);
        string path = Path.Combine(_folder, "gex.parquet");
        await File.WriteAllTextAsync(path, "before", Cancel);

        // A lock that the export waits for, so that it is surely under way.
        await using var database = NpgsqlDataSource.Create(connection);
        await using var holder = await database.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var command = new NpgsqlCommand("lock table traded_gex in access exclusive mode", holder)) await command.ExecuteNonQueryAsync(Cancel);

        var export = site.StartAs("export", "export", "traded_gex", "--out", path);
        await site.UntilAsync(() => Directory.GetFiles(_folder).Length == 2, () => "the file that is being written");
        Assert.Equal("before", await File.ReadAllTextAsync(path, Cancel));
        export.PressControlC();
        Assert.Equal(130, await export.ExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
        Assert.Equal("before", await File.ReadAllTextAsync(path, Cancel));
    }

    // 320 MB of text that does not compress, through a heap of 200 MB.
    [Theory]
    [Trait("tier", "long")]
    [InlineData("csv")]
    [InlineData("ndjson")]
    [InlineData("parquet")]
    public async Task A_table_may_be_larger_than_memory(string format)
    {
        string connection = await Servers.NewDatabaseAsync();
        await using var site = await Site.EmbeddedAsync(connection);
        await using (var database = NpgsqlDataSource.Create(connection))
        {
            await using var command = database.CreateCommand("""
                create table large as select n::timestamptz as time, md5(n::text) || text as text
                  from (select to_timestamp(n) as n, (select string_agg(md5(n::text || g), '') from generate_series(1, 99) as g) as text from generate_series(1, 100000) as n) as row;
                alter table large add primary key (time)
                """);
            command.CommandTimeout = 120;
            await command.ExecuteNonQueryAsync(Cancel);
        }

        site.Set("DOTNET_GCHeapHardLimit", "0xC800000");
        string path = Path.Combine(_folder, $"large.{format}");
        Assert.Contains("large: 100,000 rows", await site.RunAsync(0, "export", "large", "--out", path), StringComparison.Ordinal);
        Assert.True(new FileInfo(path).Length > 160_000_000);
    }

    static async Task FillAsync(string connection, string[] roots, int seconds)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await Migrator.MigrateAsync(database, Cancel);
        var windows = roots.SelectMany(root => Enumerable.Range(1, seconds).Select(second => SomeWindows.At(root, second)));
        await new GexTable(database).WriteAsync([], [.. windows.SelectMany(GexMeasure.RowsOf)], [], Cancel);
    }
}
