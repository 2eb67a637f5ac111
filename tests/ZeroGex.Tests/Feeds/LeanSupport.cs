using Microsoft.Extensions.Logging;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Tests.Feeds;

/// <summary>Compares batches fact by fact; records compare by value, so every column counts.</summary>
static class SameBatches
{
    public static void Assert(IReadOnlyList<FeedBatch> expected, IReadOnlyList<FeedBatch> actual)
    {
        Xunit.Assert.Equal(expected.Select(x => (x.AsOf, x.Position)), actual.Select(x => (x.AsOf, x.Position)));
        for (int i = 0; i < expected.Count; i++)
        {
            Xunit.Assert.Equal(expected[i].Roots.Keys, actual[i].Roots.Keys);
            foreach (var (root, facts) in expected[i].Roots)
            {
                var other = actual[i].Roots[root];
                Xunit.Assert.True(
                    facts.Quotes.SequenceEqual(other.Quotes)
                    && facts.Trades.SequenceEqual(other.Trades)
                    && facts.Chain.SequenceEqual(other.Chain)
                    && facts.OpenInterestDate == other.OpenInterestDate
                    && facts.Bars.SequenceEqual(other.Bars)
                    && facts.Notices.SequenceEqual(other.Notices),
                    $"{root} differs at {expected[i].AsOf:O}");
            }
        }
    }
}

/// <summary>Keeps what was logged.</summary>
sealed class ListLogger : ILogger
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add(formatter(state, exception));
}
