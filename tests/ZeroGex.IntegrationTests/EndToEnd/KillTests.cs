using Npgsql;
using Xunit;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;

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
    [InlineData("folds")]
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
    public async Task Broker_and_database_killed_together() => await KillServersAsync((Rabbit: true, Postgres: true));

    [Fact]
    [Trait("tier", "long")]
    public async Task Broker_and_database_killed_one_by_one_and_together() =>
        await KillServersAsync((Rabbit: false, Postgres: true), (Rabbit: true, Postgres: false), (Rabbit: true, Postgres: true));

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

    [Fact]
    public async Task Redis_killed_under_one_process_comes_back_harms_nobody_and_its_losses_are_counted() => await KillRedisAsync(isDistributed: false);

    [Fact]
    [Trait("tier", "long")]
    public async Task Redis_killed_comes_back_harms_nobody_and_its_losses_are_counted() => await KillRedisAsync(isDistributed: true);

    // The log runs ahead of the tables, a session ends, and the process dies: what the old session still owes must not be forgotten.
    [Fact]
    [Trait("tier", "long")]
    public async Task One_process_killed_with_an_ended_session_not_yet_in_its_tables()
    {
        var played = Played.Simulated(900).AtFullSpeed;
        var expected = await played.UndisturbedAsync();
        await using var site = await Site.EmbeddedAsync();
        await Migrator.MigrateAsync(site.Database, Cancel);
        await using (var connection = await site.Database.OpenConnectionAsync(Cancel))
        await using (await connection.BeginTransactionAsync(Cancel))
        {
            await using (var hold = new NpgsqlCommand("lock table traded_gex in exclusive mode", connection)) await hold.ExecuteNonQueryAsync(Cancel);
            site.StartAs("feed", ["run", "--role", "all", .. played.Arguments, "--speed", "max"]);
            await ReachesAsync(site, expected, 0.9);
            await site.Running["feed"].Process.KillAsync();
        }

        site.StartAs("feed", ["run", "--role", "all", .. played.Arguments, "--speed", "max"]);
        await site.UntilAsMuchAsAsync(expected);
        await site.StopAsync();
        (await Recording.ReadAsync(site, Cancel)).AssertSameAs(expected, () => site.Outputs);
    }

    static async Task KillServersAsync(params (bool Rabbit, bool Postgres)[] kills)
    {
        var played = Played.Simulated(120);
        var expected = await played.UndisturbedAsync();
        await using var rabbit = await Servers.OwnRabbitAsync();
        await using var postgres = await Servers.OwnPostgresAsync();
        await using var site = await Site.DistributedAsync(postgres.ConnectionString, rabbit.AmqpUri);
        site.StartConsumers();
        site.Start("feed", played.UntilEnd);
        for (int i = 0; i < kills.Length; i++)
        {
            await ReachesAsync(site, expected, 0.6 * (i + 1) / kills.Length);
            List<PrivateServer> victims = [];
            if (kills[i].Rabbit) victims.Add(rabbit);
            if (kills[i].Postgres) victims.Add(postgres);
            await Task.WhenAll(victims.Select(server => server.KillAsync()));
            await Task.WhenAll(victims.Select(server => server.RestartAsync(Cancel)));
        }

        await EndsAsTheUndisturbedAsync(site, expected);
    }

    static async Task KillRedisAsync(bool isDistributed)
    {
        const string Undelivered = "zerogex_redis_undelivered_total";
        var played = Played.Simulated(120) with { Speed = "6" }; // The bridge gives up on a message after a second or two.
        var expected = await played.UndisturbedAsync();
        await using var redis = await Servers.OwnRedisAsync();
        await using var site = isDistributed ? await Site.DistributedAsync() : await Site.EmbeddedAsync();
        site.UseRedis(redis);
        if (isDistributed) site.StartConsumers();
        var feed = site.StartAs("feed", ["run", "--role", isDistributed ? "feed" : "all", .. played.UntilEnd]);
        var bridge = isDistributed ? site.Running["redis"].Process : feed;
        using (var before = await RedisListener.StartAsync(redis, "inferred_gex"))
        {
            await ReachesAsync(site, expected, 0.2);
            await site.UntilAsync(() => before.Count > 0, () => "a message before");
            await redis.KillAsync();
        }

        double undelivered = await bridge.MetricAsync(Undelivered);
        await site.UntilAsync(async () => await bridge.MetricAsync(Undelivered) > undelivered + 10, () => "the count of what nobody got");
        await ReachesAsync(site, expected, 0.5);
        await redis.RestartAsync(Cancel);
        using var after = await RedisListener.StartAsync(redis, "inferred_gex");
        await site.UntilAsync(() => after.Count > 0, () => "a message after");
        await EndsAsTheUndisturbedAsync(site, expected);
    }

    static async Task DisturbAsync(Played played, string[] victims)
    {
        var expected = await played.UndisturbedAsync();
        await using var redis = await Servers.OwnRedisAsync();
        await using var site = await Site.DistributedAsync();
        site.UseRedis(redis);
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
        (await Recording.ReadAsync(site, Cancel)).AssertSameAs(expected, () => site.Outputs);
    }
}
