using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Feeds;

public sealed class LegacyTradeTests
{
    const string Sample = """
        {"root":"SPY","strike":455.0,"right":"C","size":100,"price":12.50,"spot":455.73,"aggressor":1,"expiration":"2025-01-17",
         "condition":0,"trade_datetime":"2025-07-19T15:30:45.123456Z","signed_premium":125000.00}
        """;

    // What Python's json.dumps(json.loads(Sample)) gives.
    const string SampleByPython =
        """{"root": "SPY", "strike": 455.0, "right": "C", "size": 100, "price": 12.5, "spot": 455.73, "aggressor": 1, "expiration": "2025-01-17", "condition": 0, "trade_datetime": "2025-07-19T15:30:45.123456Z", "signed_premium": 125000.0}""";

    static readonly OptionTrade SampleTrade = new(
        new OptionContract(new DateOnly(2025, 1, 17), 455, OptionRight.Call),
        new DateTimeOffset(2025, 7, 19, 15, 30, 45, TimeSpan.Zero).AddMicroseconds(123_456),
        Price: 12.5, Size: 100, Spot: 455.73, Aggressor: 1);

    [Fact]
    public void Sample_of_the_legacy_documentation_is_read()
    {
        var parsed = Parse(Sample);

        Assert.Equal("SPY", parsed.Root);
        Assert.Equal(SampleTrade, parsed.Trade);
        Assert.Equal(125_000, parsed.Trade.SignedPremium);
        Assert.Equal(SampleByPython, LegacyTrade.Write(parsed.Root, parsed.Trade));
    }

    [Theory]
    [InlineData("2025-07-19T15:30:45.123456Z", "2025-07-19T15:30:45.123456")]
    [InlineData("2025-07-19T15:30:45.123456", "2025-07-19T15:30:45.123456")]
    [InlineData("2025-07-19T11:30:45.123456-04:00", "2025-07-19T15:30:45.123456")]
    [InlineData("2025-07-19 21:00:45.5+0530", "2025-07-19T15:30:45.500000")]
    [InlineData("2025-07-19T15:30:45.1234569Z", "2025-07-19T15:30:45.123456")]
    [InlineData("2025-07-19T15:30:45+00:00", "2025-07-19T15:30:45.000000")]
    public void Time_comes_with_Z_an_offset_or_neither(string text, string utc)
    {
        var parsed = Parse(Sample.Replace("2025-07-19T15:30:45.123456Z", text, StringComparison.Ordinal));

        Assert.Equal(utc, parsed.Trade.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.Zero, parsed.Trade.Time.Offset);
        Assert.Equal(SampleByPython.Replace("2025-07-19T15:30:45.123456Z", text, StringComparison.Ordinal), LegacyTrade.Write(parsed.Root, parsed.Trade));
    }

    [Theory]
    [InlineData("\"root\":\"SPY\",", "", "key missing")]
    [InlineData("\"trade_datetime\"", "\"when\"", "key missing")]
    [InlineData("\"root\":\"SPY\"", "\"root\":\"S/Y\"", "bad root")]
    [InlineData("\"root\":\"SPY\"", "\"root\":\"\"", "bad root")]
    [InlineData("\"root\":\"SPY\"", "\"root\":null", "not a text")]
    [InlineData("455.0", "0", "strike not positive")]
    [InlineData("455.0", "0.00001", "strike not positive")]
    [InlineData("455.0", "1e12", "price out of range")]
    [InlineData("455.0", "1e999", "number not finite")]
    [InlineData("455.0", "NaN", "number not finite")]
    [InlineData("455.0", "-Infinity", "number not finite")]
    [InlineData("455.0", "\"455\"", "not a number")]
    [InlineData("455.0", "true", "not a number")]
    [InlineData("455.0", "null", "not a number")]
    [InlineData("\"C\"", "\"X\"", "unknown right")]
    [InlineData("\"size\":100", "\"size\":0", "size not positive")]
    [InlineData("\"size\":100", "\"size\":-5", "size not positive")]
    [InlineData("\"size\":100", "\"size\":1.5", "size not an integer")]
    [InlineData("\"size\":100", "\"size\":3000000000", "size not an integer")]
    [InlineData("12.50", "-0.01", "price negative")]
    [InlineData("12.50", "-0.00001", "price negative")]
    [InlineData("455.73", "0.0", "spot not positive")]
    [InlineData("\"aggressor\":1", "\"aggressor\":2", "unknown aggressor")]
    [InlineData("\"aggressor\":1", "\"aggressor\":0.5", "unknown aggressor")]
    [InlineData("2025-01-17", "2025-02-30", "bad date")]
    [InlineData("2025-01-17", "20250117", "bad date")]
    [InlineData("2025-07-19T15:30:45.123456Z", "2025-07-19", "bad date")]
    [InlineData("2025-07-19T15:30:45.123456Z", "2025-07-19T25:30:45Z", "bad date")]
    [InlineData("2025-07-19T15:30:45.123456Z", "2025-07-19T15:30:45.Z", "bad date")]
    [InlineData("2025-07-19T15:30:45.123456Z", "2025-07-19T15:30:45 EST", "bad date")]
    [InlineData("125000.00", "1e400", "number not finite")]
    [InlineData("125000.00", "1,\"extra\":[1e400]", "number not finite")]
    [InlineData("125000.00", "1,\"root\":\"QQQ\"", "duplicate key")]
    [InlineData("125000.00", "1,\"half\":\"\\ud800\"", "not JSON")]
    [InlineData("}", "", "not JSON")]
    [InlineData("}", "} {}", "not JSON")]
    public void Bad_message_is_refused_with_its_reason(string part, string replacement, string reason)
    {
        string text = Sample.Replace(part, replacement, StringComparison.Ordinal);

        Assert.False(LegacyTrade.TryParse(Encoding.UTF8.GetBytes(text), out _, out var refusal), text);
        Assert.Equal(reason, refusal.Reason);
        Assert.NotEmpty(refusal.Detail);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("7")]
    public void Only_objects_are_messages(string text)
    {
        Assert.False(LegacyTrade.TryParse(Encoding.UTF8.GetBytes(text), out _, out var refusal));
        Assert.Equal("not an object", refusal.Reason);
    }

    // Every expectation is the output of Python 3.11's json.dumps(json.loads(text)).
    [Theory]
    [InlineData("\"size\":100", "\"size\":100.0", "\"size\": 100", "\"size\": 100.0")]
    [InlineData("455.0", "455", "455.0", "455")]
    [InlineData("\"condition\":0,", "", "\"condition\": 0, ", "")]
    [InlineData("\"condition\":0", "\"condition\":null", "\"condition\": 0", "\"condition\": null")]
    [InlineData("12.50", "-0.0", "12.5", "-0.0")]
    [InlineData("125000.00", "-0", "125000.0", "0")]
    [InlineData("125000.00", "1e16", "125000.0", "1e+16")]
    [InlineData("12.50", "12.34567", "12.5", "12.34567")]
    [InlineData("125000.00", "125000.00,\"bid\":null,\"ask\":0.00001,\"n\":[1,-2.50,{\"é\":\"\\u00fc\\n😀/\\u007f\"},[],{}],\"ok\":true", "125000.0", """125000.0, "bid": null, "ask": 1e-05, "n": [1, -2.5, {"\u00e9": "\u00fc\n\ud83d\ude00/\u007f"}, [], {}], "ok": true""")]
    public void Object_that_the_fields_would_not_give_back_is_kept(string part, string replacement, string canonical, string expected)
    {
        var parsed = Parse(Sample.Replace(part, replacement, StringComparison.Ordinal));

        Assert.NotNull(parsed.Trade.Original);
        Assert.Equal(SampleByPython.Replace(canonical, expected, StringComparison.Ordinal), LegacyTrade.Write(parsed.Root, parsed.Trade));
    }

    [Fact]
    public void Order_of_keys_is_part_of_the_object()
    {
        var parsed = Parse(Sample.Replace("\"root\":\"SPY\",\"strike\":455.0", "\"strike\":455.0,\"root\":\"SPY\"", StringComparison.Ordinal));

        Assert.StartsWith("""{"strike": 455.0, "root": "SPY", """, LegacyTrade.Write(parsed.Root, parsed.Trade), StringComparison.Ordinal);
        Assert.Equal(SampleTrade, parsed.Trade with { Original = null });
    }

    [Fact]
    public void Prices_are_put_on_the_grid_once() => Assert.Equal(12.3457, Parse(Sample.Replace("12.50", "12.34567", StringComparison.Ordinal)).Trade.Price);

    // Expectations from Python's repr.
    [Theory]
    [InlineData(460, "460.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(-1.5e-7, "-1.5e-07")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(-1.5e15, "-1500000000000000.0")]
    [InlineData(1234567890123456.8, "1234567890123456.8")]
    [InlineData(9007199254740993, "9007199254740992.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1.2345678901234568e17, "1.2345678901234568e+17")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    public void Floats_are_written_as_Python_does(double value, string expected) =>
        Assert.Equal(expected, new StringBuilder().AppendFloat(value).ToString());

    [Fact]
    public void Written_floats_are_the_same_floats() => Prop.ForAll(ArbMap.Default.ArbFor<double>(), value =>
    {
        if (!double.IsFinite(value)) return true;
        string text = new StringBuilder().AppendFloat(value).ToString();
        return double.Parse(text, CultureInfo.InvariantCulture).Equals(value) && text.AsSpan().IndexOfAny('.', 'e') > 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_written_is_read_again() => Prop.ForAll(Trades.ToArbitrary(), trade =>
    {
        var (root, expected) = trade;
        var parsed = Parse(LegacyTrade.Write(root, expected));
        Assert.Equal(root, parsed.Root);
        Assert.Equal(expected, parsed.Trade);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Extra_keys_come_back_as_they_were() => Prop.ForAll(Trades.ToArbitrary(), ArbMap.Default.ArbFor<NonNull<string>>(), (trade, extra) =>
    {
        // Half characters are no text.
        string key = extra.Get.Any(char.IsSurrogate) ? "key" : extra.Get;
        string text = LegacyTrade.Write(trade.Root, trade.Trade)[..^1] + ", " + new StringBuilder().AppendQuoted("x" + key).Append(": ").AppendQuoted(key) + "}";
        var parsed = Parse(text);
        Assert.Equal(text, LegacyTrade.Write(parsed.Root, parsed.Trade));
        Assert.Equal(key, JsonDocument.Parse(text).RootElement.GetProperty("x" + key).GetString());
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("AAPL_2014-06-06", 22_067)]
    [InlineData("GOOG_2015-12-24", 958)]
    public void Real_messages_are_all_read_and_written_back(string day, int messages)
    {
        int count = 0;
        foreach (string line in File.ReadLines(SharedFiles.Data($"inferred_trades/{day}_inferred_trades.ndjson")))
        {
            var parsed = Parse(line);
            if (LegacyTrade.Write(parsed.Root, parsed.Trade) != line) Assert.Fail(line);
            count++;
        }

        Assert.Equal(messages, count);
    }

    static Gen<(string Root, OptionTrade Trade)> Trades =>
        from root in Gen.Elements("SPY", "SPXW", "BRK.B", "$NDX")
        from strike in Gen.Choose(1, 100_000_000)
        from right in Gen.Elements(OptionRight.Call, OptionRight.Put)
        from day in Gen.Choose(0, 20_000)
        from micros in Gen.Choose(0, int.MaxValue)
        from isWhole in Gen.Elements(true, false)
        from price in Gen.Choose(0, 100_000_000)
        from size in Gen.Choose(1, int.MaxValue)
        from spot in Gen.Choose(1, 100_000_000)
        from aggressor in Gen.Choose(-1, 1)
        from condition in Gen.Choose(0, 300)
        select (root, new OptionTrade(
            new OptionContract(new DateOnly(2000, 1, 1).AddDays(day), strike / 10_000.0, right),
            DateTimeOffset.UnixEpoch.AddDays(day + 1).AddMicroseconds(isWhole ? micros / 1_000_000 * 1_000_000L : micros),
            price / 10_000.0, size, spot / 10_000.0, aggressor, condition));

    static LegacyTrade Parse(string text)
    {
        if (LegacyTrade.TryParse(Encoding.UTF8.GetBytes(text), out var trade, out var refusal)) return trade;
        throw new InvalidOperationException($"{refusal.Reason} ({refusal.Detail}): {text}");
    }
}
