using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>The program as its users run it: a process with an environment, an output, signals and an exit code.</summary>
sealed partial class ZeroGexProcess : IAsyncDisposable
{
    const int Interrupt = 2;
    const double TicksPerSecond = 100; // USER_HZ, which Linux has promised never to change.

    // Another build of it, or the one beside the tests.
    static readonly string Program = Environment.GetEnvironmentVariable("ZEROGEX_TEST_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "zerogex");

    static readonly string[] Inherited = ["RABBITMQ_", "DB_", "REDIS_", "ZEROGEX_", "GATEWAY_", "SPOOL_", "HTTP_", "PARTITIONS", "FEED", "RISK_FREE_RATE", "INFERRED_", "AGGREGATION_", "WINDOW_"];

    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly Task _meter;

    ZeroGexProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Say(line.Data);
        _process.ErrorDataReceived += (_, line) => Say(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Pid = _process.Id;
        _meter = MeterAsync();
    }

    public string Name { get; }

    public int Pid { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Processor time of all its threads; of an ended process the last reading, at most a twentieth of a second old.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    /// <summary>What it has printed so far, both streams.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static ZeroGexProcess Start(string name, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        // Whoever was started in the background of a script ignores Ctrl-C, and so would its children: env undoes that, and becomes the program.
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string variable in start.Environment.Keys.Where(key => Inherited.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))).ToArray())
            start.Environment.Remove(variable);
        foreach (var (key, value) in environment) start.Environment[key] = value;
        return new ZeroGexProcess(name, start);
    }

    /// <summary>The sum of a metric over its labels, as the process tells it over HTTP; 0 while it tells nothing of it.</summary>
    public async Task<double> MetricAsync(string name)
    {
        if (Address().Match(Output) is not { Success: true } address) return 0;
        using var client = new HttpClient();
        string page = await client.GetStringAsync(new Uri($"{address.Groups[1].Value}/metrics"));
        return page.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal)).Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>As Ctrl-C does.</summary>
    public void PressControlC()
    {
        if (!_process.HasExited) _ = SendSignal(Pid, Interrupt);
    }

    /// <summary>Its exit code; null when it still runs after that time.</summary>
    public async Task<int?> ExitAsync(TimeSpan patience)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        await _meter;
        _process.Dispose();
    }

    async Task MeterAsync()
    {
        while (!_process.HasExited)
        {
            try
            {
                string stat = await File.ReadAllTextAsync($"/proc/{Pid}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // The third field onwards; the name before may hold anything.
                double ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
                if (ticks > 0) ProcessorTime = TimeSpan.FromSeconds(ticks / TicksPerSecond);
            }
            catch (IOException)
            {
                return;
            }

            await Task.Delay(50);
        }
    }

    [GeneratedRegex("(http://\\S+)/health")]
    private static partial Regex Address();

    void Say(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int SendSignal(int pid, int signal);
}
