using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Greeks;
using ZeroGex.Analytics.MaxPain;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Smiles;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Gex;

/// <summary>When the folds of a book answer, and what they know by then.</summary>
public sealed class BookFoldTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    static readonly OptionContract Call = new(MarketTape.Session.AddDays(7), 450, OptionRight.Call);
    static readonly OptionContract Put = Call with { Right = OptionRight.Put };
    static readonly OptionContract Today = Call with { Expiration = MarketTape.Session };

    [Fact]
    public void It_answers_once_a_second_when_something_changed_and_now_and_then_when_nothing_did()
    {
        Script script = Moving(Chain());
        Assert.Equal([1, 2, 3, 4, 64, 124, 184], Seconds(script, ChainScope.All, ChainWeight.OpenInterest)); // Ends of slices.
        Assert.Equal([1, 6, 66, 126, 186], Seconds(script, ChainScope.All, ChainWeight.Volume)); // At most every five seconds.
        Assert.Equal([1, 61, 121, 181], Moving(Greeks()).Said<GreeksCalculated>().Select(greeks => (greeks.Time - Noon).TotalSeconds));
        Assert.Equal([0, 60, 120, 180], Moving(MaxPain()).Said<MaxPainCalculated>().Select(pain => (pain.Time - Noon).TotalSeconds)); // Open interest came before a price did.

        script.Beat(100_000); // From noon in New York to 16:00.
        Assert.Equal(239, Seconds(script, ChainScope.All, ChainWeight.OpenInterest).Count(second => second > 4));
    }

    // Three seconds of quotes, then one that is nothing new, then none.
    static Script Moving(IFold fold)
    {
        Script script = Open(fold);
        for (int second = 1; second <= 3; second++)
            script.Quotes(second + 0.3, script.Quote(Call, second + 0.1, 5 + second, 5.5 + second), script.Quote(Call, second + 0.2, 5 + second, 5.6 + second)).Beat(second + 0.9);
        return script.Beat(10 + 0.9).Quotes(11, script.Quote(Call, 10.95, 8, 8.6)).Beat(200);
    }

    [Fact]
    public void Late_quote_is_counted_and_counts_if_it_is_news()
    {
        Script script = Open(Greeks());
        script.Quotes(2, script.Quote(Call, 1.9, 6, 6.5)).Beat(4);
        script.Quotes(4.1, script.Quote(Put, 1.2, 3, 3.5), script.Quote(Call, 1.2, 1, 1.5)).Beat(7);
        Assert.Equal(2, script.Fold.Late);
        script.Beat(70);
        var greeks = script.Said<GreeksCalculated>().Last();
        Assert.Equal([6, 3], greeks.Bid); // The call's was older than what was known of it.
    }

    // Reference data has no time of its own: it belongs to the oldest slice open on its stream's clock before it came.
    [Fact]
    public void Open_interest_counts_from_the_slice_that_was_open_when_it_came()
    {
        Script script = Open(Chain());
        script.Quotes(1.5, script.Quote(Call, 1.4, 5, 5.51)).Beat(2.1);
        script.Chain(3.4, new ChainRow(Call, OpenInterest: 200)).Beat(6);
        double[] calls = [.. script.Said<ChainGexCalculated>().Where(gex => gex is { Scope: ChainScope.All, Weight: ChainWeight.OpenInterest }).Select(gex => gex.Gamma.Call)];
        Assert.Equal(2, calls.Length); // At 1, and at 2, for at 2.1 the slice that ends there was still open.
        Assert.Equal([1, 2], Seconds(script, ChainScope.All, ChainWeight.OpenInterest));
        Assert.True(calls[1] > 1.9 * calls[0], $"{calls[0]} {calls[1]}");
    }

    [Fact]
    public void Volume_is_the_running_count_or_the_prints_whichever_is_more_and_never_goes_back()
    {
        Script script = Open(MaxPain());
        script.Quotes(1.2, script.Quote(Call, 1.1, 6, 6.5, volume: 40)).Trades(1.2, Print(Call, 1.1, 25), Print(Put, 1.1, 7)).Beat(3);
        script.Quotes(3.2, script.Quote(Call, 3.1, 6, 6.5, volume: 30)).Trades(3.2, Print(Put, 3.1, 5)).Beat(70);
        var pain = script.Said<MaxPainCalculated>().Last();
        Assert.Equal((40, 12), (pain.Pooled.CallVolume, pain.Pooled.PutVolume));
        Assert.Equal(12 / 40.0, pain.Pooled.PutCallVolume);
        Assert.Null(script.Said<MaxPainCalculated>().First().Pooled.PutCallVolume); // No call had traded.

        OptionTrade Print(OptionContract contract, double second, int size) => new(contract, script.At(second), 6.1, size, 450, 0);
    }

    // Before the bell a feed counts yesterday's contracts, and one that begins anew counts less. What it said then is not of today, and does not stand in the way of today's.
    [Fact]
    public void Volume_of_the_day_before_is_gone_with_the_bell()
    {
        var bell = new DateTimeOffset(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);
        var second = new ChainSettings { GreeksEvery = TimeSpan.FromSeconds(1) };
        Script script = Open(MaxPain(second), bell.AddSeconds(-20));
        script.Quotes(1.2, script.Quote(Call, 1.1, 6, 6.5, volume: 9_000)).Beat(3);
        script.Quotes(21.2, script.Quote(Call, 21.1, 6, 6.6, volume: 12)).Beat(24);
        script.Quotes(30.2, script.Quote(Call, 30.1, 6, 6.7, volume: 40)).Quotes(31.2, script.Quote(Call, 31.1, 6, 6.8, volume: 39)).Beat(100);
        Assert.Equal([0, 12, 40], script.Said<MaxPainCalculated>().Select(pain => pain.Pooled.CallVolume).Distinct());

        // One with a delay says the same for a while after the bell.
        script = Open(MaxPain(second), bell.AddSeconds(-20));
        script.Quotes(1.2, script.Quote(Call, 1.1, 6, 6.5, volume: 9_000)).Quotes(25.2, script.Quote(Call, 25.1, 6, 6.6, volume: 9_000)).Trades(26.2, new OptionTrade(Call, script.At(26.1), 6.5, 4, 450, 0)).Beat(28);
        script.Quotes(30.2, script.Quote(Call, 30.1, 6, 6.7, volume: 7)).Quotes(31.2, script.Quote(Call, 31.1, 6, 6.8, volume: 9)).Beat(100);
        Assert.Equal([0, 4, 7, 9], script.Said<MaxPainCalculated>().Select(pain => pain.Pooled.CallVolume).Distinct());

        // A contract that has not traded today before the bell may do so at night.
        script = Open(MaxPain(second), bell.AddHours(-6));
        script.Quotes(1.2, script.Quote(Call, 1.1, 6, 6.5, volume: 0)).Quotes(5.2, script.Quote(Call, 5.1, 6, 6.6, volume: 3)).Beat(100);
        Assert.Equal([0, 3], script.Said<MaxPainCalculated>().Select(pain => pain.Pooled.CallVolume).Distinct());

        // The same from one who counts anew before the bell; and what comes late from before it changes nothing.
        script = Open(MaxPain(second), bell.AddSeconds(-20));
        script.Quotes(1.2, script.Quote(Call, 1.1, 6, 6.5, volume: 9_000)).Quotes(5.2, script.Quote(Call, 5.1, 6, 6.6, volume: 3)).Beat(7).Quotes(25.2, script.Quote(Call, 25.1, 6, 6.7, volume: 5), script.Quote(Call, 1.15, 6, 6.5, volume: 9_000)).Beat(100);
        Assert.Equal([0, 3, 5], script.Said<MaxPainCalculated>().Select(pain => pain.Pooled.CallVolume).Distinct());
    }

    // Reference data says no time: its volatility stands in until a quote comes, whose feed gives one or gives none.
    [Theory]
    [InlineData(null, "mid")]
    [InlineData(0.0, "mid")]
    [InlineData(0.35, "feed")]
    public void A_volatility_of_reference_data_is_gone_with_the_first_quote(double? said, string source)
    {
        var script = new Script(Greeks(new() { TrustsFeedVolatility = true, GreeksEvery = TimeSpan.FromSeconds(1) }), Noon);
        script.Beat(0.1).Chain(0.2, new ChainRow(Call, 100, Volatility: 0.3)).Quotes(0.3, script.Quote(Put, 0.2, 5, 5.5)).Beat(3);
        script.Quotes(5.3, script.Quote(Call, 5.2, 6, 6.5, volatility: said)).Beat(8);
        var told = script.Said<GreeksCalculated>().Select(greeks => (greeks.Model.Volatilities[0].What, Contracts: greeks.Model.Volatilities.Length)).ToList();
        Assert.Equal(("feed", 2), told[0]);
        Assert.Equal((source, source == "mid" ? 1 : 2), told[^1]);
    }

    [Fact]
    public void Expired_contracts_are_forgotten_and_what_comes_of_them_later_is_not_taken_in()
    {
        Script script = Open(Chain(), new DateTimeOffset(2026, 1, 16, 20, 59, 50, TimeSpan.Zero));
        script.Quotes(1.2, script.Quote(Today, 1.1, 0.2, 0.3), script.Quote(Call, 1.1, 6, 6.5)).Chain(1.2, new ChainRow(Today, 50)).Beat(8);
        Assert.Contains(script.Said<ChainGexCalculated>(), gex => gex is { Scope: ChainScope.ZeroDays, Expirations: [{ Call: > 0 }] });
        int before = script.Answers.Count;

        script.Quotes(12.2, script.Quote(Today, 12.1, 0, 0.1), script.Quote(Call, 12.1, 6, 6.6)).Beat(20);
        var after = script.Answers[before..].OfType<ChainGexCalculated>().ToList();
        Assert.DoesNotContain(after, gex => gex.Scope == ChainScope.ZeroDays);
        Assert.All(after.Where(gex => gex.Scope == ChainScope.All), gex => Assert.Contains(new ContractCount("expired", 1), gex.Model.LeftOut));
        Assert.All(after.SelectMany(gex => gex.Expirations), expiration => Assert.NotEqual(MarketTape.Session, expiration.Expiration));
    }

    [Fact]
    public void Nothing_is_calculated_without_a_spot_but_max_pain_is()
    {
        Assert.Empty(WithoutSpot(Chain()));
        Assert.Empty(WithoutSpot(Greeks()));
        var pain = Assert.IsType<MaxPainCalculated>(Assert.Single(WithoutSpot(MaxPain())));
        Assert.Null(pain.Spot);
        Assert.Equal(new MaxPainFigures(450, 0, 100, 50, 0, 0, 0.5, null), pain.Pooled);

        static List<IMarketResult> WithoutSpot(IFold fold)
        {
            var script = new Script(fold, Noon);
            return script.Beat(0.1).Chain(0.2, new ChainRow(Call, 100), new ChainRow(Put, 50)).Quotes(0.5, script.Quote(Call, 0.4, 6, 6.5, spot: 0)).Beat(3).Answers;
        }
    }

    // The slice that was open on the broken input's clock, and all later ones; other inputs have passed it already.
    [Fact]
    public void Lost_message_marks_what_comes_after_it()
    {
        Script script = Open(Chain());
        script.Quotes(1.3, script.Quote(Call, 1.2, 6, 6.5)).Beat(3.3);
        script.Lose("quotes").Quotes(4.9, script.Quote(Call, 4.1, 7, 7.5)).Beat(7);
        Assert.Equal(1, script.Fold.Lost);
        Assert.Equal([(1.0, false), (2, false), (5, true)], script.Said<ChainGexCalculated>()
            .Where(gex => gex is { Scope: ChainScope.All, Weight: ChainWeight.OpenInterest }).Select(gex => ((gex.Time - Noon).TotalSeconds, gex.Incomplete)));
    }

    // By differences of American prices, at the volatility that gives the mid back. Without dividends a call is never exercised early.
    [Fact]
    public void American_gammas_are_a_column_beside_the_others()
    {
        var deep = new OptionContract(MarketTape.Session.AddDays(60), 520, OptionRight.Put);
        var never = deep with { Strike = 400, Right = OptionRight.Call };
        var script = new Script(Greeks(new() { Style = PricingStyle.American }), Noon);
        script.Beat(0.1).Quotes(0.3, script.Quote(deep, 0.2, 71.9, 72.1), script.Quote(never, 0.2, 54.9, 55.1), script.Quote(deep with { Strike = 700 }, 0.2, 249, 251)).Beat(3);
        var greeks = script.Said<GreeksCalculated>().First();

        int put = greeks.Strike.IndexOf(520), call = greeks.Strike.IndexOf(400);
        Assert.Equal(greeks.Gamma[call], greeks.AmericanGamma[call]!.Value, 1e-6 * greeks.Gamma[call]);

        double volatility = Volatility(greeks, put, 72);
        Assert.True(volatility < greeks.Volatility[put] - 0.01, $"{volatility} {greeks.Volatility[put]}");
        double Price(double spot) => AmericanOption.Price(new OptionInputs(false, spot, 520, greeks.Years, volatility, 0.05, 0), AmericanAccuracy.Precise);
        double step = 2, differences = (Price(450 + step) - 2 * Price(450) + Price(450 - step)) / (step * step);
        Assert.Equal(differences, greeks.AmericanGamma[put]!.Value, 0.02 * differences);
        Assert.True(Math.Abs(differences / greeks.Gamma[put] - 1) > 0.02, $"{differences} {greeks.Gamma[put]}");
        Assert.Contains("American", greeks.Model.Convention, StringComparison.Ordinal);

        Assert.All(Open(Greeks()).Beat(3).Said<GreeksCalculated>(), european => Assert.True(european.AmericanGamma.IsEmpty && !european.Model.Convention.Contains("American", StringComparison.Ordinal)));

        static double Volatility(GreeksCalculated greeks, int row, double price)
        {
            double low = 0.01, high = 2;
            while (high - low > 1e-10)
            {
                double middle = (low + high) / 2;
                if (AmericanOption.Price(new OptionInputs(false, greeks.Spot, greeks.Strike[row], greeks.Years, middle, 0.05, 0)) < price) low = middle;
                else high = middle;
            }

            return low;
        }
    }

    static ChainFold Chain(ChainSettings? settings = null) => new(MarketTape.Root, MarketTape.Session, settings ?? new());

    static GreeksFold Greeks(ChainSettings? settings = null) => new(MarketTape.Root, MarketTape.Session, settings ?? new());

    static MaxPainFold MaxPain(ChainSettings? settings = null) => new(MarketTape.Root, MarketTape.Session, settings ?? new());

    // Calls that a yield makes worth exercising early, and puts that the rate does: parity of the prices as they are is off by far more than that of their European twins.
    [Fact]
    public void Forwards_of_American_options_are_implied_without_early_exercise()
    {
        var expiration = MarketTape.Session.AddDays(182);
        ChainSettings settings = new() { ImpliesForwards = true };
        double years = 0, forward = 0;
        double[] implied = [.. new[] { PricingStyle.European, PricingStyle.American }.Select(exercise =>
        {
            var script = new Script(Greeks(settings with { Exercise = exercise }), Noon);
            script.Beat(0.1).Quotes(0.3, [.. from strike in Enumerable.Range(0, 13).Select(i => 420.0 + 5 * i) from right in new[] { OptionRight.Call, OptionRight.Put } select Quoted(script, strike, right)]).Beat(3);
            GreeksCalculated greeks = script.Said<GreeksCalculated>().First();
            (years, forward) = (greeks.Years, 450 * Math.Exp((0.05 - 0.01) * greeks.Years));
            Assert.Equal(exercise == PricingStyle.American, greeks.Model.ForwardSource.Contains("without early exercise", StringComparison.Ordinal));
            Assert.Equal(60, greeks.Model.EverySeconds);
            return greeks.Forward;
        })];
        Assert.True(Math.Abs(implied[1] - forward) < 0.2 * Math.Abs(implied[0] - forward), $"{implied[1]:R} of {forward:R}, unconverted {implied[0]:R}");

        Quote Quoted(Script script, double strike, OptionRight right)
        {
            double price = AmericanOption.Price(new(right == OptionRight.Call, 450, strike, 182.0 / 365 + 4 / 8760.0, 0.22, 0.05, 0.01), AmericanAccuracy.Precise);
            return script.Quote(new(expiration, strike, right), 0.2, price - 0.01, price + 0.01);
        }
    }

    // Of two expirations one has puts that nobody bids for: its forward is the yield's, and which is which is said.
    [Fact]
    public void Results_say_whose_forward_is_implied()
    {
        DateOnly near = MarketTape.Session.AddDays(30), far = MarketTape.Session.AddDays(60);
        foreach (bool isAsked in (bool[])[true, false])
        {
            List<IMarketResult> answers = [];
            foreach (IFold fold in (IFold[])[Chain(new() { ImpliesForwards = isAsked }), Greeks(new() { ImpliesForwards = isAsked }), new VolatilityFold(MarketTape.Root, MarketTape.Session, new() { ImpliesForwards = isAsked })])
            {
                var script = new Script(fold, Noon).Beat(0.1);
                script.Quotes(0.3, [.. from strike in Enumerable.Range(0, 13).Select(i => 420.0 + 5 * i) from right in new[] { OptionRight.Call, OptionRight.Put } from date in new[] { near, far } select Quoted(script, strike, right, date)]).Beat(3);
                answers.AddRange(script.Answers);
            }

            Assert.All(answers.OfType<ChainGexCalculated>().Where(gex => gex.Scope == ChainScope.All), gex => Assert.Equal(isAsked ? [near] : [], gex.Model.ImpliedForwards));
            Assert.Equal(isAsked ? [near] : [], answers.OfType<VolatilityCalculated>().First().Model.ImpliedForwards);
            Assert.All(answers.OfType<GreeksCalculated>(), greeks => Assert.Equal(isAsked && greeks.Expiration == near ? [near] : [], greeks.Model.ImpliedForwards));
        }

        Quote Quoted(Script script, double strike, OptionRight right, DateOnly date)
        {
            double price = BlackScholes.Evaluate(new OptionInputs(right == OptionRight.Call, 440, strike, (date.DayNumber - MarketTape.Session.DayNumber) / 365.0, 0.22, 0.05)).Price;
            return script.Quote(new(date, strike, right), 0.2, right == OptionRight.Put && date == far ? 0 : price - 0.01, price + 0.01);
        }
    }

    [Fact]
    public void Exposures_say_how_often_they_are_made()
    {
        Script script = Open(Chain()).Beat(3);
        Assert.Equal([1, 5], script.Said<ChainGexCalculated>().Where(gex => gex.Scope == ChainScope.All).OrderBy(gex => gex.Weight).Select(gex => gex.Model.EverySeconds!.Value));
    }

    /// <summary>A call and a put with open interest at noon, and one quote, answered at second 1.</summary>
    static Script Open(IFold fold, DateTimeOffset? start = null)
    {
        var script = new Script(fold, start ?? Noon);
        return script.Beat(0.1).Chain(0.2, new ChainRow(Call, 100), new ChainRow(Put, 50)).Quotes(0.3, script.Quote(Call, 0.2, 5, 5.5)).Beat(0.4);
    }

    static IEnumerable<double> Seconds(Script script, ChainScope scope, ChainWeight weight) =>
        script.Said<ChainGexCalculated>().Where(gex => gex.Scope == scope && gex.Weight == weight).Select(gex => (gex.Time - Noon).TotalSeconds);
}
