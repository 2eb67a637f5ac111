using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace ZeroGex.Storage;

/// <summary>What the migrator did or found.</summary>
/// <param name="Applied">Names applied by this call, in order.</param>
/// <param name="AlreadyApplied">How many had been applied before.</param>
/// <param name="Pending">Names that would be applied; empty after a migration.</param>
/// <param name="Skipped">Names left out in this database; they are applied when the reason is gone.</param>
/// <param name="SkipReason">Why they were left out; null when none was.</param>
public sealed record MigrationReport(
    IReadOnlyList<string> Applied, int AlreadyApplied, IReadOnlyList<string> Pending, IReadOnlyList<string> Skipped, string? SkipReason);

/// <summary>How a migration stands in a database; without a time and a reason it is pending.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="AppliedAt">When it was applied; null when it was not.</param>
/// <param name="SkipReason">Why it is left out in this database; null when it is not.</param>
public sealed record MigrationState(string Name, DateTimeOffset? AppliedAt, string? SkipReason);

/// <summary>The database is not what the migrations made of it.</summary>
public sealed class MigrationException(string message) : Exception(message);

/// <summary>
/// Brings a database to the present shape: embedded SQL in the order of its names, each in a transaction of its own, recorded with a checksum.
/// Safe to run twice and from several processes at once: they queue on an advisory lock.
/// </summary>
public static class Migrator
{
    const long Lock = 0x5A47_6D69_6772; // "ZGmigr"
    const string TimescaleSuffix = ".timescale.sql";

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="MigrationException">An applied migration has changed since.</exception>
    public static async Task<MigrationReport> MigrateAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await AcquireAsync(connection, cancel);
        try
        {
            await ExecuteAsync(connection, """
                create table if not exists schema_migrations (
                    name       text        not null primary key,
                    checksum   text        not null,
                    applied_at timestamptz not null default now())
                """, cancel);

            var plan = await PlanAsync(connection, cancel);
            foreach (var migration in plan.Pending) await ApplyAsync(connection, migration, cancel);
            return plan.Report(isDone: true);
        }
        finally
        {
            // A pooled connection keeps session locks until it is reset; releasing here lets the next process go on at once.
            if (connection.State == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    /// <summary>Says what <see cref="MigrateAsync"/> would do, and changes nothing.</summary>
    /// <exception cref="MigrationException">An applied migration has changed since.</exception>
    public static async Task<MigrationReport> StatusAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return (await PlanAsync(connection, cancel)).Report(isDone: false);
    }

    /// <summary>Says how every migration stands, in order, and changes nothing.</summary>
    /// <exception cref="MigrationException">An applied migration has changed since.</exception>
    public static async Task<IReadOnlyList<MigrationState>> ListAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var report = (await PlanAsync(connection, cancel)).Report(isDone: false);
        var applied = await ReadAppliedAsync(connection, cancel);
        return
        [
            .. Embedded.Select(migration => new MigrationState(
                migration.Name, applied.TryGetValue(migration.Name, out var record) ? record.At : null, report.Skipped.Contains(migration.Name) ? report.SkipReason : null)),
        ];
    }

    /// <summary>The embedded migrations, in order.</summary>
    internal static IReadOnlyList<Migration> Embedded { get; } = ReadEmbedded();

    static Migration[] ReadEmbedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        string prefix = $"{typeof(Migrator).Namespace}.Migrations.";
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new Migration(name[prefix.Length..], ReadText(assembly, name))),
        ];
    }

    static string ReadText(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    static async Task<Plan> PlanAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var applied = await ReadAppliedAsync(connection, cancel);
        List<Migration> pending = [];
        List<string> skipped = [];
        bool hasTimescale = await HasTimescaleAsync(connection, cancel);

        foreach (var migration in Embedded)
        {
            if (applied.TryGetValue(migration.Name, out var record))
            {
                if (record.Checksum != migration.Checksum)
                {
                    throw new MigrationException(
                        $"Migration {migration.Name} was applied with checksum {record.Checksum} and now has {migration.Checksum}. " +
                        "An applied migration must never change: restore its text and write the change as a new migration.");
                }
            }
            else if (migration.NeedsTimescale && !hasTimescale) skipped.Add(migration.Name);
            else pending.Add(migration);
        }

        return new(pending, Embedded.Count(migration => applied.ContainsKey(migration.Name)), skipped);
    }

    static async Task<Dictionary<string, (string Checksum, DateTimeOffset At)>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        Dictionary<string, (string, DateTimeOffset)> applied = [];
        await using (var exists = new NpgsqlCommand("select to_regclass('schema_migrations') is not null", connection))
            if (await exists.ExecuteScalarAsync(cancel) is not true) return applied;

        await using var command = new NpgsqlCommand("select name, checksum, applied_at from schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) applied.Add(reader.GetString(0), (reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return applied;
    }

    // Creating the extension in a server that has not preloaded it ends the connection: ask first.
    static async Task<bool> HasTimescaleAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select exists (select 1 from pg_available_extensions where name = 'timescaledb')
               and current_setting('timescaledb.max_background_workers', true) is not null
            """, connection);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    static async Task AcquireAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        // Another process may be migrating a large table: wait as long as the caller does.
        await using var command = new NpgsqlCommand($"select pg_advisory_lock({Lock})", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    static async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await ExecuteAsync(connection, migration.Sql, cancel);
        await using (var record = new NpgsqlCommand("insert into schema_migrations (name, checksum) values ($1, $2)", connection))
        {
            record.Parameters.Add(new() { Value = migration.Name });
            record.Parameters.Add(new() { Value = migration.Checksum });
            await record.ExecuteNonQueryAsync(cancel);
        }

        await transaction.CommitAsync(cancel);
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    internal sealed record Migration(string Name, string Sql)
    {
        public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

        public bool NeedsTimescale => Name.EndsWith(TimescaleSuffix, StringComparison.Ordinal);
    }

    sealed record Plan(IReadOnlyList<Migration> Pending, int AlreadyApplied, IReadOnlyList<string> Skipped)
    {
        public MigrationReport Report(bool isDone)
        {
            string[] names = [.. Pending.Select(migration => migration.Name)];
            string? reason = Skipped.Count > 0 ? "TimescaleDB is not installed and preloaded in this server" : null;
            return isDone ? new(names, AlreadyApplied, [], Skipped, reason) : new([], AlreadyApplied, names, Skipped, reason);
        }
    }
}
