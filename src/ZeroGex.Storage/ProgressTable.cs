using Npgsql;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>How far a consumer has come.</summary>
/// <param name="Consumer">The fold's name.</param>
/// <param name="Stream">A stream that it reads, or the one of its answers: <c>answers/{root}/{session date}</c>.</param>
/// <param name="Position">
/// In a stream that it reads, the message through which nothing was owed when somebody looked. Of its answers, run 0 and the moment, in Unix microseconds, through which they are in the tables.
/// </param>
public readonly record struct ProgressMark(string Consumer, string Stream, StreamPosition Position);

/// <summary>The progress marks of consumers. They are written with the rows they speak of, by the tables themselves.</summary>
public sealed class ProgressTable(NpgsqlDataSource database)
{
    /// <summary>The marks of a consumer, by stream.</summary>
    public async Task<IReadOnlyDictionary<string, StreamPosition>> ReadAsync(string consumer, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select stream_id, run, sequence from consumer_progress where consumer = $1");
        command.Parameters.Add(new() { Value = consumer });

        Dictionary<string, StreamPosition> marks = new(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) marks.Add(reader.GetString(0), new(reader.GetInt64(1), reader.GetInt64(2)));
        return marks;
    }

    /// <summary>Moves marks forward over messages that had no results, where there is no row to write them with.</summary>
    public async Task WriteAsync(IReadOnlyList<ProgressMark> marks, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await AdvanceAsync(connection, marks, cancel);
    }

    /// <summary>Forgets a consumer's marks, before its tables are rebuilt from the beginning.</summary>
    public async Task ForgetAsync(string consumer, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("delete from consumer_progress where consumer = $1");
        command.Parameters.Add(new() { Value = consumer });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Moves marks forward within the caller's transaction. A mark never goes back: a redelivered message has been written already.</summary>
    internal static async Task AdvanceAsync(NpgsqlConnection connection, IReadOnlyList<ProgressMark> marks, CancellationToken cancel)
    {
        if (marks.Count == 0) return;
        ProgressMark[] furthest =
        [
            .. marks.GroupBy(mark => (mark.Consumer, mark.Stream)).Select(group => group.MaxBy(mark => mark.Position)),
        ];

        await using NpgsqlCommand command = new("""
            insert into consumer_progress as mark (consumer, stream_id, run, sequence)
            select * from unnest($1, $2, $3, $4) as input (consumer, stream_id, run, sequence) order by consumer, stream_id
            on conflict (consumer, stream_id) do update
               set run = excluded.run, sequence = excluded.sequence, updated_at = now()
             where (mark.run, mark.sequence) < (excluded.run, excluded.sequence)
            """, connection)
        {
            Parameters =
            {
                new() { Value = furthest.Select(mark => mark.Consumer).ToArray() },
                new() { Value = furthest.Select(mark => mark.Stream).ToArray() },
                new() { Value = furthest.Select(mark => mark.Position.Run).ToArray() },
                new() { Value = furthest.Select(mark => mark.Position.Sequence).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
