using System.Diagnostics;
using System.Runtime.InteropServices;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Contracts;

namespace ZeroGex.Cli;

/// <summary>
/// A C# file becomes an assembly by the compiler of the .NET SDK that runs this program: a second of time, where a compiler of our own would be
/// 15 MB of packages. It may use what a strategy needs: the framework, the contracts and the analytics.
/// </summary>
static class StrategyCompiler
{
    const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        """;

    /// <exception cref="SettingsException">There is no compiler, or the file has errors: they are in the message, as the compiler wrote them.</exception>
    public static async Task<byte[]> CompileAsync(string path, CancellationToken cancel)
    {
        if (!File.Exists(path)) throw new SettingsException($"--strategy {path}: there is no such file.");
        var (dotnet, compiler) = Find() ?? throw new SettingsException(
            $"--strategy {path}: compiling needs the .NET SDK, and beside this runtime there is none. Build the strategy elsewhere and name its assembly: --strategy PATH.dll.");

        string folder = Directory.CreateTempSubdirectory("zerogex-strategy-").FullName;
        try
        {
            string usings = Path.Combine(folder, "Usings.cs"), output = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(path)}.dll"), answers = Path.Combine(folder, "csc.rsp");
            await File.WriteAllTextAsync(usings, Usings, cancel);
            string[] lines =
            [
                "-nologo", "-nostdlib", "-target:library", "-langversion:latest", "-nullable:enable", "-optimize", "-deterministic", "-debug:embedded", "-utf8output",
                $"-out:\"{output}\"", .. References().Select(reference => $"-r:\"{reference}\""), $"\"{usings}\"", $"\"{path}\"",
            ];
            await File.WriteAllLinesAsync(answers, lines, cancel);

            var start = new ProcessStartInfo(dotnet, ["exec", compiler, "-noconfig", $"@{answers}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var (said, failed) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
            await process.WaitForExitAsync(cancel);
            string text = (await said + await failed).Trim();
            if (process.ExitCode != 0) throw new SettingsException($"--strategy {path}: it does not compile.\n{text}");
            if (text.Length > 0) await Console.Error.WriteLineAsync(text);
            return await File.ReadAllBytesAsync(output, cancel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static (string Dotnet, string Compiler)? Find()
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string sdks = Path.Combine(root, "sdk");
        if (!Directory.Exists(sdks)) return null;
        string? compiler = Directory.GetDirectories(sdks)
            .Select(sdk => (Version: Version.TryParse(Path.GetFileName(sdk).Split('-')[0], out var version) ? version : new(0, 0), Path: Path.Combine(sdk, "Roslyn", "bincore", "csc.dll")))
            .Where(sdk => File.Exists(sdk.Path)).OrderByDescending(sdk => sdk.Version).Select(sdk => sdk.Path).FirstOrDefault();
        return compiler is null ? null : (Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"), compiler);
    }

    static IEnumerable<string> References()
    {
        string framework = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd(Path.DirectorySeparatorChar);
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(assembly => Path.GetDirectoryName(assembly) == framework)
            .Concat([typeof(GexCalculated).Assembly.Location, typeof(IStrategy).Assembly.Location]);
    }
}
