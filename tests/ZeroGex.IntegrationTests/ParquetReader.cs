using System.Diagnostics;
using System.Text.Json;
using Xunit;
using ZeroGex.Tests;

namespace ZeroGex.IntegrationTests;

/// <summary>A Parquet file as somebody else reads it: hyparquet, a library in JavaScript, by <c>tests/parquet-reader/read.mjs</c>.</summary>
/// <param name="Metadata">Footer, as hyparquet names its parts; numbers are strings.</param>
/// <param name="Rows">Values as text, true or false, or null.</param>
sealed record ParquetReader(JsonElement Metadata, IReadOnlyList<string?[]> Rows)
{
    static readonly string Folder = Path.Combine(SharedFiles.Root, "tests", "parquet-reader");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Reads it. Without Node.js the test is skipped, and fails where <c>CI</c> is set.</summary>
    public static async Task<ParquetReader> ReadAsync(string path)
    {
        await InstallAsync();
        var (code, said, complained) = await RunAsync("node", Path.Combine(Folder, "read.mjs"), path);
        Assert.True(code == 0, $"hyparquet does not read {path}: {complained}");
        JsonElement[] lines = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        return new(lines[0], [.. lines[1..].Select(line => line.EnumerateArray().Select(Text).ToArray())]);
    }

    static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.GetString(),
    };

    // Once for a version of the lock file; what it installs is beside it, and git does not look.
    static async Task InstallAsync()
    {
        string lockFile = Path.Combine(Folder, "package-lock.json"), stamp = Path.Combine(Folder, "node_modules", "installed.json");
        string wanted = await File.ReadAllTextAsync(lockFile, Cancel);
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp, Cancel) == wanted) return;
        var (code, _, complained) = await RunAsync("npm", "ci", "--ignore-scripts", "--prefix", Folder);
        if (code != 0)
        {
            string what = $"node and npm do not bring hyparquet (apt-get install nodejs npm): {complained}";
            if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail(what);
            Assert.Skip(what);
        }

        await File.WriteAllTextAsync(stamp, wanted, Cancel);
    }

    static async Task<(int Code, string Said, string Complained)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return (127, "", missing.Message);
        }

        using (process)
        {
            var said = process.StandardOutput.ReadToEndAsync(Cancel);
            var complained = process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            return (process.ExitCode, await said, await complained);
        }
    }
}
