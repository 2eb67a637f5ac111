using System.Globalization;
using System.Text;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Bridges;

/// <summary>
/// The legacy <c>inferred_gex</c> message of a window, as text that a Python subscriber of the predecessor would have received byte for
/// byte: key order, separators and number style are its contract.
/// </summary>
public static class LegacyGexMessage
{
    const string MessageType = "inferred_gex";

    /// <summary>The message, or null when the window has no legacy figures.</summary>
    public static string? Format(GexCalculated window)
    {
        if (window.NaiveWindow is not { } ladder) return null;

        string end = new StringBuilder().AppendTime(window.End).ToString();
        var text = new StringBuilder(1024);
        text.Append("{\"msg_type\": \"" + MessageType + "\", \"ticker\": ").AppendQuoted(window.Root);
        text.Append(", \"data\": {\"timestamp\": \"").Append(end).Append("+00:00\", \"ticker\": ").AppendQuoted(window.Root);
        text.Append(CultureInfo.InvariantCulture, $", \"expiration\": \"{window.Expiration:yyyy-MM-dd}\"");
        text.Append(", \"spot\": ").AppendFloat(window.Spot);
        text.Append(", \"zero_gamma\": ").AppendFloat(ladder.ZeroGamma ?? window.Spot);
        text.Append(", \"major_pos_vol\": ").AppendLevel(ladder.MajorPositive);
        text.Append(", \"major_neg_vol\": ").AppendLevel(ladder.MajorNegative);
        text.Append(", \"sum_gex_vol\": ").AppendFloat(ladder.Sum);
        text.Append(", \"minor_pos_vol\": ").AppendLevel(ladder.MinorPositive);
        text.Append(", \"minor_neg_vol\": ").AppendLevel(ladder.MinorNegative);
        text.Append(", \"trade_count\": ").Append(window.TradeCount);
        text.Append(", \"total_volume\": ").Append(window.Volume);
        text.Append("}, \"trades\": ").AppendTrades(window);
        text.Append(", \"strikes\": ").AppendStrikes(ladder);
        return text.Append(", \"event_id\": \"" + MessageType + ":").Append(end).Append("\"}").ToString();
    }

    /// <summary>The window's prints as they arrived, a JSON array.</summary>
    public static string TradesJson(GexCalculated window) => new StringBuilder().AppendTrades(window).ToString();

    /// <summary>The legacy ladder, a JSON array of [strike, gex, volume]; empty when the window has no legacy figures.</summary>
    public static string StrikesJson(GexCalculated window) =>
        window.NaiveWindow is { } ladder ? new StringBuilder().AppendStrikes(ladder).ToString() : "[]";

    static StringBuilder AppendTrades(this StringBuilder text, GexCalculated window)
    {
        text.Append('[');
        for (int i = 0; i < window.Trades.Length; i++) LegacyTrade.Append(i == 0 ? text : text.Append(", "), window.Root, window.Trades[i]);
        return text.Append(']');
    }

    static StringBuilder AppendStrikes(this StringBuilder text, GexLadder ladder)
    {
        text.Append('[');
        for (int i = 0; i < ladder.Strikes.Length; i++)
        {
            var rung = ladder.Strikes[i];
            (i == 0 ? text : text.Append(", ")).Append('[').AppendFloat(rung.Strike).Append(", ").AppendFloat(rung.Gex).Append(", ").Append(rung.Volume).Append(']');
        }

        return text.Append(']');
    }

    /// <summary>A strike is never 0, so 0 says that there is none, and the predecessor wrote it as the integer.</summary>
    static StringBuilder AppendLevel(this StringBuilder text, double? strike) => strike is { } level and not 0 ? text.AppendFloat(level) : text.Append('0');
}
