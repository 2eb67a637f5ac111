using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Feeds;

/// <summary>What is known of the real files, and what must happen to rows that cannot be true.</summary>
public sealed class LeanFeedTests : IDisposable
{
    static readonly DateOnly GoogDay = new(2015, 12, 24);
    static readonly DateOnly AaplDay = new(2014, 6, 6);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lean");
    readonly Refusals _refusals = new("lean", NullLogger.Instance);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_day_of_Goog_is_complete()
    {
        var batches = await Play(Real("GOOG", GoogDay));
        var facts = batches.ConvertAll(batch => batch.Roots["GOOG"]);

        Assert.Equal(2_192, facts.SelectMany(x => x.Quotes).Select(x => x.Contract).Distinct().Count());
        Assert.Equal(275_552, facts.Sum(x => x.Quotes.Count));
        Assert.Equal(958, facts.Sum(x => x.Trades.Count));
        Assert.Equal(2_058, facts.Sum(x => x.Chain.Count));
        Assert.Equal(0, _refusals.Total);

        // Half a day: the last minute ends when the last quote bar, of 13:00 New York, does; the prints end with the session.
        Assert.Equal(Utc(2015, 12, 24, 18, 1), facts.SelectMany(x => x.Quotes).Max(x => x.TimeMicros));
        Assert.True(facts.SelectMany(x => x.Trades).Max(x => x.Time) <= new DateTimeOffset(2015, 12, 24, 18, 0, 0, TimeSpan.Zero));

        // Open interest is published before the open, and counts the day before.
        var chains = batches.FindAll(x => x.Roots["GOOG"].Chain.Count > 0);
        Assert.All(chains, x => Assert.True(x.AsOf < new DateTimeOffset(2015, 12, 24, 14, 30, 0, TimeSpan.Zero), $"{x.AsOf:O}"));
        Assert.All(chains, x => Assert.Equal(new DateOnly(2015, 12, 23), x.Roots["GOOG"].OpenInterestDate));
    }

    [Theory]
    [InlineData("GOOG", "2015-12-24", 958)]
    [InlineData("AAPL", "2014-06-06", 22_067)]
    public async Task Prints_agree_with_the_legacy_messages_derived_from_the_same_bars(string root, string date, int count)
    {
        string file = SharedFiles.Data($"inferred_trades/{root}_{date}_inferred_trades.ndjson");
        var expected = File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement).Select(Legacy).Order(StringComparer.Ordinal).ToList();

        var batches = await Play(Real(root, DateOnly.Parse(date, CultureInfo.InvariantCulture)));
        var actual = batches.SelectMany(x => x.Roots[root].Trades).Select(Ours).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(count, actual.Count);
        Assert.Equal(expected, actual);
    }

    static string Legacy(JsonElement x) => string.Create(CultureInfo.InvariantCulture,
        $"{x.GetProperty("trade_datetime").GetDateTimeOffset().AddMinutes(1).UtcDateTime:s} {x.GetProperty("expiration").GetString()} {x.GetProperty("strike").GetDouble()} {x.GetProperty("right").GetString()} {x.GetProperty("price").GetDouble()} x{x.GetProperty("size").GetInt32()} spot {x.GetProperty("spot").GetDouble()} aggressor {x.GetProperty("aggressor").GetInt32()}");

    static string Ours(OptionTrade x) => string.Create(CultureInfo.InvariantCulture,
        $"{x.Time.UtcDateTime:s} {x.Contract.Expiration:yyyy-MM-dd} {x.Contract.Strike} {(x.Contract.Right == OptionRight.Call ? 'C' : 'P')} {x.Price} x{x.Size} spot {x.Spot} aggressor {x.Aggressor}");

    [Fact]
    public async Task Order_is_by_time_then_expiration_strike_and_right()
    {
        var batches = await Play(Real("GOOG", GoogDay));

        Assert.True(batches.Zip(batches.Skip(1)).All(pair => pair.First.AsOf < pair.Second.AsOf), "AsOf must grow.");
        foreach (var batch in batches)
        {
            var quotes = batch.Roots["GOOG"].Quotes;
            var contracts = quotes.ConvertAll(x => x.Contract);
            Assert.Equal(contracts.OrderBy(x => x.Expiration).ThenBy(x => x.Strike).ThenBy(x => x.Right), contracts);
            Assert.All(quotes, quote => Assert.Equal(batch.AsOf.ToUnixTimeMilliseconds() * 1000, quote.TimeMicros));
        }
    }

    [Fact]
    public async Task Reading_on_from_a_position_gives_the_rest_of_the_uninterrupted_reading()
    {
        var settings = Real("GOOG", GoogDay);
        var whole = await Play(settings);

        foreach (int cut in new[] { 0, 1, whole.Count / 2, whole.Count - 2, whole.Count - 1 })
        {
            var rest = await Play(settings, whole[cut].Position);
            SameBatches.Assert(whole[(cut + 1)..], rest);
        }
    }

    // The folder has no index bars of these days, so spot comes from the pairs at 3700 and 3800.
    [Theory]
    [InlineData(6, 3_650, 3_790)]
    [InlineData(8, 3_770, 3_830)]
    public async Task Spxw_without_an_index_file_takes_spot_from_parity(int day, double low, double high)
    {
        var batches = await Play(Real("SPXW", new DateOnly(2021, 1, day)));

        var quotes = batches.SelectMany(x => x.Roots["SPXW"].Quotes).ToList();
        Assert.Equal(16, quotes.Select(x => x.Contract).Distinct().Count());
        Assert.All(quotes, x => Assert.InRange(x.Spot, low, high));
        Assert.NotEmpty(batches.SelectMany(x => x.Roots["SPXW"].Trades));
        Assert.Equal(0, _refusals.Total);
    }

    // An invented day: only real index bars beside it, which are in Chicago's time and in plain dollars.
    [Fact]
    public async Task Index_bars_are_in_dollars_and_in_the_time_of_Chicago()
    {
        string real = SharedFiles.Data("lean/index/usa/minute/spx/20210104_trade.zip");
        string index = Path.Combine(_folder.FullName, "index", "usa", "minute", "spx");
        Directory.CreateDirectory(index);
        File.Copy(real, Path.Combine(index, "20210104_trade.zip"));
        Zip("indexoption/usa/minute/spxw/20210104_trade_european.zip", ("20210104_spxw_minute_trade_european_call_37000000_20210104.csv", "34200000,103000,106000,38000,85000,7"));

        var batches = await Play(new LeanFeedSettings(_folder.FullName, "SPXW", [new DateOnly(2021, 1, 4)]));

        var first = batches[0];
        Assert.Equal(new DateTimeOffset(2021, 1, 4, 14, 31, 0, TimeSpan.Zero), first.AsOf);
        var start = first.AsOf.AddMinutes(-1);
        Assert.Equal([new UnderlyingBar("SPX", start, first.AsOf, 3764.61, 3769.99, 3764.61, 3766.63, 59, null, null, true)], first.Roots["SPXW"].Bars);
        Assert.Equal(3766.63, Assert.Single(first.Roots["SPXW"].Trades).Spot);
    }

    [Theory]
    [InlineData("34200000,1,1,1,oops,5,1,1,1,2,5", "not a number")]
    [InlineData("34200000,1,1,1,-3,5,1,1,1,2,5", "negative")]
    [InlineData("34200000,1,1,1,NaN,5,1,1,1,2,5", "not finite")]
    [InlineData("34200000,1,1,1,1e300,5,1,1,1,2,5", "number too large")]
    [InlineData("34200000,1,1,1,1,99999999999,1,1,1,2,5", "number too large")]
    [InlineData("34200000,1,1,1,1,,1,1,1,2,5", "not a number")]
    [InlineData("34200000,1,1,1,1,5", "too few fields")]
    [InlineData("86400000,1,1,1,1,5,1,1,1,2,5", "time not within a day")]
    [InlineData("-60000,1,1,1,1,5,1,1,1,2,5", "negative")]
    [InlineData("half past nine", "not a number")]
    public async Task A_bad_row_is_refused_with_its_reason_and_its_neighbours_play(string row, string reason)
    {
        const string Good = "34200000,,,,,0,21500,21500,5000,5000,19";
        Zip("option/usa/minute/x/20151224_quote_american.zip", ("20151224_x_minute_quote_american_put_10000_20151224.csv", $"{Good}\n{row}\r\n{Good}\n"));

        var batches = await Play(new LeanFeedSettings(_folder.FullName, "X", [GoogDay]));

        Assert.Equal((reason, 1L), Assert.Single(_refusals.ByReason.Select(x => (x.Key, x.Value))));
        var quotes = Assert.Single(batches).Roots["X"].Quotes;
        Assert.Equal(2, quotes.Count);
        var put = new OptionContract(GoogDay, 1, OptionRight.Put);
        Assert.Equal(new OptionQuote(put, Utc(2015, 12, 24, 14, 31), 0, 0.5, 0, 19, 0), quotes[0]);
    }

    [Fact]
    public async Task A_refusal_names_file_entry_and_line()
    {
        var log = new ListLogger();
        Zip("option/usa/minute/x/20151224_trade_american.zip",
            ("20151224_x_minute_trade_american_put_10000_20151224.csv", "34200000,1,1,1,1,0"),
            ("20151224_x_minute_trade_american_straddle_10000_20151224.csv", "34200000,1,1,1,1,1"),
            ("readme.txt", "hello"));

        var feed = new LeanFeed(new LeanFeedSettings(_folder.FullName, "X", [GoogDay]), new AlwaysOpen(), new Refusals("lean", log));
        await foreach (var _ in feed.ReadAsync(null, TestContext.Current.CancellationToken)) ;

        Assert.Contains(log.Lines, x => x.Contains("20151224_trade_american.zip!20151224_x_minute_trade_american_put_10000_20151224.csv:1", StringComparison.Ordinal)
            && x.Contains("size not positive", StringComparison.Ordinal));
        Assert.Equal(2, log.Lines.Count(x => x.Contains("contract name not understood", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_print_before_any_bar_takes_the_first_bars_open_and_a_quote_has_no_spot()
    {
        Zip("option/usa/minute/x/20151224_quote_american.zip", ("20151224_x_minute_quote_american_put_10000_20151224.csv", "34200000,1,1,1,100,1,1,1,1,300,1"));
        Zip("option/usa/minute/x/20151224_trade_american.zip", ("20151224_x_minute_trade_american_put_10000_20151224.csv", "34260000,1,1,1,250,4"));
        Zip("equity/usa/minute/x/20151224_trade.zip", ("20151224_x_minute_trade.csv", "34320000,500000,510000,490000,505000,100"));

        var batches = await Play(new LeanFeedSettings(_folder.FullName, "X", [GoogDay]));

        Assert.Equal(3, batches.Count);
        Assert.Equal(0, batches[0].Roots["X"].Quotes.Single().Spot);
        Assert.Equal(50, batches[1].Roots["X"].Trades.Single().Spot);
        Assert.Equal(1, batches[1].Roots["X"].Trades.Single().Aggressor); // 0.025 against the middle, 0.02.
        Assert.Equal(50.5, batches[2].Roots["X"].Bars.Single().Close);
    }

    [Fact]
    public async Task A_print_without_any_spot_is_refused()
    {
        Zip("option/usa/minute/x/20151224_trade_american.zip", ("20151224_x_minute_trade_american_put_10000_20151224.csv", "34260000,1,1,1,250,4"));

        var batches = await Play(new LeanFeedSettings(_folder.FullName, "X", [GoogDay]));

        Assert.Empty(batches.SelectMany(x => x.Roots["X"].Trades));
        Assert.Equal(1, _refusals.ByReason["spot not known"]);
    }

    [Fact]
    public async Task A_day_that_is_not_there_stops_with_its_folder()
    {
        var error = await Assert.ThrowsAsync<FileNotFoundException>(() => Play(new LeanFeedSettings(_folder.FullName, "X", [GoogDay])));
        Assert.Contains(Path.Combine("minute", "x"), error.Message, StringComparison.Ordinal);
        Assert.Contains("2015-12-24", error.Message, StringComparison.Ordinal);
    }

    static LeanFeedSettings Real(string root, DateOnly date) => new(SharedFiles.Data("lean"), root, [date]);

    async Task<List<FeedBatch>> Play(LeanFeedSettings settings, string? position = null)
    {
        var feed = new LeanFeed(settings, new AlwaysOpen(), _refusals);
        return await feed.ReadAsync(position, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    void Zip(string path, params (string Name, string Text)[] entries)
    {
        string file = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var archive = ZipFile.Open(file, ZipArchiveMode.Create);
        foreach (var (name, text) in entries)
        {
            using var writer = new StreamWriter(archive.CreateEntry(name).Open());
            writer.Write(text);
        }
    }

    static long Utc(int year, int month, int day, int hour, int minute) =>
        new DateTimeOffset(year, month, day, hour, minute, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
}
