using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Alerts;

/// <summary>A real half day of a whole chain: what is counted is there, and what is raised is what anybody would raise who looked at the published exposures.</summary>
public sealed class RealDayTests
{
    const string Root = "GOOG";

    static readonly DateOnly Day = new(2015, 12, 24);
    static readonly Lazy<Task<List<IMarketFact>>> Facts = new(() => ReadAsync(2_000));
    static readonly Lazy<Task<List<IMarketResult>>> Minutes = new(() => RunAsync(Folds.Quality)), Alerts = new(() => RunAsync(Folds.Alerts));

    [Fact]
    public async Task Quality_counts_every_row_of_the_day()
    {
        var facts = await Facts.Value;
        var minutes = (await Minutes.Value).Cast<QualityCalculated>().ToList();
        var quotes = facts.OfType<QuotesObserved>().SelectMany(message => Enumerable.Range(0, message.Contract.Length).Select(i => (Bid: message.Bid[i], Ask: message.Ask[i], message.BidSize, message.AskSize, At: i))).ToList();
        Assert.Equal(275_552, quotes.Count);
        Assert.Equal(
            new QuoteQuality(
                quotes.Count, quotes.Count(quote => quote.Ask > 0 && quote.Bid > quote.Ask), quotes.Count(quote => quote.Bid > 0 && quote.Bid == quote.Ask),
                quotes.Count(quote => quote.Bid > 0 != quote.Ask > 0), quotes.Count(quote => quote.Bid == 0 && quote.Ask == 0),
                quotes.Count(quote => (quote.Bid > 0 && quote.BidSize[quote.At] == 0) || (quote.Ask > 0 && quote.AskSize[quote.At] == 0))),
            new QuoteQuality(
                minutes.Sum(minute => minute.Quotes.Rows), minutes.Sum(minute => minute.Quotes.Crossed), minutes.Sum(minute => minute.Quotes.Locked),
                minutes.Sum(minute => minute.Quotes.OneSided), minutes.Sum(minute => minute.Quotes.Empty), minutes.Sum(minute => minute.Quotes.WithoutSize)));
        Assert.Equal(facts.OfType<TradesObserved>().Sum(message => message.Trades.Length), minutes.Sum(minute => minute.Inputs.Single(input => input.Kind == "trades").Rows));
        Assert.Equal(0, minutes.Sum(minute => minute.Inputs.Sum(input => input.Lost + input.Late)));
        Assert.All(minutes.Where(minute => minute.IsOpen).Skip(1), minute => Assert.Contains(minute.Findings, finding => finding is { Issue: QualityIssue.Stale, Input: "quotes", State: not QualityState.Bad }));
        Assert.Equal(new(2015, 12, 24, 18, 0, 0, TimeSpan.Zero), minutes.Last(minute => minute.IsOpen).End); // A half day.
    }

    [Fact]
    public async Task Alerts_are_those_of_the_published_exposures()
    {
        var facts = await Facts.Value;
        FoldSettings settings = new();
        var exposures = facts.Where(fact => fact is not BarsObserved).SelectMany(new ChainFold(Root, Day, settings.Chain).Apply).OfType<ChainGexCalculated>()
            .Where(gex => gex is { Scope: ChainScope.All, Weight: ChainWeight.OpenInterest }).ToList();
        var alerts = await Alerts.Value;

        // Near a wall, said naively.
        foreach (var (rule, wall) in ((string, Func<ChainGexCalculated, double?>)[])[("call-wall-near", gex => gex.CallWall), ("put-wall-near", gex => gex.PutWall)])
        {
            List<(DateTimeOffset, bool)> expected = [];
            DateTimeOffset? raised = null, last = null;
            foreach (ChainGexCalculated gex in exposures)
            {
                if (wall(gex) is not { } strike) continue;
                double distance = Math.Abs((gex.Spot / strike - 1) * 100);
                if (raised is not null && distance > 0.4)
                {
                    expected.Add((gex.Time, false));
                    raised = null;
                }
                else if (raised is null && distance <= 0.25 && !(gex.Time - last < TimeSpan.FromMinutes(15)))
                {
                    expected.Add((gex.Time, true));
                    raised = last = gex.Time;
                }
            }

            Assert.Equal(expected, alerts.Where(alert => alert switch { AlertRaised one => one.Rule == rule, AlertResolved one => one.Rule == rule, _ => false }).Select(alert => (alert.Time, alert is AlertRaised)));
        }

        Assert.NotEmpty(alerts);
        string[] rules = [.. BuiltInRules.All.Select(rule => rule.Name)];
        Assert.All(alerts.OfType<AlertRaised>(), alert => Assert.Contains(alert.Rule, rules));
        var counts = alerts.OfType<AlertRaised>().GroupBy(alert => alert.Rule).ToDictionary(group => group.Key, group => group.Count());
        Assert.True(counts.Values.All(count => count <= 8), string.Join(", ", counts)); // Quiet enough for a day.
    }

    [Fact]
    public async Task Day_cut_finely_gives_the_same_minutes_and_alerts()
    {
        var (facts, fine) = (await Facts.Value, await ReadAsync(137));
        Assert.True(fine.Count > facts.Count + 500);
        Assert.Equal(MarketTape.Text(await Minutes.Value), MarketTape.Text(fine.SelectMany(Folds.Quality.Create(Root, Day, new()).Apply)));
        Assert.Equal(MarketTape.Text(await Alerts.Value), MarketTape.Text(fine.SelectMany(Folds.Alerts.Create(Root, Day, new()).Apply)));
    }

    static async Task<List<IMarketResult>> RunAsync(FoldSpec spec) => [.. (await Facts.Value).SelectMany(spec.Create(Root, Day, new()).Apply)];

    static async Task<List<IMarketFact>> ReadAsync(int maxRows)
    {
        var refusals = new Refusals("lean", NullLogger.Instance);
        var feed = new LeanFeed(new(SharedFiles.Data("lean"), Root, [Day]), new NyseCalendar(), refusals);
        var stamper = new Stamper(new GatewaySettings { MaxRows = maxRows }, new NyseCalendar(), 1, null, new Dictionary<string, StreamState>(), refusals);
        List<IMarketFact> facts = [];
        await foreach (var batch in feed.ReadAsync(null, CancellationToken.None)) facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        facts.AddRange(stamper.End().SelectMany(beat => beat.Facts));
        return [.. facts.Where(fact => fact is not FeedStateChanged)];
    }
}
