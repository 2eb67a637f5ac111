using Xunit;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Snapshots;

/// <summary>What bad files do: each trouble has its policy, and is counted.</summary>
public sealed class ChainFileTests : IDisposable
{
    const string Head = """

        Some Index,Last: 100,Change: 1
        "Date: January 15, 2026 at 2:00 PM EST",Bid: 1,Ask: 2
        Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest
        """;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zerogex-chain-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_negative_bid_or_a_number_that_is_none_refuses_its_contract_and_spares_the_other()
    {
        ChainSnapshot chain = Csv(
            Row("100", call: "2,0,-1.5,2,5,0.2,0.5,0.05,70"), Row("101", put: "1,0,1,2,5,NaN,-0.5,0.05,70"), Row("102", call: "1,0,1,2,5,0.2,0.5,Infinity,70"), Row("103", call: "1,0,1,2,-5,0.2,0.5,0.05,70"),
            Row("104", call: "abc,0,1,2,5,0.2,0.5,0.05,70"), Row("105"), Row("105"));
        Assert.Equal([new("contract twice", 2), new("count negative", 1), new("not a number", 1), new("number not finite", 2), new("price negative", 1)], chain.Refused);
        Assert.Equal(["100 Put", "101 Call", "102 Put", "103 Put", "105 Call", "105 Put"], chain.Rows.Select(row => $"{row.Contract.Strike} {row.Contract.Right}"));
        Assert.Equal(chain.Refused, ChainAnalysis.Of(chain, AnalysisSettings.VendorGamma).Coverage.Refused);
    }

    [Fact]
    public void An_expired_row_is_left_out_unless_it_is_asked_for()
    {
        ChainSnapshot chain = Csv(Row("100", date: "Wed Jan 14 2026", symbol: "260114"), Row("100"));
        ChainReport canonical = ChainAnalysis.Of(chain, new()), kept = ChainAnalysis.Of(chain, new() { KeepsExpired = true });
        Assert.Equal([new("expired", 2)], canonical.Coverage.LeftOut);
        Assert.Equal((2, 4, 2), (canonical.Coverage.Used, kept.Coverage.Used, canonical.Quality!.Expired));
        Assert.True(kept.Levels.Gamma.Gross > canonical.Levels.Gamma.Gross);
        Assert.Equal(1.0 / (365 * 24 * 60), kept.Expirations[0].Years, 1e-15);
    }

    // The gamma 0.05 stands for itself where vendors' gammas are summed; for its own the house solves the quote.
    [Fact]
    public void A_gamma_without_a_volatility_is_solved_from_its_quote()
    {
        ChainSnapshot chain = Csv(Row("100", call: "2,0,1.95,2.05,5,0,0.5,0.05,70", put: "0,0,0,0,0,0,0,0,0"));
        ChainReport canonical = ChainAnalysis.Of(chain, new()), vendor = ChainAnalysis.Of(chain, AnalysisSettings.VendorGamma);
        Assert.Equal(1, canonical.Quality!.ZeroVolatilityWithGamma);
        Assert.Contains(new("mid", 1), canonical.Coverage.Volatilities);
        Assert.Equal(70 * 0.05 * 100 * 100, vendor.Levels.Gamma.Net, 1e-6);
        Assert.Equal(0, vendor.Levels.ProfileAtSpot);
        Assert.Equal([new("none", 2)], vendor.Coverage.Volatilities);
        Assert.NotEqual(0, canonical.Levels.ProfileAtSpot);
    }

    [Fact]
    public void A_crossed_quote_is_no_quote_and_nothing_at_all_takes_the_default()
    {
        ChainSnapshot chain = Csv(Row("100", call: "2,0,3,2,5,0.2,0.5,0.05,70", put: "0,0,0,0,0,0,0,0,30"));
        ChainReport report = ChainAnalysis.Of(chain, new());
        Assert.Equal((1, 1), (report.Quality!.Crossed, report.Quality!.Unquoted));
        Assert.Equal([new("default", 1), new("last", 1)], report.Coverage.Volatilities);
        Assert.Equal(0.3, report.Coverage.DefaultShare!.Value, 1e-12);
        Assert.Equal([new("no volatility", 1)], ChainAnalysis.Of(chain, new() { LeavesOutDefaults = true }).Coverage.LeftOut);
    }

    [Fact]
    public void A_universe_says_what_it_knows()
    {
        string text = """
            #expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho
            ,,,99,101,98,100.5,1000,,,,,,,
            20260206,100,C,3.1,3.2,3,3.05,12,,0.2503,0.5,0.05,0,0,0
            20260206,100,P,3.1,3.2,3,2.95,0,44,0,0,0,0,0,0
            20260206,100,P,3.1,3.2,3,2.95,0,44,0,0,0,0,0,0
            2026x206,100,P,3.1,3.2,3,2.95,0,44,0,0,0,0,0,0
            20260206,100,X,3.1,3.2,3,2.95,0,44,0,0,0,0,0,0
            20260206,-5,C,3.1,3.2,3,2.95,0,44,0,0,0,0,0,0
            20260206,105,C,3.1,3.2,3,2.95
            """;
        ChainSnapshot chain = ChainFile.Read(Write("spy/20251224.csv", text), new());
        Assert.Equal(("LEAN universe", new DateTimeOffset(2025, 12, 24, 18, 0, 0, TimeSpan.Zero), 100.5, false), (chain.Source, chain.Time, chain.Spot, chain.IsQuoted)); // A half day.
        var call = new OptionContract(new DateOnly(2026, 2, 6), 100, OptionRight.Call);
        Assert.Equal([new("SPY", call, 0, 0, 3.05, 12, null, 0.2503, 0.5, 0.05), new SnapshotRow("SPY", call with { Right = OptionRight.Put }, 0, 0, 2.95, 0, 44, 0, 0, 0)], chain.Rows);
        Assert.Equal([new("bad date", 1), new("bad right", 1), new("contract twice", 1), new("strike not positive", 1), new("wrong number of columns", 1)], chain.Refused);
        Assert.Equal([new("open interest unknown", 1)], ChainAnalysis.Of(chain, new()).Coverage.LeftOut);
        Assert.Equal(2, ChainAnalysis.Of(chain, new() { Weight = ChainWeight.Volume }).Coverage.Used);

        var hints = new ChainFileHints(new DateTimeOffset(2025, 12, 24, 17, 0, 0, TimeSpan.Zero), 101, "QQQ");
        ChainSnapshot told = ChainFile.Read(Write("any name.csv", text), hints);
        Assert.Equal((hints.Time!.Value, 101.0, "QQQ"), (told.Time, told.Spot, told.Rows[0].Root));
        Assert.Contains("--as-of", Assert.Throws<FormatException>(() => ChainFile.Read(Write("any name.csv", text), new(Root: "SPY"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Read as CBOE CSV")]
    [InlineData("a,b,c\n1,2,3\n", "Read as CBOE CSV")]
    [InlineData("{\"data\":1}", "CBOE JSON")]
    [InlineData("{\"data\":{\"options\":[", "CBOE JSON")]
    public void What_is_no_chain_is_said_to_be_none(string text, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => ChainFile.Read(Write("a.csv", text), new())).Message, StringComparison.Ordinal);

    // By what is in it, not by its name.
    [Fact]
    public void Json_is_known_by_its_beginning()
    {
        ChainSnapshot chain = ChainFile.Read(
            Write("a.txt", """ {"timestamp":"2026-01-15 19:00:00","data":{"current_price":100,"options":[{"option":"ABC260206C00100000","bid":1,"ask":null,"iv":0.2,"gamma":0.05,"delta":0.5,"open_interest":7,"volume":1},{"option":"?"}]}}"""),
            new());
        Assert.Equal(("CBOE JSON", 100, 1), (chain.Source, chain.Spot, chain.Rows.Length));
        Assert.Equal([new("bad option symbol", 1)], chain.Refused);
    }

    ChainSnapshot Csv(params string[] rows) => ChainFile.Read(Write("a.csv", Head + "\n" + string.Join('\n', rows) + "\n"), new());

    static string Row(string strike, string date = "Fri Feb 06 2026", string symbol = "260206", string call = "3,0,2.9,3.1,5,0.25,0.5,0.05,70", string put = "3,0,2.9,3.1,5,0.25,-0.5,0.05,30") =>
        $"{date},ABC{symbol}C{strike.PadLeft(5, '0')}000,{call},{strike},ABC{symbol}P{strike.PadLeft(5, '0')}000,{put}";

    string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
