using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace ZeroGex.Contracts;

/// <summary>What all packed facts begin with: stamp, root, contract table.</summary>
static class PackedHead
{
    static readonly int FirstDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static V1.Stamp Pack(Stamp stamp) => new()
    {
        Stream = stamp.Stream,
        Run = stamp.Run,
        Sequence = stamp.Sequence,
        AsOf = Rules.UnixMicros(stamp.AsOf),
    };

    public static Stamp Unpack(V1.Stamp? packed)
    {
        if (packed is null) throw new FormatException("The body has no stamp.");
        if (!Rules.IsTime(packed.AsOf)) throw new FormatException($"stamp.as_of {packed.AsOf} is not a time.");
        return new(packed.Stream, packed.Run, packed.Sequence, Rules.FromUnixMicros(packed.AsOf));
    }

    public static V1.Contracts? Pack(ReadOnlySpan<OptionContract> contracts)
    {
        if (contracts.Length == 0) return null;

        long tick = 0;
        foreach (ref readonly var contract in contracts) tick = GreatestDivisor(Grid.ToUnits(contract.Strike, Grid.PerDollar), tick);
        if (tick is < 1 or > int.MaxValue) tick = 1;

        var packed = new V1.Contracts { StrikeTick = Written((int)tick) };
        packed.Expiration.Capacity = packed.Strike.Capacity = packed.Put.Capacity = contracts.Length;
        int lastDay = 0;
        long lastStrike = 0;
        foreach (ref readonly var contract in contracts)
        {
            int day = Day(contract.Expiration);
            long strike = Grid.ToUnits(contract.Strike, Grid.PerDollar) / tick;
            packed.Expiration.Add(day - lastDay);
            packed.Strike.Add(strike - lastStrike);
            packed.Put.Add(contract.Right == OptionRight.Put);
            lastDay = day;
            lastStrike = strike;
        }

        return packed;
    }

    public static ImmutableArray<OptionContract> Unpack(V1.Contracts? packed)
    {
        if (packed is null) return [];
        int count = packed.Expiration.Count;
        if (packed.Strike.Count != count || packed.Put.Count != count)
            throw new FormatException($"contracts has {count} expirations, {packed.Strike.Count} strikes and {packed.Put.Count} rights.");

        var contracts = new OptionContract[count];
        double tick = Read(packed.StrikeTick);
        int day = 0;
        long strike = 0;
        for (int i = 0; i < count; i++)
        {
            day = unchecked(day + packed.Expiration[i]);
            strike = unchecked(strike + packed.Strike[i]);
            contracts[i] = new(
                Date(day, $"contracts.expiration[{i}]"), strike * tick / Grid.PerDollar, packed.Put[i] ? OptionRight.Put : OptionRight.Call);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(contracts);
    }

    public static int Day(DateOnly date) => date.DayNumber - FirstDay;

    public static DateOnly Date(int day, string where) =>
        (long)day + FirstDay is >= 0 and var number && number <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)number)
            : throw new FormatException($"{where}: day {day} is not a date.");

    /// <summary>A tick as it is written: 1 is the default and takes no room.</summary>
    public static uint Written(int tick) => tick == 1 ? 0 : (uint)tick;

    /// <summary>A tick as it was meant.</summary>
    public static double Read(uint tick) => tick == 0 ? 1 : tick;

    /// <summary>Reads fields 1 and 2 of any fact and stops.</summary>
    public static (Stamp? Stamp, string? Root) Peek(ReadOnlySpan<byte> body)
    {
        Stamp? stamp = null;
        string? root = null;
        int at = 0;
        while ((stamp is null || root is null) && at < body.Length)
        {
            var field = WireField.Next(body, ref at);
            if (field.Number == 1) stamp = Unpack(V1.Stamp.Parser.ParseFrom(field.Bytes(body)));
            else if (field.Number == 2) root = Encoding.UTF8.GetString(field.Bytes(body));
        }

        return (stamp, root);
    }

    static long GreatestDivisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}

/// <summary>One field of a protobuf message: its number, and where its bytes are when it is length-delimited.</summary>
readonly record struct WireField(int Number, uint Kind, int Start, int Length, ulong Value)
{
    public const uint Varint = 0;
    public const uint LengthDelimited = 2;

    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> message) =>
        Kind == LengthDelimited ? message.Slice(Start, Length) : throw new FormatException($"Field {Number} is not length-delimited.");

    /// <summary>Reads the field at <paramref name="at"/> and moves behind it.</summary>
    public static WireField Next(ReadOnlySpan<byte> message, ref int at)
    {
        ulong tag = Varints.Read(message, ref at);
        if (tag is < 8 or > uint.MaxValue) throw new FormatException($"Byte {at}: {tag} is not a field tag.");
        var field = new WireField((int)(tag >> 3), (uint)tag & 7, 0, 0, 0);
        switch (field.Kind)
        {
            case Varint:
                return field with { Value = Varints.Read(message, ref at) };
            case 1:
                return Take(message, ref at, field, 8);
            case LengthDelimited:
                return Take(message, ref at, field, Varints.Read(message, ref at));
            case 5:
                return Take(message, ref at, field, 4);
            default:
                throw new FormatException($"Field {field.Number} has the unknown wire type {field.Kind}.");
        }
    }

    static WireField Take(ReadOnlySpan<byte> message, ref int at, WireField field, ulong length)
    {
        if (length > (ulong)(message.Length - at))
            throw new FormatException($"Field {field.Number} wants {length} bytes where {message.Length - at} are left.");
        field = field with { Start = at, Length = (int)length };
        at += (int)length;
        return field;
    }
}
