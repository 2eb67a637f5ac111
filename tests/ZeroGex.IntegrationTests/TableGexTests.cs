using Npgsql;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

public sealed class TableGexTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_come_back_as_they_were_written()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        var legacy = Legacy(Noon, "SPY", "2026-01-16");
        var measure = Measure(Noon, "SPY", new(2026, 1, 16), GexMeasure.NaiveDay);
        var bare = Measure(Noon, "SPY", new(2026, 1, 16), GexMeasure.DealerSignedDay) with
        {
            ZeroGamma = null, MajorPositive = null, MajorNegative = null, MinorPositive = null, MinorNegative = null, Strikes = "[]",
        };

        Assert.Equal(3, await table.WriteAsync([legacy], [measure, bare], [], Cancel));

        Assert.Equal([legacy], await table.LatestAsync("SPY", Cancel));
        Assert.Equal([bare, measure], await table.LatestTradedAsync(null, Cancel));
        Assert.Equal([legacy], await table.SinceAsync("SPY", Noon.AddSeconds(-1), 10, Cancel));
        Assert.Equal([measure], await table.TradedSinceAsync("SPY", GexMeasure.NaiveDay, Noon.AddSeconds(-1), 10, Cancel));
        Assert.Empty(await table.SinceAsync("SPY", Noon, 10, Cancel));
        Assert.Equal("inferred_gex", await database.ScalarAsync<string>("select msg_type from inferred_gexray3"));
    }

    [Fact]
    public async Task An_equal_row_is_left_alone_and_a_changed_one_is_counted()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        GexRow[] legacy = [.. Enumerable.Range(0, 50).Select(i => Legacy(Noon.AddSeconds(i), "SPY", "2026-01-16"))];
        TradedGexRow[] measures = [.. Enumerable.Range(0, 50).Select(i => Measure(Noon.AddSeconds(i), "SPY", new(2026, 1, 16), GexMeasure.NaiveDay))];
        await table.WriteAsync(legacy, measures, [], Cancel);
        string written = await Fingerprint(database);

        Assert.Equal(0, await table.WriteAsync(legacy, measures, [], Cancel));
        Assert.Equal(0, await table.WriteAsync(
            [.. legacy.Select(row => row with { Strikes = "[ [450.0,1.50 ,3] ]" })],
            [.. measures.Select(row => row with { Model = """{"rate": 0.05, "engineVersion": "9.9.9"}""" })], [], Cancel));
        Assert.Equal(written, await Fingerprint(database));

        legacy[7] = legacy[7] with { SumGexVol = 2 };
        measures[8] = measures[8] with { Model = """{"rate": 0.04, "engineVersion": "1.0.0"}""" };
        measures[9] = measures[9] with { ZeroGamma = null };
        Assert.Equal(3, await table.WriteAsync(legacy, measures, [], Cancel));
        Assert.NotEqual(written, await Fingerprint(database));
    }

    [Fact]
    public async Task The_later_of_two_rows_with_one_key_counts()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        var first = Legacy(Noon, "SPY", "2026-01-16");
        var second = first with { Spot = 456 };

        Assert.Equal(1, await table.WriteAsync([first, second], [], [], Cancel));
        Assert.Equal([second], await table.LatestAsync(null, Cancel));
    }

    [Fact]
    public async Task Marks_commit_with_the_rows_or_not_at_all_and_never_go_back()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        ProgressTable progress = new(database.Source);
        const string Stream = "trades/SPY/2026-01-16";

        await table.WriteAsync([Legacy(Noon, "SPY", "2026-01-16")], [], [new("tables", Stream, new(5, 2)), new("tables", Stream, new(5, 1))], Cancel);
        Assert.Equal(new StreamPosition(5, 2), (await progress.ReadAsync("tables", Cancel))[Stream]);

        var broken = Legacy(Noon.AddSeconds(1), "SPY", "2026-01-16") with { Strikes = "[" };
        await Assert.ThrowsAsync<PostgresException>(() => table.WriteAsync([broken], [], [new("tables", Stream, new(5, 3))], Cancel));
        await Assert.ThrowsAsync<PostgresException>(() =>
            table.WriteAsync([Legacy(Noon, "QQQ", "2026-01-16") with { TotalVolume = 3_000_000_000 }], [], [], Cancel));
        await table.WriteAsync([], [], [new("tables", Stream, new(4, 9)), new("other", Stream, new(1, 1))], Cancel);
        Assert.Equal(new StreamPosition(5, 2), Assert.Single(await progress.ReadAsync("tables", Cancel)).Value);
        Assert.Single(await table.LatestAsync(null, Cancel));

        await progress.ForgetAsync("tables", Cancel);
        Assert.Empty(await progress.ReadAsync("tables", Cancel));
        Assert.Single(await progress.ReadAsync("other", Cancel));
    }

    [Fact]
    public async Task Levels_are_the_newest_window_of_each_expiration_of_the_last_hour()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        var spyNear = Legacy(Noon, "SPY", "2026-01-16");
        var spyFar = Legacy(Noon.AddMinutes(-59), "SPY", "2026-02-20");
        var qqq = Legacy(Noon.AddDays(-3), "QQQ", "2026-01-16"); // Its own newest, however old.
        await table.WriteAsync(
            [
                spyNear, spyFar, qqq,
                Legacy(Noon.AddSeconds(-1), "SPY", "2026-01-16"),
                Legacy(Noon.AddMinutes(-61), "SPY", "2026-03-20"),
                Legacy(Noon.AddDays(-1), "SPY", "2026-01-15"),
            ],
            [
                Measure(Noon, "SPY", new(2026, 1, 16), GexMeasure.NaiveDay),
                Measure(Noon, "SPY", new(2026, 1, 16), GexMeasure.DealerSignedDay),
                Measure(Noon.AddSeconds(-5), "SPY", new(2026, 1, 16), GexMeasure.DealerSignedDay),
                Measure(Noon.AddHours(-2), "SPY", new(2026, 2, 20), GexMeasure.NaiveDay),
            ], [], Cancel);

        Assert.Equal([qqq, spyNear, spyFar], await table.LatestAsync(null, Cancel));
        Assert.Equal([spyNear, spyFar], await table.LatestAsync("SPY", Cancel));
        Assert.Equal([GexMeasure.DealerSignedDay, GexMeasure.NaiveDay], (await table.LatestTradedAsync("SPY", Cancel)).Select(row => row.Measure));
        Assert.Empty(await table.LatestAsync("TSLA", Cancel));
    }

    [Fact]
    public async Task Ranges_are_bounded()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        await table.WriteAsync([.. Enumerable.Range(1, 9).Select(i => Legacy(Noon.AddSeconds(i), "SPY", "2026-01-16"))], [], [], Cancel);

        Assert.Equal([Noon.AddSeconds(3), Noon.AddSeconds(4)], (await table.SinceAsync("SPY", Noon.AddSeconds(2), 2, Cancel)).Select(row => row.Time));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => table.SinceAsync("SPY", Noon, 0, Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => table.SinceAsync("SPY", Noon, GexTable.MaxRows + 1, Cancel));
    }

    [Fact]
    public async Task Two_writers_of_the_same_rows_do_not_deadlock()
    {
        await using var database = await TestDatabase.NewAsync();
        GexTable table = new(database.Source);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            Random random = new(seed);
            for (int round = 0; round < 10; round++)
            {
                GexRow[] rows = [.. Enumerable.Range(0, 60).Select(i => Legacy(Noon.AddSeconds(i), "SPY", "2026-01-16") with { Spot = random.Next(9) })];
                random.Shuffle(rows);
                await table.WriteAsync(rows, [], [new("tables", "a", new(seed, round)), new("tables", "b", new(seed, round))], Cancel);
            }
        })));
        Assert.Equal(60, await database.ScalarAsync<long>("select count(*) from inferred_gexray3"));
    }

    static Task<string> Fingerprint(TestDatabase database) => database.ScalarAsync<string>("""
        select concat(
            (select string_agg(concat_ws(' ', xmin, created_at, time), ';' order by time) from inferred_gexray3),
            (select string_agg(concat_ws(' ', xmin, created_at, time), ';' order by time) from traded_gex))
        """);

    static GexRow Legacy(DateTimeOffset time, string ticker, string expiration) => new(
        time, ticker, expiration, 455.73, 456.25, 460, 450, 1_234_567.89, 458, 0,
        """[{"size": 100, "price": 12.50, "strike": 455.0}]""", "[[450.0, 1.5, 3]]", 25, 2_500);

    static TradedGexRow Measure(DateTimeOffset time, string root, DateOnly expiration, string measure) => new(
        time, root, expiration, measure, 455.73, -1.25e9, 456.25, 460, 450, 458, 452, "[[450.0, 1.5, 3]]", 0.75, 25, 2_500, false,
        """{"rate": 0.05, "engineVersion": "1.0.0"}""");
}
