using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace ZeroGex.Cli;

/// <summary><c>zerogex run</c>: chosen roles in this process, on servers that are named by the environment.</summary>
static class RunCommand
{
    public static readonly Option<string[]> Set = new("--set") { Description = "KEY=VALUE: a setting, instead of the environment variable of that name.", AllowMultipleArgumentsPerToken = true };

    public static Command Create()
    {
        var roles = new Option<string[]>("--role", "-r") { Description = $"One or more of {string.Join(", ", Node.AllRoles)}, or all.", AllowMultipleArgumentsPerToken = true, Required = true };
        var feed = new FeedOptions();
        var untilEnd = new Option<bool>("--until-end") { Description = "Exit when the feed has ended and everything of it is safe." };
        var command = new Command("run", """
            Run roles in this process. RABBITMQ_HOST, DB_HOST and REDIS_HOST say where the servers are.
            
            Examples:
              zerogex run --role all
              zerogex run --role gex
              zerogex run --role feed --feed lean --path data/lean --symbol GOOG --date 2015-12-24 --speed max --until-end
            """) { roles, untilEnd, Set };
        feed.AddTo(command);
        command.Validators.Add(result =>
        {
            foreach (string role in (result.GetValue(roles) ?? []).Where(role => role != "all" && !Node.AllRoles.Contains(role)))
                result.AddError($"--role {role}: there are {string.Join(", ", Node.AllRoles)} and all.");
        });
        command.SetAction((parsed, cancel) => Exit.UntilInterruptedAsync(async () =>
        {
            var settings = new Settings(parsed.GetValue(Set) ?? []);
            string[] asked = parsed.GetValue(roles)!;
            var chosen = (asked.Contains("all") ? Node.AllRoles : asked).ToHashSet();
            if (settings.Bus.IsEmbedded && chosen.Count < Node.AllRoles.Count && !asked.Contains("all"))
                throw new SettingsException("RABBITMQ_HOST is not set: roles in separate processes meet on a broker. Name one, or run them together with --role all.");
            string database = settings.Database ?? throw new SettingsException("DB_HOST is not set: the log and the tables need PostgreSQL. Name one, or use 'zerogex up', which brings its own.");

            using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
            var (source, id) = chosen.Contains("feed") ? feed.Create(parsed, settings, loggers) : (null, "");
            await using var node = await Node.StartAsync(settings, new NodePlan(chosen, database, source, id), cancel);
            Console.WriteLine($"zerogex runs {string.Join(", ", chosen)} · {node.Url}/health · Ctrl-C stops it");
            await node.WaitAsync(parsed.GetValue(untilEnd), cancel);
            return await Exit.CodeAsync(node);
        }, cancel));
        return command;
    }
}

/// <summary>How a process says how it went.</summary>
static class Exit
{
    /// <summary>For what runs until Ctrl-C: to be interrupted before it has quite started is a good end as well, 0.</summary>
    public static async Task<int> UntilInterruptedAsync(Func<Task<int>> run, CancellationToken cancel)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return 0;
        }
    }

    /// <summary>0, unless the gateway had to stop: then its error.</summary>
    public static async Task<int> CodeAsync(Node node)
    {
        if (node.Outcome.Ended.IsFaulted) await node.Outcome.Ended;
        return 0;
    }
}
