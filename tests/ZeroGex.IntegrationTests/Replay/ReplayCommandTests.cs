using System.Globalization;
using System.Text.Json;
using Npgsql;
using Xunit;
using ZeroGex.IntegrationTests.EndToEnd;

namespace ZeroGex.IntegrationTests.Replay;

/// <summary>The commands as people run them, on what one process has recorded and stored.</summary>
public sealed class ReplayCommandTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recorded_session_is_verified_replayed_compared_shown_and_removed()
    {
        await using var site = await Site.EmbeddedAsync();
        site.StartAs("market", "run", "--role", "all", "--feed", "simulated", "--from", "2026-01-16T14:30:00Z", "--until", "2026-01-16T14:31:00Z", "--speed", "max", "--quotes", "5", "--until-end");
        await site.ExitsWellAsync("market");

        Assert.Contains("are the same, every column", await site.RunAsync(0, "replay", "verify", "--date", "2026-01-16"), StringComparison.Ordinal);
        await ExecuteAsync(site, "delete from inferred_gexray3 where (time, ticker, expiration) = (select time, ticker, expiration from inferred_gexray3 where ticker = 'SPY' order by time, expiration limit 1)");
        await ExecuteAsync(site, "update traded_gex set zero_gamma = zero_gamma + 1e-9 where (time, root, expiration, measure) = (select time, root, expiration, measure from traded_gex where zero_gamma is not null order by time, root limit 1)");
        string told = await site.RunAsync(7, "replay", "verify", "--date", "2026-01-16");
        Assert.Contains("traded_gex, first difference: time 2026-01-16T14:30:", told, StringComparison.Ordinal);
        Assert.Contains("zero_gamma is", told, StringComparison.Ordinal);
        Assert.Contains("only in replay_verify_20260116", told, StringComparison.Ordinal);

        string hash = Hash(await site.RunAsync(0, "replay", "--from", "2026-01-16", "--name", "day", "--fold", "gex", "-f", "json"));
        site.Set("DOTNET_EnableAVX512", "0"); // Another process, other instructions, one thread.
        Assert.Equal(hash, Hash(await site.RunAsync(0, "replay", "--from", "2026-01-16", "--name", "narrow", "--fold", "gex", "--threads", "1", "-f", "json")));
        site.Set("DOTNET_EnableAVX512", "1");
        Assert.NotEqual(hash, Hash(await site.RunAsync(0, "replay", "--from", "2026-01-16", "--name", "cheap", "--fold", "gex", "--set", "RISK_FREE_RATE=0.01", "-f", "json")));
        await site.RunAsync(7, "replay", "compare", "day", "cheap");
        await site.RunAsync(7, "replay", "compare", "live", "day");
        Assert.Contains("of another question", await site.RunAsync(2, "replay", "--from", "2026-01-16", "--name", "day", "--set", "RISK_FREE_RATE=0.01"), StringComparison.Ordinal);
        Assert.Contains("--speed 0.1", await site.RunAsync(2, "replay", "--from", "2026-01-16", "--speed", "0.1"), StringComparison.Ordinal);
        await site.RunAsync(2, "replay", "--from", "2026-01-16", "--name", "day", "--again", "--speed", "60", "--seek", "soon");
        Assert.Contains("Nothing was recorded", await site.RunAsync(2, "replay", "--from", "2030-01-01", "--name", "day", "--again"), StringComparison.Ordinal);
        Assert.Equal(hash, Hash(await site.RunAsync(0, "replay", "show", "day", "-f", "json"))); // What made no sense has thrown nothing away.

        // As if it had been interrupted when all but one of its roots were done: how fast it was is said of that one.
        await ExecuteAsync(site, "update replay_runs set status = 'interrupted', manifest = null where name = 'day'");
        await ExecuteAsync(site, "delete from replay_units where run = 'day' and root = 'SPY'");
        long left = await site.CountAsync("select count(*) from mt_events where stream_id = 'trades/SPY/2026-01-16'"), all = await site.CountAsync("select count(*) from mt_events where stream_id like 'trades/%'");
        string gone = await site.RunAsync(0, "replay", "--from", "2026-01-16", "--name", "day", "--fold", "gex");
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $@"^day: {all:#,0} events, [\d,]+ results; {left:#,0} events read in [\d.]+ s \([\d,]+ events/s\), engine "), gone[gone.IndexOf("day: ", StringComparison.Ordinal)..]);
        Assert.Equal(hash, Hash(await site.RunAsync(0, "replay", "show", "day", "-f", "json")));

        // A table whose rows were pruned is named, and a session without any has nothing to be compared with.
        await site.RunAsync(0, "tables", "prune", "--before", "2026-01-17", "--table", "chain_gex", "--yes");
        Assert.Contains("chain_gex has no row of 2026-01-16: it was pruned", await site.RunAsync(7, "replay", "verify", "--date", "2026-01-16"), StringComparison.Ordinal);
        await site.RunAsync(0, "tables", "prune", "--before", "2026-01-17", "--yes");
        Assert.Contains("The tables have no row of 2026-01-16: they were pruned", await site.RunAsync(2, "replay", "verify", "--date", "2026-01-16"), StringComparison.Ordinal);
        foreach (string table in (string[])["chain_gex", "traded_gex"]) await site.RunAsync(0, "tables", "rebuild", table, "--from", "2026-01-16", "--to", "2026-01-16");
        told = await site.RunAsync(7, "replay", "verify", "--date", "2026-01-16");
        Assert.DoesNotContain("chain_gex has no row", told, StringComparison.Ordinal);
        Assert.DoesNotContain("traded_gex, first difference", told, StringComparison.Ordinal);

        await site.RunAsync(0, "replay", "rm", "day");
        Assert.DoesNotContain("day", await site.RunAsync(0, "replay", "list"), StringComparison.Ordinal);
    }

    // Every figure of a minute and more, before and after somebody has changed his mind; and verified by somebody who has changed it again.
    [Fact]
    public async Task Rows_of_several_settings_are_verified_each_with_its_own()
    {
        await using var site = await Site.EmbeddedAsync();
        string rules = Path.Combine(Servers.NewFolder("rules"), "rules.json");
        await File.WriteAllTextAsync(rules, """
            [
              { "name": "wall-near", "metric": "spot", "operator": "within", "level": "call_wall", "threshold": 5, "hysteresis": 0.5, "cooldown": 10, "severity": "critical" },
              { "name": "doubtful", "metric": "quality", "operator": ">=", "threshold": 0, "cooldown": 0 },
              { "name": "gone-mad", "metric": "net_gex", "operator": "beyond", "threshold": 1e15 },
            ]
            """, Cancel);
        string[] other = ["RISK_FREE_RATE=0.03", "INFERRED_RISK_FREE_RATE=0.02", "SCOPES_INTERVAL=7", "VOLATILITY_INTERVAL=3", "GREEKS_INTERVAL=20", "FLOW_TEMPO=30", "AGGRESSOR_RULES=quote", "IV_MAX=4", "FORWARDS=parity", "AMERICAN_ROOTS=listed", "QUALITY_CROSSED=0.0001,never", "QUALITY_STALE_CONTRACT_SECONDS=20", $"ALERT_RULES={rules}"];
        await RunAsync("14:31:10", []);
        await RunAsync("14:33:30", ["--set", .. other]);

        string told = await site.RunAsync(0, "replay", "verify", "--date", "2026-01-16", "--set", "RISK_FREE_RATE=0.01");
        Assert.Contains("are the same, every column", told, StringComparison.Ordinal);
        Assert.Equal(2, await site.CountAsync("select count(distinct model->>'rate') from chain_gex"));
        Assert.Equal(2, await site.CountAsync("select count(distinct model->>'tempoSeconds') from flow_minutes"));
        Assert.Equal(2, await site.CountAsync("select count(distinct model->>'limits') from quality_minutes"));
        Assert.Equal(2, await site.CountAsync("select count(distinct model->>'rules') from alerts"));

        await ExecuteAsync(site, "update chain_volatility set spot = spot + 0.01 where (time, root) = (select time, root from chain_volatility where (model->>'everySeconds')::float8 = 3 order by time limit 1)");
        await site.Database.CreateCommand("delete from chain_gex where time > (select max(time) - interval '12 s' from chain_gex where (model->>'rate')::float8 = 0.05) and (model->>'rate')::float8 = 0.05").ExecuteNonQueryAsync(Cancel);
        await ExecuteAsync(site, "update chain_greeks set forward = forward + 0.01 where (root, expiration) = (select root, expiration from chain_greeks order by expiration limit 1)");
        told = await site.RunAsync(7, "replay", "verify", "--date", "2026-01-16");
        foreach (string table in new[] { "chain_volatility", "chain_gex", "chain_greeks" }) Assert.Contains($"{table}, first difference", told, StringComparison.Ordinal);
        Assert.DoesNotContain("flow_seconds, first", told, StringComparison.Ordinal);

        async Task RunAsync(string until, string[] settings)
        {
            site.StartAs("market", ["run", "--role", "all", "--feed", "simulated", "--from", "2026-01-16T14:30:00Z", "--until", $"2026-01-16T{until}Z", "--speed", "max", "--symbol", "NVDA", "--quotes", "5", "--until-end", .. settings]);
            await site.ExitsWellAsync("market");
        }
    }

    [Fact]
    public async Task Paced_run_that_is_interrupted_goes_on()
    {
        await using var site = await Site.EmbeddedAsync();
        site.StartAs("market", "run", "--role", "all", "--feed", "simulated", "--from", "2026-01-16T14:30:00Z", "--until", "2026-01-16T14:30:30Z", "--speed", "max", "--quotes", "1", "--until-end");
        await site.ExitsWellAsync("market");

        var paced = site.StartAs("paced", "replay", "--from", "2026-01-16", "--name", "paced", "--speed", "1");
        await site.UntilAsync(async () => await RowsAsync(site) > 0, () => "the first row of the run");
        paced.PressControlC();
        Assert.Equal(130, await paced.ExitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("The same command goes on with it", paced.Output, StringComparison.Ordinal);
        Assert.Contains("interrupted", await site.RunAsync(0, "replay", "list"), StringComparison.Ordinal);

        await site.RunAsync(0, "replay", "--from", "2026-01-16", "--name", "paced", "--speed", "1000");
        await site.RunAsync(0, "replay", "compare", "live", "paced");
    }

    static async Task<long> RowsAsync(Site site)
    {
        try
        {
            return await site.CountAsync("select count(*) from replay_paced.traded_gex");
        }
        catch (PostgresException error) when (error.SqlState == "42P01")
        {
            return 0;
        }
    }

    static async Task ExecuteAsync(Site site, string sql)
    {
#pragma warning disable CA2100 // The statements are in this file.
        await using var command = site.Database.CreateCommand(sql);
#pragma warning restore CA2100
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
    }

    static string Hash(string output) => JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)]).RootElement.GetProperty("outputHash").GetString()!;
}
