using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

public sealed class NewtonVolatilityTests
{
    [Fact]
    public void The_price_is_met_within_tolerance_or_a_reason_is_given() => Prop.ForAll(Arb.From(Gen.Choose(0, 1_000_000)), seed =>
    {
        var random = new System.Random(seed);
        double volatility = Math.Exp(8 * random.NextDouble() - 5.5);
        var inputs = new OptionInputs(random.Next(2) == 0, 100, 100 * Math.Exp(random.NextDouble() - 0.5), Math.Exp(9 * random.NextDouble() - 8), volatility, 0.1 * random.NextDouble() - 0.02, 0.03 * random.NextDouble());
        double price = BlackScholes.Evaluate(inputs).Price;
        var settings = new VolatilitySettings();
        var steps = new List<NewtonStep>();
        NewtonResult result = NewtonVolatility.Solve(new PricedOption(inputs.IsCall, price, 100, inputs.Strike, inputs.Years, inputs.Rate, inputs.DividendYield), settings, steps);
        Assert.Equal(result.Iterations, steps.Count);
        switch (result.Reason)
        {
            case VolatilityReason.None:
                double found = BlackScholes.Evaluate(inputs with { Volatility = result.Volatility }).Price;
                Assert.True(Math.Abs(found - price) <= 1e-5, $"{inputs}: {result}");
                Assert.InRange(result.Volatility, settings.Lowest, settings.Highest);
                break;
            case VolatilityReason.BelowLowest:
                Assert.True(volatility < settings.Lowest, $"{inputs}: {result}");
                break;
            case VolatilityReason.AboveHighest:
                Assert.True(volatility > settings.Highest, $"{inputs}: {result}");
                break;
            case VolatilityReason.BelowIntrinsic or VolatilityReason.AboveBound:
                Assert.False(BatchVolatility.Solve(inputs.IsCall, price, 100 * Math.Exp((inputs.Rate - inputs.DividendYield) * inputs.Years), inputs.Strike, inputs.Years, Math.Exp(-inputs.Rate * inputs.Years)) is { IsOk: true, Volatility: > 0.02 and < 4 }, $"{inputs}: {result}");
                break;
            default:
                Assert.Fail($"{inputs}: {result}");
                break;
        }
    }).QuickCheckThrowOnFailure();

    // From 20 %, where vega is dead, Newton alone would be thrown far out of every bound.
    [Fact]
    public void Where_vega_is_dead_the_bracket_is_halved()
    {
        var steps = new List<NewtonStep>();
        double price = BlackScholes.Evaluate(new OptionInputs(true, 100, 160, 0.01, 1.5, 0)).Price;
        NewtonResult result = NewtonVolatility.Solve(new PricedOption(true, price, 100, 160, 0.01, 0), new() { Tolerance = 1e-13 }, steps);
        Assert.Equal(1.5, result.Volatility, 1e-9);
        Assert.Contains(steps, step => step.IsBisection);
        Assert.Equal(0.2, steps[0].Volatility);
        Assert.InRange(result.Iterations, 5, 100);
    }

    [Theory]
    [InlineData(0.3, 5, 0.5, 0.3)]
    [InlineData(0.01, 0.15, 0.12, 0.15)]
    [InlineData(0.01, 5, 0.5, 0.2)]
    public void It_begins_at_the_nearer_bound_where_20_percent_is_beyond(double lowest, double highest, double volatility, double first)
    {
        var steps = new List<NewtonStep>();
        double price = BlackScholes.Evaluate(new OptionInputs(true, 100, 105, 0.25, volatility, 0.03, 0.01)).Price;
        NewtonResult result = NewtonVolatility.Solve(new PricedOption(true, price, 100, 105, 0.25, 0.03, 0.01), new() { Lowest = lowest, Highest = highest }, steps);
        Assert.Equal(first, steps[0].Volatility);
        Assert.All(steps, step => Assert.InRange(step.Volatility, lowest, highest));
        Assert.Equal(volatility, result.Volatility, 1e-5);
    }

    [Fact]
    public void Price_at_a_bound_has_the_bound_and_a_price_beyond_has_none()
    {
        var settings = new VolatilitySettings { Lowest = 0.1, Highest = 0.9, Tolerance = 1e-9 };
        var x = new OptionInputs(true, 100, 105, 0.25, 0, 0.03, 0.01);
        NewtonResult Solve(double price) => NewtonVolatility.Solve(new PricedOption(true, price, 100, 105, 0.25, 0.03, 0.01), settings);
        double lowest = BlackScholes.Evaluate(x with { Volatility = 0.1 }).Price, highest = BlackScholes.Evaluate(x with { Volatility = 0.9 }).Price;
        foreach ((double price, double bound) in new[] { (lowest, 0.1), (lowest - 5e-10, 0.1), (highest, 0.9), (highest + 5e-10, 0.9) })
        {
            NewtonResult result = Solve(price);
            Assert.Equal((VolatilityReason.None, bound), (result.Reason, Math.Round(result.Volatility, 9)));
            Assert.InRange(result.Volatility, 0.1, 0.9);
        }

        Assert.Equal(new NewtonResult(VolatilityReason.BelowLowest, 0, 0), Solve(lowest - 2e-9));
        Assert.Equal(new NewtonResult(VolatilityReason.AboveHighest, 0, 0), Solve(highest + 2e-9));

        // What no volatility gives, bounds or none.
        Assert.Equal(VolatilityReason.BelowIntrinsic, Solve(0).Reason);
        Assert.Equal(VolatilityReason.AboveBound, Solve(100 * PortableMath.Exp(-0.01 * 0.25)).Reason);
        Assert.Equal(VolatilityReason.AboveHighest, Solve(Math.BitDecrement(100 * PortableMath.Exp(-0.01 * 0.25))).Reason);
    }

    [Fact]
    public void Steps_are_bounded() =>
        Assert.Equal(new NewtonResult(VolatilityReason.NotConverged, 0, 2), NewtonVolatility.Solve(new PricedOption(true, 12, 100, 100, 1, 0), new() { MaxIterations = 2, Tolerance = 1e-15 }));

    [Fact]
    public void Nonsense_is_refused() =>
        Assert.Equal(VolatilityReason.InvalidInput, NewtonVolatility.Solve(new PricedOption(true, double.NaN, 100, 100, 1, 0), new()).Reason);

    static readonly QuotedOption Quoted = new(true, 100, 105, 0.25, 0.03, 0.01, FeedVolatility: 0.31, Bid: 2.0, Ask: 2.2, Last: 2.4);

    [Fact]
    public void The_feeds_volatility_is_taken_first_if_it_is_within_bounds()
    {
        Assert.Equal(new ChosenVolatility(0.31, VolatilitySource.Feed, default, default, default), VolatilityLadder.Choose(Quoted, new()));
        Check(Quoted with { FeedVolatility = 0 }, VolatilitySource.Mid, VolatilityReason.Missing);
        Check(Quoted with { FeedVolatility = double.NaN }, VolatilitySource.Mid, VolatilityReason.Missing);
        Check(Quoted with { FeedVolatility = -1 }, VolatilitySource.Mid, VolatilityReason.InvalidInput);
        Check(Quoted with { FeedVolatility = 0.001 }, VolatilitySource.Mid, VolatilityReason.BelowLowest);
        Check(Quoted with { FeedVolatility = 7 }, VolatilitySource.Mid, VolatilityReason.AboveHighest);

        static void Check(QuotedOption option, VolatilitySource source, VolatilityReason feed)
        {
            ChosenVolatility chosen = VolatilityLadder.Choose(option, new());
            Assert.Equal((source, feed), (chosen.Source, chosen.Feed));
            Assert.Equal(2.1, BlackScholes.Evaluate(new OptionInputs(true, 100, 105, 0.25, chosen.Volatility, 0.03, 0.01)).Price, 1e-12);
        }
    }

    // A locked quote has a middle as any other: its one price.
    [Fact]
    public void A_locked_quote_is_taken_at_its_price()
    {
        ChosenVolatility chosen = VolatilityLadder.Choose(Quoted with { FeedVolatility = 0, Bid = 2.2, Ask = 2.2 }, new());
        Assert.Equal((VolatilitySource.Mid, VolatilityReason.None, VolatilityReason.None), (chosen.Source, chosen.Mid, chosen.Last));
        Assert.Equal(2.2, BlackScholes.Evaluate(new OptionInputs(true, 100, 105, 0.25, chosen.Volatility, 0.03, 0.01)).Price, 1e-12);

        chosen = VolatilityLadder.Choose(Quoted with { FeedVolatility = 0, Bid = 2.2, Ask = Math.BitDecrement(2.2) }, new());
        Assert.Equal((VolatilitySource.Last, VolatilityReason.Crossed), (chosen.Source, chosen.Mid));
    }

    [Fact]
    public void A_quote_that_is_none_leaves_it_to_the_last_price()
    {
        QuotedOption option = Quoted with { FeedVolatility = 0 };
        Check(option with { Bid = 0 }, VolatilityReason.NoBid);
        Check(option with { Ask = 1.9 }, VolatilityReason.Crossed);
        Check(option with { Bid = 0, Ask = 0 }, VolatilityReason.Missing);
        Check(option with { Ask = double.PositiveInfinity }, VolatilityReason.NoAsk);
        Check(option with { Bid = 150, Ask = 151 }, VolatilityReason.AboveBound);
        Check(option with { Bid = 80, Ask = 81 }, VolatilityReason.AboveHighest);

        static void Check(QuotedOption option, VolatilityReason mid)
        {
            ChosenVolatility chosen = VolatilityLadder.Choose(option, new());
            Assert.Equal((VolatilitySource.Last, mid, VolatilityReason.None), (chosen.Source, chosen.Mid, chosen.Last));
            Assert.Equal(2.4, BlackScholes.Evaluate(new OptionInputs(true, 100, 105, 0.25, chosen.Volatility, 0.03, 0.01)).Price, 1e-12);
        }
    }

    [Fact]
    public void Nothing_known_is_the_default_and_says_so()
    {
        QuotedOption option = Quoted with { FeedVolatility = 0, Bid = 0, Last = 0 };
        Assert.Equal(new ChosenVolatility(0.2, VolatilitySource.Default, VolatilityReason.Missing, VolatilityReason.NoBid, VolatilityReason.Missing), VolatilityLadder.Choose(option, new()));
        Assert.Equal(VolatilityReason.BelowIntrinsic, VolatilityLadder.Choose(option with { Strike = 50, Last = 10 }, new()).Last);
        Assert.Equal(0.4, VolatilityLadder.Choose(option, new() { Default = 0.4 }).Volatility);
    }
}
