using System.Globalization;
using System.Text.Json;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// CBOE delayed-quote chains as the JSON API gives them. The document's <c>timestamp</c> is UTC; every <c>last_trade_time</c> is New York
/// time, which is why the chain's time is never taken from there.
/// </summary>
public static class CboeJson
{
    /// <summary>Reads time and spot.</summary>
    /// <exception cref="FormatException">The document does not look like a chain.</exception>
    public static CboeHead ReadHead(JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty("data", out var data) ||
            data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("options", out var options) || options.ValueKind != JsonValueKind.Array)
            throw new FormatException("There is no data.options.");

        if (!document.TryGetProperty("timestamp", out var text) || text.ValueKind != JsonValueKind.String ||
            !DateTimeOffset.TryParseExact(
                text.GetString(), ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-ddTHH:mm:ss.FFFFFFK"],
                CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            throw new FormatException("There is no timestamp.");

        double spot = Number(data, "current_price");
        return new CboeHead(time, double.IsFinite(spot) && spot > 0 ? spot : 0);
    }

    /// <summary>Reads one element of <c>data.options</c>; what is absent or null is 0, what is no number is NaN.</summary>
    public static CboeRow ReadRow(JsonElement option) => option.ValueKind != JsonValueKind.Object
        ? default
        : new CboeRow(
            option.TryGetProperty("option", out var symbol) && symbol.ValueKind == JsonValueKind.String ? symbol.GetString()! : "",
            Last: Number(option, "last_trade_price"),
            Bid: Number(option, "bid"),
            Ask: Number(option, "ask"),
            BidSize: Number(option, "bid_size"),
            AskSize: Number(option, "ask_size"),
            Volume: Number(option, "volume"),
            Volatility: Number(option, "iv"),
            Delta: Number(option, "delta"),
            Gamma: Number(option, "gamma"),
            OpenInterest: Number(option, "open_interest"));

    static double Number(JsonElement parent, string key) =>
        !parent.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number
        : double.NaN;
}
