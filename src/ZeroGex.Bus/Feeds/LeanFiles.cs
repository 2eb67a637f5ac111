using System.Globalization;

namespace ZeroGex.Bus.Feeds;

/// <summary>The zips that hold one root's day; a missing one is null, except that a day must have quotes or prints.</summary>
sealed record LeanFiles(DateOnly Date, string Symbol, string? Quotes, string? Trades, string? OpenInterest, string? Underlying, bool IsIndex)
{
    /// <summary>The index that an index root settles on; any other index root settles on its own name.</summary>
    static readonly Dictionary<string, string> Indices = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SPXW"] = "SPX", ["NDXP"] = "NDX", ["RUTW"] = "RUT", ["VIXW"] = "VIX", ["XSPW"] = "XSP",
    };

    /// <summary>The days to play, in order, without those that ended before <paramref name="after"/>.</summary>
    public static IEnumerable<LeanFiles> Find(LeanFeedSettings settings, DateTimeOffset after)
    {
        for (int i = 1; i < settings.Dates.Count; i++)
            if (settings.Dates[i] <= settings.Dates[i - 1]) throw new ArgumentException($"{settings.Dates[i]:O} follows {settings.Dates[i - 1]:O}; days must be in order.");

        foreach (var date in settings.Dates)
        {
            // No exchange's day lasts into the next UTC day's evening.
            if (new DateTimeOffset(date.AddDays(2), TimeOnly.MinValue, TimeSpan.Zero) <= after) continue;
            yield return Find(settings, date);
        }
    }

    static LeanFiles Find(LeanFeedSettings settings, DateOnly date)
    {
        string root = settings.Root.ToLowerInvariant();
        string equityOptions = Path.Combine(settings.Folder, "option", "usa", "minute", root);
        string indexOptions = Path.Combine(settings.Folder, "indexoption", "usa", "minute", root);
        bool isIndex = !Directory.Exists(equityOptions);
        string folder = isIndex ? indexOptions : equityOptions;
        string symbol = settings.Underlying ?? (isIndex ? Indices.GetValueOrDefault(settings.Root, settings.Root) : settings.Root);
        string day = date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

        string underlying = Path.Combine(settings.Folder, isIndex ? "index" : "equity", "usa", "minute", symbol.ToLowerInvariant(), $"{day}_trade.zip");
        string? quotes = Zip(folder, day, "quote");
        string? trades = Zip(folder, day, "trade");
        if (quotes is null && trades is null) throw new FileNotFoundException($"{folder} has neither quotes nor prints of {date:O}.");
        return new LeanFiles(date, symbol.ToUpperInvariant(), quotes, trades, Zip(folder, day, "openinterest"), File.Exists(underlying) ? underlying : null, isIndex);
    }

    /// <summary>The name ends in the exercise style, american or european.</summary>
    static string? Zip(string folder, string day, string kind) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, $"{day}_{kind}_*.zip").Order(StringComparer.Ordinal).FirstOrDefault()
        : null;
}
