using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>What a chain file does not say, or says otherwise.</summary>
/// <param name="Time">Instead of the file's, UTC.</param>
/// <param name="Spot">Instead of the file's, dollars.</param>
/// <param name="Root">Of a LEAN universe outside its folder.</param>
public sealed record ChainFileHints(DateTimeOffset? Time = null, double? Spot = null, string? Root = null);

/// <summary>
/// One file with one whole chain: CBOE CSV, CBOE JSON or LEAN universe, told apart by what is in it. Rows that cannot be true are refused as the feeds refuse them; what has
/// settled, has no quote or contradicts itself is kept, for the analysis to judge.
/// </summary>
public static class ChainFile
{
    /// <summary>Reads a chain.</summary>
    /// <exception cref="FormatException">The file is none of these, or says neither its time nor its root and nobody else does.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ChainSnapshot Read(string path, ChainFileHints hints)
    {
        string text = File.ReadAllText(path, Encoding.UTF8);
        var chain = new Builder();
        ReadOnlySpan<char> start = text.AsSpan().TrimStart();
        (string source, CboeHead head) =
            start.StartsWith("{") ? ("CBOE JSON", Json(text, path, chain))
            : LeanUniverse.IsUniverse(start) ? ("LEAN universe", LeanUniverse.Read(text, path, hints, chain.Add, chain.Refuse))
            : ("CBOE CSV", Csv(text, path, chain));
        return new ChainSnapshot
        {
            Source = source,
            Time = hints.Time ?? head.Time,
            Spot = Prices.OnGrid(hints.Spot ?? head.Spot),
            Rows = chain.Rows,
            Refused = chain.Refused,
        };
    }

    static CboeHead Json(string text, string path, Builder chain)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            CboeHead head = CboeJson.ReadHead(document.RootElement);
            foreach (var option in document.RootElement.GetProperty("data").GetProperty("options").EnumerateArray()) chain.Add(CboeJson.ReadRow(option));
            return head;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new FormatException($"{path} begins like CBOE JSON and is no chain: {error.Message}", error);
        }
    }

    static CboeHead Csv(string text, string path, Builder chain)
    {
        using var lines = new StringReader(text);
        CboeHead head;
        try
        {
            head = CboeCsv.ReadHead(lines, out _);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{path} is no chain that is known here (CBOE CSV, CBOE JSON, LEAN universe). Read as CBOE CSV: {error.Message}", error);
        }

        while (lines.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (CboeCsv.ReadRow(line, out RowRefusal refusal) is not var (call, put))
            {
                chain.Refuse(refusal.Reason);
                continue;
            }

            chain.Add(call);
            chain.Add(put);
        }

        return head;
    }

    /// <summary>Keeps each contract once, and counts what it refuses.</summary>
    sealed class Builder
    {
        readonly ImmutableArray<SnapshotRow>.Builder _rows = ImmutableArray.CreateBuilder<SnapshotRow>();
        readonly HashSet<(string, OptionContract)> _seen = [];
        readonly SortedDictionary<string, int> _refused = new(StringComparer.Ordinal);

        public ImmutableArray<SnapshotRow> Rows => _rows.ToImmutable();

        public ImmutableArray<ContractCount> Refused => [.. _refused.Select(count => new ContractCount(count.Key, count.Value))];

        public void Refuse(string reason) => _refused[reason] = _refused.GetValueOrDefault(reason) + 1;

        public void Add(CboeRow row)
        {
            if (!OptionSymbol.TryParse(row.Symbol, out string root, out OptionContract contract)) Refuse("bad option symbol");
            else if (row.Check() is { } wrong) Refuse(wrong.Reason);
            else
                Add(new SnapshotRow(root, contract, Dollars(row.Bid), Dollars(row.Ask), Dollars(row.Last), (long)row.Volume, (long)row.OpenInterest,
                    Math.Round(row.Volatility, 6, MidpointRounding.AwayFromZero), row.Delta, row.Gamma));
        }

        public void Add(SnapshotRow row)
        {
            if (_seen.Add((row.Root, row.Contract))) _rows.Add(row);
            else Refuse("contract twice");
        }

        // As the feed rounds them, and without a negative zero.
        static double Dollars(double price) => Prices.OnGrid(price) + 0.0;
    }
}
