using Xunit;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Replay;
using ZeroGex.Contracts;
using ZeroGex.IntegrationTests.Replay;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>Quality and alerts in their tables: written again the same, rebuilt from the log, and read.</summary>
public sealed class AlertTableTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alerts_are_one_history_whatever_came_first_and_active_until_resolved()
    {
        await using var database = await TestDatabase.NewAsync();
        ResultTables tables = new(database.Source);
        AlertRaised old = Raised("SPY", "near", Noon.AddDays(-1)) with { Session = new(2026, 1, 15) };
        AlertRaised near = Raised("SPY", "near", Noon), flip = Raised("SPY", "flip", Noon.AddSeconds(5)), other = Raised("QQQ", "near", Noon);
        await tables.WriteAsync([Resolved(near, Noon.AddMinutes(1)), old, near, flip, other], [], Cancel);
        Assert.Equal(0, (await tables.WriteAsync([flip, near, Resolved(near, Noon.AddMinutes(1))], [], Cancel)).Values.Sum()); // Delivered again.

        Assert.Equal(
            ["QQQ|near|17:00|", "SPY|flip|17:00|", "SPY|near|17:00|", "SPY|near|17:00|17:01"],
            await database.RowsAsync("select root, rule, to_char(raised_at at time zone 'UTC', 'HH24:MI'), to_char(resolved_at at time zone 'UTC', 'HH24:MI') from alert_history order by root, rule, raised_at"));

        AlertTable table = new(database.Source);
        Assert.Equal([AlertRow.Of(Resolved(near, Noon.AddMinutes(1))), AlertRow.Of(flip), AlertRow.Of(near), AlertRow.Of(old)], await table.NewestAsync("SPY", null, false, 10, Cancel));
        Assert.Equal([AlertRow.Of(flip), AlertRow.Of(other)], await table.NewestAsync(null, null, isActive: true, 10, Cancel)); // What yesterday left raised is over.
        Assert.Equal([AlertRow.Of(flip)], await table.NewestAsync("SPY", Noon.AddSeconds(1), isActive: true, 10, Cancel));
    }

    [Fact]
    public async Task Findings_that_are_not_well_stand_in_the_log_of_quality()
    {
        await using var database = await TestDatabase.NewAsync();
        QualityCalculated minute = new()
        {
            Root = "SPY", Session = new(2026, 1, 16), Start = Noon.AddMinutes(-1), End = Noon, State = QualityState.Bad, IsOpen = true, Quotes = new(10, 1, 0, 0, 0, 0), Contracts = new(4, 4, 0, 1),
            Inputs = [new("quotes", 10, 1, 2, 61.5)],
            Findings =
            [
                new(QualityIssue.Gap, "quotes", QualityState.Warning, 2, 1, 10), new(QualityIssue.Stale, "quotes", QualityState.Bad, 61.5, 15, 60),
                new(QualityIssue.Crossed, null, QualityState.Ok, 0.1, 0.5, null), new(QualityIssue.NoOpenInterest, null, QualityState.Warning, 0.25, 0.1, null),
            ],
            Model = new(300, 1, 0.25, "1"),
        };
        Assert.Equal(1, (await new ResultTables(database.Source).WriteAsync([minute, minute], [], Cancel)).Values.Sum());
        Assert.Equal(0, (await new ResultTables(database.Source).WriteAsync([minute with { Model = minute.Model with { EngineVersion = "2" } }], [], Cancel)).Values.Sum());
        Assert.Equal(
            [
                "SPY|gap|warning: quotes 2, warning from 1, bad from 10|16:59|17:00|quotes/SPY/2026-01-16|", "SPY|no_open_interest|warning: 0.25, warning from 0.1, bad from never|16:59|17:00||",
                "SPY|stale|bad: quotes 61.5, warning from 15, bad from 60|16:59|17:00|quotes/SPY/2026-01-16|",
            ],
            await database.RowsAsync("""
                select root, issue, detail, to_char(from_time at time zone 'UTC', 'HH24:MI'), to_char(to_time at time zone 'UTC', 'HH24:MI'), stream_id, seq_id from data_quality_log order by issue
                """));
        Assert.Equal(["crossed||ok|0.1|0.5|"], await database.RowsAsync("select issue, input, state, value, warning, bad from quality_findings where issue = 'crossed'"));
    }

    // What would have fired: the log through other rules, into the live table.
    [Fact]
    public async Task Both_tables_come_out_of_the_log()
    {
        await using var database = await TestDatabase.NewAsync();
        await RecordedMarket.RecordAsync(database, minutes: 2);
        FoldSettings settings = new()
        {
            Alerts = new() { Rules = [new() { Name = "any", Metric = AlertMetric.NetGex, Operator = AlertOperator.Moves, Threshold = 1e-6, Cooldown = TimeSpan.FromSeconds(2) }] },
        };
        foreach (TableShape table in (TableShape[])[Tables.QualityMinutes, Tables.Alerts])
        {
            Assert.True((await RebuildAsync(database, table, settings)).Difference.OnlyRight > 0, table.Name);
            Assert.True((await RebuildAsync(database, table, settings)).Difference.IsNone, table.Name);
            int broken = await database.ExecuteAsync($"update {table.Name} set incomplete = not incomplete where time = (select max(time) from {table.Name})");
            Assert.Equal(broken, (await RebuildAsync(database, table, settings)).Difference.Changed);
            Assert.True((await RebuildAsync(database, table, settings)).Difference.IsNone, table.Name);
        }
    }

    static async Task<RebuildReport> RebuildAsync(TestDatabase database, TableShape table, FoldSettings settings)
    {
        await using var version = await TableVersion.BeginAsync(database.Source, database.ConnectionString, table, Cancel);
        return await new TableRebuild(new EventLog(database.Source), table, settings, 2).RunAsync(version, new([], null, null), isDry: false, Cancel);
    }

    static AlertRaised Raised(string root, string rule, DateTimeOffset time) => new()
    {
        Id = $"{rule}/{root}/{time:yyyy-MM-ddTHH:mm:ss}Z", Rule = rule, Root = root, Session = new(2026, 1, 16), Time = time, Metric = "spot", Operator = "within", Scope = "all",
        Severity = AlertSeverity.Warning, Value = -0.2, Threshold = 0.25, Level = 460, Spot = 459.08, Text = "near the wall",
    };

    static AlertResolved Resolved(AlertRaised alert, DateTimeOffset time) => new()
    {
        Id = alert.Id, Rule = alert.Rule, Root = alert.Root, Session = alert.Session, RaisedAt = alert.Time, Time = time, Metric = alert.Metric, Operator = alert.Operator, Scope = alert.Scope,
        Severity = alert.Severity, Value = null, Threshold = alert.Threshold, Text = "away from the wall",
    };
}
