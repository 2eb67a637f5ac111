using System.CommandLine;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client.Exceptions;
using ZeroGex.Bus;
using ZeroGex.Contracts;

namespace ZeroGex.Cli;

/// <summary><c>zerogex parked</c>: what could not be decoded, and what becomes of it.</summary>
static class ParkedCommand
{
    const int FirstBytes = 200;

    static readonly Argument<string> Queue = new("queue") { Description = "A queue as 'list' names it. A reader's queue alone, for example zerogex.tables, means its error queue." };

    public static Command Create() => new("parked", "Messages that a role could not decode: they wait in queues of their own until somebody looks.") { List(), Show(), Replay(), Drop() };

    static Command List()
    {
        var command = new Command("list", """
            Queues that hold parked messages, with how many.
            
            Examples:
              zerogex parked list
            """) { RunCommand.Set };
        command.SetAction((parsed, cancel) => WithBrokerAsync(parsed, async parked =>
        {
            var queues = await parked.ListAsync(cancel);
            foreach (var (queue, messages) in queues) Console.WriteLine($"{messages,7}  {queue}");
            if (queues.Count == 0) Console.Error.WriteLine("Nothing is parked.");
            return 0;
        }, cancel));
        return command;
    }

    static Command Show()
    {
        var most = new Option<int>("--number", "-n") { Description = "Messages to show at most.", DefaultValueFactory = _ => 10 };
        var format = new Option<string?>("--format", "-f") { Description = "table or json; table on a terminal, json in a pipe." };
        var command = new Command("show", """
            What is parked in a queue, and why. The messages stay where they are.
            
            Examples:
              zerogex parked show zerogex.tables_error
              zerogex parked show zerogex.gex.0 -n 100 -f json
            """) { Queue, most, format, RunCommand.Set };
        AtLeastOne(most);
        command.Validators.Add(result =>
        {
            if (result.GetValue(format) is { } asked && asked is not ("table" or "json")) result.AddError($"--format {asked}: there are table, json.");
        });
        command.SetAction((parsed, cancel) => WithQueueAsync(parsed, async (parked, queue) =>
        {
            bool isJson = (parsed.GetValue(format) ?? (Console.IsOutputRedirected ? "json" : "table")) == "json";
            foreach (var message in await parked.ShowAsync(queue, parsed.GetValue(most), cancel)) Console.WriteLine(isJson ? Json(queue, message) : Table(message));
            return 0;
        }, cancel));
        return command;
    }

    static Command Replay()
    {
        var most = new Option<int>("--max") { Description = "Messages to put back at most.", DefaultValueFactory = _ => int.MaxValue };
        var command = new Command("replay", """
            Put parked messages back into their reader's queue, each once, after the reader was mended. What is still bad is parked again.
            
            Examples:
              zerogex parked replay zerogex.tables_error --max 1
              zerogex parked replay zerogex.tables_error
            """) { Queue, most, RunCommand.Set };
        AtLeastOne(most);
        command.SetAction((parsed, cancel) => WithQueueAsync(parsed, async (parked, queue) =>
        {
            try
            {
                int count = await parked.ReplayAsync(queue, parsed.GetValue(most), cancel);
                Console.WriteLine($"{count} messages of {queue} were put back.");
                return 0;
            }
            catch (PublishException refused)
            {
                Console.Error.WriteLine($"zerogex: the reader's queue {(refused.IsReturn ? "does not exist" : "is full")}: what was not put back is still in {queue}.");
                return 1;
            }
        }, cancel));
        return command;
    }

    static Command Drop()
    {
        var yes = new Option<bool>("--yes") { Description = "Really throw them away." };
        var command = new Command("drop", """
            Throw away everything that is parked in a queue.
            
            Examples:
              zerogex parked drop zerogex.tables_error --yes
            """) { Queue, yes, RunCommand.Set };
        command.SetAction((parsed, cancel) => WithQueueAsync(parsed, async (parked, queue) =>
        {
            if (!parsed.GetValue(yes)) throw new SettingsException($"{await parked.CountAsync(queue, cancel)} messages of {queue} would be gone for good. Say --yes if that is meant.");
            Console.WriteLine($"{await parked.DropAsync(queue, cancel)} messages of {queue} are gone.");
            return 0;
        }, cancel));
        return command;
    }

    static void AtLeastOne(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < 1) result.AddError($"{option.Name}: at least 1.");
    });

    static async Task<int> WithBrokerAsync(ParseResult parsed, Func<ParkedMessages, Task<int>> act, CancellationToken cancel)
    {
        var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []).Bus;
        if (settings.IsEmbedded) throw new SettingsException("RABBITMQ_HOST is not set: messages are parked on a broker. A system in one process has none; it logs what it cannot decode.");
        try
        {
            await using var parked = await ParkedMessages.OpenAsync(settings, cancel);
            return await act(parked);
        }
        catch (BrokerUnreachableException error)
        {
            throw new SettingsException($"RabbitMQ at {settings.RabbitHost}:{settings.RabbitPort} does not let us in: {(error.InnerException ?? error).Message}");
        }
    }

    static Task<int> WithQueueAsync(ParseResult parsed, Func<ParkedMessages, string, Task<int>> act, CancellationToken cancel) => WithBrokerAsync(parsed, async parked =>
    {
        string queue = ParkedMessages.QueueOf(parsed.GetValue(Queue)!);
        if (await parked.CountAsync(queue, cancel) is null) throw new SettingsException($"There is no queue {queue}. Those that hold something: zerogex parked list.");
        return await act(parked, queue);
    }, cancel);

    static string Json(string queue, ParkedMessage message)
    {
        var decoded = message.Decoded();
        return JsonSerializer.Serialize(new
        {
            queue,
            contentType = message.ContentType,
            type = message.Type,
            fault = message.Fault,
            headers = message.Headers,
            bytes = message.Body.Length,
            body = decoded is null ? null : JsonSerializer.SerializeToNode(decoded, decoded.GetType(), ContractJson.Options),
            start = decoded is null ? Start(message.Body) : null,
        });
    }

    static string Table(ParkedMessage message)
    {
        var text = new StringBuilder().AppendLine($"{message.Type ?? "of no type"}, {message.ContentType ?? "of no content type"}, {message.Body.Length} bytes");
        foreach (var (key, value) in message.Headers.Where(header => header.Key != "MT-MessageType")) text.AppendLine($"  {key}: {value}");
        return text.AppendLine($"  {(message.Decoded() is { } body ? JsonSerializer.Serialize(body, body.GetType(), ContractJson.Options) : Start(message.Body))}").ToString();
    }

    /// <summary>The first bytes: as text when they are text, otherwise as hexadecimal digits.</summary>
    static string Start(byte[] body)
    {
        byte[] first = body[..Math.Min(FirstBytes, body.Length)];
        string text = Encoding.UTF8.GetString(first);
        return text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) || text.TrimEnd('\uFFFD').Contains('\uFFFD', StringComparison.Ordinal) ? Convert.ToHexString(first) : text;
    }
}
