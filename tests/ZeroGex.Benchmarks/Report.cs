using System.Globalization;

namespace ZeroGex.Benchmarks;

/// <summary>Runs subjects one after the other and writes what they print to a page.</summary>
static class Report
{
    public static int Run(string[] args, IReadOnlyDictionary<string, Func<string[], int>> subjects)
    {
        if (args is not [var path, .. var names] || names.Any(name => !subjects.ContainsKey(name)))
        {
            Console.Error.WriteLine($"report takes a file and the subjects to run ({string.Join(' ', subjects.Keys)}); all when none is named.");
            return 2;
        }

        if (names.Length == 0) names = [.. subjects.Keys];
        var console = Console.Out;
        using var page = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        page.WriteLine($"""
            # Benchmarks

            Written by `dotnet run -c Release --project tests/ZeroGex.Benchmarks -- report docs/{Path.GetFileName(path)} {string.Join(' ', names)}`; run it again rather than edit it.
            Figures are of this machine and moment. Machines are shared and noisy: contenders take turns in one run, the fastest round counts, and ratios tell more than nanoseconds.
            The harness is the small one in `tests/ZeroGex.Benchmarks`: interleaved pieces, minimum and median.
            """);
        foreach (string name in names)
        {
            console.WriteLine($"{name} ...");
            using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
            Console.SetOut(output);
            int result;
            try
            {
                result = subjects[name]([]);
            }
            finally
            {
                Console.SetOut(console);
            }

            if (result != 0) return result;
            page.WriteLine($"\n## {name}\n\n```text\n{output.ToString().Trim()}\n```");
        }

        File.WriteAllText(path, page.ToString());
        console.WriteLine($"Written to {path}.");
        return 0;
    }
}
