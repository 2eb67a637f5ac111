using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ZeroGex.Cli.Servers;

/// <summary>What Linux knows about processes that .NET does not ask: their folder, their birth, their signals.</summary>
static class OwnProcess
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int SendSignal(int pid, int signal);

    public static void Signal(int pid, int signal)
    {
        if (pid <= 1) throw new ArgumentOutOfRangeException(nameof(pid), pid, "Not a process of ours.");
        _ = SendSignal(pid, signal); // A process that has gone meanwhile needs no signal.
    }

    /// <summary>Clock ticks since boot at which the process started: with the pid, its identity. Null when it is gone or a zombie.</summary>
    public static string? Born(int pid) => Stat(pid) is [var state, _, ..] fields && state != "Z" ? fields[19] : null;

    /// <summary>
    /// Processes with one of these names that work in this folder or were started on it, parents before children.
    /// Nobody else's: a server of the same kind elsewhere has another folder.
    /// </summary>
    public static IReadOnlyList<int> WorkingIn(string folder, params IReadOnlyCollection<string> names)
    {
        var found = new List<(int Pid, int Parent)>();
        foreach (string entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)) continue;
            if (Stat(pid) is not { } fields || fields[0] == "Z") continue;
            if (!names.Contains(Read($"{entry}/comm").TrimEnd('\n'))) continue;
            if (Folder(entry) != folder && !Read($"{entry}/cmdline").Split('\0').Contains(folder)) continue;
            found.Add((pid, int.Parse(fields[1], CultureInfo.InvariantCulture)));
        }

        var pids = found.Select(p => p.Pid).ToHashSet();
        return [.. found.OrderBy(p => pids.Contains(p.Parent)).Select(p => p.Pid)];
    }

    /// <summary>Asks politely, waits, then insists.</summary>
    public static async Task StopAsync(int pid, int signal, TimeSpan patience)
    {
        if (Born(pid) is not { } born) return;
        Signal(pid, signal);
        if (await GoneAsync(pid, born, patience)) return;
        Signal(pid, Kill);
        await GoneAsync(pid, born, TimeSpan.FromSeconds(10));
    }

    /// <summary>Runs a command to its end and returns what it said; a failure throws with the command and its words.</summary>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, string folder, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        string said = await output + await errors;
        return process.ExitCode == 0
            ? said
            : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {said.Trim()}");
    }

    static async Task<bool> GoneAsync(int pid, string born, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        while (Born(pid) == born)
        {
            if (clock.Elapsed > patience) return false;
            await Task.Delay(20);
        }

        return true;
    }

    /// <summary>The fields after the name, which may itself hold spaces and brackets: state, parent, ...</summary>
    static string[]? Stat(int pid)
    {
        string line = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        int name = line.LastIndexOf(") ", StringComparison.Ordinal);
        return name < 0 ? null : line[(name + 2)..].Split(' ');
    }

    static string Folder(string entry)
    {
        try
        {
            return new FileInfo($"{entry}/cwd").LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // Another user's process, or one that has just gone.
        }
    }

    static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
