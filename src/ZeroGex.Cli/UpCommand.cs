using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;

namespace ZeroGex.Cli;

/// <summary><c>zerogex up</c>: a whole system in one process, with a PostgreSQL of its own where none is named.</summary>
static class UpCommand
{
    public static Command Create()
    {
        var feed = new FeedOptions();
        var untilEnd = new Option<bool>("--until-end") { Description = "Exit when the feed has ended and everything of it is safe." };
        var command = new Command("up", """
            Start everything in one process: feed, log, folds, tables. Without DB_HOST it brings its own PostgreSQL, under .zerogex/.
            
            Examples:
              zerogex up
              zerogex up --feed ndjson --path trades.ndjson --speed 60
            """) { untilEnd, RunCommand.Set };
        feed.AddTo(command);
        command.SetAction((parsed, cancel) => Exit.UntilInterruptedAsync(async () =>
        {
            var clock = Stopwatch.StartNew();
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
            Directory.CreateDirectory(settings.Home);

            var (source, id) = feed.Create(parsed, settings, loggers);
            await using var postgres = settings.Database is null ? await PrivatePostgres.StartAsync(Path.Combine(settings.Home, "postgres"), cancel: cancel) : null;
            string database = settings.Database ?? postgres!.ConnectionString;

            await using var node = await Node.StartAsync(settings, new NodePlan(Node.AllRoles.ToHashSet(), database, source, id), cancel);
            using var word = Word.Leave(settings.Home, new Word(Environment.ProcessId, database, node.Url));
            Console.WriteLine($"""

                zerogex is up ({clock.Elapsed.TotalSeconds:0.0} s), feed {source.Name}{(settings.Bus.IsEmbedded ? "" : $", RabbitMQ at {settings.Bus.RabbitHost}")}
                  levels    ./zerogex gex levels --follow            (in a second terminal)
                  strikes   ./zerogex gex strikes --symbol SPY --follow
                  page      {node.Url}/                      (health: /health, metrics: /metrics)
                  database  {(postgres is null ? "as configured by DB_HOST" : $"PGPASSWORD={postgres.Password} psql -h {postgres.Host} -p {postgres.Port} -U {postgres.UserName} {postgres.Database}")}
                Ctrl-C stops it; the next 'up' continues where this one ended.

                """);
            _ = SayFirstRowAsync(database, clock, cancel);
            await node.WaitAsync(parsed.GetValue(untilEnd), cancel);
            Console.WriteLine("Stopping: the feed first, then what is on its way, then the database.");
            return await Exit.CodeAsync(node);
        }, cancel));
        return command;
    }

    /// <summary>Says once, for a newcomer, that the whole way from print to row works and how long it took.</summary>
    static async Task SayFirstRowAsync(string connection, Stopwatch clock, CancellationToken cancel)
    {
        try
        {
            await using var database = Database.Open(connection);
            var table = new GexTable(database);
            var before = (await table.LatestAsync(null, cancel)).Select(row => row.Time).DefaultIfEmpty().Max();
            while (true)
            {
                if ((await table.LatestAsync(null, cancel)).FirstOrDefault(row => row.Time > before) is { } row)
                {
                    Console.WriteLine($"First window stored {clock.Elapsed.TotalSeconds:0.0} s after the start: {row.Ticker} {row.Expiration} at {row.Time:HH:mm:ss} UTC, zero gamma {row.ZeroGamma:0.00}.");
                    return;
                }

                await Task.Delay(200, cancel);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or NpgsqlException)
        {
            // A nicety; the log says what matters.
        }
    }
}

/// <summary>What a running <c>up</c> leaves under <c>.zerogex/</c> for a second terminal.</summary>
sealed record Word(int Pid, string Database, string Url) : IDisposable
{
    string? _path;

    public static Word Leave(string home, Word word)
    {
        word._path = PathIn(home);
        File.WriteAllText(word._path, JsonSerializer.Serialize(word));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(word._path, UnixFileMode.UserRead | UnixFileMode.UserWrite); // It holds a password.
        return word;
    }

    /// <summary>The running system's word, or null when none runs.</summary>
    public static Word? Read(string home)
    {
        string path = PathIn(home);
        if (!File.Exists(path)) return null;
        var word = JsonSerializer.Deserialize<Word>(File.ReadAllText(path));
        return word is not null && Directory.Exists($"/proc/{word.Pid}") ? word : null;
    }

    public void Dispose()
    {
        if (_path is not null) File.Delete(_path);
    }

    static string PathIn(string home) => Path.Combine(home, "up.json");
}
