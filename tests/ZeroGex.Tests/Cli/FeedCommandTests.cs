using Xunit;

namespace ZeroGex.Tests.Cli;

/// <summary>What people mistype of a feed is said in words.</summary>
public sealed class FeedCommandTests
{
    [Theory]
    [InlineData("--symbol XYZ", "There is no simulated XYZ; there are SPXW, SPY, QQQ, TSLA, NVDA.")]
    [InlineData("--symbol SPY SPY", "Roots must be given once each.")]
    [InlineData("--quotes -1", "Rates must be from 0 to 10,000,000 quotes and 100,000 prints a second.")]
    [InlineData("--speed max", "Unlimited speed needs Until.")]
    [InlineData("--tick 90", "--tick: write seconds from 0.001 to 60.")]
    [InlineData("--tick NaN", "--tick: write seconds from 0.001 to 60.")]
    public async Task A_market_that_cannot_be_is_refused_with_2_and_the_reason(string options, string reason)
    {
        Answer answer = await ProgramRun.RunAsync(["feed", "--feed", "simulated", .. options.Split(' ')]);
        Assert.Equal(2, answer.Code);
        Assert.EndsWith(reason, answer.Errors.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', answer.Errors.Trim());
    }
}
