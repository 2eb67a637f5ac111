using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace ZeroGex.Contracts;

/// <summary>What all packed facts begin with: stamp, root, contract table.</summary>
static class PackedHead
{
    // Field numbers of the contract table.
    const int StrikeTick = 1, Expiration = 2, Strike = 3, Put = 4;

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
        return Stamp(packed.Stream, packed.Run, packed.Sequence, packed.AsOf);
    }

    /// <summary>Reads a stamp by hand: in a log of small facts it is a good part of what is read.</summary>
    public static Stamp UnpackStamp(ReadOnlySpan<byte> body)
    {
        string stream = "";
        ulong run = 0, sequence = 0, asOf = 0;
        int at = 0;
        while (at < body.Length)
        {
            var field = WireField.Next(body, ref at);
            switch (field.Number, field.Kind)
            {
                case (1, WireField.LengthDelimited): stream = Encoding.UTF8.GetString(field.Bytes(body)); break;
                case (2, WireField.Varint): run = field.Value; break;
                case (3, WireField.Varint): sequence = field.Value; break;
                case (4, WireField.Varint): asOf = field.Value; break;
                case ( > 4, _): break;
                default: return Unpack(V1.Stamp.Parser.ParseFrom(body));
            }
        }

        return Stamp(stream, (long)run, (long)sequence, (long)asOf);
    }

    public static V1.Gap? Pack(FeedGap? gap)
    {
        if (gap is null) return null;
        var packed = new V1.Gap { From = Rules.UnixMicros(gap.From) };
        if (gap.To is { } to) packed.To = Rules.UnixMicros(to);
        return packed;
    }

    public static FeedGap? Unpack(V1.Gap? packed) =>
        packed is null ? null : new(Instant("gap.from", packed.From), packed.HasTo ? Instant("gap.to", packed.To) : null);

    static Stamp Stamp(string stream, long run, long sequence, long asOf) =>
        new(stream, run, sequence, Instant("stamp.as_of", asOf));

    public static V1.Contracts? Pack(ReadOnlySpan<OptionContract> contracts)
    {
        if (contracts.Length == 0) return null;

        long tick = Tick(contracts);
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
        CheckRows(count, packed.Strike.Count, packed.Put.Count);
        var contracts = new OptionContract[count];
        var row = new Row(Read(packed.StrikeTick));
        for (int i = 0; i < count; i++) contracts[i] = row.Next(packed.Expiration[i], packed.Strike[i], packed.Put[i], i);
        return ImmutableCollectionsMarshal.AsImmutableArray(contracts);
    }

    /// <summary>Reads the table by hand: in quotes it is a good part of a message.</summary>
    public static ImmutableArray<OptionContract> Unpack(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> expiration = default, strike = default, put = default;
        uint tick = 0;
        int at = 0;
        while (at < body.Length)
        {
            var field = WireField.Next(body, ref at);
            switch (field.Number, field.Kind)
            {
                case (StrikeTick, WireField.Varint): tick = (uint)field.Value; break;
                case (Expiration, WireField.LengthDelimited) when expiration.IsEmpty: expiration = field.Bytes(body); break;
                case (Strike, WireField.LengthDelimited) when strike.IsEmpty: strike = field.Bytes(body); break;
                case (Put, WireField.LengthDelimited) when put.IsEmpty: put = field.Bytes(body); break;
                case ( > Put, _): break;
                default: return Unpack(V1.Contracts.Parser.ParseFrom(body));
            }
        }

        int count = Varints.Count(expiration);
        CheckRows(count, Varints.Count(strike), Varints.Count(put));
        var contracts = new OptionContract[count];
        var row = new Row(Read(tick));
        int atExpiration = 0, atStrike = 0, atPut = 0;
        for (int i = 0; i < count; i++)
        {
            contracts[i] = row.Next(
                Varints.UnZigZag(Varints.Read(expiration, ref atExpiration)),
                Varints.UnZigZag(Varints.Read(strike, ref atStrike)),
                Varints.Read(put, ref atPut) != 0,
                i);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(contracts);
    }

    /// <summary>How many bytes <see cref="Write"/> may need.</summary>
    public static int RoomFor(int contracts) => (4 * (Column.HeaderRoom + Varints.MaxLength)) + (contracts * ((2 * Varints.MaxLength) + 1)) + Varints.MaxLength;

    /// <summary>Writes the table by hand, as the field <paramref name="field"/>.</summary>
    public static void Write(Span<byte> to, ref int at, int field, ReadOnlySpan<OptionContract> contracts)
    {
        if (contracts.Length == 0) return;
        long tick = Tick(contracts);
        int end = at + Column.HeaderRoom;
        if (tick != 1)
        {
            Varints.Write(to, ref end, (StrikeTick << 3) | WireField.Varint);
            Varints.Write(to, ref end, (ulong)tick);
        }

        int column = end + Column.HeaderRoom;
        int lastDay = 0;
        foreach (ref readonly var contract in contracts)
        {
            int day = Day(contract.Expiration);
            Varints.Write(to, ref column, Varints.ZigZag(day - lastDay));
            lastDay = day;
        }

        Column.Finish(to, ref end, Expiration, column);
        column = end + Column.HeaderRoom;
        long lastStrike = 0;
        foreach (ref readonly var contract in contracts)
        {
            long strike = Grid.ToUnits(contract.Strike, Grid.PerDollar) / tick;
            Varints.Write(to, ref column, Varints.ZigZag(strike - lastStrike));
            lastStrike = strike;
        }

        Column.Finish(to, ref end, Strike, column);
        column = end + Column.HeaderRoom;
        foreach (ref readonly var contract in contracts) to[column++] = (byte)(contract.Right == OptionRight.Put ? 1 : 0);
        Column.Finish(to, ref end, Put, column);
        Column.Finish(to, ref at, field, end);
    }

    public static DateTimeOffset Instant(string field, long micros) => Rules.IsTime(micros) ? Rules.FromUnixMicros(micros) : throw new FormatException($"{field} {micros} is not a time.");

    public static int Day(DateOnly date) => date.DayNumber - FirstDay;

    public static DateOnly Date(int day) =>
        IsDate(day) ? DateOnly.FromDayNumber(day + FirstDay) : throw new FormatException($"Day {day} is not a date.");

    static bool IsDate(long day) => day >= -FirstDay && day <= DateOnly.MaxValue.DayNumber - FirstDay;

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
            if (field.Number == 1) stamp = UnpackStamp(field.Bytes(body));
            else if (field.Number == 2) root = Encoding.UTF8.GetString(field.Bytes(body));
        }

        return (stamp, root);
    }

    static long Tick(ReadOnlySpan<OptionContract> contracts)
    {
        long tick = 0;
        foreach (ref readonly var contract in contracts)
        {
            long strike = Grid.ToUnits(contract.Strike, Grid.PerDollar);
            if (tick == 0 || strike % tick != 0) tick = GreatestDivisor(strike, tick);
        }

        return tick is < 1 or > int.MaxValue ? 1 : tick;
    }

    static long GreatestDivisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    static void CheckRows(int expirations, int strikes, int rights)
    {
        if (strikes != expirations || rights != expirations)
            throw new FormatException($"contracts has {expirations} expirations, {strikes} strikes and {rights} rights.");
    }

    // Where reading the table stands.
    struct Row(double tick)
    {
        long _day;
        long _strike;

        public OptionContract Next(long days, long strikes, bool isPut, int row)
        {
            _day = unchecked(_day + days);
            _strike = unchecked(_strike + strikes);
            return new(Date(_day, row), _strike * tick / Grid.PerDollar, isPut ? OptionRight.Put : OptionRight.Call);
        }

        static DateOnly Date(long day, int row) =>
            IsDate(day) ? DateOnly.FromDayNumber((int)day + FirstDay) : throw new FormatException($"contracts.expiration[{row}]: day {day} is not a date.");
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
