using System.Collections.Concurrent;
using System.Diagnostics;
using ZeroGex.Analytics.Streams;
using ZeroGex.Bus.Consumers;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using EventLog = ZeroGex.Storage.EventLog;

namespace ZeroGex.Bus.Replay;

/// <summary>What is to be made again.</summary>
/// <param name="Roots">Option roots; empty for all.</param>
/// <param name="From">First session; null for the log's first.</param>
/// <param name="To">Last session; null for the log's last.</param>
public sealed record RebuildRange(IReadOnlyCollection<string> Roots, DateOnly? From, DateOnly? To)
{
    /// <summary>True when it is the whole table.</summary>
    public bool IsAll => Roots.Count == 0 && From is null && To is null;
}

/// <summary>What a rebuild did.</summary>
/// <param name="Sessions">Roots and sessions that were read.</param>
/// <param name="Messages">Messages that were read.</param>
/// <param name="Difference">The live table on the left, the new version on the right.</param>
/// <param name="Switched">Null when nothing was switched; true when the table was replaced, false when its rows were changed where they stand.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record RebuildReport(int Sessions, long Messages, TableDifference Difference, bool? Switched, double Seconds);

/// <summary>Makes a table again from the log: the recorded facts through the folds that run live, into a new version beside the old one.</summary>
/// <remarks>What is recorded after it has begun is the live writer's: its rows are taken over.</remarks>
public sealed class TableRebuild(EventLog log, TableShape table, FoldSettings settings, int threads)
{
    /// <summary>Reads, folds, writes, compares, and switches unless told not to.</summary>
    /// <param name="version">An empty version of the table.</param>
    /// <exception cref="InvalidOperationException">No fold makes this table.</exception>
    public async Task<RebuildReport> RunAsync(TableVersion version, RebuildRange range, bool isDry, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        var fold = ResultRows.FoldOf(table) ?? throw new InvalidOperationException($"No fold of this version makes {table.Name}.");
        var sessions = new ReplayRange(range.From ?? DateOnly.MinValue, range.To ?? DateOnly.MaxValue, null, null);
        Sink sink = new(new ResultTables(version.Source, table.Name));
        Replayer replayer = new(log, new ReplayQuestion(sessions, [.. range.Roots.Distinct().Order(StringComparer.Ordinal)], [fold.Name], settings), sink, echo: null, clock: null, threads);
        // A fold that waits for the clock of each input knows nothing of a session that lacks one: its rows are left as they are.
        var units = (await replayer.UnitsAsync(cancel)).Where(unit => fold.Inputs.All(kind => unit.Streams.Any(stream => stream.Kind == kind))).ToList();
        var manifest = await replayer.RunAsync($"rebuild of {table.Name}", "", units, cancel);

        await version.CoverAsync(units.SelectMany(unit => Spans(unit, sink.OwnersOf(unit.Root))), cancel);
        var difference = await version.CompareAsync(cancel);
        bool? switched = isDry || difference.IsNone ? null : await version.SwitchAsync(range.IsAll, cancel);
        return new(units.Count, manifest.Events, difference, switched, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    // What ends at or before the first clock may be the last of the session before; what ends within the grace of the last is still open.
    IEnumerable<TableSpan> Spans(ReplayUnit unit, IEnumerable<string> owners)
    {
        var upTo = unit.Last - settings.LongestGrace - table.Lasts;
        return owners.Select(owner => new TableSpan(owner, unit.First, upTo));
    }

    sealed class Sink(ResultTables tables) : IReplaySink
    {
        readonly ResultTables _tables = tables;
        readonly ConcurrentDictionary<(string Root, string Owner), bool> _owners = new();

        /// <summary>What the rows of a root belong to: the root, and the underlyings of its bars.</summary>
        public IEnumerable<string> OwnersOf(string root) => _owners.Keys.Where(known => known.Root == root).Select(known => known.Owner).Append(root).Distinct();

        public Task<IReadOnlyList<UnitOutcome>> FinishedAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<UnitOutcome>>([]);

        public Task<IUnitSink> OpenAsync(string root, DateOnly session, CancellationToken cancel) => Task.FromResult<IUnitSink>(new Unit(this, root));

        public Task EndAsync(ReplayManifest manifest, CancellationToken cancel) => Task.CompletedTask;

        sealed class Unit(Sink sink, string root) : IUnitSink
        {
            public Task WriteAsync(IReadOnlyList<IMarketResult> results, CancellationToken cancel)
            {
                foreach (var bar in results.OfType<BarClosed>()) sink._owners[(root, bar.Symbol)] = true;
                return sink._tables.WriteAsync(results, [], cancel);
            }

            public Task FinishAsync(UnitOutcome outcome, CancellationToken cancel) => Task.CompletedTask;

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
