using Xunit;

namespace ZeroGex.Tests;

/// <summary>Finds the real market data and reference vectors beside the project's root.</summary>
public static class SharedFiles
{
    /// <summary>A file or folder of real market data; skips the test where there is none, fails it where CI is set.</summary>
    public static string Data(string relative) => Find(Path.Combine("data", relative));

    /// <summary>A file of reference values.</summary>
    public static string Vectors(string relative) => Find(Path.Combine("vectors", relative));

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    static string Find(string relative)
    {
        string path = Path.GetFullPath(Path.Combine(Root, "..", "shared", relative));
        if (File.Exists(path) || Directory.Exists(path)) return path;
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail($"{path} is missing.");
        Assert.Skip($"{path} is not here.");
        return path;
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ZeroGex.Bus.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("ZeroGex.Bus.sln is in no parent folder.");
    }
}
