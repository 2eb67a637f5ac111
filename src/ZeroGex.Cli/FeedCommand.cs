using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Cli;

/// <summary><c>zerogex feed</c>: what a feed would say, without a bus: the quickest check of a file.</summary>
static class FeedCommand
{
    public static Command Create()
    {
        var feed = new FeedOptions();
        var batches = new Option<int>("--batches") { Description = "Stop after so many batches; 0 reads to the end.", DefaultValueFactory = _ => 0 };
        var command = new Command("feed", """
            Read a feed and say what it holds: rows per root, refused rows with their places. Nothing is published.
            
            Examples:
              zerogex feed --feed lean --path data/lean --symbol GOOG --date 2015-12-24 --speed max
              zerogex feed --feed cboe --path SPX.csv --speed max
              zerogex feed --batches 100
            """) { batches, RunCommand.Set };
        feed.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
            var (source, _) = feed.Create(parsed, settings, loggers);
            var clock = Stopwatch.StartNew();
            var tallies = new SortedDictionary<string, Tally>(StringComparer.Ordinal);
            (int count, int most) = (0, parsed.GetValue(batches));
            DateTimeOffset first = default, last = default;

            await foreach (var batch in source.ReadAsync(null, cancel))
            {
                if (count == 0) first = batch.AsOf;
                last = batch.AsOf;
                foreach (var (root, facts) in batch.Roots)
                {
                    if (!tallies.TryGetValue(root, out var tally)) tallies[root] = tally = new Tally();
                    tally.Add(facts);
                }

                if (++count == most) break;
            }

            Console.WriteLine("root,quotes,trades,chain_rows,bars");
            foreach (var (root, tally) in tallies) Console.WriteLine($"{root},{tally.Quotes},{tally.Trades},{tally.Chain},{tally.Bars}");
            double seconds = clock.Elapsed.TotalSeconds;
            Console.Error.WriteLine($"{count} batches from {first:O} to {last:O} in {seconds:0.00} s, {tallies.Values.Sum(tally => tally.Quotes) / seconds:0} quotes/s");
            return 0;
        });
        return command;
    }

    sealed class Tally
    {
        public long Quotes, Trades, Chain, Bars;

        public void Add(RootFacts facts)
        {
            Quotes += facts.Quotes.Count;
            Trades += facts.Trades.Count;
            Chain += facts.Chain.Count;
            Bars += facts.Bars.Count;
        }
    }
}
