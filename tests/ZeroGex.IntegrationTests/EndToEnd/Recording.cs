using System.Globalization;
using System.Text;
using Npgsql;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Streams;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>What a run left behind, as texts to compare: every row but for when it was calculated, every fact but for its stamp.</summary>
/// <param name="Tables">Rows by table.</param>
/// <param name="Facts">Quotes, prints, chain rows and bars, each with its stream; sorted.</param>
/// <param name="Ends">The last clock of every stream.</param>
/// <param name="Events">Messages that carried the facts.</param>
/// <param name="Holes">What cannot be in any log: versions or sequences that are missing, runs that shrink.</param>
sealed record Recording(IReadOnlyDictionary<string, IReadOnlyList<string>> Tables, IReadOnlyList<string> Facts, IReadOnlyDictionary<string, DateTime> Ends, long Events, IReadOnlyList<string> Holes)
{
    static readonly string[] Kinds = ["quotes", "trades", "chain", "bars"];

    public int Quotes => Facts.Count(fact => fact.StartsWith("quotes/", StringComparison.Ordinal));

    public int Prints => Facts.Count(fact => fact.StartsWith("trades/", StringComparison.Ordinal));

    /// <summary>Reads everything.</summary>
    public static async Task<Recording> ReadAsync(Site site, CancellationToken cancel)
    {
        var database = site.Database;
        var (facts, holes) = await ReadFactsAsync(database, cancel);
        var versions = await RowsAsync(database, """
            select s.id from mt_streams s left join mt_events e on e.stream_id = s.id
             group by s.id having min(e.version) <> 1 or max(e.version) <> count(*) or s.version <> count(*)
            """, cancel);
        return new(
            await TablesAsync(site, cancel),
            facts,
            await EndsAsync(database, cancel),
            (await RowsAsync(database, "select seq_id::text from mt_events", cancel)).Count,
            [.. holes, .. versions.Select(stream => $"{stream} lacks versions")]);
    }

    /// <summary>Whether the compared tables have the same rows by now.</summary>
    public async Task<bool> HasSameTablesAsync(Site site, CancellationToken cancel) =>
        (await TablesAsync(site, cancel)).All(table => table.Value.SequenceEqual(Tables[table.Key]));

    static async Task<SortedDictionary<string, IReadOnlyList<string>>> TablesAsync(Site site, CancellationToken cancel)
    {
        var tables = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var table in site.Tables)
            tables.Add(table.Name, await RowsAsync(site.Database, $"select (to_jsonb(t) - 'created_at')::text from {table.Name} t order by {string.Join(", ", table.Key)}", cancel));
        return tables;
    }

    /// <summary>How far each stream is recorded.</summary>
    public static async Task<Dictionary<string, DateTime>> EndsAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var ends = new Dictionary<string, DateTime>(StringComparer.Ordinal);
        await using var command = database.CreateCommand("select stream_id, as_of from stream_positions");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) ends[reader.GetString(0)] = reader.GetDateTime(1);
        return ends;
    }

    /// <summary>The facts of the log, sorted, and where messages are missing between them.</summary>
    public static async Task<(List<string> Facts, List<string> Holes)> ReadFactsAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var log = new EventLog(database);
        List<string> facts = [], holes = [];
        foreach (string kind in Kinds)
            foreach (string stream in await log.StreamsAsync(kind, cancel))
            {
                StreamPosition last = default;
                await foreach (var fact in log.ReadStreamAsync(stream, default, null, cancel))
                {
                    var position = fact.Stamp.Position();
                    bool follows = last.IsFollowedBy(position) || (position.Run > last.Run && position.Sequence == 1);
                    if (!follows) holes.Add($"In {stream}, run {last.Run} #{last.Sequence} is followed by run {position.Run} #{position.Sequence}.");
                    last = position;
                    facts.AddRange(Texts(fact).Select(text => $"{stream} {text}"));
                }
            }

        facts.Sort(StringComparer.Ordinal);
        return (facts, holes);
    }

    /// <summary>How far the recorded facts lead the folds of bars and flow, by a second hand: the pure folds, in this process.</summary>
    public static async Task<SortedDictionary<string, DateTime>> LastResultsAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var log = new EventLog(database);
        var spans = await log.SpansAsync(Kinds, cancel);
        var last = new SortedDictionary<string, DateTime>(StringComparer.Ordinal);
        foreach (var unit in spans.GroupBy(span => (span.Root, span.Session)).OrderBy(unit => unit.Key.Session))
            foreach (var spec in (FoldSpec[])[Folds.Bars, Folds.Flow])
            {
                var fold = spec.Create(unit.Key.Root, unit.Key.Session, new FoldSettings());
                var until = LogSpan.NextSession(spans, unit.Key.Root, unit.Key.Session) ?? DateTimeOffset.MaxValue;
                StreamSpan[] streams = [.. unit.Where(span => spec.Inputs.Contains(span.Kind)).Select(span => new StreamSpan(span.Stream, default, null))];
                await foreach (var message in log.ReadMergedAsync(streams, cancel))
                    foreach (var result in fold.Apply(message.Fact).Where(result => result.Time <= until)) last[$"{Contract.Of(result.GetType()).Alias} {result.Root}"] = result.Time.UtcDateTime;
            }

        return last;
    }

    /// <summary>What <see cref="LastResultsAsync"/> gives, from the tables.</summary>
    public static async Task<SortedDictionary<string, DateTime>> LastRowsAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var last = new SortedDictionary<string, DateTime>(StringComparer.Ordinal);
        await using var command = database.CreateCommand("""
            select 'bar_closed ' || symbol, max(timestamp) + interval '1 minute' from underlying_quotes group by symbol
            union all select 'flow_calculated ' || root, greatest(max(time), (select max(timestamp) + interval '1 minute' from flow_minutes minute where minute.root = flow.root)) from flow_seconds flow group by root
            union all select 'option_minute_closed ' || underlying, max(timestamp) + interval '1 minute' from option_chains group by underlying
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) last.Add(reader.GetString(0), reader.GetDateTime(1));
        return last;
    }

    /// <summary>The rows of traded exposure by a second hand: the recorded prints through the pure fold, in this process.</summary>
    public static async Task<List<string>> FoldAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var log = new EventLog(database);
        var rows = new List<string>();
        foreach (string stream in await log.StreamsAsync("trades", cancel))
        {
            var (_, root, session) = Contract.ParseStreamId(stream);
            var fold = new GexAggregator(root, session, new GexSettings());
            await foreach (var fact in log.ReadStreamAsync(stream, default, null, cancel))
                foreach (var window in fold.Apply((TradesObserved)fact))
                    rows.Add(string.Create(CultureInfo.InvariantCulture, $"{root} {window.Expiration:yyyy-MM-dd} {window.End.UtcDateTime:yyyy-MM-ddTHH:mm:ss} {window.TradeCount} {window.NaiveDay.Sum:R}"));
            Assert.Equal((0, 0), (fold.LatePrints, fold.LostMessages));
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    /// <summary>What <see cref="FoldAsync"/> gives, from the table.</summary>
    public static async Task<List<string>> DayRowsAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var rows = new List<string>();
        await using var command = database.CreateCommand("select root, expiration, time, trade_count, sum from traded_gex where measure = 'naive_day'");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)} {reader.GetFieldValue<DateOnly>(1):yyyy-MM-dd} {reader.GetDateTime(2):yyyy-MM-ddTHH:mm:ss} {reader.GetInt32(3)} {reader.GetDouble(4):R}"));
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    /// <summary>The same rows to the last digit, and every fact exactly once.</summary>
    public void AssertSameAs(Recording expected, Func<string> outputs)
    {
        var text = new StringBuilder();
        foreach (string hole in Holes) text.AppendLine(hole);
        foreach (var (table, rows) in Tables) Compare(text, table, expected.Tables[table], rows);
        Compare(text, "facts", expected.Facts, Facts);
        if (text.Length > 0) Assert.Fail($"{text}\n{outputs()}");
    }

    static void Compare(StringBuilder text, string what, IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var difference = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string row in expected) difference[row] = difference.GetValueOrDefault(row) - 1;
        foreach (string row in actual) difference[row] = difference.GetValueOrDefault(row) + 1;
        var wrong = difference.Where(entry => entry.Value != 0).OrderBy(entry => entry.Key, StringComparer.Ordinal).ToList();
        if (wrong.Count == 0) return;

        text.Append(CultureInfo.InvariantCulture, $"{what}: {expected.Count} expected, {actual.Count} there; {wrong.Sum(entry => Math.Max(0, -entry.Value))} missing, {wrong.Sum(entry => Math.Max(0, entry.Value))} too many, such as\n");
        foreach (var (row, count) in wrong.Take(6)) text.Append(CultureInfo.InvariantCulture, $"  {count:+0;-0} {(row.Length <= 400 ? row : row[..400] + "...")}\n");
    }

    static IEnumerable<string> Texts(IMarketFact fact) => fact switch
    {
        QuotesObserved quotes => Enumerable.Range(0, quotes.Time.Length).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{quotes.Contracts[quotes.Contract[i]]} {quotes.Time[i]} {quotes.Bid[i]:R}x{quotes.BidSize[i]} {quotes.Ask[i]:R}x{quotes.AskSize[i]} S={quotes.Spot[i]:R} {Cell(quotes.Last, i)} {Cell(quotes.Volume, i)} {Cell(quotes.Volatility, i)}")),
        TradesObserved trades => trades.Trades.Select(trade => trade.ToString()),
        ChainObserved chain => chain.Rows.Select(row => $"{chain.OpenInterestDate:yyyy-MM-dd} {row}"),
        BarsObserved bars => bars.Bars.Select(bar => bar.ToString()),
        _ => [],
    };

    static string Cell<T>(System.Collections.Immutable.ImmutableArray<T> column, int row) where T : IFormattable =>
        column.IsEmpty ? "-" : column[row].ToString(null, CultureInfo.InvariantCulture);

    static async Task<List<string>> RowsAsync(NpgsqlDataSource database, string sql, CancellationToken cancel)
    {
        var rows = new List<string>();
#pragma warning disable CA2100 // The statements are in this file.
        await using var command = database.CreateCommand(sql);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) rows.Add(reader.GetString(0));
        return rows;
    }
}
