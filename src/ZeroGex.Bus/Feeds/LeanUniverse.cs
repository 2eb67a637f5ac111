using System.Globalization;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// LEAN's daily universes of options: one CSV a root and day, closing prices and seven-decimal greeks, the underlying in the row without an expiration (some files lack it).
/// Root and date are the names of folder and file; the figures are taken to be of that date's close.
/// </summary>
static class LeanUniverse
{
    const string FirstColumns = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma";
    const int Fields = 12;

    static readonly TimeOnly Close = new(16, 0);

    /// <summary>True where a text begins as these files do.</summary>
    public static bool IsUniverse(ReadOnlySpan<char> text) => text.StartsWith(FirstColumns, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads every row.</summary>
    /// <returns>The time, and the underlying's close; 0 where there is no such row.</returns>
    /// <exception cref="FormatException">Neither the path nor the hints say root and time.</exception>
    public static CboeHead Read(string text, string path, ChainFileHints hints, Action<SnapshotRow> add, Action<string> refuse)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path)), kind = Path.GetFileName(Path.GetDirectoryName(folder));
        string root = ((kind == "universes" ? null : hints.Root) ?? Path.GetFileName(folder) ?? "").ToUpperInvariant();
        if (root.Length == 0 || !root.All(char.IsAsciiLetterOrDigit)) throw new FormatException($"{path}: the folder does not name the root; --symbol does.");
        double spot = 0;
        foreach (string line in text.Split('\n').Skip(1))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            string[] fields = line.TrimEnd('\r').Split(',');
            if (fields.Length < Fields) refuse("wrong number of columns");
            else if (fields[0].Length > 0) ReadRow(fields, root, add, refuse);
            else if (TryNumber(fields[6], out double close) && close > 0) spot = close;
            else refuse("no underlying price");
        }

        return new CboeHead(hints.Time ?? TimeOf(path), spot);
    }

    static DateTimeOffset TimeOf(string path)
    {
        if (!DateOnly.TryParseExact(Path.GetFileNameWithoutExtension(path), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
            throw new FormatException($"{path}: the file's name is no date, and nothing in it says one; --as-of does.");
        return NewYork.At(date, NyseCalendar.IsTradingDay(date) ? NyseCalendar.CloseOf(date) : Close);
    }

    static void ReadRow(string[] x, string root, Action<SnapshotRow> add, Action<string> refuse)
    {
        if (!DateOnly.TryParseExact(x[0], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly expiration))
        {
            refuse("bad date");
            return;
        }

        if (x[2] is not ("C" or "P"))
        {
            refuse("bad right");
            return;
        }

        Span<double> numbers = stackalloc double[7]; // strike, close, volume, open interest, volatility, delta, gamma
        for (int i = 0; i < numbers.Length; i++)
            if (!TryNumber(x[i == 0 ? 1 : i + 5], out numbers[i]) && x[i == 0 ? 1 : i + 5].Length > 0)
            {
                refuse("not a number");
                return;
            }

        // The feed's own checks, under a symbol that only they read.
        var row = new CboeRow("", numbers[1], 0, 0, 0, 0, numbers[2], numbers[4], numbers[5], numbers[6], numbers[3]);
        double strike = Prices.OnGrid(numbers[0]);
        if (row.Check() is { } wrong) refuse(wrong.Reason);
        else if (!(strike > 0 && double.IsFinite(strike))) refuse("strike not positive");
        else
            add(new(root, new OptionContract(expiration, strike, x[2] == "C" ? OptionRight.Call : OptionRight.Put), 0, 0, Prices.OnGrid(row.Last), (long)row.Volume,
                x[8].Length > 0 ? (long)row.OpenInterest : null, row.Volatility, row.Delta, row.Gamma));
    }

    static bool TryNumber(string field, out double number) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
