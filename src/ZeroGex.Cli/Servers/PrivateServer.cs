using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace ZeroGex.Cli.Servers;

/// <summary>
/// A server of our own: on free loopback ports, with its data in one folder, started and stopped by this process.
/// Never a system service, never a port that somebody else holds.
/// </summary>
/// <remarks>
/// <para>The folder has one owner at a time (a file lock, which the system releases however the owner ends).</para>
/// <para>The server runs in a session of its own, so Ctrl-C reaches the program and not its servers. If the program is
/// killed, a waiting shell sees its lifeline (a pipe) close and stops the server; if that shell was killed too, the next
/// start finds the orphan by its folder and stops it before it opens the data. Only where nobody starts again does such an
/// orphan stay.</para>
/// <para>Linux only: processes are told apart through <c>/proc</c>.</para>
/// </remarks>
public abstract class PrivateServer : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Reads a word or the end of its input; at the end, stops each process that is still the one it was told of.</summary>
    const string LifelineScript = """
        read -r word && exit 0
        signal=$1; shift
        alive() {
            set -- "$1" "$2" $(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null)
            [ $# -gt 21 ] && [ "$3" != Z ] && [ "${22}" = "$2" ]
        }
        for entry; do
            pid=${entry%:*}; born=${entry#*:}; waited=0
            alive "$pid" "$born" && kill -s "$signal" "$pid"
            while alive "$pid" "$born" && [ $waited -lt 300 ]; do sleep 0.1; waited=$((waited + 1)); done
            alive "$pid" "$born" && kill -s KILL "$pid"
        done
        """;

    readonly SemaphoreSlim _gate = new(1, 1);
    FileStream? _owner;
    Process? _process;
    Process? _lifeline;
    bool _disposed;

    private protected PrivateServer(string folder) => Folder = Path.GetFullPath(folder);

    /// <summary>Where the server keeps everything it has.</summary>
    public string Folder { get; }

    public string Host { get; } = "127.0.0.1";

    /// <summary>The main port; another one at each start, the same after <see cref="RestartAsync"/>.</summary>
    public int Port { get; private protected set; }

    public int Pid => _process?.Id ?? throw new InvalidOperationException($"{Name} is not running.");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What the server printed; some keep further logs of their own.</summary>
    public string LogFile => Path.Combine(Folder, "server.log");

    private protected abstract string Name { get; }

    /// <summary>The names its processes carry in <c>/proc</c>.</summary>
    private protected abstract IReadOnlyCollection<string> ProcessNames { get; }

    /// <summary>The folder its processes work in, by which they are recognised.</summary>
    private protected virtual string WorkingFolder => Folder;

    private protected virtual int StopSignal => OwnProcess.Terminate;

    /// <summary>Asks for free ports and writes what the server reads at its start.</summary>
    private protected abstract void ChoosePorts();

    private protected abstract IReadOnlyList<int> Ports { get; }

    /// <summary>Everything that has to be there before the server starts: folders, first data.</summary>
    private protected virtual Task PrepareAsync(CancellationToken cancel) => Task.CompletedTask;

    private protected abstract (IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment) Start();

    /// <summary>True when it answers its protocol; an open port alone proves nothing.</summary>
    private protected abstract Task<bool> AnswersAsync(CancellationToken cancel);

    /// <summary>Further processes that end after the server.</summary>
    private protected virtual IReadOnlyList<int> Companions => [];

    private protected virtual Task StopCompanionsAsync() => Task.CompletedTask;

    private protected async Task OpenAsync(CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            _owner = await OwnAsync(cancel);
            await StopOrphansAsync();
            await PrepareAsync(cancel);
            for (int attempt = 1; ; attempt++)
            {
                ChoosePorts();
                if (await LaunchAsync(cancel)) return;
                // The usual reason is a port taken between the choice and the start.
                if (attempt == 3) throw new InvalidOperationException($"{Name} does not start. {LogTail()}");
            }
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>The hard way, as a power cut would: for tests of what survives it.</summary>
    public async Task KillAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_process is not { } process) return;
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            await ForgetAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops politely, keeping folder and ports for <see cref="RestartAsync"/>.</summary>
    public async Task StopAsync()
    {
        await _gate.WaitAsync();
        try
        {
            await StopProcessAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Starts again on the same ports and the same data, after stopping it if it still runs.</summary>
    public async Task RestartAsync(CancellationToken cancel = default)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await StopProcessAsync();
            await StopOrphansAsync();
            var clock = Stopwatch.StartNew();
            while (Ports.Any(p => !LoopbackPorts.IsFree(p)) && clock.Elapsed < TimeSpan.FromSeconds(10)) await Task.Delay(50, cancel);
            if (!await LaunchAsync(cancel)) throw new InvalidOperationException($"{Name} does not start again. {LogTail()}");
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _gate.WaitAsync();
        try
        {
            if (_disposed) return;
            _disposed = true;
            await StopProcessAsync();
            await StopCompanionsAsync();
        }
        finally
        {
            if (_owner is { } owner) await owner.DisposeAsync();
            _owner = null;
            _gate.Release();
        }
    }

    /// <summary>Starts a process in its own session, its output appended to the server's log.</summary>
    private protected Process Spawn(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        // setsid replaces itself by the command, so the process we hold is the server and not a shell above it.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", LogFile, .. command])
        {
            WorkingDirectory = WorkingFolder,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
    }

    /// <summary>A secret that stays with the data: other users of this machine reach the port, but not the server.</summary>
    private protected static string Secret(string file)
    {
        if (File.Exists(file)) return File.ReadAllText(file).Trim();
        string secret = RandomNumberGenerator.GetHexString(32, lowercase: true);
        WriteForOwner(file, secret);
        return secret;
    }

    /// <summary>A file that only its owner reads, from its first byte on.</summary>
    private protected static void WriteForOwner(string file, string text)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Private servers need Linux.");
        File.Delete(file);
        using var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    }

    private protected string LogTail()
    {
        string[] lines = File.Exists(LogFile) ? File.ReadAllLines(LogFile) : [];
        return $"The end of {LogFile}:\n{string.Join('\n', lines.TakeLast(15))}";
    }

    /// <summary>False when the server ended by itself before it answered.</summary>
    async Task<bool> LaunchAsync(CancellationToken cancel)
    {
        var (command, environment) = Start();
        _process = Spawn(command, environment);
        _lifeline = HoldLifeline();

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        try
        {
            while (!await AnswersAsync(deadline.Token))
            {
                if (_process.HasExited)
                {
                    await ForgetAsync();
                    return false;
                }

                await Task.Delay(30, deadline.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"{Name} did not answer within {Patience.TotalSeconds} s. {LogTail()}");
        }
    }

    Process HoldLifeline()
    {
        string signal = StopSignal.ToString(CultureInfo.InvariantCulture);
        var watched = new[] { Pid }.Concat(Companions)
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p}:{OwnProcess.Born(p) ?? "gone"}"));
        var start = new ProcessStartInfo("setsid", ["/bin/sh", "-c", LifelineScript, "sh", signal, .. watched])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("setsid did not start.");
    }

    async Task StopProcessAsync()
    {
        if (_process is not { } process) return;
        if (!process.HasExited) await OwnProcess.StopAsync(process.Id, StopSignal, TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync();
        await ForgetAsync();
    }

    async Task ForgetAsync()
    {
        if (_lifeline is { } lifeline)
        {
            try
            {
                await lifeline.StandardInput.WriteLineAsync("done");
                lifeline.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before us: nothing left to tell it.
            }

            await lifeline.WaitForExitAsync();
            lifeline.Dispose();
        }

        _lifeline = null;
        _process?.Dispose();
        _process = null;
    }

    async Task StopOrphansAsync()
    {
        foreach (int pid in OwnProcess.WorkingIn(WorkingFolder, ProcessNames))
            await OwnProcess.StopAsync(pid, StopSignal, TimeSpan.FromSeconds(30));
    }

    async Task<FileStream> OwnAsync(CancellationToken cancel)
    {
        string note = Path.Combine(Folder, "owner");
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var file = new FileStream(Path.Combine(Folder, "owner.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                await File.WriteAllTextAsync(note, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), cancel);
                return file;
            }
            catch (IOException) when (clock.Elapsed < TimeSpan.FromSeconds(15))
            {
                await Task.Delay(100, cancel); // A predecessor may be on its way out.
            }
            catch (IOException e)
            {
                string owner = File.Exists(note) ? await File.ReadAllTextAsync(note, cancel) : "unknown";
                throw new FolderInUseException($"{Folder} is in use by process {owner}: stop that first, or choose another folder.", e);
            }
        }
    }
}

/// <summary>Another process runs a server in the folder; the message says which.</summary>
public sealed class FolderInUseException(string message, Exception inner) : InvalidOperationException(message, inner);
