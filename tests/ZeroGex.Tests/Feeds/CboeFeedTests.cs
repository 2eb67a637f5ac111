using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Feeds;

public sealed class CboeFeedTests : IDisposable
{
    const string Columns =
        "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike," +
        "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest";

    const string Row =
        "Fri Jan 17 2025,ABC250117C00012500,1.05,-0.1,1,1.1,7,0.25,0.55,0.12,300,12.50,ABC250117P00012500,0,0,0.95,1.2,0,0,-0.45,0.11,40";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zerogex-cboe-");
    readonly Refusals _refusals = new("cboe", NullLogger.Instance);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("\n", "\"Date: January 10, 2025 at 3:05 PM EST\",Bid: 1,Ask: 2,Size: 1*1,\"Volume: 75,744\"", "2025-01-10T20:05:00Z")]
    [InlineData("---Example Data---\n", "\"Date: July 12, 2022, 11:55 AM EDT\",Bid: 1,Ask: 2,,,,,,", "2022-07-12T15:55:00Z")]
    [InlineData("", "Date: July 12, 2022, 11:55 AM EDT,Bid: 1", "2022-07-12T15:55:00Z")]
    [InlineData("", "\"Date: July 12, 2022 at 8:30 p.m. EDT\",,,,,", "2022-07-13T00:30:00Z")]
    [InlineData("", "Date: Jul 12 2022 12:01 a.m. EDT", "2022-07-12T04:01:00Z")]
    [InlineData("", "\"Date: December 12, 2022 at 12:30 PM ET\"", "2022-12-12T17:30:00Z")]
    [InlineData("\uFEFF,,,\n", "\"Date: July 12, 2022 at 20:30\"", "2022-07-13T00:30:00Z")]
    public async Task Head_of_a_csv_file_comes_in_many_ways(string first, string date, string utc)
    {
        string file = Write("a.csv", $"{first}Some, Inc. Index,\"Last: 1,817.4937\",Change:  19.8,,,\r\n{date}\r\n{Columns},,,\r\n{Row}\r\n");

        var batch = Assert.Single(await ReadAsync([file]));

        Assert.Equal(DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture), batch.AsOf);
        Assert.Equal(TimeSpan.Zero, batch.AsOf.Offset);
        Assert.Equal(1817.4937, batch.Roots["ABC"].Quotes[0].Spot);
        Assert.Equal(0, _refusals.Total);
    }

    [Fact]
    public async Task Row_of_a_csv_file_is_a_call_and_a_put_with_quotes_and_reference_data()
    {
        var batch = Assert.Single(await ReadAsync([Csv("a.csv", Row)]));

        var call = new OptionContract(new DateOnly(2025, 1, 17), 12.5, OptionRight.Call);
        var put = call with { Right = OptionRight.Put };
        long time = batch.AsOf.ToUnixTimeMilliseconds() * 1000;
        Assert.Equal(
            [
                new OptionQuote(call, time, Bid: 1, Ask: 1.1, BidSize: 0, AskSize: 0, Spot: 589, Last: 1.05, Volume: 7, Volatility: 0.25),
                new OptionQuote(put, time, Bid: 0.95, Ask: 1.2, BidSize: 0, AskSize: 0, Spot: 589, Last: 0, Volume: 0, Volatility: 0),
            ],
            batch.Roots["ABC"].Quotes);
        Assert.Equal(
            [
                new ChainRow(call, OpenInterest: 300, Volume: 7, Last: 1.05, Volatility: 0.25, Delta: 0.55, Gamma: 0.12),
                new ChainRow(put, OpenInterest: 40, Volume: 0, Last: null, Volatility: null, Delta: -0.45, Gamma: 0.11),
            ],
            batch.Roots["ABC"].Chain);
        Assert.Null(batch.Roots["ABC"].OpenInterestDate);
    }

    [Fact]
    public async Task Zeros_throughout_mean_that_the_vendor_calculated_nothing()
    {
        var batch = Assert.Single(await ReadAsync([Csv("a.csv", Row.Replace("0,-0.45,0.11", "0,0,0", StringComparison.Ordinal))]));

        Assert.Equal(new ChainRow(batch.Roots["ABC"].Chain[1].Contract, OpenInterest: 40, Volume: 0), batch.Roots["ABC"].Chain[1]);
    }

    [Fact]
    public async Task Option_symbol_says_the_root()
    {
        var batch = Assert.Single(await ReadAsync([Csv("a.csv", Row, Row.Replace("ABC", "ABCW", StringComparison.Ordinal))]));

        Assert.Equal(["ABC", "ABCW"], batch.Roots.Keys.Order());
    }

    [Theory]
    [InlineData("1.05", "n/a", "not a number")]
    [InlineData("1.05", "NaN", "number not finite")]
    [InlineData("1.05", "-1.05", "price negative")]
    [InlineData(",300,", ",-300,", "count negative")]
    [InlineData(",300,", ",,300,", "wrong number of columns")]
    [InlineData("Fri Jan 17 2025", "Someday", "bad date")]
    [InlineData("Fri Jan 17 2025", "Sat Jan 18 2025", "symbol and columns differ")]
    [InlineData(",12.50,", ",13.00,", "symbol and columns differ")]
    [InlineData("ABC250117C", "ABC250117X", "bad option symbol")]
    [InlineData("ABC250117C00012500", "ABC251317C00012500", "bad option symbol")]
    [InlineData("ABC250117C00012500", "", "bad option symbol")]
    public async Task Bad_row_is_refused_and_the_next_one_read(string part, string replacement, string reason)
    {
        string good = Row.Replace("00012500", "00013000", StringComparison.Ordinal).Replace(",12.50,", ",13.00,", StringComparison.Ordinal);
        var log = new LogLines();
        string file = Csv("a.csv", Row.Replace(part, replacement, StringComparison.Ordinal), good);

        var batch = Assert.Single(await ReadAsync([file], refusals: new Refusals("cboe", log)));

        Assert.Equal(2, batch.Roots["ABC"].Quotes.Count(quote => quote.Contract.Strike == 13));
        string line = Assert.Single(log.Lines);
        Assert.Contains($"{file}:5", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contract_stated_twice_counts_once()
    {
        var batch = Assert.Single(await ReadAsync([Csv("a.csv", Row, Row)]));

        Assert.Equal(2, batch.Roots["ABC"].Quotes.Count);
        Assert.Equal(2, _refusals.ByReason["contract twice"]);
    }

    [Fact]
    public async Task File_that_is_no_chain_is_refused_and_the_others_read()
    {
        string[] files =
        [
            Write("a.csv", "a,b,c\n1,2,3\n"), Write("b.csv", $"\nABC,Last: 1\n{Columns}\n{Row}\n"), Write("c.json", "{}"), Write("d.json", "{"), Csv("e.csv", Row),
        ];

        Assert.Single(await ReadAsync(files));
        Assert.Equal(4, _refusals.ByReason["not a chain file"]);
    }

    [Fact]
    public async Task Json_time_is_utc_and_its_counts_may_be_floats()
    {
        string file = Write("a.json", """
            {"timestamp": "2023-09-21 03:17:42", "data": {"options": [
              {"option": "ABCW231020C01000000", "bid": 9.5, "bid_size": 7.0, "ask": 11.1, "ask_size": 8.0, "iv": 0.1234567, "open_interest": 5.0, "volume": 2.0,
               "delta": 0.9974, "gamma": 0.0, "last_trade_price": 10.00004, "last_trade_time": "2023-09-14T09:49:31"},
              {"option": "ABC231020P01000000", "bid": null, "ask": 0.15, "iv": 0.0, "open_interest": 22.0, "last_trade_time": null},
              {"option": "ABC231020P01010000", "bid": "cheap"},
              {"option": null}, 7],
              "current_price": 1806.1193, "last_trade_time": "2023-09-20T16:15:04"}}
            """);

        var batch = Assert.Single(await ReadAsync([file]));

        Assert.Equal(new DateTimeOffset(2023, 9, 21, 3, 17, 42, TimeSpan.Zero), batch.AsOf);
        var call = new OptionContract(new DateOnly(2023, 10, 20), 1000, OptionRight.Call);
        long time = batch.AsOf.ToUnixTimeMilliseconds() * 1000;
        Assert.Equal([new OptionQuote(call, time, 9.5, 11.1, 7, 8, 1806.1193, 10, 2, 0.123457)], batch.Roots["ABCW"].Quotes);
        Assert.Equal([new ChainRow(call, 5, 2, 10, 0.123457, 0.9974, 0)], batch.Roots["ABCW"].Chain);
        Assert.Equal([new ChainRow(call with { Right = OptionRight.Put }, 22, 0)], batch.Roots["ABC"].Chain);
        Assert.Equal(new Dictionary<string, long> { ["number not finite"] = 1, ["bad option symbol"] = 2 }, _refusals.ByReason);
    }

    [Fact]
    public async Task Files_are_read_in_the_order_of_their_times_and_resumed_after_any()
    {
        string[] files = [Csv("a.csv", "January 11, 2025 at 3:05 PM EST", Row), Csv("b.csv", "January 10, 2025 at 3:05 PM EST", Row), Csv("c.csv", "January 12, 2025 at 3:05 PM EST", Row)];

        var all = await ReadAsync(files);

        Assert.Equal([10, 11, 12], all.Select(batch => batch.AsOf.Day));
        for (int i = 0; i < all.Count; i++)
            Assert.Equal(all.Skip(i + 1).Select(batch => (batch.AsOf, batch.Position)), (await ReadAsync(files, all[i].Position)).Select(batch => (batch.AsOf, batch.Position)));
    }

    [Theory]
    [InlineData("SPX_2022-12-12_2030ET.csv", "2022-12-13T01:30:00Z", 3990.5601, "SPX", 6_394, "SPXW", 12_762)]
    [InlineData("RUT_2022-12-12_2030ET.csv", "2022-12-13T01:30:00Z", 1817.4937, "RUT", 2_092, "RUTW", 5_242)]
    [InlineData("RUT_2023-09-21_0317UTC.json", "2023-09-21T03:17:42Z", 1806.1193, "RUT", 1_472, "RUTW", 5_208)]
    [InlineData("SPY_2025-09-25_2105ET_frontexpiries.csv", "2025-09-26T01:05:00Z", 658.05, "SPY", 3_716, null, 0)]
    [InlineData("SPY_2025-05-16_1923ET_frontexpiries.csv", "2025-05-16T23:23:00Z", 589.25, "SPY", 3_160, null, 0)]
    public async Task Real_chains_are_read_whole(string file, string utc, double spot, string root, int contracts, string? weekly, int weeklies)
    {
        var batch = Assert.Single(await ReadAsync([SharedFiles.Data($"cboe/{file}")]));

        Assert.Equal(0, _refusals.Total);
        Assert.Equal(DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture), batch.AsOf);
        Assert.Equal(weekly is null ? [root] : [root, weekly], batch.Roots.Keys.Order());
        foreach (var (name, expected) in ((string?, int)[])[(root, contracts), (weekly, weeklies)])
        {
            if (name is null) continue;
            Assert.Equal(expected, batch.Roots[name].Quotes.Count);
            Assert.Equal(expected, batch.Roots[name].Chain.Count);
            Assert.All(batch.Roots[name].Quotes, quote => Assert.Equal(spot, quote.Spot));
        }
    }

    string Csv(string name, params string[] rows)
    {
        bool hasDate = rows[0].Contains(" at ", StringComparison.Ordinal);
        string date = hasDate ? rows[0] : "January 10, 2025 at 3:05 PM EST";
        return Write(name, $"\nABC Fund,Last: 589,Change:  3.74\n\"Date: {date}\",Bid: 1,Ask: 2\n{Columns}\n{string.Join('\n', rows.Skip(hasDate ? 1 : 0))}\n\n");
    }

    string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    async Task<List<FeedBatch>> ReadAsync(string[] files, string? position = null, Refusals? refusals = null)
    {
        var feed = new CboeFeed(files, new AlwaysOpen(), refusals ?? _refusals);
        var batches = new List<FeedBatch>();
        await foreach (var batch in feed.ReadAsync(position, TestContext.Current.CancellationToken)) batches.Add(batch);
        return batches;
    }
}
