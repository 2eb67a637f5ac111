using Xunit;
using ZeroGex.Cli;

namespace ZeroGex.Tests.Cli;

/// <summary>What the line of a running replay says of its speed.</summary>
public sealed class ReplayScreenTests
{
    [Theory]
    [InlineData(0, 0, 1_000, 10, "░░░░░░░░░░░░░░░░░░░░░░░░ 0 % · 0 events/s …")]
    [InlineData(250, 0, 1_000, 10, "██████░░░░░░░░░░░░░░░░░░ 25 % · 25 events/s … · 0:30 left")]
    [InlineData(1_000, 0, 1_000, 10, "████████████████████████ 100 % · 100 events/s …")]
    [InlineData(500, 500, 1_000, 10, "████████████░░░░░░░░░░░░ 50 % · 0 events/s …")]
    [InlineData(550, 500, 1_000, 10, "█████████████░░░░░░░░░░░ 55 % · 5 events/s … · 1:30 left")]
    [InlineData(400, 500, 1_000, 10, "█████████░░░░░░░░░░░░░░░ 40 % · 0 events/s …")] // Half of what is being skipped is counted yet.
    [InlineData(0, 0, 0, 10, "░░░░░░░░░░░░░░░░░░░░░░░░ 0 % · 0 events/s …")]
    public void Speed_and_rest_are_of_what_this_go_has_read(long events, long skipped, long total, double seconds, string line) =>
        Assert.Equal(line, ReplayScreen.Line(events, skipped, total, seconds, " …"));
}
