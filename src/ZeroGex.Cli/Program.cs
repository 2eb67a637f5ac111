using System.CommandLine;
using System.Reflection;
using ZeroGex.Bus;
using ZeroGex.Bus.Gateway;
using ZeroGex.Cli;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;
using ZeroGex.Storage.Export;

var root = new RootCommand("Dealer gamma exposure over an event-sourced bus. Start with: zerogex up")
{
    UpCommand.Create(),
    RunCommand.Create(),
    FeedCommand.Create(),
    GexCommand.Create(),
    AlertsCommand.Create(),
    LogCommand.Create(),
    ParkedCommand.Create(),
    ExportCommand.Create(),
    DbCommand.Create(),
    TablesCommand.Create(),
    BacktestCommand.Create(),
    IvCommand.Create(),
    AnalyzeCommand.Create(),
    ReplayCommand.Create(),
    VersionCommand(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) Console.Error.WriteLine($"zerogex: {error.Message}");
    Console.Error.WriteLine($"See: zerogex {string.Join(' ', args.TakeWhile(arg => !arg.StartsWith('-')))} --help".Replace("  ", " ", StringComparison.Ordinal));
    return 2;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(2) });
}
catch (Exception error) when (error is SettingsException or ExportException or LeaseTakenException or SpoolException or TopologyException or MissingServerException or FolderInUseException)
{
    Console.Error.WriteLine($"zerogex: {error.Message}");
    return 2;
}
catch (Exception error) when (error is Npgsql.NpgsqlException or MigrationException or CorruptEventException or FormatException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"zerogex: {error.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}

static Command VersionCommand()
{
    var command = new Command("version", "Print the version.");
    command.SetAction(_ => Console.WriteLine($"zerogex {Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}"));
    return command;
}
