using System.Text.Json.Serialization;

namespace ZeroGex.Contracts;

/// <summary>Call or put.</summary>
public enum OptionRight
{
    /// <summary>The right to buy.</summary>
    [JsonStringEnumMemberName("C")] Call,

    /// <summary>The right to sell.</summary>
    [JsonStringEnumMemberName("P")] Put,
}

/// <summary>A listed option of the message's root.</summary>
/// <param name="Expiration">The expiration date as listed.</param>
/// <param name="Strike">In dollars, on the 1e-4 grid, greater than 0.</param>
/// <param name="Right">Call or put.</param>
public readonly record struct OptionContract(DateOnly Expiration, double Strike, OptionRight Right);
