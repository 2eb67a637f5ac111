using System.Text;
using Xunit;

namespace ZeroGex.Tests.Contracts;

/// <summary>Files under <c>contracts/</c> that code makes and people read: compared, and rewritten when ZEROGEX_UPDATE=1 says so.</summary>
static class ReleasedFiles
{
    public static string Folder { get; } = Path.Combine(SharedFiles.Root, "contracts");

    /// <summary>Asserts that a text file says exactly this.</summary>
    public static void Says(string expected, params string[] path)
    {
        string file = Prepare(Encoding.UTF8.GetBytes(expected), path);
        Assert.True(
            File.Exists(file) && File.ReadAllText(file) == expected,
            $"{file} does not say what the code says. Set ZEROGEX_UPDATE=1 to rewrite it, and look at the difference: it is a wire change.\n{expected}");
    }

    /// <summary>Asserts that a binary file holds exactly these bytes.</summary>
    public static void Holds(byte[] expected, params string[] path)
    {
        string file = Prepare(expected, path);
        Assert.True(
            File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(expected),
            $"{file} does not hold what the code writes. Set ZEROGEX_UPDATE=1 to rewrite it; it is a wire change.\n{Convert.ToHexString(expected)}");
    }

    static string Prepare(byte[] expected, string[] path)
    {
        string file = Path.Combine([Folder, .. path]);
        if (Environment.GetEnvironmentVariable("ZEROGEX_UPDATE") == "1") File.WriteAllBytes(file, expected);
        return file;
    }
}
