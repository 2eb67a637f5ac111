using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;
using static ZeroGex.Tests.Backtest.SomeFacts;

namespace ZeroGex.Tests.Backtest;

/// <summary>The two examples do what their documentation says.</summary>
public sealed class BundledStrategyTests
{
    [Theory]
    [InlineData(105, 95, 104.94, 0)] // The band is 0.0005 of the price.
    [InlineData(105, 95, 104.95, -100)]
    [InlineData(105, 95, 120, -100)]
    [InlineData(105, 95, 95.04, 100)]
    [InlineData(105, 95, 95.05, 0)]
    [InlineData(105, 95, 90, 100)]
    [InlineData(105, null, 110, 0)]
    [InlineData(null, 95, 90, 0)]
    [InlineData(95, 105, 90, 0)] // Walls the wrong way round.
    public void Walls_are_faded(int? call, int? put, double spot, long expected) => Assert.Equal(expected, After(new WallFade(), Chains(call, put, spot)));

    [Theory]
    [InlineData(100.5, -100)]
    [InlineData(100, 0)]
    [InlineData(99, 0)]
    [InlineData(95, 100)]
    public void A_fade_is_over_half_way_back(double then, long expected) => Assert.Equal(expected, After(new WallFade(), Chains(105, 95, 105, then)));

    [Fact]
    public void Walls_are_those_of_the_scope_and_weight_that_are_asked_for()
    {
        (IMarketResult, double)[] others =
        [
            (SomeChain.Of(At(1), 105, 95, scope: ChainScope.ZeroDays), 105), (SomeChain.Of(At(2), 105, 95, weight: ChainWeight.Volume), 105), (SomeWindow.Ending(At(3), call: 105, put: 95), 105),
        ];
        Assert.Equal(0, After(new WallFade(), others));
        Assert.Equal(-7, After(new WallFade(shares: 7, scope: ChainScope.ZeroDays), others));
        Assert.Equal(-100, After(new WallFade(weight: ChainWeight.Volume), others));
        Assert.Equal(0, After(new WallFade(scope: ChainScope.Weekly, weight: ChainWeight.Volume), others));
    }

    [Theory]
    [InlineData(100.0, 100.06, 100)]
    [InlineData(100.0, 100.04, 0)]
    [InlineData(100.0, 99.96, 0)]
    [InlineData(100.0, 99.94, -100)]
    [InlineData(null, 99.0, 0)]
    public void The_side_of_zero_gamma_is_traded(double? zero, double spot, long expected) =>
        Assert.Equal(expected, After(new ZeroGammaSide(), [(SomeWindow.Ending(At(1), zeroGamma: zero), spot)]));

    [Fact]
    public void Within_the_band_a_side_is_kept_and_without_zero_gamma_given_up()
    {
        (IMarketResult, double) above = (SomeWindow.Ending(At(1), zeroGamma: 100), 101), near = (SomeWindow.Ending(At(2), zeroGamma: 100), 99.99), none = (SomeWindow.Ending(At(3)), 99);
        Assert.Equal(100, After(new ZeroGammaSide(), [above, near]));
        Assert.Equal(0, After(new ZeroGammaSide(), [above, near, none]));
    }

    [Fact]
    public void Only_the_nearest_expiration_is_looked_at_or_the_one_that_is_given()
    {
        DateOnly next = Session.AddDays(7);
        (IMarketResult, double) near = (SomeWindow.Ending(At(1), zeroGamma: 100), 101), far = (SomeWindow.Ending(At(2), zeroGamma: 110, expiration: next), 101);
        Assert.Equal(100, After(new ZeroGammaSide(), [near, far]));
        Assert.Equal(-100, After(new ZeroGammaSide(), [far]));
        Assert.Equal(-7, After(new ZeroGammaSide(shares: 7, expiration: next), [near, far]));
        Assert.Equal(-100, After(new ZeroGammaSide(), [near, (SomeWindow.Ending(At(2), zeroGamma: 110, expiration: next) with { Session = next }, 101)])); // The nearest of the next session.
    }

    // 14:30:02 UTC in January is 9:30:02 in New York.
    [Theory]
    [InlineData("09:30:02", 0)]
    [InlineData("09:30:30", 100)]
    public void From_a_time_of_day_on_it_is_flat(string until, long expected)
    {
        var end = TimeOnly.Parse(until, null);
        Assert.Equal(expected, After(new ZeroGammaSide(until: end), [(SomeWindow.Ending(At(1), zeroGamma: 100), 101), (SomeWindow.Ending(At(2), zeroGamma: 100), 101)]));
        Assert.Equal(expected, After(new WallFade(until: end), Chains(105, 95, 95, 95)));
    }

    static (IMarketResult, double)[] Chains(double? call, double? put, params double[] spots) =>
        [.. spots.Select((spot, i) => (SomeChain.Of(At(i + 1), call, put), spot))];

    /// <summary>The position once each result was shown at its spot and orders were filled.</summary>
    static long After(IStrategy strategy, IEnumerable<(IMarketResult Result, double Spot)> results)
    {
        var engine = new BacktestEngine(Root, strategy, new());
        foreach (var (result, spot) in results)
        {
            double end = (result.Time - Open).TotalSeconds;
            engine.Apply(Quotes(end + 0.3, (end + 0.3, spot)));
            engine.Show(result);
            engine.Apply(Quotes(end + 0.4, (end + 0.4, spot)));
        }

        return engine.Now.Position;
    }
}
