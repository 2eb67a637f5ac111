using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Greeks;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Smiles;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Smiles;

/// <summary>When the volatility fold answers, what a hand-made smile says, and a real chain.</summary>
public sealed class VolatilityFoldTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    static readonly OptionContract Call = new(MarketTape.Session.AddDays(7), 460, OptionRight.Call);
    static readonly OptionContract Put = Call with { Right = OptionRight.Put };

    [Fact]
    public void It_answers_at_most_every_few_seconds_when_something_changed_and_now_and_then_when_nothing_did()
    {
        Script script = new Script(new VolatilityFold(MarketTape.Root, MarketTape.Session, new()), Noon).Beat(0.1);
        for (int second = 1; second <= 8; second++) script.Quotes(second + 0.3, script.Quote(Call, second + 0.1, 5 + second, 5.5 + second)).Beat(second + 0.9);
        script.Beat(140);
        Assert.Equal([2, 7, 12, 72, 132], script.Said<VolatilityCalculated>().Select(answer => (answer.Time - Noon).TotalSeconds));

        script.Quotes(141, script.Quote(Call, 140.9, 13, 13.5)).Beat(150); // The same quote again is nothing new.
        Assert.Equal(5, script.Answers.Count);
    }

    [Fact]
    public void Nothing_is_said_without_a_spot_and_little_with_one_side()
    {
        Script script = new Script(new VolatilityFold(MarketTape.Root, MarketTape.Session, new()), Noon).Beat(0.1);
        script.Quotes(1.3, script.Quote(Call, 1.1, 5, 5.5, spot: 0)).Beat(3);
        Assert.Empty(script.Answers);
        script.Quotes(3.3, script.Quote(Put, 3.1, 15, 15.5)).Beat(5);
        ExpirationVolatility expiration = Assert.Single(Assert.Single(script.Said<VolatilityCalculated>()).Expirations);
        Assert.Equal((OptionRight.Call, "mid"), (Assert.Single(expiration.Smile).Right, expiration.Smile[0].Source));
        Assert.Equal((null, null, null, null, null, null), (expiration.AtTheMoney, expiration.Call25, expiration.Put25, expiration.RiskReversal, expiration.Butterfly, expiration.ExpectedMove));
        Assert.Equal((460, 20.5), (expiration.StraddleStrike, expiration.Straddle));
    }

    // A print's price says what volatility was.
    [Fact]
    public void Last_price_alone_is_left_out()
    {
        Script script = new Script(new VolatilityFold(MarketTape.Root, MarketTape.Session, new()), Noon).Beat(0.1);
        script.Trades(1.3, new OptionTrade(Call, Noon.AddSeconds(1.1), 5, 1, 450, 0)).Beat(3);
        ExpirationVolatility expiration = Assert.Single(Assert.Single(script.Said<VolatilityCalculated>()).Expirations);
        Assert.Empty(expiration.Smile);
        Assert.Equal(new LeftOutQuote(460, OptionRight.Call, "not quoted"), Assert.Single(expiration.LeftOut));
    }

    [Fact]
    public void Levels_are_read_between_the_quotes_next_to_them()
    {
        var smile = new Smile(100, [new(90, false, 0.30, -0.10), new(95, false, 0.26, -0.20), new(98, false, 0.24, -0.40), new(103, true, 0.20, 0.35), new(105, true, 0.18, 0.15)]);
        double low = Math.Log(0.98), high = Math.Log(1.03);
        Assert.Equal(0.24 + (0.20 - 0.24) * -low / (high - low), smile.AtTheForward()!.Value, 1e-12);
        Assert.Equal(0.19, smile.AtDelta(OptionRight.Call, 0.25)!.Value, 1e-12);
        Assert.Equal(0.255, smile.AtDelta(OptionRight.Put, 0.25)!.Value, 1e-12);
        Assert.Null(smile.AtDelta(OptionRight.Call, 0.10)); // Beyond the outermost.
        Assert.Null(smile.AtDelta(OptionRight.Call, 0.45)); // Nearer than the nearest.
        Assert.Equal(0.2, new Smile(100, [new(100, true, 0.2, 0.5)]).AtTheForward());
        Assert.Null(new Smile(100, [new(99, false, 0.2, -0.5)]).AtTheForward());
        Assert.Null(new Smile(100, []).AtTheForward());
    }

    [Theory]
    [InlineData("SPX", "SPX_2022-12-12_2030ET.csv", 200)]
    [InlineData("RUTW", "RUT_2022-12-12_2030ET.csv", 1_000)]
    public async Task Real_smile_is_the_out_of_the_money_side_of_the_greeks(string root, string file, int points)
    {
        var facts = await FactsAsync(root, file);
        var settings = new ChainSettings { ImpliesForwards = true };
        var answer = Run<VolatilityCalculated>(new VolatilityFold(root, Session, settings), facts).Single();
        var greeks = Run<GreeksCalculated>(new GreeksFold(root, Session, settings), facts);
        Assert.Equal(greeks.Select(of => of.Expiration), answer.Expirations.Select(of => of.Expiration));
        foreach (var (expiration, of) in answer.Expirations.Zip(greeks))
        {
            var own = Enumerable.Range(0, of.Strike.Length).Where(i => of.Right[i] == (of.Strike[i] < of.Forward ? OptionRight.Put : OptionRight.Call)).ToList();
            Assert.Equal(own.Where(i => of.Source[i] == "mid").Select(i => (of.Strike[i], of.Right[i], of.Volatility[i])), expiration.Smile.Select(point => (point.Strike, point.Right, point.Volatility)));
            Assert.Equal(own.Where(i => of.Source[i] != "mid").Select(i => (of.Strike[i], of.Right[i], of.Reason[i])), expiration.LeftOut.Select(quote => (quote.Strike, quote.Right, (string?)quote.Reason)));
            Assert.Equal((of.Forward, of.Years), (expiration.Forward, expiration.Years));
        }

        Assert.True(answer.Model.Used > points, $"{answer.Model.Used} points");
    }

    // What everybody knows of an index: puts are dearer than calls, and a straddle costs √(2/π) of the move that it bets on (Brenner and Subrahmanyam 1988).
    [Fact]
    public async Task Real_term_structure_makes_sense()
    {
        var answer = Run<VolatilityCalculated>(new VolatilityFold("RUTW", Session, new() { ImpliesForwards = true }), await FactsAsync("RUTW", "RUT_2022-12-12_2030ET.csv")).Single();
        var months = answer.Expirations.Where(expiration => expiration.Years is > 5 / 365.0 and < 0.6).ToList();
        Assert.True(months.Count > 12, $"{months.Count} expirations");
        Assert.All(months, expiration =>
        {
            Assert.InRange(expiration.AtTheMoney!.Value, 0.18, 0.4);
            Assert.InRange(expiration.RiskReversal!.Value, -0.15, -0.005);
            Assert.InRange(expiration.Straddle!.Value / (Math.Sqrt(2 / Math.PI) * expiration.ExpectedMove!.Value), 0.93, 1.07);
        });
    }

    static readonly DateOnly Session = new(2022, 12, 13);

    static List<T> Run<T>(Analytics.Streams.IFold fold, List<IMarketFact> facts) => [.. facts.SelectMany(fold.Apply).OfType<T>()];

    static async Task<List<IMarketFact>> FactsAsync(string root, string file)
    {
        var refusals = new Refusals("cboe", NullLogger.Instance);
        var feed = new CboeFeed([SharedFiles.Data(Path.Combine("cboe", file))], new NyseCalendar(), refusals);
        var stamper = new Stamper(new GatewaySettings(), new NyseCalendar(), 1, null, new Dictionary<string, StreamState>(), refusals);
        var facts = new List<IMarketFact>();
        await foreach (var batch in feed.ReadAsync(null, TestContext.Current.CancellationToken)) facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        facts.AddRange(stamper.End().SelectMany(beat => beat.Facts));
        return [.. facts.Where(fact => fact.Root == root && VolatilityFold.Inputs.Contains(Contract.Of(fact.GetType()).Kind))];
    }
}
