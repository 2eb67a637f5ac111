using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Tests.Feeds;

public sealed class NdjsonFeedTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zerogex-ndjson-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Lines_of_one_instant_are_one_batch()
    {
        string file = Write("a", Line("SPY", 0), Line("QQQ", 0), Line("SPY", 1), Line("SPY", 1), Line("SPY", 2));

        var batches = await ReadAsync([file]);

        Assert.Equal([Time(0), Time(1), Time(2)], batches.Select(batch => batch.AsOf));
        Assert.Equal([2, 2, 1], batches.Select(Count));
        Assert.Equal(["QQQ", "SPY"], batches[0].Roots.Keys.Order());
    }

    [Fact]
    public async Task Trade_behind_the_clock_keeps_its_own_time()
    {
        var batches = await ReadAsync([Write("a", Line("SPY", 5), Line("SPY", 3), Line("SPY", 6))]);

        Assert.Equal([Time(5), Time(6)], batches.Select(batch => batch.AsOf));
        Assert.Equal([Time(5), Time(3)], batches[0].Roots["SPY"].Trades.Select(trade => trade.Time));
    }

    [Fact]
    public async Task Bad_lines_are_refused_with_file_line_and_reason_and_blank_ones_skipped()
    {
        var log = new LogLines();
        var refusals = new Refusals("ndjson", log);
        string file = Write("a", "\uFEFF" + Line("SPY", 0), "", "  \r", "{\"root\":", Line("SPY", 1).Replace("\"C\"", "\"X\"", StringComparison.Ordinal), Line("SPY", 2) + "\r");

        var batches = await ReadAsync([file], refusals: refusals);

        Assert.Equal([1, 1], batches.Select(Count));
        Assert.Equal(new Dictionary<string, long> { ["not JSON"] = 1, ["unknown right"] = 1 }, refusals.ByReason);
        Assert.Contains(log.Lines, line => line.Contains($"{file}:4", StringComparison.Ordinal) && line.Contains("not JSON", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains($"{file}:5", StringComparison.Ordinal) && line.Contains("unknown right", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Standing_clock_is_cut_into_bounded_batches()
    {
        var batches = await ReadAsync([Write("a", [.. Enumerable.Repeat(Line("SPY", 0), 25_000)])]);

        Assert.Equal([10_000, 10_000, 5_000], batches.Select(Count));
        Assert.All(batches, batch => Assert.Equal(Time(0), batch.AsOf));
    }

    [Fact]
    public async Task Line_longer_than_the_bound_is_refused_and_the_next_one_read()
    {
        var refusals = new Refusals("ndjson", NullLogger.Instance);
        string file = Write("a", Line("SPY", 0), new string('x', 5_000_000), Line("SPY", 1), new string('y', 1_100_000));

        var batches = await ReadAsync([file], refusals: refusals);

        Assert.Equal([1, 1], batches.Select(Count));
        Assert.Equal(2, refusals.ByReason["line too long"]);
    }

    [Fact]
    public async Task Last_line_needs_no_line_feed()
    {
        string file = Path.Combine(_folder.FullName, "open.ndjson");
        await File.WriteAllTextAsync(file, Line("SPY", 0) + "\n" + Line("SPY", 1), TestContext.Current.CancellationToken);

        Assert.Equal(2, (await ReadAsync([file])).Count);
    }

    [Fact]
    public async Task File_that_became_shorter_stops_the_feed()
    {
        string file = Write("a", Line("SPY", 0), Line("SPY", 1));
        var batches = await ReadAsync([file]);
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync([file], batches[0].Position));
    }

    // Whatever the files hold: going on after any batch gives exactly the batches that followed it.
    [Fact]
    public void Every_position_resumes_exactly() => Prop.ForAll(Files.ToArbitrary(), contents =>
    {
        string[] files = [.. contents.Select((lines, i) => Write($"f{i}", lines))];
        var all = ReadAsync(files).GetAwaiter().GetResult();
        for (int i = 0; i < all.Count; i++)
            Assert.Equal(all.Skip(i + 1).Select(Describe), ReadAsync(files, all[i].Position).GetAwaiter().GetResult().Select(Describe));
        Assert.Equal(contents.Sum(lines => lines.Count(line => line.Contains("\"C\"", StringComparison.Ordinal))), all.Sum(Count));
        Assert.Equal(all.Select(batch => batch.AsOf).Order(), all.Select(batch => batch.AsOf));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("AAPL_2014-06-06", 22_067)]
    [InlineData("GOOG_2015-12-24", 958)]
    public async Task Real_files_are_read_without_a_refusal(string day, int messages)
    {
        var refusals = new Refusals("ndjson", NullLogger.Instance);
        string[] files = [SharedFiles.Data($"inferred_trades/{day}_inferred_trades.ndjson")];

        var batches = await ReadAsync(files, refusals: refusals);

        Assert.Equal(messages, batches.Sum(Count));
        Assert.Equal(0, refusals.Total);
        Assert.Equal(batches.Select(batch => batch.AsOf).Distinct().Count(), batches.Count);
        int middle = batches.Count / 2;
        Assert.Equal(batches.Skip(middle + 1).Select(Describe), (await ReadAsync(files, batches[middle].Position)).Select(Describe));
    }

    static Gen<string[][]> Files =>
        (from second in Gen.Choose(0, 5)
         from root in Gen.Elements("SPY", "QQQ")
         from line in Gen.Frequency((6, Gen.Constant(Line(root, second))), (1, Gen.Constant("")), (1, Gen.Constant("nonsense")))
         select line).ArrayOf().ArrayOf();

    static string Describe(FeedBatch batch) =>
        $"{batch.Position} {batch.AsOf:O} " + string.Join(';', batch.Roots.OrderBy(root => root.Key, StringComparer.Ordinal).Select(root => root.Key + string.Join(',', root.Value.Trades)));

    static int Count(FeedBatch batch) => batch.Roots.Values.Sum(root => root.Trades.Count);

    static DateTimeOffset Time(int second) => new(2025, 7, 18, 15, 30, second, TimeSpan.Zero);

    static string Line(string root, int second) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"root":"{{root}}","strike":455.0,"right":"C","size":1,"price":1.5,"spot":455.73,"aggressor":1,"expiration":"2025-07-18","trade_datetime":"{{Time(second):yyyy-MM-ddTHH:mm:ss}}"}""");

    string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_folder.FullName, name + ".ndjson");
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return path;
    }

    static async Task<List<FeedBatch>> ReadAsync(string[] files, string? position = null, Refusals? refusals = null)
    {
        var feed = new NdjsonFeed(files, new AlwaysOpen(), refusals ?? new Refusals("ndjson", NullLogger.Instance));
        var batches = new List<FeedBatch>();
        await foreach (var batch in feed.ReadAsync(position, TestContext.Current.CancellationToken)) batches.Add(batch);
        return batches;
    }
}
