using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>Reads the CSV entries of a LEAN zip, row by row, refusing what cannot be true.</summary>
sealed class LeanRows(string zip, Refusals refusals, CancellationToken cancel)
{
    const int DayMilliseconds = 24 * 60 * 60 * 1000;

    readonly string _file = Path.GetFileName(zip);
    byte[] _buffer = new byte[64 * 1024];
    string _entry = "";
    int _line;

    /// <summary>Keeps a row, or refuses it.</summary>
    public delegate void Take(OptionContract contract, int milliseconds, ref Fields fields);

    /// <summary>Every row of every contract, contracts by (expiration, strike, right), rows in file order.</summary>
    public void ReadOptions(Take take)
    {
        using var archive = Open();
        var entries = new List<(OptionContract Contract, ZipArchiveEntry Entry)>(archive.Entries.Count);
        foreach (var entry in archive.Entries)
        {
            if (TryContract(entry.Name, out var contract)) entries.Add((contract, entry));
            else refusals.Refuse("contract name not understood", $"{_file}!{entry.Name}", entry.Name);
        }

        foreach (var (contract, entry) in entries.OrderBy(x => x.Contract, ByListing.Instance).ThenBy(x => x.Entry.Name, StringComparer.Ordinal))
            Read(entry, contract, take);
    }

    /// <summary>Every row of the underlying's single entry.</summary>
    public void ReadUnderlying(Take take)
    {
        using var archive = Open();
        foreach (var entry in archive.Entries) Read(entry, default, take);
    }

    /// <summary>Refuses the row being taken.</summary>
    public void Refuse(string reason, string detail) =>
        refusals.Refuse(reason, string.Create(CultureInfo.InvariantCulture, $"{_file}!{_entry}:{_line}"), detail);

    /// <summary>Refuses the row being taken because a field of it is not a number in range.</summary>
    public void Refuse(in Fields fields) => Refuse(fields.Fault ?? "row not understood", fields.ToString());

    ZipArchive Open()
    {
        try
        {
            return ZipFile.OpenRead(zip);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{zip} is not a readable zip.", error);
        }
    }

    void Read(ZipArchiveEntry entry, OptionContract contract, Take take)
    {
        cancel.ThrowIfCancellationRequested();
        (_entry, _line) = (entry.Name, 0);
        ReadOnlySpan<byte> rest;
        try
        {
            rest = Unpack(entry);
        }
        catch (InvalidDataException error)
        {
            Refuse("entry not readable", error.Message);
            return;
        }

        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            var line = (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
            rest = end < 0 ? default : rest[(end + 1)..];
            _line++;
            if (line.IsEmpty) continue;

            var fields = new Fields(line);
            int milliseconds = fields.Count();
            if (fields.Fault is not null) Refuse(fields);
            else if (milliseconds >= DayMilliseconds) Refuse("time not within a day", fields.ToString());
            else take(contract, milliseconds, ref fields);
        }
    }

    ReadOnlySpan<byte> Unpack(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        int length = 0;
        while (true)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, 2 * length);
            int read = stream.Read(_buffer.AsSpan(length));
            if (read == 0) return _buffer.AsSpan(0, length);
            length += read;
        }
    }

    /// <summary><c>20151224_goog_minute_quote_american_call_10000000_20151224.csv</c>: right, strike × 10,000, expiration.</summary>
    static bool TryContract(string name, out OptionContract contract)
    {
        contract = default;
        string[] parts = Path.GetFileNameWithoutExtension(name).Split('_');
        if (parts.Length < 5) return false;
        if (!DateOnly.TryParseExact(parts[^1], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var expiration)) return false;
        if (!long.TryParse(parts[^2], NumberStyles.None, CultureInfo.InvariantCulture, out long strike) || strike <= 0) return false;
        if (parts[^3] is not ("call" or "put")) return false;

        contract = new OptionContract(expiration, strike / 10_000.0, parts[^3] == "call" ? OptionRight.Call : OptionRight.Put);
        return true;
    }

    /// <summary>The comma-separated numbers of one row, from left to right. The first fault sticks.</summary>
    public ref struct Fields(ReadOnlySpan<byte> line)
    {
        readonly ReadOnlySpan<byte> _line = line;
        ReadOnlySpan<byte> _rest = line;
        bool _ended;

        /// <summary>Why the row is refused; null while it is good.</summary>
        public string? Fault { get; private set; }

        /// <summary>Passes over fields.</summary>
        public void Skip(int fields)
        {
            for (int i = 0; i < fields; i++) Next();
        }

        /// <summary>A whole number, at least 0.</summary>
        public int Count()
        {
            long value = Number(Next(), 1);
            if (value <= int.MaxValue) return (int)value;
            Fault ??= "number too large";
            return 0;
        }

        /// <summary>A price that the file gives in units of <paramref name="scale"/> to 1e-4 dollars, as 1e-4 dollars, at least 0.</summary>
        public long Price(int scale) => Number(Next(), scale);

        /// <summary>Like <see cref="Price"/>; an empty field is 0, no price.</summary>
        public long PriceOrNone(int scale)
        {
            var field = Next();
            return field.IsEmpty ? 0 : Number(field, scale);
        }

        long Number(ReadOnlySpan<byte> field, int scale)
        {
            if (field.Length is > 0 and <= 12 && TryDigits(field, out long digits)) return digits * scale;
            if (!Utf8Parser.TryParse(field, out double number, out int read) || read != field.Length) return Bad("not a number");
            if (!double.IsFinite(number)) return Bad("not finite");
            if (number < 0) return Bad("negative");
            return number * scale < 1e15 ? (long)Math.Round(number * scale, MidpointRounding.AwayFromZero) : Bad("number too large");
        }

        long Bad(string reason)
        {
            Fault ??= reason;
            return 0;
        }

        static bool TryDigits(ReadOnlySpan<byte> field, out long value)
        {
            value = 0;
            foreach (byte symbol in field)
            {
                uint digit = (uint)symbol - '0';
                if (digit > 9) return false;
                value = value * 10 + digit;
            }

            return true;
        }

        /// <inheritdoc/>
        public override readonly string ToString() => System.Text.Encoding.Latin1.GetString(_line[..Math.Min(_line.Length, 120)]);

        ReadOnlySpan<byte> Next()
        {
            if (_ended)
            {
                Fault ??= "too few fields";
                return default;
            }

            int comma = _rest.IndexOf((byte)',');
            var field = comma < 0 ? _rest : _rest[..comma];
            if (comma < 0) _ended = true;
            else _rest = _rest[(comma + 1)..];
            return field;
        }
    }
}

/// <summary>Contracts as a chain lists them: by expiration, strike, call before put.</summary>
sealed class ByListing : IComparer<OptionContract>
{
    public static readonly ByListing Instance = new();

    public int Compare(OptionContract x, OptionContract y)
    {
        int order = x.Expiration.CompareTo(y.Expiration);
        if (order == 0) order = x.Strike.CompareTo(y.Strike);
        return order == 0 ? x.Right.CompareTo(y.Right) : order;
    }
}
