using System.Text;
using Google.Protobuf;
using Xunit;
using ZeroGex.Contracts;
using V1 = ZeroGex.Contracts.V1;

namespace ZeroGex.Tests.Contracts;

/// <summary>What may not travel, and that the refusal says where and why.</summary>
public sealed class WireRefusals
{
    static readonly QuotesObserved Quotes = GoldenMessages.All.OfType<QuotesObserved>().Single();
    static readonly TradesObserved Trades = GoldenMessages.All.OfType<TradesObserved>().Single();

    const string Trade = """{"contract":{"expiration":"2026-01-16","strike":455,"right":"C"},"time":"2026-01-16T15:30:30Z","price":1.25,"size":1,"spot":455.7,"aggressor":1}""";
    const string Stamp = """{"stream":"trades/SPY/2026-01-16","run":1,"sequence":1,"asOf":"2026-01-16T15:30:31Z"}""";

    [Fact]
    public void The_smallest_json_message_is_understood()
    {
        var message = (TradesObserved)FromJson($$"""{"root":"SPY","stamp":{{Stamp}},"trades":[{{Trade}}]}""");
        Assert.Equal(0, message.Trades.Single().Condition);
        Assert.Empty(((TradesObserved)FromJson($$"""{"root":"SPY","stamp":{{Stamp}}}""")).Trades);
    }

    [Theory]
    [InlineData("", "does not contain any JSON")]
    [InlineData("null", "null")]
    [InlineData("[]", "could not be converted")]
    [InlineData("""{"stamp":STAMP,"trades":[]}""", "root")]
    [InlineData("""{"root":"SPY","trades":[]}""", "stamp")]
    [InlineData("""{"root":null,"stamp":STAMP,"trades":[]}""", "root")]
    [InlineData("""{"root":"","stamp":STAMP,"trades":[]}""", "root is empty")]
    [InlineData("""{"root":"SPY","stamp":STAMP,"trades":null}""", "trades")]
    [InlineData("""{"root":"SPY","stamp":STAMP,"trades":[null]}""", "trades[0]: null")]
    [InlineData("""{"root":"SPY","stamp":STAMP,"trades":[],"colour":"red"}""", "colour")]
    [InlineData("""{"root":"SPY","Root":"SPX","stamp":STAMP,"trades":[]}""", "Root")]
    [InlineData("""{"root":"SPY","root":"SPX","stamp":STAMP,"trades":[]}""", "root")]
    [InlineData("""{"root":"SPY","stamp":STAMP,"trades":[]} x""", "'x'")]
    [InlineData("""{"root":"SPY","stamp":STAMP,"trades":[],}""", "trailing comma")]
    [InlineData("""/* hello */{"root":"SPY","stamp":STAMP,"trades":[]}""", "'/'")]
    public void Json_is_strict(string text, string complaint) => Refuses(text.Replace("STAMP", Stamp, StringComparison.Ordinal), complaint);

    [Theory]
    [InlineData("\"sequence\":1", "\"sequence\":0", "stamp.sequence is 0")]
    [InlineData("\"run\":1", "\"run\":-1", "stamp.run is -1")]
    [InlineData("\"run\":1,", "", "run")]
    [InlineData("\"sequence\":1", "\"sequence\":\"1\"", "sequence")]
    [InlineData("\"sequence\":1", "\"sequence\":1.5", "sequence")]
    [InlineData("15:30:31Z", "15:30:31", "asOf")]
    [InlineData("15:30:31Z", "15:30:31.1234567Z", "asOf")]
    [InlineData("\"price\":1.25", "\"price\":NaN", "price")]
    [InlineData("\"price\":1.25", "\"price\":\"NaN\"", "price")]
    [InlineData("\"price\":1.25", "\"price\":1e999", "price")]
    [InlineData("\"price\":1.25", "\"price\":-0.01", "trades[0]: price is -0.01")]
    [InlineData("\"spot\":455.7", "\"spot\":0", "trades[0]: spot is 0")]
    [InlineData("\"size\":1", "\"size\":0", "trades[0]: size is 0")]
    [InlineData("\"size\":1", "\"size\":3000000000", "size")]
    [InlineData("\"aggressor\":1", "\"aggressor\":2", "trades[0]: aggressor is 2")]
    [InlineData("\"strike\":455", "\"strike\":0", "strike 0")]
    [InlineData("\"strike\":455,", "", "strike")]
    [InlineData("\"right\":\"C\"", "\"right\":\"X\"", "right")]
    [InlineData("\"right\":\"C\"", "\"right\":0", "right")]
    [InlineData("2026-01-16\",\"strike", "2026-02-30\",\"strike", "expiration")]
    public void Json_values_are_checked(string good, string bad, string complaint)
    {
        string text = $$"""{"root":"SPY","stamp":{{Stamp}},"trades":[{{Trade}}]}""";
        Assert.Contains(good, text, StringComparison.Ordinal);
        Refuses(text.Replace(good, bad, StringComparison.Ordinal), complaint);
    }

    // Whatever the machine's own time zone is.
    [Fact]
    public void A_stated_offset_becomes_utc()
    {
        string text = $$"""{"root":"SPY","stamp":{{Stamp}},"trades":[]}""".Replace("15:30:31Z", "10:30:31.5-05:00", StringComparison.Ordinal);
        var asOf = ((TradesObserved)FromJson(text)).Stamp.AsOf;
        Assert.Equal((new DateTimeOffset(2026, 1, 16, 15, 30, 31, 500, TimeSpan.Zero), TimeSpan.Zero), (asOf, asOf.Offset));
    }

    public static TheoryData<string, QuotesObserved> UnlawfulQuotes => new()
    {
        { "bid has 3 rows where contract has 4", Quotes with { Bid = Quotes.Bid[..3] } },
        { "volume has 1 rows", Quotes with { Volume = [1] } },
        { "contract[3] is 3", Quotes with { Contract = [0, 1, 0, 3] } },
        { "contract[0] is -1", Quotes with { Contract = [-1, 1, 0, 2] } },
        { "contract[0] is 0", Quotes with { Contracts = [] } },
        { "bid[1] is NaN", Quotes with { Bid = [1, double.NaN, 1, 1] } },
        { "ask[3] is Infinity", Quotes with { Ask = [1, 2, 3, double.PositiveInfinity] } },
        { "spot[0] is -1", Quotes with { Spot = [-1, 2, 3, 4] } },
        { "last[0] is 1000000000000", Quotes with { Last = [1e12, 2, 3, 4] } },
        { "bidSize[2] is -5", Quotes with { BidSize = [1, 1, -5, 1] } },
        { "volatility[0] is NaN", Quotes with { Volatility = [double.NaN, 1, 1, 1] } },
        { "contracts[0]: strike", Quotes with { Contracts = Quotes.Contracts.SetItem(0, new(new(2026, 1, 16), double.NaN, OptionRight.Call)) } },
        { "contracts[0]: right", Quotes with { Contracts = Quotes.Contracts.SetItem(0, new(new(2026, 1, 16), 1, (OptionRight)7)) } },
        { "stamp.sequence is 0", Quotes with { Stamp = Quotes.Stamp with { Sequence = 0 } } },
        { "stamp.stream is empty", Quotes with { Stamp = Quotes.Stamp with { Stream = "" } } },
        { "root is empty", Quotes with { Root = "" } },
    };

    [Theory]
    [MemberData(nameof(UnlawfulQuotes), DisableDiscoveryEnumeration = true)]
    public void What_nobody_could_decode_is_not_encoded(string complaint, QuotesObserved unlawful)
    {
        foreach (string contentType in (string[])[Wire.Json, Wire.Packed])
            Assert.Contains(complaint, Assert.Throws<ArgumentException>(() => Wire.Encode(unlawful, contentType)).Message, StringComparison.Ordinal);
        Assert.Contains(complaint, Wire.Fault(unlawful), StringComparison.Ordinal);
    }

    static readonly Dictionary<string, Action<V1.QuotesObserved>> Spoilers = new()
    {
        ["no stamp"] = packed => packed.Stamp = null,
        ["stamp.sequence is 0"] = packed => packed.Stamp.Sequence = 0,
        ["stamp.as_of"] = packed => packed.Stamp.AsOf = long.MaxValue,
        ["root is empty"] = packed => packed.Root = "",
        ["contracts has 3 expirations, 2 strikes"] = packed => packed.Contracts.Strike.RemoveAt(2),
        ["contracts.expiration[2]"] = packed => packed.Contracts.Expiration[2] = int.MaxValue,
        ["contracts[0]: strike"] = packed => packed.Contracts.Strike[0] = -5,
        ["contract points to 3 where there are 3"] = packed => packed.Contract[1] = 3,
        ["where there are 0 contracts"] = packed => packed.Contracts = null,
        ["contract has a value above 2147483647"] = packed => packed.Contract[1] = uint.MaxValue,
        ["spread has 3 rows where contract has 4"] = packed => packed.Spread.RemoveAt(0),
        ["spot has 0 rows"] = packed => packed.Spot.Clear(),
        ["last has 5 rows"] = packed => packed.Last.Add(1),
        ["bid[0] is -"] = packed => packed.Bid[0] = -1,
        ["ask[0] is -"] = packed => packed.Spread[0] = -1_000_000,
        ["bid[0] is"] = packed => packed.Bid[0] = long.MaxValue,
        ["bid_size has a value above 2147483647"] = packed => packed.BidSize[0] = uint.MaxValue,
        ["time[0] is"] = packed => packed.Time[0] = long.MaxValue,
        ["volume[0] is -"] = packed => packed.Volume[0] = -1,
    };

    public static TheoryData<string> Complaints => [.. Spoilers.Keys];

    [Theory]
    [MemberData(nameof(Complaints))]
    public void Packed_values_are_checked(string complaint)
    {
        var packed = V1.QuotesObserved.Parser.ParseFrom(Wire.Encode(Quotes, Wire.Packed));
        Spoilers[complaint](packed);
        var refusal = Assert.Throws<FormatException>(() => Wire.Decode(typeof(QuotesObserved), Wire.Packed, packed.ToByteArray()));
        Assert.Contains(complaint, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith("quotes_observed: ", refusal.Message, StringComparison.Ordinal);
    }

    // Unset arrays come from object initialisers that left them out, and from default structs.
    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Packed)]
    public void An_unset_array_is_an_empty_one(string contentType)
    {
        foreach (var (unset, empty) in ((object, object)[])
        [
            (new QuotesObserved
            {
                Stamp = Quotes.Stamp, Root = "SPY", Contracts = default, Contract = default, Time = default, Bid = default, Ask = default,
                BidSize = default, AskSize = default, Spot = default, Last = default, Volume = default, Volatility = default,
            }, new QuotesObserved { Stamp = Quotes.Stamp, Root = "SPY" }),
            (Trades with { Trades = default }, Trades with { Trades = [] }),
            (new ChainObserved { Stamp = Quotes.Stamp, Root = "SPY", Rows = default }, new ChainObserved { Stamp = Quotes.Stamp, Root = "SPY" }),
        ])
        {
            byte[] body = Wire.Encode(unset, contentType);
            Assert.Equal(Wire.Encode(empty, contentType), body);
            Wire.Decode(unset.GetType(), contentType, body);
        }
    }

    [Fact]
    public void The_callers_own_mistakes_are_argument_errors()
    {
        Assert.Throws<ArgumentException>(() => Wire.Encode("text", Wire.Json));
        Assert.Throws<ArgumentException>(() => Wire.Encode(Quotes, "text/plain"));
        Assert.Throws<ArgumentException>(() => Wire.Encode(GoldenMessages.All.OfType<BarsObserved>().Single(), Wire.Packed));
        Assert.Throws<ArgumentException>(() => Wire.Decode(typeof(string), Wire.Json, default));
        Assert.Throws<ArgumentException>(() => Wire.Decode(typeof(GexCalculated), Wire.Packed, default));
        Assert.Throws<ArgumentNullException>(() => Wire.Encode(null!, Wire.Json));
    }

    [Fact]
    public void A_content_type_may_carry_parameters() =>
        Assert.Equal(Wire.Encode(Quotes, Wire.Json), Wire.Encode(Quotes, "Application/JSON; charset=utf-8"));

    static object FromJson(string text) => Wire.Decode(typeof(TradesObserved), Wire.Json, Encoding.UTF8.GetBytes(text));

    static void Refuses(string text, string complaint)
    {
        var refusal = Assert.Throws<FormatException>(() => FromJson(text));
        Assert.Contains(complaint, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith("trades_observed: ", refusal.Message, StringComparison.Ordinal);
    }
}
