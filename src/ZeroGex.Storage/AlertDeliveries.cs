using Npgsql;
using NpgsqlTypes;

namespace ZeroGex.Storage;

/// <summary>One event of an alert on its way to one target.</summary>
/// <param name="Id">The alert's id.</param>
/// <param name="Event"><c>raised</c> or <c>resolved</c>.</param>
/// <param name="Target">Where to.</param>
/// <param name="Body">What is sent.</param>
/// <param name="Attempts">How often it has been tried, this time included.</param>
public sealed record AlertDelivery(string Id, string Event, string Target, string Body, int Attempts);

/// <summary>
/// What has been sent of alerts, and what is still to be: kept so that a restart neither forgets nor doubles. Times are the caller's clock. Several processes may share it: what
/// one has claimed is not another's until the claim is over.
/// </summary>
public sealed class AlertDeliveries(NpgsqlDataSource database)
{
    /// <summary>Takes an event in, once for each target; what is there already is left as it is.</summary>
    /// <param name="state"><c>pending</c>, or how it ends where nothing is to be sent: <c>delivered</c>, <c>skipped</c>.</param>
    /// <returns>The targets that had not heard of it.</returns>
    public async Task<IReadOnlyList<string>> AddAsync(
        string id, string @event, string body, IReadOnlyList<string> targets, string state, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into alert_deliveries (id, event, target, body, state, next_at)
            select $1, $2, target, $3, $4, $5 from unnest($6) as target order by target
            on conflict (id, event, target) do nothing
            returning target
            """);
        object[] values = [id, @event, body, state, now.UtcDateTime, targets.ToArray()];
        foreach (object value in values) command.Parameters.Add(new() { Value = value });
        List<string> added = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) added.Add(reader.GetString(0));
        return added;
    }

    /// <summary>Claims what is due of a target, each counted as tried. Of one alert it gets the resolve after the raise: not before that is delivered, or given up.</summary>
    /// <param name="until">When the claim ends: what has not been settled by then is due again.</param>
    public async Task<IReadOnlyList<AlertDelivery>> ClaimAsync(string target, DateTimeOffset now, DateTimeOffset until, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            update alert_deliveries claimed set attempts = attempts + 1, next_at = $3
              from (select id, event, target from alert_deliveries due
                     where state = 'pending' and next_at <= $2 and target = $1
                       and not exists (select from alert_deliveries before
                                        where before.id = due.id and before.target = due.target and before.state = 'pending' and before.seq < due.seq)
                     order by next_at, seq limit $4 for update skip locked) due
             where claimed.id = due.id and claimed.event = due.event and claimed.target = due.target
            returning claimed.id, claimed.event, claimed.target, claimed.body, claimed.attempts
            """);
        object[] values = [target, now.UtcDateTime, until.UtcDateTime, limit];
        foreach (object value in values) command.Parameters.Add(new() { Value = value });
        List<AlertDelivery> claimed = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) claimed.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4)));
        return claimed;
    }

    /// <summary>It has arrived.</summary>
    public Task DeliveredAsync(AlertDelivery delivery, DateTimeOffset now, CancellationToken cancel) => SettleAsync(delivery, "delivered", null, now, now, cancel);

    /// <summary>It has not arrived, and is tried again.</summary>
    public Task RetryAsync(AlertDelivery delivery, string error, DateTimeOffset at, CancellationToken cancel) => SettleAsync(delivery, "pending", error, at, null, cancel);

    /// <summary>It has not arrived, and never will.</summary>
    public Task FailedAsync(AlertDelivery delivery, string error, DateTimeOffset now, CancellationToken cancel) => SettleAsync(delivery, "failed", error, now, null, cancel);

    /// <summary>Forgets what was settled long ago.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("delete from alert_deliveries where state <> 'pending' and next_at < $1");
        command.Parameters.Add(new() { Value = before.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancel);
    }

    // Whose claim has ended no longer settles anything: another has it.
    async Task SettleAsync(AlertDelivery delivery, string state, string? error, DateTimeOffset nextAt, DateTimeOffset? deliveredAt, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            update alert_deliveries set state = $4, last_error = $5, next_at = $6, delivered_at = $7
             where id = $1 and event = $2 and target = $3 and state = 'pending' and attempts = $8
            """);
        command.Parameters.Add(new() { Value = delivery.Id });
        command.Parameters.Add(new() { Value = delivery.Event });
        command.Parameters.Add(new() { Value = delivery.Target });
        command.Parameters.Add(new() { Value = state });
        command.Parameters.Add(new() { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = nextAt.UtcDateTime });
        command.Parameters.Add(new() { Value = (object?)deliveredAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = delivery.Attempts });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
