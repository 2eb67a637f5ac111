using System.Text;
using System.Text.Json;
using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Bus.Feeds;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gex;

/// <summary>A CBOE chain as columns: live contracts with a volatility, the vendor's or else that of the mid price, at a rate of 5 %.</summary>
sealed class RealChain
{
    public const double Rate = 0.05;

    public static TheoryData<string> Files => ["SPX_2022-12-12_2030ET.csv", "RUT_2022-12-12_2030ET.csv", "RUT_2023-09-21_0317UTC.json", "SPY_2025-09-25_2105ET_frontexpiries.csv"];

    public required double Spot { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>Root and date of each expiration.</summary>
    public List<(string Root, DateOnly Date)> Expirations { get; } = [];
    public List<bool> IsCall { get; } = [];
    public List<double> Strike { get; } = [];
    public List<int> Expiration { get; } = [];
    public List<double> Years { get; } = [];
    public List<double> Volatility { get; } = [];
    public List<double> Bid { get; } = [];
    public List<double> Ask { get; } = [];
    public List<long> OpenInterest { get; } = [];
    public double[] Weight => [.. OpenInterest.Select(interest => (double)interest)];

    public static RealChain Read(string file)
    {
        string path = SharedFiles.Data(Path.Combine("cboe", file));
        if (file.EndsWith(".json", StringComparison.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            CboeHead head = CboeJson.ReadHead(document.RootElement);
            return Of(head, document.RootElement.GetProperty("data").GetProperty("options").EnumerateArray().Select(CboeJson.ReadRow));
        }

        using var text = new StreamReader(path, Encoding.UTF8);
        CboeHead csv = CboeCsv.ReadHead(text, out _);
        var rows = new List<CboeRow>();
        while (text.ReadLine() is { } line)
            if (CboeCsv.ReadRow(line, out _) is var (call, put)) rows.AddRange([call, put]);
        return Of(csv, rows);
    }

    static RealChain Of(CboeHead head, IEnumerable<CboeRow> rows)
    {
        var chain = new RealChain { Spot = head.Spot, Time = head.Time };
        var seen = new HashSet<(string, OptionContract)>();
        foreach (CboeRow row in rows)
        {
            if (!OptionSymbol.TryParse(row.Symbol, out string root, out OptionContract contract) || row.Check() is not null || !seen.Add((root, contract))) continue;
            double years = (Settlement.Of(root, contract.Expiration) - head.Time).TotalDays / 365;
            if (years <= 0) continue;

            bool isCall = contract.Right == OptionRight.Call;
            double volatility = row.Volatility;
            if (volatility <= 0)
                volatility = ImpliedVolatility.Solve(new PricedOption(isCall, 0.5 * (row.Bid + row.Ask), head.Spot, contract.Strike, years, Rate)).Volatility;

            int expiration = chain.Expirations.IndexOf((root, contract.Expiration));
            if (expiration < 0)
            {
                expiration = chain.Expirations.Count;
                chain.Expirations.Add((root, contract.Expiration));
            }

            chain.IsCall.Add(isCall);
            chain.Strike.Add(contract.Strike);
            chain.Expiration.Add(expiration);
            chain.Years.Add(years);
            chain.Volatility.Add(volatility);
            chain.Bid.Add(row.Bid);
            chain.Ask.Add(row.Ask);
            chain.OpenInterest.Add((long)row.OpenInterest);
        }

        return chain;
    }
}
