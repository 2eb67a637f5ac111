using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
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
    string Trades,
    string Strikes,
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
        if (window.NaiveWindow is { } naive) yield return Row(NaiveWindow, naive, window.AggressorShareWindow);
        yield return Row(NaiveDay, window.NaiveDay, window.AggressorShareDay);
        yield return Row(DealerSignedWindow, window.DealerSignedWindow, window.AggressorShareWindow);
        yield return Row(DealerSignedDay, window.DealerSignedDay, window.AggressorShareDay);

        TradedGexRow Row(string measure, GexLadder ladder, double share) => new(
            window.End, window.Root, window.Expiration, measure, window.Spot, ladder.Sum, ladder.ZeroGamma,
            ladder.MajorPositive, ladder.MajorNegative, ladder.MinorPositive, ladder.MinorNegative,
            JsonSerializer.Serialize(ladder.Strikes.Select(rung => new[] { rung.Strike, rung.Gex, rung.Volume })),
            share, window.TradeCount, window.Volume, window.Incomplete, model);
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
/// <param name="Incomplete">True when facts that touch the measure were lost everywhere.</param>
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
    string Strikes,
    double AggressorShare,
    int TradeCount,
    long Volume,
    bool Incomplete,
    string Model);

/// <summary>Closed windows of traded gamma exposure: the legacy table and the canonical one, written together.</summary>
/// <remarks>Disposable: all of it can be rebuilt from the event log, and a replay that finds the same row writes nothing.</remarks>
public sealed class GexTable(NpgsqlDataSource database)
{
    // A ladder row is a kilobyte or so: a statement carries a few megabytes at most.
    const int RowsPerStatement = 2_000;

    /// <summary>The most rows one query answers with.</summary>
    public const int MaxRows = 100_000;

    const string UpsertLegacy = """
        insert into inferred_gexray3 as row
               (time, ticker, expiration, spot, zero_gamma, major_pos_vol, major_neg_vol, sum_gex_vol,
                minor_pos_vol, minor_neg_vol, trades, strikes, trade_count, total_volume)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (time, ticker, expiration) do update
           set spot = excluded.spot, zero_gamma = excluded.zero_gamma, major_pos_vol = excluded.major_pos_vol,
               major_neg_vol = excluded.major_neg_vol, sum_gex_vol = excluded.sum_gex_vol, minor_pos_vol = excluded.minor_pos_vol,
               minor_neg_vol = excluded.minor_neg_vol, trades = excluded.trades, strikes = excluded.strikes,
               trade_count = excluded.trade_count, total_volume = excluded.total_volume, created_at = now()
         where (row.spot, row.zero_gamma, row.major_pos_vol, row.major_neg_vol, row.sum_gex_vol, row.minor_pos_vol, row.minor_neg_vol,
                row.trades, row.strikes, row.trade_count, row.total_volume)
               is distinct from
               (excluded.spot, excluded.zero_gamma, excluded.major_pos_vol, excluded.major_neg_vol, excluded.sum_gex_vol,
                excluded.minor_pos_vol, excluded.minor_neg_vol, excluded.trades, excluded.strikes, excluded.trade_count,
                excluded.total_volume)
        """;

    const string UpsertTraded = """
        insert into traded_gex as row
               (time, root, expiration, measure, spot, sum, zero_gamma, major_positive, major_negative, minor_positive, minor_negative,
                strikes, aggressor_share, trade_count, volume, incomplete, model)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        on conflict (time, root, expiration, measure) do update
           set spot = excluded.spot, sum = excluded.sum, zero_gamma = excluded.zero_gamma, major_positive = excluded.major_positive,
               major_negative = excluded.major_negative, minor_positive = excluded.minor_positive, minor_negative = excluded.minor_negative,
               strikes = excluded.strikes, aggressor_share = excluded.aggressor_share, trade_count = excluded.trade_count,
               volume = excluded.volume, incomplete = excluded.incomplete, model = excluded.model, created_at = now()
         where (row.spot, row.sum, row.zero_gamma, row.major_positive, row.major_negative, row.minor_positive, row.minor_negative,
                row.strikes, row.aggressor_share, row.trade_count, row.volume, row.incomplete, row.model - 'engineVersion')
               is distinct from
               (excluded.spot, excluded.sum, excluded.zero_gamma, excluded.major_positive, excluded.major_negative,
                excluded.minor_positive, excluded.minor_negative, excluded.strikes, excluded.aggressor_share, excluded.trade_count,
                excluded.volume, excluded.incomplete, excluded.model - 'engineVersion')
        """;

    const string LegacyColumns = """
        time, ticker, expiration, spot, zero_gamma, major_pos_vol, major_neg_vol, sum_gex_vol, minor_pos_vol, minor_neg_vol,
        trades::text, strikes::text, trade_count, total_volume
        """;

    const string TradedColumns = """
        time, root, expiration, measure, spot, sum, zero_gamma, major_positive, major_negative, minor_positive, minor_negative,
        strikes::text, aggressor_share, trade_count, volume, incomplete, model::text
        """;

    /// <summary>
    /// Writes rows and the marks that cover them in one transaction. Rows are keyed; one that is there already with the same values is left alone,
    /// and of two with the same key the later one counts.
    /// </summary>
    /// <returns>How many rows were added or changed.</returns>
    public async Task<int> WriteAsync(
        IReadOnlyList<GexRow> legacy, IReadOnlyList<TradedGexRow> measures, IReadOnlyList<ProgressMark> marks, CancellationToken cancel)
    {
        if (legacy.Count == 0 && measures.Count == 0 && marks.Count == 0) return 0;

        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);

        int changed = 0;
        foreach (var rows in InKeyOrder(legacy, row => (row.Time, row.Ticker, row.Expiration, "")))
            changed += await ExecuteAsync(connection, UpsertLegacy, LegacyArrays(rows), cancel);
        foreach (var rows in InKeyOrder(measures, row => (row.Time, row.Root, $"{row.Expiration:yyyy-MM-dd}", row.Measure)))
            changed += await ExecuteAsync(connection, UpsertTraded, TradedArrays(rows), cancel);
        await ProgressTable.AdvanceAsync(connection, marks, cancel);

        await transaction.CommitAsync(cancel);
        return changed;
    }

    /// <summary>
    /// The levels as of now: per ticker and expiration the newest window, as far as it is less than an hour older than the ticker's newest.
    /// Ordered by ticker and expiration.
    /// </summary>
    /// <param name="ticker">Null for all.</param>
    public async Task<IReadOnlyList<GexRow>> LatestAsync(string? ticker, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Newest("inferred_gexray3", "ticker", measures: [], LegacyColumns));
        command.Parameters.Add(new() { Value = (object?)ticker ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await ReadAsync(command, ReadLegacy, cancel);
    }

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
    public async Task<IReadOnlyList<GexRow>> SinceAsync(string ticker, DateTimeOffset after, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"select {LegacyColumns} from inferred_gexray3 where ticker = $1 and time > $2 order by time, expiration limit $3");
        command.Parameters.Add(new() { Value = ticker });
        command.Parameters.Add(new() { Value = after.UtcDateTime });
        command.Parameters.Add(new() { Value = Bounded(limit) });
        return await ReadAsync(command, ReadLegacy, cancel);
    }

    /// <summary>As <see cref="LatestAsync"/>, for every measure of the canonical table; ordered by root, expiration and measure.</summary>
    /// <param name="root">Null for all.</param>
    public async Task<IReadOnlyList<TradedGexRow>> LatestTradedAsync(string? root, CancellationToken cancel)
    {
        string[] measures = [GexMeasure.NaiveWindow, GexMeasure.NaiveDay, GexMeasure.DealerSignedWindow, GexMeasure.DealerSignedDay];
        await using var command = database.CreateCommand(Newest("traded_gex", "root", measures, TradedColumns));
        command.Parameters.Add(new() { Value = (object?)root ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await ReadAsync(command, ReadTraded, cancel);
    }

    /// <summary>A root's windows in one measure that ended after an instant, oldest first, then by expiration.</summary>
    /// <param name="measure">One of <see cref="GexMeasure"/>.</param>
    /// <param name="limit">At least 1, at most <see cref="MaxRows"/>.</param>
    public async Task<IReadOnlyList<TradedGexRow>> TradedSinceAsync(
        string root, string measure, DateTimeOffset after, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"select {TradedColumns} from traded_gex where root = $1 and measure = $2 and time > $3 order by time, expiration limit $4");
        command.Parameters.Add(new() { Value = root });
        command.Parameters.Add(new() { Value = measure });
        command.Parameters.Add(new() { Value = after.UtcDateTime });
        command.Parameters.Add(new() { Value = Bounded(limit) });
        return await ReadAsync(command, ReadTraded, cancel);
    }

    static int Bounded(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxRows);
        return limit;
    }

    // One order for everybody, so that two writers of the same rows wait for each other instead of deadlocking.
    static IEnumerable<T[]> InKeyOrder<T>(IReadOnlyList<T> rows, Func<T, (DateTimeOffset, string, string, string)> keyOf)
    {
        Dictionary<(DateTimeOffset, string, string, string), T> last = new(rows.Count);
        foreach (var row in rows) last[keyOf(row)] = row;
        return last
            .OrderBy(pair => pair.Key.Item1)
            .ThenBy(pair => pair.Key.Item2, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Item3, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Item4, StringComparer.Ordinal)
            .Select(pair => pair.Value)
            .Chunk(RowsPerStatement);
    }

    static NpgsqlParameter[] LegacyArrays(GexRow[] rows) =>
    [
        Column(rows, row => row.Time.UtcDateTime, NpgsqlDbType.TimestampTz),
        Column(rows, row => row.Ticker, NpgsqlDbType.Text),
        Column(rows, row => row.Expiration, NpgsqlDbType.Text),
        Column(rows, row => row.Spot, NpgsqlDbType.Double),
        Column(rows, row => row.ZeroGamma, NpgsqlDbType.Double),
        Column(rows, row => row.MajorPosVol, NpgsqlDbType.Double),
        Column(rows, row => row.MajorNegVol, NpgsqlDbType.Double),
        Column(rows, row => row.SumGexVol, NpgsqlDbType.Double),
        Column(rows, row => row.MinorPosVol, NpgsqlDbType.Double),
        Column(rows, row => row.MinorNegVol, NpgsqlDbType.Double),
        Column(rows, row => row.Trades, NpgsqlDbType.Jsonb),
        Column(rows, row => row.Strikes, NpgsqlDbType.Jsonb),
        Column(rows, row => row.TradeCount, NpgsqlDbType.Integer),
        Column(rows, row => checked((int)row.TotalVolume), NpgsqlDbType.Integer),
    ];

    static NpgsqlParameter[] TradedArrays(TradedGexRow[] rows) =>
    [
        Column(rows, row => row.Time.UtcDateTime, NpgsqlDbType.TimestampTz),
        Column(rows, row => row.Root, NpgsqlDbType.Text),
        Column(rows, row => row.Expiration, NpgsqlDbType.Date),
        Column(rows, row => row.Measure, NpgsqlDbType.Text),
        Column(rows, row => row.Spot, NpgsqlDbType.Double),
        Column(rows, row => row.Sum, NpgsqlDbType.Double),
        Column(rows, row => row.ZeroGamma, NpgsqlDbType.Double),
        Column(rows, row => row.MajorPositive, NpgsqlDbType.Double),
        Column(rows, row => row.MajorNegative, NpgsqlDbType.Double),
        Column(rows, row => row.MinorPositive, NpgsqlDbType.Double),
        Column(rows, row => row.MinorNegative, NpgsqlDbType.Double),
        Column(rows, row => row.Strikes, NpgsqlDbType.Jsonb),
        Column(rows, row => row.AggressorShare, NpgsqlDbType.Double),
        Column(rows, row => row.TradeCount, NpgsqlDbType.Integer),
        Column(rows, row => row.Volume, NpgsqlDbType.Bigint),
        Column(rows, row => row.Incomplete, NpgsqlDbType.Boolean),
        Column(rows, row => row.Model, NpgsqlDbType.Jsonb),
    ];

    static NpgsqlParameter Column<TRow, TValue>(TRow[] rows, Func<TRow, TValue> valueOf, NpgsqlDbType type) =>
        new() { Value = Array.ConvertAll(rows, row => valueOf(row)), NpgsqlDbType = NpgsqlDbType.Array | type };

    static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    static async Task<IReadOnlyList<T>> ReadAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        List<T> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }

    // Others may write the legacy table too, and its columns may be null.
    static GexRow ReadLegacy(NpgsqlDataReader reader) => new(
        reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1), reader.GetString(2),
        Number(reader, 3), Number(reader, 4), Number(reader, 5), Number(reader, 6), Number(reader, 7), Number(reader, 8), Number(reader, 9),
        reader.IsDBNull(10) ? "[]" : reader.GetString(10), reader.IsDBNull(11) ? "[]" : reader.GetString(11),
        reader.IsDBNull(12) ? 0 : reader.GetInt32(12), reader.IsDBNull(13) ? 0 : reader.GetInt32(13));

    static TradedGexRow ReadTraded(NpgsqlDataReader reader) => new(
        reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1), reader.GetFieldValue<DateOnly>(2), reader.GetString(3),
        reader.GetDouble(4), reader.GetDouble(5), Optional(reader, 6), Optional(reader, 7), Optional(reader, 8), Optional(reader, 9),
        Optional(reader, 10), reader.GetString(11), reader.GetDouble(12), reader.GetInt32(13), reader.GetInt64(14), reader.GetBoolean(15),
        reader.GetString(16));

    static double Number(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? double.NaN : reader.GetDouble(column);

    static double? Optional(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);
}
