using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>One row of the legacy table <c>inferred_gexray3</c>: dollars per $1 move of the underlying, one window on its own.</summary>
/// <param name="Time">The window's end, UTC.</param>
/// <param name="Ticker">The option root.</param>
/// <param name="Expiration">The expiration as text, <c>yyyy-MM-dd</c>.</param>
/// <param name="Spot">The underlying's price, dollars.</param>
/// <param name="ZeroGamma">Dollars; the spot where the ladder never changes sign.</param>
/// <param name="MajorPosVol">Strike of the highest exposure.</param>
/// <param name="MajorNegVol">Strike of the lowest exposure.</param>
/// <param name="SumGexVol">Sum over the strikes.</param>
/// <param name="MinorPosVol">Strike of the second-highest exposure, 0 when there is none.</param>
/// <param name="MinorNegVol">Strike of the second-lowest exposure, 0 when there is none.</param>
/// <param name="Trades">The window's input objects, a JSON array.</param>
/// <param name="Strikes">The ladder, a JSON array of <c>[strike, gex, volume]</c>.</param>
/// <param name="TradeCount">Prints in the window.</param>
/// <param name="TotalVolume">Contracts traded in the window; the column holds 32 bits.</param>
public sealed record GexRow(
    DateTimeOffset Time,
    string Ticker,
    string Expiration,
    double Spot,
    double ZeroGamma,
    double MajorPosVol,
    double MajorNegVol,
    double SumGexVol,
    double MinorPosVol,
    double MinorNegVol,
    [Json] string Trades,
    [Json] string Strikes,
    int TradeCount,
    long TotalVolume);

/// <summary>The names of the measures in <c>traded_gex</c>.</summary>
public static class GexMeasure
{
    /// <summary>Legacy arithmetic, one window: dollars per $1 move.</summary>
    public const string NaiveWindow = "naive_window";

    /// <summary>Calls +, puts −, since the session began: dollars per 1 % move.</summary>
    public const string NaiveDay = "naive_day";

    /// <summary>−aggressor·γ·size, one window: dollars per 1 % move.</summary>
    public const string DealerSignedWindow = "dealer_signed_window";

    /// <summary>−aggressor·γ·size, since the session began: dollars per 1 % move.</summary>
    public const string DealerSignedDay = "dealer_signed_day";

    /// <summary>A window as the rows of <c>traded_gex</c>: its measures side by side.</summary>
    public static IEnumerable<TradedGexRow> RowsOf(GexCalculated window)
    {
        string model = JsonSerializer.Serialize(window.Model, ContractJson.Options);
        bool isIncomplete = window.WindowIncomplete ?? window.Incomplete;
        if (window.NaiveWindow is { } naive) yield return Row(NaiveWindow, naive, window.AggressorShareWindow, isIncomplete);
        yield return Row(NaiveDay, window.NaiveDay, window.AggressorShareDay, window.Incomplete);
        yield return Row(DealerSignedWindow, window.DealerSignedWindow, window.AggressorShareWindow, isIncomplete);
        yield return Row(DealerSignedDay, window.DealerSignedDay, window.AggressorShareDay, window.Incomplete);

        TradedGexRow Row(string measure, GexLadder ladder, double share, bool isIncomplete) => new(
            window.End, window.Root, window.Expiration, measure, window.Spot, ladder.Sum, ladder.ZeroGamma,
            ladder.MajorPositive, ladder.MajorNegative, ladder.MinorPositive, ladder.MinorNegative,
            StrikesJson(ladder), share, window.TradeCount, window.Volume, isIncomplete, model);
    }

    // Most of the work of a row: a day's ladder has hundreds of rungs, and a window four ladders.
    static string StrikesJson(GexLadder ladder)
    {
        var text = new StringBuilder(2 + 40 * ladder.Strikes.Length).Append('[');
        foreach (ref readonly var rung in ladder.Strikes.AsSpan())
        {
            if (text.Length > 1) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"[{rung.Strike:R},{rung.Gex:R},{rung.Volume}]");
        }

        return text.Append(']').ToString();
    }
}

/// <summary>One measure of traded gamma of one window, with the model that made it: a row of <c>traded_gex</c>.</summary>
/// <param name="Time">The window's end, UTC.</param>
/// <param name="Root">The option root.</param>
/// <param name="Expiration">The expiration.</param>
/// <param name="Measure">One of <see cref="GexMeasure"/>; it says the unit.</param>
/// <param name="Spot">The underlying's price, dollars.</param>
/// <param name="Sum">Sum over the strikes.</param>
/// <param name="ZeroGamma">Dollars; null when the ladder does not change sign.</param>
/// <param name="MajorPositive">Strike of the highest exposure; null when there is none.</param>
/// <param name="MajorNegative">Strike of the lowest exposure; null when there is none.</param>
/// <param name="MinorPositive">Strike of the second-highest exposure; null when there is none.</param>
/// <param name="MinorNegative">Strike of the second-lowest exposure; null when there is none.</param>
/// <param name="Strikes">The ladder, a JSON array of <c>[strike, gex, volume]</c>.</param>
/// <param name="AggressorShare">Share (0–1) of the measure's volume whose aggressor is known.</param>
/// <param name="TradeCount">Prints in the window.</param>
/// <param name="Volume">Contracts traded in the window.</param>
/// <param name="Incomplete">True when facts that touch the measure were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object; its engine version is not part of what makes rows equal.</param>
public sealed record TradedGexRow(
    DateTimeOffset Time,
    string Root,
    DateOnly Expiration,
    string Measure,
    double Spot,
    double Sum,
    double? ZeroGamma,
    double? MajorPositive,
    double? MajorNegative,
    double? MinorPositive,
    double? MinorNegative,
    [Json] string Strikes,
    double AggressorShare,
    int TradeCount,
    long Volume,
    bool Incomplete,
    [Json(Except = "engineVersion")] string Model);

/// <summary>Closed windows of traded gamma exposure: the legacy table and the canonical one, written together.</summary>
/// <remarks>Disposable: all of it can be rebuilt from the event log, and a replay that finds the same row writes nothing.</remarks>
public sealed class GexTable(NpgsqlDataSource database)
{
    /// <summary>The most rows one query answers with.</summary>
    public const int MaxRows = 100_000;

    /// <summary>
    /// Writes rows and the marks that cover them in one transaction. Rows are keyed; one that is there already with the same values is left alone,
    /// and of two with the same key the later one counts.
    /// </summary>
    /// <returns>How many rows were added or changed.</returns>
    public async Task<int> WriteAsync(
        IReadOnlyList<GexRow> legacy, IReadOnlyList<TradedGexRow> measures, IReadOnlyList<ProgressMark> marks, CancellationToken cancel) =>
        (await new TableWrite().Add(Tables.LegacyGex, legacy).Add(Tables.TradedGex, measures).Mark(marks).CommitAsync(database, cancel)).Values.Sum();

    /// <summary>
    /// The levels as of now: per ticker and expiration the newest window, as far as it is less than an hour older than the ticker's newest.
    /// Ordered by ticker and expiration.
    /// </summary>
    /// <param name="ticker">Null for all.</param>
    public Task<IReadOnlyList<GexRow>> LatestAsync(string? ticker, CancellationToken cancel) =>
        Tables.LegacyGex.ReadAsync(database, Newest(Tables.LegacyGex.Name, "ticker", measures: [], Tables.LegacyGex.SelectList), [ticker], cancel);

    /// <summary>
    /// The newest rows of each owner ($1, or all) and expiration, per measure where the table has measures. From key to key through the index, one
    /// probe each: comparing (owner, expiration) as a row would walk over all rows of the owner.
    /// </summary>
    /// <param name="owner">The column: ticker or root.</param>
    static string Newest(string table, string owner, string[] measures, string columns)
    {
        string key = measures.Length == 0 ? $"{owner}, expiration" : $"{owner}, expiration, measure";
        string ofMeasure = measures.Length == 0 ? "" : $"cross join unnest(array['{string.Join("', '", measures)}']) as measure (measure)";
        string andMeasure = measures.Length == 0 ? "" : "and row.measure = measure.measure";
        return $"""
            with recursive owner as (
                select coalesce($1, (select min({owner}) from {table})) as {owner}
                union all
                select (select min({owner}) from {table} where {owner} > before.{owner})
                  from owner as before where before.{owner} is not null and $1 is null
            ), pair as (
                select {owner}, (select min(expiration) from {table} where {owner} = owner.{owner}) as expiration
                  from owner where {owner} is not null
                union all
                select {owner}, (select min(expiration) from {table} where {owner} = before.{owner} and expiration > before.expiration)
                  from pair as before where expiration is not null
            ), newest as (
                select {key}, latest.time, max(latest.time) over (partition by {owner}) as newest_of_owner
                  from pair {ofMeasure} cross join lateral (
                      select time from {table} as row
                       where row.{owner} = pair.{owner} and row.expiration = pair.expiration {andMeasure} order by time desc limit 1) as latest
            )
            select {columns}
              from newest join {table} using (time, {key})
             where time > newest_of_owner - interval '1 hour'
             order by {key}
             limit {MaxRows}
            """;
    }

    /// <summary>A ticker's windows that ended after an instant, oldest first, then by expiration.</summary>
    /// <param name="limit">At least 1, at most <see cref="MaxRows"/>.</param>
    /// <remarks>A full answer may end inside an instant: ask for more rows than a window has expirations, and go on after its last complete one.</remarks>
    public async Task<IReadOnlyList<GexRow>> SinceAsync(string ticker, DateTimeOffset after, int limit, CancellationToken cancel) =>
        await Tables.LegacyGex.ReadAsync(
            database, $"select {Tables.LegacyGex.SelectList} from inferred_gexray3 where ticker = $1 and time > $2 order by time, expiration limit $3",
            [ticker, after.UtcDateTime, Bounded(limit)], cancel);

    /// <summary>As <see cref="LatestAsync"/>, for every measure of the canonical table; ordered by root, expiration and measure.</summary>
    /// <param name="root">Null for all.</param>
    public Task<IReadOnlyList<TradedGexRow>> LatestTradedAsync(string? root, CancellationToken cancel)
    {
        string[] measures = [GexMeasure.NaiveWindow, GexMeasure.NaiveDay, GexMeasure.DealerSignedWindow, GexMeasure.DealerSignedDay];
        return Tables.TradedGex.ReadAsync(database, Newest(Tables.TradedGex.Name, "root", measures, Tables.TradedGex.SelectList), [root], cancel);
    }

    /// <summary>A root's windows in one measure that ended after an instant, oldest first, then by expiration.</summary>
    /// <param name="measure">One of <see cref="GexMeasure"/>.</param>
    /// <param name="limit">At least 1, at most <see cref="MaxRows"/>.</param>
    public async Task<IReadOnlyList<TradedGexRow>> TradedSinceAsync(
        string root, string measure, DateTimeOffset after, int limit, CancellationToken cancel) =>
        await Tables.TradedGex.ReadAsync(
            database, $"select {Tables.TradedGex.SelectList} from traded_gex where root = $1 and measure = $2 and time > $3 order by time, expiration limit $4",
            [root, measure, after.UtcDateTime, Bounded(limit)], cancel);

    static int Bounded(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxRows);
        return limit;
    }
}
