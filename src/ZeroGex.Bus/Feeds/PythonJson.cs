using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// JSON text exactly as Python's <c>json.dumps</c> writes it by default: separators <c>", "</c> and <c>": "</c>, ASCII only, floats in their
/// shortest round-trip form with at least one decimal. Legacy subscribers compare such texts, so the style is part of the contract.
/// </summary>
public static class PythonJson
{
    // Where Python turns to exponents; .NET turns elsewhere, and not everywhere at the same place.
    const int LargestPlainExponent = 15;
    const int SmallestPlainExponent = -4;

    /// <summary>Appends a float: <c>460.0</c>, <c>1e-05</c>, <c>1e+16</c>.</summary>
    public static StringBuilder AppendFloat(this StringBuilder text, double value)
    {
        if (double.IsNaN(value)) return text.Append("NaN");
        if (double.IsInfinity(value)) return text.Append(value > 0 ? "Infinity" : "-Infinity");

        Span<char> buffer = stackalloc char[32];
        value.TryFormat(buffer, out int length, "R", CultureInfo.InvariantCulture);
        var round = (ReadOnlySpan<char>)buffer[..length];
        int e = round.IndexOf('E');
        var mantissa = e < 0 ? round : round[..e];
        int integers = mantissa.IndexOf('.') is >= 0 and var point ? point : mantissa.Length;
        if (e < 0 && integers <= LargestPlainExponent) return integers < length ? text.Append(round) : text.Append(round).Append(".0");

        return AppendDigits(text, mantissa, integers, e < 0 ? 0 : int.Parse(round[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    /// <summary>Appends a quoted string, everything but printable ASCII escaped.</summary>
    public static StringBuilder AppendQuoted(this StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append(@"\\"); break;
                case '\n': text.Append(@"\n"); break;
                case '\r': text.Append(@"\r"); break;
                case '\t': text.Append(@"\t"); break;
                case '\f': text.Append(@"\f"); break;
                case '\b': text.Append(@"\b"); break;
                case >= ' ' and <= '~': text.Append(c); break;
                default: text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
            }
        }

        return text.Append('"');
    }

    /// <summary>Appends what <c>json.dumps(json.loads(value))</c> gives; an object must not name a key twice.</summary>
    public static StringBuilder AppendJson(this StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                bool first = true;
                foreach (var property in value.EnumerateObject())
                {
                    if (!first) text.Append(", ");
                    first = false;
                    text.AppendQuoted(property.Name).Append(": ").AppendJson(property.Value);
                }

                return text.Append('}');

            case JsonValueKind.Array:
                text.Append('[');
                for (int i = 0; i < value.GetArrayLength(); i++) (i == 0 ? text : text.Append(", ")).AppendJson(value[i]);
                return text.Append(']');

            case JsonValueKind.String:
                return text.AppendQuoted(value.GetString()!);

            case JsonValueKind.Number:
                string raw = value.GetRawText();
                if (raw.AsSpan().IndexOfAny('.', 'e', 'E') >= 0) return text.AppendFloat(value.GetDouble());
                return text.Append(raw is "-0" ? "0" : raw);

            default:
                return text.Append(value.GetRawText());
        }
    }

    /// <summary>A large or small number from its digits, plain or with an exponent as Python would have it.</summary>
    /// <param name="integers">How many characters stand before the mantissa's decimal point, the sign included.</param>
    static StringBuilder AppendDigits(StringBuilder text, ReadOnlySpan<char> mantissa, int integers, int exponent)
    {
        if (mantissa[0] == '-')
        {
            text.Append('-');
            mantissa = mantissa[1..];
            integers--;
        }

        string digits = string.Concat(mantissa[..integers], integers < mantissa.Length ? mantissa[(integers + 1)..] : []);
        exponent += integers - 1;
        if (exponent is > LargestPlainExponent or < SmallestPlainExponent)
        {
            digits = digits.TrimEnd('0');
            text.Append(digits[0]);
            if (digits.Length > 1) text.Append('.').Append(digits.AsSpan(1));
            return text.Append(CultureInfo.InvariantCulture, $"e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        Debug.Assert(exponent > 0, "Small numbers that need no exponent come without one.");
        digits = digits.PadRight(exponent + 2, '0');
        return text.Append(digits.AsSpan(0, exponent + 1)).Append('.').Append(digits.AsSpan(exponent + 1));
    }
}
