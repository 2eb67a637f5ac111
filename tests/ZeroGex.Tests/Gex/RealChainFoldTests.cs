using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gex;

/// <summary>A real chain through feed, stamps and fold gives the bits of the kernels alone, contract by contract.</summary>
public sealed class RealChainFoldTests
{
    static readonly Lazy<Task<IReadOnlyDictionary<string, List<IMarketResult>>>> Answers = new(() => RunAsync(new ChainSettings()));

    [Theory]
    [InlineData("SPX")]
    [InlineData("SPXW")]
    public async Task Levels_and_sums_are_those_of_the_kernels(string root)
    {
        var answers = (await Answers.Value)[root];
        var chain = Rows(answers, root);
        int n = chain.Count;
        double spot = answers.OfType<GreeksCalculated>().First().Spot;
        double[] Fill(double value) => [.. Enumerable.Repeat(value, n)];
        double[][] greeks = [.. Enumerable.Range(0, 10).Select(_ => Fill(0))];
        bool[] isCall = [.. chain.Select(row => row.Contract.Right == OptionRight.Call)];
        double[] strike = [.. chain.Select(row => row.Contract.Strike)], years = [.. chain.Select(row => row.Years)], volatility = [.. chain.Select(row => row.Volatility)];
        BatchGreeks.Evaluate(
            new OptionColumns(isCall, Fill(spot), strike, years, volatility, Fill(0.05), Fill(0)),
            new ValueColumns(greeks[0], greeks[1], greeks[2], greeks[3], greeks[4], greeks[5], greeks[6], greeks[7], greeks[8], greeks[9]), LaneWidth.Scalar);

        var dates = chain.Select(row => row.Contract.Expiration).Distinct().Order().ToList();
        foreach (var scope in Enum.GetValues<ChainScope>())
        {
            var gex = answers.OfType<ChainGexCalculated>().SingleOrDefault(gex => gex.Scope == scope && gex.Weight == ChainWeight.OpenInterest);
            double[] weight = [.. chain.Select(row => IsIn(scope, root, row.Contract.Expiration) ? row.OpenInterest : 0.0)];
            if (chain.All(row => !IsIn(scope, root, row.Contract.Expiration)))
            {
                Assert.Null(gex);
                continue;
            }

            var layout = new ChainLayout(strike, [.. chain.Select(row => dates.IndexOf(row.Contract.Expiration))], dates.Count);
            var exposure = new ChainExposure(layout);
            exposure.Add(0, new ExposureColumns(isCall, greeks[2], greeks[1], greeks[6], greeks[7], weight), spot, LaneWidth.Scalar);
            double[][] sums = [.. Enumerable.Range(0, 4).Select(_ => new double[layout.Strikes.Length])];
            exposure.ByStrike(ExposureMeasure.Gamma, new(sums[0], sums[1], sums[2], sums[3]));
            var levels = GammaLevels.Of(layout.Strikes, new(sums[0], sums[1], sums[2], sums[3]));

            Assert.Equal((levels.MaxGamma, levels.CallWall, levels.PutWall), (gex!.MaxGamma, gex.CallWall, gex.PutWall));
            foreach (var (measure, total) in (ReadOnlySpan<(ExposureMeasure, ExposureTotal)>)
                [(ExposureMeasure.Gamma, gex.Gamma), (ExposureMeasure.Delta, gex.Delta), (ExposureMeasure.Vanna, gex.Vanna), (ExposureMeasure.Charm, gex.Charm)])
            {
                ExposureSum sum = exposure.Total(measure);
                Assert.Equal((sum.Call, sum.Put, sum.Net, sum.Gross), (total.Call, total.Put, total.Net, total.Gross));
            }

            foreach (StrikeExposure rung in gex.Strikes) Assert.Equal(sums[2][layout.Strikes.ToArray().AsSpan().IndexOf(rung.Strike)], rung.Net);
            Assert.Equal(gex.Gamma.Net, gex.Expirations.Sum(expiration => expiration.Net), 1e-9 * gex.Gamma.Gross);

            // Contracts that weigh nothing are in no block of the profile, so that its sums are those of the scope alone.
            var profile = new GammaProfile(new());
            int[] rows = [.. Enumerable.Range(0, n).Where(i => IsIn(scope, root, chain[i].Contract.Expiration))];
            double[] Of(double[] column) => [.. rows.Select(i => column[i])];
            profile.Price(new ProfileColumns([.. rows.Select(i => isCall[i])], Of(strike), Of(years), Of(volatility), Of(Fill(0.05)), Of(Fill(0)), Of(weight)), spot, LaneWidth.Scalar);
            var flip = GammaCrossings.Find(profile, LaneWidth.Scalar);
            Assert.Equal((flip.Flip, flip.Regime), (gex.Flip, gex.Regime));
            Assert.Equal(flip.Crossings, gex.Crossings);
            Assert.Equal(profile.Exposure.ToArray(), gex.Profile);
        }
    }

    // Each alone by the ladder and the scalar formula, in the units in which they are stored.
    [Theory]
    [InlineData("SPX")]
    [InlineData("SPXW")]
    public async Task Every_contract_has_the_volatility_of_the_ladder_and_the_greeks_of_the_formula(string root)
    {
        var answers = (await Answers.Value)[root];
        int sources = 0;
        foreach (var greeks in answers.OfType<GreeksCalculated>())
        {
            Assert.Equal(((Settlement.Of(root, greeks.Expiration) - greeks.Time).TotalDays / 365), greeks.Years, 1e-12);
            for (int i = 0; i < greeks.Strike.Length; i++)
            {
                bool isCall = greeks.Right[i] == OptionRight.Call;
                var chosen = VolatilityLadder.Choose(
                    new QuotedOption(isCall, greeks.Spot, greeks.Strike[i], greeks.Years, 0.05, 0, 0, greeks.Bid[i], greeks.Ask[i], greeks.Last[i]), new VolatilitySettings());
                Assert.Equal((chosen.Volatility, chosen.Source.ToString().ToLowerInvariant()), (greeks.Volatility[i], greeks.Source[i]));
                Assert.Equal(chosen.Mid == VolatilityReason.None ? null : chosen.Mid.ToWords(), greeks.Reason[i]);
                sources |= 1 << (int)chosen.Source;

                var value = BlackScholes.Evaluate(new OptionInputs(isCall, greeks.Spot, greeks.Strike[i], greeks.Years, chosen.Volatility, 0.05));
                double[] expected = [value.Delta, value.Gamma, value.Theta / 365, value.Vega / 100, value.Rho / 100, value.Vanna / 100, value.Charm / 365, value.Vomma / 10_000];
                double[] found = [greeks.Delta[i], greeks.Gamma[i], greeks.Theta[i], greeks.Vega[i], greeks.Rho[i], greeks.Vanna[i], greeks.Charm[i], greeks.Vomma[i]];
                for (int j = 0; j < expected.Length; j++)
                    Assert.True(Math.Abs(expected[j] - found[j]) <= 1e-11 * Math.Abs(expected[j]) + 1e-15, $"{greeks.Expiration} {greeks.Strike[i]} {greeks.Right[i]}, column {j}: {expected[j]:R} {found[j]:R}");
            }
        }

        Assert.True((sources & 0b1010) == 0b1010, $"the file has shown the sources {sources:b}");
    }

    [Theory]
    [InlineData("SPX")]
    [InlineData("SPXW")]
    public async Task Max_pain_is_the_strike_that_pays_least_by_trying_all(string root)
    {
        var answers = (await Answers.Value)[root];
        var pain = answers.OfType<MaxPainCalculated>().Single();
        Assert.Equal(answers.OfType<GreeksCalculated>().Select(greeks => greeks.Expiration), pain.Expirations.Select(expiration => expiration.Expiration));
        foreach (var (expiration, greeks) in pain.Expirations.Zip(answers.OfType<GreeksCalculated>()))
        {
            var paid = greeks.Strike.Distinct().Select(price => (Strike: price, Dollars: Enumerable.Range(0, greeks.Strike.Length).Sum(i =>
                100.0 * greeks.OpenInterest[i]!.Value * Math.Max(0, greeks.Right[i] == OptionRight.Call ? price - greeks.Strike[i] : greeks.Strike[i] - price)))).MinBy(paid => paid.Dollars);
            bool isHeld = greeks.OpenInterest.Any(interest => interest > 0);
            Assert.Equal(isHeld ? paid.Strike : null, expiration.Figures.Strike);
            if (isHeld) Assert.Equal(paid.Dollars, expiration.Figures.Dollars!.Value, 1e-9 * paid.Dollars + 1e-6);
            long calls = Sum(greeks, OptionRight.Call), puts = Sum(greeks, OptionRight.Put);
            Assert.Equal((calls, puts, calls == 0 ? (double?)null : (double)puts / calls), (expiration.Figures.CallOpenInterest, expiration.Figures.PutOpenInterest, expiration.Figures.PutCallOpenInterest));
        }

        static long Sum(GreeksCalculated greeks, OptionRight right) => Enumerable.Range(0, greeks.Strike.Length).Where(i => greeks.Right[i] == right).Sum(i => greeks.OpenInterest[i]!.Value);
    }

    [Fact]
    public async Task Forwards_are_implied_and_the_feed_trusted_when_asked_for()
    {
        var asked = (await RunAsync(new ChainSettings { ImpliesForwards = true, TrustsFeedVolatility = true }, "RUT_2022-12-12_2030ET.csv"))["RUTW"].OfType<GreeksCalculated>().ToList();
        int implied = 0;
        foreach (var greeks in asked)
        {
            var pairs = Enumerable.Range(0, greeks.Strike.Length - 1).Where(i => greeks.Strike[i] == greeks.Strike[i + 1]).ToList();
            double[] Of(Func<int, double> column) => [.. pairs.Select(column)];
            var result = ParityForward.Imply(
                new ParityQuotes(Of(i => greeks.Strike[i]), Of(i => greeks.Bid[i]), Of(i => greeks.Ask[i]), Of(i => greeks.Bid[i + 1]), Of(i => greeks.Ask[i + 1])),
                PortableMath.Exp(-0.05 * greeks.Years), new());
            double expected = result.Status == ParityStatus.Ok ? result.Forward : greeks.Spot * Math.Exp(0.05 * greeks.Years);
            Assert.Equal(expected, greeks.Forward, 1e-11 * expected);
            if (result.Status == ParityStatus.Ok) implied++;
            Assert.Equal("put–call parity, else dividend yield", greeks.Model.ForwardSource);
            Assert.Contains("feed", greeks.Source);
        }

        Assert.True(implied > 5, $"{implied} forwards implied");
    }

    static bool IsIn(ChainScope scope, string root, DateOnly expiration) => scope switch
    {
        ChainScope.All => true,
        ChainScope.ZeroDays => expiration == new DateOnly(2022, 12, 13),
        _ => (expiration.DayOfWeek == DayOfWeek.Friday && expiration.Day is >= 15 and <= 21) || (root == "SPX" && expiration == new DateOnly(2025, 4, 17)) ? scope == ChainScope.Monthly : scope == ChainScope.Weekly,
    };

    static List<(OptionContract Contract, double Years, double Volatility, long OpenInterest)> Rows(List<IMarketResult> answers, string root) =>
        [.. answers.OfType<GreeksCalculated>().SelectMany(greeks => Enumerable.Range(0, greeks.Strike.Length).Select(i => (
            new OptionContract(greeks.Expiration, greeks.Strike[i], greeks.Right[i]), greeks.Years,
            VolatilityLadder.Choose(new QuotedOption(
                greeks.Right[i] == OptionRight.Call, greeks.Spot, greeks.Strike[i], greeks.Years, 0.05, 0, 0, greeks.Bid[i], greeks.Ask[i], greeks.Last[i]), new VolatilitySettings()).Volatility,
            greeks.OpenInterest[i]!.Value)))];

    static async Task<IReadOnlyDictionary<string, List<IMarketResult>>> RunAsync(ChainSettings settings, string file = "SPX_2022-12-12_2030ET.csv")
    {
        var refusals = new Refusals("cboe", NullLogger.Instance);
        var feed = new CboeFeed([SharedFiles.Data(Path.Combine("cboe", file))], new NyseCalendar(), refusals);
        var stamper = new Stamper(new GatewaySettings(), new NyseCalendar(), 1, null, new Dictionary<string, StreamState>(), refusals);
        var facts = new List<IMarketFact>();
        await foreach (var batch in feed.ReadAsync(null, CancellationToken.None)) facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        facts.AddRange(stamper.End().SelectMany(beat => beat.Facts));
        return facts.GroupBy(fact => fact.Root).ToDictionary(root => root.Key, root => BookFolds.Run(root.Key, new DateOnly(2022, 12, 13), settings, root));
    }
}
