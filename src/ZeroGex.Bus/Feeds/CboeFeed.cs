using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// CBOE chain files, CSV and JSON, one batch a file, in the order of the times they state. A file gives quotes and reference data;
/// expired contracts are passed on, for the file says them and the folds know the calendar.
/// </summary>
/// <param name="files">Paths in any order.</param>
public sealed class CboeFeed(IReadOnlyList<string> files, ISessionCalendar sessions, Refusals refusals) : IMarketFeed
{
    /// <inheritdoc/>
    public string Name => "cboe";

    /// <inheritdoc/>
    public bool CanResume => true;

    /// <inheritdoc/>
    public ISessionCalendar Sessions => sessions;

    /// <inheritdoc/>
    /// <exception cref="FormatException">The position is none of this feed's.</exception>
    public async IAsyncEnumerable<FeedBatch> ReadAsync(string? position, [EnumeratorCancellation] CancellationToken cancel)
    {
        int start = position is null ? 0 : int.Parse(position, NumberStyles.None, CultureInfo.InvariantCulture);
        var inOrder = new List<(DateTimeOffset Time, string Path)>();
        foreach (string path in files)
            if (await TimeOfAsync(path, report: start == 0, cancel) is { } time) inOrder.Add((time, path));

        inOrder.Sort((a, b) => (a.Time, a.Path).CompareTo((b.Time, b.Path)));
        for (int i = start; i < inOrder.Count; i++)
        {
            var batch = new FeedBatch(inOrder[i].Time, (i + 1).ToString(CultureInfo.InvariantCulture));
            await ReadAsync(inOrder[i].Path, batch, cancel);
            yield return batch;
        }
    }

    /// <summary>When the file's chain was taken; null when it does not say or is no chain.</summary>
    async Task<DateTimeOffset?> TimeOfAsync(string path, bool report, CancellationToken cancel)
    {
        try
        {
            if (!IsJson(path))
            {
                using var text = new StreamReader(path, Encoding.UTF8);
                return CboeCsv.ReadHead(text, out _).Time;
            }

            using var document = await OpenJsonAsync(path, cancel);
            return CboeJson.ReadHead(document.RootElement).Time;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            if (report) refusals.Refuse("not a chain file", path, e.Message);
            return null;
        }
    }

    async Task ReadAsync(string path, FeedBatch batch, CancellationToken cancel)
    {
        var seen = new HashSet<(string, OptionContract)>();
        if (IsJson(path))
        {
            using var document = await OpenJsonAsync(path, cancel);
            double jsonSpot = Spot(CboeJson.ReadHead(document.RootElement));
            int element = 0;
            foreach (var option in document.RootElement.GetProperty("data").GetProperty("options").EnumerateArray())
                Add(CboeJson.ReadRow(option), jsonSpot, $"{path}:options[{element++}]");
            return;
        }

        using var text = new StreamReader(path, Encoding.UTF8);
        double spot = Spot(CboeCsv.ReadHead(text, out int line));
        while (await text.ReadLineAsync(cancel) is { } row)
        {
            line++;
            if (string.IsNullOrWhiteSpace(row)) continue;
            string place = $"{path}:{line}";
            if (CboeCsv.ReadRow(row, out var refusal) is not var (call, put))
            {
                refusals.Refuse(refusal.Reason, place, refusal.Detail);
                continue;
            }

            Add(call, spot, place);
            Add(put, spot, place);
        }

        double Spot(CboeHead head)
        {
            if (head.Spot <= 0) refusals.Refuse("no underlying price", path, "the head of the file does not say it");
            return Prices.OnGrid(head.Spot);
        }

        void Add(CboeRow row, double spot, string place)
        {
            if (!OptionSymbol.TryParse(row.Symbol, out string root, out var contract)) refusals.Refuse("bad option symbol", place, row.Symbol ?? "");
            else if (row.Check() is { } wrong) refusals.Refuse(wrong.Reason, place, wrong.Detail);
            else if (!seen.Add((root, contract))) refusals.Refuse("contract twice", place, row.Symbol);
            else Put(batch.For(root), contract, row, spot, batch.AsOf);
        }
    }

    static void Put(RootFacts facts, OptionContract contract, CboeRow row, double spot, DateTimeOffset time)
    {
        double last = Dollars(row.Last);
        double volatility = Math.Round(row.Volatility, 6, MidpointRounding.AwayFromZero);

        // The vendor writes zeros for what it did not calculate. A zero delta alone is a far strike.
        bool hasGreeks = row.Volatility != 0 || row.Delta != 0 || row.Gamma != 0;

        facts.Quotes.Add(new OptionQuote(
            contract,
            (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
            Dollars(row.Bid),
            Dollars(row.Ask),
            (int)row.BidSize,
            (int)row.AskSize,
            spot,
            last,
            (long)row.Volume,
            volatility));
        facts.Chain.Add(new ChainRow(
            contract,
            (long)row.OpenInterest,
            (long)row.Volume,
            last > 0 ? last : null,
            volatility > 0 ? volatility : null,
            hasGreeks ? row.Delta : null,
            hasGreeks ? row.Gamma : null));
    }

    // Fixed point has no negative zero.
    static double Dollars(double price) => Prices.OnGrid(price) + 0.0;

    static bool IsJson(string path) => Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    static async Task<JsonDocument> OpenJsonAsync(string path, CancellationToken cancel)
    {
        await using var stream = File.OpenRead(path);
        return await JsonDocument.ParseAsync(stream, cancellationToken: cancel);
    }
}
