using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>One message of the legacy channel <c>inferred_trades</c>, read and written.</summary>
/// <remarks>
/// Required keys: root, strike, right, size, price, spot, aggressor, expiration, trade_datetime. <c>condition</c> may be absent or null
/// (0), <c>signed_premium</c> too (it follows from the others). Further keys are ignored, and kept only in
/// <see cref="OptionTrade.Original"/>.
/// </remarks>
/// <param name="Root">The option root.</param>
/// <param name="Trade">The print.</param>
public sealed record LegacyTrade(string Root, OptionTrade Trade)
{
    /// <summary>No price of the trade is near this; anything above is garbage, and fixed-point columns could not hold it. Dollars.</summary>
    const double HighestPrice = 100_000_000;

    const int LongestRoot = 16;

    static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    [ThreadStatic] static StringBuilder? t_canonical;
    [ThreadStatic] static StringBuilder? t_normalised;

    /// <summary>Reads one object.</summary>
    /// <param name="utf8">The object's text.</param>
    /// <param name="trade">The print, when there is one.</param>
    /// <param name="refusal">Why there is none.</param>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out LegacyTrade? trade, out RowRefusal refusal)
    {
        trade = null;
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            var fields = new Fields(document.RootElement);
            var parsed = Read(fields);
            if (fields.Refusal is { } reason)
            {
                refusal = reason;
                return false;
            }

            refusal = default;
            trade = parsed with { Trade = parsed.Trade with { Original = OriginalOf(document.RootElement, parsed) } };
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a character.
            refusal = WhyNotJson(utf8, e);
            return false;
        }
    }

    /// <summary>The legacy object as Python's <c>json.dumps</c> writes it: the original when there is one, else the trade's fields.</summary>
    public static string Write(string root, OptionTrade trade) => trade.Original ?? Append(new StringBuilder(), root, trade).ToString();

    /// <summary>Appends what <see cref="Write"/> gives.</summary>
    public static StringBuilder Append(StringBuilder text, string root, OptionTrade trade)
    {
        if (trade.Original is { } original) return text.Append(original);

        text.Append("{\"root\": ").AppendQuoted(root);
        text.Append(", \"strike\": ").AppendFloat(trade.Contract.Strike);
        text.Append(", \"right\": ").Append(trade.Contract.Right == OptionRight.Call ? "\"C\"" : "\"P\"");
        text.Append(", \"size\": ").Append(trade.Size);
        text.Append(", \"price\": ").AppendFloat(trade.Price);
        text.Append(", \"spot\": ").AppendFloat(trade.Spot);
        text.Append(", \"aggressor\": ").Append(trade.Aggressor);
        text.Append(CultureInfo.InvariantCulture, $", \"expiration\": \"{trade.Contract.Expiration:yyyy-MM-dd}\"");
        text.Append(", \"condition\": ").Append(trade.Condition);
        text.Append(", \"trade_datetime\": \"").AppendTime(trade.Time).Append("Z\"");
        return text.Append(", \"signed_premium\": ").AppendFloat(trade.SignedPremium).Append('}');
    }

    static LegacyTrade Read(Fields fields)
    {
        string root = fields.Text("root");
        if (!IsRoot(root)) fields.Refuse("bad root", $"'{root}'");

        double strike = Prices.OnGrid(fields.Dollars("strike"));
        if (strike <= 0) fields.Refuse("strike not positive", fields.Raw("strike"));

        string right = fields.Text("right");
        if (right is not ("C" or "P")) fields.Refuse("unknown right", right);

        int size = fields.Integer("size", "size not an integer");
        if (size <= 0) fields.Refuse("size not positive", fields.Raw("size"));

        double price = fields.Dollars("price");
        if (price < 0) fields.Refuse("price negative", fields.Raw("price"));
        price = Prices.OnGrid(price) + 0.0; // Fixed point has no negative zero.

        double spot = Prices.OnGrid(fields.Dollars("spot"));
        if (spot <= 0) fields.Refuse("spot not positive", fields.Raw("spot"));

        int aggressor = fields.Integer("aggressor", "unknown aggressor");
        if (aggressor is < -1 or > 1) fields.Refuse("unknown aggressor", fields.Raw("aggressor"));

        string expirationText = fields.Text("expiration");
        if (!DateOnly.TryParseExact(expirationText, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var expiration))
            fields.Refuse("bad date", $"expiration {expirationText}");

        int condition = fields.Has("condition") ? fields.Integer("condition", "condition not an integer") : 0;

        string timeText = fields.Text("trade_datetime");
        if (!TryParseTime(timeText, out var time)) fields.Refuse("bad date", $"trade_datetime {timeText}");

        if (fields.Has("signed_premium")) fields.Number("signed_premium");
        fields.RequireFinite();

        var contract = new OptionContract(expiration, strike, right is "C" ? OptionRight.Call : OptionRight.Put);
        return new LegacyTrade(root, new OptionTrade(contract, time, price, size, spot, aggressor, condition));
    }

    /// <summary>The object in Python's style when the trade's own fields would not give it back, else null.</summary>
    static string? OriginalOf(JsonElement json, LegacyTrade parsed)
    {
        var normalised = (t_normalised ??= new StringBuilder()).Clear().AppendJson(json);
        var canonical = Append((t_canonical ??= new StringBuilder()).Clear(), parsed.Root, parsed.Trade);
        return normalised.Equals(canonical) ? null : normalised.ToString();
    }

    /// <summary>ISO 8601 with Z, an offset or, meaning UTC, neither; digits beyond the microsecond are cut off.</summary>
    static bool TryParseTime(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        const int whole = 19; // 2025-07-19T15:30:45
        time = default;
        if (text.Length < whole || text[10] is not ('T' or ' ')) return false;

        Span<char> local = stackalloc char[whole];
        text[..whole].CopyTo(local);
        local[10] = 'T';
        if (!DateTime.TryParseExact(local, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock)) return false;

        var rest = text[whole..];
        long micros = 0;
        if (rest is ['.', ..])
        {
            int digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
            if (digits < 0) digits = rest.Length - 1;
            if (digits is 0 or > 9) return false;
            for (int i = 0; i < 6; i++) micros = micros * 10 + (i < digits ? rest[1 + i] - '0' : 0);
            rest = rest[(1 + digits)..];
        }

        if (!TryParseZone(rest, out var offset)) return false;
        long utc = clock.Ticks + micros * TimeSpan.TicksPerMicrosecond - offset.Ticks;
        if (utc < DateTime.UnixEpoch.Ticks || utc > DateTime.MaxValue.Ticks) return false;

        time = new DateTimeOffset(utc, TimeSpan.Zero);
        return true;
    }

    static bool TryParseZone(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is "" or "Z" or "z") return true;
        if (text[0] is not ('+' or '-')) return false;

        string? format = text.Length switch { 6 => @"hh\:mm", 5 => "hhmm", 3 => "hh", _ => null };
        if (format is null || !TimeSpan.TryParseExact(text[1..], format, CultureInfo.InvariantCulture, out offset)) return false;
        if (text[0] == '-') offset = -offset;
        return true;
    }

    /// <summary>A root becomes part of stream ids and routing keys: letters, digits and what tickers carry.</summary>
    static bool IsRoot(string root) =>
        root.Length is > 0 and <= LongestRoot && root.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '$' or '^' or '-' or '_');

    static RowRefusal WhyNotJson(ReadOnlyMemory<byte> utf8, Exception error)
    {
        // Python writes these words for numbers that JSON does not have.
        if (utf8.Span.IndexOf("NaN"u8) >= 0 || utf8.Span.IndexOf("Infinity"u8) >= 0) return new("number not finite", "NaN or Infinity");
        return error.Message.Contains("uplicate", StringComparison.Ordinal)
            ? new("duplicate key", error.Message)
            : new("not JSON", error.Message);
    }

    /// <summary>The keys of one object; remembers the first thing that is wrong, so that reading stays a list of fields.</summary>
    sealed class Fields(JsonElement json)
    {
        public RowRefusal? Refusal { get; private set; } =
            json.ValueKind == JsonValueKind.Object ? null : new("not an object", json.ValueKind.ToString());

        public void Refuse(string reason, string detail) => Refusal ??= new(reason, detail.Length <= 200 ? detail : detail[..200]);

        public bool Has(string key) => Refusal is null && json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

        public string Raw(string key) => Refusal is null ? $"{key} {json.GetProperty(key).GetRawText()}" : "";

        public string Text(string key)
        {
            if (!TryGet(key, out var value)) return "";
            if (value.ValueKind == JsonValueKind.String) return value.GetString()!;
            Refuse("not a text", Raw(key));
            return "";
        }

        public double Number(string key)
        {
            if (!TryGet(key, out var value)) return 0;
            if (value.ValueKind != JsonValueKind.Number) Refuse("not a number", Raw(key));
            else if (value.TryGetDouble(out double number) && double.IsFinite(number)) return number;
            else Refuse("number not finite", Raw(key));
            return 0;
        }

        public double Dollars(string key)
        {
            double dollars = Number(key);
            if (Math.Abs(dollars) > HighestPrice) Refuse("price out of range", Raw(key));
            return dollars;
        }

        public int Integer(string key, string otherwise)
        {
            double number = Number(key);
            if (number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue) return (int)number;
            Refuse(otherwise, Raw(key));
            return 0;
        }

        /// <summary>Extra keys are not read, but a number that is none could not be written again.</summary>
        public void RequireFinite()
        {
            if (Refusal is null && !IsFinite(json)) Refuse("number not finite", "in an extra key");
        }

        bool TryGet(string key, out JsonElement value)
        {
            value = default;
            if (Refusal is not null) return false;
            if (json.TryGetProperty(key, out value)) return true;
            Refuse("key missing", key);
            return false;
        }

        static bool IsFinite(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out double number) && double.IsFinite(number),
            JsonValueKind.Array => value.EnumerateArray().All(IsFinite),
            JsonValueKind.Object => value.EnumerateObject().All(property => IsFinite(property.Value)),
            _ => true,
        };
    }
}

/// <summary>Why a row is refused.</summary>
/// <param name="Reason">A short, fixed phrase (a metric label).</param>
/// <param name="Detail">What was wrong with this row.</param>
public readonly record struct RowRefusal(string Reason, string Detail);

/// <summary>Legacy times.</summary>
static class LegacyTime
{
    /// <summary>Appends a UTC time as Python's <c>isoformat</c> does, without its offset: microseconds only when there are some.</summary>
    public static StringBuilder AppendTime(this StringBuilder text, DateTimeOffset time)
    {
        bool isWhole = time.UtcTicks % TimeSpan.TicksPerSecond < TimeSpan.TicksPerMicrosecond;
        return text.Append(time.UtcDateTime.ToString(isWhole ? "yyyy-MM-ddTHH:mm:ss" : "yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture));
    }
}
