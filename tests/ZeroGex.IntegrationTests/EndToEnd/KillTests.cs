using Xunit;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>Whatever is killed, and whenever: the same rows as if nothing had happened.</summary>
public sealed class KillTests
{
    static readonly string[] Roles = ["feed", .. Site.Consumers];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_role_killed_once() => await DisturbAsync(Played.Simulated(120), Roles);

    [Theory]
    [Trait("tier", "long")]
    [InlineData("feed")]
    [InlineData("recorder")]
    [InlineData("gex")]
    [InlineData("tables")]
    [InlineData("redis")]
    public async Task One_role_killed_again_and_again(string role) => await DisturbAsync(Played.Simulated(240), [role, role, role, role, role]);

    [Fact]
    [Trait("tier", "long")]
    public async Task All_roles_killed_in_turn_again_and_again() => await DisturbAsync(Played.Simulated(300), [.. Roles, .. Roles, .. Roles]);

    [Fact]
    public async Task One_process_killed_twice() => await DisturbOneProcessAsync(Played.Simulated(120), 2);

    [Fact]
    [Trait("tier", "long")]
    public async Task One_process_killed_again_and_again() => await DisturbOneProcessAsync(Played.Simulated(300), 8);

    [Fact]
    public async Task Broker_and_database_killed()
    {
        var played = Played.Simulated(120);
        var expected = await played.UndisturbedAsync();
        await using var rabbit = await Servers.OwnRabbitAsync();
        await using var postgres = await Servers.OwnPostgresAsync();
        await using var site = await Site.DistributedAsync(postgres.ConnectionString, rabbit.AmqpUri);
        site.StartConsumers();
        site.Start("feed", played.UntilEnd);

        await ReachesAsync(site, expected, 0.2);
        await postgres.KillAsync();
        await postgres.RestartAsync(Cancel);
        await ReachesAsync(site, expected, 0.4);
        await rabbit.KillAsync();
        await rabbit.RestartAsync(Cancel);
        await ReachesAsync(site, expected, 0.6);
        await Task.WhenAll(rabbit.KillAsync(), postgres.KillAsync());
        await Task.WhenAll(rabbit.RestartAsync(Cancel), postgres.RestartAsync(Cancel));

        await EndsAsTheUndisturbedAsync(site, expected);
    }

    [Fact]
    [Trait("tier", "long")]
    public async Task Database_killed_under_one_process()
    {
        var played = Played.Simulated(240);
        var expected = await played.UndisturbedAsync();
        await using var postgres = await Servers.OwnPostgresAsync();
        await using var site = await Site.EmbeddedAsync(postgres.ConnectionString);
        site.StartAs("feed", ["run", "--role", "all", .. played.UntilEnd]);
        foreach (double share in (double[])[0.2, 0.4, 0.6, 0.8])
        {
            await ReachesAsync(site, expected, share);
            await postgres.KillAsync();
            await postgres.RestartAsync(Cancel);
        }

        await EndsAsTheUndisturbedAsync(site, expected);
    }

    static async Task DisturbAsync(Played played, string[] victims)
    {
        var expected = await played.UndisturbedAsync();
        await using var redis = await RedisProcess.StartAsync();
        await using var site = await Site.DistributedAsync();
        site.UseRedis(redis.Port);
        site.StartConsumers();
        site.Start("feed", played.UntilEnd);
        for (int i = 0; i < victims.Length; i++)
        {
            await ReachesAsync(site, expected, 0.9 * (i + 1) / (victims.Length + 1));
            await site.KillAndRestartAsync(victims[i]);
        }

        await EndsAsTheUndisturbedAsync(site, expected);
    }

    static async Task DisturbOneProcessAsync(Played played, int times)
    {
        var expected = await played.UndisturbedAsync();
        await using var site = await Site.EmbeddedAsync();
        site.StartAs("feed", ["run", "--role", "all", .. played.UntilEnd]);
        for (int i = 0; i < times; i++)
        {
            await ReachesAsync(site, expected, 0.9 * (i + 1) / (times + 1));
            await site.KillAndRestartAsync("feed");
        }

        await EndsAsTheUndisturbedAsync(site, expected);
    }

    /// <summary>Waits until that share of the day is in the log.</summary>
    static async Task ReachesAsync(Site site, Recording expected, double share)
    {
        long events = 0;
        await site.UntilAsync(async () => (events = await site.EventsAsync()) >= share * expected.Events, () => $"{share:P0} of {expected.Events} events, {events} are recorded");
    }

    static async Task EndsAsTheUndisturbedAsync(Site site, Recording expected)
    {
        await site.ExitsWellAsync("feed");
        await site.UntilAsMuchAsAsync(expected);
        await site.StopAsync();
        (await Recording.ReadAsync(site.Database, Cancel)).AssertSameAs(expected, () => site.Outputs);
    }
}
