using System.Diagnostics;
using Xunit;

namespace ZeroGex.Tests.Cli;

/// <summary>What the program answered: its exit code, what it printed, and what it complained of.</summary>
sealed record Answer(int Code, string Output, string Errors);

/// <summary>The program as people run it, in a process of its own.</summary>
static class ProgramRun
{
    // Whoever runs the tests may have settings of their own.
    static readonly string[] Settings =
    [
        "RISK_FREE_RATE", "INFERRED_RISK_FREE_RATE", "IV_MIN", "IV_MAX", "IV_DEFAULT", "IV_TOLERANCE", "IV_MAX_ITERATIONS", "FORWARDS", "FEED_VOLATILITY", "DB_HOST",
    ];

    public static async Task<Answer> RunAsync(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "zerogex.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string key in Settings) start.Environment.Remove(key);
        start.Environment["ZEROGEX_HOME"] = Path.Combine(Path.GetTempPath(), $"zerogex-no-home-{Environment.ProcessId}"); // Where no system is up.
        using var process = Process.Start(start)!;
        var cancel = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return new(process.ExitCode, await output, await errors);
    }
}
