using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>What the head of a CBOE chain file says.</summary>
/// <param name="Time">When the chain was taken, UTC.</param>
/// <param name="Spot">The underlying's price, dollars; 0 when the file does not say.</param>
public sealed record CboeHead(DateTimeOffset Time, double Spot);

/// <summary>One contract of a CBOE chain as its file states it.</summary>
/// <param name="Symbol">The option symbol, for example <c>SPXW221212C01000000</c>; it says root, expiration, right and strike.</param>
/// <param name="Last">Dollars, 0 when it never traded.</param>
/// <param name="Bid">Dollars, 0 when there is none.</param>
/// <param name="Ask">Dollars, 0 when there is none.</param>
/// <param name="BidSize">Contracts; 0 in CSV files, which do not say.</param>
/// <param name="AskSize">Contracts; 0 in CSV files, which do not say.</param>
/// <param name="Volume">Contracts traded today.</param>
/// <param name="Volatility">A fraction, 0 when the vendor has none.</param>
/// <param name="OpenInterest">Contracts.</param>
public readonly record struct CboeRow(
    string Symbol,
    double Last,
    double Bid,
    double Ask,
    double BidSize,
    double AskSize,
    double Volume,
    double Volatility,
    double Delta,
    double Gamma,
    double OpenInterest)
{
    /// <summary>Dollars; no price is near it, and fixed-point columns must hold what passes.</summary>
    const double HighestPrice = 100_000_000;

    /// <summary>As a fraction; vendors print five figures of percent on the last minutes of far strikes, never this.</summary>
    const double HighestVolatility = 1_000_000;

    /// <summary>Why the row cannot be used, or null.</summary>
    public RowRefusal? Check()
    {
        foreach (double number in (ReadOnlySpan<double>)[Last, Bid, Ask, BidSize, AskSize, Volume, Volatility, Delta, Gamma, OpenInterest])
            if (!double.IsFinite(number)) return new("number not finite", Symbol);

        if (Bid < 0 || Ask < 0 || Last < 0) return new("price negative", Symbol);
        if (Math.Max(Math.Max(Bid, Ask), Last) > HighestPrice) return new("price out of range", Symbol);
        if (BidSize < 0 || AskSize < 0 || Volume < 0 || OpenInterest < 0) return new("count negative", Symbol);
        if (Math.Max(Math.Max(BidSize, AskSize), Math.Max(Volume, OpenInterest)) > int.MaxValue) return new("count out of range", Symbol);
        return Volatility is < 0 or > HighestVolatility ? new("volatility out of range", Symbol) : null;
    }
}

/// <summary>Option symbols of the Options Clearing Corporation without padding: root, yymmdd, C or P, strike in thousandths.</summary>
public static class OptionSymbol
{
    const int AfterRoot = 15;

    /// <summary>Takes a symbol apart.</summary>
    public static bool TryParse(ReadOnlySpan<char> symbol, out string root, out OptionContract contract)
    {
        root = "";
        contract = default;
        if (symbol.Length is <= AfterRoot or > AfterRoot + 6) return false;

        var rest = symbol[^AfterRoot..];
        var name = symbol[..^AfterRoot].TrimEnd();
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c)) return false;

        if (name.IsEmpty || rest[6] is not ('C' or 'P')) return false;
        if (!int.TryParse(rest[..6], NumberStyles.None, CultureInfo.InvariantCulture, out int date)) return false;
        if (!int.TryParse(rest[7..], NumberStyles.None, CultureInfo.InvariantCulture, out int thousandths) || thousandths == 0) return false;

        (int year, int month, int day) = (2000 + date / 10_000, date / 100 % 100, date % 100);
        if (month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month)) return false;

        root = name.ToString();
        contract = new(new DateOnly(year, month, day), thousandths / 1000.0, rest[6] == 'C' ? OptionRight.Call : OptionRight.Put);
        return true;
    }
}
