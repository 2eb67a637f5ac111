using System.Buffers;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Storage.Export;

namespace ZeroGex.Tests.Export;

/// <summary>CSV and NDJSON, to the letter.</summary>
public sealed class TextFormatTests
{
    static readonly Column[] Columns =
    [
        new("time", ColumnKind.TimestampTz, IsNullable: false), new("day", ColumnKind.Date, true), new("local", ColumnKind.Timestamp, true),
        new("flag", ColumnKind.Bool, true), new("n", ColumnKind.Whole4, true), new("big", ColumnKind.Whole8, true), new("single", ColumnKind.Float4, true),
        new("number", ColumnKind.Float8, true), new("price", ColumnKind.Numeric, true, 9, 2), new("model", ColumnKind.Json, true), new("say \"x\", y", ColumnKind.Text, true),
    ];

    static readonly Cell[] Full =
    [
        Cell.Of(1_752_852_600_250_000), Cell.Of(20_287L), Cell.Of(-1L), Cell.Of(true), Cell.Of(-7L), Cell.Of(long.MaxValue), Cell.Of(0.1f), Cell.Of(1e-7),
        Text("-12.50"), Text("{\"a\": \"b\"}"), Text("a,\"b\"\r\né"),
    ];

    static readonly Cell[] Bare = [Cell.Of(0L), .. Enumerable.Repeat(Cell.Null, 9), Text("")];

    [Fact]
    public void Csv_quotes_what_needs_it_and_tells_null_from_empty() => Assert.Equal(
        "time,day,local,flag,n,big,single,number,price,model,\"say \"\"x\"\", y\"\r\n" +
        "2025-07-18T15:30:00.25Z,2025-07-18,1969-12-31T23:59:59.999999,true,-7,9223372036854775807,0.1,1E-07,-12.50,\"{\"\"a\"\": \"\"b\"\"}\",\"a,\"\"b\"\"\r\né\"\r\n" +
        "1970-01-01T00:00:00Z,,,,,,,,,,\"\"\r\n", Written(new CsvRows(Columns), Full, Bare));

    [Fact]
    public void Ndjson_is_an_object_a_line_with_json_inside() => Assert.Equal(
        """{"time":"2025-07-18T15:30:00.25Z","day":"2025-07-18","local":"1969-12-31T23:59:59.999999","flag":true,"n":-7,"big":9223372036854775807,"single":0.1,"number":1E-07,"price":-12.50,"model":{"a": "b"},"say \"x\", y":"a,\"b\"\r\né"}""" + "\n" +
        """{"time":"1970-01-01T00:00:00Z","day":null,"local":null,"flag":null,"n":null,"big":null,"single":null,"number":null,"price":null,"model":null,"say \"x\", y":""}""" + "\n",
        Written(new NdjsonRows(Columns), Full, Bare));

    [Theory]
    [InlineData(double.NaN, "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    [InlineData(-0.0, "-0")]
    public void Ndjson_names_the_numbers_that_json_lacks(double number, string expected) =>
        Assert.Equal($"{{\"x\":{expected}}}\n", Written(new NdjsonRows([new("x", ColumnKind.Float8, false)]), [Cell.Of(number)]));

    [Fact]
    public void Ndjson_keeps_the_line_breaks_of_json_out() =>
        Assert.Equal("{\"x\":[1,   2]}\n", Written(new NdjsonRows([new("x", ColumnKind.Json, false)]), [Text("[1,\r\n 2]")]));

    [Fact]
    public void Numbers_read_back_as_the_same_bits() => Prop.ForAll(ArbMap.Default.ArbFor<double>(), number =>
    {
        string text = Written(new CsvRows([new("x", ColumnKind.Float8, false)]), [Cell.Of(number)]).Split("\r\n")[1];
        Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)));
    }).QuickCheckThrowOnFailure();

    static Cell Text(string text) => Cell.Of(Encoding.UTF8.GetBytes(text));

    static string Written(IRowFormat format, params Cell[][] rows)
    {
        var output = new ArrayBufferWriter<byte>();
        format.Begin(output);
        foreach (var row in rows) format.Write(row, output);
        format.Finish(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
