using System.Diagnostics;
using Xunit;

namespace ZeroGex.IntegrationTests;

/// <summary>
/// The launcher in a small house of its own, in a folder with a space in its name: a <c>dotnet</c> that only notes its calls
/// and "builds" programs that are shell scripts. So these tests know every build that happened.
/// </summary>
public sealed class LauncherTests
{
    const string Program = "src/ZeroGex.Cli/bin/Release/net10.0/zerogex";

    readonly string _house = Servers.NewFolder("house of its own");
    readonly string _tools = Servers.NewFolder("tools");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public LauncherTests()
    {
        string root = Root();
        File.Copy(Path.Combine(root, "zerogex"), Path.Combine(_house, "zerogex"));
        foreach (string file in new[] { "global.json", "Directory.Build.props", "ZeroGex.Bus.sln", ".editorconfig" })
            File.Copy(Path.Combine(root, file), Path.Combine(_house, file));
        foreach (string folder in new[] { "contracts", "src/ZeroGex.Cli", "tests" }) Directory.CreateDirectory(Path.Combine(_house, folder));
        File.WriteAllText(Path.Combine(_house, "src/ZeroGex.Cli/Program.cs"), "first");

        Script(Path.Combine(_tools, "dotnet"), $$"""
            case $1 in
                --version) echo 10.0.401 ;;
                build)
                    echo built >>'{{_house}}/builds'
                    sleep 0.5
                    for program in '{{_house}}'/prepared/*; do
                        name=$(basename "$program")
                        case $name in zerogex) folder=src/ZeroGex.Cli ;; *) folder=tests/$name ;; esac
                        mkdir -p "{{_house}}/$folder/bin/Release/net10.0"
                        cp "$program" "{{_house}}/$folder/bin/Release/net10.0/"
                    done ;;
            esac
            """);
        Prepare("zerogex", "echo \"$$|$PWD\"; for argument; do echo \"<$argument>\"; done; exit 7");
    }

    [Fact]
    public async Task It_describes_itself()
    {
        var (code, said, _) = await RunAsync("help");
        Assert.Equal(0, code);
        Assert.Contains("./zerogex up", said, StringComparison.Ordinal);
        Assert.Contains("./zerogex test", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_becomes_the_program_with_the_very_arguments_and_exit_code()
    {
        using var launcher = Start(["gex", "levels", "two words", "*", ""], folder: "/");
        string said = await launcher.StandardOutput.ReadToEndAsync(Cancel);
        await launcher.WaitForExitAsync(Cancel);
        Assert.Equal(7, launcher.ExitCode);
        // The same process: Ctrl-C and kill reach the program, with no shell between. And the caller's folder.
        Assert.Equal($"{launcher.Id}|/\n<gex>\n<levels>\n<two words>\n<*>\n<>\n", said);
    }

    [Fact]
    public async Task It_builds_once_until_a_source_changes()
    {
        await RunAsync("version");
        await RunAsync("version");
        Assert.Equal(1, Builds());
        await File.WriteAllTextAsync(Path.Combine(_house, "src/ZeroGex.Cli/Program.cs"), "second", Cancel);
        await RunAsync("version");
        Assert.Equal(2, Builds());
        File.Delete(Path.Combine(_house, Program));
        await RunAsync("version");
        Assert.Equal(3, Builds());
    }

    [Fact]
    public async Task A_second_terminal_waits_for_the_build_of_the_first()
    {
        var runs = await Task.WhenAll(RunAsync("version"), RunAsync("version"), RunAsync("version"));
        Assert.Equal(1, Builds());
        Assert.All(runs, run => Assert.Equal(7, run.Code));
        Assert.Equal(2, runs.Count(run => run.Complained.Contains("waiting", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_build_that_failed_is_said_and_tried_again()
    {
        File.Delete(Path.Combine(_house, "prepared", "zerogex"));
        string dotnet = Path.Combine(_tools, "dotnet");
        string works = await File.ReadAllTextAsync(dotnet, Cancel);
        Script(dotnet, "case $1 in --version) echo 10.0.401 ;; build) echo 'error: no luck'; exit 1 ;; esac");
        var (code, _, complained) = await RunAsync("version");
        Assert.Equal(2, code);
        Assert.Contains("error: no luck", complained, StringComparison.Ordinal);

        await File.WriteAllTextAsync(dotnet, works, Cancel);
        Prepare("zerogex", "exit 7");
        Assert.Equal(7, (await RunAsync("version")).Code);
    }

    [Fact]
    public async Task Tests_are_added_up_in_the_last_line()
    {
        PrepareSuite("ZeroGex.Tests", "Total: 12, Errors: 0, Failed: 0, Skipped: 2, Not Run: 0, Time: 1.0s");
        PrepareSuite("ZeroGex.IntegrationTests", "Total: 30, Errors: 0, Failed: 0, Skipped: 0, Not Run: 4, Time: 1.0s");
        var (code, said, _) = await RunAsync("test");
        Assert.Equal((0, "40 passed, 0 failed, 2 skipped\n"), (code, said));
    }

    [Theory]
    [InlineData("Total: 12, Errors: 1, Failed: 2, Skipped: 0, Not Run: 0, Time: 1.0s", 1, "19 passed, 3 failed, 0 skipped\n")]
    [InlineData("Total: 12, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1.0s", 139, "21 passed, 1 failed, 0 skipped\n")]
    [InlineData("", 139, "10 passed, 1 failed, 0 skipped\n")]
    [InlineData("", 0, "10 passed, 1 failed, 0 skipped\n")]
    public async Task A_failure_a_crash_and_a_silence_are_failures(string summary, int code, string expected)
    {
        PrepareSuite("ZeroGex.Tests", summary, code);
        PrepareSuite("ZeroGex.IntegrationTests", "Total: 10, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1.0s");
        var run = await RunAsync("test");
        Assert.Equal((1, expected), (run.Code, run.Said));
    }

    [Fact]
    public async Task Filters_reach_the_runner_and_long_tests_only_when_asked()
    {
        PrepareSuite("ZeroGex.Tests", "Total: 0", report: "arguments");
        PrepareSuite("ZeroGex.IntegrationTests", "Total: 0");
        await RunAsync("test", "--", "-class", "*Gex");
        Assert.Equal("-noColor -class *Gex -trait- tier=long\n", await File.ReadAllTextAsync(Path.Combine(_house, "arguments"), Cancel));
        await RunAsync("test", "--long");
        Assert.Equal("-noColor\n", await File.ReadAllTextAsync(Path.Combine(_house, "arguments"), Cancel));
        Assert.Equal(2, (await RunAsync("test", "--short")).Code);
    }

    [Fact]
    public async Task Without_the_SDK_it_names_the_command_that_installs_it()
    {
        string few = Servers.NewFolder("few tools");
        foreach (string tool in new[] { "bash", "dirname", "readlink", "sed", "env" })
            File.CreateSymbolicLink(Path.Combine(few, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        var (code, _, complained) = await FinishAsync(Start(["version"], path: few));
        Assert.Equal(2, code);
        Assert.Contains("dotnet-install.sh", complained, StringComparison.Ordinal);
    }

    // The tests of exports read Parquet with somebody else's library, which node and npm bring.
    [Fact]
    public async Task Test_names_the_packages_that_are_missing()
    {
        string few = Servers.NewFolder("tools without node");
        foreach (string tool in new[] { "bash", "dirname", "readlink", "sed", "env", "mkdir", "flock", "cat", "find", "sort", "sha256sum", "cut", "date", "cp", "sleep", "basename", "tail", "head", "grep", "rm" })
            File.CreateSymbolicLink(Path.Combine(few, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        PrepareSuite("ZeroGex.Tests", "Total: 0");
        PrepareSuite("ZeroGex.IntegrationTests", "Total: 0");
        var (code, _, complained) = await FinishAsync(Start(["test"], path: $"{_tools}:{few}"));
        Assert.Equal(0, code);
        Assert.Matches("Missing: .*node.* Install with: .* nodejs npm", complained);
    }

    int Builds() => File.ReadAllLines(Path.Combine(_house, "builds")).Length;

    void PrepareSuite(string name, string summary, int code = 0, string report = "ignored") => Prepare(name, $"""
        echo "$*" >'{_house}/{report}'
        echo 'xUnit.net v3 In-Process Runner'
        [ -z '{summary}' ] || echo '   {name}  {summary}'
        exit {code}
        """);

    void Prepare(string name, string script)
    {
        Directory.CreateDirectory(Path.Combine(_house, "prepared"));
        Script(Path.Combine(_house, "prepared", name), script);
    }

    static void Script(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/bash\n{text}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    Task<(int Code, string Said, string Complained)> RunAsync(params string[] arguments)
    {
        // Every program has to be there before `test` looks for it.
        if (!File.Exists(Path.Combine(_house, "prepared", "ZeroGex.Tests"))) PrepareSuite("ZeroGex.Tests", "Total: 0");
        return FinishAsync(Start(arguments));
    }

    Process Start(string[] arguments, string? folder = null, string? path = null)
    {
        var start = new ProcessStartInfo(Path.Combine(_house, "zerogex"), arguments)
        {
            WorkingDirectory = folder ?? _tools,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path ?? $"{_tools}:{Environment.GetEnvironmentVariable("PATH")}";
        // The servers' presence is no matter here, and installing them even less.
        start.Environment["ZEROGEX_NO_INSTALL"] = "1";
        return Process.Start(start)!;
    }

    static async Task<(int Code, string Said, string Complained)> FinishAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            var said = process.StandardOutput.ReadToEndAsync(Cancel);
            var complained = process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            return (process.ExitCode, await said, await complained);
        }
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ZeroGex.Bus.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("ZeroGex.Bus.sln is in no parent folder.");
    }
}
