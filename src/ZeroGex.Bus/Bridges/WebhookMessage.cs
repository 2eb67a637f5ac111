using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Bridges;

/// <summary>What a webhook gets: an event of an alert, its delivery's id, and a signature over both time and body.</summary>
public static class WebhookMessage
{
    /// <summary>Unix seconds at which it was sent.</summary>
    public const string TimestampHeader = "ZeroGex-Timestamp";

    /// <summary><c>v1=</c> and the HMAC in hexadecimal.</summary>
    public const string SignatureHeader = "ZeroGex-Signature";

    /// <summary>The same for every try of one event to one receiver.</summary>
    public const string DeliveryHeader = "ZeroGex-Delivery";

    /// <summary>The body: <c>{"type":"alert_raised","alert":{…}}</c>, the alert as the contract has it.</summary>
    public static string Body(IMarketResult alert) => JsonSerializer.Serialize(
        new Envelope(Contract.Of(alert.GetType()).Alias, JsonSerializer.SerializeToElement(alert, alert.GetType(), ContractJson.Options)), ContractJson.Options);

    /// <summary>Made of the alert's id and the event: a receiver that sees it again has it already.</summary>
    public static string DeliveryId(string id, string @event) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}:{@event}")).AsSpan(0, 16));

    /// <summary>HMAC-SHA256 over timestamp, a dot, and the body, in UTF-8.</summary>
    public static string Sign(string secret, long timestamp, string body) =>
        "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{timestamp}.{body}"))));

    /// <summary>A target's name in the table: its host, and a hash because its path may be a secret.</summary>
    public static string Target(Uri url) => $"{url.Host}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)).AsSpan(0, 4))}";

    sealed record Envelope(string Type, JsonElement Alert);
}
