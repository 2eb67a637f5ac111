using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;
using ZeroGex.Tests.Gex;

namespace ZeroGex.Tests.Snapshots;

/// <summary>Published figures come back from the files that they were made of, and the canonical ones are those of the fold.</summary>
public sealed class RealFileTests
{
    public static TheoryData<string> Files => RealFiles.All;

    [Fact]
    public void Vendor_gammas_over_all_rows_of_SPX_make_minus_1_0751568924_billion_per_percent()
    {
        ChainReport report = ChainAnalysis.Of(RealFiles.Read(RealFiles.Spx), AnalysisSettings.VendorGamma);
        Assert.InRange(report.Levels.Gamma.Net, -1.0751568924e9 * (1 + 1e-9), -1.0751568924e9 * (1 - 1e-9));
        Assert.Equal((19_156, 19_156, 0), (report.Coverage.Read, report.Coverage.Used, report.Coverage.LeftOut.Length));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Vendor_gammas_of_every_file_add_up_to_what_the_file_says(string file)
    {
        ChainSnapshot chain = RealFiles.Read(file);
        ChainReport report = ChainAnalysis.Of(chain, AnalysisSettings.VendorGamma);
        (int rows, double net) = RealFiles.Vendor(file, report.Spot);
        Assert.True(Math.Abs(report.Levels.Gamma.Net - net) <= 1e-9 * Math.Abs(net), $"{report.Levels.Gamma.Net:R} is not {net:R}");
        Assert.Equal(rows, report.Coverage.Read);
        Assert.Empty(report.Coverage.Refused);
        Assert.All(report.Coverage.LeftOut, count => Assert.Equal("open interest unknown", count.What));
        Assert.Equal(rows, report.Coverage.Used + report.Coverage.LeftOut.Sum(count => count.Contracts));
    }

    // By a plain Python transcription of the published script (60 spots from 0.8 to 1.2, vendor volatilities, weekdays / 262, no rates, straight lines), and its profile at spot.
    [Theory]
    [InlineData(RealFiles.Spx, -4134329708.8264995, 4013.9487100508672)]
    [InlineData(RealFiles.Rut, -426073911.69299096, 1898.2349673937088)]
    [InlineData(RealFiles.Dirty, 444622657.5477306, 588.4008914509358, 654.3113566625591)]
    [InlineData(RealFiles.Clean, -4255990080.365904, 668.5023249924953)]
    public void The_convention_vendor_gamma_has_the_crossings_of_the_published_script(string file, double atSpot, params double[] crossings)
    {
        ChainLevels levels = ChainAnalysis.Of(RealFiles.Read(file), AnalysisSettings.VendorGamma).Levels;
        Assert.Equal(crossings.Length, levels.Crossings.Length);
        for (int i = 0; i < crossings.Length; i++) Assert.Equal(crossings[i], levels.Crossings[i], 1e-9 * crossings[i]);
        Assert.Equal(crossings[0], levels.Flip!.Value, 1e-9 * crossings[0]);
        Assert.Equal(atSpot, levels.ProfileAtSpot, 1e-9 * Math.Abs(atSpot));
    }

    // Two kernels, one question: the sum of gammas, and the profile where spot is.
    [Theory]
    [MemberData(nameof(Files))]
    public void The_canonical_profile_at_spot_is_the_sum_and_every_contract_is_accounted_for(string file)
    {
        ChainSnapshot chain = RealFiles.Read(file);
        ChainReport report = ChainAnalysis.Of(chain, new());
        ChainLevels all = report.Levels;
        Assert.Equal(all.Gamma.Net, all.ProfileAtSpot, 1e-9 * all.Gamma.Gross);
        Assert.Equal(chain.Rows.Length, report.Coverage.Used + report.Coverage.LeftOut.Sum(count => count.Contracts));
        Assert.Equal(report.Coverage.Used, report.Coverage.Volatilities.Sum(count => count.Contracts));
        Assert.Equal(report.Coverage.Used, report.Expirations.Sum(expiration => expiration.Contracts));
        Assert.Equal(report.Coverage.Used, report.Scopes.Where(scope => scope.Scope != ChainScope.ZeroDays).Sum(scope => scope.Contracts));
        Assert.Equal(all.Gamma.Net, report.Scopes.Where(scope => scope.Scope != ChainScope.ZeroDays).Sum(scope => scope.Gamma.Net), 1e-9 * all.Gamma.Gross);
        Assert.Equal(all.Gamma.Net, report.Expirations.Sum(expiration => expiration.Gamma.Net), 1e-9 * all.Gamma.Gross);
        Assert.Equal(all.Gamma.Net, report.Strikes.Sum(strike => strike.Net), 1e-9 * all.Gamma.Gross);
        Assert.All(report.Expirations, expiration => Assert.True(expiration.Settlement > report.Time, $"{expiration}"));
    }

    // The same figures to the last bit as the system gives live and in replays, for each root as it has them, and at the instant at which the fold answers. The file as if it had been
    // written before the close: in the evening its volume is of the session before, and none of it is of the fold's.
    [Theory]
    [InlineData("SPX")]
    [InlineData("SPXW")]
    public async Task The_canonical_answer_is_that_of_the_fold(string root)
    {
        List<IMarketResult> evening = await FoldAsync(root, TimeSpan.Zero);
        Assert.All(evening.OfType<ChainGexCalculated>().Where(gex => gex.Weight == ChainWeight.Volume), gex => Assert.Equal(0, gex.Gamma.Gross));
        Assert.Equal((0, 0), evening.OfType<MaxPainCalculated>().Select(pain => (pain.Pooled.CallVolume, pain.Pooled.PutVolume)).Single());

        List<IMarketResult> answers = await FoldAsync(root, TimeSpan.FromHours(5));
        var all = answers.OfType<ChainGexCalculated>().Single(gex => gex is { Scope: ChainScope.All, Weight: ChainWeight.OpenInterest });
        foreach (ChainWeight weight in Enum.GetValues<ChainWeight>())
        {
            ChainReport report = ChainAnalysis.Of(RealFiles.Read(RealFiles.Spx, new(Time: all.Time)), new() { Root = root, Weight = weight });
            foreach (var gex in answers.OfType<ChainGexCalculated>().Where(gex => gex.Weight == weight))
            {
                ChainLevels levels = gex.Scope == ChainScope.All ? report.Levels : report.Scopes.Single(scope => scope.Scope == gex.Scope);
                Assert.Equal((gex.Gamma, gex.Delta, gex.Vanna, gex.Charm), (levels.Gamma, levels.Delta, levels.Vanna, levels.Charm));
                Assert.Equal((gex.Flip, gex.Regime, gex.CallWall, gex.PutWall, gex.MaxGamma), (levels.Flip, levels.Regime, levels.CallWall, levels.PutWall, levels.MaxGamma));
                Assert.Equal(gex.Crossings, levels.Crossings);
                Assert.Equal(gex.Model.Used, levels.Contracts);
            }

            Assert.Equal(answers.OfType<ChainGexCalculated>().Single(gex => gex.Scope == ChainScope.All && gex.Weight == weight).Strikes, report.Strikes);
        }

        ChainReport canonical = ChainAnalysis.Of(RealFiles.Read(RealFiles.Spx, new(Time: all.Time)), new() { Root = root });
        var pain = answers.OfType<MaxPainCalculated>().Single();
        Assert.Equal(pain.Pooled, canonical.Pooled);
        Assert.Equal(pain.Expirations.Select(expiration => (expiration.Expiration, expiration.Figures)), canonical.Expirations.Select(expiration => (expiration.Expiration, expiration.MaxPain)));
        Assert.Equal(all.Expirations.Select(expiration => (expiration.Expiration, expiration.Forward, expiration.Net)), canonical.Expirations.Select(expiration => (expiration.Expiration, expiration.Forward, expiration.Gamma.Net)));
    }

    // SPX and SPXW list 3,112 contracts alike. Together they are the sum of both, and nothing is taken for a repetition.
    [Fact]
    public void Roots_that_share_strikes_and_dates_add_up()
    {
        ChainSnapshot chain = RealFiles.Read(RealFiles.Spx);
        ChainReport both = ChainAnalysis.Of(chain, new()), monthly = ChainAnalysis.Of(chain, new() { Root = "SPX" }), weekly = ChainAnalysis.Of(chain, new() { Root = "SPXW" });
        Assert.Equal(["SPX", "SPXW"], both.Roots);
        Assert.Equal(6_224, both.Quality!.Shared);
        Assert.Equal(both.Levels.Gamma.Net, monthly.Levels.Gamma.Net + weekly.Levels.Gamma.Net, 1e-12 * both.Levels.Gamma.Gross);
        Assert.Equal(both.Coverage.Used, monthly.Coverage.Used + weekly.Coverage.Used);
        var third = both.Expirations.Where(expiration => expiration.Expiration == new DateOnly(2022, 12, 16)).ToList();
        Assert.Equal([("SPX", "2022-12-16T14:30:00Z"), ("SPXW", "2022-12-16T21:00:00Z")], third.Select(expiration => (expiration.Root, expiration.Settlement.ToString("yyyy-MM-ddTHH:mm:ssZ"))));
    }

    // data/README.md calls the file dirty: its greeks contradict its volatilities. Others disagree in far strikes, where four decimals are few.
    [Fact]
    public void A_file_whose_greeks_contradict_its_volatilities_is_found_out()
    {
        Assert.InRange(Quality(RealFiles.Dirty).GammasOffShare!.Value, 0.9, 1);
        Assert.InRange(Quality(RealFiles.Spx).GammasOffShare!.Value, 0, 0.01);
        Assert.InRange(Quality(RealFiles.Clean).GammasOffShare!.Value, 0, 0.15);
        Assert.Equal(620, Quality(RealFiles.Dirty).Expired);
        Assert.Equal((286, 654, 3_112 * 2), (Quality(RealFiles.Spx).Expired, Quality(RealFiles.Spx).ZeroVolatilityWithGamma, Quality(RealFiles.Spx).Shared));

        // It flips the sign of the published figure.
        double vendor = ChainAnalysis.Of(RealFiles.Read(RealFiles.Dirty), AnalysisSettings.VendorGamma).Levels.Gamma.Net, canonical = ChainAnalysis.Of(RealFiles.Read(RealFiles.Dirty), new()).Levels.Gamma.Net;
        Assert.True(vendor > 0 && canonical < 0, $"{vendor} {canonical}");

        static ChainQuality Quality(string file) => ChainAnalysis.Of(RealFiles.Read(file), new()).Quality!;
    }

    // By hand: the median of C − P + K·e^(−rT) over the strikes that have both, of the nearest expiration that has three.
    [Fact]
    public void A_spot_that_the_file_does_not_say_is_implied_by_parity()
    {
        ChainSnapshot chain = RealFiles.Read("lean/indexoption/usa/universes/spx/20151223.csv");
        Assert.Equal(0, chain.Spot);
        ChainReport report = ChainAnalysis.Of(chain, new());
        Assert.True(report.IsSpotImplied);

        double[] spots = chain.Rows.GroupBy(row => row.Contract.Expiration).OrderBy(rows => rows.Key).Select(rows => rows.GroupBy(row => row.Contract.Strike).Where(pair => pair.Count() == 2)
            .Select(pair => Last(pair, OptionRight.Call) - Last(pair, OptionRight.Put) + pair.Key * Math.Exp(-0.05 * (Settlement.Of("SPX", rows.Key) - chain.Time).TotalDays / 365)).Order().ToArray())
            .First(spots => spots.Length >= 3);
        Assert.InRange(report.Spot, spots[spots.Length / 2] * 0.995, spots[spots.Length / 2] * 1.005);

        Assert.False(ChainAnalysis.Of(RealFiles.Read(RealFiles.Spx), new()).IsSpotImplied);
        Assert.Equal(2050, ChainAnalysis.Of(RealFiles.Read("lean/indexoption/usa/universes/spx/20151223.csv", new(Spot: 2050)), new()).Spot);

        static double Last(IEnumerable<SnapshotRow> pair, OptionRight right) => pair.Single(row => row.Contract.Right == right).Last;
    }

    // Half a minute before the close hardly anything is in reach of most of the grid: the profile is exactly zero there, and crosses nothing.
    [Fact]
    public void Straight_lines_do_not_cross_where_nothing_is_in_reach()
    {
        ChainSnapshot chain = RealFiles.Read(RealFiles.Spx) with { Time = new(2022, 12, 13, 20, 59, 30, TimeSpan.Zero) };
        var settings = new AnalysisSettings { Scope = ChainScope.ZeroDays };
        double[] refined = [.. ChainAnalysis.Of(chain, settings).Levels.Crossings];
        double[] lines = [.. ChainAnalysis.Of(chain, settings with { Grid = new(0.8, 1.2, 161, IsInterpolated: true) }).Levels.Crossings];
        Assert.NotEmpty(refined);
        Assert.All(lines, crossing => Assert.Contains(refined, other => Math.Abs(other - crossing) < 0.005 * crossing));
    }

    static async Task<List<IMarketResult>> FoldAsync(string root, TimeSpan earlier)
    {
        var refusals = new Refusals("cboe", NullLogger.Instance);
        var feed = new CboeFeed([SharedFiles.Data(RealFiles.Spx)], new NyseCalendar(), refusals);
        var stamper = new Stamper(new GatewaySettings(), new NyseCalendar(), 1, null, new Dictionary<string, StreamState>(), refusals);
        var facts = new List<IMarketFact>();
        DateOnly session = default;
        await foreach (var batch in feed.ReadAsync(null, CancellationToken.None))
        {
            var moved = new FeedBatch(batch.AsOf - earlier, batch.Position);
            foreach (var (name, rows) in batch.Roots)
            {
                moved.For(name).Quotes.AddRange(rows.Quotes.Select(quote => quote with { TimeMicros = quote.TimeMicros - earlier.Ticks / TimeSpan.TicksPerMicrosecond }));
                moved.For(name).Chain.AddRange(rows.Chain);
                moved.For(name).OpenInterestDate = rows.OpenInterestDate;
            }

            session = new NyseCalendar().SessionOf(moved.AsOf);
            facts.AddRange(stamper.Add(moved).SelectMany(beat => beat.Facts));
        }

        facts.AddRange(stamper.End().SelectMany(beat => beat.Facts));
        return BookFolds.Run(root, session, new ChainSettings(), facts.Where(fact => fact.Root == root));
    }
}
