using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace ZeroGex.Web.Health;

/// <summary>Whether the database answers. Asked at most every two seconds, however many look.</summary>
public sealed class DatabaseHealth(NpgsqlDataSource database, TimeProvider time) : IHealthCheck
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    Task<HealthCheckResult>? _answer;
    long _askedAt;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_answer is null || (_answer.IsCompleted && time.GetElapsedTime(_askedAt) > Fresh)) (_answer, _askedAt) = (AskAsync(), time.GetTimestamp());
            return _answer.WaitAsync(cancellationToken);
        }
    }

    async Task<HealthCheckResult> AskAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(patience.Token);
            return HealthCheckResult.Healthy("It answers.");
        }
        catch (OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy($"PostgreSQL has not answered within {Patience.TotalSeconds:0} s.");
        }
        catch (NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy(error.Message);
        }
    }
}
