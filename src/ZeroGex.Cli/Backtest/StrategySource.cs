using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using ZeroGex.Analytics.Backtest;

namespace ZeroGex.Cli;

/// <summary>A strategy by name, from an assembly or from a C# file; unloaded when disposed of.</summary>
public sealed class StrategySource : IDisposable
{
    readonly StrategyContext? _context;

    StrategySource(IStrategy strategy, StrategyContext? context) => (Strategy, _context) = (strategy, context);

    /// <summary>The strategies that come with the program.</summary>
    public static IReadOnlyDictionary<string, Type> Bundled { get; } = new SortedDictionary<string, Type>(StringComparer.Ordinal)
    {
        ["wall-fade"] = typeof(WallFade),
        ["zero-gamma"] = typeof(ZeroGammaSide),
    };

    /// <summary>Ready to trade.</summary>
    public IStrategy Strategy { get; }

    /// <param name="name">A bundled name, <c>PATH.cs</c> or <c>PATH.dll</c>; after a path <c>:Type</c> where there are several.</param>
    /// <param name="parameters">KEY=VALUE pairs for its constructor or properties.</param>
    /// <exception cref="SettingsException">There is none, it does not compile, or its parameters do not fit.</exception>
    public static async Task<StrategySource> OpenAsync(string name, IReadOnlyList<string> parameters, CancellationToken cancel)
    {
        if (Bundled.TryGetValue(name, out var bundled)) return new StrategySource(StrategyParameters.Create(bundled, parameters), null);

        var (path, type) = Split(name);
        if (!File.Exists(path)) throw new SettingsException($"--strategy {name}: no file of that name, and no strategy; there are {string.Join(", ", Bundled.Keys)}, PATH.cs and PATH.dll.");
        var context = new StrategyContext(Path.GetFullPath(path));
        try
        {
            var assembly = IsSource(path) ? context.Load(await StrategyCompiler.CompileAsync(path, cancel)) : context.Load(await File.ReadAllBytesAsync(path, cancel));
            return new StrategySource(StrategyParameters.Create(Find(assembly, path, type), parameters), context);
        }
        catch (Exception error) when (error is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException or ReflectionTypeLoadException or MissingMethodException)
        {
            context.Unload();
            throw new SettingsException($"--strategy {name}: it cannot be loaded: {error.Message}");
        }
        catch
        {
            context.Unload();
            throw;
        }
    }

    /// <summary>Where in its own code a strategy failed, for example <c>Fade.cs:12</c>; null when its assembly does not say.</summary>
    public static string? PlaceOf(StrategyException error) =>
        error.InnerException is { } inner && new StackTrace(inner, fNeedFileInfo: true).GetFrames().FirstOrDefault(frame => frame.GetMethod()?.DeclaringType?.Assembly is { IsCollectible: true }) is { } frame && frame.GetFileName() is { } file
            ? $"{Path.GetFileName(file)}:{frame.GetFileLineNumber()}"
            : null;

    public void Dispose() => _context?.Unload();

    static Type Find(Assembly assembly, string path, string? name)
    {
        var types = assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IStrategy).IsAssignableFrom(type)).ToList();
        var named = name is null ? types : [.. types.Where(type => type.Name == name || type.FullName == name)];
        return named switch
        {
            [var one] => one,
            [] when types.Count == 0 => throw new SettingsException($"--strategy {path}: no class there implements {nameof(IStrategy)}."),
            _ => throw new SettingsException($"--strategy {path}{(name is null ? "" : $":{name}")}: there are {string.Join(", ", types.Select(type => type.FullName))}; name one, as in {path}:{types[0].Name}."),
        };
    }

    static (string Path, string? Type) Split(string name)
    {
        foreach (string extension in new[] { ".cs:", ".dll:" })
            if (name.LastIndexOf(extension, StringComparison.OrdinalIgnoreCase) is >= 0 and var at) return (name[..(at + extension.Length - 1)], name[(at + extension.Length)..]);
        return (name, null);
    }

    static bool IsSource(string path) => path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);

    /// <summary>A place for the user's code: what it brings along is its own; contracts and interfaces are ours, or it could not talk to us.</summary>
    sealed class StrategyContext(string path) : AssemblyLoadContext(Path.GetFileName(path), isCollectible: true)
    {
        readonly AssemblyDependencyResolver? _beside = IsSource(path) ? null : new(path);

        public Assembly Load(byte[] image)
        {
            using var stream = new MemoryStream(image);
            return LoadFromStream(stream);
        }

        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name!.StartsWith("ZeroGex.", StringComparison.Ordinal) || _beside?.ResolveAssemblyToPath(assemblyName) is not { } found ? null : LoadFromAssemblyPath(found);
    }
}
