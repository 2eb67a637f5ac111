using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Tests.Storage;

public sealed class EventIdTests
{
    static readonly Arbitrary<(long Run, long Sequence)> Positions = Gen.Zip(
        Gen.OneOf(Gen.Choose(0, 9).Select(i => (long)i), Gen.Choose(0, int.MaxValue).Select(i => i * 131_071L), Gen.Constant((1L << 48) - 1)),
        Gen.OneOf(Gen.Choose(0, 9).Select(i => (long)i), Gen.Choose(0, int.MaxValue).Select(i => i * 511L), Gen.Constant((1L << 40) - 1)))
        .ToArbitrary();

    [Fact]
    public void An_id_gives_its_position_back() => Prop.ForAll(Positions, at =>
    {
        var id = EventId.Of(new("trades/SPY/2026-01-16", at.Run, at.Sequence, default));
        Assert.True(EventId.TryRead(id, "trades/SPY/2026-01-16", out var position));
        Assert.Equal(new(at.Run, at.Sequence), position);
        Assert.Equal((8, 8), (id.Version, id.Variant & 0xC));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_of_a_stream_sort_as_its_messages_do() => Prop.ForAll(Positions, Positions, (one, other) =>
    {
        string Id((long Run, long Sequence) at) => EventId.Of(new("trades/SPY/2026-01-16", at.Run, at.Sequence, default)).ToString();
        Assert.Equal(Math.Sign(one.CompareTo(other)), Math.Sign(string.CompareOrdinal(Id(one), Id(other))));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_id_depends_on_nothing_but_the_place()
    {
        Stamp stamp = new("trades/SPY/2026-01-16", 1_768_573_800_000, 42, DateTimeOffset.UnixEpoch);

        Assert.Equal(EventId.Of(stamp), EventId.Of(stamp with { AsOf = DateTimeOffset.MaxValue }));
        Assert.NotEqual(EventId.Of(stamp), EventId.Of(stamp with { Stream = "trades/QQQ/2026-01-16" }));
        Assert.Equal("019bc736-8e40-8000-8000-00ab63f4c6bc", EventId.Of(stamp).ToString()); // As another language computes it from the description.
    }

    [Fact]
    public void Ids_of_others_are_not_mistaken()
    {
        Assert.False(EventId.TryRead(Guid.CreateVersion7(), "trades/SPY/2026-01-16", out _));
        Assert.False(EventId.TryRead(EventId.Of(new("trades/SPY/2026-01-16", 1, 1, default)), "trades/QQQ/2026-01-16", out _));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => EventId.Of(new Stamp("s", -1, 1, default)));
        Assert.Throws<ArgumentOutOfRangeException>(() => EventId.Of(new Stamp("s", 1L << 48, 1, default)));
        Assert.Throws<ArgumentOutOfRangeException>(() => EventId.Of(new Stamp("s", 1, 1L << 40, default)));
    }
}
