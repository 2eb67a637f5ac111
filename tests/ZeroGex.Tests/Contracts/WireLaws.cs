using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

public sealed class WireLaws
{
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(400);

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Packed)]
    public void A_message_survives_the_wire(string contentType) => Prop.ForAll(Cases(contentType), some =>
    {
        object message = some.Message;
        byte[] body = Wire.Encode(message, contentType);
        object back = Wire.Decode(some.Contract.Type, contentType, body);
        Assert.Equal(Text(message), Text(back));
        Assert.Equal(body, Wire.Encode(back, contentType));
    }).Check(Runs);

    [Fact]
    public void Both_encodings_say_the_same() => Prop.ForAll(SomeMessages.Packed, some => Assert.Equal(
        Text(Wire.Decode(some.Contract.Type, Wire.Json, Wire.Encode(some.Message, Wire.Json))),
        Text(Wire.Decode(some.Contract.Type, Wire.Packed, Wire.Encode(some.Message, Wire.Packed))))).Check(Runs);

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Packed)]
    public void A_peek_sees_the_stamp_and_root(string contentType) => Prop.ForAll(Cases(contentType), some =>
    {
        if (some.Message is not IMarketFact fact) return;
        Assert.Equal((fact.Stamp, fact.Root), Wire.Peek(contentType, Wire.Encode(fact, contentType)));
    }).Check(Runs);

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Packed)]
    public void Cut_or_damaged_bytes_are_refused_or_understood_but_never_crash(string contentType) => Prop.ForAll(Cases(contentType), some =>
    {
        byte[] body = Wire.Encode(some.Message, contentType);
        var random = new Random(some.Seed);
        for (int i = 0; i < 20; i++)
        {
            byte[] bad = (byte[])body.Clone();
            if (random.Next(3) == 0) bad = bad[..random.Next(bad.Length)];
            for (int flips = random.Next(4); flips > 0 && bad.Length > 0; flips--) bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            foreach (var act in (Action[])[() => Wire.Decode(some.Contract.Type, contentType, bad), () => Wire.Peek(contentType, bad)])
            {
                try
                {
                    act();
                }
                catch (FormatException)
                {
                    // Refused, as it should be.
                }
                catch (Exception other)
                {
                    Assert.Fail($"{some}, body {Convert.ToHexString(bad)}: {other}");
                }
            }
        }
    }).Check(Runs.WithMaxTest(200));

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Packed)]
    public void Bytes_from_nowhere_are_refused_or_understood_but_never_crash(string contentType) => Prop.ForAll(
        Cases(contentType), ArbMap.Default.ArbFor<byte[]>(), (some, bytes) =>
        {
            try
            {
                Wire.Decode(some.Contract.Type, contentType, bytes);
            }
            catch (FormatException)
            {
                // Refused, as it should be.
            }
        }).Check(Runs);

    static Arbitrary<SomeMessages.Case> Cases(string contentType) => contentType == Wire.Json ? SomeMessages.Any : SomeMessages.Packed;

    static string Text(object message) => JsonSerializer.Serialize(message, message.GetType(), ContractJson.Options);
}
