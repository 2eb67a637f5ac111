using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;
using ZeroGex.Storage.Export;
using ZeroGex.Storage.Export.Parquet;

namespace ZeroGex.IntegrationTests;

/// <summary>A table of everything, exported and read back by others: Parquet by hyparquet, CSV and NDJSON by PostgreSQL itself.</summary>
public sealed class ExportFormatTests
{
    static readonly ExportRange All = new(null, null, null);

    // Small groups, pages and dictionaries, so that a few thousand rows meet every seam.
    static readonly ParquetSettings Small = new() { GroupRows = 1_000, PageRows = 300, DictionaryBytes = 3_000 };

    const string Everything = """
        create table everything (
            time     timestamptz not null,
            n        integer     not null,
            ticker   text        not null,
            flag     boolean,
            small    smallint,
            big      bigint,
            single   real,
            number   double precision,
            price    numeric(9, 2),
            cash     numeric(18, 6) not null,
            huge     numeric(38, 10),
            whole    numeric(38, 0),
            exact    numeric,
            long     numeric(60, 3),
            hundreds numeric(5, -2),
            day      date,
            local    timestamp,
            model    jsonb,
            raw      json,
            words    text,
            tags     text[],
            id       uuid,
            yes      boolean not null,
            none     text,
            primary key (time, ticker, n));

        insert into everything
        select timestamptz '2026-01-16 14:30:00Z' + n * interval '1 second' + (n % 1000) * interval '1 microsecond', n,
               (array['SPY', 'SPXW', 'ÄÖ€😀'])[1 + n / 7 % 3],
               case n % 5 when 0 then null else n % 3 = 0 end,
               case when n % 7 > 0 then (n * 37 % 65536 - 32768)::smallint end,
               case when n % 11 > 0 then (n - 1250) * 7378697629483820 end,
               case when n % 4 > 0 then (n / 7.0 - 100)::real end,
               case when n between 300 and 700 then null else sin(n) * 10 ^ (n % 40 - 20) end,
               case when n % 3 > 0 then ((n - 1250) * 7999.37)::numeric(9, 2) end,
               (n - 1250) * 799999999.123457,
               case when n % 6 > 0 then (n - 1250) * 79999999999999999999999.0123456789 end,
               case when n % 6 > 1 then (n - 1250) * 79999999999999999999999999999999999::numeric end,
               case when n % 2 > 0 then (n - 1250) / 3.0::numeric end,
               case when n % 9 > 0 then (n - 1250) * 1e53 end,
               case when n % 9 > 0 then (n - 1250) * 100 end,
               case when n % 8 > 0 then date '1969-12-01' + n end,
               case when n % 8 > 1 then timestamp '1969-12-31 23:00:00' + n * interval '1.000001 seconds' end,
               case n % 4 when 0 then null when 1 then jsonb_build_object('root', 'SPX', 'n', n, 'a', array[n, null], 'é', '"quoted", \ and' || chr(10)) else '{"model": 1}' end,
               case when n % 4 > 0 then json '[1,
                 {"b" :  "tab\t"}]' end,
               case n % 5 when 0 then null when 1 then '' when 2 then repeat('x', n % 100) when 3 then 'a,"b"' || chr(13) || chr(10) || n when 4 then '日本 ' || n end,
               case when n % 3 > 0 then array['a b', null, '"', n::text] end,
               case when n % 3 > 0 then ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid end,
               n % 13 > 6, null
          from generate_series(1, 2500) as n;

        insert into everything (time, n, ticker, flag, small, big, single, number, price, cash, huge, whole, day, yes) values
            ('1900-01-01Z', 0, '', true, -32768, -9223372036854775808, 'NaN', 'NaN', -9999999.99, -999999999999.999999, -9999999999999999999999999999.9999999999, -99999999999999999999999999999999999999, '0001-01-01', true),
            ('9999-12-31 23:59:59.999999Z', 2147483647, ' ', false, 32767, 9223372036854775807, 'Infinity', '-Infinity', 9999999.99, 999999999999.999999, 9999999999999999999999999999.9999999999, 99999999999999999999999999999999999999, '9999-12-31', false),
            ('1969-12-31 23:59:59.999999Z', -2147483648, 'SPY', null, 0, 0, 1.17549435e-38, '-0', -0.01, -0.000001, -0.0000000001, -1, '1970-01-01', true),
            ('1970-01-01Z', 1, 'SPY', null, -1, -1, 0.1, 5e-324, 0, 0, 0, 0, '1969-12-31', true);
        """;

    // The values as Parquet stores them, said by the database: counts since 1970, decimals without their point.
    const string AsStored = """
        (extract(epoch from time) * 1000000)::bigint::text, n::text, ticker, flag::text, small::text, big::text, single::text, number::text,
        trunc(price * 100)::text, trunc(cash * 1000000)::text, trunc(huge * 10000000000)::text, whole::text, exact::text, long::text, hundreds::text,
        (day - date '1970-01-01')::text, (extract(epoch from local) * 1000000)::bigint::text, model::text, raw::text, words, tags::text, id::text, yes::text, none
        """;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Parquet_holds_what_the_table_holds(bool isCompressed)
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync(Everything);
        var (table, path) = await ExportAsync(database, "everything", columns => new ParquetRows(columns, Small with { IsCompressed = isCompressed }));
        var read = await ParquetReader.ReadAsync(path);

        var expected = await ValuesAsync(database, $"select {AsStored} from everything order by time, ticker, n");
        Assert.Equal(2_504, expected.Count);
        Assert.Equal(expected.Count, read.Rows.Count);
        for (int row = 0; row < expected.Count; row++)
        {
            for (int i = 0; i < table.Columns.Count; i++)
            {
                Assert.True(AreSame(table.Columns[i].Kind, expected[row][i], read.Rows[row][i]),
                    $"Row {row}, {table.Columns[i].Name}: stored {expected[row][i] ?? "null"}, read {read.Rows[row][i] ?? "null"}.");
            }
        }

        AssertFooter(read.Metadata, table, expected, isCompressed ? "GZIP" : "UNCOMPRESSED");
    }

    [Theory]
    [InlineData("create table nobody (time timestamptz primary key, price numeric(38, 2), model jsonb)")]
    [InlineData("create table nobody (time timestamptz)")]
    public async Task An_empty_table_is_a_file_without_rows(string sql)
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync(sql);
        var (table, path) = await ExportAsync(database, "nobody", columns => new ParquetRows(columns, new()));
        var read = await ParquetReader.ReadAsync(path);
        Assert.Empty(read.Rows);
        Assert.Equal("0", read.Metadata.GetProperty("num_rows").GetString());
        Assert.Equal(table.Columns.Select(column => column.Name), Schema(read.Metadata).Select(element => element.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_decimal_that_is_no_number_is_refused_by_Parquet_alone()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync("create table odd (time timestamptz primary key, price numeric(9, 2)); insert into odd values (now(), 'NaN')");
        var refusal = await Assert.ThrowsAsync<ExportException>(() => ExportAsync(database, "odd", columns => new ParquetRows(columns, new())));
        Assert.Contains("price holds NaN", refusal.Message, StringComparison.Ordinal);
        var (_, path) = await ExportAsync(database, "odd", columns => new NdjsonRows(columns));
        Assert.EndsWith("\"price\":\"NaN\"}\n", await File.ReadAllTextAsync(path, Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("infinity")]
    [InlineData("-infinity")]
    [InlineData("10000-01-01Z")]
    [InlineData("0001-12-31Z BC")]
    public async Task A_time_that_no_format_can_say_is_refused(string time)
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync($"create table odd (time timestamptz primary key, day date); insert into odd values ('{time}', now())");
        await Assert.ThrowsAsync<ExportException>(() => ExportAsync(database, "odd", columns => new CsvRows(columns)));
        await database.ExecuteAsync($"update odd set time = now(), day = '{time}'");
        await Assert.ThrowsAsync<ExportException>(() => ExportAsync(database, "odd", columns => new CsvRows(columns)));
    }

    [Fact]
    public async Task PostgreSQL_reads_the_csv_back_as_the_same_rows()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync(Everything);
        var (_, path) = await ExportAsync(database, "everything", columns => new CsvRows(columns));
        await database.ExecuteAsync("create table copy (like everything)");
        await using (var connection = await database.Source.OpenConnectionAsync(Cancel))
        await using (var import = await connection.BeginTextImportAsync("copy copy from stdin with (format csv, header match)", Cancel))
            await import.WriteAsync(await File.ReadAllTextAsync(path, Cancel));
        await AssertSameAsync(database, "everything::text");
    }

    [Fact]
    public async Task PostgreSQL_reads_the_ndjson_back_as_the_same_rows()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync(Everything);
        var (_, path) = await ExportAsync(database, "everything", columns => new NdjsonRows(columns));
        string[] lines = (await File.ReadAllTextAsync(path, Cancel)).Split('\n');
        Assert.Equal((2_505, ""), (lines.Length, lines[^1]));
        Assert.Contains(lines, line => line.Contains("\"number\":-0,", StringComparison.Ordinal));

        await database.ExecuteAsync("create table line (text text)");
        await using (var command = database.Source.CreateCommand("insert into line select unnest($1)"))
        {
            command.Parameters.Add(new() { Value = lines[..^1] });
            await command.ExecuteNonQueryAsync(Cancel);
        }

        // PostgreSQL's own JSON numbers have no negative zero, and its json keeps white space that is not ours to keep.
        await database.ExecuteAsync("""
            create table copy as select row.* from line cross join lateral json_populate_record(null::everything, text::json) as row;
            update everything set number = 0 where number = 0; update copy set number = 0 where number = 0;
            update everything set raw = raw::jsonb; update copy set raw = raw::jsonb
            """);
        await AssertSameAsync(database, "everything::text");
    }

    static async Task AssertSameAsync(TestDatabase database, string row)
    {
        string copy = row.Replace("everything", "copy", StringComparison.Ordinal);
        Assert.Equal(2_504L, await database.ScalarAsync<long>("select count(*) from copy"));
        Assert.Empty(await database.RowsAsync($"select 'lost', {row} from everything except all select 'lost', {copy} from copy"));
    }

    static async Task<(ExportTable Table, string Path)> ExportAsync(TestDatabase database, string name, Func<IReadOnlyList<Column>, IRowFormat> format)
    {
        string path = Path.Combine(Servers.NewFolder(), name);
        var table = await ExportTable.FindAsync(database.Source, name, Cancel);
        await using var file = File.Create(path);
        await TableExport.WriteAsync(database.Source, table, All, format(table.Columns), file, _ => { }, Cancel);
        return (table, path);
    }

    static void AssertFooter(JsonElement metadata, ExportTable table, List<string?[]> expected, string codec)
    {
        Assert.Equal(table.Columns.Select(column => (column.Name, column.IsNullable ? "OPTIONAL" : "REQUIRED", Meaning(column.Name))),
            Schema(metadata).Select(element => (
                element.GetProperty("name").GetString()!,
                element.GetProperty("repetition_type").GetString()!,
                $"{element.GetProperty("type").GetString()} {(element.TryGetProperty("logical_type", out var meaning) ? string.Join(' ', meaning.EnumerateObject().Select(part => part.Value.ToString())) : "")}".Trim())));

        int begin = 0;
        var groups = metadata.GetProperty("row_groups").EnumerateArray().ToList();
        Assert.Equal(["1000", "1000", "504"], groups.Select(group => group.GetProperty("num_rows").GetString()));
        foreach (var group in groups)
        {
            var rows = expected.Skip(begin).Take(1_000).ToList();
            begin += rows.Count;
            var chunks = group.GetProperty("columns").EnumerateArray().Select(chunk => chunk.GetProperty("meta_data")).ToList();
            Assert.All(chunks, chunk => Assert.Equal(codec, chunk.GetProperty("codec").GetString()));
            for (int i = 0; i < chunks.Count; i++)
            {
                var statistics = chunks[i].GetProperty("statistics");
                Assert.Equal(rows.Count(row => row[i] is null).ToString(CultureInfo.InvariantCulture), statistics.GetProperty("null_count").GetString());
                AssertRange(statistics, table.Columns[i], [.. rows.Select(row => row[i]).OfType<string>()]);
            }
        }
    }

    // Ranges may be missing (long texts, NaN, JSON); where there is one, it is the right one.
    static void AssertRange(JsonElement statistics, Column column, string[] values)
    {
        bool isKnown = column.Name is "time" or "n" or "ticker" or "flag" or "small" or "big" or "cash" or "day" or "local" or "yes" || (column.Name == "number" && !values.Contains("NaN"));
        bool isThere = statistics.TryGetProperty("min_value", out var least);
        Assert.True(isThere || !isKnown || values.Length == 0, $"{column.Name} has no range.");
        if (!isKnown || values.Length == 0) return;

        string Bound(bool isGreatest) => column.Kind switch
        {
            ColumnKind.Text => values.Order(Comparer<string>.Create((x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y)))).ElementAt(isGreatest ? ^1 : 0),
            ColumnKind.Bool => values.Order(StringComparer.Ordinal).ElementAt(isGreatest ? ^1 : 0),
            ColumnKind.Numeric => (isGreatest ? values.Max(decimal.Parse) : values.Min(decimal.Parse) / 1).ToString(CultureInfo.InvariantCulture),
            ColumnKind.Float8 => (isGreatest ? values.Max(Number) : values.Min(Number)).ToString("R", CultureInfo.InvariantCulture),
            _ => (isGreatest ? values.Max(long.Parse) : values.Min(long.Parse)).ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (isGreatest, found) in new[] { (false, least), (true, statistics.GetProperty("max_value")) })
        {
            string said = found.ValueKind == JsonValueKind.String ? found.GetString()! : found.GetRawText();
            if (column.Kind == ColumnKind.Numeric) Assert.Equal((double)decimal.Parse(Bound(isGreatest), CultureInfo.InvariantCulture) / 1e6, Number(said), 1e-9 * Math.Abs(Number(said)));
            else if (column.Kind == ColumnKind.Float8) Assert.Equal(Number(Bound(isGreatest)), Number(said));
            else Assert.Equal(Bound(isGreatest), said);
        }
    }

    static string Meaning(string column) => column switch
    {
        "time" => "INT64 TIMESTAMP True MICROS",
        "local" => "INT64 TIMESTAMP False MICROS",
        "n" or "small" => "INT32",
        "big" => "INT64",
        "flag" or "yes" => "BOOLEAN",
        "single" => "FLOAT",
        "number" => "DOUBLE",
        "price" => "INT32 DECIMAL 2 9",
        "cash" => "INT64 DECIMAL 6 18",
        "huge" => "FIXED_LEN_BYTE_ARRAY DECIMAL 10 38",
        "whole" => "FIXED_LEN_BYTE_ARRAY DECIMAL 0 38",
        "day" => "INT32 DATE",
        "model" or "raw" => "BYTE_ARRAY JSON",
        _ => "BYTE_ARRAY STRING",
    };

    static IEnumerable<JsonElement> Schema(JsonElement metadata) => metadata.GetProperty("schema").EnumerateArray().Skip(1);

    // A number is compared by its bits; its digits are the language's own affair.
    static bool AreSame(ColumnKind kind, string? stored, string? read) =>
        stored is null || read is null || kind is not (ColumnKind.Float4 or ColumnKind.Float8) ? stored == read
        : kind == ColumnKind.Float4 ? BitConverter.SingleToInt32Bits((float)Number(stored)) == BitConverter.SingleToInt32Bits((float)Number(read))
        : BitConverter.DoubleToInt64Bits(Number(stored)) == BitConverter.DoubleToInt64Bits(Number(read));

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    static async Task<List<string?[]>> ValuesAsync(TestDatabase database, string sql)
    {
        List<string?[]> rows = [];
        await using var command = database.Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        while (await reader.ReadAsync(Cancel)) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return rows;
    }
}
