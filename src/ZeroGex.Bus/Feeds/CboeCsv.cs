using System.Globalization;
using System.Text.RegularExpressions;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// CBOE delayed-quote chains as CSV. In the wild the first line is blank, a remark or missing, header lines carry quotes or trailing
/// commas, and the date is written in several ways; so the head is searched for what it must say instead of being counted off.
/// </summary>
public static partial class CboeCsv
{
    const int LongestHead = 12;
    const int Columns = 22;
    const int Calls = 1;
    const int Strike = 11;
    const int Puts = 12;

    const string ColumnNames =
        "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike," +
        "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest";

    static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>Reads up to the line of column names.</summary>
    /// <param name="lines">How many lines were read.</param>
    /// <exception cref="FormatException">The head does not say a time, or the columns are others.</exception>
    public static CboeHead ReadHead(TextReader text, out int lines)
    {
        double spot = 0;
        DateTimeOffset? time = null;
        for (lines = 1; lines <= LongestHead && text.ReadLine() is { } line; lines++)
        {
            if (line.TrimStart('\uFEFF', '"', ' ').StartsWith("Expiration Date", StringComparison.OrdinalIgnoreCase))
            {
                if (!line.Replace("\"", "", StringComparison.Ordinal).TrimStart('\uFEFF').TrimEnd(',', ' ').Equals(ColumnNames, StringComparison.OrdinalIgnoreCase))
                    throw new FormatException($"Line {lines} names other columns than expected: {line}");
                return new CboeHead(time ?? throw new FormatException("No date stands above the column names."), spot);
            }

            if (time is null && Date.Match(line) is { Success: true } date) time = TimeOf(date);
            else if (spot == 0 && Last.Match(line) is { Success: true } last) spot = double.Parse(last.Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture);
        }

        throw new FormatException($"No line of column names within the first {LongestHead} lines.");
    }

    /// <summary>Reads one line: a call and a put of one expiration and strike.</summary>
    /// <returns>Null and a refusal when the line cannot be read at all.</returns>
    public static (CboeRow Call, CboeRow Put)? ReadRow(string line, out RowRefusal refusal)
    {
        refusal = default;
        var fields = Split(line);
        while (fields.Count > Columns && fields[^1].Length == 0) fields.RemoveAt(fields.Count - 1);
        if (fields.Count != Columns)
        {
            refusal = new("wrong number of columns", $"{fields.Count} instead of {Columns}");
            return null;
        }

        if (!DateOnly.TryParseExact(fields[0], ["ddd MMM dd yyyy", "ddd MMM d yyyy", "MM/dd/yyyy", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var expiration))
        {
            refusal = new("bad date", fields[0]);
            return null;
        }

        var numbers = new double[Columns];
        for (int i = Calls + 1; i < Columns; i++)
        {
            if (i == Puts || double.TryParse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])) continue;
            refusal = new("not a number", $"column {i + 1}: '{fields[i]}'");
            return null;
        }

        double strike = Prices.OnGrid(numbers[Strike]);
        foreach (var (symbol, right) in ((string, OptionRight)[])[(fields[Calls], OptionRight.Call), (fields[Puts], OptionRight.Put)])
        {
            if (!OptionSymbol.TryParse(symbol, out _, out var contract)) refusal = new("bad option symbol", symbol);
            else if (contract != new OptionContract(expiration, strike, right)) refusal = new("symbol and columns differ", line);
            else continue;
            return null;
        }

        return (Row(fields[Calls], numbers.AsSpan(Calls + 1)), Row(fields[Puts], numbers.AsSpan(Puts + 1)));
    }

    static CboeRow Row(string symbol, ReadOnlySpan<double> x) => // Last Sale, Net, Bid, Ask, Volume, IV, Delta, Gamma, Open Interest
        new(symbol, Last: x[0], Bid: x[2], Ask: x[3], BidSize: 0, AskSize: 0, Volume: x[4], Volatility: x[5], Delta: x[6], Gamma: x[7], OpenInterest: x[8]);

    static DateTimeOffset TimeOf(Match date)
    {
        string Part(string name) => date.Groups[name].Value;
        int Number(string name) => int.TryParse(Part(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

        int hour = Number("hour");
        if (Part("half") is { Length: > 0 } half) hour = hour % 12 + (half is "P" or "p" ? 12 : 0);

        int month = Array.FindIndex(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames, name => name.Equals(Part("month")[..3], StringComparison.OrdinalIgnoreCase)) + 1;
        DateTime local;
        try
        {
            local = new DateTime(Number("year"), month, Number("day"), hour, Number("minute"), Number("second"));
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new FormatException($"'{date.Value}' is no date.", e);
        }

        var offset = Part("zone").ToUpperInvariant() switch
        {
            "EST" => TimeSpan.FromHours(-5),
            "EDT" => TimeSpan.FromHours(-4),
            _ => NewYork.GetUtcOffset(local),
        };
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>Fields of a line; a quoted one may hold commas.</summary>
    static List<string> Split(string line)
    {
        var fields = new List<string>(Columns);
        bool quoted = false;
        int start = 0;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"') quoted = !quoted;
            if (i < line.Length && (line[i] != ',' || quoted)) continue;
            fields.Add(line[start..i].Trim(' ', '"', '\r'));
            start = i + 1;
        }

        return fields;
    }

    // December 12, 2022 at 8:30 PM EST | July 12, 2022, 11:55 AM EDT | Jul 12 2022 11:55 a.m.
    [GeneratedRegex(
        @"Date:\s*(?<month>[A-Za-z]{3,})\.?\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})\s*(?:,|\bat\b)?\s*(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}))?\s*(?:(?<half>[AP])\.?\s?M\.?)?\s*(?<zone>E[SD]?T\b)?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Date { get; }

    [GeneratedRegex(@"\bLast:\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)", RegexOptions.CultureInvariant)]
    private static partial Regex Last { get; }
}
