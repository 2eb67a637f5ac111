using ZeroGex.Benchmarks;

// One entry a subject; each prints one table and says what it measured.
var subjects = new SortedDictionary<string, Func<string[], int>>(StringComparer.Ordinal)
{
    ["american"] = American.Run,
    ["chain"] = Chain.Run,
    ["codec"] = Codec.Run,
    ["export"] = Export.Run,
    ["folds"] = FoldRuns.Run,
    ["kernels"] = Kernels.Run,
    ["log"] = Log.Run,
    ["machine"] = Machine.Run,
    ["quantlib"] = QuantLib.Run,
    ["replay"] = Replay.Run,
    ["tables"] = Tables.Run,
};

if (args is ["report", .. var page]) return Report.Run(page, subjects);
if (args is [var name, .. var rest] && subjects.TryGetValue(name, out var subject)) return subject(rest);

Console.Error.WriteLine($"Usage: dotnet run -c Release --project tests/ZeroGex.Benchmarks -- {string.Join('|', subjects.Keys)}|report");
return 2;
