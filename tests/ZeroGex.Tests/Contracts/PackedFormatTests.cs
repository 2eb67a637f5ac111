using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Xunit;
using ZeroGex.Contracts;
using V1 = ZeroGex.Contracts.V1;

namespace ZeroGex.Tests.Contracts;

/// <summary>The bytes are what facts.proto says, read the way a stranger reads them: generated classes and the comments' rules.</summary>
public sealed class PackedFormatTests
{
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300);

    static readonly Arbitrary<SomeMessages.Case> Quotes =
        SomeMessages.Packed.Filter(some => some.Contract.Type == typeof(QuotesObserved));

    // Protobuf fixes no order of fields and no shortest length; ours are those of the stock library.
    [Fact]
    public void Quotes_written_by_hand_are_the_bytes_of_the_stock_library() => Prop.ForAll(Quotes, some =>
    {
        byte[] body = Wire.Encode(some.Message, Wire.Packed);
        Assert.Equal(V1.QuotesObserved.Parser.ParseFrom(body).ToByteArray(), body);
    }).Check(Runs);

    [Fact]
    public void A_stranger_reads_quotes_by_the_rules_of_the_proto() => Prop.ForAll(Quotes, some =>
    {
        var quotes = (QuotesObserved)some.Message;
        var packed = V1.QuotesObserved.Parser.ParseFrom(Wire.Encode(quotes, Wire.Packed));

        double priceTick = packed.PriceTick == 0 ? 1 : packed.PriceTick, spotTick = packed.SpotTick == 0 ? 1 : packed.SpotTick;
        double strikeTick = packed.Contracts is { StrikeTick: > 0 and var given } ? given : 1;
        long day = 0, strike = 0, time = packed.Stamp.AsOf, spot = 0;
        var bid = new Dictionary<uint, long>();
        var last = new Dictionary<uint, long>();
        var volume = new Dictionary<uint, long>();
        var volatility = new Dictionary<uint, long>();
        for (int i = 0; i < quotes.Contracts.Length; i++)
        {
            Assert.Equal(quotes.Contracts[i].Expiration, DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day += packed.Contracts!.Expiration[i])));
            Assert.Equal(quotes.Contracts[i].Strike, (strike += packed.Contracts.Strike[i]) * strikeTick / 10_000);
            Assert.Equal(quotes.Contracts[i].Right == OptionRight.Put, packed.Contracts.Put[i]);
        }

        for (int i = 0; i < quotes.Contract.Length; i++)
        {
            uint contract = packed.Contract[i];
            Assert.Equal(quotes.Contract[i], (int)contract);
            Assert.Equal(quotes.Time[i], time += packed.Time[i]);
            Assert.Equal(quotes.Bid[i], Add(bid, contract, packed.Bid[i]) * priceTick / 10_000);
            Assert.Equal(quotes.Ask[i], (bid[contract] + packed.Spread[i]) * priceTick / 10_000);
            Assert.Equal(quotes.BidSize[i], (int)packed.BidSize[i]);
            Assert.Equal(quotes.AskSize[i], (int)packed.AskSize[i]);
            Assert.Equal(quotes.Spot[i], (spot += packed.Spot[i]) * spotTick / 10_000);
            if (quotes.Last.Length > 0) Assert.Equal(quotes.Last[i], Add(last, contract, packed.Last[i]) * priceTick / 10_000);
            if (quotes.Volume.Length > 0) Assert.Equal(quotes.Volume[i], Add(volume, contract, packed.Volume[i]));
            if (quotes.Volatility.Length > 0) Assert.Equal(quotes.Volatility[i], Add(volatility, contract, packed.Volatility[i]) / 1e6);
        }

        static long Add(Dictionary<uint, long> running, uint contract, long delta) =>
            running[contract] = running.GetValueOrDefault(contract) + delta;
    }).Check(Runs);

    // Legal protobuf: fields in any order, a column in several packed pieces or number by number, fields from the future.
    [Fact]
    public void Other_legal_spellings_are_understood() => Prop.ForAll(Quotes, some =>
    {
        byte[] body = Wire.Encode(some.Message, Wire.Packed);
        var packed = V1.QuotesObserved.Parser.ParseFrom(body);
        using var spelt = new MemoryStream();
        var output = new CodedOutputStream(spelt);
        output.WriteTag(900, WireFormat.WireType.LengthDelimited);
        output.WriteString("from the future");
        output.WriteTag(901, WireFormat.WireType.Fixed64);
        output.WriteFixed64(7);
        for (int i = 0; i < packed.Bid.Count; i++)
        {
            output.WriteTag(8, WireFormat.WireType.Varint);
            output.WriteSInt64(packed.Bid[i]);
        }

        foreach (uint index in packed.Contract)
        {
            output.WriteTag(6, WireFormat.WireType.LengthDelimited);
            output.WriteLength(CodedOutputStream.ComputeUInt32Size(index));
            output.WriteUInt32(index);
        }

        packed.Bid.Clear();
        packed.Contract.Clear();
        packed.WriteTo(output);
        output.Flush();
        Assert.Equal(body, Wire.Encode(Wire.Decode(typeof(QuotesObserved), Wire.Packed, spelt.ToArray()), Wire.Packed));
    }).Check(Runs);

    // A field of ours with a wire type that it cannot have is unknown to protobuf, and skipped.
    [Fact]
    public void A_known_number_with_a_foreign_wire_type_is_skipped()
    {
        var quotes = GoldenMessages.All.OfType<QuotesObserved>().Single();
        byte[] body = Wire.Encode(quotes, Wire.Packed);
        byte[] odd = [.. body, (1 << 3) | 0, 5, (7 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(body, Wire.Encode(Wire.Decode(typeof(QuotesObserved), Wire.Packed, odd), Wire.Packed));
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(50, 100)]
    [InlineData(2500, 50)]
    public void Values_on_the_grid_come_back_as_the_same_doubles(long first, long step)
    {
        double[] prices = [.. Enumerable.Range(0, 5000).Select(i => (first + (i * step)) / 10_000.0)];
        var quotes = Row(prices);
        var back = (QuotesObserved)Wire.Decode(typeof(QuotesObserved), Wire.Packed, Wire.Encode(quotes, Wire.Packed));
        Assert.Equal(prices, back.Bid);
        Assert.Equal(prices, back.Spot);
    }

    [Fact]
    public void A_price_off_the_grid_goes_to_the_nearest_unit()
    {
        var back = (QuotesObserved)Wire.Decode(typeof(QuotesObserved), Wire.Packed, Wire.Encode(Row([1.00004, 1.00006, 0.1 + 0.2]), Wire.Packed));
        Assert.Equal([1, 1.0001, 0.3], back.Bid);
    }

    static QuotesObserved Row(double[] prices) => new()
    {
        Stamp = new("quotes/SPY/2026-01-16", 1, 1, DateTimeOffset.UnixEpoch),
        Root = "SPY",
        Contracts = [new(new(2026, 1, 16), 455, OptionRight.Call)],
        Contract = [.. prices.Select(_ => 0)],
        Time = [.. prices.Select(_ => 0L)],
        Bid = [.. prices],
        Ask = [.. prices],
        BidSize = [.. prices.Select(_ => 1)],
        AskSize = [.. prices.Select(_ => 1)],
        Spot = [.. prices],
    };
}
