using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Storage.Export;
using ZeroGex.Storage.Export.Parquet;

namespace ZeroGex.Tests.Export;

/// <summary>The pieces of a Parquet file, byte by byte. That the whole is readable is shown where somebody else reads it, in the integration tests.</summary>
public sealed class ParquetPiecesTests
{
    // Thrift, "Thrift Compact protocol encoding": field header dddd'tttt, zigzag varints, bytes after their length, lists with their size in the first half byte.
    [Fact]
    public void Thrift_is_written_as_its_specification_says()
    {
        var output = new ArrayBufferWriter<byte>();
        var thrift = new ThriftWriter(output);
        thrift.Struct(() =>
        {
            thrift.I32(1, -1);
            thrift.I64(2, 300);
            thrift.I16(3, short.MinValue);
            thrift.Text(5, "é");
            thrift.Flag(6, true);
            thrift.Flag(7, false);
            thrift.Struct(8, () => thrift.I32(1, 64));
            thrift.I32s(9, [0, -64]);
            thrift.Texts(25, ["a", ""]); // More than 15 further on: the id in full.
            thrift.Empty(26);
            thrift.I64(42, long.MinValue);
        });
        Assert.Equal(
            "15-01" + "-16-D8-04" + "-14-FF-FF-03" + "-28-02-C3-A9" + "-11" + "-12" + "-1C-15-80-01-00" + "-19-25-00-7F" +
            "-09-32-28-01-61-00" + "-1C-00" + "-06-54-FF-FF-FF-FF-FF-FF-FF-FF-FF-01" + "-00", BitConverter.ToString(output.WrittenSpan.ToArray()));
    }

    [Theory]
    [InlineData(14, "19-EC")]
    [InlineData(15, "19-FC-0F")]
    [InlineData(200, "19-FC-C8-01")]
    public void Long_lists_have_their_size_after_the_header(int count, string begin)
    {
        var output = new ArrayBufferWriter<byte>();
        new ThriftWriter(output).Structs(1, new int[count], _ => { });
        Assert.Equal(begin + string.Concat(Enumerable.Repeat("-00", count)), BitConverter.ToString(output.WrittenSpan.ToArray()));
    }

    // Parquet, Encodings.md: run = varint(count << 1), value; bit-packed = varint(groups << 1 | 1), lowest bits first.
    // 0 to 7 in three bits is the format's own example: 88 C6 FA.
    [Theory]
    [InlineData("1111111111", 1, "14-01")]
    [InlineData("0000000000000", 1, "1A-00")]
    [InlineData("10110010", 1, "03-4D")]
    [InlineData("101", 1, "03-05")]
    [InlineData("01234567", 3, "03-88-C6-FA")]
    [InlineData("1011001011111111", 1, "03-4D-10-01")]
    [InlineData("101100101", 1, "05-4D-01")]
    [InlineData("55555555", 12, "10-05-00")]
    [InlineData("", 1, "")]
    public void Levels_and_indices_are_runs_or_packed_bits(string values, int width, string expected) =>
        Assert.Equal(expected, BitConverter.ToString(Encoded([.. values.Select(digit => digit - '0')], width)));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(255, 8)]
    [InlineData(256, 9)]
    public void A_width_holds_the_greatest_index(int greatest, int width) => Assert.Equal(width, RunLengths.WidthOf(greatest));

    static readonly Arbitrary<(int Width, int[] Values)> Sequences = (
        from width in Gen.Choose(1, 24)
        from runs in Gen.ListOf(from length in Gen.Frequency((3, Gen.Choose(1, 3)), (1, Gen.Choose(7, 300))) from value in Gen.Choose(0, (1 << width) - 1) select (length, value))
        select (width, runs.SelectMany(run => Enumerable.Repeat(run.value, run.length)).ToArray())).ToArbitrary();

    [Fact]
    public void Runs_and_packed_bits_hold_the_values() => Prop.ForAll(Sequences, some =>
        Assert.Equal(some.Values, Decoded(Encoded(some.Values, some.Width), some.Width, some.Values.Length))).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    // One required whole number, two rows, not compressed: small enough to read with the specification beside it.
    [Fact]
    public void A_file_is_magic_pages_footer_length_magic()
    {
        var output = new ArrayBufferWriter<byte>();
        var format = new ParquetRows([new Column("n", ColumnKind.Whole4, IsNullable: false)], new() { IsCompressed = false });
        format.Begin(output);
        format.Write([Cell.Of(1L)], output);
        format.Write([Cell.Of(-2L)], output);
        format.Finish(output);

        string page = "15-00-15-10-15-10-2C-15-04-15-00-15-06-15-06-00-00" + // data page, 8 bytes, 8 bytes, (2 values, PLAIN, RLE, RLE)
            "-01-00-00-00-FE-FF-FF-FF";
        string schema = "-19-2C-48-06-73-63-68-65-6D-61-15-02-00" + // "schema", 1 child
            "-15-02-25-00-18-01-6E-00"; // INT32, required, "n"
        string chunk = "-15-02-19-25-00-06" + // INT32, (PLAIN, RLE)
            "-19-18-01-6E-15-00-16-04-16-32-16-32-26-08" + // ("n"), uncompressed, 2 values, 25 bytes, 25 bytes, at 4
            "-3C-36-00-28-04-01-00-00-00-18-04-FE-FF-FF-FF-00-00"; // no nulls, 1, -2
        string group = "-19-1C-19-1C-26-00-1C" + chunk + "-00-16-32-16-04-26-08-16-32-00"; // 25 bytes, 2 rows, at 4, 25 bytes
        string footer = "-15-02" + schema + "-16-04" + group + "-28-07-7A-65-72-6F-67-65-78-19-1C-1C-00-00-00"; // "zerogex", one column in its own order
        int length = footer.Length / 3;
        Assert.Equal($"50-41-52-31-{page}{footer}-{length:X2}-00-00-00-50-41-52-31", BitConverter.ToString(output.WrittenSpan.ToArray()));
    }

    // What is kept is bounded by the settings, and a text that does not fit the dictionary is there all the same.
    [Fact]
    public void A_row_group_that_is_full_is_written()
    {
        var output = new ArrayBufferWriter<byte>();
        var format = new ParquetRows([new Column("text", ColumnKind.Text, true)], new() { IsCompressed = false, GroupBytes = 2_000, PageBytes = 500, DictionaryBytes = 100 });
        format.Begin(output);
        int written = output.WrittenCount;
        int most = 0;
        for (int i = 0; i < 1_000; i++)
        {
            format.Write([Cell.Of(Encoding.UTF8.GetBytes($"text {i:0000}"))], output);
            if (output.WrittenCount > written) (most, written) = (Math.Max(most, output.WrittenCount - written), output.WrittenCount);
        }

        Assert.InRange(most, 2_000, 2_500);
        Assert.All(Enumerable.Range(0, 900), i => Assert.True(output.WrittenSpan.IndexOf(Encoding.UTF8.GetBytes($"text {i:0000}")) > 0));
    }

    static byte[] Encoded(int[] values, int width)
    {
        var output = new ArrayBufferWriter<byte>();
        RunLengths.Encode(values, width, output);
        return output.WrittenSpan.ToArray();
    }

    static int[] Decoded(ReadOnlySpan<byte> bytes, int width, int count)
    {
        List<int> values = [];
        while (values.Count < count)
        {
            int header = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = bytes[0];
                bytes = bytes[1..];
                header |= (part & 0x7F) << shift;
                if (part < 0x80) break;
            }

            int length = (header & 1) == 0 ? (width + 7) / 8 : (header >> 1) * width;
            if ((header & 1) == 0) values.AddRange(Enumerable.Repeat(Bits(bytes, 0, width), header >> 1));
            else
                for (int i = 0; i < header >> 1 << 3; i++) values.Add(Bits(bytes, i * width, width));
            bytes = bytes[length..];
        }

        Assert.True(bytes.IsEmpty);
        return [.. values.Take(count)];
    }

    static int Bits(ReadOnlySpan<byte> bytes, int at, int width)
    {
        int value = 0;
        for (int bit = 0; bit < width; bit++) value |= (bytes[(at + bit) / 8] >> (at + bit) % 8 & 1) << bit;
        return value;
    }
}
