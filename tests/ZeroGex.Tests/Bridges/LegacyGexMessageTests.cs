using System.Text;
using Xunit;
using ZeroGex.Bus.Bridges;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Bridges;

public sealed class LegacyGexMessageTests
{
    // The sample of the legacy documentation on one line, its arrays filled, as Python's json.dumps writes it.
    const string Golden =
        """{"msg_type": "inferred_gex", "ticker": "SPY", "data": {"timestamp": "2025-07-20T15:30:45.123456+00:00", "ticker": "SPY",""" +
        """ "expiration": "2025-01-17", "spot": 455.73, "zero_gamma": 456.25, "major_pos_vol": 460.0, "major_neg_vol": 450.0,""" +
        """ "sum_gex_vol": 1234567.89, "minor_pos_vol": 458.0, "minor_neg_vol": 452.0, "trade_count": 25, "total_volume": 2500},""" +
        """ "trades": [{"root": "SPY", "strike": 455.0, "right": "C", "size": 100, "price": 12.5, "spot": 455.73, "aggressor": 1,""" +
        """ "expiration": "2025-01-17", "condition": 0, "trade_datetime": "2025-07-19T15:30:45.123456Z", "signed_premium": 125000.0}],""" +
        """ "strikes": [[450.0, -1000000.5, 1200], [460.0, 2234568.39, 1300]], "event_id": "inferred_gex:2025-07-20T15:30:45.123456"}""";

    static readonly DateTimeOffset End = new DateTimeOffset(2025, 7, 20, 15, 30, 45, TimeSpan.Zero).AddMicroseconds(123_456);

    [Fact]
    public void Sample_of_the_legacy_documentation_is_written_byte_for_byte() => Assert.Equal(Golden, LegacyGexMessage.Format(Window(Sample)));

    [Fact]
    public void Microseconds_are_left_out_when_there_are_none()
    {
        string message = LegacyGexMessage.Format(Window(Sample) with { End = new DateTimeOffset(2025, 7, 20, 15, 30, 45, TimeSpan.Zero) })!;

        Assert.Contains("""{"timestamp": "2025-07-20T15:30:45+00:00",""", message, StringComparison.Ordinal);
        Assert.EndsWith("""
            "event_id": "inferred_gex:2025-07-20T15:30:45"}
            """, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    public void Missing_minors_are_the_integer_zero_and_a_missing_zero_gamma_the_spot(double? none)
    {
        string message = LegacyGexMessage.Format(Window(Sample with { MinorPositive = none, MinorNegative = none, ZeroGamma = null }))!;

        Assert.Contains("\"minor_pos_vol\": 0, \"minor_neg_vol\": 0, \"trade_count\": 25", message, StringComparison.Ordinal);
        Assert.Contains("\"spot\": 455.73, \"zero_gamma\": 455.73, ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Window_without_legacy_figures_has_no_message()
    {
        Assert.Null(LegacyGexMessage.Format(Window(null)));
        Assert.Equal("[]", LegacyGexMessage.StrikesJson(Window(null)));
    }

    [Fact]
    public void Table_gets_the_arrays_of_the_message()
    {
        var window = Window(Sample);

        Assert.Contains($"\"trades\": {LegacyGexMessage.TradesJson(window)}, \"strikes\": {LegacyGexMessage.StrikesJson(window)}, \"event_id\"", Golden, StringComparison.Ordinal);
    }

    [Fact]
    public void Trades_stand_as_they_arrived_and_in_order()
    {
        OptionTrade[] trades = [Print("""{"strike": 455, "root": "SPY", "note": "b"}"""), Print("""{"strike": 1, "root": "SPY", "note": "a"}""")];

        Assert.Equal(
            """[{"strike": 455, "root": "SPY", "note": "b"}, {"strike": 1, "root": "SPY", "note": "a"}]""",
            LegacyGexMessage.TradesJson(Window(Sample) with { Trades = [.. trades] }));

        static OptionTrade Print(string original) => SamplePrint with { Original = original };
    }

    static OptionTrade SamplePrint
    {
        get
        {
            byte[] sample = Encoding.UTF8.GetBytes("""
                {"root":"SPY","strike":455.0,"right":"C","size":100,"price":12.50,"spot":455.73,"aggressor":1,"expiration":"2025-01-17",
                 "condition":0,"trade_datetime":"2025-07-19T15:30:45.123456Z","signed_premium":125000.00}
                """);
            Assert.True(LegacyTrade.TryParse(sample, out var trade, out _));
            return trade.Trade;
        }
    }

    static GexLadder Sample => new()
    {
        Sum = 1234567.89,
        ZeroGamma = 456.25,
        MajorPositive = 460,
        MajorNegative = 450,
        MinorPositive = 458,
        MinorNegative = 452,
        Strikes = [new(450, -1000000.5, 1200), new(460, 2234568.39, 1300)],
    };

    static GexCalculated Window(GexLadder? ladder) => new()
    {
        Root = "SPY",
        Expiration = new DateOnly(2025, 1, 17),
        Session = new DateOnly(2025, 7, 21),
        Start = End.AddSeconds(-1),
        End = End,
        Spot = 455.73,
        TradeCount = 25,
        Volume = 2500,
        NaiveWindow = ladder,
        NaiveDay = Sample,
        DealerSignedWindow = Sample,
        DealerSignedDay = Sample,
        AggressorShareWindow = 1,
        AggressorShareDay = 1,
        Model = new GexModel("", 0.025, 0, "", "", "", 1, []),
        Trades = [SamplePrint],
    };
}
