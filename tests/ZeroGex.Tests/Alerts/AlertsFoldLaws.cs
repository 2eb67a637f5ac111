using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Alerts;

/// <summary>The laws of alerts, over whole markets; those of every fold are in <see cref="SlicedFoldLaws"/>.</summary>
public sealed class AlertsFoldLaws
{
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(60);
    static readonly FoldSettings Settings = new() { Chain = new() { Grid = new() { Points = 161 } }, Alerts = new() { Rules = SomeRules.Nervous } };

    [Fact]
    public void Every_alert_is_raised_once_and_resolved_at_most_once_after_that()
    {
        Prop.ForAll(MarketTape.Any, tape =>
        {
            HashSet<string> ids = [];
            Dictionary<string, AlertRaised> raised = [];
            Dictionary<string, DateTimeOffset> last = [];
            foreach (IMarketResult answer in Run(tape))
            {
                if (answer is AlertRaised alert)
                {
                    Assert.True(ids.Add(alert.Id), $"{alert.Id} came twice");
                    Assert.True(raised.TryAdd(alert.Rule, alert), $"{alert.Id} was raised while it was");
                    TimeSpan cooldown = SomeRules.Nervous.Single(rule => rule.Name == alert.Rule).Cooldown;
                    if (last.TryGetValue(alert.Rule, out var before)) Assert.True(alert.Time - before >= cooldown, $"{alert.Id} came {alert.Time - before} after the one before");
                    last[alert.Rule] = alert.Time;
                }
                else
                {
                    var resolved = Assert.IsType<AlertResolved>(answer);
                    Assert.True(raised.Remove(resolved.Rule, out AlertRaised? its), $"{resolved.Id} was resolved and not raised");
                    Assert.Equal((its.Id, its.Time), (resolved.Id, resolved.RaisedAt));
                    Assert.True(resolved.Time > its.Time);
                }
            }
        }).Check(Runs);
    }

    // A law that nothing falls under proves nothing. Always the same markets: this is of the rules, not of chance.
    [Fact]
    public void Every_rule_is_raised_and_resolved_in_these_markets()
    {
        List<IMarketResult> said = [];
        Prop.ForAll(MarketTape.Any, tape => said.AddRange(Run(tape.WithGaps(tape.Beats.Length)))).Check(Runs.WithReplay(20260116, 1));
        foreach (AlertRule rule in SomeRules.Nervous.Where(rule => rule.Name is not ("gap" or "bad" or "clever"))) // Nothing is lost here, such data is bad for good, and nobody is clever for two minutes.
            Assert.True(
                said.OfType<AlertRaised>().Any(alert => alert.Rule == rule.Name) && said.OfType<AlertResolved>().Any(alert => alert.Rule == rule.Name), rule.Name);
    }

    // Alerts are told in the order of their moments, whatever they were found in.
    [Fact]
    public void Alerts_come_in_the_order_of_time() => Prop.ForAll(MarketTape.Any, tape =>
    {
        var times = Run(tape).Select(answer => answer.Time).ToList();
        Assert.Equal(times.Order(), times);
    }).Check(Runs);

    static List<IMarketResult> Run(MarketTape tape) =>
        MarketTape.Run(new AlertsFold(MarketTape.Root, MarketTape.Session, Settings), MarketTape.Interleave(tape.Ended().Streams(AlertsFold.Inputs)));
}
