using System.Globalization;
using Npgsql;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests;

/// <summary>A database of a test's own.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    TestDatabase(string connection)
    {
        ConnectionString = new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = 40 }.ConnectionString;
        Source = Database.Open(ConnectionString);
    }

    /// <summary>A fresh one, migrated unless told otherwise.</summary>
    public static async Task<TestDatabase> NewAsync(bool migrate = true) => new(await (migrate ? Servers.NewMigratedDatabaseAsync() : Servers.NewDatabaseAsync()));

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A query's rows, each as its values joined by <c>|</c>.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        List<string> rows = [];
        await using var command = Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount)
                .Select(i => reader.IsDBNull(i) ? "" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return rows;
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
