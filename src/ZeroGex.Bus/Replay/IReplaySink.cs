using System.Text.Json;
using ZeroGex.Bus.Consumers;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Replay;

/// <summary>Where the results of a replay go; never where live ones are. What is finished is finished for good, also when the process is killed.</summary>
public interface IReplaySink
{
    /// <summary>Units that an earlier go has finished.</summary>
    Task<IReadOnlyList<UnitOutcome>> FinishedAsync(CancellationToken cancel);

    /// <summary>Opens a unit's results; what an unfinished go has left of them is gone or written over.</summary>
    Task<IUnitSink> OpenAsync(string root, DateOnly session, CancellationToken cancel);

    /// <summary>Keeps the manifest of the whole.</summary>
    Task EndAsync(ReplayManifest manifest, CancellationToken cancel);
}

/// <summary>Takes the results of one unit.</summary>
public interface IUnitSink : IAsyncDisposable
{
    /// <summary>Writes results, in order.</summary>
    Task WriteAsync(IReadOnlyList<IMarketResult> results, CancellationToken cancel);

    /// <summary>The unit is whole.</summary>
    Task FinishAsync(UnitOutcome outcome, CancellationToken cancel);
}

/// <summary>Results into the tables of a schema of the run's own.</summary>
/// <param name="tables">The tables of that schema.</param>
public sealed class SchemaSink(string name, ReplayRuns runs, ResultTables tables) : IReplaySink
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<UnitOutcome>> FinishedAsync(CancellationToken cancel) =>
        [.. (await runs.UnitsAsync(name, cancel)).Select(text => JsonSerializer.Deserialize<UnitOutcome>(text, ReplayJson.Options)!)];

    /// <inheritdoc/>
    public Task<IUnitSink> OpenAsync(string root, DateOnly session, CancellationToken cancel) => Task.FromResult<IUnitSink>(new Unit(name, runs, tables));

    /// <inheritdoc/>
    public Task EndAsync(ReplayManifest manifest, CancellationToken cancel) => runs.SetStatusAsync(name, "done", JsonSerializer.Serialize(manifest, ReplayJson.Options), cancel);

    sealed class Unit(string name, ReplayRuns runs, ResultTables tables) : IUnitSink
    {
        // Rows are keyed and the same question gives the same rows: those of an unfinished go are written over.
        public Task WriteAsync(IReadOnlyList<IMarketResult> results, CancellationToken cancel) => tables.WriteAsync(results, [], cancel);

        public Task FinishAsync(UnitOutcome outcome, CancellationToken cancel) =>
            runs.SaveUnitAsync(name, outcome.Root, outcome.Session, JsonSerializer.Serialize(outcome, ReplayJson.Options), cancel);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Results into files, one JSON object a line: <c>{alias}/{root}-{session}.ndjson</c>, and <c>manifest.json</c> when all of it is there.</summary>
public sealed class FolderSink(string folder) : IReplaySink
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<UnitOutcome>> FinishedAsync(CancellationToken cancel)
    {
        string units = Path.Combine(folder, "units");
        return Task.FromResult<IReadOnlyList<UnitOutcome>>(Directory.Exists(units)
            ? [.. Directory.GetFiles(units, "*.json").Order(StringComparer.Ordinal).Select(file => JsonSerializer.Deserialize<UnitOutcome>(File.ReadAllText(file), ReplayJson.Options)!)]
            : []);
    }

    /// <inheritdoc/>
    public Task<IUnitSink> OpenAsync(string root, DateOnly session, CancellationToken cancel) => Task.FromResult<IUnitSink>(new Unit(folder, $"{root}-{session:yyyy-MM-dd}"));

    /// <inheritdoc/>
    public Task EndAsync(ReplayManifest manifest, CancellationToken cancel) =>
        AppearAsync(Path.Combine(folder, "manifest.json"), JsonSerializer.SerializeToUtf8Bytes(manifest, ReplayJson.Options), cancel);

    static async Task AppearAsync(string file, byte[] bytes, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file + ".part", bytes, cancel);
        File.Move(file + ".part", file, overwrite: true);
    }

    sealed class Unit(string folder, string unit) : IUnitSink
    {
        readonly Dictionary<string, FileStream> _files = new(StringComparer.Ordinal);

        public async Task WriteAsync(IReadOnlyList<IMarketResult> results, CancellationToken cancel)
        {
            foreach (IMarketResult result in results)
            {
                var file = FileOf(Contract.Of(result.GetType()).Alias);
                await JsonSerializer.SerializeAsync(file, result, result.GetType(), ContractJson.Options, cancel);
                file.WriteByte((byte)'\n');
            }
        }

        public async Task FinishAsync(UnitOutcome outcome, CancellationToken cancel)
        {
            foreach (var file in _files.Values) await file.DisposeAsync();
            foreach (string name in _files.Values.Select(file => file.Name)) File.Move(name, name[..^".part".Length], overwrite: true);
            await AppearAsync(Path.Combine(folder, "units", $"{unit}.json"), JsonSerializer.SerializeToUtf8Bytes(outcome, ReplayJson.Options), cancel);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var file in _files.Values) await file.DisposeAsync();
        }

        FileStream FileOf(string alias)
        {
            if (_files.TryGetValue(alias, out var known)) return known;
            string kind = Path.Combine(folder, alias);
            Directory.CreateDirectory(kind);
            return _files[alias] = new FileStream(Path.Combine(kind, $"{unit}.ndjson.part"), FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        }
    }
}
